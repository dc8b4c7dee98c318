"""A client that adds little of its own to what it measures: one kept connection, no parsing but of the length."""

import json
import socket
import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

REQUESTS, WARM_UP = 1_000, 100
"""Of each kind, by default; and before these, unmeasured."""


class Client:
    """A connection to a server on this machine. It opens another when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port, self._socket = port, self._connect(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body. OSError if the connection ends before both are there."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode())
        head, _, body = self._receive_head().partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        missing = int(fields[b"content-length"]) - len(body)
        while missing > 0:
            body += (part := self._receive())
            missing -= len(part)
        if fields.get(b"connection") == b"close":
            self._socket.close()
            self._socket = self._connect(self.port)
        return int(head.split(b" ", 2)[1]), body

    def _receive_head(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        return received

    def _receive(self) -> bytes:
        part = self._socket.recv(1 << 17)
        if not part:
            raise ConnectionResetError("The server closed the connection before it had answered.")
        return part

    @staticmethod
    def _connect(port: int) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", port), timeout=60)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


def as_person(person: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Token {person['token']}"}


def side_by_side(
    port: int, people: Sequence[dict[str, Any]], query: str, requests: int
) -> dict[str, list[float]]:
    """Seconds of each request for picks, and of each for the same films bare, asked in turns by turns of people."""
    times: dict[str, list[float]] = {"picks": [], "bare": []}
    with Client(port) as client:
        picks = f"/api/v1/recommendations/{query}"
        bare = [bare_address(client, picks, person) for person in people]
        for number in range(-WARM_UP, requests):
            place = number % len(people)
            for kind, path in (("picks", picks), ("bare", bare[place])):
                began = time.perf_counter()
                status, _ = client.get(path, **as_person(people[place]))
                spent = time.perf_counter() - began
                assert status == 200, (path, status)
                if number >= 0:
                    times[kind].append(spent)
    return times


def bare_address(client: Client, path: str, person: dict[str, Any]) -> str:
    """Where the bare view gives the very films that this person's picks are."""
    _, body = client.get(path, **as_person(person))
    picks = json.loads(body)["picks"]
    assert len(picks) == 20, f"{len(picks)} picks instead of 20"
    return "/bare/?ids=" + ",".join(str(pick["movie"]["id"]) for pick in picks)


def page_times(port: int, people: Sequence[dict[str, Any]], requests: int) -> list[float]:
    """Seconds of each request for the page of picks, whole, as HTML."""
    times = []
    with Client(port) as client:
        for number in range(-WARM_UP // 4, requests):
            session = people[number % len(people)]["session"]
            began = time.perf_counter()
            status, body = client.get("/picks/list/", Cookie=f"sessionid={session}")
            times.append(time.perf_counter() - began)
            assert status == 200
            assert b"Chosen by model" in body
    return times[WARM_UP // 4 :]


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds."""
    p50, p99 = np.percentile(np.array(seconds) * 1e3, [50, 99])
    return {"p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)}
