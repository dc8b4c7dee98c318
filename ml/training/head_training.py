"""How one head learns: epochs, when to stop, how long it will take, where to go on after an interrupt."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ml.arraytypes import FloatArray
from ml.scoring import Progress
from ml.training.checkpoints import Array, Arrays, Saved, named
from ml.training.history_batches import Batch, HistoryBatches
from ml.training.history_model import HistoryTower
from ml.training.sparse_adam import SparseAdam

_SECONDS_BETWEEN_WORDS = 1.0


@dataclass
class Course:
    """How far a head has come after an epoch. best_loss: on what is held out, after `best_epoch`; best_weights are
    those of then, empty while nothing was measured."""

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    best_weights: list[Array] = field(default_factory=list)


Keep = Callable[[Callable[[], dict[str, Any]], Callable[[], Arrays]], None]


class HeadTraining:
    """A head with its optimiser, compiled once for batches of every size.

    `keras.Model.fit` would do, were it not that it takes epochs of fewer batches than the first for data
    running out, and compiles anew for every optimiser.
    """

    def __init__(
        self,
        head: HistoryTower,
        signature: Mapping[str, Any],
        *,
        learning_rate: float,
        beta_2: float,
        progress: Progress | None = None,
        keep: Keep,
    ) -> None:
        """signature: of the head's batches. keep: called after every epoch with what makes the numbers and the arrays
        of a checkpoint."""
        self._head = head
        self._progress = progress
        self._keep = keep
        self._optimizer = SparseAdam(learning_rate, beta_2=beta_2)
        head.compile(optimizer=self._optimizer)
        self._optimizer.build(head.trainable_variables)
        self._train_step = tf.function(head.train_step, autograph=False, input_signature=[signature])
        self._test_step = tf.function(head.test_step, autograph=False, input_signature=[signature])
        self._interrupted: Saved | None = None

    def restart(self, base: FloatArray, **start: Any) -> None:
        self._head.restart(base, **start)
        self._optimizer.restart()

    def resume(self, saved: Saved) -> None:
        """Let the next `fit` or `search` go on from there instead of from the start."""
        self._interrupted = saved

    def fit(self, batches: HistoryBatches, epochs: int) -> None:
        course = self._course(batches)
        told = _Teller(self._progress, self._head.name, epochs, course.epoch)
        while course.epoch < epochs:
            loss = self._train_epoch(told.through(batches.training()))
            course.epoch += 1
            self._save(course, batches)
            told.epoch(f"loss {loss:.4f}")
        self._settle(epochs)

    def search(self, batches: HistoryBatches, epochs: int, patience: int) -> int:
        """Stop when the held-out loss has not fallen for `patience` epochs, go back to its lowest point and
        return the number of epochs there; 0 if no epoch was better than the start by the head's standard errors."""
        course = self._course(batches)
        if not course.best_weights:
            loss, standard_error = self._measured(batches)
            course.best_loss = loss - self._head.standard_errors * standard_error
            course.best_weights = self._head.get_weights()
        told = _Teller(self._progress, f"{self._head.name}: epochs", epochs, course.epoch)
        while course.epoch < epochs and course.epoch - course.best_epoch < patience:
            self._train_epoch(told.through(batches.training()))
            loss, _ = self._measured(batches)
            course.epoch += 1
            if loss < course.best_loss:
                course.best_loss, course.best_epoch = loss, course.epoch
                course.best_weights = self._head.get_weights()
            self._save(course, batches)
            told.epoch(f"held-out loss {loss:.4f}")
        self._head.set_weights(course.best_weights)
        self._settle(course.best_epoch)
        return course.best_epoch

    def _settle(self, epochs: int) -> None:
        if not epochs:
            self._head.say_nothing()

    def _train_epoch(self, batches: Iterable[Batch]) -> float:
        self._head.reset_metrics()
        for batch in batches:
            self._train_step(batch)
        return float(self._head.metrics[0].result())

    def _measured(self, batches: HistoryBatches) -> tuple[float, float]:
        """The mean loss of what is held out, and its standard error."""
        found = [self._test_step(batch) for batch in batches.validation()]
        losses, weights = (
            np.concatenate([part[key].numpy().astype(np.float64) for part in found])
            for key in ("losses", "weights")
        )
        mean = float(losses @ weights / weights.sum())
        return mean, float(np.sqrt(np.square(weights * (losses - mean)).sum()) / weights.sum())

    def _save(self, course: Course, batches: HistoryBatches) -> None:
        numbers = {
            "epoch": course.epoch,
            "best_epoch": course.best_epoch,
            "best_loss": course.best_loss,
            "batches": batches.state,
        }
        self._keep(lambda: numbers, lambda: self._arrays(course))

    def _arrays(self, course: Course) -> Iterator[tuple[str, Array]]:
        """One at a time, so that a checkpoint takes little memory."""
        yield from named("weights", _values(self._head.weights))
        yield from named("optimizer", _values(self._optimizer.variables))
        yield from named("best", course.best_weights)

    def _course(self, batches: HistoryBatches) -> Course:
        """Where the head stands: at the start, or where it was when it was interrupted."""
        saved, self._interrupted = self._interrupted, None
        if saved is None:
            return Course()
        numbers = saved.numbers["course"]
        for variables, group in ((self._head.weights, "weights"), (self._optimizer.variables, "optimizer")):
            for variable, value in zip(variables, saved.arrays(group), strict=True):
                variable.assign(value)
        batches.state = numbers["batches"]
        return Course(numbers["epoch"], numbers["best_epoch"], numbers["best_loss"], saved.arrays("best"))


class _Teller:
    """Tells after every epoch, and once a second within it, how far a head is and how long it may take at most."""

    def __init__(self, progress: Progress | None, stage: str, epochs: int, done: int) -> None:
        self._progress = progress
        self._stage = stage
        self._epochs = epochs
        self._done = self._first = done
        self._began = self._last = time.monotonic()
        self._batches = 0
        self._size = 0
        self._news = ""

    def through(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        self._size, self._batches = max(self._size, self._batches), 0
        for batch in batches:
            yield batch
            self._batches += 1
            if time.monotonic() - self._last >= _SECONDS_BETWEEN_WORDS:
                self._say(self._share())

    def epoch(self, news: str) -> None:
        self._done += 1
        self._news = news
        self._say(0.0)

    def _share(self) -> float:
        """Of the epoch under way; 0 in the first one, whose size nobody knows yet."""
        return min(self._batches / self._size, 1.0) if self._size else 0.0

    def _say(self, share: float) -> None:
        self._last = time.monotonic()
        if self._progress is None:
            return
        finished = self._done + share - self._first
        left = (
            (self._last - self._began) * (self._epochs - self._done - share) / finished if finished else None
        )
        words = [self._news, f"{share:.0%} of the next epoch" if share else "", time_left(left)]
        message = ", ".join(filter(None, words))
        self._progress(self._stage, self._done, self._epochs, message)


def time_left(seconds: float | None) -> str:
    """ "at most 40 seconds left of this stage", or minutes; nothing where it is not known, or nothing is left."""
    if not seconds:
        return ""
    length = f"{max(round(seconds), 2)} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
    return f"at most {length} left of this stage"


def _values(variables: Iterable[keras.Variable]) -> Iterator[Array]:
    for variable in variables:
        yield np.asarray(variable.numpy())
