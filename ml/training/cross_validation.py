"""The same model from fresh weights on every fold.

The seed's study went on training one model from fold to fold, so that every test fold but the first had been
trained on and the mean absolute error looked like 0.40.
"""

from ml.data.ratings import Ratings
from ml.data.splits import k_folds, stratified_k_folds
from ml.evaluation.leaks import check_split
from ml.evaluation.protocol import evaluate
from ml.evaluation.results import Metrics
from ml.models import make_scorer
from ml.scoring import Progress


def cross_validate(
    ratings: Ratings,
    *,
    model_name: str,
    folds: int = 5,
    stratified: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Metrics]:
    """The metrics of each fold, in order; SplitError if the ratings cannot make that many."""
    splits = (stratified_k_folds if stratified else k_folds)(ratings, folds=folds, seed=seed)
    metrics = []
    for number, split in enumerate(splits, start=1):
        check_split(split.train, split.test, temporal=False)
        told = _of_fold(progress, number, folds)
        scorer = make_scorer(model_name).fit(split.train, seed=seed, progress=told)
        metrics.append(evaluate(scorer, split.train, split.test, progress=told))
    return metrics


def _of_fold(progress: Progress | None, number: int, folds: int) -> Progress | None:
    if progress is None:
        return None

    def tell(stage: str, done: int, total: int, message: str) -> None:
        progress(f"fold {number} of {folds}, {stage}", done, total, message)

    return tell
