"""Models change under load: no request fails, no answer mixes two versions, nothing of old ones stays behind."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.picks_client import Client, as_person
from benchmarks.picks_server import Server, environment, make_site, serving
from ml.serving import ServedModel
from moviesite.web.env import BASE_DIR
from tests.ml.folder_damage import truncate
from tests.services.site import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MOVIES, PEOPLE, CLIENTS = 5_000, 6, 4
SWAPS, ANSWERS = 20, 2_000
"""At least; whichever takes longer on this machine."""

PICKS = "/api/v1/recommendations/"


class MadeSite:
    """A made site whose web server has two workers."""

    def __init__(self, var: Path) -> None:
        self.var, self.models = var, var / "models"
        self.people = make_site(var, MOVIES, people=PEOPLE, rated=30)["people"]

    def run(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=BASE_DIR,
            env=environment(self.var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def force_active(self, version: str) -> None:
        """Past every check, as a folder is that was damaged after it had become active."""
        code = (
            "import django; django.setup()\n"
            "from django.db import transaction\n"
            "from recommendations.models import ModelVersion as M\n"
            "with transaction.atomic():\n"
            "    M.objects.filter(state='active').update(state='retired')\n"
            f"    M.objects.filter(version='{version}').update(state='active')\n"
        )
        with self.run("-c", code) as process:
            assert process.wait() == 0

    @cache  # noqa: B019  # one site, a test module
    def says(self, version: str, place: int) -> tuple[dict[int, int], np.ndarray, np.ndarray]:
        """{movie id: row}, ranking scores and stars of a version for a person, straight from its folder."""
        model = ServedModel.open(self.models / version)
        person = model.person((movie, half / 2) for movie, half in self.people[place]["history"])
        rows = {movie_id: row for row, movie_id in enumerate(model.movie_ids.tolist())}
        return rows, model.ranking_scores(person), model.predicted_stars(person)

    def is_of_one_version(self, place: int, answer: dict[str, Any]) -> bool:
        rows, scores, stars = self.says(answer["model_version"], place)
        picked = [rows[pick["movie"]["id"]] for pick in answer["picks"]]
        told = [(pick["score"], pick["predicted_stars"]) for pick in answer["picks"]]
        return bool(len(picked) == 20 and np.allclose(told, np.stack([scores, stars], 1)[picked], atol=1e-4))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    return MadeSite(tmp_path_factory.mktemp("swaps") / "var")


@pytest.fixture
def server(site: MadeSite) -> Iterator[Server]:
    with serving(site.var, workers=2) as server:
        yield server


class Load:
    """Several clients that ask for picks without a pause until told to stop; what they got: (person, status, body)."""

    def __init__(self, port: int, people: list[dict[str, Any]]) -> None:
        self.port, self.people, self.stop = port, people, threading.Event()
        self.answers: list[tuple[int, int, bytes]] = []

    def __enter__(self) -> "Load":
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._asking = [self._pool.submit(self._ask, number) for number in range(CLIENTS)]
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._pool.shutdown()
        for asking in self._asking:
            asking.result()

    def _ask(self, place: int) -> None:
        while not self.stop.is_set():
            with Client(self.port) as client:  # new connections, so that both workers get their share
                for _ in range(20):
                    place = (place + 1) % len(self.people)
                    self.answers.append((place, *client.get(PICKS, **as_person(self.people[place]))))


def versions_mapped(server: Server, models: Path) -> list[set[str]]:
    """Of each worker, the versions of which it has a file mapped, also where that was removed."""
    return [
        {
            Path(line.split()[5]).parent.name
            for line in Path(f"/proc/{worker.pid}/maps").read_text().splitlines()
            if str(models) in line
        }
        for worker in server.workers()
    ]


def test_a_new_model_every_second_fails_no_request_and_mixes_no_answer(site, server, tell):
    swapping = site.run("-m", "benchmarks.picks_swaps", "--swaps=1000", f"--versions={SWAPS}")
    assert json.loads(swapping.stdout.readline()) == {"written": SWAPS}
    activated = []
    with Load(server.port, site.people) as load:
        while len(activated) < SWAPS or len(load.answers) < ANSWERS:
            activated.append(json.loads(swapping.stdout.readline())["active"])
        activated += [json.loads(line)["active"] for line in swapping.communicate()[0].splitlines()]
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 20 * CLIENTS, "every worker has answered since")

    answers = [(place, status, json.loads(body)) for place, status, body in load.answers]
    tell(f"{len(answers):,} answers over {len(activated)} swaps")
    assert {status for _, status, _ in answers} == {200}
    assert len({answer["model_version"] for _, _, answer in answers}) > SWAPS / 2
    assert [answer for place, _, answer in answers if not site.is_of_one_version(place, answer)] == []
    assert answers[-1][2]["model_version"] == activated[-1]
    for mapped in versions_mapped(server, site.models):
        assert len(mapped) <= 2


def test_a_version_that_was_damaged_after_it_became_active_is_not_served(site, server):
    """Whatever the database says: the one before stays, in every worker, and the log has a sentence."""
    swapping = site.run(
        "-m", "benchmarks.picks_swaps", "--versions=2", "--swaps=2", "--every=0", "--from=100"
    )
    *_, sound, damaged = (json.loads(line)["active"] for line in list(swapping.stdout)[1:])
    swapping.communicate()
    site.force_active(sound)
    with Load(server.port, site.people) as load:
        until(lambda: len(load.answers) > 100, "answers of the sound version")
        truncate(site.models / damaged, "manifest.json", "ranking_embeddings")
        site.force_active(damaged)
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 200, "answers after the swap")

    after = [json.loads(body) for _, status, body in load.answers[seen:] if status == 200]
    assert len(after) == len(load.answers) - seen
    assert {answer["model_version"] for answer in after} == {sound}
    said = [line for line in server.log.read_text().splitlines() if "is not served" in line]
    assert said
    assert all("ranking_embeddings.npy is damaged" in line for line in said)
    assert "Traceback" not in server.log.read_text()
