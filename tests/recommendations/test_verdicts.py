"""The rule by which a model may serve."""

import pytest

from recommendations.verdicts import against_active, against_baselines, outgrown

METRICS = {"ndcg_at_10": 0.20, "rmse": 0.90, "n_test_people": 50}
BASELINES = {"popularity": {"ndcg_at_10": 0.15, "rmse": 1.1}, "bias": {"ndcg_at_10": 0.02, "rmse": 0.95}}


@pytest.mark.parametrize(
    ("changes", "better", "words"),
    [
        ({}, True, "nDCG@10 0.2000 against 0.1500 of popularity, RMSE 0.9000 against 0.9500 of the biases"),
        ({"rmse": 0.95}, True, "Made active"),
        ({"ndcg_at_10": 0.15}, False, "ranks no better than the most popular films"),
        ({"rmse": 0.951}, False, "predicts stars worse than averages do"),
        ({"ndcg_at_10": float("nan")}, False, "ranks no better"),
        ({"rmse": float("nan")}, False, "predicts stars worse"),
    ],
)
def test_better_than_the_baselines(changes, better, words):
    said = against_baselines(METRICS | changes, BASELINES)
    assert said[0] is better
    assert words in said[1]


@pytest.mark.parametrize(("metrics", "baselines"), [({}, BASELINES), (None, BASELINES), (METRICS, {})])
def test_a_model_that_was_not_judged_does_not_serve(metrics, baselines):
    better, decision = against_baselines(metrics, baselines)
    assert better is False
    assert "no newer ratings to judge it on" in decision


def comparison(difference=0.01, interval=(-0.01, 0.03), **changes):
    paired = {"ndcg_difference": difference, "ndcg_interval": list(interval)}
    return {
        "artifact": METRICS,
        "against": METRICS,
        "baselines": BASELINES,
        "paired": paired,
        "n_test_ratings": 500,
        **changes,
    }


@pytest.mark.parametrize(
    ("against", "better", "words"),
    [
        (comparison(), True, "no worse than version v1 (nDCG@10 differs by +0.0100"),
        (comparison(-0.001, (-0.02, 0.02)), True, "no worse than version v1"),
        (comparison(-0.003, (-0.02, 0.02)), False, "worse than version v1, which stays"),
        (comparison(-0.001, (-0.002, -0.0001)), False, "worse than version v1, which stays"),
        (comparison(artifact=METRICS | {"rmse": 1.0}), False, "worse than averages"),
        (comparison(n_test_ratings=99), None, "99 ratings by 50 people are newer than both models, too few"),
        (comparison(artifact=METRICS | {"n_test_people": 19}), None, "too few to compare; version v1 stays"),
        (comparison(artifact=None, paired=None, n_test_ratings=0), None, "0 ratings by 0 people"),
    ],
)
def test_no_worse_than_the_active_version(against, better, words):
    said = against_active(against, "v1")
    assert said[0] is better
    assert words in said[1]


def fit(n_ratings=1_000, known_ratings=1.0, known_films=1.0):
    return {"n_ratings": n_ratings, "known_ratings": known_ratings, "known_films": known_films}


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        (fit(), fit(), None),
        (fit(), fit(known_ratings=0.951, known_films=0.951), None),
        (fit(known_ratings=0.5, known_films=0.5), fit(known_ratings=0.5, known_films=0.5), None),
        (fit(), fit(known_ratings=0.95), "version v1 knows 95% of the ratings, this one 100%"),
        (fit(), fit(known_films=0.2), "version v1 knows 20% of the rated films, this one 100%"),
        (fit(n_ratings=1_499), fit(), None),
        (fit(n_ratings=1_500), fit(), "version v1 learned from 1,000 ratings, this one from 1,500"),
        (fit(n_ratings=600), fit(), "version v1 learned from 1,000 ratings, this one from 600"),
        (fit(n_ratings=1_500), fit(n_ratings=None), None),
    ],
)
def test_whether_the_active_version_fits_the_ratings_there_are(new, old, words):
    assert outgrown({"fit": {"artifact": new, "against": old}}, "v1") == words
