"""The peers are measured beside ours, so they must be what they claim: checked in their own environment."""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from moviesite.web.env import BASE_DIR
from tests.conftest import need

PEERS_PYTHON = BASE_DIR / ".venv-peers" / "bin" / "python"
CONTRACT = Path(__file__).with_name("peers_contract.py")


@pytest.fixture
def peers_python() -> Path:
    need(PEERS_PYTHON.exists(), "no .venv-peers: make peers")
    return PEERS_PYTHON


def run(python: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    # Small inputs: on a busy machine threads of BLAS and OpenMP wait for each other longer than they compute.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environ = {**os.environ, **threads, "PYTHONPATH": str(BASE_DIR)}
    return subprocess.run(
        [python, *map(str, arguments)], cwd=BASE_DIR, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_every_peer_fulfils_the_contract(peers_python: Path, tmp_path: Path) -> None:
    """Without this project's pytest settings and conftest, which need Django."""
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n")
    options = ["-q", "-c", settings, "--rootdir", BASE_DIR, "--noconftest", "-p", "no:cacheprovider"]

    done = run(peers_python, "-m", "pytest", *options, CONTRACT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


@pytest.mark.slow
def test_the_peers_are_apart_from_the_site(peers_python: Path) -> None:
    script = "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"

    installed = set(run(peers_python, "-c", script).stdout.split())

    assert {"implicit", "scikit-surprise", "numpy"} <= installed
    assert not {"tensorflow-cpu", "keras", "django"} & installed
    assert version("numpy").split(".")[0] == "2"
