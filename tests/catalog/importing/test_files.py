"""Files as numbered lines, and a sentence for every file that is none."""

import gzip
import struct
import zipfile
import zlib

import pytest
from backports import zstd

from catalog.importing import files
from catalog.importing.errors import BrokenFile, ImportProblem
from catalog.importing.files import CHUNK_BYTES, MAX_LINE_BYTES, LineFile, head_of, open_archive
from tests.catalog.importing.builders import write_lines

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def lines_of(path):
    with LineFile.of_path(path) as lines:
        return list(lines)


PACKERS = {".gz": gzip.compress, ".zst": zstd.compress}


@pytest.mark.parametrize("name", ["plain.json", "packed.json.gz"])
def test_lines_are_numbered_from_one_whatever_the_file_ends_with(tmp_path, name):
    path = write_lines(tmp_path / name, ["one", "", "three"])
    assert lines_of(path) == [(1, b"one"), (2, b""), (3, b"three")]
    bare = tmp_path / "bare"
    bare.write_bytes(b"one\ntwo")
    assert lines_of(bare) == [(1, b"one"), (2, b"two")]


@pytest.mark.parametrize("pack", PACKERS.values())
def test_what_a_file_holds_decides_not_its_name(tmp_path, pack):
    packed_without_saying = tmp_path / "reviews.json"
    packed_without_saying.write_bytes(pack(b"one\n"))
    assert lines_of(packed_without_saying) == [(1, b"one")]


@pytest.mark.parametrize("pack", PACKERS.values())
def test_several_packed_parts_are_one_file(tmp_path, pack):
    path = tmp_path / "x"
    path.write_bytes(pack(b"one\ntw") + pack(b"o\nthree\n"))
    assert [line for _, line in lines_of(path)] == [b"one", b"two", b"three"]


def test_zstandard_that_begins_with_a_frame_to_skip(tmp_path):
    path = tmp_path / "x.zst"
    path.write_bytes(b"\x50\x2a\x4d\x18" + struct.pack("<I", 3) + b"abc" + zstd.compress(b"one\ntwo\n"))
    assert [line for _, line in lines_of(path)] == [b"one", b"two"]


def test_zstandard_that_needs_much_memory_is_refused(tmp_path):
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 30})
    path = tmp_path / "x.zst"
    path.write_bytes(packer.compress(b"one\n") + packer.flush())
    with pytest.raises(BrokenFile, match=r"^x\.zst was packed with zstd --long .*unpack it first\.$"):
        lines_of(path)


def test_lines_longer_than_a_chunk_come_whole_and_absurd_ones_are_cut(tmp_path):
    long, absurd = b"x" * (CHUNK_BYTES * 2), b"y" * (MAX_LINE_BYTES * 3)
    path = write_lines(tmp_path / "x", [b"first", long, absurd, b"last"])
    lines = [line for _, line in lines_of(path)]
    assert lines[:2] == [b"first", long]
    assert MAX_LINE_BYTES < len(lines[2]) <= MAX_LINE_BYTES + CHUNK_BYTES + 1
    assert lines[3] == b"last"


@pytest.mark.parametrize("pack", PACKERS.values())
def test_the_position_goes_from_the_beginning_to_the_end_of_what_lies_on_disk(tmp_path, pack):
    path = tmp_path / "x"
    path.write_bytes(pack(b"\n".join(bytes(str(hash(str(n))), "ascii") for n in range(100_000))))
    with LineFile.of_path(path) as lines:
        positions = [lines.position for number, _ in lines if number % 1000 == 0]
        assert positions == sorted(positions)
        assert (
            0
            < positions[0]
            < positions[len(positions) // 2]
            < lines.position
            <= lines.size
            == path.stat().st_size
        )


def numbered(count):
    return "".join(f"line {n} {hash(str(n))}\n" for n in range(count)).encode()


@pytest.mark.parametrize(("ending", "pack"), PACKERS.items())
def test_a_truncated_file_gives_its_whole_lines_and_then_says_so(tmp_path, ending, pack):
    whole, cut = tmp_path / f"x{ending}", tmp_path / f"cut{ending}"
    whole.write_bytes(pack(numbered(40_000)))
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = []
    with (
        pytest.raises(BrokenFile, match=rf"^cut\{ending} breaks off after [\d,]+ lines"),
        LineFile.of_path(cut) as lines,
    ):
        found.extend(line for _, line in lines)
    assert 1000 < len(found) < 39_000
    assert found == [line for _, line in lines_of(whole)][: len(found)]


@pytest.mark.parametrize(("ending", "pack"), PACKERS.items())
def test_a_damaged_file_says_behind_which_line(tmp_path, ending, pack):
    whole = tmp_path / f"x{ending}"
    whole.write_bytes(pack(numbered(40_000)))
    content = bytearray(whole.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = bytes(40)
    whole.write_bytes(content)
    with (
        pytest.raises(BrokenFile, match=rf"^x\{ending} is damaged behind line [\d,]+"),
        LineFile.of_path(whole) as lines,
    ):
        list(lines)


def bad_file(tmp_path, name):
    """One file of every kind that cannot be read as lines of text."""
    path = tmp_path / name
    contents = {
        "empty.json": b"",
        "empty.json.gz": gzip.compress(b""),
        "picture.json": PNG,
        "picture.json.gz": gzip.compress(PNG),
        "page.json.gz": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "page.json": b"\n <html><head></head></html>",
        "plain.json.gz": b"this is not gzip\n",
        "binary.json": b"abc\0\0\0def",
        "archive.json": b"PK\x03\x04rest",
        "zstandard.json.zst": zstd.compress(b"x" * 1000)[:12],
        "picture.json.zst": zstd.compress(PNG),
        "plain.json.zst": b"this is not Zstandard\n",
        "stub.json.gz": gzip.compress(b"x" * 1000)[:14],
        "header.json.gz": b"\x1f\x8b",
    }
    if name == "folder":
        path.mkdir()
    elif name in contents:
        path.write_bytes(contents[name])
    return path


SENTENCES = {
    "missing.json": r"There is no file .*missing\.json\.",
    "folder": r"folder is a folder, not a file\.",
    "empty.json": r"empty\.json is empty\.",
    "empty.json.gz": r"empty\.json\.gz is empty\.",
    "picture.json": r"is a PNG picture\.",
    "picture.json.gz": r"is a PNG picture\.",
    "page.json.gz": r"is a web page",
    "page.json": r"is a web page",
    "plain.json.gz": r"is not gzip",
    "binary.json": r"is binary data",
    "archive.json": r"is a ZIP archive\.",
    "zstandard.json.zst": r"^Nothing of zstandard\.json\.zst can be read: breaks off",
    "picture.json.zst": r"is a PNG picture\.",
    "plain.json.zst": r"is not Zstandard",
    "stub.json.gz": r"^Nothing of stub\.json\.gz can be read: breaks off",
    "header.json.gz": r"^Nothing of header\.json\.gz can be read",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_every_bad_file_has_its_sentence(tmp_path, name):
    with pytest.raises(ImportProblem, match=SENTENCES[name]) as raised:
        head_of(LineFile.of_path(bad_file(tmp_path, name)))
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_a_file_we_may_not_read(tmp_path, monkeypatch):
    path = write_lines(tmp_path / "x.json", ["one"])

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ImportProblem, match="cannot be read: Permission denied"):
        LineFile.of_path(path)


def test_the_head_has_no_byte_order_mark(tmp_path):
    assert head_of(LineFile.of_path(write_lines(tmp_path / "x", [b"\xef\xbb\xbfone"]))) == [b"one"]


def test_a_later_line_with_a_nul_is_left_to_the_parser(tmp_path):
    assert head_of(LineFile.of_path(write_lines(tmp_path / "x", [b"one", b"\0"]))) == [b"one", b"\0"]


def test_a_member_of_an_archive_is_a_file_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/one.txt", "a\nb\n")
    with (
        zipfile.ZipFile(tmp_path / "x.zip") as archive,
        LineFile.of_member(archive, "folder/one.txt") as lines,
    ):
        assert list(lines) == [(1, b"a"), (2, b"b")]
        assert lines.position == lines.size == 4


def test_a_name_that_plays_tricks_is_shown_without_them(tmp_path):
    path = write_lines(tmp_path / "a\nb\x1b[31m\u202e", ["one"])
    with LineFile.of_path(path) as lines:
        assert lines.name == "a?b?[31m?"


def archive_of(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def overlapping(path):
    """An archive whose list names one packed member many times: a few bytes that claim to be very much."""
    content = zlib.compress(bytes(100), wbits=-15) + bytes(2_000)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(content), 100, 1, 0) + b"a" + content
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(content), 100, 1, 0, 0, 0, 0, 0, 0
    )
    entries = b"".join(entry + b"%c" % (97 + n) for n in range(20))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 20, 20, len(entries), len(local), 0)
    path.write_bytes(local + entries + end)
    return path


def bomb(tmp_path, case):
    path = tmp_path / "bomb.zip"
    if case == "ratio":
        return archive_of(path, [("ratings.csv", bytes(30_000_000))], compression=zipfile.ZIP_DEFLATED)
    if case == "members":
        return archive_of(path, [(f"{n}.csv", b"") for n in range(files.MAX_MEMBERS + 1)])
    if case == "endless list":
        return archive_of(path, [(f"{n}" * 60, b"") for n in range(4_000)])
    if case == "overlap":
        return overlapping(path)
    if case == "packed otherwise":
        return archive_of(path, [("ratings.csv", b"one")], compression=zipfile.ZIP_LZMA)
    return archive_of(path, [("ratings.csv", bytes(3_000))])


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("ratio", r"claims to unpack to 29 MB, many times what such an archive can hold"),
        ("members", r"holds more than 1,000 files; no data set does\.$"),
        ("endless list", r"holds more than 1,000 files; no data set does\.$"),
        ("overlap", r"many times what such an archive can hold"),
        ("packed otherwise", r"is packed in a way that is not read here; unpack it first\.$"),
        ("large", r"unpacks to 0 GB, more than the 0 GB"),
    ],
)
def test_archives_are_checked_for_what_they_unpack_to(tmp_path, monkeypatch, case, sentence):
    if case == "large":
        monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 2_000)
    with pytest.raises(ImportProblem, match=sentence):
        open_archive(bomb(tmp_path, case))


def test_the_list_of_an_archive_is_not_read_when_it_is_endless(tmp_path, monkeypatch):
    path = bomb(tmp_path, "endless list")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ImportProblem, match="holds more than"):
        open_archive(path)
