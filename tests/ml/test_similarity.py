import numpy as np
import pytest

from ml.similarity import neighbour_weights, similarity_embeddings

GENRES, TASTES = 4, 3


class Films:
    """Ninety made films of four genres and, across them, three tastes, which only ratings tell: films of one taste were
    rated alike. All embeddings share one large direction, as popularity is. A third have no rating, a third three, and
    what three ratings taught is noise."""

    def __init__(self) -> None:
        generator = np.random.default_rng(3)
        self.genre, self.taste = np.arange(90) % GENRES, np.arange(90) % TASTES
        self.counts = np.repeat([0, 3, 400], 30).astype(np.int32)
        means = generator.normal(0, 1, (TASTES, 8))
        noise = generator.normal(0, 1, (90, 8)) * np.array([0.0, 4.0, 0.1]).repeat(30)[:, None]
        rated = (self.counts > 0)[:, None]
        self.learned = ((means[self.taste] + noise + 5) * rated).astype(np.float32)
        self.content = (generator.normal(0, 1, (GENRES, 6))[self.genre] + 2).astype(np.float32)

    def neighbours(self, film: int, n: int = 7, *, content: bool = True) -> np.ndarray:
        vectors = similarity_embeddings(self.content if content else None, [self.learned], self.counts)
        similarity = vectors @ vectors[film] * neighbour_weights(self.counts)
        similarity[film] = -np.inf
        return np.argsort(-similarity)[:n]


@pytest.fixture(scope="module")
def films() -> Films:
    return Films()


@pytest.mark.parametrize("film", [60, 61, 73, 89])
def test_well_known_films_are_near_those_rated_alike_of_their_genre(films: Films, film: int) -> None:
    nearest = films.neighbours(film, 2)

    assert (films.taste[nearest] == films.taste[film]).all()
    assert (films.genre[nearest] == films.genre[film]).all()
    assert (films.counts[nearest] == 400).all()


@pytest.mark.parametrize("film", [0, 1, 17, 29])
def test_films_without_ratings_are_near_what_has_their_content(films: Films, film: int) -> None:
    assert (films.genre[films.neighbours(film)] == films.genre[film]).all()


@pytest.mark.parametrize("film", [30, 31, 44, 59])
def test_films_with_three_ratings_get_no_random_neighbours(films: Films, film: int) -> None:
    assert (films.genre[films.neighbours(film)] == films.genre[film]).all()


def test_alone_what_ratings_taught_tells_the_tastes(films: Films) -> None:
    nearest = films.neighbours(62, content=False)
    assert (films.taste[nearest] == films.taste[62]).all()


def test_of_equals_the_better_known_comes_first() -> None:
    content = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32)
    counts = np.array([0, 10, 1000, 5], dtype=np.int32)
    learned = np.zeros((4, 2), dtype=np.float32)

    vectors = similarity_embeddings(content, [learned], counts)
    similarity = vectors @ vectors[0] * neighbour_weights(counts)

    assert np.argsort(-similarity[1:]).tolist() == [1, 0, 2]


def test_similarities_are_as_stated_and_never_above_one(films: Films) -> None:
    vectors = similarity_embeddings(None, [films.learned, films.learned[:, ::-1]], films.counts)
    shares = films.counts / films.counts.sum()
    centred = films.learned - shares @ films.learned
    one, other = centred[70], centred[35]
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)

    assert vectors[70] @ vectors[35] == pytest.approx(0.6 * (400 / 420 * 3 / 23) ** 0.5 * cosine, abs=1e-5)
    assert (vectors @ vectors.T).max() <= 1


def test_vectors_are_narrow_and_keep_their_products() -> None:
    generator = np.random.default_rng(0)
    basis = generator.normal(0, 1, (20, 90))
    learned = [(generator.normal(0, 1, (200, 20)) @ basis).astype(np.float32) for _ in range(3)]
    counts = generator.integers(0, 90, 200).astype(np.int32)

    together = similarity_embeddings(None, learned, counts)
    apart = [similarity_embeddings(None, [part], counts) for part in learned]

    assert together.shape == (200, 64)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together @ together.T, sum(part @ part.T for part in apart) / 3, atol=1e-5)


@pytest.mark.parametrize("n_movies", [0, 1, 2])
def test_hardly_any_films_are_no_error(n_movies: int) -> None:
    for content in (
        None,
        np.zeros((n_movies, 3), dtype=np.float32),
        np.ones((n_movies, 3), dtype=np.float32),
    ):
        counts = np.zeros(n_movies, dtype=np.int32)
        vectors = similarity_embeddings(content, [np.zeros((n_movies, 2), dtype=np.float32)], counts)
        assert vectors.shape[0] == n_movies
        assert np.isfinite(vectors).all()
        assert not vectors.any()
