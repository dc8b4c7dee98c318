"""What an interrupt leaves of a command: nothing that was not whole, and the code that shells expect."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ml.cli.runner import ENVIRONMENT

SCRIPT = """
import sys, time
from pathlib import Path
from ml.data.staging import staged_folder, temporary_folder
from ml.interrupts import end_at_interrupts

end_at_interrupts()
with temporary_folder("interrupted-") as work, staged_folder(Path("out")) as staging:
    (work / "scratch").write_text("half")
    (staging / "part").write_text("half")
    print(work, flush=True)
    try:
        while True:
            time.sleep(.01)
    except BaseException:
        print("an exception", flush=True)
        raise
"""


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_not_whole_is_put_away_without_an_exception(
    ending: signal.Signals, code: int, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        work = Path(process.stdout.readline().strip())
        assert (work / "scratch").exists()
        process.send_signal(ending)
        told = process.communicate(timeout=60)[0]

    assert (process.returncode, told) == (code, "")
    assert not work.exists()
    assert list(tmp_path.iterdir()) == []


def test_who_ignores_ctrl_c_goes_on_to() -> None:
    script = (
        "import signal; from ml.interrupts import end_at_interrupts\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); end_at_interrupts()\n"
        "signal.raise_signal(signal.SIGINT); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, check=True)
    assert done.stdout == b"still here\n"
