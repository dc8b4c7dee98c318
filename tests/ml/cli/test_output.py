import subprocess
import sys

import orjson

from tests.ml.cli.runner import ENVIRONMENT

SCRIPT = """
import os, sys
from ml.cli.output import events_on_stdout
with events_on_stdout() as events:
    print("a library that prints")
    os.write(1, b"a library in C that prints\\n")
    for done in range(1, 1001):
        events.progress("fit", done, 1000, "epochs")
    events.progress("evaluate", 1, 2, "people")
    events.result({"artifact": "var/models/1"})
print("after")
"""


def test_stdout_carries_events_alone_and_not_too_many() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )

    *events, after = done.stdout.splitlines()
    parsed = [orjson.loads(line) for line in events]
    assert after == "after"
    assert "a library that prints\n" in done.stderr
    assert "a library in C that prints\n" in done.stderr
    assert parsed[0] == {"event": "progress", "stage": "fit", "done": 1, "total": 1000, "message": "epochs"}
    assert [event["done"] for event in parsed if event.get("stage") == "fit"][-1] == 1000
    assert len(parsed) < 20
    assert parsed[-2]["stage"] == "evaluate"
    assert parsed[-1] == {"event": "result", "artifact": "var/models/1"}
