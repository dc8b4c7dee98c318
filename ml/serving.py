"""Scores from an artifact of kind "history", in NumPy alone: what the web process runs.

A person is a pure function of their current ratings. With n rated films j, residuals e_j, and the artifact's
movie embeddings E, history embeddings Y and residual embeddings X:

    stars(i)   = global_mean + movie_biases[i] + b + n^-1/2 * sum_j (Y_j + e_j X_j) . E_i
    b          = sum_j (stars_j - global_mean - movie_biases[j]) / (damping + n)
    e_j        = stars_j - global_mean - movie_biases[j] - b

(Koren 2008, asymmetric SVD). Ranking has arrays of its own of the same form, over `ranking_biases`.
Everything but the sum is the base; each term of the sum is one film's share, so a score explains itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int64Array
from ml.artifact import Artifact, ArtifactError, read_artifact
from ml.data.ratings import Scale
from ml.vocabulary import Vocabulary

MAXIMUM_HISTORY = 2000
SIMILARITY_DAMPING = 20.0
"""Ratings at which a film's similarity counts half: a film few have rated is no one's nearest neighbour."""


@dataclass(frozen=True, eq=False)
class Person:
    """What an artifact makes of a history; len() is the number of films n that entered.

    known_movie_ids, movie_indices: (n,), in the order given. residuals: float32 (n,), the e_j of the formula.
    bias: the person's b, 0 for a stranger.
    """

    known_movie_ids: Int64Array
    movie_indices: Int64Array
    residuals: FloatArray
    bias: float

    def __len__(self) -> int:
        return len(self.movie_indices)


class ServedModel:
    """An opened artifact. Safe to share between threads: nothing changes after it is opened."""

    def __init__(self, artifact: Artifact) -> None:
        if artifact.manifest["kind"] != "history":
            raise ArtifactError(
                f'{artifact.path} is of kind "{artifact.manifest["kind"]}", but only artifacts of kind'
                ' "history" (a dot product over what a person rated) can be served.'
            )
        self.manifest: dict[str, Any] = artifact.manifest
        self.vocabulary = Vocabulary(artifact.arrays["movie_ids"])
        self.scale = Scale(**artifact.manifest["scale"])
        self._arrays = artifact.arrays
        self.global_mean = float(artifact.arrays["global_mean"])
        self._damping = float(artifact.arrays["damping"])

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Self:
        """ArtifactError, in one sentence, for an artifact that is damaged or cannot be served."""
        return cls(read_artifact(path, verify=verify))

    @property
    def version(self) -> str:
        return str(self.manifest["version"])

    @property
    def movie_ids(self) -> Int64Array:
        return self.vocabulary.ids

    @property
    def n_movies(self) -> int:
        return len(self.vocabulary)

    def person(self, history: Iterable[tuple[int, float]]) -> Person:
        """A person from (movie id, stars), oldest first.

        Films the artifact does not know are skipped, the last of several ratings of one film wins, the last
        2,000 films enter, stars are clipped to the scale. ValueError for stars that are not finite.
        """
        pairs = list(history)
        ids = np.array([movie_id for movie_id, _ in pairs], dtype=np.int64)
        stars = np.array([given for _, given in pairs], dtype=np.float32)
        if not np.isfinite(stars).all():
            raise ValueError("A history holds stars that are not finite numbers.")
        return self.person_at(self.vocabulary.indices(ids), stars)

    def person_at(self, movie_indices: IndexArray, stars: FloatArray) -> Person:
        """As `person`, from rows of this model (-1 for films it does not know) instead of ids."""
        kept = _last_of_each(movie_indices)[-MAXIMUM_HISTORY:]
        indices = movie_indices[kept].astype(np.int64)
        film_base = np.float32(self.global_mean) + self._arrays["movie_biases"][indices]
        deviations = self.scale.clip(stars[kept]) - film_base
        bias = (
            float(deviations.sum(dtype=np.float64)) / (self._damping + len(indices)) if len(indices) else 0.0
        )
        return Person(
            known_movie_ids=self.movie_ids[indices],
            movie_indices=indices,
            residuals=deviations - np.float32(bias),
            bias=bias,
        )

    def ranking_base(self, person: Person) -> FloatArray:
        """float32 (n_movies,): what the ranking would say of each movie to a stranger."""
        return self._arrays["ranking_biases"]

    def ranking_scores(self, person: Person) -> FloatArray:
        """float32 (n_movies,), higher is better: what to watch next."""
        return self.ranking_base(person) + self._projection("ranking_embeddings", self._ranking_terms(person))

    def ranking_shares(self, person: Person, movie_indices: IndexArray) -> FloatArray:
        """float32 (m, len(person)): what each rated film adds to the ranking score of each of m movies."""
        return self._arrays["ranking_embeddings"][movie_indices] @ self._ranking_terms(person).T

    def stars_base(self, person: Person) -> FloatArray:
        """float32 (n_movies,): global mean, the film and the person's average, before any share."""
        return self._arrays["movie_biases"] + np.float32(self.global_mean + person.bias)

    def predicted_stars(self, person: Person, movie_indices: IndexArray | None = None) -> FloatArray:
        """float32 (m,), or (n_movies,) without indices, clipped to the scale."""
        rows = slice(None) if movie_indices is None else movie_indices
        base = self._arrays["movie_biases"][rows] + np.float32(self.global_mean + person.bias)
        return self.scale.clip(base + self._projection("movie_embeddings", self._stars_terms(person), rows))

    def stars_shares(self, person: Person, movie_indices: IndexArray) -> FloatArray:
        """float32 (m, len(person)): what each rated film adds to the stars of each movie, before clipping."""
        return self._arrays["movie_embeddings"][movie_indices] @ self._stars_terms(person).T

    def similar(
        self, movie_index: int, n: int, *, exclude: BoolArray | IndexArray | None = None
    ) -> tuple[Int64Array, FloatArray]:
        """The n movies most like one, best first, without itself: their indices and similarities.

        Similarity is the cosine of ranking embeddings times count / (count + 20) of the other film's ratings;
        films at or below zero are left out, so there may be fewer than n.
        """
        embeddings = self._arrays["ranking_embeddings"]
        length = self._embedding_lengths[movie_index]
        similarity = embeddings @ embeddings[movie_index] * self._similarity_weights / max(length, 1e-12)
        if exclude is not None:
            similarity[exclude] = 0.0
        similarity[movie_index] = 0.0
        best = top_n(similarity, n)
        best = best[similarity[best] > 0]
        return best, similarity[best]

    def _ranking_terms(self, person: Person) -> FloatArray:
        return self._terms(person, "ranking_history_embeddings", "ranking_residual_embeddings")

    def _stars_terms(self, person: Person) -> FloatArray:
        return self._terms(person, "history_embeddings", "residual_embeddings")

    def _terms(self, person: Person, history: str, residual: str) -> FloatArray:
        """float32 (len(person), d): n^-1/2 (Y_j + e_j X_j), a row a rated film; their sum is the person."""
        rows = person.movie_indices
        terms: FloatArray = self._arrays[residual][rows] * person.residuals[:, None]
        terms += self._arrays[history][rows]
        terms *= np.float32(max(len(rows), 1) ** -0.5)
        return terms

    def _projection(
        self, embeddings: str, terms: FloatArray, rows: slice | IndexArray = slice(None)
    ) -> FloatArray:
        """The one matrix-vector product of a request."""
        product: FloatArray = self._arrays[embeddings][rows] @ terms.sum(axis=0)
        return product

    @cached_property
    def _embedding_lengths(self) -> FloatArray:
        embeddings = self._arrays["ranking_embeddings"]
        return np.sqrt(np.einsum("ij,ij->i", embeddings, embeddings), dtype=np.float32)

    @cached_property
    def _similarity_weights(self) -> FloatArray:
        """float32 (n_movies,): shrinkage by count over the length of each movie's embedding."""
        counts = self._arrays["rating_counts"].astype(np.float32)
        shrinkage = np.divide(counts, counts + SIMILARITY_DAMPING, dtype=np.float32)
        return np.divide(shrinkage, np.maximum(self._embedding_lengths, 1e-12), dtype=np.float32)


def top_n(scores: FloatArray, n: int, *, excluded: BoolArray | IndexArray | None = None) -> Int64Array:
    """Indices of the n highest scores, best first, ties by lower index; the same on every machine.

    excluded: a mask of the length of `scores`, or indices, never returned, so there may be fewer than n.
    """
    if excluded is not None and len(excluded):
        scores = scores.copy()
        scores[excluded] = -np.inf
    n = max(0, min(n, len(scores)))
    if n == 0:
        return np.empty(0, dtype=np.int64)
    threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
    better = np.flatnonzero(scores > threshold)
    level = np.flatnonzero(scores == threshold)[: n - len(better)]
    chosen = np.concatenate([better, level])
    chosen = chosen[scores[chosen] > -np.inf]
    return chosen[np.lexsort((chosen, -scores[chosen]))]


def _last_of_each(movie_indices: IndexArray) -> Int64Array:
    """Positions, in order, of the last occurrence of each known movie (not -1)."""
    backwards = movie_indices[::-1]
    _, first_from_end = np.unique(backwards, return_index=True)
    positions = np.sort(len(movie_indices) - 1 - first_from_end)
    return positions[movie_indices[positions] >= 0]
