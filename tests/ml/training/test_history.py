from dataclasses import replace

import numpy as np
import pytest

from ml.baselines import Bias, Popularity
from ml.data.ratings import Ratings
from ml.data.splits import random_split
from ml.evaluation.protocol import evaluate
from ml.scoring import Scorer
from ml.training.history import HistoryScorer
from ml.training.history_training import HistorySettings, _hold_out
from tests.ml.builders import planted_ratings
from tests.ml.scorer_contract import ScorerContract
from tests.ml.training.worlds import NOISE, shuffled, tastes

DEFAULTS = HistorySettings()
UNMEASURED = 10**9


def quick(**changes: object) -> HistorySettings:
    """Narrow, and few epochs whose number is not searched for."""
    return replace(
        DEFAULTS,
        held_out_minimum=UNMEASURED,
        stars=replace(DEFAULTS.stars, embedding_dim=5, epochs_unmeasured=3),
        ranking=replace(DEFAULTS.ranking, embedding_dim=3, epochs_unmeasured=3),
        **changes,
    )


class TestContract(ScorerContract):
    def make_scorer(self) -> Scorer:
        return HistoryScorer(quick())


@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_learns_what_people_like_and_no_more_than_there_is_to_learn(seed: int) -> None:
    """Above the baselines by a margin; below the noise would be a leak."""
    split = random_split(tastes(seed), fraction=0.2, seed=seed)
    bias, popularity = (
        evaluate(baseline.fit(split.train), split.train, split.test) for baseline in (Bias(), Popularity())
    )

    ours = evaluate(HistoryScorer().fit(split.train, seed=seed), split.train, split.test)

    assert NOISE < ours["rmse"] < bias["rmse"] - 0.05
    assert popularity["ndcg_at_10"] + 0.08 < ours["ndcg_at_10"] < 0.75


def test_learns_nothing_where_there_is_nothing() -> None:
    split = random_split(shuffled(tastes(0), seed=1), fraction=0.2, seed=0)
    bias, popularity = (
        evaluate(baseline.fit(split.train), split.train, split.test) for baseline in (Bias(), Popularity())
    )

    ours = evaluate(HistoryScorer().fit(split.train), split.train, split.test)

    assert ours["rmse"] == pytest.approx(bias["rmse"], abs=0.02)
    assert ours["ndcg_at_10"] == pytest.approx(popularity["ndcg_at_10"], abs=0.03)


@pytest.fixture(scope="module")
def world() -> Ratings:
    """The last 100 of its 360 people are kept from training; its last 8 films nobody has rated."""
    return tastes(3, n_reviewers=360, n_unrated=8)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int, str]]:
    return []


@pytest.fixture(scope="module")
def scorer(world: Ratings, told: list[tuple[str, int, int, str]]) -> HistoryScorer:
    known = world.subset(world.reviewer_indices < 260)
    heads = {name: replace(getattr(DEFAULTS, name), patience=3) for name in ("stars", "ranking")}
    settings = replace(DEFAULTS, **heads)
    return HistoryScorer(settings).fit(known, progress=lambda *event: told.append(event))


def test_films_that_nobody_rated_are_ranked_by_their_content(scorer: HistoryScorer, world: Ratings) -> None:
    """People who gave films of one kind more stars get such unrated films with more stars, and higher up."""
    side = np.array([world.content.tokens(movie).count("taste:more") for movie in range(world.n_movies)])
    unrated = np.arange(world.n_movies - 8, world.n_movies)
    assert 0 < side[unrated].sum() < 8
    likings, stars, ranks = [], [], []
    for reviewer in range(260):
        rows = world.histories.of(reviewer)
        sides = side[world.movie_indices[rows]]
        if len(rows) > 15 and 0 < sides.sum() < len(rows):
            likings.append(_difference(world.stars[rows], sides))
            stars.append(_difference(scorer.predict_stars(np.full(8, reviewer), unrated), side[unrated]))
            ranks.append(_difference(scorer.ranking_scores(reviewer)[unrated], side[unrated]))

    assert len(likings) > 50
    assert np.corrcoef(likings, stars)[0, 1] > 0.5
    assert np.corrcoef(likings, ranks)[0, 1] > 0.5


def _difference(values: np.ndarray, sides: np.ndarray) -> float:
    return float(values[sides == 1].mean() - values[sides == 0].mean())


def test_histories_say_more_the_longer_they_are(scorer: HistoryScorer, world: Ratings) -> None:
    """Of people it has never seen; and the shortest do no harm, with one film it is as good as without."""
    histories = [world.histories.of(reviewer) for reviewer in range(260, 360)]
    long = [rows for rows in histories if len(rows) > 20]
    asked = [rows[12:] for rows in long]
    assert sum(map(len, asked)) > 300

    errors = [_error_of_strangers(scorer, world, [rows[:n] for rows in long], asked) for n in (0, 1, 12)]

    bias = Bias().fit(world.subset(world.reviewer_indices < 260))
    rows = np.concatenate(asked)
    base = bias.predict_stars(np.full(len(rows), -1), world.movie_indices[rows])
    assert errors[0] < np.sqrt(np.square(base - world.stars[rows]).mean()) + 0.03
    assert errors[1] < errors[0] + 0.01
    assert errors[2] < errors[0] - 0.1


def _error_of_strangers(
    scorer: HistoryScorer, world: Ratings, known: list[np.ndarray], asked: list[np.ndarray]
) -> float:
    errors = []
    for history, rows in zip(known, asked, strict=True):
        person = scorer.served_model.person_at(world.movie_indices[history], world.stars[history])
        predicted = scorer.served_model.predicted_stars(person, world.movie_indices[rows])
        errors.append(np.square(predicted - world.stars[rows]))
    return float(np.sqrt(np.concatenate(errors).mean()))


def test_how_long_to_train_is_searched_for_first(
    scorer: HistoryScorer, told: list[tuple[str, int, int, str]]
) -> None:
    stages = list(dict.fromkeys(stage for stage, *_ in told))
    assert stages == ["stars: epochs", "ranking: epochs", "stars", "ranking"]
    for name, epochs in scorer.trained.epochs.items():
        most = getattr(DEFAULTS, name).epochs
        assert 0 < epochs <= most
        assert max(done for stage, done, _, _ in told if stage == f"{name}: epochs") == min(epochs + 3, most)
        after_epochs = dict.fromkeys(event[1:3] for event in told if event[0] == name and event[1])
        assert list(after_epochs) == [(n + 1, epochs) for n in range(epochs)]


def test_much_data_is_not_trained_on_twice() -> None:
    told = []
    settings = replace(quick(), held_out_minimum=1, held_out_maximum=5)
    HistoryScorer(settings).fit(planted_ratings(), progress=lambda stage, *_: told.append(stage))

    assert set(told) == {"stars: epochs", "ranking: epochs"}


@pytest.fixture(scope="module")
def usual() -> HistoryScorer:
    return HistoryScorer(quick()).fit(planted_ratings(), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed_settings",
    [
        quick(beta_2=0.5),
        replace(quick(), stars=replace(quick().stars, longest=4)),
        replace(quick(), stars=replace(quick().stars, learning_rate=0.1)),
        replace(quick(), stars=replace(quick().stars, short_share=1.0)),
        replace(quick(), stars=replace(quick().stars, epochs_unmeasured=6)),
        replace(quick(), stars=replace(quick().stars, history_exponent=0.9)),
        replace(quick(), stars=replace(quick().stars, history_limit=2)),
        replace(quick(), stars=replace(quick().stars, rater_minimum=8)),
        replace(quick(), stars=replace(quick().stars, raters_up_to=100)),
        replace(
            quick(), stars=replace(quick().stars, penalties=replace(quick().stars.penalties, history=50.0))
        ),
    ],
    ids=[
        "beta 2",
        "longest",
        "learning rate",
        "short share",
        "epochs",
        "history exponent",
        "history limit",
        "rater minimum",
        "raters up to",
        "penalty",
    ],
)
def test_every_setting_is_wired(changed_settings: HistorySettings, usual: HistoryScorer) -> None:
    ratings = planted_ratings()
    changed = HistoryScorer(changed_settings).fit(ratings, seed=1)

    pairs = ratings.reviewer_indices, ratings.movie_indices
    difference = np.abs(usual.predict_stars(*pairs) - changed.predict_stars(*pairs)).max()
    assert difference > 1e-6


@pytest.mark.parametrize("changes", [{"half_life": 1.0}, {"ranking_damping": 20.0}], ids=str)
def test_how_much_a_history_says_is_wired(usual: HistoryScorer, changes: dict[str, float]) -> None:
    changed = HistoryScorer(quick(**changes)).fit(planted_ratings(), seed=1)
    assert np.abs(usual.ranking_scores(0) - changed.ranking_scores(0)).max() > 1e-3


@pytest.mark.slow
def test_the_damping_and_the_ridge_of_films_are_wired(usual: HistoryScorer) -> None:
    ratings = planted_ratings()
    pairs = ratings.reviewer_indices, ratings.movie_indices
    changed = HistoryScorer(quick(damping=50.0, movie_ridge=50.0)).fit(ratings, seed=1)

    assert np.abs(usual.ranking_scores(0) - changed.ranking_scores(0)).max() > 1e-3
    (_, before), (_, after) = (scorer.star_intervals(*pairs) for scorer in (usual, changed))
    assert np.mean(before > after) > 0.5


def test_ranking_is_held_out_at_the_end_of_histories_and_of_stars_any_half() -> None:
    ratings = planted_ratings()
    held_out = _hold_out(ratings, 60, seed=3)
    assert 45 <= held_out.stars.sum() <= 60
    newer = []
    for reviewer in np.unique(ratings.reviewer_indices[held_out.stars]):
        mine = ratings.reviewer_indices == reviewer
        hidden, told = (ratings.timestamps[mine & mask] for mask in (held_out.stars, ~held_out.stars))
        assert len(hidden) == np.ceil(mine.sum() / 2)
        newer.append(hidden.min() > told.max(initial=0))
    assert not all(newer)
    assert 45 <= held_out.ranking.sum() <= 60
    for reviewer in np.unique(ratings.reviewer_indices[held_out.ranking]):
        mine = ratings.reviewer_indices == reviewer
        last, before = (ratings.timestamps[mine & mask] for mask in (held_out.ranking, ~held_out.ranking))
        assert len(last) == np.ceil(0.2 * mine.sum())
        assert before.max() < last.min()


@pytest.mark.slow
def test_intervals_hold_what_they_promise_on_ratings_that_training_did_not_see() -> None:
    split = random_split(tastes(4), fraction=0.2, seed=0)
    scorer = HistoryScorer().fit(split.train)
    low, high = scorer.star_intervals(split.test.reviewer_indices, split.test.movie_indices, coverage=0.8)
    assert 0.72 < np.mean((low <= split.test.stars) & (split.test.stars <= high)) < 0.88
