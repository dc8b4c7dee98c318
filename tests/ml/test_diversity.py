import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.diversity import adventurous, diversify, familiarity, unit_rows


def of(*values: float | list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def candidates(m: int = 60, width: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(0, 1, m).astype(np.float32), generator.normal(0, 1, (m, width)).astype(np.float32)


class TestByHand:
    """Relevances 1, 0.9, 0.5, 0; the first two are the same film but for the length of their vectors, the third is
    at 60 degrees to them (a cosine of a half), the last points the other way."""

    scores = of(10, 9, 5, 0)
    embeddings = of([1, 0], [3, 0], [1, 3**0.5], [-1, 0])

    def order(self, strength: float, n: int = 4) -> list[int]:
        return diversify(self.scores, self.embeddings, n, strength=strength).tolist()

    def test_without_strength_it_is_the_order_of_scores(self) -> None:
        assert self.order(0) == [0, 1, 2, 3]

    def test_what_is_like_the_films_before_steps_back(self) -> None:
        """After film 0: 0.9 (1 - s) - s, 0.5 (1 - s) - s / 2 and 0: the second and third change places at 4 / 9."""
        assert self.order(0.43) == [0, 1, 2, 3]
        assert self.order(0.45) == [0, 2, 1, 3]
        assert self.order(0.6) == [0, 3, 2, 1]

    def test_the_best_is_always_first(self) -> None:
        assert self.order(1.0) == [0, 3, 2, 1]

    def test_order_of_the_input_is_no_matter(self) -> None:
        chosen = diversify(self.scores[::-1], self.embeddings[::-1], 4, strength=0.45)
        assert (3 - chosen).tolist() == [0, 2, 1, 3]


def test_a_series_has_two_films_at_most() -> None:
    scores, embeddings = candidates()
    groups = np.where(np.arange(60) % 2 == 0, 7, -1)

    chosen = diversify(scores, embeddings, 20, strength=0.3, groups=groups)
    by_one = diversify(scores, embeddings, 60, strength=0.3, groups=groups, group_maximum=1)

    assert len(chosen) == 20
    assert (groups[chosen] == 7).sum() == 2
    assert (groups[by_one] == 7).sum() == 1
    assert len(by_one) == 31


def test_films_without_a_series_are_no_series() -> None:
    scores, embeddings = candidates()
    assert len(diversify(scores, embeddings, 60, groups=np.full(60, -1))) == 60


def test_a_longer_list_begins_with_the_shorter() -> None:
    scores, embeddings = candidates()
    groups = np.arange(60) // 6

    longest = diversify(scores, embeddings, 60, strength=0.6, groups=groups)

    for n in (0, 1, 7, 20):
        assert diversify(scores, embeddings, n, strength=0.6, groups=groups).tolist() == longest[:n].tolist()
    assert len(longest) == 20


def test_lists_are_the_more_varied_the_stronger() -> None:
    scores, embeddings = candidates(200)
    embeddings += 1  # films of one catalogue have something in common
    rows = unit_rows(embeddings)

    def likeness(strength: float) -> float:
        chosen = rows[diversify(scores, embeddings, 10, strength=strength)]
        return float((chosen @ chosen.T)[np.triu_indices(10, 1)].mean())

    measured = [likeness(strength) for strength in (0.0, 0.3, 0.9)]
    assert measured[0] > measured[1] + 0.05
    assert measured[1] > measured[2] + 0.05


def test_numbers_that_are_none_do_no_harm() -> None:
    scores, embeddings = candidates(8)
    scores[[1, 4, 6]] = np.nan, np.inf, -np.inf
    embeddings[2] = np.nan
    embeddings[3] = np.inf
    embeddings[5] = 0

    assert sorted(diversify(scores, embeddings, 8, strength=0.5).tolist()) == [0, 2, 3, 5, 7]
    assert diversify(of(), np.empty((0, 3), dtype=np.float32), 5).tolist() == []
    assert diversify(of(np.nan), of([1]), 5).tolist() == []


def test_equal_scores_keep_their_order_without_strength() -> None:
    _, embeddings = candidates(9)
    assert diversify(np.ones(9, dtype=np.float32), embeddings, 9, strength=0).tolist() == list(range(9))


@given(
    arrays(np.float32, st.integers(0, 12), elements=st.floats(width=32)),
    st.floats(0, 1),
    st.integers(0, 15),
    st.integers(1, 3),
)
def test_whatever_comes_in_a_list_comes_out(
    scores: np.ndarray, strength: float, n: int, maximum: int
) -> None:
    m = len(scores)
    embeddings = np.random.default_rng(m).choice(of(0, 1, -3e38, np.nan), (m, 2))
    groups = np.arange(m) % 4 - 1

    chosen = diversify(
        scores, embeddings, n, strength=strength, groups=groups, group_maximum=maximum
    ).tolist()

    assert len(set(chosen)) == len(chosen) <= n
    assert np.isfinite(scores[chosen]).all()
    assert all((groups[chosen] == group).sum() <= maximum for group in range(3))
    if chosen:
        assert scores[chosen[0]] == scores[np.isfinite(scores)].max()


def test_the_dial_takes_popularity_off_or_counts_it_twice() -> None:
    scores, known = of(1, 2, 3), familiarity(np.array([0, 90, 990], dtype=np.int32))

    assert adventurous(scores, known, 0) is scores
    assert adventurous(scores, known, 1) == pytest.approx(scores - np.log([1, 10, 100]))
    assert adventurous(scores, known, -0.5) == pytest.approx(scores + 0.5 * np.log([1, 10, 100]))
    assert scores.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="between -1 and 1"):
        adventurous(scores, known, 1.01)
    with pytest.raises(ValueError, match="between -1 and 1"):
        adventurous(scores, known, float("nan"))


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_beyond_its_ends_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        diversify(of(1), of([1]), 1, strength=strength)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        diversify(of(1, 2), of([1]), 1)
    with pytest.raises(ValueError, match="differ in length"):
        diversify(of(1, 2), of([1], [2]), 1, groups=np.array([1]))
