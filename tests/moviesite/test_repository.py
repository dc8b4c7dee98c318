"""What the repository must and must not hold: checked on what git tracks."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from moviesite.web.env import BASE_DIR
from tests.conftest import need

SITE_REQUIREMENTS = ["requirements.txt", "requirements-dev.txt"]
MORE_PINS_THAN = {**dict.fromkeys(SITE_REQUIREMENTS, 50), "benchmarks/peers/requirements.txt": 15}
MEBIBYTE = 2**20
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|root|opt)/")
ADDRESS = re.compile(r"://|--(?:find-links|index-url|extra-index-url|trusted-host)|(?:^|\s)@\s|file:", re.M)
PIN = re.compile(
    r"(?P<name>[a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==[^\s;]+(?: ; [^\\]+)? \\\n(?P<hashes>(?:    --hash=.*\n)+)",
    re.I,
)
HASHES = re.compile(r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The tracked files that are there; a clone without git (an archive) has none to check."""
    git = shutil.which("git")
    need(git and (BASE_DIR / ".git").exists(), "not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    files = [BASE_DIR / name for name in listed.stdout.split("\0") if name]
    return [path for path in files if path.is_file()]


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("name", MORE_PINS_THAN)
def test_every_requirement_is_pinned_with_hashes_and_names_no_address(name):
    text = (BASE_DIR / name).read_text(encoding="utf-8")
    pins = list(PIN.finditer(text))
    assert "".join(pin[0] for pin in pins) == text
    assert all(HASHES.fullmatch(pin["hashes"]) for pin in pins)
    assert len(pins) > MORE_PINS_THAN[name]
    assert not ADDRESS.search(text)


def test_the_requirements_of_development_hold_those_of_the_site():
    names = [
        {pin[0].split()[0] for pin in PIN.finditer((BASE_DIR / name).read_text(encoding="utf-8"))}
        for name in SITE_REQUIREMENTS
    ]
    assert names[0] <= names[1]


def test_no_file_names_a_folder_of_somebodys_machine(tracked):
    patterns = Path(__file__)
    found = {
        f"{path.relative_to(BASE_DIR)}: {line.strip()[:100]}"
        for path in tracked
        if path != patterns
        for line in (text_of(path) or "").splitlines()
        if MACHINE_PATH.search(line)
    }
    assert found == set()


def test_no_file_is_large(tracked):
    assert [path for path in tracked if path.stat().st_size > MEBIBYTE] == []


def test_nothing_written_at_run_time_is_tracked(tracked):
    written = ("var", ".venv", ".venv-peers", ".mypy_cache", ".ruff_cache", ".pytest_cache")
    assert [path for path in tracked if path.relative_to(BASE_DIR).parts[0] in written] == []
    assert [path for path in tracked if path.suffix in (".pyc", ".sqlite3", ".npy", ".log")] == []


def test_data_with_a_licence_is_not_tracked(tracked, shared_data):
    """By size and content, whatever its name."""
    licensed = {path.stat().st_size: path for path in shared_data.rglob("*") if path.is_file()}
    copies = [
        path
        for path in tracked
        if (twin := licensed.get(path.stat().st_size)) and twin.read_bytes() == path.read_bytes()
    ]
    assert copies == []


def test_the_arrows_between_packages_go_the_way_they_should():
    ended = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    assert " 0 broken" in ended.stdout
