"""Runs `python -m ml` as a person would: a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from ml.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "ml", *map(str, arguments)]


def run_ml(*arguments: object, folder: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_here(*arguments: object, capfd: pytest.CaptureFixture[str]) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own: for bad input, of which there is much."""
    capfd.readouterr()
    code = main([str(argument) for argument in arguments])
    printed = capfd.readouterr()
    return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)


def assert_sentence(done: subprocess.CompletedProcess[str], words: str) -> None:
    """Exit code 1, one line on stderr with these words, no traceback."""
    assert done.returncode == 1, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def events(stdout: str) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in stdout.splitlines()]
