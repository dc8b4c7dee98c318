"""Which film to ask somebody about next, how well the model knows them, and when to stop asking.

A question is worth what its answer is expected to teach, times the chance that there is an answer (Rashid et al. 2002,
"Getting to know you"; Golbandi et al. 2011; Rubens et al. 2015 for the field). Of each of the best known films i:

    worth_i = chance_i (STARS taught_i + RANKING moved_i)

    chance_i = 1 - exp(-FILMS_SEEN softmax_i(b + E' h~))

is the chance that somebody who has seen so many films, drawn from what the ranking expects of them, has seen this one.
In h~ a film that they said they have not seen stands as the opposite of a rated film, at NOT_SEEN of its weight.

    taught_i = sum_t q_t (V_t' C V_i)^2 / ((s^2 + m_i + V_i' C V_i) sum_t q_t V_t' C V_t)

is the share by which an answer shrinks the mean variance of the stars of films t that they might watch. Stars are a
Gaussian's, so this is exact: C is the posterior's covariance, s^2 the noise, m_i the film's own variance (A-optimal
design; MacKay 1992, "Information-based objective functions"). q is the ranking's softmax over the best known films.

    moved_i = mean of KL(q' || q) over the two answers a standard deviation above and below the expected one

is how far an answer moves the ranking, which has no variance of its own (expected model change: Settles 2012, 3.4).
A film like those that were answered teaches little, because C is small in its direction.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from ml.arraytypes import BoolArray, Float64Array, FloatArray, IndexArray, Int64Array
from ml.people import Person, recency_weights
from ml.serving import ServedModel
from ml.top_films import top_n

LIST_LENGTH = 20
FEWEST_ANSWERS, MOST_ANSWERS = 5, 20
ENOUGH = 0.075
"""The share of a list that an answer may be expected to exchange when there is no need to ask any more: less than two
of its twenty films."""

FAINTEST = np.float32(-80)
"""Below the logarithm of any share that counts, and above those of which float32 can only make slow subnormals."""

NEAR_THE_LIST = 500
"""An answer lifts nothing into the list that is further down than this."""


@dataclass(frozen=True)
class QuestionSettings:
    """How questions are chosen. asked: of how many of the best known films. judged: by what they say of how many.

    Chosen on people of ml-latest-small of whom nothing is reported: see docs/picks.md.
    """

    asked: int = 300
    judged: int = 300
    films_seen: float = 150.0
    not_seen: float = 0.5
    stars: float = 1.0
    ranking: float = 1.0


class Question(NamedTuple):
    """The film to ask about, as a row of the model. taught, moved, chance: as above, of this film."""

    movie_index: int
    chance: float
    taught: float
    moved: float


class _Films(NamedTuple):
    """Rows of a model's arrays, copied together: (m,), (m, s) and (m, r)."""

    rows: Int64Array
    levels: FloatArray
    variances: FloatArray
    vectors: FloatArray
    ranking_biases: FloatArray
    ranking_vectors: FloatArray
    history: FloatArray
    residual: FloatArray

    @classmethod
    def of(cls, model: ServedModel, rows: Int64Array) -> Self:
        arrays = model.person([]).arrays
        names = (
            "movie_biases",
            "movie_variances",
            "movie_embeddings",
            "ranking_biases",
            "ranking_embeddings",
            "ranking_history_embeddings",
            "ranking_residual_embeddings",
        )
        return cls(rows, *(np.array(arrays[name][rows]) for name in names))


class Questionnaire:
    """The questions of one model. Safe to share between threads: nothing changes after it is made.

    gone: bool (n_movies,), films never to ask about. Films that nobody rated are never asked about.
    """

    def __init__(
        self,
        model: ServedModel,
        *,
        gone: BoolArray | None = None,
        settings: QuestionSettings | None = None,
    ) -> None:
        self.model = model
        self.settings = settings or QuestionSettings()
        if self.settings.asked > self.settings.judged:
            raise ValueError("Films that are asked about are among those that answers are judged by.")
        counts = model.person([]).arrays["rating_counts"].astype(np.float32)
        counts[counts == 0] = -np.inf
        best_known = top_n(counts, self.settings.judged, excluded=gone)
        self._asked = _Films.of(model, best_known[: self.settings.asked])
        self._judged = _Films.of(model, best_known)

    def best(
        self,
        person: Person,
        n: int = 1,
        *,
        not_seen: IndexArray | None = None,
        closed: IndexArray | None = None,
    ) -> list[Question]:
        """The n films that are most worth asking about after these answers, best first; fewer when fewer are left.

        not_seen: rows that they said they have not seen. closed: further rows that shall not be asked about.
        """
        if not len(self._asked.rows):
            return []
        nothing = np.empty(0, dtype=np.int64)
        not_seen = nothing if not_seen is None else not_seen
        done = np.concatenate([person.movie_indices, not_seen, nothing if closed is None else closed])
        chances, taught, moved = self.chances(person, not_seen), self.taught(person), self.moved(person)
        worth = chances * (self.settings.stars * taught + self.settings.ranking * moved)
        places = top_n(worth, n, excluded=np.isin(self._asked.rows, done))
        columns = (self._asked.rows[places], chances[places], taught[places], moved[places])
        return [Question(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def is_enough(self, person: Person, question: Question, *, hidden: IndexArray | None = None) -> bool:
        """Whether the answer to a question would barely change their list, or they have answered a lot already.

        hidden: rows that no list of theirs shows, beside what they rated.
        """
        if not FEWEST_ANSWERS <= len(person) < MOST_ANSWERS:
            return len(person) >= MOST_ANSWERS
        return self.change(person, question.movie_index, hidden=hidden) <= ENOUGH

    def chances(self, person: Person, not_seen: IndexArray) -> FloatArray:
        """(asked,): how likely they have seen each film."""
        squares, weight = float(np.square(_weights(person)).sum()), self.settings.not_seen
        unlike = person.arrays["ranking_history_embeddings"][not_seen].sum(axis=0)
        vector = person.ranking_vector * person.ranking_length(squares) - weight * unlike
        vector = vector / person.ranking_length(squares + weight**2 * len(not_seen))
        shares = _softmax(self._scores(vector.astype(np.float32)))[: len(self._asked.rows)]
        chances: FloatArray = -np.expm1(np.float32(-self.settings.films_seen) * shares)
        return chances

    def taught(self, person: Person) -> FloatArray:
        """(asked,): the share of the variance of stars, of films they might watch, that each answer takes away."""
        towards = self._asked.vectors @ person.taste.covariance
        common = towards @ self._judged.vectors.T
        gained: FloatArray = np.square(common) @ _softmax(self._scores(person.ranking_vector))
        gained /= np.square(self._deviations(person, self._asked)) * np.float32(self._variance(person))
        return gained

    def moved(self, person: Person) -> FloatArray:
        """(asked,): how far an answer is expected to move the ranking of the films, in nats."""
        scores = self._scores(person.ranking_vector)
        low, high = (self._scores(after) for after in self._after(person, self._asked))
        divergences: FloatArray = _divergence(low, scores) + _divergence(high, scores)
        divergences /= 2
        return divergences

    def known(self, person: Person) -> float:
        """0 for a stranger, towards 1: the share of a stranger's variance of stars, of films that this person might
        watch, that their ratings have taken away."""
        if not len(self._judged.rows):
            return 0.0
        return 1 - self._variance(person) / self._variance(person, of_stranger=True)

    def change(self, person: Person, movie_index: int, *, hidden: IndexArray | None = None) -> float:
        """The share of their list that rating this film is expected to exchange, from 0 to 1.

        hidden: rows that no list of theirs shows, beside what they rated.
        """
        out = np.zeros(self.model.n_movies, dtype=np.bool_)
        out[person.movie_indices] = out[movie_index] = True
        if hidden is not None:
            out[hidden] = True
        near = self.model.best_ranked(person, NEAR_THE_LIST, excluded=out)[0]
        film = _Films.of(self.model, np.array([movie_index]))
        vectors, biases = (person.arrays[name][near] for name in ("ranking_embeddings", "ranking_biases"))
        now = near[:LIST_LENGTH]
        if not len(now):
            return 0.0
        lists = [near[top_n(vectors @ after[0] + biases, LIST_LENGTH)] for after in self._after(person, film)]
        return float(np.mean([1 - np.isin(now, then).mean() for then in lists]))

    def _scores(self, vectors: FloatArray) -> FloatArray:
        """(..., judged): ranking scores of the films that answers are judged by, from h of shape (..., r)."""
        return vectors @ self._judged.ranking_vectors.T + self._judged.ranking_biases

    def _variance(self, person: Person, *, of_stranger: bool = False) -> float:
        """The mean variance of stars, but for noise, of the films that they might watch."""
        vectors = self._judged.vectors
        towards = vectors if of_stranger else vectors @ person.taste.covariance
        return float(_softmax(self._scores(person.ranking_vector)) @ np.einsum("ij,ij->i", towards, vectors))

    @staticmethod
    def _deviations(person: Person, films: _Films) -> FloatArray:
        """(m,): the standard deviation of the stars that they would give."""
        of_person = np.einsum("ij,ij->i", films.vectors @ person.taste.covariance, films.vectors)
        return np.sqrt(of_person + films.variances + person.arrays["noise_variance"])

    def _after(self, person: Person, films: _Films) -> tuple[FloatArray, FloatArray]:
        """Two (m, r): the h of the person with one more rating, of each of m films, a standard deviation below and
        above what is expected. As `Person.ranking_vector`, where the sums over older ratings are shared."""
        arrays, weights, n = person.arrays, _weights(person), len(person)
        older = np.float32(2 ** (-1 / float(arrays["ranking_half_life"]))) * weights.astype(np.float32)
        history = older @ arrays["ranking_history_embeddings"][person.movie_indices]
        residual = arrays["ranking_residual_embeddings"][person.movie_indices]
        by_deviation, by_bias = (older * person.deviations) @ residual, older @ residual
        length = person.ranking_length(float(np.square(older).sum()) + 1)
        base = np.float32(self.model.global_mean) + films.levels
        expected, reach = films.vectors @ person.taste.mean, self._deviations(person, films)

        def rated(deviations: FloatArray) -> FloatArray:
            given = (self.model.scale.clip(base + deviations) - base)[:, None]
            bias = (person.deviations.sum() + given) / (float(arrays["damping"]) + n + 1)
            added = films.history + (given - bias) * films.residual
            return ((history + by_deviation - bias * by_bias + added) / length).astype(np.float32)

        return rated(expected - reach), rated(expected + reach)


def _weights(person: Person) -> Float64Array:
    n = len(person)
    return recency_weights(n - 1 - np.arange(n), float(person.arrays["ranking_half_life"]))


def _softmax(scores: FloatArray) -> FloatArray:
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def _divergence(after: FloatArray, before: FloatArray) -> FloatArray:
    """(m,): KL(softmax(after) || softmax(before)), after: (m, t), before: (t,)."""
    most = after.max(axis=1, keepdims=True)
    exponentials = np.exp(np.maximum(after - most, FAINTEST))
    sums = exponentials.sum(axis=1)
    gained = np.einsum("ij,ij->i", exponentials, after - before) / sums
    level = np.log(np.exp(before - before.max()).sum()) + before.max()
    return gained - np.log(sums) - most[:, 0] + level
