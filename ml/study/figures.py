"""The seed's two figures: the losses of its networks, epoch by epoch."""

from typing import TYPE_CHECKING

from ml.plots.curves import draw_learning_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ml.training.pairs import LossCurves


def draw_losses(network: str, curves: "LossCurves") -> "Figure":
    return draw_learning_curves(
        curves,
        title=f'The first study\'s "{network}" network',
        subtitle="Loss of every epoch on its random 80/20 split; copies of a review stand on both sides",
        unit="mean squared error + L2",
    )
