import numpy as np
import pytest

from ml.data.splits import SplitError, k_folds, stratified_k_folds
from ml.evaluation.protocol import evaluate
from ml.models import make_scorer
from ml.training.cross_validation import cross_validate
from tests.ml.builders import planted_ratings
from tests.ml.training.worlds import shuffled, tastes


@pytest.mark.parametrize("model_name", ["bias", "deep"])
def test_a_fold_in_sequence_is_the_fold_alone(model_name: str) -> None:
    """Fresh weights for every fold: what was learned on the folds before leaves no trace."""
    ratings = planted_ratings()
    split = list(stratified_k_folds(ratings, folds=2, seed=5))[1]

    in_sequence = cross_validate(ratings, model_name=model_name, folds=2, stratified=True, seed=5)[1]

    alone = evaluate(make_scorer(model_name).fit(split.train, seed=5), split.train, split.test)
    assert in_sequence == pytest.approx(alone, abs=1e-6)


def test_a_network_kept_from_fold_to_fold_would_be_told_apart() -> None:
    """The seed's mistake, made on purpose, on ratings with nothing to learn: it "learns" them; ours does not."""
    ratings = shuffled(tastes(2, n_reviewers=120), seed=3)
    kept = make_scorer("dot")
    kept.epochs = 12
    kept.learning_rate = 0.005
    kept.fit(ratings)
    leaked = [evaluate(kept, split.train, split.test)["mae"] for split in k_folds(ratings, folds=3)]

    honest = [fold["mae"] for fold in cross_validate(ratings, model_name="bias", folds=3)]

    assert np.mean(leaked) < np.mean(honest) - 0.1


@pytest.mark.parametrize("stratified", [True, False])
def test_folds_partition_the_ratings(stratified: bool) -> None:
    ratings = planted_ratings()

    folds = cross_validate(ratings, model_name="bias", folds=4, stratified=stratified)

    assert sum(fold["n_test_ratings"] for fold in folds) == len(ratings)
    assert set(folds[0]) >= {"mae", "rmse", "recall_at_20", "ndcg_at_10", "coverage_at_20"}


def test_progress_says_which_fold() -> None:
    told = []

    cross_validate(
        planted_ratings(), model_name="bias", folds=2, progress=lambda stage, *_: told.append(stage)
    )

    assert {stage.split(",")[0] for stage in told} == {"fold 1 of 2", "fold 2 of 2"}


def test_more_folds_than_ratings_is_refused() -> None:
    with pytest.raises(SplitError, match="cannot make 9999 folds"):
        cross_validate(planted_ratings(), model_name="bias", folds=9999)
