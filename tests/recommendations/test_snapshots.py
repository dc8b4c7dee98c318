"""Snapshots: what the database holds, and only what counts, as arrays of one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connections

from catalog.models import Credit, Movie, Person, Rating, Reviewer
from catalog.ratings import rate
from ml.data.snapshot import SnapshotError, read_snapshot
from recommendations import snapshots
from recommendations.models import TrainingOptOut
from recommendations.snapshots import new_name, take_snapshot
from tests.factories import make_movie, make_reviewers, rate_all

pytestmark = pytest.mark.both_databases

LONG_AGO = datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)
LATER = datetime(2018, 4, 8, 12, 30, 15, 900_000, tzinfo=UTC)


def rating_triples(snapshot):
    ratings = snapshot.ratings
    return sorted(
        zip(
            snapshot.reviewer_ids[ratings.reviewer_indices].tolist(),
            snapshot.movie_ids[ratings.movie_indices].tolist(),
            ratings.stars.tolist(),
            strict=True,
        )
    )


@pytest.mark.django_db
class TestContent:
    def test_every_current_rating_and_no_other(self):
        kept, other = make_movie("Alien"), make_movie("Solaris", 1972)
        reviewers = make_reviewers(4)
        rate_all(reviewers[:3], kept, [10, 7, 1])
        rate_all(reviewers[1:2], other, [4])
        Rating.objects.filter(reviewer=reviewers[2]).update(superseded=True)
        snapshot = take_snapshot("s1")
        assert rating_triples(snapshot) == [
            (reviewers[0].pk, kept.pk, 5.0),
            (reviewers[1].pk, kept.pk, 3.5),
            (reviewers[1].pk, other.pk, 2.0),
        ]
        assert snapshot.reviewer_ids.tolist() == [reviewers[0].pk, reviewers[1].pk]

    def test_whoever_does_not_want_to_be_learned_from_is_not_in_it(self, ada, bob):
        movie = make_movie("Alien")
        for user in (ada, bob):
            rate(Reviewer.objects.for_user(user), movie, 8)
        rate_all(make_reviewers(1), movie, [6])
        TrainingOptOut.objects.create(user=ada)
        snapshot = take_snapshot("s1")
        assert Reviewer.objects.for_user(ada).pk not in snapshot.reviewer_ids.tolist()
        assert sorted(stars for _, _, stars in rating_triples(snapshot)) == [3.0, 4.0]
        TrainingOptOut.objects.all().delete()
        assert len(rating_triples(take_snapshot("s2"))) == 3

    def test_films_without_ratings_are_in_it_and_merged_ones_are_not(self):
        rated, unrated = make_movie("Alien"), make_movie("Solaris")
        merged = make_movie("Alien again", merged_into=rated)
        reviewers = make_reviewers(2)
        rate_all(reviewers[:1], rated, [10])
        rate_all(reviewers[1:], merged, [9])
        snapshot = take_snapshot("s1")
        assert snapshot.movie_ids.tolist() == [rated.pk, unrated.pk]
        assert rating_triples(snapshot) == [(reviewers[0].pk, rated.pk, 5.0)]

    def test_the_time_is_when_it_was_rated_else_when_it_was_stored(self):
        movie, reviewers = make_movie(), make_reviewers(3)
        rate_all(reviewers, movie, [10, 9, 8])
        Rating.objects.filter(reviewer=reviewers[0]).update(rated_at=LONG_AGO)
        Rating.objects.filter(reviewer=reviewers[1]).update(rated_at=LATER)
        Rating.objects.filter(reviewer=reviewers[2]).update(created_at=LATER)
        snapshot = take_snapshot("s1")
        in_order = snapshot.ratings.timestamps[np.argsort(snapshot.ratings.reviewer_indices)]
        assert in_order.tolist() == [-2, 1_523_190_615, 1_523_190_615]
        assert snapshot.info["newest_rating"] == "2018-04-08T12:30:15+00:00"

    def test_tokens_say_genre_decade_and_people(self):
        film = make_movie("Alien", 1979, ["Horror", "Science Fiction"])
        unknown = make_movie("Untitled", None)
        scott = Person.objects.create(name="Ridley Scott")
        Credit.objects.create(movie=film, person=scott, role=Credit.Role.DIRECTOR)
        Credit.objects.create(movie=film, person=scott, role=Credit.Role.ACTOR)
        rate_all(make_reviewers(1), film, [10])
        content = take_snapshot("s1").ratings.content
        assert content.tokens(0) == [
            "decade:1970",
            "genre:Horror",
            "genre:Science Fiction",
            "person:ridley scott",
        ]
        assert content.tokens(1) == []
        assert unknown.pk > film.pk

    def test_the_scale_is_the_sites_and_the_description_names_the_data_sets(self):
        rate_all(make_reviewers(1), make_movie(), [6])
        info = read_snapshot(take_snapshot("s1").path).info
        assert info["scale"] == {"minimum": 0.5, "maximum": 5.0, "step": 0.5}
        assert info["data_sets"] == [{"name": "Some reviews", "kind": "amazon"}]
        assert (info["n_ratings"], info["n_movies"], info["n_reviewers"]) == (1, 1, 1)

    def test_external_ids_are_in_no_file(self):
        rate_all(make_reviewers(2), make_movie(), [6, 7])
        Reviewer.objects.filter(external_id="R0").update(external_id="A1B2C3SECRET")
        folder = take_snapshot("s1").path
        assert not any(b"SECRET" in file.read_bytes() for file in folder.iterdir())

    def test_without_ratings_it_is_refused_with_a_sentence_and_leaves_nothing(self, settings):
        make_movie()
        with pytest.raises(SnapshotError, match="no ratings to learn from"):
            take_snapshot("s1")
        assert not settings.SNAPSHOTS_DIR.exists()

    def test_progress_counts_the_ratings_and_may_stop_the_work(self, monkeypatch, settings):
        monkeypatch.setattr(snapshots, "CHUNK", 2)
        rate_all(make_reviewers(5), make_movie(), [1, 2, 3, 4, 5])
        told = []
        take_snapshot("s1", progress=lambda done, total: told.append((done, total)))
        assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]

        def stop(done, total):
            raise InterruptedError

        with pytest.raises(InterruptedError):
            take_snapshot("s2", progress=stop)
        assert [folder.name for folder in settings.SNAPSHOTS_DIR.iterdir()] == ["s1"]


@pytest.mark.django_db(transaction=True)
def test_ratings_written_meanwhile_are_in_none_of_it(ada, tmp_path):
    """A second connection commits a film and ratings while the first reads."""
    movie = make_movie()
    rate_all(make_reviewers(3), movie, [2, 4, 6])

    def write():
        rate(Reviewer.objects.for_user(ada), make_movie("New"), 10)
        Movie.objects.filter(pk=movie.pk).update(year=2020)

    def write_elsewhere(done, total):
        if done == 0:
            run_in_thread(write)

    snapshot = take_snapshot("s1", progress=write_elsewhere)
    assert (len(snapshot.ratings), snapshot.movie_ids.tolist()) == (3, [movie.pk])
    assert snapshot.ratings.content.names == ["decade:1970"]
    assert Rating.objects.count() == 4
    assert Movie.objects.filter(year=2020).count() == 1


def run_in_thread(work):
    def run_and_close():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run_and_close).result()


def test_names_sort_by_time_and_differ():
    names = [new_name() for _ in range(50)]
    assert len(set(names)) == 50
    assert [name[:16] for name in names] == sorted(name[:16] for name in names)
