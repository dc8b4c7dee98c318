"""How well films are placed that training has never seen: by their content alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.arraytypes import BoolArray, Float64Array, Int64Array
from ml.data.splits import Split, sample_people
from ml.evaluation.lengths import bins_of
from ml.evaluation.metrics import auc, recall_at_k
from ml.evaluation.protocol import EmptyTestError
from ml.evaluation.results import Metrics
from ml.scoring import Progress, Scorer
from ml.top_films import top_n

RECALL_K = 20


@dataclass(frozen=True)
class NewFilmsResult:
    """One entry a person: all (n_people,). history_lengths: how many ratings of other films they trained with."""

    reviewer_indices: Int64Array
    history_lengths: Int64Array
    aucs: Float64Array
    recalls: Float64Array
    n_hidden: int

    @property
    def metrics(self) -> Metrics:
        """Chance has an AUC of 0.5 and the recall that is given beside."""
        everyone = np.ones(len(self.aucs), dtype=np.bool_)
        chance = min(1.0, RECALL_K / self.n_hidden)
        counts = {"n_test_people": len(self.aucs), "n_hidden_films": self.n_hidden}
        return {**self._means(everyone), "chance_recall": chance, **counts}

    def by_length(self) -> Iterator[tuple[str, Metrics]]:
        for name, held in bins_of(self.history_lengths):
            yield name, {"n_people": int(held.sum()), **self._means(held)}

    def by_person(self) -> dict[str, np.ndarray]:
        return {"ranked": self.reviewer_indices, "aucs": self.aucs, "recalls": self.recalls}

    def _means(self, held: BoolArray) -> Metrics:
        return {
            "auc": float(self.aucs[held].mean()),
            f"recall_at_{RECALL_K}": float(self.recalls[held].mean()),
        }


def rank_new_films(
    scorer: Scorer, split: Split, *, maximum_people: int | None = None, progress: Progress | None = None
) -> NewFilmsResult:
    """Rank all hidden films (those with a rating in split.test), and none other, for everyone who rated some of
    them, but not all, and something else as well. What they rated is relevant, whatever its stars.

    AUC: the chance that a film they rated scores above a hidden one that they did not. Equal scores count half
    there, and are ordered by one fixed shuffle for the recall. EmptyTestError where no such person is.
    """
    hidden = np.unique(split.test.movie_indices)
    known, asked = split.train.histories.counts, split.test.histories.counts
    people = np.flatnonzero((known > 0) & (asked > 0) & (asked < len(hidden)))
    if len(people) == 0:
        raise EmptyTestError("Nobody rated both some of the hidden films and another one.")
    test = split.test.subset(np.isin(split.test.reviewer_indices, people))
    test = sample_people(test, maximum_people)
    people = np.unique(test.reviewer_indices).astype(np.int64)
    shuffle = np.random.default_rng(0).permutation(len(hidden))
    aucs, recalls = np.empty(len(people)), np.empty(len(people))
    for place, person in enumerate(people.tolist()):
        scores = scorer.ranking_scores(person)[hidden][shuffle]
        relevant = np.isin(hidden[shuffle], test.movie_indices[test.histories.of(person)])
        aucs[place] = auc(scores, relevant)
        recalls[place] = recall_at_k(top_n(scores, RECALL_K), np.flatnonzero(relevant), RECALL_K)
        if progress is not None and ((place + 1) % 100 == 0 or place + 1 == len(people)):
            progress("evaluate", place + 1, len(people), "people ranked")
    return NewFilmsResult(people, known[people], aucs, recalls, len(hidden))
