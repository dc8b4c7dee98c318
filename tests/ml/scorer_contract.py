"""What every model must do, whatever it learns. A model's test class inherits this and says how one is made."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import pytest

from ml.data.ratings import Ratings, Scale
from ml.models import MODEL_NAMES
from ml.scoring import Scorer
from tests.ml.builders import FIVE_STARS, HALF_STARS_TO_FOUR, make_ratings, planted_ratings


class ScorerContract(ABC):
    """Give `make_scorer`; for slow models let it return few epochs and narrow embeddings."""

    tolerance: ClassVar[float] = 1e-6
    """How far two models of one seed may be apart in any score."""

    @abstractmethod
    def make_scorer(self) -> Scorer:
        """A fresh, unfitted scorer."""

    @pytest.fixture(scope="class")
    @classmethod
    def ratings(cls) -> Ratings:
        return planted_ratings()

    @pytest.fixture(scope="class")
    @classmethod
    def fitted(cls, ratings: Ratings) -> Scorer:
        """Shared by the tests of a class, which leave it as it is."""
        return cls().make_scorer().fit(ratings, seed=1)

    def test_is_registered_under_its_name(self) -> None:
        assert self.make_scorer().name in MODEL_NAMES

    def test_fit_returns_the_scorer_itself(self, ratings: Ratings) -> None:
        scorer = self.make_scorer()

        assert scorer.fit(ratings) is scorer

    def test_stars_are_float32_one_for_each_pair(self, fitted: Scorer, ratings: Ratings) -> None:
        predicted = fitted.predict_stars(ratings.reviewer_indices, ratings.movie_indices)

        assert predicted.shape == (len(ratings),)
        assert predicted.dtype == np.float32
        assert np.isfinite(predicted).all()

    def test_no_pairs_give_no_stars(self, fitted: Scorer) -> None:
        nobody = np.empty(0, dtype=np.int32)

        assert fitted.predict_stars(nobody, nobody).shape == (0,)

    def test_ranking_scores_are_float32_one_for_each_movie(self, fitted: Scorer, ratings: Ratings) -> None:
        for reviewer_index in (0, 3, ratings.n_reviewers - 1, -1):
            scores = fitted.ranking_scores(reviewer_index)

            assert scores.shape == (ratings.n_movies,)
            assert scores.dtype == np.float32
            assert np.isfinite(scores).all()

    def test_scores_are_the_callers_to_change(self, fitted: Scorer) -> None:
        before = fitted.ranking_scores(2).copy()
        fitted.ranking_scores(2)[:] = -1e9

        np.testing.assert_array_equal(fitted.ranking_scores(2), before)

    @pytest.mark.parametrize("scale", [FIVE_STARS, HALF_STARS_TO_FOUR], ids=["1 to 5", "0.5 to 4"])
    def test_stars_stay_on_the_scale(self, scale: Scale) -> None:
        ratings = planted_ratings(seed=4, scale=scale)
        reviewers, movies = every_pair(ratings)

        predicted = self.make_scorer().fit(ratings, seed=1).predict_stars(reviewers, movies)

        assert predicted.min() >= scale.minimum
        assert predicted.max() <= scale.maximum

    def test_stars_are_learned_from_the_scale_in_use(self) -> None:
        ratings = planted_ratings(seed=4, scale=HALF_STARS_TO_FOUR)

        predicted = self.make_scorer().fit(ratings, seed=1).predict_stars(*every_pair(ratings))

        assert abs(float(predicted.mean()) - float(ratings.stars.mean())) < 0.75

    def test_people_without_ratings_are_strangers(self, fitted: Scorer, ratings: Ratings) -> None:
        movies = np.arange(ratings.n_movies, dtype=np.int32)
        nobody = np.full(ratings.n_movies, -1, dtype=np.int32)
        unrated = np.full(ratings.n_movies, ratings.n_reviewers - 1, dtype=np.int32)

        strange, unseen = fitted.predict_stars(nobody, movies), fitted.predict_stars(unrated, movies)

        assert np.isfinite(strange).all()
        np.testing.assert_allclose(strange, unseen, atol=self.tolerance)
        np.testing.assert_allclose(
            fitted.ranking_scores(-1), fitted.ranking_scores(ratings.n_reviewers - 1), atol=self.tolerance
        )

    def test_strangers_and_known_people_mix_in_one_call(self, fitted: Scorer) -> None:
        together = fitted.predict_stars(np.array([-1, 4, -1]), np.array([2, 7, 9]))
        apart = [fitted.predict_stars(np.array([u]), np.array([i]))[0] for u, i in ((-1, 2), (4, 7), (-1, 9))]

        np.testing.assert_allclose(together, apart, atol=1e-4)

    def test_movies_without_ratings_are_scored(self, fitted: Scorer, ratings: Ratings) -> None:
        unrated = np.setdiff1d(np.arange(ratings.n_movies), ratings.movie_indices)
        assert len(unrated)

        predicted = fitted.predict_stars(np.zeros(len(unrated), dtype=np.int32), unrated)

        assert np.isfinite(predicted).all()

    def test_the_same_seed_gives_the_same_model(self, fitted: Scorer, ratings: Ratings) -> None:
        again = self.make_scorer().fit(ratings, seed=1)

        self.assert_same_model(again, fitted, ratings)

    def test_a_second_fit_starts_afresh(self, fitted: Scorer, ratings: Ratings) -> None:
        used = self.make_scorer().fit(planted_ratings(seed=9, scale=HALF_STARS_TO_FOUR), seed=2)

        self.assert_same_model(used.fit(ratings, seed=1), fitted, ratings)

    def test_one_rating_is_enough(self) -> None:
        ratings = make_ratings([(1, 2, 4.0)], n_reviewers=3, n_movies=5, scale=Scale(4.0, 4.0, 1.0))

        scorer = self.make_scorer().fit(ratings)

        np.testing.assert_allclose(scorer.predict_stars(*every_pair(ratings)), 4.0)
        assert np.isfinite(scorer.ranking_scores(1)).all()

    @pytest.mark.parametrize("stars", [1.0, 5.0])
    def test_stars_that_are_all_equal(self, stars: float) -> None:
        rows = [(u, i, stars, 60 * u + i) for u in range(7) for i in range(4) if (u + 2 * i) % 3]
        ratings = make_ratings(rows, n_reviewers=8, n_movies=5, scale=FIVE_STARS)

        scorer = self.make_scorer().fit(ratings)

        predicted = scorer.predict_stars(*every_pair(ratings))
        assert np.isfinite(predicted).all()
        assert predicted.min() >= 1.0
        assert predicted.max() <= 5.0
        assert np.isfinite(scorer.ranking_scores(0)).all()

    def test_ratings_without_times_or_content(self) -> None:
        known = planted_ratings(with_content=False)
        rows = list(zip(known.reviewer_indices, known.movie_indices, known.stars, strict=True))
        ratings = make_ratings(rows, n_reviewers=known.n_reviewers, n_movies=known.n_movies)

        scorer = self.make_scorer().fit(ratings)

        assert np.isfinite(scorer.predict_stars(*every_pair(ratings))).all()

    def test_given_a_history_it_leaves_the_fitted_model_as_it_was(self, ratings: Ratings) -> None:
        scorer = self.make_scorer().fit(ratings, seed=1)
        pairs = every_pair(ratings)
        stars, scores = scorer.predict_stars(*pairs), scorer.ranking_scores(3)

        scorer.given(ratings.subset(ratings.stars > 3)).predict_stars(*pairs)

        np.testing.assert_array_equal(scorer.predict_stars(*pairs), stars)
        np.testing.assert_array_equal(scorer.ranking_scores(3), scores)

    def test_given_nothing_everyone_is_a_stranger(self, fitted: Scorer, ratings: Ratings) -> None:
        movies = np.arange(ratings.n_movies, dtype=np.int32)
        told = fitted.given(ratings.subset([]))

        for reviewer in (0, 4, -1):
            np.testing.assert_allclose(
                told.predict_stars(np.full(ratings.n_movies, reviewer), movies),
                fitted.predict_stars(np.full(ratings.n_movies, -1), movies),
                atol=1e-4,
            )
            np.testing.assert_allclose(told.ranking_scores(reviewer), fitted.ranking_scores(-1), atol=1e-4)

    def test_given_histories_may_be_of_other_people(self, fitted: Scorer, ratings: Ratings) -> None:
        """Three people whom training never saw, the last of them a stranger still; and each for themselves."""
        rows = [(0, 2, 5.0, 1), (0, 7, 1.0, 2), (1, 7, 5.0, 1), (1, 4, 4.0, 3)]
        told = fitted.given(make_ratings(rows, n_reviewers=3, n_movies=ratings.n_movies))
        alone = fitted.given(make_ratings(rows[:2], n_reviewers=3, n_movies=ratings.n_movies))
        pairs = np.array([0, 0, 1, 2, -1]), np.array([1, 3, 3, 5, 5])

        stars = told.predict_stars(*pairs)

        assert stars.shape == (5,)
        assert stars.dtype == told.ranking_scores(1).dtype == np.float32
        assert told.ranking_scores(1).shape == (ratings.n_movies,)
        assert np.isfinite(stars).all()
        assert stars[3] == pytest.approx(stars[4], abs=1e-4)
        np.testing.assert_allclose(alone.predict_stars(*pairs)[:2], stars[:2], atol=1e-4)
        np.testing.assert_allclose(alone.ranking_scores(0), told.ranking_scores(0), atol=1e-4)

    def test_intervals_hold_the_predicted_stars(self, fitted: Scorer, ratings: Ratings) -> None:
        pairs = every_pair(ratings)
        intervals = fitted.star_intervals(*pairs, coverage=0.8)
        if intervals is None:
            return
        (low, high), stars = intervals, fitted.predict_stars(*pairs)
        wider = fitted.star_intervals(*pairs, coverage=0.95)
        assert wider is not None

        assert low.shape == high.shape == stars.shape
        assert (low >= ratings.scale.minimum).all()
        assert (high <= ratings.scale.maximum).all()
        assert (low <= stars).all()
        assert (stars <= high).all()
        assert (wider[1] - wider[0]).mean() > (high - low).mean()

    def test_does_not_change_its_input(self) -> None:
        ratings, untouched = planted_ratings(), planted_ratings()
        for name in ("reviewer_indices", "movie_indices", "stars", "timestamps"):
            getattr(ratings, name).flags.writeable = False

        self.make_scorer().fit(ratings)

        np.testing.assert_array_equal(ratings.stars, untouched.stars)
        np.testing.assert_array_equal(ratings.pair_keys, untouched.pair_keys)

    def assert_same_model(self, one: Scorer, other: Scorer, ratings: Ratings) -> None:
        reviewers, movies = every_pair(ratings)
        np.testing.assert_allclose(
            one.predict_stars(reviewers, movies), other.predict_stars(reviewers, movies), atol=self.tolerance
        )
        np.testing.assert_allclose(one.ranking_scores(3), other.ranking_scores(3), atol=self.tolerance)


def every_pair(ratings: Ratings) -> tuple[np.ndarray, np.ndarray]:
    """Every reviewer, the stranger included, with every movie."""
    reviewers, movies = np.meshgrid(
        np.arange(-1, ratings.n_reviewers, dtype=np.int32),
        np.arange(ratings.n_movies, dtype=np.int32),
        indexing="ij",
    )
    return reviewers.ravel(), movies.ravel()
