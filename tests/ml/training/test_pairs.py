"""The seed's two models, as SEED.md has them."""

import keras
import numpy as np
import pytest

from ml.data.splits import random_split
from ml.evaluation.protocol import evaluate_stars
from ml.scoring import Scorer
from ml.training.deep import DeepScorer
from ml.training.dot import DotScorer
from ml.training.pairs import PairScorer
from tests.ml.builders import FIVE_STARS, HALF_STARS_TO_FOUR, planted_ratings
from tests.ml.scorer_contract import ScorerContract
from tests.ml.training.worlds import NOISE, tastes


class TestDotContract(ScorerContract):
    def make_scorer(self) -> Scorer:
        """Small batches and long steps, since a dot product starts at zero stars."""
        return DotScorer(embedding_dim=4, epochs=6, batch_size=16, learning_rate=0.1)


class TestDeepContract(ScorerContract):
    def make_scorer(self) -> Scorer:
        return DeepScorer(embedding_dim=4, epochs=2, batch_size=32, learning_rate=0.02)


@pytest.mark.parametrize("scorer", [DotScorer(), DeepScorer()], ids=["dot", "deep"])
def test_what_the_seed_had(scorer: PairScorer) -> None:
    network = scorer.network(9, 7, FIVE_STARS, seed=0)
    embeddings = [layer for layer in network.layers if isinstance(layer, keras.layers.Embedding)]

    assert scorer.hyper_parameters == {
        "embedding_dim": 50,
        "epochs": 5,
        "batch_size": 64,
        "learning_rate": 1e-3,
    }
    assert [layer.output_dim for layer in embeddings] == [50, 50]
    assert [layer.embeddings_regularizer.l2 for layer in embeddings] == pytest.approx([1e-6, 1e-6])
    assert all(isinstance(layer.embeddings_initializer, keras.initializers.HeNormal) for layer in embeddings)


def test_the_deep_network_layer_by_layer() -> None:
    network = DeepScorer().network(9, 7, HALF_STARS_TO_FOUR, seed=0)

    assert [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.05,
        0.5,
        0.5,
    ]
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    assert [(layer.units, layer.activation.__name__) for layer in dense] == [
        (10, "relu"),
        (10, "relu"),
        (1, "sigmoid"),
    ]


def test_the_deep_networks_sigmoid_spans_the_scale() -> None:
    network = DeepScorer().network(9, 7, HALF_STARS_TO_FOUR, seed=0)
    share = network.get_layer("share")
    ends = []
    for bias in (-50.0, 50.0):
        share.set_weights([np.zeros((10, 1)), np.array([bias])])
        ends.append(float(network([np.array([3]), np.array([2])])[0]))

    assert ends == pytest.approx([0.5, 4.0])


def test_the_dot_network_is_a_dot_product() -> None:
    scorer = DotScorer(embedding_dim=3)
    network = scorer.network(9, 7, FIVE_STARS, seed=0)
    reviewers, movies = (
        network.get_layer(f"{name}_embeddings").get_weights()[0] for name in ("reviewer", "movie")
    )

    found = network([np.array([8, 2]), np.array([0, 6])]).numpy()

    assert found == pytest.approx([reviewers[8] @ movies[0], reviewers[2] @ movies[6]], rel=1e-5)


@pytest.mark.parametrize("make", [DotScorer, DeepScorer])
def test_strangers_are_the_average_reviewer(make: type[PairScorer]) -> None:
    ratings = planted_ratings()
    scorer = make(embedding_dim=4, epochs=1).fit(ratings)
    table = scorer.model.get_layer("reviewer_embeddings").embeddings.numpy()

    np.testing.assert_allclose(table[-1], table[: ratings.n_reviewers - 2].mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("make", [DotScorer, DeepScorer])
def test_what_is_exported_holds_no_reviewer(make: type[PairScorer]) -> None:
    ratings = planted_ratings()
    arrays = make(embedding_dim=4, epochs=1).fit(ratings).arrays(np.arange(ratings.n_movies))

    assert arrays["movie_embeddings_embeddings"].shape == (ratings.n_movies, 4)
    assert not any("reviewer" in name for name in arrays)
    assert all(ratings.n_reviewers + 1 not in array.shape for array in arrays.values())


@pytest.mark.parametrize(
    ("scorer", "margin"),
    [(DotScorer(epochs=12, learning_rate=0.003), 0.1), (DeepScorer(epochs=8, learning_rate=0.003), 0.03)],
    ids=["dot", "deep"],
)
def test_beats_the_constant_on_a_made_world(scorer: PairScorer, margin: float) -> None:
    split = random_split(tastes(0), fraction=0.2, seed=0)

    error = evaluate_stars(scorer.fit(split.train), split.test)["rmse"]

    assert NOISE < error < float(split.test.stars.std()) - margin


def test_epochs_are_told() -> None:
    told = []
    DotScorer(epochs=2).fit(planted_ratings(), progress=lambda *event: told.append(event[:3]))

    assert told == [("fit", 1, 2), ("fit", 2, 2)]


@pytest.mark.parametrize("make", [DotScorer, DeepScorer])
def test_training_goes_on_from_the_weights_as_they_are(make: type[PairScorer]) -> None:
    ratings = planted_ratings()
    scorer = make(embedding_dim=4, epochs=3, learning_rate=0.02).fit(ratings, seed=1)

    first = scorer.train(ratings, seed=1)["train"]
    scorer.restart(ratings, seed=1)
    afresh = scorer.train(ratings, seed=1)["train"]

    assert max(first) < afresh[0]


def test_going_on_keeps_the_reviewers_met_before() -> None:
    """Their rows must not become the average reviewer's when they are absent from what is trained on next."""
    ratings = planted_ratings()
    of_zero = ratings.reviewer_indices == 0
    scorer = DotScorer(embedding_dim=4, epochs=1)
    scorer.restart(ratings)
    scorer.train(ratings.subset(of_zero))
    scorer.train(ratings.subset(~of_zero))

    table = scorer.model.get_layer("reviewer_embeddings").embeddings.numpy()
    assert not np.allclose(table[0], table[-1])


def test_the_validation_loss_is_the_squared_error_after_each_epoch() -> None:
    split = random_split(planted_ratings())
    scorer = DeepScorer(embedding_dim=4, epochs=2)
    scorer.restart(split.train)

    curves = scorer.train(split.train, validation=split.test)

    assert [len(curve) for curve in curves.values()] == [2, 2]
    # 1e-3: the L2 terms, and that everybody in test is known, so that no stranger's row has changed since.
    assert curves["validation"][-1] == pytest.approx(
        evaluate_stars(scorer, split.test)["rmse"] ** 2, abs=1e-3
    )


def test_without_validation_there_is_no_such_curve() -> None:
    scorer = DotScorer(embedding_dim=4, epochs=1)
    scorer.restart(planted_ratings())

    assert scorer.train(planted_ratings())["validation"] == []
