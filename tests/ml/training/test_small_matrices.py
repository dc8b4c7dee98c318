import numpy as np
import pytest
import tensorflow as tf

from ml.training.small_matrices import inverses, products


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7])
def test_products_and_inverses_are_those_of_each_matrix_alone_and_so_are_their_slopes(n_rows: int) -> None:
    generator = np.random.default_rng(n_rows)
    one, other = (tf.constant(generator.normal(0, 1, (6, n_rows, 9)).astype(np.float32)) for _ in range(2))
    weights = tf.constant(generator.normal(0, 1, (6, n_rows, n_rows)).astype(np.float32))

    def answers(product: object, inverse: object) -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            tape.watch([one, other])
            kernels = product(one, one) + 3 * tf.eye(n_rows)
            total = tf.reduce_sum(weights * product(product(one, other), inverse(kernels)))
        return [
            kernels.numpy(),
            total.numpy(),
            *(slope.numpy() for slope in tape.gradient(total, [one, other])),
        ]

    plain = answers(lambda a, b: tf.einsum("pid,pjd->pij", a, b), tf.linalg.inv)
    for ours, expected in zip(answers(products, inverses), plain, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)
