"""Adam whose step costs what the batch touches, not what the table holds."""

from typing import Any

import keras
import tensorflow as tf


class SparseAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba 2015) that updates only the rows of an embedding that a batch looked up.

    Keras turns the gradient of a lookup into a dense one of the table's size; here its rows are summed, and
    their moments alone decay and move ("lazy" Adam). Dense gradients are treated as in Keras.
    """

    def restart(self) -> None:
        """Forget all steps, so that a compiled training can be used again from fresh weights."""
        self.iterations.assign(0)
        for moments in (*self._momentums, *self._velocities):
            moments.assign(tf.zeros_like(moments.value))

    def update_step(self, gradient: Any, variable: tf.Variable, learning_rate: Any) -> None:
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        rows, places = tf.unique(gradient.indices)
        slope = tf.cond(
            tf.size(rows) == tf.size(gradient.indices),
            lambda: gradient.values,  # `rows` are the indices in their order
            lambda: tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows)),
        )
        index = self._get_variable_index(variable)
        momentum = self._decayed(self._momentums[index].value, rows, slope, self.beta_1)
        velocity = self._decayed(self._velocities[index].value, rows, tf.square(slope), self.beta_2)
        step = tf.cast(self.iterations.value + 1, slope.dtype)
        correction = tf.sqrt(1 - tf.pow(self.beta_2, step)) / (1 - tf.pow(self.beta_1, step))
        rate = tf.cast(learning_rate, slope.dtype) * correction
        change = rate * momentum / (tf.sqrt(velocity) + self.epsilon)
        variable.scatter_sub(tf.IndexedSlices(change, rows))

    @staticmethod
    def _decayed(table: tf.Variable, rows: tf.Tensor, addition: tf.Tensor, decay: float) -> tf.Tensor:
        """The rows' running mean after `addition`, also written back to the table."""
        updated = decay * tf.gather(table, rows) + (1 - decay) * addition
        table.scatter_update(tf.IndexedSlices(updated, rows))
        return updated
