"""The best films of a dot product: always those that scoring and sorting everything gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import top_films
from ml.top_films import TopFilms, top_n

WIDTH = 64


def made(n_films: int, *, decay: float, seed: int = 0, popularity: float = 2.0) -> tuple[np.ndarray, ...]:
    """Embeddings whose k-th direction holds k^-decay of their squared length, biases, and a person's vector."""
    generator = np.random.default_rng(seed)
    lengths = np.arange(1.0, WIDTH + 1) ** (-decay / 2)
    directions, _ = np.linalg.qr(generator.normal(size=(WIDTH, WIDTH)))
    embeddings = (generator.normal(size=(n_films, WIDTH)) * lengths) @ directions.T
    biases = generator.exponential(popularity, n_films)
    vector = (generator.normal(size=WIDTH) * lengths) @ directions.T
    return tuple(array.astype(np.float32) for array in (embeddings, biases, vector))


def by_sorting(scores: np.ndarray, n: int, excluded: np.ndarray | None = None) -> list[int]:
    left_out = np.zeros(len(scores), dtype=bool) if excluded is None else excluded
    order = np.lexsort((np.arange(len(scores)), -scores))
    return [int(row) for row in order if not left_out[row]][:n]


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many films each search finished; the whole catalogue where it scored everything."""
    counted: list[int] = []
    scores = TopFilms.scores

    def counting(self: TopFilms, vector: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        answer = scores(self, vector, rows)
        counted.append(len(answer))
        return answer

    monkeypatch.setattr(TopFilms, "scores", counting)
    monkeypatch.setattr(top_films, "SMALL_CATALOGUE", 1000)
    return counted


class TestTopFilms:
    @pytest.mark.parametrize("decay", [0.0, 1.0, 2.0])
    @pytest.mark.parametrize("n", [1, 20, 300])
    def test_it_finds_what_scoring_everything_finds(self, finished: list[int], decay: float, n: int) -> None:
        embeddings, biases, vector = made(30_000, decay=decay)
        search = TopFilms(embeddings, biases)

        rows, scores = search.best(vector, n)

        everything = embeddings @ vector + biases
        assert rows.tolist() == by_sorting(everything, n)
        np.testing.assert_allclose(scores, everything[rows], rtol=1e-6)

    def test_where_few_directions_matter_it_finishes_few_films(self, finished: list[int]) -> None:
        embeddings, biases, vector = made(30_000, decay=2.0)

        TopFilms(embeddings, biases).best(vector, 20)

        assert sum(finished) < 3_000

    def test_where_all_directions_matter_alike_it_scores_everything(self, finished: list[int]) -> None:
        embeddings, biases, vector = made(30_000, decay=0.0, popularity=0.01)

        TopFilms(embeddings, biases).best(vector, 20)

        assert finished[-1] == 30_000

    def test_films_out_of_the_question_are_never_found(self, finished: list[int]) -> None:
        embeddings, biases, vector = made(30_000, decay=2.0)
        excluded = np.random.default_rng(1).random(30_000) < 0.7

        rows, _ = TopFilms(embeddings, biases).best(vector, 50, excluded=excluded)

        assert rows.tolist() == by_sorting(embeddings @ vector + biases, 50, excluded)

    @pytest.mark.parametrize("decay", [0.0, 2.0])
    def test_films_may_be_compared_by_more_than_the_scores_that_are_told(
        self, finished: list[int], decay: float
    ) -> None:
        embeddings, biases, vector = made(30_000, decay=decay)
        moved = np.random.default_rng(1).normal(0, 3, 30_000).astype(np.float32)

        rows, scores = TopFilms(embeddings, biases).best(vector, 50, moved=moved)

        everything = embeddings @ vector + biases
        assert rows.tolist() == by_sorting(everything + moved, 50)
        np.testing.assert_allclose(scores, everything[rows], rtol=1e-5)

    def test_where_few_are_left_all_of_them_are_found(self, finished: list[int]) -> None:
        embeddings, biases, vector = made(30_000, decay=2.0)
        excluded = np.ones(30_000, dtype=bool)
        excluded[[7, 20_000, 123]] = False

        rows, scores = TopFilms(embeddings, biases).best(vector, 50, excluded=excluded)

        assert sorted(rows.tolist()) == [7, 123, 20_000]
        assert (np.diff(scores) <= 0).all()

    def test_an_empty_vector_leaves_the_biases(self, finished: list[int]) -> None:
        embeddings, biases, _ = made(30_000, decay=2.0)

        rows, scores = TopFilms(embeddings, biases).best(np.zeros(WIDTH, dtype=np.float32), 10)

        assert rows.tolist() == by_sorting(biases, 10)
        np.testing.assert_array_equal(scores, biases[rows])

    def test_equal_films_come_in_the_order_of_their_rows(self, finished: list[int]) -> None:
        embeddings, biases, vector = made(5_000, decay=2.0)
        embeddings[1000:] = embeddings[np.arange(1000, 5_000) % 1000]
        biases[1000:] = biases[np.arange(1000, 5_000) % 1000]

        rows, _ = TopFilms(embeddings, biases).best(vector, 40)

        best = by_sorting((embeddings @ vector + biases)[:1000], 8)
        assert rows.tolist() == [row + 1000 * copy for row in best for copy in range(5)]

    @pytest.mark.parametrize("n_films", [0, 1, 30])
    def test_small_catalogues(self, n_films: int) -> None:
        embeddings, biases, vector = made(n_films, decay=1.0)

        rows, scores = TopFilms(embeddings, biases).best(vector, 20)

        assert rows.tolist() == by_sorting(embeddings @ vector + biases, 20)
        assert len(scores) == min(n_films, 20)

    def test_arrays_that_do_not_go_together_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"\(5, 3\) embeddings and \(4,\) biases"):
            TopFilms(np.zeros((5, 3), np.float32), np.zeros(4, np.float32))


class TestTopNOfMany:
    """`top_n` where it looks at groups first; what it promises of few scores stands in test_serving.py."""

    @given(
        st.integers(0, 2**32 - 1),
        st.integers(1, 40),
        st.sampled_from([3, 100, 100_000]),
        st.booleans(),
    )
    def test_agrees_with_sorting(self, seed: int, n: int, n_values: int, in_order: bool) -> None:
        generator = np.random.default_rng(seed)
        scores = generator.integers(0, n_values, 2_000).astype(np.float32)
        scores = np.sort(scores) if in_order else scores
        excluded = generator.random(2_000) < generator.random()

        assert top_n(scores, n, excluded=excluded).tolist() == by_sorting(scores, n, excluded)
