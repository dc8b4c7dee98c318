"""Vectors in which films are near that a person would call similar.

What a model knows of a film is taken apart: its content, and what its ratings taught (id and history embeddings of the
ranking, id embeddings of stars). Each part is centred, which takes out the direction that all well-known films share,
and brought to length 1. What was learned from few ratings is mostly chance, so it counts by count / (count + 20). With
c_i and l_i the parts of film i, the similarity of i and j is

    (0.4 cos(c_i, c_j) + (r_i r_j)^1/2 sum_parts 0.2 cos(l_i, l_j)) * (0.95 + 0.05 r_j),      r = count / (count + 20)

and a film without ratings is near to what has its content. The directions of content are weighted by the root of how
much they vary, lest a few common genres decide alone. Kept are the 64 directions that carry most of all this.
"""

from collections.abc import Sequence

import numpy as np

from ml.arraytypes import FloatArray, Int32Array

CONTENT_WEIGHT = 0.4
DAMPING = 20.0
"""Ratings at which what was learned from them counts half."""
LEAST_NEIGHBOUR_WEIGHT = 0.95
WIDTH = 64
_NOTHING = 1e-6


def similarity_embeddings(
    content: FloatArray | None, learned: Sequence[FloatArray], rating_counts: Int32Array
) -> FloatArray:
    """float32 (n_movies, at most 64): products of rows are similarities, but for the weight of the neighbour.

    content: (n_movies, d); rows of zeros, like None, for films of which nothing is known. learned: at least one part,
    each (n_movies, d of its own), with rows of zeros where there is no rating.
    """
    shares = rating_counts.astype(np.float64)
    shares /= max(shares.sum(), 1.0)
    trust = np.sqrt(_trust(rating_counts))[:, None]
    weight = np.sqrt((1 - CONTENT_WEIGHT) / len(learned))
    parts = [weight * trust * _unit(part - shares @ part) for part in learned]
    if content is not None:
        parts.append(np.sqrt(CONTENT_WEIGHT) * _unit(_evened(content)))
    joined = np.concatenate([part.astype(np.float32) for part in parts], axis=1)
    return _narrowed(joined)


def neighbour_weights(rating_counts: Int32Array) -> FloatArray:
    """float32 (n_movies,): of two neighbours alike, the one that more people know comes first."""
    trust = _trust(rating_counts)
    return (LEAST_NEIGHBOUR_WEIGHT + (1 - LEAST_NEIGHBOUR_WEIGHT) * trust).astype(np.float32)


def _trust(rating_counts: Int32Array) -> np.ndarray:
    return rating_counts / (rating_counts + DAMPING)


def _evened(content: FloatArray) -> np.ndarray:
    """Content, centred, its directions weighted by the root of how much they vary; unknown content stays at zero."""
    known = np.any(content != 0, axis=1, keepdims=True)
    if not known.any():
        return np.zeros(content.shape)
    centred = (content - content[known[:, 0]].mean(axis=0, dtype=np.float64)) * known
    squares, directions = np.linalg.eigh(centred.T @ centred)
    kept = squares > max(squares[-1], 0) * _NOTHING
    evened: np.ndarray = centred @ (directions[:, kept] * squares[kept] ** -0.25)
    return evened


def _narrowed(vectors: FloatArray) -> FloatArray:
    """The WIDTH directions that carry most of the products of rows."""
    if vectors.shape[1] <= WIDTH:
        return vectors
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return vectors @ directions[:, : -WIDTH - 1 : -1].astype(np.float32)


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)
