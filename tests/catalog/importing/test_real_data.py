"""Real data sets, with exact counts. Each skips where the data are not beside the checkout."""

import gzip
from collections import Counter

import orjson
import pytest

from catalog.aggregates import wrong_histograms
from catalog.models import Edition, ImportRun, Movie, Rating, Reviewer
from tests.catalog.importing.builders import contents, import_amazon, import_movielens, write_lines, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def sample(shared_data):
    return shared_data / "amazon-2018-sample" / "Movies_and_TV.json.gz"


def lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines()


def test_the_amazon_sample(sample):
    """The first 5,000 lines of the real reviews file.

    5,000 lines, none of them bad. They are of 4,624 different reviewers about 61 different ASINs, in 4,959
    different pairs of the two: so many ratings are current. 25 of the pairs come more than once, with 66
    lines between them (15 pairs twice, 7 three times, one each 4, 5 and 6 times: 30 + 21 + 15 = 66), of
    which 25 count and 41 do not: 5,000 - 41 = 4,959. There is no metadata: all 61 movies are untitled.
    """
    run = import_amazon(sample)
    assert run.counts == {
        "lines": 5000,
        "movies": {"read": 0, "new": 0, "changed": 0, "repeated": 0, "unchanged": 0},
        "ratings": {"read": 5000, "new": 4959, "changed": 0, "repeated": 41, "unchanged": 0},
        "new_reviewers": 4624,
        "untitled": 61,
        "repeated_pairs": 25,
        "texts": 0,
        "dropped": {},
        "left_out": {},
        "bad": {},
    }
    assert (Rating.objects.count(), Reviewer.objects.count(), Movie.objects.count()) == (4959, 4624, 61)
    assert not wrong_histograms().exists()
    assert not run.report


def test_the_amazon_sample_against_a_count_by_hand(sample):
    """The sample's own lines, grouped here: every pair's latest rating is the one that stands."""
    latest = {}
    for line in lines_of(sample):
        data = orjson.loads(line)
        pair = data["reviewerID"], data["asin"]
        latest.setdefault(pair, []).append((data["unixReviewTime"], data["overall"]))
    import_amazon(sample)
    stored = {(row[0], row[1]): (int(row[3].timestamp()), row[2] / 2) for row in contents()["ratings"]}
    assert stored.keys() == latest.keys()
    for pair, ratings in latest.items():
        assert stored[pair] in [rating for rating in ratings if rating[0] == max(ratings)[0]]


def test_the_amazon_sample_again_shuffled_and_in_parts(sample, tmp_path):
    import_amazon(sample)
    expected = contents()
    again = import_amazon(sample)
    assert again.counts["ratings"] == {
        "read": 5000,
        "new": 0,
        "changed": 0,
        "repeated": 41,
        "unchanged": 4959,
    }
    assert again.counts["repeated_pairs"] == 25
    lines = lines_of(sample)
    backwards = import_amazon(write_lines(tmp_path / "b.json", lines[::-1]))
    assert backwards.counts == again.counts
    assert contents() == expected


def test_the_seeds_selection_of_the_amazon_sample(sample):
    """Verified reviews of 2018 (and no others) among the 5,000 lines."""
    selected = [
        data
        for data in map(orjson.loads, lines_of(sample))
        if data["verified"] and data["reviewTime"].endswith(" 2018")
    ]
    run = import_amazon(sample, since="2018-01-01", until="2018-12-31", verified_only=True)
    assert run.counts["ratings"]["read"] == len(selected) > 0
    assert run.counts["left_out"] == {"not verified": 1644, "outside the dates": 3356 - len(selected)}


def test_formats_of_the_amazon_sample(sample):
    import_amazon(sample)
    assert Edition.objects.get(external_id="0005019281").format == "Amazon Video, Blu-ray, DVD, VHS Tape"


@pytest.mark.slow
def test_ml_latest_small(shared_data):
    """9,125 lines of movies and 100,004 of ratings, by 671 users; every id once: nothing is repeated."""
    folder = shared_data / "ml-latest-small"
    run = import_movielens(folder)
    assert (run.state, run.counts["bad"], run.counts["untitled"]) == (ImportRun.State.SUCCEEDED, {}, 0)
    assert (Movie.objects.count(), Rating.objects.count(), Reviewer.objects.count()) == (9125, 100_004, 671)
    assert run.counts["lines"] == 9126 + 9126 + 100_005
    assert run.counts["repeated_pairs"] == run.counts["movies"]["repeated"] == 0
    assert not wrong_histograms().exists()
    assert Movie.objects.filter(tmdb_id=None).count() == 13
    assert not Movie.objects.filter(imdb_id="").exists()
    assert Movie.objects.filter(genres=None).count() == 18 + count_of_imax_only(folder)
    assert Movie.objects.filter(year=None).count() == 4
    godfather = Movie.objects.get(imdb_id="tt0068646")
    assert (str(godfather), godfather.tmdb_id) == ("The Godfather (1972)", 238)
    assert {n for n, stars in enumerate(total_histogram(), 1) if stars} == set(range(1, 11))
    assert import_movielens(folder).result["summary"][0].startswith("Nothing changed")


def count_of_imax_only(folder):
    return sum(line.endswith(b",IMAX") for line in (folder / "movies.csv").read_bytes().splitlines())


def total_histogram():
    return [sum(column) for column in zip(*(movie.histogram for movie in Movie.objects.all()), strict=True)]


@pytest.mark.slow
def test_ml_100k(shared_data, tmp_path):
    """943 people, 1,682 lines of movies, 100,000 ratings of whole stars.

    18 titles stand twice, under two ids: each is one film, for which the later of a person's two ratings counts.
    """
    folder = shared_data / "ml-100k"
    run = import_movielens(folder)
    assert (run.data_set.name, run.counts["bad"]) == ("MovieLens 100K", {})
    assert (Movie.objects.count(), Rating.objects.count(), Reviewer.objects.count()) == (1682, 100_000, 943)
    assert not wrong_histograms().exists()
    rows = [line.split("\t") for line in (folder / "u.data").read_text().splitlines()]
    titles = dict(line.split("|")[:2] for line in (folder / "u.item").read_text("latin-1").splitlines())
    assert Movie.objects.exclude(merged_into=None).count() == len(titles) - len(set(titles.values())) == 18
    latest = {}
    for reviewer, movie, stars, seconds in rows:
        pair = reviewer, titles[movie]
        latest[pair] = max((int(seconds), stars), latest.get(pair, (0, "")))
    assert Rating.objects.filter(superseded=True).count() == len(rows) - len(latest) > 0
    given = Counter(stars for _, _, stars, _ in rows)
    stored = Counter(Rating.objects.values_list("half_stars", flat=True))
    assert {str(half_stars // 2): n for half_stars, n in stored.items()} == given
    assert Movie.objects.get(editions__external_id="538").title == "Anastasia"
    assert Movie.objects.filter(title="Les Misérables", year=1995).exists()
    packed = tmp_path / "ml-100k"
    packed.symlink_to(folder)
    assert import_movielens(zipped(packed)).result["summary"][0].startswith("Nothing changed")
