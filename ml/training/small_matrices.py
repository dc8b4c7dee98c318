"""Thousands of matrices of a few rows: what most people's histories are.

A product or an inverse of matrices of one or two rows costs TensorFlow a call each; element by element they are a
few passes over one array. Larger ones are left to the library.
"""

from typing import Any

import tensorflow as tf

FEW_ROWS = 2


def products(one: Any, other: Any) -> Any:
    """(P, L, L): the inner product of each row of one with each row of the other, both (P, L, d)."""
    return tf.cond(
        tf.shape(one)[1] <= FEW_ROWS,
        lambda: tf.reduce_sum(one[:, :, None, :] * other[:, None, :, :], axis=3),
        lambda: tf.matmul(one, other, transpose_b=True),
    )


def inverses(matrices: Any) -> Any:
    """(P, L, L) of symmetric positive definite (P, L, L)."""
    n_rows = tf.minimum(tf.shape(matrices)[1] - 1, FEW_ROWS)
    return tf.switch_case(
        n_rows, [lambda: 1 / matrices, lambda: _of_two_rows(matrices), lambda: tf.linalg.inv(matrices)]
    )


def _of_two_rows(matrices: Any) -> Any:
    adjugates = tf.reverse(matrices, axis=[1, 2]) * tf.constant([[1.0, -1.0], [-1.0, 1.0]])
    determinants = matrices[:, 0, 0] * matrices[:, 1, 1] - matrices[:, 0, 1] * matrices[:, 1, 0]
    return adjugates / determinants[:, None, None]
