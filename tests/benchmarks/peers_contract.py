"""Run by test_peers.py in the peers' own environment: the contract of all scorers, and the libraries' own answers."""

from importlib import import_module
from typing import ClassVar

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.peers.biased_als import BiasedAls, GaussianPrior
from benchmarks.peers.factors import Prior, Regressions
from benchmarks.peers.implicit_models import ImplicitALS, ImplicitBPR
from benchmarks.peers.item_items import CoOccurrence, Ease, TooManyMoviesError, check_size
from benchmarks.peers.item_items import ItemKNN as TfIdfKNN
from benchmarks.peers.ranking import rated_matrix
from benchmarks.peers.surprise_models import DefaultSVD, ItemKNN, SVDPlusPlus, trainset_of
from ml.data.ratings import Ratings
from ml.scoring import Scorer
from tests.ml.builders import make_ratings, planted_ratings
from tests.ml.scorer_contract import ScorerContract, every_pair


class PeerContract(ScorerContract):
    place: ClassVar[str]

    def make_scorer(self) -> Scorer:
        module, _, name = self.place.partition(":")
        return getattr(import_module(module), name)()

    def test_is_registered_under_its_name(self) -> None:
        assert PEERS[self.make_scorer().name] == self.place


# A class a peer, collected by its name.
for name, place in PEERS.items():
    globals()[f"Test_{name}"] = type(f"Test_{name}", (PeerContract,), {"place": place})


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings(seed=3)


@pytest.mark.parametrize("make", [DefaultSVD, SVDPlusPlus, ItemKNN])
def test_stars_are_those_that_surprise_itself_predicts(make: type[Scorer], ratings: Ratings) -> None:
    """Nearest neighbours fewer than a person's films, so that choosing them matters."""
    scorer = type("Small", (make,), {"neighbours": 3})().fit(ratings, seed=2)
    reviewers, movies = every_pair(ratings)

    expected = [
        scorer.fitted.predict(u, i).est for u, i in zip(reviewers.tolist(), movies.tolist(), strict=True)
    ]

    np.testing.assert_allclose(scorer.predict_stars(reviewers, movies), expected, atol=1e-5)


def test_neighbours_know_someone_given_as_someone_trained_on(ratings: Ratings) -> None:
    """But for the bias, which Surprise solves for in turn with the films' before the last step."""
    scorer = ItemKNN().fit(ratings)
    pairs = ratings.reviewer_indices, ratings.movie_indices

    given = scorer.given(ratings).predict_stars(*pairs)

    np.testing.assert_allclose(given, scorer.predict_stars(*pairs), atol=0.02)
    assert np.abs(given - scorer.given(ratings.subset([])).predict_stars(*pairs)).mean() > 0.05


def test_regression_is_the_ridge_solution_group_by_group() -> None:
    """Groups of 3, 1, 3 and no rows, against the normal equations solved one by one."""
    generator = np.random.default_rng(4)
    groups = np.array([2, 0, 2, 1, 0, 2, 0])
    columns = np.array([1, 0, 4, 2, 3, 0, 2])
    design, targets = generator.normal(size=(5, 2)), generator.normal(size=7)
    prior = Prior(np.array([0.5, -1.0]), np.array([[2.0, 0.3], [0.3, 1.0]]), growth=0.5)

    found = Regressions(groups, columns, 4).solve(design, targets, prior)

    for group in range(3):
        x, y = design[columns[groups == group]], targets[groups == group]
        weight = prior.precision * np.sqrt(len(y))
        expected = np.linalg.solve(x.T @ x + weight, x.T @ y + weight @ prior.mean)
        np.testing.assert_allclose(found[group], expected, atol=1e-12)
    np.testing.assert_allclose(found[3], prior.mean)


def test_als_has_converged_to_its_own_fold_in(ratings: Ratings) -> None:
    scorer = type("Long", (BiasedAls,), {"sweeps": 400, "n_factors": 3})().fit(ratings)

    given = scorer.given(ratings).predict_stars(*every_pair(ratings))

    np.testing.assert_allclose(given, scorer.predict_stars(*every_pair(ratings)), atol=0.01)


def test_the_prior_is_the_trained_peoples_distribution(ratings: Ratings) -> None:
    """Of strangers the mean is said; with much noise a rating moves nothing."""
    scorer = type("Deaf", (GaussianPrior,), {"noise": 1e9, "n_factors": 3})().fit(ratings)

    np.testing.assert_allclose(scorer.factors.reviewers, np.tile(scorer.prior.mean, (48, 1)), atol=1e-4)
    heard = type("Small", (GaussianPrior,), {"n_factors": 3})().fit(ratings)
    assert np.abs(heard.factors.reviewers[:45] - heard.prior.mean).max() > 0.1


@pytest.mark.parametrize("make", [ImplicitALS, ImplicitBPR, TfIdfKNN])
def test_lists_are_those_that_implicit_itself_recommends(make: type[Scorer], ratings: Ratings) -> None:
    scorer = make().fit(ratings, seed=5)
    rated = rated_matrix(ratings)
    library = getattr(scorer, "model", None) or _library_knn(rated)

    for reviewer in (0, 7, 31):
        ids, scores = library.recommend(reviewer, rated[reviewer], N=5, filter_already_liked_items=True)
        np.testing.assert_allclose(scorer.ranking_scores(reviewer)[ids], scores, rtol=1e-4)
        unseen = np.setdiff1d(np.arange(ratings.n_movies), rated[reviewer].indices)
        assert scorer.ranking_scores(reviewer)[unseen].max() == pytest.approx(scores[0], rel=1e-4)


def _library_knn(rated: object) -> object:
    from implicit.nearest_neighbours import TFIDFRecommender

    library = TFIDFRecommender(K=400)
    library.fit(rated, show_progress=False)
    return library


def test_als_folds_people_in_where_training_left_them(ratings: Ratings) -> None:
    scorer = type(
        "Long", (ImplicitALS,), {"settings": {"factors": 4, "regularization": 1.0, "iterations": 200}}
    )()
    scorer.fit(ratings, seed=1)

    np.testing.assert_allclose(scorer.given(ratings).ranking_scores(6), scorer.ranking_scores(6), atol=1e-2)


def test_ease_by_hand() -> None:
    """Films 0 and 1 together twice, film 2 alone: X'X + I is [[3, 2, 0], [2, 3, 0], [0, 0, 2]], so that the
    regression of film 0 on film 1 is 2 / 3, and film 2 says nothing of the others."""
    scorer = type("Light", (Ease,), {"ridge": 1.0})()
    scorer.fit(make_ratings([(0, 0, 4.0), (0, 1, 1.0), (1, 0, 2.0), (1, 1, 5.0), (2, 2, 3.0)]))

    expected = [[0, 2 / 3, 0], [2 / 3, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(scorer.weights, expected, atol=1e-6)
    np.testing.assert_allclose(scorer.ranking_scores(0), [2 / 3, 2 / 3, 0], atol=1e-6)


def test_co_occurrence_by_hand() -> None:
    """Film 0 was rated by three, film 1 by two of them: 2 / 23 from 0 to 1, and 2 / 22 back."""
    rows = [(0, 0, 4.0), (1, 0, 4.0), (2, 0, 4.0), (0, 1, 4.0), (1, 1, 4.0)]
    scorer = CoOccurrence().fit(make_ratings(rows, n_movies=3))

    np.testing.assert_allclose(scorer.ranking_scores(2), [3 / 23, 2 / 23, 0], rtol=1e-6)
    given = scorer.given(make_ratings([(0, 1, 2.0)], n_reviewers=2, n_movies=3))
    np.testing.assert_allclose(given.ranking_scores(0), [2 / 22, 2 / 22, 0], rtol=1e-6)


def test_a_catalogue_too_large_for_pairs_gets_a_sentence() -> None:
    with pytest.raises(TooManyMoviesError, match=r"a weight for every pair of films, .*60,000 films"):
        check_size(60_000, "ease")


def test_training_sets_carry_our_rows(ratings: Ratings) -> None:
    trainset = trainset_of(ratings)

    read = {(trainset.to_raw_uid(u), trainset.to_raw_iid(i)): r for u, i, r in trainset.all_ratings()}

    pairs = zip(ratings.reviewer_indices.tolist(), ratings.movie_indices.tolist(), strict=True)
    assert read == dict(zip(pairs, ratings.stars.tolist(), strict=True))
