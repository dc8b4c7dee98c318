"""Questions are checked against the long way: rating the film, and looking at what became of the person."""

import numpy as np
import pytest

from ml.people import Person
from ml.questions import LIST_LENGTH, Questionnaire, QuestionSettings
from ml.serving import ServedModel, top_n
from tests.ml.builders import make_history_arrays
from tests.ml.test_serving import history, make_model

ALL = QuestionSettings(asked=60, judged=60)


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    arrays = make_history_arrays(n_movies=60, stars_width=6, ranking_width=5)
    arrays["rating_counts"] = np.arange(1, 61, dtype=np.int32)[::-1].copy()
    return arrays


@pytest.fixture
def model(arrays: dict[str, np.ndarray]) -> ServedModel:
    return make_model(arrays)


@pytest.fixture
def questions(model: ServedModel) -> Questionnaire:
    return Questionnaire(model, settings=ALL)


@pytest.fixture
def person(model: ServedModel) -> Person:
    return model.person(history(model, 7))


def rated_too(model: ServedModel, person: Person, row: int, stars: float) -> Person:
    base = model.global_mean + person.arrays["movie_biases"][person.movie_indices]
    rows, given = np.append(person.movie_indices, row), np.append(person.deviations + base, stars)
    return model.person_at(rows, given.astype(np.float32))


def two_answers(model: ServedModel, person: Person, row: int) -> list[Person]:
    """The person with one more film, rated a standard deviation below and above what is expected."""
    rows, arrays = np.array([row]), person.arrays
    level = model.global_mean + arrays["movie_biases"][row]
    expected = level + arrays["movie_embeddings"][row] @ person.taste.mean
    reach = model.stars_deviation(person, rows)[0] / arrays["deviation_scale"]
    return [rated_too(model, person, row, stars) for stars in (expected - reach, expected + reach)]


def softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores.astype(np.float64))
    return exponentials / exponentials.sum()


def unrated(person: Person) -> list[int]:
    return [row for row in range(60) if row not in person.movie_indices]


def test_what_an_answer_teaches_is_the_variance_that_it_takes_away(arrays: dict[str, np.ndarray]) -> None:
    arrays["movie_variances"][:] = 0
    model = make_model(arrays)
    person, vectors = model.person(history(model, 7)), arrays["movie_embeddings"]
    likely = softmax(model.ranking_scores(person))

    def variance(of: Person) -> float:
        return float(likely @ np.einsum("ij,jk,ik->i", vectors, of.taste.covariance, vectors))

    taught = Questionnaire(model, settings=ALL).taught(person)

    for row in unrated(person):
        after = variance(rated_too(model, person, row, 3.0))
        assert taught[row] == pytest.approx(1 - after / variance(person), rel=1e-3)


def test_a_film_that_is_uncertain_itself_teaches_less(arrays: dict[str, np.ndarray]) -> None:
    person_of = [make_model(arrays | {"movie_variances": np.full(60, v, dtype=np.float32)}) for v in (0, 4)]
    sure, unsure = (Questionnaire(m, settings=ALL).taught(m.person(history(m, 7))) for m in person_of)

    assert (unsure < sure).all()


@pytest.mark.parametrize("n", [0, 1, 7])
def test_how_far_an_answer_moves_the_ranking(model: ServedModel, questions: Questionnaire, n: int) -> None:
    person = model.person(history(model, n))
    before = softmax(model.ranking_scores(person))

    moved = questions.moved(person)

    for row in unrated(person):
        after = [softmax(model.ranking_scores(each)) for each in two_answers(model, person, row)]
        divergences = [float((each * np.log(each / before)).sum()) for each in after]
        assert moved[row] == pytest.approx(np.mean(divergences), rel=1e-3, abs=1e-5)


def test_change_is_the_share_of_the_list_that_two_answers_exchange(
    model: ServedModel, questions: Questionnaire, person: Person
) -> None:
    hidden = np.array(unrated(person)[:4])
    for row in unrated(person)[4:]:
        out = np.concatenate([person.movie_indices, hidden, [row]])
        now = top_n(model.ranking_scores(person), LIST_LENGTH, excluded=out)
        then = [
            top_n(model.ranking_scores(each), LIST_LENGTH, excluded=out)
            for each in two_answers(model, person, row)
        ]
        exchanged = np.mean([1 - np.isin(now, each).mean() for each in then])
        assert questions.change(person, row, hidden=hidden) == pytest.approx(exchanged)


def test_nothing_changes_in_a_list_without_films(model: ServedModel, questions: Questionnaire) -> None:
    assert questions.change(model.person([]), 0, hidden=np.arange(60)) == 0


def test_it_asks_about_what_is_worth_most(questions: Questionnaire, person: Person) -> None:
    nothing = np.empty(0, dtype=np.int64)
    worth = questions.chances(person, nothing) * (questions.taught(person) + questions.moved(person))
    worth[person.movie_indices] = -1

    (question,) = questions.best(person)

    assert question.movie_index == worth.argmax()
    assert question.chance == questions.chances(person, nothing)[question.movie_index]
    assert questions.best(person) == [question]
    rest = questions.best(person, 100)
    assert [each.movie_index for each in rest] == np.argsort(-worth, kind="stable")[: len(rest)].tolist()
    assert len(rest) == 53


def test_every_weight_moves_the_choice(model: ServedModel, person: Person) -> None:
    not_seen = np.array(unrated(person)[:5])

    def asked(**changes: float) -> list[int]:
        """Ten questions, none of them answered."""
        questions = Questionnaire(model, settings=QuestionSettings(**{"asked": 40, "judged": 60} | changes))
        films = list(not_seen)
        for _ in range(10):
            (question,) = questions.best(person, not_seen=np.array(films))
            films.append(question.movie_index)
        return films

    usual = asked()
    for changes in (
        {"films_seen": 2.0},
        {"not_seen": 0.0},
        {"stars": 0.0},
        {"ranking": 0.0},
        {"judged": 45},
        {"asked": 25},
    ):
        assert asked(**changes) != usual, changes


def test_it_never_asks_what_it_knows_or_shall_not_ask(
    model: ServedModel, arrays: dict[str, np.ndarray], person: Person
) -> None:
    gone = np.zeros(60, dtype=np.bool_)
    gone[20:25] = True
    arrays["rating_counts"][30:35] = 0
    questions = Questionnaire(model, gone=gone, settings=ALL)
    not_seen, closed = [unrated(person)[0]], np.array([unrated(person)[1]])
    while found := questions.best(person, not_seen=np.array(not_seen), closed=closed):
        not_seen.append(found[0].movie_index)

    assert len(set(not_seen)) == len(not_seen)
    never = {*range(20, 25), *range(30, 35), *person.movie_indices.tolist(), *closed.tolist()}
    assert set(not_seen) == set(range(60)) - never


def test_the_best_known_films_are_asked_about(model: ServedModel, person: Person) -> None:
    questions = Questionnaire(model, settings=QuestionSettings(asked=9, judged=30))
    asked: list[int] = []
    while found := questions.best(person, not_seen=np.array(asked, dtype=np.int64)):
        asked.append(found[0].movie_index)

    assert set(asked) == set(range(9)) - set(person.movie_indices.tolist())


def test_whoever_has_not_seen_a_film_is_less_likely_to_have_seen_films_like_it(
    arrays: dict[str, np.ndarray],
) -> None:
    taste = np.where(np.arange(60)[:, None] < 20, [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
    arrays |= {"ranking_embeddings": taste, "ranking_history_embeddings": taste}
    arrays["ranking_residual_embeddings"] = np.zeros((60, 2), dtype=np.float32)
    model = make_model(arrays)
    questions, stranger = Questionnaire(model, settings=ALL), model.person([])
    usual = questions.chances(stranger, np.empty(0, dtype=np.int64))

    chances = questions.chances(stranger, np.array([3, 4]))

    assert (chances[:20] < usual[:20]).all()
    assert (chances[20:] > usual[20:]).all()
    assert ((usual > 0) & (usual < 1)).all()


def test_how_well_it_knows_somebody_grows_with_what_they_rated(
    model: ServedModel, questions: Questionnaire
) -> None:
    known = [questions.known(model.person(history(model, n))) for n in (0, 2, 10, 50)]

    assert known[0] == pytest.approx(0, abs=1e-6)
    assert known == sorted(known)
    assert 0.5 < known[-1] < 1


def test_a_model_of_no_rated_films_has_no_question(arrays: dict[str, np.ndarray]) -> None:
    model = make_model(arrays | {"rating_counts": np.zeros(60, dtype=np.int32)})

    questions = Questionnaire(model)

    assert questions.best(model.person([])) == []
    assert questions.known(model.person(history(model, 3))) == 0


def test_films_are_asked_about_only_if_answers_are_judged_by_them(model: ServedModel) -> None:
    with pytest.raises(ValueError, match="are among those"):
        Questionnaire(model, settings=QuestionSettings(asked=9, judged=8))
