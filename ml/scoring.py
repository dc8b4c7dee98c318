"""The contract that every model fulfils, so that one protocol evaluates and one command trains them all."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol, Self

from ml.arraytypes import FloatArray, IndexArray
from ml.data.ratings import Ratings

Interval = tuple[FloatArray, FloatArray]


class Progress(Protocol):
    """Told now and then how far a long job is: `done` of `total` steps of `stage`."""

    def __call__(self, stage: str, done: int, total: int, message: str) -> None: ...


class Scorer(ABC):
    """Answers two questions after `fit`: how many stars would someone give, and what comes next for them.

    Indices are rows of the vocabularies of the fitted Ratings. A reviewer without a training rating, or the
    index -1, is a stranger: the model answers with what it knows of nobody, never with an error.
    """

    name: ClassVar[str]
    deterministic: ClassVar[bool] = False
    """Whether the seed changes nothing, so that one fit stands for all seeds."""

    @abstractmethod
    def fit(self, ratings: Ratings, *, seed: int = 0, progress: Progress | None = None) -> Self:
        """Learn from at least one rating, from fresh weights each time; the same seed gives the same model.

        `ratings` is not changed.
        """

    @abstractmethod
    def predict_stars(self, reviewer_indices: IndexArray, movie_indices: IndexArray) -> FloatArray:
        """Stars for pairs: two arrays of shape (m,) give float32 (m,), clipped to the ratings' scale."""

    @abstractmethod
    def ranking_scores(self, reviewer_index: int) -> FloatArray:
        """float32 (n_movies,), finite, higher is better; films the person rated are scored like any other."""

    @abstractmethod
    def given(self, histories: Ratings) -> "Scorer":
        """The same learned model, knowing people by `histories` instead of by the ratings it was fitted on.

        Reviewer indices become rows of `histories`, whose movies are those of the fitted ratings; whoever has
        no rating there is a stranger. Nothing is learned anew, and this scorer stays as it was.
        """

    def star_intervals(
        self, reviewer_indices: IndexArray, movie_indices: IndexArray, *, coverage: float = 0.8
    ) -> Interval | None:
        """Two float32 (m,), low and high, within the scale, that hold a rating with the chance `coverage`.

        None from a model that cannot say how sure it is.
        """
        return None
