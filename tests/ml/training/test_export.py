"""What is served equals what Keras computes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import write_artifact
from ml.data.ratings import Ratings
from ml.people import COUNT_KNOTS, Person
from ml.serving import ServedModel
from ml.training.history import HistoryScorer
from ml.training.history_batches import Batch, HistoryBatches, HistoryKind, leave_one_out
from tests.ml.builders import make_manifest, planted_ratings
from tests.ml.training.heads import tensors
from tests.ml.training.test_history import quick

FIRST_ID = 70


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return planted_ratings()


@pytest.fixture(scope="module")
def scorer(ratings: Ratings) -> HistoryScorer:
    """Trained, and then moved far from the small values that three epochs reach."""
    scorer = HistoryScorer(quick()).fit(ratings)
    for head in (scorer.trained.model.stars, scorer.trained.model.ranking):
        for index, weight in enumerate(head.trainable_variables):
            weight.assign_add(np.random.default_rng(index).normal(0, 0.3, weight.shape))
    scorer.trained.model.ranking.measure_from(scorer.trained.model.stars.biases.numpy())
    return scorer


@pytest.fixture(scope="module")
def served(scorer: HistoryScorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """Through the folder, as the site gets it."""
    path: Path = tmp_path_factory.mktemp("models") / "v1"
    movie_ids = np.arange(scorer.ratings.n_movies, dtype=np.int64) * 3 + FIRST_ID
    write_artifact(path, manifest=make_manifest(), arrays=scorer.arrays(movie_ids))
    return ServedModel.open(path)


@pytest.fixture(scope="module")
def batches(ratings: Ratings, scorer: HistoryScorer) -> list[Batch]:
    """Everyone with a held-out rating: a fifth of the ratings to predict from the others. All have part in films."""
    held_out = np.random.default_rng(6).random(len(ratings)) < 0.2
    kind = HistoryKind(
        leave_one_out(0.0), 500, predicts_input=True, with_catalogue=True, in_time=True, half_life=35.0
    )
    return list(HistoryBatches(ratings, kind, held_out=held_out, raters=scorer.trained.raters).validation())


def people(batch: Batch, served: ServedModel) -> Iterator[tuple[int, Person]]:
    """Each person's place in the batch, and the person that serving makes of the batch's inputs."""
    movie_ids = served.movie_ids[batch["candidate"][batch["column"]]]
    for place in range(batch["person"][-1] + 1):
        rows = np.flatnonzero((batch["person"] == place) & (batch["is_input"] > 0))
        yield place, served.person(zip(movie_ids[rows].tolist(), batch["stars"][rows].tolist(), strict=True))


def test_served_stars_are_those_of_keras(
    scorer: HistoryScorer, served: ServedModel, batches: list[Batch]
) -> None:
    for batch in batches:
        predicted = np.clip(scorer.trained.model(tensors(batch))["stars"].numpy(), 1, 5)
        for place, person in people(batch, served):
            targets = np.flatnonzero((batch["person"] == place) & (batch["target_weight"] > 0))
            movies = batch["candidate"][batch["column"][targets]]
            np.testing.assert_allclose(served.predicted_stars(person, movies), predicted[targets], atol=1e-5)


def test_served_rankings_are_those_of_keras(
    scorer: HistoryScorer, served: ServedModel, batches: list[Batch]
) -> None:
    for batch in batches:
        scores = scorer.trained.model(tensors(batch))["ranking"].numpy()
        rated = scorer.ratings.movie_indices
        known = np.isin(batch["candidate"], rated)
        for place, person in people(batch, served):
            ranked = served.ranking_scores(person)[batch["candidate"]]
            np.testing.assert_allclose(ranked[known], scores[place][known], atol=1e-5)


def test_a_film_that_nobody_rated_is_its_content_and_says_nothing(
    scorer: HistoryScorer, served: ServedModel, ratings: Ratings
) -> None:
    unrated = np.setdiff1d(np.arange(ratings.n_movies), ratings.movie_indices)
    assert len(unrated)
    arrays = scorer.arrays(served.movie_ids)
    for prefix, head in (("", scorer.trained.model.stars), ("ranking_", scorer.trained.model.ranking)):
        films = arrays["ranking_embeddings" if prefix else "movie_embeddings"]
        for movie in unrated:
            (token,) = ratings.content.indices[slice(*ratings.content.indptr[movie : movie + 2])]
            vector = films[movie] if prefix else films[movie][1:]
            np.testing.assert_allclose(vector, head.content_embeddings.numpy()[token], rtol=1e-6)
            assert not arrays[f"{prefix}history_embeddings"][movie].any()
    assert not arrays["residual_embeddings"][unrated].any()
    assert not arrays["ranking_residual_embeddings"][unrated].any()
    assert arrays["rating_counts"].tolist() == np.bincount(ratings.movie_indices, minlength=23).tolist()


def test_nothing_of_a_person_is_exported(scorer: HistoryScorer, ratings: Ratings) -> None:
    arrays = scorer.arrays(np.arange(ratings.n_movies))

    width = arrays["movie_embeddings"].shape[1]
    assert all(
        array.shape[:1] in ((), (ratings.n_movies,), (width,), (COUNT_KNOTS,)) for array in arrays.values()
    )
    assert ratings.n_reviewers not in (width, COUNT_KNOTS)
    assert ratings.n_reviewers != ratings.n_movies
