"""Imports into the tables: right, the same twice, the same in any order, the same after a break."""

import hashlib
import json
import random

import pytest

from catalog.aggregates import wrong_histograms
from catalog.importing import pipeline, rating_loader
from catalog.importing.amazon import parse_review
from catalog.importing.movie_loader import MovieLoader
from catalog.models import Credit, DataSet, Edition, ImportRun, Movie, Person, Rating, Reviewer
from catalog.ratings import rate
from tests.catalog.importing.builders import (
    contents,
    import_amazon,
    import_movielens,
    metadata,
    review,
    write_lines,
    write_movielens,
)
from tests.factories import make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAY = 86_400
NEW_YEAR_2018 = 1_514_764_800


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    """Batches so small that every test crosses their borders."""
    monkeypatch.setattr(pipeline, "RATINGS_IN_A_BATCH", 7)
    monkeypatch.setattr(pipeline, "MOVIES_IN_A_BATCH", 3)
    monkeypatch.setattr(pipeline, "LINES_BETWEEN_LOOKS", 5)


@pytest.fixture(autouse=True)
def _histograms_are_right():
    yield
    assert not wrong_histograms().exists()


def tangled_reviews(n=120, seed=5):
    """Few reviewers, few titles: many rate the same title again, some at the same moment."""
    dice = random.Random(seed)  # noqa: S311 - made data
    return [
        review(
            f"A{dice.randrange(12)}",
            f"B{dice.randrange(9)}",
            dice.choice([1.0, 2.0, 3.0, 4.0, 5.0]),
            unixReviewTime=NEW_YEAR_2018 + DAY * dice.randrange(4),
            reviewText=f"text {dice.randrange(3)}",
            style={"Format:": dice.choice([" DVD", " Blu-ray", " VHS Tape"])},
        )
        for _ in range(n)
    ]


def test_reviews_and_metadata_become_movies_editions_reviewers_and_ratings(tmp_path):
    reviews = write_lines(
        tmp_path / "r.json.gz", [review("A1", "B1", 4.0), review("A2", "B1"), review("A1", "B2", 1.0)]
    )
    meta = write_lines(tmp_path / "m.json.gz", [metadata("B1", "Alien (1979)")])
    run = import_amazon(reviews, meta)
    assert (run.state, run.error) == (ImportRun.State.SUCCEEDED, "")
    alien = Movie.objects.get(title="Alien")
    assert (alien.year, alien.folded_title, alien.histogram) == (1979, "alien", [0] * 7 + [1, 0, 1])
    assert [genre.name for genre in alien.genres.all()] == ["Horror"]
    assert [(credit.person.name, credit.role) for credit in alien.credits.all()] == [
        ("Ridley Scott", "contributor")
    ]
    edition = alien.editions.get()
    assert (edition.external_id, edition.title, edition.format) == ("B1", "Alien (1979)", "DVD")
    assert str(edition.price) == "5.99"
    unknown = Movie.objects.get(title="Untitled (B2)")
    assert unknown.editions.get().url == "https://www.amazon.com/dp/B2"
    assert unknown.histogram == [0, 1] + [0] * 8
    assert set(Reviewer.objects.values_list("external_id", flat=True)) == {"A1", "A2"}
    assert run.data_set.licence_note == DataSet.LICENCE_NOTES["amazon"]


def test_a_second_import_changes_nothing_and_says_so(tmp_path):
    reviews = write_lines(tmp_path / "r.json.gz", tangled_reviews())
    meta = write_lines(tmp_path / "m.json", [metadata(f"B{n}", f"Film {n}") for n in range(8)])
    first = import_amazon(reviews, meta)
    before = contents()
    touched = (
        dict(Rating.objects.values_list("pk", "updated_at")),
        dict(Movie.objects.values_list("pk", "updated_at")),
    )
    second = import_amazon(reviews, meta)
    assert contents() == before
    assert touched == (
        dict(Rating.objects.values_list("pk", "updated_at")),
        dict(Movie.objects.values_list("pk", "updated_at")),
    )
    assert second.result["summary"][0] == "Nothing changed: everything was there already."
    assert second.counts["ratings"] == first.counts["ratings"] | {
        "new": 0,
        "unchanged": first.counts["ratings"]["new"],
    }
    assert second.counts["movies"] == first.counts["movies"] | {"new": 0, "unchanged": 8}
    assert (second.counts["new_reviewers"], second.counts["untitled"]) == (0, 0)


def test_the_order_of_lines_decides_nothing(tmp_path):
    reviews, meta = (
        tangled_reviews(),
        [metadata(f"B{n % 5}", f"Film {n}", price=f"${n}.50") for n in range(10)],
    )
    import_amazon(write_lines(tmp_path / "r.json", reviews), write_lines(tmp_path / "m.json", meta))
    expected = contents()
    counts = ImportRun.objects.get().counts
    for seed in range(3):
        Rating.objects.all().delete()
        DataSet.objects.all().delete()
        Movie.objects.all().delete()
        dice = random.Random(seed)  # noqa: S311 - an order
        dice.shuffle(reviews)
        dice.shuffle(meta)
        run = import_amazon(write_lines(tmp_path / "r.json", reviews), write_lines(tmp_path / "m.json", meta))
        assert contents() == expected
        assert run.counts == counts


def test_the_latest_rating_counts_and_of_the_same_moment_the_greater_digest(tmp_path):
    reviews = tangled_reviews()
    run = import_amazon(write_lines(tmp_path / "r.json", reviews))
    rows = [parse_review(line) for line in (tmp_path / "r.json").read_bytes().splitlines()]
    winners = {}
    for row in rows:
        pair = row.reviewer, row.edition
        winners[pair] = max(winners.get(pair, row), row, key=lambda row: (row.rated_at, row.digest))
    assert {(row[0], row[1]): row[2] for row in contents()["ratings"]} == {
        pair: row.half_stars for pair, row in winners.items()
    }
    repeated = [pair for pair in winners if sum((row.reviewer, row.edition) == pair for row in rows) > 1]
    assert repeated
    assert run.counts["repeated_pairs"] == len(repeated)
    assert run.counts["ratings"] == {
        "read": 120,
        "new": len(winners),
        "changed": 0,
        "repeated": 120 - len(winners),
        "unchanged": 0,
    }


def test_of_one_batch_and_moment_the_greater_digest_counts(tmp_path):
    lines = [review("A1", f"B{n % 2}", float(n % 5 + 1), reviewText=f"text {n}") for n in range(6)]
    rows = [parse_review(line) for line in write_lines(tmp_path / "r.json", lines).read_bytes().splitlines()]
    import_amazon(tmp_path / "r.json")
    greatest = {asin: max(row.digest for row in rows if row.edition == asin) for asin in ("B0", "B1")}
    assert dict(Rating.objects.values_list("edition__external_id", "digest")) == greatest


def test_a_later_file_changes_what_it_says_and_adds_what_is_new(tmp_path):
    old = [review("A1", "B1", 2.0), review("A2", "B1", 3.0), review("A3", "B1", 4.0)]
    import_amazon(write_lines(tmp_path / "old.json", old))
    later = {"unixReviewTime": 1352419200 + DAY}
    earlier = {"unixReviewTime": 1352419200 - DAY}
    new = [
        review("A1", "B1", 5.0, **later),
        review("A2", "B1", 1.0, **earlier),
        old[2],
        review("A4", "B1", 1.0),
    ]
    run = import_amazon(write_lines(tmp_path / "new.json", new))
    assert run.counts["ratings"] == {"read": 4, "new": 1, "changed": 1, "repeated": 0, "unchanged": 2}
    assert [row[:3] for row in contents()["ratings"]] == [
        ("A1", "B1", 10),
        ("A2", "B1", 6),
        ("A3", "B1", 8),
        ("A4", "B1", 2),
    ]
    assert Movie.objects.get().histogram == [0, 1, 0, 0, 0, 1, 0, 1, 0, 1]


def test_ratings_without_a_date_are_older_than_any_with_one(tmp_path):
    undated = {"unixReviewTime": None, "reviewTime": None}
    lines = [review(stars=1.0, **undated), review(stars=4.0, unixReviewTime=0), review(stars=2.0, **undated)]
    import_amazon(write_lines(tmp_path / "r.json", lines))
    assert Rating.objects.get().half_stars == 8
    import_amazon(write_lines(tmp_path / "u.json", [review("A2", stars=3.0, **undated)]))
    assert Rating.objects.get(reviewer__external_id="A2").rated_at is None


def test_metadata_may_come_later_and_may_be_corrected(tmp_path):
    reviews = write_lines(tmp_path / "r.json", [review("A1", "B1")])
    import_amazon(reviews)
    movie = Movie.objects.get()
    run = import_amazon(reviews, write_lines(tmp_path / "m.json", [metadata("B1", "Alein")]))
    assert run.counts["movies"] == {"read": 1, "new": 0, "changed": 1, "repeated": 0, "unchanged": 0}
    corrected = metadata("B1", "Alien", brand="R. Scott", price="$3.50", category=["Movies & TV", "Sci-Fi"])
    import_amazon(reviews, write_lines(tmp_path / "m.json", [corrected]))
    movie.refresh_from_db()
    assert (movie.title, movie.folded_title) == ("Alien", "alien")
    assert [genre.name for genre in movie.genres.all()] == ["Science Fiction"]
    assert [person.name for person in movie.people.all()] == ["R. Scott"]
    assert str(movie.editions.get().price) == "3.50"


def test_what_metadata_does_not_say_stays(tmp_path):
    reviews = write_lines(tmp_path / "r.json", [review("A1", "B1")])
    import_amazon(reviews, write_lines(tmp_path / "m.json", [metadata("B1", "Alien (1979)")]))
    before = contents()
    silent = {"asin": "B1", "title": "", "price": ".a-box{color:#fff}"}
    run = import_amazon(reviews, write_lines(tmp_path / "m.json", [silent]))
    assert contents() == before
    assert run.counts["movies"]["unchanged"] == 1


def test_of_metadata_rows_of_one_title_the_fullest_is_taken(tmp_path):
    poor, rich = {"asin": "B1", "title": "Alien (bare)"}, metadata("B1", "Alien (full)")
    reviews = write_lines(tmp_path / "r.json", [review("A1", "B1")])
    for lines in ([poor, rich, poor], [rich, rich, poor]):
        run = import_amazon(reviews, write_lines(tmp_path / "m.json", lines))
        assert Movie.objects.get().title == "Alien (full)"
        assert run.counts["movies"]["repeated"] == 2


def test_only_the_wanted_ratings_are_loaded(tmp_path):
    lines = [
        review("A1", "B1", unixReviewTime=NEW_YEAR_2018 - 1),
        review("A2", "B1", unixReviewTime=NEW_YEAR_2018),
        review("A3", "B1", unixReviewTime=NEW_YEAR_2018 + DAY - 1),
        review("A4", "B2", unixReviewTime=NEW_YEAR_2018 + DAY),
        review("A5", "B1", unixReviewTime=NEW_YEAR_2018, verified=False),
        review("A6", "B1", unixReviewTime=None, reviewTime=None),
    ]
    run = import_amazon(
        write_lines(tmp_path / "r.json", lines), since="2018-01-01", until="2018-01-01", verified_only=True
    )
    assert contents()["reviewers"] == ["A2", "A3"]
    assert run.counts["left_out"] == {"not verified": 1, "outside the dates": 3}
    assert not Edition.objects.filter(external_id="B2").exists()


def test_bad_lines_are_counted_by_kind_and_reported_and_the_good_ones_kept(tmp_path, settings):
    lines = [
        review("A1", "B1"),
        b"not json",
        b"",
        b"[]",
        b'{"reviewerID": "\xff"}',
        {"asin": "B1", "overall": 5.0},
        review("A2", "B1", 6.0),
        review("A3", "B1", 4.75),
        review("A4", "B1", unixReviewTime="soon"),
        b'{"reviewText": "' + b"x" * (1 << 20) + b'"}',
        review("A5\x00\n", "B1", reviewText="nul \x00 inside"),
    ]
    run = import_amazon(write_lines(tmp_path / "r.json.gz", lines))
    assert run.state == ImportRun.State.SUCCEEDED
    assert run.counts["lines"] == 11
    assert run.counts["bad"] == {
        "not JSON": 1,
        "not a JSON object": 1,
        "undecodable bytes": 1,
        "missing field": 1,
        "stars outside the scale": 2,
        "bad date": 1,
        "line too long": 1,
    }
    assert contents()["reviewers"] == ["A1", "A5"]
    report = (settings.IMPORT_REPORTS_DIR / run.report).read_text().splitlines()
    assert [line.split(",")[:3] for line in report[1:]] == [
        ["r.json.gz", "2", "not JSON"],
        ["r.json.gz", "4", "not a JSON object"],
        ["r.json.gz", "5", "undecodable bytes"],
        ["r.json.gz", "6", "missing field"],
        ["r.json.gz", "7", "stars outside the scale"],
        ["r.json.gz", "8", "stars outside the scale"],
        ["r.json.gz", "9", "bad date"],
        ["r.json.gz", "10", "line too long"],
    ]


def test_bad_metadata_lines_are_counted_once_though_the_file_is_read_twice(tmp_path):
    meta = write_lines(tmp_path / "m.json", [metadata("B1"), "broken", {"title": "No ASIN"}])
    run = import_amazon(write_lines(tmp_path / "r.json", [review("A1", "B1")]), meta)
    assert run.counts["bad"] == {"not JSON": 1, "missing field": 1}
    assert run.counts["lines"] == 4


def test_an_interrupted_import_is_completed_by_running_it_again(tmp_path, monkeypatch):
    reviews = write_lines(tmp_path / "r.json", tangled_reviews())
    meta = write_lines(tmp_path / "m.json", [metadata(f"B{n}", f"Film {n}") for n in range(9)])
    import_amazon(reviews, meta, name="Clean")
    clean = contents()
    for model in (Rating, DataSet, Movie, Person):
        model.objects.all().delete()

    for loader, survived in [
        (MovieLoader, 1),
        (rating_loader.RatingLoader, 2),
        (rating_loader.RatingLoader, 11),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(loader, "load", interrupted_after(survived, loader.load))
            with pytest.raises(KeyboardInterrupt):
                import_amazon(reviews, meta, name="Clean")
        assert ImportRun.objects.first().state == ImportRun.State.CANCELLED
        assert not wrong_histograms().exists()
    assert 0 < Rating.objects.count() < len(clean["ratings"])
    import_amazon(reviews, meta, name="Clean")
    assert contents() == clean


def interrupted_after(n, load):
    calls = iter(range(n))

    def load_or_stop(self, rows):
        if next(calls, None) is None:
            load(self, rows[: len(rows) // 2])
            raise KeyboardInterrupt
        load(self, rows)

    return load_or_stop


def test_a_truncated_file_is_kept_up_to_the_break_and_completed_by_the_whole_one(tmp_path):
    lines = [
        review(f"A{n}", f"B{n % 50}", reviewText=hashlib.sha256(bytes([n % 256, n // 256])).hexdigest())
        for n in range(3000)
    ]
    whole = write_lines(tmp_path / "r.json.gz", lines)
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    run = import_amazon(cut)
    assert run.state == ImportRun.State.FAILED
    assert "breaks off after" in run.error
    assert "run the import again with the whole file" in run.error
    kept = Rating.objects.count()
    assert 500 < kept < 3000
    assert run.counts["ratings"]["new"] == run.counts["lines"] == kept
    assert import_amazon(whole).counts["ratings"]["new"] == 3000 - kept
    assert Rating.objects.count() == 3000


def test_two_data_sets_share_nothing_but_genres_and_people(tmp_path):
    reviews = write_lines(tmp_path / "r.json", [review("A1", "B1")])
    meta = write_lines(tmp_path / "m.json", [metadata("B1", "Alien")])
    for name in ("One", "Two"):
        import_amazon(reviews, meta, name=name)
    assert (Movie.objects.count(), Reviewer.objects.count(), Rating.objects.count()) == (2, 2, 2)
    assert (Person.objects.count(), Credit.objects.count()) == (1, 2)


def test_texts_are_those_of_the_ratings_that_are_stored(tmp_path):
    def imported(*lines, **options):
        run = import_amazon(write_lines(tmp_path / "r.json", lines), **options)
        return run.counts["texts"], {(row[0], row[3]) for row in contents()["texts"]}

    first = [
        review("A1", reviewText="A fine film, I say."),
        review("A2", reviewText="I slept all through it."),
    ]
    assert imported(*first) == (0, set())
    fine, slept = ("A1", "A fine film, I say."), ("A2", "I slept all through it.")
    assert imported(*first, with_text=True) == (2, {fine, slept})
    assert imported(*first, with_text=True) == (0, {fine, slept})
    later = review("A1", stars=1.0, reviewText="Not so fine after all.", unixReviewTime=1352419200 + DAY)
    assert imported(later, with_text=True) == (1, {("A1", "Not so fine after all."), slept})
    silent = review("A2", stars=1.0, reviewText="Words nobody asked for.", unixReviewTime=1352419200 + DAY)
    assert imported(silent) == (0, {("A1", "Not so fine after all.")})


def in_pairs(tmp_path, asins):
    """Before anything is rated: every second of these editions joins the movie of the one before it."""
    import_amazon(
        write_lines(tmp_path / "r.json", [review("A0", "B99")]),
        write_lines(tmp_path / "m.json", [metadata(asin, asin) for asin in asins]),
    )
    editions = [Edition.objects.get(external_id=asin) for asin in asins]
    for kept, merged in zip(editions[::2], editions[1::2], strict=False):
        Movie.objects.filter(pk=merged.movie_id).update(merged_into=kept.movie_id)
        Edition.objects.filter(pk=merged.pk).update(movie=kept.movie, home=merged.movie)


@pytest.mark.parametrize("seed", range(4))
def test_of_a_film_with_two_editions_the_latest_rating_counts_and_the_other_is_kept(tmp_path, seed):
    in_pairs(tmp_path, [f"B{n}" for n in range(9)])
    lines = tangled_reviews(150, seed)
    for part in (lines[:60], lines[40:110], lines[90:]):
        import_amazon(write_lines(tmp_path / "r.json", part))
    latest: dict[tuple[str, str], tuple[int, int, int]] = {}
    for line in lines:
        row = parse_review(json.dumps(line).encode())
        value = (line["unixReviewTime"], row.digest, row.half_stars)
        latest[row.reviewer, row.edition] = max(value, latest.get((row.reviewer, row.edition), value))
    films: dict[tuple[str, int], list[tuple[tuple[int, int, int], str]]] = {}
    for (reviewer, asin), value in latest.items():
        films.setdefault((reviewer, int(asin[1:]) // 2), []).append((value, asin))
    right = {
        (reviewer, asin, value[2], (value, asin) != max(found))
        for (reviewer, _), found in films.items()
        for value, asin in found
    }
    stored = Rating.objects.exclude(edition__external_id="B99").values_list(
        "reviewer__external_id", "edition__external_id", "half_stars", "superseded"
    )
    assert set(stored) == right
    assert len(right) == len(stored)
    assert any(superseded for *_, superseded in right)


def test_site_users_keep_their_ratings(tmp_path, ada):
    mine = rate(Reviewer.objects.for_user(ada), make_movie("Alien"), 9)
    import_amazon(write_lines(tmp_path / "r.json", tangled_reviews()))
    mine.refresh_from_db()
    assert (mine.half_stars, mine.movie.title) == (9, "Alien")


def test_movielens(tmp_path):
    folder = write_movielens(
        tmp_path / "ml",
        movies=["1,Toy Story (1995),Animation|Children", '2,"American President, The (1995)",Comedy'],
        ratings=["1,1,4.5,964982703", "2,1,0.5,964982704", "2,9,3.0,964982704"],
    )
    run = import_movielens(folder)
    assert run.counts["ratings"]["new"] == 3
    toy_story = Movie.objects.get(imdb_id="tt0114709")
    assert (toy_story.title, toy_story.tmdb_id, toy_story.histogram) == (
        "Toy Story",
        862,
        [1] + [0] * 7 + [1, 0],
    )
    assert [genre.name for genre in toy_story.genres.all()] == ["Animation", "Family"]
    assert set(Movie.objects.values_list("title", flat=True)) == {
        "Toy Story",
        "The American President",
        "Untitled (9)",
    }
    assert import_movielens(folder).result["summary"][0].startswith("Nothing changed")
