import numpy as np
import pytest

from ml.baselines import Bias, GenrePopularity, GlobalMean, Median, MovieMean, Popularity, RecentPopularity
from ml.data.ratings import Content
from ml.scoring import Scorer
from tests.ml.builders import make_ratings
from tests.ml.scorer_contract import ScorerContract

# Stars of three reviewers (rows) for four movies; movie 3 has none.
ROWS = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0), (1, 2, 1.0), (2, 0, 5.0)]


class TestGlobalMean(ScorerContract):
    def make_scorer(self) -> Scorer:
        return GlobalMean()

    def test_predicts_the_mean(self) -> None:
        scorer = GlobalMean().fit(make_ratings(ROWS, n_movies=4))

        assert scorer.predict_stars(np.array([0, -1]), np.array([1, 3])) == pytest.approx([3.6, 3.6])


class TestMedian(ScorerContract):
    def make_scorer(self) -> Scorer:
        return Median()

    def test_predicts_the_median(self) -> None:
        scorer = Median().fit(make_ratings(ROWS, n_movies=4))

        assert scorer.predict_stars(np.array([0, -1]), np.array([1, 3])) == pytest.approx([4.0, 4.0])


class TestMovieMean(ScorerContract):
    def make_scorer(self) -> Scorer:
        return MovieMean()

    def test_predicts_each_movies_mean_and_the_mean_of_all_without_one(self) -> None:
        scorer = MovieMean().fit(make_ratings(ROWS, n_movies=4))

        predicted = scorer.predict_stars(np.array([2, 2, 2, 2]), np.arange(4))

        assert predicted == pytest.approx([14 / 3, 3.0, 1.0, 3.6])


class TestBias(ScorerContract):
    def make_scorer(self) -> Scorer:
        return Bias()

    def test_one_rating_by_hand(self) -> None:
        """Two ratings, 5 and 1, by two people of two films: mean 3, deviations 2 and -2, apart from each other.

        For the first, b_i = (2 - b_u) / (1 + 2) and b_u = (2 - b_i) / (1 + 5), so b_i = 10/17 and b_u = 4/17.
        """
        scorer = Bias(tolerance=1e-9).fit(make_ratings([(0, 0, 5.0), (1, 1, 1.0)]))

        predicted = scorer.predict_stars(np.array([0, -1, 1]), np.array([0, 0, 0]))

        assert predicted == pytest.approx([3 + 14 / 17, 3 + 10 / 17, 3 + 6 / 17])

    def test_is_the_joint_ridge_solution(self) -> None:
        """Against the normal equations, solved densely."""
        generator = np.random.default_rng(5)
        rows = [
            (u, i, float(generator.integers(1, 6))) for u in range(9) for i in range(4) if (u * i) % 3 != 1
        ]
        ratings = make_ratings(rows)
        design = np.zeros((len(rows), 13))
        design[np.arange(len(rows)), ratings.reviewer_indices] = 1
        design[np.arange(len(rows)), 9 + ratings.movie_indices] = 1
        penalty = np.diag([7.0] * 9 + [0.5] * 4)
        expected = np.linalg.solve(
            design.T @ design + penalty, design.T @ (ratings.stars - ratings.stars.mean())
        )

        scorer = Bias(reviewer_ridge=7.0, movie_ridge=0.5, tolerance=1e-10, sweeps=1000).fit(ratings)

        np.testing.assert_allclose(scorer.reviewer_biases, expected[:9], atol=1e-6)
        np.testing.assert_allclose(scorer.movie_biases, expected[9:], atol=1e-6)

    def test_given_a_history_by_hand(self) -> None:
        """Movie biases stay at 10/17 and -10/17. Of 5 and 2 stars they leave 2 - 10/17 and -1 + 10/17, which is 1,
        over 2 + 5; of one 1 they leave -2 - 10/17, over 1 + 5."""
        scorer = Bias(tolerance=1e-9).fit(make_ratings([(0, 0, 5.0), (1, 1, 1.0)]))

        told = scorer.given(make_ratings([(3, 0, 5.0), (3, 1, 2.0), (1, 0, 1.0)]))

        predicted = told.predict_stars(np.array([3, 1, 0, -1]), np.array([0, 0, 0, 0]))
        film = 3 + 10 / 17
        assert predicted == pytest.approx([film + 1 / 7, film - (2 + 10 / 17) / 6, film, film])

    def test_tells_how_far_it_is(self) -> None:
        told: list[tuple[str, int, int]] = []

        Bias(sweeps=30).fit(
            make_ratings(ROWS, n_movies=4),
            progress=lambda stage, done, total, _: told.append((stage, done, total)),
        )

        assert told[0] == ("fit", 1, 30)
        assert [done for _, done, _ in told] == list(range(1, len(told) + 1))


class TestPopularity(ScorerContract):
    def make_scorer(self) -> Scorer:
        return Popularity()

    def test_ranks_by_the_number_of_ratings(self) -> None:
        scorer = Popularity().fit(make_ratings(ROWS, n_movies=4))

        assert scorer.ranking_scores(1).tolist() == [3.0, 1.0, 1.0, 0.0]


class TestRecentPopularity(ScorerContract):
    def make_scorer(self) -> Scorer:
        return RecentPopularity()

    def test_what_was_rated_last_comes_first_and_of_the_others_what_was_rated_most(self) -> None:
        pairs = [(0, 0), (1, 0), (2, 0), (0, 3), (0, 1), (1, 2), (2, 2)]
        ratings = make_ratings([(*pair, 4.0, time) for time, pair in enumerate(pairs)])

        scores = RecentPopularity(share=0.3).fit(ratings).ranking_scores(0)

        assert np.argsort(-scores).tolist() == [2, 1, 0, 3]


class TestGenrePopularity(ScorerContract):
    def make_scorer(self) -> Scorer:
        return GenrePopularity()

    def test_by_hand(self) -> None:
        """Ratings: film 0 three, films 1 and 2 one. Drama: films 0 and 1, mean 2; War: film 1, mean 1; all 5/3."""
        genres = [
            ["genre:Drama"],
            ["genre:Drama", "genre:War"],
            ["person:x"],
            ["genre:War"],
            ["genre:Drama"],
            [],
        ]
        content = Content.from_tokens([*genres, ["genre:Noir", "genre:War"]])

        scorer = GenrePopularity().fit(make_ratings(ROWS, n_movies=7, content=content))

        assert scorer.ranking_scores(0) == pytest.approx([2, 1.5, 5 / 3, 1, 2, 5 / 3, (5 / 3 + 1) / 2])
