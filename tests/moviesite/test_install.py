"""Installing, with the real pip, a package made here: progress, wrong hashes, no network."""

import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

from moviesite.web.env import BASE_DIR

pytestmark = pytest.mark.slow
NAME = "tinyfilm"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The Python of a new virtual environment."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder / "bin" / "python"


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / f"{NAME}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{NAME}.py", "YEAR = 1979\n")
        archive.writestr(
            f"{NAME}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{NAME}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{NAME}-1.0.dist-info/RECORD", "")
    return path


def install(environment, wheel, digest):
    """How `python -m moviesite.install` ends, where `wheel` is the only package in the world."""
    requirements = wheel.with_name("requirements.txt")
    requirements.write_text(f"{NAME}==1.0 \\\n    --hash=sha256:{digest}\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    ended = subprocess.run(
        [environment, "-m", "moviesite.install", str(requirements)],
        cwd=BASE_DIR,
        env={
            **environ,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheel.parent),
            "PIP_CONFIG_FILE": os.devnull,
        },
        capture_output=True,
        text=True,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def test_a_pinned_package_is_installed_and_that_is_told(environment, wheel):
    code, words = install(environment, wheel, hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert code == 0, words
    assert "1 packages" in words
    assert "unpacking" in words
    assert "Installed in" in words
    year = subprocess.run(
        [environment, "-c", f"import {NAME}; print({NAME}.YEAR)"], capture_output=True, text=True
    )
    assert year.stdout == "1979\n"


def test_another_hash_is_refused(environment, wheel):
    subprocess.run([environment, "-m", "pip", "uninstall", "-q", "-y", NAME], check=True)
    code, words = install(environment, wheel, "0" * 64)
    assert code == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in words
    assert "The packages could not be installed." in words


def test_without_the_package_there_is_a_sentence(environment, wheel):
    subprocess.run([environment, "-m", "pip", "uninstall", "-q", "-y", NAME], check=True)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    wheel.unlink()
    code, words = install(environment, wheel, digest)
    assert code == 1
    assert f"No matching distribution found for {NAME}==1.0" in words
    assert "Is there a network" in words
    assert "Traceback" not in words
