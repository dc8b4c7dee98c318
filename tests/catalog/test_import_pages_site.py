"""The pages of imports before real processes: uploaded to the web server, paused and resumed, loaded by the worker."""

import gzip
import json
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.importing.builders import review
from tests.services.imports import wrong_histograms
from tests.services.site import Site, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LINES = 60_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "var", DEMO="0", IMPORT_UPLOAD_MB="8")
    yield site
    site.end_all()


class Staff:
    """Somebody who runs the site, signed in, as a browser without scripts."""

    def __init__(self, site: Site) -> None:
        self.site, self.token = site, "a" * 32
        key = site.django("""
from django.contrib.auth.models import User
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, BACKEND_SESSION_KEY
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
person = User.objects.create_user("boss", is_staff=True)
store = SessionStore()
store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
              HASH_SESSION_KEY: person.get_session_auth_hash()})
store.save()
answer = store.session_key
""")
        self.cookie = f"sessionid={key}; csrftoken={self.token}"

    def post(self, path: str, fields: dict[str, str], file: bytes | None = None) -> tuple[int, str]:
        """The status, and where it leads to or what it says."""
        mark = uuid.uuid4().hex
        fields = {"csrfmiddlewaretoken": self.token, **fields}
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        if file is not None:
            head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="reviews.json.gz"\r\n\r\n'
            parts.append(head.encode() + file + b"\r\n")
        headers = {
            "Cookie": self.cookie,
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Origin": f"http://127.0.0.1:{self.site.port}",
        }
        connection = HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        connection.request("POST", path, b"".join([*parts, f"--{mark}--\r\n".encode()]), headers)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, response.headers.get("Location") or body


def dump() -> bytes:
    lines = (json.dumps(review(f"A{n}", f"B{n % 500}")) for n in range(LINES))
    return gzip.compress("\n".join(lines).encode(), 1)


def test_uploaded_paused_resumed_loaded_and_tidied_up(site: Site):
    site.start()
    staff, folder = Staff(site), site.var / "uploads"
    status, address = staff.post("/imports/new/", {"source": "upload", "data_set": "Big"}, dump())
    assert status == 302, address
    run_id = int(address.strip("/").split("/")[-1])

    def row() -> dict[str, Any]:
        return site.run_row("catalog_importrun", run_id)

    until(lambda: row()["state"] == "running" and row()["done"], "the import is under way")
    assert staff.post(f"{address}pause/", {})[0] == 302
    until(lambda: row()["state"] == "paused", "it is paused", 20)
    paused = row()
    assert paused["attempts"] == 0
    assert 0 < paused["done"] < paused["total"] or paused["stage"] != "loading the reviews"
    assert len(list(folder.rglob("*.gz"))) == 1
    assert staff.post(f"{address}resume/", {})[0] == 302
    until(lambda: row()["state"] == "succeeded", "it is done", 120)
    until(lambda: not list(folder.iterdir()), "the upload is gone", 10)
    (count,) = site.rows("SELECT count(*) AS n FROM catalog_rating")
    assert count["n"] == LINES
    assert wrong_histograms(site) == 0


def test_too_much_is_refused_by_the_web_server_and_leaves_nothing(site: Site):
    site.start()
    staff = Staff(site)
    status, words = staff.post("/imports/new/", {"source": "upload"}, b"x" * (9 << 20))
    assert status == 413
    assert "Uploads may have 8.0" in words
    assert list((site.var / "uploads").glob("*")) == []
