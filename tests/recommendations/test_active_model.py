"""The active model of a process: opened once, swapped whole, under many threads at once."""

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from django.db import connections

from ml.artifact import ArtifactError, read_artifact
from recommendations import active_model as module
from recommendations import checked_artifacts
from recommendations.active_model import active_model
from recommendations.checked_artifacts import STAMP, read_checked
from recommendations.models import ModelVersion
from recommendations.registry import activate
from tests.ml.folder_damage import DAMAGES, Damage, replace_array
from tests.recommendations.asking import picks_for_history
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


def make_active_past_every_check(version):
    ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).update(state=ModelVersion.State.RETIRED)
    ModelVersion.objects.create(version=version, state=ModelVersion.State.ACTIVE)


@pytest.mark.django_db
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_version_is_refused_in_a_sentence_and_the_one_before_stays(
    active, films, damage: Damage, caplog
):
    """Also where it was sound, and served, before: the damage came after the check."""
    before = active_model()
    folder = plant_artifact("v2", tastes_of(films))
    read_checked(folder, again=True)
    damage(folder, "manifest.json", "ranking_embeddings")
    make_active_past_every_check("v2")

    assert active_model() is before
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("The active model v2 is not served: ")
    assert DAMAGES[damage] in said
    assert "\n" not in said
    with pytest.raises(ArtifactError):
        activate(ModelVersion.objects.get(version="v2"))


@pytest.mark.django_db
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("array", ["ranking_embeddings", "movie_variances", "global_mean"])
def test_a_version_with_a_number_that_is_none_is_refused(active, films, array, value, caplog):
    """Its checksums are right: a program that checks nothing wrote it."""
    before = active_model()
    folder = plant_artifact("v2", tastes_of(films))
    content = np.array(read_artifact(folder).arrays[array])
    content[(-1,) * content.ndim] = value
    replace_array(folder, "manifest.json", array, content)
    make_active_past_every_check("v2")

    assert active_model() is before
    assert f"The array {array} holds values that are not finite numbers" in caplog.text
    with pytest.raises(ArtifactError, match=f"{array} holds values that are not finite"):
        activate(ModelVersion.objects.get(version="v2"))


@pytest.fixture
def checked(monkeypatch):
    """Which folders were read whole, byte by byte."""
    folders = []

    def reading(path, *, verify=True):
        folders.extend([path.name] if verify else [])
        return read_artifact(path, verify=verify)

    monkeypatch.setattr(checked_artifacts, "read_artifact", reading)
    return folders


class TestCheckedOnce:
    @pytest.mark.django_db
    def test_what_was_made_active_is_not_read_whole_again_by_who_serves_it(self, films, checked):
        plant_artifact("v1", tastes_of(films))
        activate(ModelVersion.objects.create(version="v1"))
        assert checked == ["v1"]
        assert active_model().version == "v1"
        assert checked == ["v1"]

    def test_making_active_reads_whole_whatever_the_stamp_says(self, tmp_path, checked):
        folder = plant_artifact("v1", {1: "space"}, path=tmp_path / "v1")
        for _ in range(2):
            read_checked(folder, again=True)
        assert checked == ["v1", "v1"]

    @pytest.mark.parametrize("change", ["touch", "copy", "replace", "new file", "no stamp", "bad stamp"])
    def test_what_changed_in_whatever_way_is_read_whole_again(self, tmp_path, checked, change):
        folder = plant_artifact("v1", {1: "space"}, path=tmp_path / "v1")
        file, sound = folder / "movie_ids.npy", (folder / "movie_ids.npy").read_bytes()
        read_checked(folder)
        read_checked(folder)
        assert checked == ["v1"]
        if change == "touch":
            file.touch()
        elif change == "copy":
            folder = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "v1"))
        elif change == "replace":
            (tmp_path / "new").write_bytes(sound)
            (tmp_path / "new").replace(file)
        elif change == "new file":
            (folder / "more.npy").write_bytes(sound)
        elif change == "no stamp":
            (folder / STAMP).unlink()
        elif change == "bad stamp":
            (folder / STAMP).write_bytes(b"[")
        read_checked(folder)
        assert checked == ["v1", "v1"]

    def test_a_write_that_keeps_size_and_time_is_seen(self, tmp_path, checked):
        folder = plant_artifact("v1", {1: "space", 2: "romance"}, path=tmp_path / "v1")
        read_checked(folder)
        file = folder / "ranking_embeddings.npy"
        before = file.stat()
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        with pytest.raises(ArtifactError, match="checksum"):
            read_checked(folder)

    def test_what_is_not_sound_gets_no_stamp(self, tmp_path):
        folder = plant_artifact("v1", {1: "space"}, path=tmp_path / "v1")
        (folder / "movie_ids.npy").write_bytes(b"")
        for _ in range(2):
            with pytest.raises(ArtifactError):
                read_checked(folder)
        assert not (folder / STAMP).exists()


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
