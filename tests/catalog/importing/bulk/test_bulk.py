"""The fast way into an empty site gives what the batches give: tables, counts, reports; and locks up after itself."""

import gzip
import pickle
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection

from benchmarks.made_dump.maker import make_dump
from catalog.aggregates import wrong_histograms
from catalog.data_sets import remove_data_set
from catalog.editions.merging import split
from catalog.importing import runs
from catalog.importing.amazon import parse_review
from catalog.importing.bulk import loading, movies, partitions, reading, tables
from catalog.importing.bulk.blocks import BlockFacts, columns_of, microseconds
from catalog.importing.errors import ImportProblem
from catalog.importing.rows import BadLine
from catalog.models import DataSet, Edition, ImportRun, MergeDecision, Movie, Person, Rating, Reviewer
from catalog.ratings import rate
from tests.catalog.importing.builders import (
    contents,
    import_amazon,
    import_movielens,
    metadata,
    review,
    write_lines,
    write_movielens,
    zipped,
)
from tests.factories import make_edition, make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAY = 86_400
SUMMER_2018 = 1_530_403_200


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, partitions and batches so small that every test crosses their borders."""
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 20_000)
    monkeypatch.setattr(partitions, "ROWS_IN_A_PARTITION", 60)
    monkeypatch.setattr(partitions, "ROWS_WITH_TEXTS", 50)
    monkeypatch.setattr(movies, "MOVIES_AT_ONCE", 7)


@pytest.fixture(autouse=True)
def _histograms_are_right() -> Iterator[None]:
    yield
    assert not wrong_histograms().exists()


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call an import by way of the batches, empty the site again; what it gave."""

    def imported(import_: Any, *args: Any, **options: Any) -> dict[str, Any]:
        with monkeypatch.context() as patched:
            patched.setattr(loading, "LARGE_BYTES", 1 << 60)
            given = outcome(import_(*args, **options))
        Rating.objects.all().delete()
        DataSet.objects.all().delete()
        MergeDecision.objects.all().delete()
        Movie.objects.update(merged_into=None)
        Movie.objects.all().delete()
        Person.objects.all().delete()
        return given

    return imported


def outcome(run: ImportRun) -> dict[str, Any]:
    """All that an import leaves behind, but for ids and moments of writing."""
    report = Path(runs.settings.IMPORT_REPORTS_DIR) / run.report if run.report else None
    found = contents()
    found["movies"].sort()  # of the same title in any order
    merges = MergeDecision.objects.values_list(
        *("kind", "movie__title", "other__title", "movie_keys", "evidence", "by_hand", "undone_at")
    )
    merged = Movie.objects.exclude(merged_into=None).values_list(
        "title", "merged_into__title", "merged_into__year"
    )
    return {
        "state": run.state,
        "error": run.error,
        "counts": run.counts,
        "summary": run.result.get("summary"),
        "report": report.read_text() if report else None,
        **found,
        "homes": list(Edition.objects.order_by("external_id").values_list("external_id", "home__title")),
        "merged": sorted(map(repr, merged)),
        "decisions": sorted(map(repr, merges)),
    }


def was_fast(run: ImportRun) -> bool:
    return run.result["way"] == "at once"


def schema() -> set[tuple[Any, ...]]:
    """Indexes, constraints and keys of the tables that are filled."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")
            return set(cursor.fetchall())
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
            " UNION ALL SELECT indexname, tablename, indexdef, true FROM pg_indexes"
        )
        return set(cursor.fetchall())


def odd_reviews(n: int = 400, seed: int = 3) -> list[Any]:
    """Few reviewers and titles, so that many lines repeat a pair; and every kind of line that is no good."""
    dice = random.Random(seed)  # noqa: S311 - made data
    names = [f"A{n}" for n in range(30)] + ["Zoë\\N", "A" * 64, "Ж" * 60, "a b", "A'1", "1", "10", "2"]
    lines: list[Any] = [
        review(
            dice.choice(names),
            f"B{dice.randrange(40)}",
            dice.choice([1.0, 2.0, 3.0, 4.0, 5.0]),
            unixReviewTime=dice.choice([None, SUMMER_2018, SUMMER_2018 + DAY * dice.randrange(4)]),
            reviewTime=None,
            reviewText=f"text {dice.randrange(3)}",
            verified=dice.choice([True, False, None]),
            style={
                "Format:": dice.choice(
                    [" DVD", " Blu-ray", " VHS Tape, old", "", " A very long name of a format indeed"]
                )
            },
        )
        for _ in range(n)
    ]
    bad = [b"{", b"[]", b"\xff\xfe{}", b"", b"   ", b'{"overall": 5}', b"x" * 2_000_000]
    bad += [
        review(stars=9.0),
        review(asin=""),
        review("x" * 65),
        review(unixReviewTime=1 << 40),
        review(unixReviewTime=-1),
    ]
    for line in bad * 2:
        lines.insert(dice.randrange(len(lines)), line)
    return lines


def odd_metadata() -> list[Any]:
    lines: list[Any] = [
        metadata(f"B{n % 30}", f"Film & <b>{n % 7}</b> (19{60 + n})", brand=f"Person {n % 5}")
        for n in range(36)
    ]
    lines += [
        metadata("B31", "", description=["x", "y"]),
        metadata("B33", category=["Comedy", "Drama", "Comedy"], price="$1,005.00"),
    ]
    return [b"{", *lines, b"[1]", metadata(""), metadata("B3", "Film", brand="N/A", price=None)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"since": "2018-07-02", "until": "2018-07-03"},
        {"verified_only": True},
        {"since": "2030-01-01"},
        {"with_text": True},
    ],
    ids=["all", "dates", "verified", "none", "texts"],
)
def test_odd_lines_give_what_batches_give(tmp_path, in_batches, options):
    files = (
        write_lines(tmp_path / "r.json.gz", odd_reviews()),
        write_lines(tmp_path / "m.json", odd_metadata()),
    )
    expected = in_batches(import_amazon, *files, **options)
    before = schema()
    run = import_amazon(*files, **options)
    assert was_fast(run)
    assert outcome(run) == expected
    assert expected["counts"]["bad"]
    assert bool(expected["texts"]) == bool(options.get("with_text"))
    assert schema() == before


def test_a_made_dump_gives_what_batches_give(tmp_path, in_batches, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK_BYTES", 100_000)
    monkeypatch.setattr(partitions, "ROWS_IN_A_PARTITION", 300)
    make_dump(tmp_path, 1_500, workers=1)
    files = tmp_path / "Movies_and_TV.json.gz", tmp_path / "meta_Movies_and_TV.json.gz"
    expected = in_batches(import_amazon, *files)
    run = import_amazon(*files)
    assert was_fast(run)
    assert outcome(run) == expected
    assert len(expected["ratings"]) > 1_400
    assert len(expected["decisions"]) == len(expected["merged"]) > 100
    assert sum(superseded for *_, superseded in expected["ratings"]) > 20


def two_editions(tmp_path: Path) -> tuple[Path, Path]:
    lines = [review(f"A{n}", asin, unixReviewTime=DAY * n) for n in range(9) for asin in ("DVD", "VHS")]
    titles = [metadata("DVD", "Alien (1979)"), metadata("VHS", "Alien [VHS]", brand="")]
    return write_lines(tmp_path / "r.json", lines), write_lines(tmp_path / "m.json", titles)


def test_what_people_parted_stays_apart_at_once(tmp_path, owner):
    files = two_editions(tmp_path)
    shop = import_amazon(*files).data_set
    split(Movie.objects.exclude(merged_into=None).get(), by=owner)
    remove_data_set(shop)
    run = import_amazon(*files)
    assert (was_fast(run), run.result["joined"]) == (True, True)
    assert Movie.objects.filter(merged_into=None).count() == 2
    assert not Rating.objects.filter(superseded=True).exists()


def test_editions_of_other_data_sets_are_looked_at_afterwards(tmp_path):
    elsewhere = make_edition(make_movie("Alien", 1979), "1").movie
    run = import_amazon(*two_editions(tmp_path))
    assert (was_fast(run), run.result["joined"]) == (True, False)
    assert Movie.objects.filter(merged_into=None).count() == 1
    assert Movie.objects.get(pk=elsewhere.pk).resolved().rating_count == 9


def test_movielens_gives_what_batches_give(tmp_path, in_batches):
    folder = write_movielens(
        tmp_path / "ml",
        movies=[f'{n},"Film, The {n} (19{50 + n})",Comedy|Drama' for n in range(1, 30)],
        ratings=[f"{n % 17},{n % 23 + 1},{n % 10 / 2 + 0.5},{SUMMER_2018 + n}" for n in range(300)]
        + ["1,2", "a,b,c,d"],
        links=[f"{n},{n:07d},{n + 5}" for n in range(1, 25)],
    )
    for path in (folder, zipped(folder)):
        expected = in_batches(import_movielens, path)
        run = import_movielens(path)
        assert was_fast(run)
        assert outcome(run) == expected
        in_batches(import_movielens, path, "cleared")


def test_ids_go_on_behind_the_rows_and_people_can_rate(tmp_path, ada):
    old = make_movie("Gone")
    old_id = old.pk
    old.delete()
    import_amazon(write_lines(tmp_path / "r.json", [review(f"A{n}", f"B{n % 5}") for n in range(50)]))
    assert Movie.objects.order_by("pk").first().pk > old_id
    new = make_movie("Solaris")
    assert new.pk > max(Rating.objects.values_list("movie_id", flat=True))
    mine = rate(Reviewer.objects.for_user(ada), new, 9)
    assert mine.pk == max(Rating.objects.values_list("pk", flat=True))
    assert Rating.objects.first().created_at is not None


def test_where_somebody_has_rated_the_batches_do_it(tmp_path, ada):
    rate(Reviewer.objects.for_user(ada), make_movie(), 9)
    run = import_amazon(write_lines(tmp_path / "r.json", [review()]))
    assert run.state == "succeeded"
    assert not was_fast(run)


def test_a_rating_that_comes_in_between_sends_it_to_the_batches(tmp_path, ada, monkeypatch):
    original = loading.lock

    def rate_first(data_set: DataSet) -> None:
        original(data_set)
        monkeypatch.setattr(loading, "is_empty_for", lambda _: False)

    monkeypatch.setattr(loading, "lock", rate_first)
    before = schema()
    run = import_amazon(write_lines(tmp_path / "r.json", [b"{", review()]))
    assert (run.state, was_fast(run), run.counts["ratings"]["new"]) == ("succeeded", False, 1)
    assert (runs.settings.IMPORT_REPORTS_DIR / run.report).read_text().count("not JSON") == 1
    assert schema() == before


def test_a_file_that_breaks_off_is_loaded_as_far_as_it_goes(tmp_path, in_batches):
    whole = gzip.compress(
        b"".join(write_lines(tmp_path / "r", odd_reviews()).read_bytes() for _ in range(3)), 1
    )
    (tmp_path / "r.json.gz").write_bytes(whole[: len(whole) // 2])
    expected = in_batches(import_amazon, tmp_path / "r.json.gz")
    run = import_amazon(tmp_path / "r.json.gz")
    assert run.state == "failed"
    assert "breaks off" in run.error
    assert outcome(run) == expected
    assert expected["ratings"]


def test_a_file_without_a_rating_leaves_nothing(tmp_path):
    run = import_amazon(
        write_lines(tmp_path / "r.json", [review(stars=9.0)]), write_lines(tmp_path / "m.json", [metadata()])
    )
    assert (run.state, run.error) == ("failed", "There is no rating in the reviews file that could be used.")
    assert run.counts["bad"] == {"stars outside the scale": 1}
    assert not Movie.objects.exists()


def test_cancelling_leaves_nothing_and_clears_up(tmp_path, settings):
    path = write_lines(tmp_path / "r.json", [review(f"A{n}", f"B{n % 7}") for n in range(300)])
    run = runs.request_import(DataSet.Kind.AMAZON, {"reviews": str(path)})

    def cancel(progress: Any) -> None:
        if progress.stage.startswith("loading"):
            ImportRun.objects.filter(pk=run.pk).update(cancel_requested=True)
            raise runs.ImportCancelled

    runs.run_import(run.pk, cancel)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not Rating.objects.exists()
    assert not Reviewer.objects.exists()
    assert list(settings.IMPORT_REPORTS_DIR.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_said(tmp_path):
    path = write_lines(tmp_path / "r.json", [review(f"A{n}", f"B{n % 7}") for n in range(300)])
    run = runs.request_import(DataSet.Kind.AMAZON, {"reviews": str(path)})

    def append(progress: Any) -> None:
        if progress.is_over:
            with path.open("ab") as file:
                file.write(b"{}\n")

    runs.run_import(run.pk, append)
    run.refresh_from_db()
    assert run.error.startswith("r.json changed while it was read, and nothing was loaded;")
    assert not Rating.objects.exists()


def test_microseconds_are_exact():
    moment = datetime(2023, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)
    assert microseconds(moment) == int(moment.timestamp()) * 1_000_000 + 123_456


def test_columns_hold_every_row_once_sorted_by_reviewer(tmp_path):
    lines = [line for line in write_lines(tmp_path / "r", odd_reviews()).read_bytes().split(b"\n") if line]
    rows = []
    for line in lines:
        try:
            rows.append(parse_review(line))
        except BadLine:
            continue
    facts = BlockFacts(len(lines))
    columns = columns_of(rows, facts).columns
    assert (columns["reviewer"][1:] >= columns["reviewer"][:-1]).all()
    found = sorted(
        (reviewer.decode(), facts.editions[edition], half_stars, moment, digest)
        for reviewer, edition, half_stars, moment, digest in columns.tolist()
    )
    assert found == sorted(
        (row.reviewer, row.edition, row.half_stars, microseconds(row.rated_at), row.digest) for row in rows
    )


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loading, "_plan", full)
    run = import_amazon(write_lines(tmp_path / "r.json", [review()]))
    assert run.error == "The disk is full, and nothing was loaded; make room and run the import again."


def test_problems_pass_between_processes():
    assert str(pickle.loads(pickle.dumps(ImportProblem("It is so.")))) == "It is so."  # noqa: S301


@pytest.mark.parametrize("gap", [False, True])
def test_references_to_nothing_are_found_with_and_without_gaps_in_the_ids(gap):
    kept = [make_movie(f"Film {n}") for n in range(3)]
    edition = make_edition(kept[2], "E1")
    if gap:
        kept[1].delete()
    with connection.cursor() as cursor:
        tables._vendor().check(cursor, [Edition])
        if connection.vendor == "sqlite":  # PostgreSQL checks when the keys are put back
            Edition.objects.filter(pk=edition.pk).update(movie_id=kept[2].pk - 1 if gap else kept[2].pk + 1)
            with pytest.raises(IntegrityError):
                tables._vendor().check(cursor, [Edition])
    edition.delete()
