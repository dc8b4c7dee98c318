import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.training.sparse_adam import SparseAdam

START = np.arange(12, dtype=np.float32).reshape(4, 3) / 10


def take_steps(optimizer: keras.optimizers.Optimizer, gradients: list[object]) -> np.ndarray:
    table = keras.Variable(START, name="table")
    for gradient in gradients:
        optimizer.apply([gradient], [table])
    return table.numpy()


def slices(rows: list[int], values: np.ndarray) -> tf.IndexedSlices:
    return tf.IndexedSlices(
        values=tf.constant(values, tf.float32),
        indices=tf.constant(rows),
        dense_shape=tf.constant(START.shape),
    )


def test_a_gradient_of_every_row_moves_the_table_as_adam_does() -> None:
    generator = np.random.default_rng(0)
    dense = [generator.normal(0, 1, START.shape).astype(np.float32) for _ in range(5)]
    order = [2, 0, 3, 1]

    sparse = take_steps(SparseAdam(0.01, beta_2=0.99), [slices(order, gradient[order]) for gradient in dense])

    adam = take_steps(keras.optimizers.Adam(0.01, beta_2=0.99), [tf.constant(gradient) for gradient in dense])
    np.testing.assert_allclose(sparse, adam, atol=1e-6)


def test_rows_outside_the_batch_stay() -> None:
    """Adam proper would go on moving row 1 by its momentum."""
    first, second = slices([1, 2], np.ones((2, 3))), slices([2], np.ones((1, 3)))

    once = take_steps(SparseAdam(0.01), [first])
    twice = take_steps(SparseAdam(0.01), [first, second])

    np.testing.assert_array_equal(once[[0, 3]], START[[0, 3]])
    np.testing.assert_array_equal(once[1], twice[1])
    assert (once[2] != twice[2]).all()


def test_gradients_of_one_row_are_summed() -> None:
    parted = slices([1, 1], np.array([[0.25, 1, -2], [0.5, 3, -1]]))
    summed = slices([1], np.array([[0.75, 4, -3]]))

    np.testing.assert_allclose(
        take_steps(SparseAdam(0.01), [parted, slices([1], np.full((1, 3), 2))]),
        take_steps(SparseAdam(0.01), [summed, slices([1], np.full((1, 3), 2))]),
        atol=1e-7,
    )


@pytest.mark.parametrize("change", [{"learning_rate": 0.02}, {"beta_1": 0.5}, {"beta_2": 0.7}])
def test_every_hyper_parameter_is_wired(change: dict[str, float]) -> None:
    gradients = [slices([0, 2], np.array([[1, 2, 3], [4, 5, 6]])), slices([2], np.array([[-1, 7, 2]]))]

    usual = take_steps(SparseAdam(learning_rate=0.01), gradients)

    assert not np.allclose(usual, take_steps(SparseAdam(**{"learning_rate": 0.01, **change}), gradients))


def test_a_restart_forgets_every_step() -> None:
    optimizer, table = SparseAdam(0.01), keras.Variable(START, name="table")
    gradients = [slices([0, 2], np.array([[1, 2, 3], [4, 5, 6]])), slices([2], np.array([[-1, 7, 2]]))]
    runs = []
    for _ in range(2):
        table.assign(START)
        for gradient in gradients:
            optimizer.apply([gradient], [table])
        runs.append(table.numpy())
        optimizer.restart()

    np.testing.assert_array_equal(*runs)
