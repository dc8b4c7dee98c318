"""Installs pinned, hashed requirements into the environment of this Python, and shows how far it is.

`python -m moviesite.install requirements.txt`. Standard library only: when it runs, nothing is installed yet.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

_PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[^]]*\])?==", re.M)
_NEXT = re.compile(r"^(?:Collecting|Requirement already satisfied:|Ignoring) ([A-Za-z0-9._-]+)")
_DOWNLOAD = re.compile(r"^ *Downloading .*\((?P<size>[^)]*MB)\)")


def install(requirements: Path) -> int:
    """pip's exit code."""
    began = time.monotonic()
    total = len(_PIN.findall(requirements.read_text(encoding="utf-8")))
    _line(f"Installing what {requirements} names: {total} packages; the first time takes some minutes.\n")
    options = ["--require-hashes", "--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    command = [sys.executable, "-m", "pip", "install", *options, "--requirement", str(requirements)]
    complaints: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        _follow(pip, total, complaints)
    if pip.returncode:
        _line("".join(f"  {complaint}\n" for complaint in complaints[:5]))
        _line(
            "The packages could not be installed. Is there a network, and space on the disk? "
            "The same command goes on from here.\n"
        )
    else:
        _line(f"Installed in {time.monotonic() - began:.0f} s.\n")
    return pip.returncode


def _follow(pip: "subprocess.Popen[str]", total: int, complaints: list[str]) -> None:
    """Turn pip's lines into progress; keep its errors."""
    seen: set[str] = set()
    for line in pip.stdout or ():
        if match := _NEXT.match(line):
            seen.add(match[1].lower())
            _progress(f"{min(len(seen), total)} of {total}: {match[1]}", quiet=len(seen) % 20 != 0)
        elif match := _DOWNLOAD.match(line):
            _progress(f"{min(len(seen), total)} of {total}: downloading {match['size']}")
        elif line.startswith("Installing collected packages"):
            _progress("unpacking; this is a minute or two without news")
        elif line.startswith("ERROR:"):
            complaints.append(line.removeprefix("ERROR:").strip())
    if sys.stdout.isatty():
        _line("\r\033[K")


def _progress(text: str, *, quiet: bool = False) -> None:
    """One line that is written over in a terminal; in a file a line each, fewer when `quiet`."""
    if sys.stdout.isatty():
        _line(f"\r\033[K  {text}")
    elif not quiet:
        _line(f"  {text}\n")


def _line(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(install(Path(sys.argv[1])))
    except KeyboardInterrupt:
        _line("\nStopped; the same command goes on from here.\n")
        sys.exit(130)
