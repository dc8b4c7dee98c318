"""The measures of lists, by hand; the training that the whole benchmark needs is left out."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.list_quality import STRENGTHS, chosen_strength, last_places, unlikeness
from benchmarks.similar_films import mates, series_mates, similar_quality, tag_mates
from ml.artifact import Artifact
from ml.serving import ServedModel
from tests.ml.builders import make_history_arrays, make_manifest, make_ratings


def test_unlikeness_is_one_less_the_mean_cosine_of_pairs() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert unlikeness(rows) == pytest.approx(2 / 3)


def test_the_chosen_strength_is_the_last_before_the_first_that_costs_a_percent() -> None:
    figures = {str(strength): {"ndcg_at_10": 0.2, "recall_at_20": 0.1} for strength in STRENGTHS}
    figures["scores alone"] = dict(figures["0.0"])
    figures["0.3"]["recall_at_20"] = 0.0989
    assert chosen_strength(figures) == 0.2
    figures["0.1"]["ndcg_at_10"] = 0.1979
    assert chosen_strength(figures) == 0.0


def test_the_last_places_are_those_of_the_newest_ratings() -> None:
    ratings = make_ratings([(0, 1, 3, 50), (1, 2, 4, 10), (0, 3, 2, 70), (0, 0, 5, 20)], n_reviewers=3)
    assert sorted(last_places(ratings, 2).tolist()) == [0, 1, 2]
    assert last_places(ratings, 0).tolist() == []


def test_mates_are_all_who_share_a_group_but_oneself() -> None:
    assert mates([[1, 2], [2, 3], [4]]) == {1: {2}, 2: {1, 3}, 3: {2}}
    assert series_mates(np.array([0, -1, 0, -1, 1])) == {0: {2}, 2: {0}}


def test_tags_of_a_single_film_or_of_very_many_tell_nothing(tmp_path: Path) -> None:
    lines = [f"1,{film},{tag},0" for film, tag in ((5, "Space"), (6, " space"), (7, "alone"), (99, "space"))]
    lines += [f"1,{film},everything,0" for film in range(100, 130)]
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n" + "\n".join(lines) + "\n")
    rows = {str(film): film - 5 for film in (5, 6, 7, *range(100, 130))}

    assert tag_mates(tmp_path, rows) == {0: {1}, 1: {0}}
    assert tag_mates(tmp_path / "none", rows) == {}


def test_similar_films_are_found_where_vectors_say_so() -> None:
    """Film 0 and 1 are one series and next to each other in what is served, but not in the ranking's embeddings."""
    arrays = make_history_arrays(n_movies=40)
    arrays["similarity_embeddings"] *= 0.1
    arrays["similarity_embeddings"][:2] = 1
    arrays["ranking_embeddings"][0] = -arrays["ranking_embeddings"][1]
    arrays["rating_counts"][:] = 3
    model = ServedModel(Artifact(Path("made"), make_manifest(), arrays))

    figures = similar_quality(model, {"series": {0: {1}, 1: {0}}})

    assert figures["served"]["series 0-5"] == 1
    assert figures["cosine by count"]["series 0-5"] == 0
    assert "series 31+" not in figures["served"]
    assert figures["popular"]["different"] < 0.2
