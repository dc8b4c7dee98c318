"""The embedded broker: queues as folders, messages as files, no server.

kombu has a transport like this, but its messages can be taken while they are still being written (four of
3,000 in a stress test, each of which stops a worker) and travel through the machine's folder of temporary
files. Here a message appears by one rename and is taken by one unlink, which only one taker can win. Exchanges
other than Celery's direct ones, one per queue, are not needed by this site and not offered.

As with kombu's own, what a killed worker held is gone: runs are rows, and the sweeper sends them again.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual
from kombu.utils.json import dumps, loads


class Channel(virtual.Channel):
    """Messages of queue Q are the files Q/*.json below the transport option `folder`, oldest first by name."""

    def _folder(self, queue: str) -> Path:
        options: dict[str, Any] = self.connection.client.transport_options  # type: ignore[union-attr,assignment]
        folder = Path(options["folder"]) / queue
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _messages(self, queue: str) -> list[Path]:
        folder = self._folder(queue)
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        unfinished = self._folder(queue) / f"{time.time_ns():020}-{uuid.uuid4().hex}.unfinished"
        try:
            unfinished.write_text(dumps(message), encoding="utf-8")
            unfinished.rename(unfinished.with_suffix(".json"))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in self._messages(queue):
            try:
                text = path.read_text(encoding="utf-8")
                path.unlink()
            except FileNotFoundError:
                continue  # another worker was faster
            return loads(text)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._messages(queue))

    def _purge(self, queue: str) -> int:
        messages = self._messages(queue)
        for path in messages:
            path.unlink(missing_ok=True)
        return len(messages)


class Transport(virtual.Transport):
    Channel = Channel
    driver_type = driver_name = "folder"
    polling_interval = 0.1
    global_state = virtual.BrokerState()

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.state = self.global_state

    def driver_version(self) -> str:
        return "1"
