import numpy as np
import pytest

from ml.plots.canvas import COLOURS, MUTED, PlotError
from ml.plots.film_map import OTHER, draw_film_map, principal_components

WORDS = {"title": "T", "subtitle": "s"}


def test_principal_components_are_the_widest_directions() -> None:
    """Points along (3, 4) with a little along (-4, 3): the first coordinate is the way along the first."""
    along, across = np.array([-2.0, -1.0, 0.0, 3.0]), np.array([0.1, -0.1, 0.1, -0.1])
    vectors = np.outer(along, [0.6, 0.8]) + np.outer(across, [-0.8, 0.6]) + [7.0, 9.0]

    points = principal_components(vectors.astype(np.float32))

    assert points[:, 0] == pytest.approx(along - along.mean(), abs=0.05)
    assert np.abs(points).max(axis=0) == pytest.approx(points.max(axis=0))


def test_components_do_not_depend_on_the_sign_an_svd_gives() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)

    mirrored = principal_components(vectors[:, ::-1].copy())

    np.testing.assert_allclose(mirrored, principal_components(vectors), atol=1e-5)


def crowd(n: int = 80) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, 2))


def test_every_film_is_drawn_in_its_genres_colour() -> None:
    genres = ["Drama", "Drama", "Horror", OTHER, "Horror", "Drama"]
    points = crowd(6)

    axes = draw_film_map(points, genres, list("abcdef"), np.array([], dtype=int), **WORDS).axes[0]

    drawn = {found.get_label(): found for found in axes.collections}
    assert {name: found.get_offsets().tolist() for name, found in drawn.items()} == {
        name: points[[genre == name for genre in genres]].tolist() for name in ("Drama", "Horror", OTHER)
    }
    from matplotlib.colors import to_hex

    colours = {name: to_hex(found.get_facecolor()[0]) for name, found in drawn.items()}
    assert colours == {"Drama": COLOURS[0], "Horror": COLOURS[1], OTHER: MUTED}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Drama", "Horror", OTHER]


def test_genres_beyond_the_colours_are_grey() -> None:
    genres = [f"genre {number}" for number in range(9) for _ in range(10 - number)]

    axes = draw_film_map(crowd(len(genres)), genres, genres, np.array([], dtype=int), **WORDS).axes[0]

    assert {found.get_label(): len(found.get_offsets()) for found in axes.collections}[OTHER] == 3 + 2


def test_labels_cover_neither_each_other_nor_a_labelled_film_and_stay_inside() -> None:
    titles = [f"A film with a long name, part {number}" for number in range(80)]
    figure = draw_film_map(crowd(), ["Drama"] * 80, titles, np.arange(80), most_labels=25, **WORDS)

    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert 10 <= len(boxes) <= 25
    assert not any(box.count_overlaps(boxes[:place]) for place, box in enumerate(boxes))
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)
    rings = axes.transData.transform(np.concatenate([ring.get_offsets() for ring in axes.collections[1:]]))
    assert len(rings) == len(boxes)
    assert not any(box.contains(x, y) for place, box in enumerate(boxes) for x, y in rings[:place])


def test_no_more_labels_than_asked_for() -> None:
    titles = [str(number) for number in range(80)]
    axes = draw_film_map(crowd(), ["Drama"] * 80, titles, np.arange(80), most_labels=7, **WORDS).axes[0]

    assert [text.get_text() for text in axes.texts] == titles[:7]


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(PlotError, match="no film to draw"):
        draw_film_map(np.empty((0, 2)), [], [], np.array([], dtype=int), **WORDS)
