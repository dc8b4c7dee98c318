"""What files are is told by their content: every name here is as misleading as it can be."""

import zipfile

import pytest

from catalog.importing.detection import detect
from catalog.importing.errors import ImportProblem
from catalog.importing.files import MAX_MEMBERS
from catalog.models import DataSet
from tests.catalog.importing.builders import metadata, review, write_lines, write_movielens, zipped
from tests.catalog.importing.layouts import metadata_2014, metadata_2023, review_2014, review_2023
from tests.catalog.importing.test_movielens import write_1m, write_10m, write_100k

RATING = "A3R5OBKS7OM2IR,0000143502,5.0,1358380800"


@pytest.mark.parametrize(
    ("reviews", "meta", "what"),
    [
        ([review_2014()], [metadata_2014()], "Amazon 2014 reviews, with metadata"),
        ([review()], [metadata()], "Amazon 2018 reviews, with metadata"),
        ([review_2023()], [metadata_2023()], "Amazon 2023 reviews, with metadata"),
        ([review()], [repr(metadata_2014())], "Amazon 2018 reviews, with 2014 metadata"),
        ([RATING], [metadata_2014()], "Amazon ratings, with 2014 metadata"),
        ([review()], None, "Amazon 2018 reviews, without metadata"),
    ],
)
def test_amazon_in_either_order(tmp_path, reviews, meta, what):
    ratings_path = write_lines(tmp_path / "meta.txt", reviews)
    meta_path = write_lines(tmp_path / "reviews.csv", meta) if meta else None
    paths = [path for path in (ratings_path, meta_path) if path]
    for order in (paths, paths[::-1]):
        found = detect(order)
        assert (found.kind, found.what) == (DataSet.Kind.AMAZON, what)
        assert found.options == {"reviews": str(ratings_path), "meta": str(meta_path) if meta_path else None}


def test_a_folder_of_amazon_s_files(tmp_path):
    write_lines(tmp_path / "README", ["Read me."])
    write_lines(tmp_path / "a", [metadata_2023()])
    write_lines(tmp_path / "b.gz", [review_2023()])
    assert detect([tmp_path]).what == "Amazon 2023 reviews, with metadata"


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (write_100k, "MovieLens 100K"),
        (write_1m, "MovieLens 1M"),
        (write_10m, "MovieLens 10M"),
        (write_movielens, "MovieLens, with links to IMDb and TMDB"),
    ],
)
def test_movielens_as_a_folder_and_as_an_archive(tmp_path, write, what):
    folder = write(tmp_path / "x")
    for path in (folder, zipped(folder).rename(tmp_path / "y.json.gz")):
        found = detect([path])
        assert (found.kind, found.options, found.what) == (DataSet.Kind.MOVIELENS, {"path": str(path)}, what)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("amazon-2018-sample/Movies_and_TV.json.gz", "Amazon 2018 reviews, without metadata"),
        ("ml-100k", "MovieLens 100K"),
        ("ml-latest-small", "MovieLens, with links to IMDb and TMDB"),
    ],
)
def test_real_data(shared_data, name, what):
    assert detect([shared_data / name]).what == what


def test_a_folder_of_very_many_files_is_not_looked_through(tmp_path):
    for n in range(MAX_MEMBERS + 1):
        (tmp_path / f"{n}.csv").touch()
    with pytest.raises(ImportProblem, match=r"holds more than 1,000 files; no data set does\.$"):
        detect([tmp_path])


def test_the_same_file_twice_is_one(tmp_path):
    path = write_lines(tmp_path / "x", [review()])
    assert detect([path, path]).options["reviews"] == str(path)


def files(tmp_path, case):
    """Files that cannot be imported as they are given."""
    write = write_lines
    if case == "only metadata":
        return [write(tmp_path / "m", [metadata()])]
    if case == "two reviews":
        return [write(tmp_path / "a", [review()]), write(tmp_path / "b", [review_2023()])]
    if case == "two metadata":
        names = ("m", "n")
        return [write(tmp_path / "r", [review()]), *(write(tmp_path / name, [metadata()]) for name in names)]
    if case == "part of MovieLens":
        return [write_movielens(tmp_path / "ml") / "ratings.csv"]
    if case == "folder and file":
        return [write(tmp_path / "r", [review()]), write_movielens(tmp_path / "ml")]
    if case == "other text":
        return [write(tmp_path / "x.txt", ["Dear diary,", "1,2,3,4"])]
    if case == "other archive":
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr("x.txt", "Dear diary,\n")
        return [tmp_path / "x.zip"]
    return {"none": [], "missing": [tmp_path / "missing"], "tricky": [tmp_path / "a\nb\x1b[31m"]}[case]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("none", r"^Name the files to import"),
        ("missing", r"^There is no file .*missing\.$"),
        ("tricky", r"^There is no file .*a\?b\?\[31m\.$"),
        ("only metadata", r"^m holds only metadata: name the file of reviews that it belongs to, too\.$"),
        ("two reviews", r"^a and b both hold reviews: import one after the other\.$"),
        ("two metadata", r"^m and n both hold metadata: import one after the other\.$"),
        ("part of MovieLens", r"^ratings\.csv is one of MovieLens's files: name the folder"),
        ("folder and file", r"ml is a whole data set: import it alone\.$"),
        ("other text", r"^x\.txt holds nothing that is known here"),
        ("other archive", r"x\.zip holds nothing that is known here"),
    ],
)
def test_what_cannot_be_imported_has_its_sentence(tmp_path, case, sentence):
    with pytest.raises(ImportProblem, match=sentence) as raised:
        detect(files(tmp_path, case))
    assert str(raised.value).isprintable()
