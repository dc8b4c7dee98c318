import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.vocabulary import Vocabulary


def test_translates_ids_and_marks_those_it_does_not_hold() -> None:
    vocabulary = Vocabulary(np.array([3, 8, 2**40], dtype=np.int64))

    assert vocabulary.indices([8, 2**40, 4, 3, 2**41, -1]).tolist() == [1, 2, -1, 0, -1, -1]
    assert len(vocabulary) == 3


def test_keeps_the_shape_it_is_asked_in() -> None:
    vocabulary = Vocabulary(np.array([1, 2], dtype=np.int64))

    assert vocabulary.indices([[2], [1], [5]]).tolist() == [[1], [0], [-1]]
    assert vocabulary.indices([]).shape == (0,)


def test_an_empty_one_knows_nothing() -> None:
    assert Vocabulary(np.empty(0, dtype=np.int64)).indices([1, 2]).tolist() == [-1, -1]


@pytest.mark.parametrize(
    "ids", [[2, 1], [1, 1], [[1, 2]], [1.0, 2.0]], ids=["falling", "repeated", "two-dimensional", "float"]
)
def test_refuses_ids_it_could_not_search(ids: list[object]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary(np.array(ids))


@given(
    st.sets(st.integers(-(2**62), 2**62), max_size=30), st.lists(st.integers(-(2**62), 2**62), max_size=10)
)
def test_agrees_with_a_dictionary(ids: set[int], others: list[int]) -> None:
    ordered = sorted(ids)
    rows = {key: row for row, key in enumerate(ordered)}

    found = Vocabulary(np.array(ordered, dtype=np.int64)).indices(ordered + others)

    assert found.tolist() == [rows.get(key, -1) for key in ordered + others]
