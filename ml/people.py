"""What an artifact makes of somebody's ratings.

For n rated films j with stars embeddings V (whose first column is the same for all films, so that a person's first
number is their average), history embeddings Y and residual embeddings X, and with d_j = stars_j - global_mean -
movie_biases[j]:

    p = A^-1 (m_0(n) + f(n) sum_j (Y_j + d_j X_j) + s^-2 sum_j V_j d_j),        A = 1 + s^-2 sum_j V_j V_j'
    f(n) = min(n, history_limit)^(1 - history_exponent) / n

is, with s^2 = noise_variance, the posterior mean of a Gaussian (ridge fold-in towards what is expected of who rates
such films so), and A^-1 its variance. m_0(n) is prior_mean, to whose first number prior_averages add what is expected
of the average of somebody with n ratings. For ranking, with weights w_j that halve with every ranking_half_life ratings
since, the same films say

    h = (ranking_damping + sum_j w_j^2)^-1/2 sum_j w_j (Y'_j + e_j X'_j),
    e_j = d_j - b,      b = sum_j d_j / (damping + n)

(Koren 2008, asymmetric SVD; damped, so that few films say less). Both are linear in what the films say: a prior and
one term per rated film.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ml.arraytypes import Float64Array, FloatArray, IndexArray, Int64Array
from ml.data.folders import Array

COUNT_KNOTS = 9
"""What depends on a number of ratings is linear in log2(1 + number) between 0, 1, 3, 7, ..., 255, and level beyond."""


@dataclass(frozen=True, eq=False)
class Taste:
    """The posterior of a person's p. prior: (s,), its part that no rated film carries. terms: (n, s), what each
    rated film adds. mean: (s,), all of them together. covariance: (s, s). All float32."""

    prior: FloatArray
    terms: FloatArray
    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, eq=False)
class Person:
    """A history of one model, whose arrays it reads; len() is the number of films n that entered.

    known_movie_ids, movie_indices: (n,), in the order given, oldest first. deviations, residuals: float32 (n,), d and
    e of the formula. bias: the person's b, 0 for a stranger. What the model makes of them is computed once, when the
    first question needs it.
    """

    known_movie_ids: Int64Array
    movie_indices: Int64Array
    deviations: FloatArray
    residuals: FloatArray
    bias: float
    arrays: Mapping[str, Array] = field(repr=False)

    def __len__(self) -> int:
        return len(self.movie_indices)

    @cached_property
    def taste(self) -> Taste:
        rows = self.movie_indices
        vectors = self.arrays["movie_embeddings"][rows].astype(np.float64)
        precision = 1 / float(self.arrays["noise_variance"])
        covariance = np.linalg.inv(np.eye(vectors.shape[1]) + precision * vectors.T @ vectors)
        said = self.history_scale(len(rows)) * self.said
        terms = (said + precision * self.deviations[:, None] * vectors) @ covariance
        prior = covariance @ self.expected(len(rows))
        parts = (prior, terms, prior + terms.sum(axis=0), covariance)
        return Taste(*(array.astype(np.float32) for array in parts))

    @property
    def said(self) -> FloatArray:
        """float32 (n, s): Y_j + d_j X_j of each rated film."""
        said: FloatArray = self.deviations[:, None] * self.arrays["residual_embeddings"][self.movie_indices]
        said += self.arrays["history_embeddings"][self.movie_indices]
        return said

    def expected(self, n: int) -> Float64Array:
        """float64 (s,): m_0(n)."""
        expected = self.arrays["prior_mean"].astype(np.float64)
        averages = self.arrays["prior_averages"]
        expected[0] += count_weights(np.array(n), len(averages)) @ averages
        return expected

    def history_scale(self, n: int) -> float:
        """f(n); of no film as of one."""
        n, limit = max(n, 1), int(self.arrays["history_limit"])
        return float(min(n, limit) ** (1 - float(self.arrays["history_exponent"])) / n)

    @cached_property
    def ranking_terms(self) -> FloatArray:
        """float32 (n, r): what each rated film adds to h."""
        rows, n = self.movie_indices, len(self)
        weights = recency_weights(n - 1 - np.arange(n), float(self.arrays["ranking_half_life"]))
        length = self.ranking_length(float(np.square(weights).sum()))
        terms: FloatArray = self.arrays["ranking_residual_embeddings"][rows] * self.residuals[:, None]
        terms += self.arrays["ranking_history_embeddings"][rows]
        terms *= (weights / length).astype(np.float32)[:, None]
        return terms

    def ranking_length(self, squares: float) -> float:
        """What sums over films whose squared weights come to `squares` are divided by."""
        return max(float(self.arrays["ranking_damping"]) + squares, 1e-6) ** 0.5

    @cached_property
    def ranking_vector(self) -> FloatArray:
        """float32 (r,): h."""
        vector: FloatArray = self.ranking_terms.sum(axis=0)
        return vector


def count_weights(counts: IndexArray, n_knots: int = COUNT_KNOTS) -> Float64Array:
    """(..., n_knots): how near each number of ratings is to each knot; the two around it share 1."""
    places = np.minimum(np.log2(1.0 + counts), n_knots - 1)
    weights: Float64Array = np.maximum(1.0 - np.abs(places[..., None] - np.arange(n_knots)), 0.0)
    return weights


def recency_weights(ratings_since: IndexArray, half_life: float | None) -> Float64Array:
    """How much ratings weigh after so many others, (n,): half with every `half_life`; all the same without one."""
    if half_life is None:
        return np.ones(len(ratings_since))
    weights: Float64Array = np.exp2(-np.asarray(ratings_since) / half_life)
    return weights
