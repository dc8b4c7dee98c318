"""The worker processes of an import, as this process sees them."""

import os
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from catalog.importing.bulk.worker import Job, Task
from catalog.importing.errors import ImportProblem

PROJECT = Path(__file__).resolve().parents[3]


class Workers:
    """One process a core. A thread stands by each, hands it tasks and waits for its answers."""

    def __init__(self, job: Job, count: int | None = None) -> None:
        self.job, self.count = job, count or max(2, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="import")
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        first = pickle.dumps(self.job)
        for _ in range(self.count):
            process = subprocess.Popen(
                [sys.executable, "-m", "catalog.importing.bulk.worker"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            _send(process, first)
            self._all.append(process)
            self._idle.put(process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for process in self._all:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._all:
            _close(process)

    def submit(self, task: Task) -> "Future[Any]":
        return self._threads.submit(self._ask, task)

    def in_order(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """The answers to tasks, in the order of the tasks, with a few of them under way at a time."""
        waiting: deque[Future[Any]] = deque()
        for task in tasks:
            waiting.append(self.submit(task))
            if len(waiting) > self.count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _ask(self, task: Task) -> Any:
        process = self._idle.get()
        try:
            _send(process, pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
            answer = pickle.load(process.stdout)  # type: ignore[arg-type]  # noqa: S301 - from our own worker
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise ImportProblem(
                "A process that reads the file was ended from outside, perhaps for want of memory;"
                " run the import again."
            ) from None
        finally:
            self._idle.put(process)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _send(process: "subprocess.Popen[bytes]", message: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - we asked for the pipe
    process.stdin.write(message)
    process.stdin.flush()


def _close(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.communicate(timeout=10)
    except (OSError, ValueError):
        process.wait()
