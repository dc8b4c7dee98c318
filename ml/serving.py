"""Scores from an artifact of kind "history", in NumPy alone: what the web process runs.

A person is a pure function of their current ratings: vectors p for stars and h for ranking, see `ml.people`. With film
vectors V and E',

    stars(i) = global_mean + lean + movie_biases[i] + V_i . p
    score(i) = ranking_biases[i] + E'_i . h

Both are linear in what the rated films say: everything but the sum over them is the base, and each term of it is one
film's share, so that a score explains itself exactly.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.arraytypes import BoolArray, FloatArray, IndexArray, Int32Array, Int64Array
from ml.artifact import Artifact, ArtifactError, read_artifact
from ml.data.ratings import Scale
from ml.diversity import DEFAULT_STRENGTH, adventurous, diversify, familiarity
from ml.people import Person
from ml.similarity import neighbour_weights
from ml.top_films import TopFilms, top_n
from ml.vocabulary import Vocabulary

MAXIMUM_HISTORY = 2000


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
        self._stranger_mean = np.float32(self.global_mean + float(artifact.arrays["lean"]))
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

    @property
    def rating_counts(self) -> Int32Array:
        """(n_movies,): ratings of each film in training."""
        return self._arrays["rating_counts"]

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
            deviations=deviations,
            residuals=deviations - np.float32(bias),
            bias=bias,
            arrays=self._arrays,
        )

    def ranking_base(self, person: Person) -> FloatArray:
        """float32 (n_movies,): what the ranking would say of each movie to a stranger."""
        return self._arrays["ranking_biases"]

    def ranking_scores(self, person: Person) -> FloatArray:
        """float32 (n_movies,), higher is better: what to watch next."""
        scores: FloatArray = self._arrays["ranking_embeddings"] @ person.ranking_vector
        scores += self.ranking_base(person)
        return scores

    def best_ranked(
        self, person: Person, n: int, *, excluded: BoolArray | None = None, adventurousness: float = 0.0
    ) -> tuple[Int64Array, FloatArray]:
        """The n movies with the highest ranking scores, best first: their indices and scores.

        excluded: bool (n_movies,), movies that are out of the question, so there may be fewer than n. adventurousness:
        from -1 to 1, changes which are best but not the scores that are told, see `ml.diversity`.
        """
        moved = None
        if adventurousness != 0:
            moved = adventurous(np.zeros(self.n_movies, np.float32), self._familiarities, adventurousness)
        return self.top_films.best(person.ranking_vector, n, excluded=excluded, moved=moved)

    def varied(
        self,
        movie_indices: IndexArray,
        scores: FloatArray,
        n: int,
        *,
        strength: float = DEFAULT_STRENGTH,
        groups: IndexArray | None = None,
        adventurousness: float = 0.0,
    ) -> Int64Array:
        """Positions of n of m candidates in the order of a varied list, see `ml.diversity.diversify`.

        movie_indices, scores: (m,), as `best_ranked` gives them for the same adventurousness; with more than
        CANDIDATES the list depends on how many there are. groups: (m,), the series of each, below zero for none.
        """
        moved = adventurous(scores, self._familiarities[movie_indices], adventurousness)
        likeness = self.similarity_embeddings[movie_indices]
        return diversify(moved, likeness, n, strength=strength, groups=groups)

    @cached_property
    def top_films(self) -> TopFilms:
        """What finds the best ranked without scoring everything; who serves makes it once, when opening."""
        return TopFilms(self._arrays["ranking_embeddings"], self._arrays["ranking_biases"])

    def ranking_shares(self, person: Person, movie_indices: IndexArray) -> FloatArray:
        """float32 (m, len(person)): what each rated film adds to the ranking score of each of m movies."""
        return self._arrays["ranking_embeddings"][movie_indices] @ person.ranking_terms.T

    def stars_base(self, person: Person) -> FloatArray:
        """float32 (n_movies,): global mean, the film, the person's average, and what is expected of anybody."""
        taste, vectors = person.taste, self._arrays["movie_embeddings"]
        base: FloatArray = self._film_stars(slice(None)) + vectors[:, 0] * taste.mean[0]
        base += vectors[:, 1:] @ taste.prior[1:]
        return base

    def predicted_stars(self, person: Person, movie_indices: IndexArray | None = None) -> FloatArray:
        """float32 (m,), or (n_movies,) without indices, clipped to the scale."""
        rows = slice(None) if movie_indices is None else movie_indices
        return self.scale.clip(
            self._film_stars(rows) + self._arrays["movie_embeddings"][rows] @ person.taste.mean
        )

    def stars_of_unknown(self, person: Person) -> np.float32:
        """The stars of a film that this artifact does not know: the mean and the person's average."""
        average = self._arrays["movie_embeddings"][:1, 0] * person.taste.mean[0]
        return np.float32(self._stranger_mean + average.sum())

    def stars_shares(self, person: Person, movie_indices: IndexArray) -> FloatArray:
        """float32 (m, len(person)): what each rated film adds to the stars of each movie, before clipping.

        What all of them say of the person's average is in the base.
        """
        return self._arrays["movie_embeddings"][movie_indices, 1:] @ person.taste.terms[:, 1:].T

    def stars_deviation(self, person: Person, movie_indices: IndexArray) -> FloatArray:
        """float32 (m,): the standard deviation of the stars around their prediction, before clipping.

        From how sure we are of the person and of the film, and what nobody can foresee; scaled so that intervals
        held what they promise on ratings that training did not see.
        """
        vectors = self._arrays["movie_embeddings"][movie_indices]
        of_person = np.einsum("ij,jk,ik->i", vectors, person.taste.covariance, vectors)
        return self._deviation(of_person, movie_indices)

    def stars_without_each(self, person: Person) -> tuple[FloatArray, FloatArray]:
        """float32 (n,) each: the stars that somebody's other ratings say they would give each film they rated,
        clipped to the scale, and their standard deviation before clipping.

        The same as leaving each film out in turn. With C = A^-1 and u_i = V_i . C V_i / s^2, the posterior without
        film i has A_i^-1 V_i = C V_i / (1 - u_i) (Sherman and Morrison 1950), so one inverse serves for all of them.
        """
        rows, n = person.movie_indices, len(person)
        precision = 1 / float(self._arrays["noise_variance"])
        vectors = self._arrays["movie_embeddings"][rows].astype(np.float64)
        said = person.said.astype(np.float64)
        shown = precision * person.deviations[:, None] * vectors
        others = person.history_scale(n - 1) * (said.sum(axis=0) - said) + shown.sum(axis=0) - shown
        projected = vectors @ person.taste.covariance
        of_person = np.einsum("ij,ij->i", projected, vectors)
        kept = 1 - precision * of_person
        stars = np.einsum("ij,ij->i", projected, person.expected(n - 1) + others) / kept
        return (
            self.scale.clip(self._film_stars(rows) + stars.astype(np.float32)),
            self._deviation(of_person / kept, rows),
        )

    @property
    def similarity_embeddings(self) -> FloatArray:
        """float32 (n_movies, k): near where films are alike, see `ml.similarity`."""
        return self._arrays["similarity_embeddings"]

    def similar(
        self, movie_index: int, n: int, *, exclude: BoolArray | IndexArray | None = None
    ) -> tuple[Int64Array, FloatArray]:
        """The n movies most like one, best first, without itself: their indices and similarities.

        What similarity is stands in `ml.similarity`. Films at or below zero are left out, so there may be fewer
        than n.
        """
        embeddings = self.similarity_embeddings
        similarity = embeddings @ embeddings[movie_index] * self._neighbour_weights
        if exclude is not None:
            similarity[exclude] = 0.0
        similarity[movie_index] = 0.0
        best = top_n(similarity, n)
        best = best[similarity[best] > 0]
        return best, similarity[best]

    def _film_stars(self, rows: slice | IndexArray) -> FloatArray:
        stars: FloatArray = self._arrays["movie_biases"][rows] + self._stranger_mean
        return stars

    def _deviation(self, of_person: NDArray[np.floating], rows: IndexArray) -> FloatArray:
        """Of stars, given the variance (m,) that is left in what the person thinks of each film."""
        variances = of_person + self._arrays["movie_variances"][rows] + self._arrays["noise_variance"]
        deviations: FloatArray = self._arrays["deviation_scale"] * np.sqrt(variances).astype(np.float32)
        return deviations

    @cached_property
    def _familiarities(self) -> FloatArray:
        return familiarity(self.rating_counts)

    @cached_property
    def _neighbour_weights(self) -> FloatArray:
        return neighbour_weights(self.rating_counts)


def _last_of_each(movie_indices: IndexArray) -> Int64Array:
    """Positions, in order, of the last occurrence of each known movie (not -1)."""
    backwards = movie_indices[::-1]
    _, first_from_end = np.unique(backwards, return_index=True)
    positions = np.sort(len(movie_indices) - 1 - first_from_end)
    return positions[movie_indices[positions] >= 0]
