import numpy as np
import pytest

from ml.data.ratings import NO_TIMESTAMP, Content, Scale
from tests.ml.builders import make_ratings


@pytest.mark.parametrize(
    ("stars", "expected"),
    [
        ([1, 5, 3, 2], Scale(1.0, 5.0, 1.0)),
        ([0.5, 4.0, 3.0, 3.5], Scale(0.5, 4.0, 0.5)),
        ([3, 3, 3], Scale(3.0, 3.0, 1.0)),
        ([0.1, 0.2, 0.4], Scale(0.1, 0.4, 0.1)),
    ],
)
def test_reads_the_scale_from_the_stars_in_use(stars: list[float], expected: Scale) -> None:
    scale = Scale.from_stars(np.array(stars, dtype=np.float32))

    assert (scale.minimum, scale.maximum, scale.step) == pytest.approx(
        (expected.minimum, expected.maximum, expected.step), abs=1e-6
    )


def test_no_stars_have_no_scale() -> None:
    with pytest.raises(ValueError, match="No stars"):
        Scale.from_stars(np.array([]))


def test_clips_to_the_scale_as_float32() -> None:
    clipped = Scale(0.5, 4.0, 0.5).clip(np.array([-3.0, 2.2, 9.0]))

    assert clipped == pytest.approx([0.5, 2.2, 4.0])
    assert clipped.dtype == np.float32


def test_histories_run_from_oldest_to_newest_with_unknown_times_first() -> None:
    ratings = make_ratings(
        [(2, 0, 3, 50), (0, 4, 1, 90), (0, 1, 2, 70), (0, 3, 4, NO_TIMESTAMP), (0, 2, 5, 70)],
        n_reviewers=4,
        n_movies=6,
    )

    histories = ratings.histories

    assert ratings.movie_indices[histories.of(0)].tolist() == [3, 1, 2, 4]
    assert histories.of(1).tolist() == []
    assert histories.of(2).tolist() == [0]
    assert histories.of(-1).tolist() == []
    assert histories.counts.tolist() == [4, 0, 1, 0]


@pytest.mark.parametrize("chosen", [np.array([False, True, True]), np.array([1, 2]), [1, 2]])
def test_a_subset_keeps_vocabularies_and_columns_together(chosen: object) -> None:
    ratings = make_ratings([(0, 1, 5, 10), (1, 0, 2, 20), (2, 1, 3, 30)], n_reviewers=9, n_movies=4)

    subset = ratings.subset(chosen)  # type: ignore[arg-type]

    assert subset.stars.tolist() == [2.0, 3.0]
    assert subset.timestamps.tolist() == [20, 30]
    assert subset.reviewer_indices.tolist() == [1, 2]
    assert (subset.n_reviewers, subset.n_movies, len(subset)) == (9, 4, 2)


def test_a_subset_may_be_empty() -> None:
    assert len(make_ratings([(0, 0, 3)]).subset([])) == 0


def test_refuses_columns_of_different_lengths() -> None:
    ratings = make_ratings([(0, 1, 5), (1, 0, 2)])

    with pytest.raises(
        ValueError, match=r"timestamps must be int64 of shape \(2,\), not int64 of shape \(1,\)"
    ):
        type(ratings)(
            reviewer_indices=ratings.reviewer_indices,
            movie_indices=ratings.movie_indices,
            stars=ratings.stars,
            timestamps=ratings.timestamps[:1],
            n_reviewers=2,
            n_movies=2,
            scale=ratings.scale,
        )


def test_refuses_content_of_other_movies() -> None:
    with pytest.raises(ValueError, match="Content describes 1 movies, not 2"):
        make_ratings([(0, 1, 5)], content=Content.from_tokens([["genre:Drama"]]))


def test_content_holds_a_set_of_tokens_for_each_movie() -> None:
    content = Content.from_tokens(
        [["genre:War", "decade:1990", "genre:War"], [], ["genre:Drama", "genre:War"]]
    )

    assert content.names == ["decade:1990", "genre:Drama", "genre:War"]
    assert content.indptr.tolist() == [0, 2, 2, 4]
    assert [content.tokens(movie) for movie in range(3)] == [
        ["decade:1990", "genre:War"],
        [],
        ["genre:Drama", "genre:War"],
    ]


def test_pair_keys_are_equal_exactly_where_pairs_are() -> None:
    ratings = make_ratings([(0, 3, 1), (1, 0, 1), (0, 0, 1), (1, 3, 1)], n_movies=4)

    assert len(set(ratings.pair_keys.tolist())) == 4
