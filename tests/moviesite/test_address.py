"""Where the site listens: this machine alone, unless https says otherwise; a taken port is told."""

import socket

import pytest

from moviesite.address import Address, Refusal, read_number


@pytest.fixture
def taken():
    """A port somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_without_a_word_it_is_port_8000_of_this_machine():
    address = Address.read({})
    assert (address.bind, address.local, address.site_url) == (
        "127.0.0.1:8000",
        "127.0.0.1:8000",
        "http://127.0.0.1:8000",
    )


@pytest.mark.parametrize(
    ("environ", "bind", "local", "site_url"),
    [
        ({"PORT": "9000"}, "127.0.0.1:9000", "127.0.0.1:9000", "http://127.0.0.1:9000"),
        ({"BIND": "localhost"}, "localhost:8000", "localhost:8000", "http://localhost:8000"),
        ({"BIND": "::1"}, "[::1]:8000", "[::1]:8000", "http://[::1]:8000"),
        ({"BIND": "[::1]"}, "[::1]:8000", "[::1]:8000", "http://[::1]:8000"),
        (
            {"BIND": "0.0.0.0", "SITE_URL": "https://films.example.org"},  # noqa: S104
            "0.0.0.0:8000",
            "127.0.0.1:8000",
            "https://films.example.org",
        ),
        (
            {"BIND": "", "PORT": "", "SITE_URL": ""},
            "127.0.0.1:8000",
            "127.0.0.1:8000",
            "http://127.0.0.1:8000",
        ),
    ],
)
def test_addresses(environ, bind, local, site_url):
    address = Address.read(environ)
    assert (address.bind, address.local, address.site_url) == (bind, local, site_url)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "films.example.org"])  # noqa: S104
@pytest.mark.parametrize("site_url", [None, "http://films.example.org"])
def test_other_machines_are_let_in_over_https_only(host, site_url):
    with pytest.raises(Refusal, match=f"BIND={host} would open the site to other machines"):
        Address.read({"BIND": host, **({"SITE_URL": site_url} if site_url else {})})


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "80.0", "٣ "])
def test_a_port_is_a_number(port):
    with pytest.raises(Refusal, match="PORT is a whole number from 1 to 65535"):
        Address.read({"PORT": port})


def test_a_taken_port_is_refused_with_another(taken):
    with pytest.raises(Refusal, match=f"127.0.0.1:{taken}: Address already in use.*PORT="):
        Address.read({"PORT": str(taken)}).need_free()


def test_a_port_just_left_is_free(taken):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            pass
    Address.read({"PORT": str(port)}).need_free()


def test_a_host_that_is_not_there_is_refused():
    address = Address("films.invalid", 8000, "https://films.invalid")
    with pytest.raises(Refusal, match=r"cannot listen at films\.invalid:8000"):
        address.need_free()


def test_numbers():
    assert read_number("WEB_WORKERS", "4", at_most=64) == 4
    for text in ("0", "65", "two", ""):
        with pytest.raises(Refusal, match="WEB_WORKERS is a whole number from 1 to 64"):
            read_number("WEB_WORKERS", text, at_most=64)
