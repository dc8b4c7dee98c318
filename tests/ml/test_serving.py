import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.artifact import Artifact, ArtifactError, write_artifact
from ml.people import Person
from ml.serving import MAXIMUM_HISTORY, ServedModel
from ml.top_films import top_n
from tests.ml.builders import make_history_arrays, make_manifest


def make_model(arrays: dict[str, np.ndarray] | None = None, **manifest: Any) -> ServedModel:
    arrays = make_history_arrays() if arrays is None else arrays
    return ServedModel(Artifact(Path("made"), make_manifest(**manifest), arrays))


def three_films() -> ServedModel:
    """Films 10, 20, 30; people of two numbers for stars, their average first, so that a page of paper is enough.

    What films say is divided by n^1/4, beyond two by n / 2^3/4.
    """

    def of(*values: Any) -> np.ndarray:
        return np.array(values, dtype=np.float32)

    return make_model(
        {
            "movie_ids": np.array([10, 20, 30]),
            "global_mean": np.array(3.0, dtype=np.float32),
            "damping": np.array(2.0, dtype=np.float32),
            "movie_biases": of(0.5, -0.5, 0.0),
            "movie_embeddings": of([1, 1], [1, -1], [1, 2]),
            "history_embeddings": of([0.1, 0.4], [0.05, 0.1], [7, 7]),
            "residual_embeddings": of([0.1, 0.0], [0.1, -0.2], [7, 7]),
            "prior_mean": of(-0.1, -0.2),
            "prior_averages": of(0.5, 0.2),
            "lean": np.array(0.05, dtype=np.float32),
            "history_exponent": np.array(0.25, dtype=np.float32),
            "history_limit": np.array(2, dtype=np.int32),
            "noise_variance": np.array(2.0, dtype=np.float32),
            "movie_variances": of(9, 9, 0.5),
            "deviation_scale": np.array(2.0, dtype=np.float32),
            "ranking_biases": of(3, 2, 1),
            "ranking_embeddings": of([1, 0], [0, 1], [1, 1]),
            "ranking_history_embeddings": of([1, 2], [3, 4], [5, 6]),
            "ranking_residual_embeddings": of([2, 0], [0, 2], [1, 1]),
            "similarity_embeddings": of([0.6, 0], [0, 0.8], [0.5, 0.5]),
            "ranking_half_life": np.array(1.0, dtype=np.float32),
            "ranking_damping": np.array(0.5, dtype=np.float32),
            "rating_counts": np.array([20, 60, 0], dtype=np.int32),
        },
        scale={"minimum": 0.5, "maximum": 4.6, "step": 0.5},
    )


ROOT = 2**0.25


class TestByHand:
    """Someone gave film 10 4.5 stars and then film 20 two.

    Deviations from mean + film: 4.5 - 3.5 = 1 and 2 - 2.5 = -0.5. For stars A = 1 + ((1, 1), (1, -1))^2 / 2 = 2, so
    that half of everything counts: of the prior, of Y + d X over the fourth root of 2, which is (0.2, 0.4) of film 10
    and (0, 0.2) of film 20, and of half of V times the deviation.
    For ranking b = 0.5 / (2 + 2) = 0.125, so the residuals are 0.875 and -0.625; the weights are 1/2 and 1 over the
    root of 1/2 + 5/4.
    """

    @pytest.fixture
    def model(self) -> ServedModel:
        return three_films()

    @pytest.fixture
    def person(self, model: ServedModel) -> Person:
        return model.person([(10, 4.5), (20, 2.0)])

    def test_person(self, person: Person) -> None:
        assert len(person) == 2
        assert person.known_movie_ids.tolist() == [10, 20]
        assert person.deviations == pytest.approx([1.0, -0.5])
        assert person.bias == pytest.approx(0.125)
        assert person.residuals == pytest.approx([0.875, -0.625])

    def test_predicted_stars(self, model: ServedModel, person: Person) -> None:
        """0.1 is expected of averages after the first rating, 0.4 before it; 0.05 is the lean. Of somebody more
        generous, film 30 would come to a little more than the scale has."""
        average = (0.1 + 0.2 / ROOT + 0.25) / 2
        liking = (-0.2 + 0.6 / ROOT + 0.75) / 2

        predicted = model.predicted_stars(person)

        assert predicted == pytest.approx(
            [3.55 + average + liking, 2.55 + average - liking, 3.05 + average + 2 * liking]
        )
        assert model.predicted_stars(person, np.array([2, 0])) == pytest.approx(predicted[[2, 0]])
        generous = model.person([(10, 4.6), (20, 0.5)])
        assert model.predicted_stars(generous, np.array([2])) == pytest.approx([4.6])

    def test_stars_base_and_shares(self, model: ServedModel, person: Person) -> None:
        """What is expected of anybody is in the base: half of -0.2 times the film's second number."""
        average = (0.1 + 0.2 / ROOT + 0.25) / 2
        by_film = np.array([0.4 / ROOT + 0.5, 0.2 / ROOT + 0.25]) / 2

        assert model.stars_base(person) == pytest.approx([3.45 + average, 2.65 + average, 2.85 + average])
        assert model.stars_shares(person, np.array([1, 2])) == pytest.approx(
            np.array([-by_film, 2 * by_film])
        )
        assert model.stars_of_unknown(person) == pytest.approx(3.05 + average)

    def test_of_a_stranger_another_average_is_expected(self, model: ServedModel) -> None:
        assert model.predicted_stars(model.person([]), np.array([1])) == pytest.approx([2.55 + 0.4 + 0.2])

    def test_beyond_the_limit_films_say_no_more_than_at_it(self, model: ServedModel) -> None:
        """With film 30, rated as expected, V'V is ((3, 2), (2, 6)): A = ((2.5, 1), (1, 4)), the inverse of which is
        ((4, -1), (-1, 2.5)) / 9. Its Y is (7, 7)."""
        person = model.person([(10, 4.5), (20, 2.0), (30, 3.0)])
        pull = np.array([0.1 + 7.2 * 2**0.75 / 3 + 0.25, -0.2 + 7.6 * 2**0.75 / 3 + 0.75])

        assert person.taste.mean == pytest.approx(np.array([[4, -1], [-1, 2.5]]) / 9 @ pull)

    def test_how_sure_it_is(self, model: ServedModel, person: Person) -> None:
        """For film 30 of the person (1 + 4) / 2, of the film 0.5, and the noise of 2; a stranger's is 1 + 4."""
        film = np.array([2])
        assert model.stars_deviation(person, film) == pytest.approx([2 * 5**0.5])
        assert model.stars_deviation(model.person([]), film) == pytest.approx([2 * 7.5**0.5])

    def test_ranking(self, model: ServedModel, person: Person) -> None:
        terms = np.array([[0.5 * (1 + 2 * 0.875), 0.5 * 2], [3, 4 - 2 * 0.625]]) / 1.75**0.5
        shares = np.stack([terms[:, 0], terms[:, 1], terms.sum(axis=1)])

        assert model.ranking_base(person).tolist() == [3.0, 2.0, 1.0]
        assert model.ranking_shares(person, np.arange(3)) == pytest.approx(shares)
        assert model.ranking_scores(person) == pytest.approx(np.array([3, 2, 1]) + shares.sum(axis=1))

    def test_similar_is_the_product_with_a_small_handicap_for_the_unknown(self, model: ServedModel) -> None:
        """Products 0.3 and 0.4; 20 ratings take half of the handicap of 5 % away, 60 three quarters."""
        indices, similarity = model.similar(2, 5)

        assert indices.tolist() == [1, 0]
        assert similarity == pytest.approx([0.4 * 0.9875, 0.3 * 0.975])

    def test_similar_leaves_out_itself_the_excluded_and_the_unlike(self, model: ServedModel) -> None:
        assert model.similar(2, 5, exclude=np.array([1]))[0].tolist() == [0]
        assert model.similar(2, 1)[0].tolist() == [1]
        assert model.similar(0, 5)[0].tolist() == [2]  # at right angles to 20


@pytest.fixture
def model() -> ServedModel:
    return make_model(make_history_arrays(n_movies=400, stars_width=24, ranking_width=16))


def history(model: ServedModel, n: int, *, seed: int = 0) -> list[tuple[int, float]]:
    generator = np.random.default_rng(seed)
    ids = generator.choice(model.movie_ids, size=n, replace=n > model.n_movies)
    return list(zip(ids.tolist(), generator.integers(1, 6, n).astype(float).tolist(), strict=True))


@pytest.mark.parametrize("n", [0, 1, 5, 300])
def test_base_and_shares_add_up_to_the_scores(model: ServedModel, n: int) -> None:
    person = model.person(history(model, n))
    everything = np.arange(model.n_movies)

    ranking = model.ranking_base(person) + model.ranking_shares(person, everything).sum(axis=1)
    stars = model.stars_base(person) + model.stars_shares(person, everything).sum(axis=1)

    assert len(person) == n
    np.testing.assert_allclose(ranking, model.ranking_scores(person), atol=1e-4)
    np.testing.assert_allclose(model.scale.clip(stars), model.predicted_stars(person), atol=1e-4)


def test_the_best_ranked_are_those_with_the_highest_scores() -> None:
    """Of a catalogue so large that most scores are never worked out."""
    model = make_model(make_history_arrays(n_movies=25_000, ranking_width=24))
    person = model.person(history(model, 30))
    excluded = np.zeros(model.n_movies, dtype=bool)
    excluded[person.movie_indices] = True

    rows, scores = model.best_ranked(person, 50, excluded=excluded)

    everything = model.ranking_scores(person)
    assert rows.tolist() == top_n(everything, 50, excluded=excluded).tolist()
    np.testing.assert_allclose(scores, everything[rows], atol=1e-5)


def test_a_stranger_gets_the_base_alone(model: ServedModel) -> None:
    stranger = model.person([])

    assert len(stranger) == 0
    assert stranger.bias == 0
    np.testing.assert_array_equal(model.ranking_scores(stranger), model.ranking_base(stranger))
    np.testing.assert_allclose(
        model.predicted_stars(stranger), model.scale.clip(model.stars_base(stranger)), atol=1e-5
    )
    assert model.ranking_shares(stranger, np.array([3, 4])).shape == (2, 0)


def test_unknown_films_change_nothing(model: ServedModel) -> None:
    known = history(model, 7)

    with_unknown = model.person([(6, 1.0), *known[:3], (-1, 5.0), *known[3:], (10**12, 2.0)])

    np.testing.assert_array_equal(
        model.ranking_scores(with_unknown), model.ranking_scores(model.person(known))
    )
    assert model.person([(6, 1.0)]).known_movie_ids.tolist() == []


def test_the_last_rating_of_a_film_wins(model: ServedModel) -> None:
    person = model.person([(5, 1.0), (12, 4.0), (5, 5.0)])

    assert person.known_movie_ids.tolist() == [12, 5]
    np.testing.assert_array_equal(person.residuals, model.person([(12, 4.0), (5, 5.0)]).residuals)


def test_a_person_is_worked_out_once_however_much_is_asked(
    model: ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    inverted = []
    invert = np.linalg.inv
    monkeypatch.setattr(np.linalg, "inv", lambda matrix: (inverted.append(1), invert(matrix))[1])
    person, rows = model.person(history(model, 9)), np.arange(5)

    for _ in range(2):
        model.predicted_stars(person, rows)
        model.stars_deviation(person, rows)
        model.stars_shares(person, rows)
        model.stars_base(person)
        model.stars_of_unknown(person)

    assert len(inverted) == 1
    assert person.ranking_terms is person.ranking_terms


def test_only_the_last_two_thousand_films_enter() -> None:
    model = make_model(make_history_arrays(n_movies=6000))
    ids = np.random.default_rng(1).permutation(model.movie_ids)[:5000].tolist()
    rated = [(movie_id, 1.0 + movie_id % 5) for movie_id in ids]

    person = model.person(rated)

    assert len(person) == MAXIMUM_HISTORY == 2000
    np.testing.assert_array_equal(
        model.ranking_scores(person), model.ranking_scores(model.person(rated[-2000:]))
    )


def test_it_is_the_surer_the_more_somebody_rated(model: ServedModel) -> None:
    everything = np.arange(model.n_movies)
    deviations = [model.stars_deviation(model.person(history(model, n)), everything) for n in (0, 5, 300)]

    assert (deviations[0] > deviations[1]).all()
    assert (deviations[1] > deviations[2]).all()


@pytest.mark.parametrize("n", [1, 2, 40])
def test_what_others_say_of_a_rated_film_is_what_a_person_without_it_would_be_told(
    model: ServedModel, n: int
) -> None:
    rated = dict(history(model, n))
    person = model.person(rated.items())

    stars, deviations = model.stars_without_each(person)

    assert stars.shape == deviations.shape == (len(rated),)
    assert stars.dtype == deviations.dtype == np.float32
    for place, movie_id in enumerate(person.known_movie_ids.tolist()):
        others = model.person((other, given) for other, given in rated.items() if other != movie_id)
        row = person.movie_indices[[place]]
        assert stars[place] == pytest.approx(model.predicted_stars(others, row)[0], abs=1e-3)
        assert deviations[place] == pytest.approx(model.stars_deviation(others, row)[0], rel=1e-3)


def test_the_order_of_ratings_moves_the_ranking_but_no_stars(model: ServedModel) -> None:
    rated = history(model, 7)
    one, other = model.person(rated), model.person(rated[::-1])

    assert np.abs(model.ranking_scores(one) - model.ranking_scores(other)).max() > 0.1
    np.testing.assert_allclose(model.predicted_stars(one), model.predicted_stars(other), atol=1e-5)


@pytest.mark.parametrize("stars", [1.0, 5.0])
@pytest.mark.parametrize("n", [1, 350])
def test_one_sided_people_get_finite_scores_on_the_scale(model: ServedModel, stars: float, n: int) -> None:
    person = model.person([(movie_id, stars) for movie_id in model.movie_ids[:n].tolist()])

    predicted = model.predicted_stars(person)

    assert np.isfinite(model.ranking_scores(person)).all()
    assert predicted.min() >= 1.0
    assert predicted.max() <= 5.0


def test_stars_outside_the_models_scale_count_as_its_ends(model: ServedModel) -> None:
    outside = model.person([(5, 0.5), (12, 9.0)])

    np.testing.assert_array_equal(outside.residuals, model.person([(5, 1.0), (12, 5.0)]).residuals)


@pytest.mark.parametrize("stars", [float("nan"), float("inf")])
def test_stars_that_are_no_number_are_refused(model: ServedModel, stars: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        model.person([(5, stars)])


def test_predictions_clip_to_a_scale_of_its_own() -> None:
    model = make_model(scale={"minimum": 0.5, "maximum": 4.0, "step": 0.5})

    predicted = model.predicted_stars(model.person([(5, 4.0), (12, 0.5)]))

    assert predicted.max() <= 4.0
    assert predicted.min() >= 0.5


def test_scores_are_float32_and_leave_the_artifact_alone(tmp_path: Path) -> None:
    write_artifact(tmp_path / "v7", manifest=make_manifest(), arrays=make_history_arrays())
    model = ServedModel.open(tmp_path / "v7")
    person = model.person([(5, 4.0)])

    for array in (model.ranking_scores(person), model.predicted_stars(person), model.stars_base(person)):
        assert array.dtype == np.float32
        array[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        model.ranking_base(person)[:] = 0

    assert model.version == "v7"
    assert model.n_movies == 11
    assert model.manifest["metrics"] == {"rmse": 0.9}


@pytest.mark.parametrize("kind", ["dot", "deep", "baseline"])
def test_other_kinds_are_refused_with_a_sentence(tmp_path: Path, kind: str) -> None:
    write_artifact(tmp_path / "other", manifest=make_manifest(kind=kind), arrays={"a": np.zeros(2)})

    with pytest.raises(ArtifactError, match=f'of kind "{kind}", but only artifacts of kind "history"'):
        ServedModel.open(tmp_path / "other")


class TestTopN:
    def test_best_first_with_ties_to_the_lower_index(self) -> None:
        scores = np.array([1, 7, 3, 7, 3, 3], dtype=np.float32)

        assert top_n(scores, 4).tolist() == [1, 3, 2, 4]

    def test_never_returns_the_excluded(self) -> None:
        scores = np.array([5, 4, 3, 2], dtype=np.float32)

        assert top_n(scores, 2, excluded=np.array([0, 2])).tolist() == [1, 3]
        assert top_n(scores, 9, excluded=np.array([True, False, True, False])).tolist() == [1, 3]
        assert top_n(scores, 2, excluded=np.arange(4)).tolist() == []
        assert scores.tolist() == [5, 4, 3, 2]

    def test_none_of_none(self) -> None:
        assert top_n(np.empty(0, dtype=np.float32), 3).tolist() == []
        assert top_n(np.ones(3, dtype=np.float32), 0).tolist() == []

    @given(
        st.lists(st.integers(-3, 3), max_size=30),
        st.integers(0, 35),
        st.sets(st.integers(0, 29), max_size=30),
    )
    def test_agrees_with_sorting(self, values: list[int], n: int, excluded: set[int]) -> None:
        scores = np.array(values, dtype=np.float32)
        mask = np.array([index in excluded for index in range(len(values))], dtype=np.bool_)
        expected = sorted((i for i in range(len(values)) if not mask[i]), key=lambda i: (-values[i], i))[:n]

        assert top_n(scores, n, excluded=mask).tolist() == expected


class TestVariedLists:
    @pytest.fixture
    def person(self, model: ServedModel) -> Person:
        return model.person(history(model, 12))

    def test_the_dial_changes_which_films_are_best_but_no_score(
        self, model: ServedModel, person: Person
    ) -> None:
        counts, scores = model._arrays["rating_counts"], model.ranking_scores(person)
        excluded = np.zeros(model.n_movies, dtype=np.bool_)
        excluded[person.movie_indices] = True
        means = []
        for adventurousness in (-1.0, 0.0, 1.0):
            rows, told = model.best_ranked(person, 40, excluded=excluded, adventurousness=adventurousness)
            means.append(counts[rows].mean())
            np.testing.assert_allclose(told, scores[rows], atol=1e-5)
            assert not excluded[rows].any()
        assert means[0] > means[1] > means[2]

    def test_the_order_follows_the_dial_and_puts_off_what_is_alike(
        self, model: ServedModel, person: Person
    ) -> None:
        rows, scores = model.best_ranked(person, 60)
        as_scored = model.varied(rows, scores, 60, strength=0.0)
        by_dial, told = model.best_ranked(person, 60, adventurousness=0.7)

        assert as_scored.tolist() == list(range(60))
        assert model.varied(by_dial, told, 60, strength=0.0, adventurousness=0.7).tolist() == list(range(60))
        assert model.varied(rows, scores, 10, strength=0.5).tolist() != list(range(10))
        assert len(model.varied(rows, scores, 10, groups=np.zeros(60, dtype=np.int64))) == 2


ODD_HISTORIES = {
    "one film": [(5, 3.0)],
    "one film many times": [(5, 1.0), (5, 5.0)] * 40,
    "all ones": [(5 + 7 * row, 1.0) for row in range(300)],
    "all fives": [(5 + 7 * row, 5.0) for row in range(300)],
    "everything": [(5 + 7 * row, 1.0 + row % 5) for row in range(400)],
    "unknown films only": [(6, 5.0), (13, 1.0)],
    "five thousand": [(5 + 7 * (row % 397), 1.0 + row % 5) for row in range(5000)],
}


@pytest.mark.parametrize("name", ODD_HISTORIES)
def test_strange_people_get_sensible_answers(model: ServedModel, name: str) -> None:
    """Every question has a finite answer within its bounds; nobody is given what they rated."""
    person, everything = model.person(ODD_HISTORIES[name]), np.arange(model.n_movies)
    seen = np.zeros(model.n_movies, dtype=np.bool_)
    seen[person.movie_indices] = True

    stars, deviation = model.predicted_stars(person), model.stars_deviation(person, everything)
    rows, scores = model.best_ranked(person, 200, excluded=seen)
    shown = rows[model.varied(rows, scores, 20)]

    assert 1 <= stars.min() <= stars.max() <= 5
    assert np.isfinite(deviation).all()
    assert (deviation > 0).all()
    assert np.isfinite(model.ranking_shares(person, everything[:9])).all()
    assert not seen[shown].any()
    assert len(set(shown.tolist())) == len(shown) == min(20, model.n_movies - int(seen.sum()))


def test_people_of_one_kind_only_are_not_carried_off_the_scale() -> None:
    """Five hundred films with one and the same vector: the person is as sure of these as can be, and no surer of what
    lies at right angles to them than a stranger is."""
    arrays = make_history_arrays(n_movies=600)
    arrays["movie_embeddings"][:500] = np.array([0.4, 1, 0, 0], dtype=np.float32)
    arrays["movie_embeddings"][500:] = np.array([0, 0, 1, 0], dtype=np.float32)
    model = make_model(arrays)
    person = model.person([(int(movie_id), 5.0) for movie_id in model.movie_ids[:500]])

    of_other_kind = np.arange(500, 600)
    np.testing.assert_allclose(
        model.stars_deviation(person, of_other_kind),
        model.stars_deviation(model.person([]), of_other_kind),
        rtol=1e-4,
    )
    assert np.isfinite(person.taste.mean).all()
    assert np.abs(person.taste.mean).max() < 50


def test_the_longest_history_is_quick() -> None:
    """Five thousand ratings, of which two thousand enter, take milliseconds; the bound leaves room for busy machines
    and fails if the cost were to grow with the square of the ratings."""
    model = make_model(make_history_arrays(n_movies=6000, stars_width=65, ranking_width=64))
    rated = [(movie_id, 1.0 + movie_id % 5) for movie_id in model.movie_ids[:5000].tolist()]
    rows = np.arange(5000, 5020)

    began = time.thread_time()
    person = model.person(rated)
    model.predicted_stars(person, rows)
    model.stars_deviation(person, rows)
    model.stars_shares(person, rows)
    model.ranking_shares(person, rows)

    assert time.thread_time() - began < 0.25
