"""The active model of a process: opened once, swapped whole, under many threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from recommendations import active_model as module
from recommendations.active_model import active_model
from recommendations.models import ModelVersion
from recommendations.registry import activate
from recommendations.services import picks_for_history
from tests.recommendations.planted import plant_active, plant_artifact, tastes_of

pytestmark = pytest.mark.both_databases


@pytest.mark.django_db
def test_without_an_active_version_there_is_none(films):
    plant_artifact("v1", tastes_of(films))
    ModelVersion.objects.create(version="v1", state=ModelVersion.State.RETIRED)
    assert active_model() is None


@pytest.mark.django_db
def test_a_version_is_opened_once_and_then_costs_one_query(active, monkeypatch, django_assert_num_queries):
    opened = []
    monkeypatch.setattr(module, "open_model", lambda path: opened.append(path) or OPEN(path))
    first = active_model()
    with django_assert_num_queries(1):
        assert active_model() is first
    assert [path.name for path in opened] == ["v1"]


@pytest.mark.django_db
def test_arrays_are_mapped_from_the_files_and_cannot_be_written(active):
    counts = active_model().rating_counts
    assert not counts.flags.writeable
    assert not counts.flags.owndata


@pytest.mark.django_db
def test_a_refused_version_is_tried_again_later(films, monkeypatch):
    ModelVersion.objects.create(version="late", state=ModelVersion.State.ACTIVE)
    assert active_model() is None
    plant_artifact("late", tastes_of(films))
    assert active_model() is None
    monkeypatch.setattr(module, "RETRY_REFUSED_AFTER", 0.0)
    assert active_model().version == "late"


@pytest.mark.django_db(transaction=True)
def test_no_answer_under_load_fails_or_mixes_two_versions(films, monkeypatch):
    """Eight threads ask while the active version changes; every answer is wholly one version's."""
    history, n = [(films[0].pk, 9), (films[5].pk, 4)], 6
    versions, expected = [], {}
    for name, order, strength in (("one", films, 1.0), ("two", films[::-1], 0.5)):
        versions.append(plant_active(name, tastes_of(order), strength=strength))
        expected[name] = [
            (p.movie.pk, p.score, p.predicted_stars) for p in picks_for_history(history, n=n).picks
        ]
    assert expected["one"] != expected["two"]
    stop, seen, wrong = threading.Event(), set(), []

    def ask():
        try:
            while not stop.is_set():
                answer = picks_for_history(history, n=n)
                seen.add(answer.model_version)
                got = [(p.movie.pk, p.score, p.predicted_stars) for p in answer.picks]
                if got != expected.get(answer.model_version):
                    wrong.append((answer.model_version, got))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask) for _ in range(8)]
        for turn in range(20):
            activate(versions[turn % 2])
            stop.wait(0.05)
        stop.set()
        for future in asking:
            future.result()
    assert not wrong
    assert seen == {"one", "two"}


OPEN = module.open_model
