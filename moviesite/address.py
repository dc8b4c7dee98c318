"""Where the web server of `make run` listens, and whether it may."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from moviesite.web.env import is_loopback


class Refusal(Exception):
    """Why the site does not start: a sentence that says what to do."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    site_url: str
    """Where people reach it: SITE_URL, else this very address."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Address":
        """From BIND, PORT and SITE_URL. Refusal for what is no address, or a public one without https."""
        host = (environ.get("BIND") or "127.0.0.1").strip("[]")
        port = read_number("PORT", environ.get("PORT") or "8000", at_most=65535)
        site_url = environ.get("SITE_URL") or f"http://{_host_port(host, port)}"
        if not is_loopback(host) and urlsplit(site_url).scheme != "https":
            raise Refusal(
                f"BIND={host} would open the site to other machines, and without https everybody on the way reads "
                "passwords. Put a server that speaks https in front and set SITE_URL to its https:// address, or "
                "leave BIND out."
            )
        return cls(host, port, site_url)

    @property
    def bind(self) -> str:
        return _host_port(self.host, self.port)

    @property
    def local(self) -> str:
        """host:port at which this machine itself reaches the web server."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
        return _host_port(everywhere.get(self.host, self.host), self.port)

    def need_free(self) -> None:
        """Refusal unless the web server will be able to listen here."""
        try:
            family, kind, protocol, _name, where = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except OSError as error:
            raise Refusal(
                f"The site cannot listen at {self.bind}: {error.strerror}. Choose another port, for instance "
                f"`make run PORT={self.port + 1 if self.port < 65535 else 8000}`."
            ) from error


def read_number(name: str, text: str, *, at_most: int) -> int:
    """A whole number from 1 on. Refusal for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= at_most:
        raise Refusal(f"{name} is a whole number from 1 to {at_most}, not {text!r}.")
    return int(text)


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
