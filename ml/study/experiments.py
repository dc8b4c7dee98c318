"""What the seed's study measured, made again, and beside each of its mistakes the same without it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ml.arraytypes import BoolArray
from ml.data.ratings import Ratings
from ml.data.splits import Split, random_split, stratified_k_folds
from ml.evaluation.leaks import check_split
from ml.evaluation.protocol import evaluate_stars, rank_people
from ml.evaluation.results import Metrics
from ml.models import make_scorer
from ml.scoring import Progress, Scorer
from ml.study.preparation import Prepared, has_copy_in_training
from ml.training.pairs import LossCurves, PairScorer

BASELINES = ("median", "movie-mean", "bias", "popularity")
NETWORKS = ("dot", "deep")
CROSS_VALIDATED = "deep"

_Learn = Callable[[Ratings, Progress], Scorer]


@dataclass(frozen=True)
class Settings:
    """As the seed had them. ranked_people: how many, drawn at random, lists are judged for."""

    test_share: float = 0.2
    folds: int = 5
    epochs: int = 5
    seed: int = 0
    ranked_people: int = 1000


@dataclass(frozen=True)
class SplitFigures:
    """models: by name, "mae", "rmse" and, of a test without copies, "ndcg_at_10"; with copies, both errors again as
    "copied_mae" ... over the test ratings whose copy is trained on and as "unseen_mae" ... over the others.

    curves: by network, the losses of every epoch on both sides. copied_share: of the test ratings.
    """

    models: dict[str, Metrics]
    curves: dict[str, LossCurves]
    copied_share: float = 0.0


class Study:
    """All experiments on one pair of prepared data sets."""

    def __init__(self, prepared: Prepared, settings: Settings, progress: Progress) -> None:
        self._prepared = prepared
        self._settings = settings
        self._progress = progress

    def run(self) -> dict[str, Any]:
        """Everything measured, as JSON has it."""
        as_seed, trained = self._of_seeds_split()
        leak_free = self._of_leak_free_split()
        return {
            "settings": asdict(self._settings),
            "data": self._prepared.figures,
            "splits": {"as_seed": asdict(as_seed), "leak_free": asdict(leak_free)},
            "cross_validation": self._cross_validations(trained),
        }

    def _of_seeds_split(self) -> tuple[SplitFigures, PairScorer]:
        """Also the network that the seed cross-validated next, as it was trained here."""
        split = self._split(self._prepared.as_seed)
        copied = has_copy_in_training(split, self._prepared.film_of_movie)
        figures, networks = self._measured(
            split, "random split", lambda scorer: _apart(scorer, split, copied)
        )
        return replace(figures, copied_share=float(copied.mean())), networks[CROSS_VALIDATED]

    def _of_leak_free_split(self) -> SplitFigures:
        split = self._split(self._prepared.leak_free)
        check_split(split.train, split.test, temporal=False)
        return self._measured(split, "leak-free split", lambda scorer: self._ranking(scorer, split))[0]

    def _measured(
        self, split: Split, stage: str, more: Callable[[Scorer], Metrics]
    ) -> tuple[SplitFigures, dict[str, PairScorer]]:
        """Every model on one split; the networks by name."""
        models: dict[str, Metrics] = {}
        curves: dict[str, LossCurves] = {}
        networks = {name: self._network(name) for name in NETWORKS}
        for name in BASELINES:
            scorer = make_scorer(name).fit(split.train, seed=self._settings.seed)
            models[name] = evaluate_stars(scorer, split.test) | more(scorer)
        for name, network in networks.items():
            curves[name] = self._curves(network, split, f"{stage}, {name}")
            models[name] = evaluate_stars(network, split.test) | more(network)
        return SplitFigures(models, curves), networks

    def _cross_validations(self, trained: PairScorer) -> dict[str, list[Metrics]]:
        """The seed's way; the same ratings with fresh weights in every fold; the latter on leak-free ratings."""
        as_seed, leak_free = self._prepared.as_seed, self._prepared.leak_free
        seed = self._settings.seed

        def went_on(train: Ratings, progress: Progress) -> Scorer:
            trained.train(train, seed=seed, progress=progress)
            return trained

        def fresh(train: Ratings, progress: Progress) -> Scorer:
            return self._network(CROSS_VALIDATED).fit(train, seed=seed, progress=progress)

        def median(train: Ratings, progress: Progress) -> Scorer:
            return make_scorer("median").fit(train)

        return {
            "trained_on": self._cross_validated(as_seed, went_on, "seed's cross-validation"),
            "fresh": self._cross_validated(as_seed, fresh, "cross-validation"),
            "fresh_median": self._cross_validated(as_seed, median, "median"),
            "leak_free": self._cross_validated(leak_free, fresh, "leak-free cross-validation"),
            "leak_free_median": self._cross_validated(leak_free, median, "median"),
        }

    def _cross_validated(self, ratings: Ratings, learn: _Learn, stage: str) -> list[Metrics]:
        folds = self._settings.folds
        figures = []
        for number, split in enumerate(
            stratified_k_folds(ratings, folds=folds, seed=self._settings.seed), start=1
        ):
            scorer = learn(split.train, self._told(f"{stage}, fold {number} of {folds}"))
            figures.append(evaluate_stars(scorer, split.test))
        return figures

    def _split(self, ratings: Ratings) -> Split:
        return random_split(ratings, fraction=self._settings.test_share, seed=self._settings.seed)

    def _curves(self, network: PairScorer, split: Split, stage: str) -> LossCurves:
        """Of a training from fresh weights."""
        seed = self._settings.seed
        network.restart(split.train, seed=seed)
        return network.train(split.train, validation=split.test, seed=seed, progress=self._told(stage))

    def _network(self, name: str) -> PairScorer:
        network = make_scorer(name)
        if not isinstance(network, PairScorer):
            raise TypeError(f"{name} is none of the seed's networks.")
        network.epochs = self._settings.epochs
        return network

    def _ranking(self, scorer: Scorer, split: Split) -> Metrics:
        people = np.unique(split.test.reviewer_indices)
        generator = np.random.default_rng(self._settings.seed)
        drawn = generator.permutation(people)[: self._settings.ranked_people]
        theirs = split.test.subset(np.isin(split.test.reviewer_indices, drawn))
        ndcg = rank_people(scorer, split.train, theirs).ndcgs.mean()
        return {"ndcg_at_10": float(ndcg), "n_ranked_people": len(drawn)}

    def _told(self, subject: str) -> Progress:
        def tell(stage: str, done: int, total: int, message: str) -> None:
            self._progress(subject, done, total, message)

        return tell


def _apart(scorer: Scorer, split: Split, copied: BoolArray) -> Metrics:
    """Empty where either kind of test rating is missing."""
    if copied.all() or not copied.any():
        return {}
    parts = {"copied": split.test.subset(copied), "unseen": split.test.subset(~copied)}
    errors = {part: evaluate_stars(scorer, ratings) for part, ratings in parts.items()}
    return {f"{part}_{name}": errors[part][name] for part in parts for name in ("mae", "rmse")}
