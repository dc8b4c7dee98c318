"""Every test marked `both_databases`, on PostgreSQL."""

import os
import re
import subprocess
import sys
import uuid
from urllib.parse import urlsplit

import pytest

from moviesite.web.env import BASE_DIR

AT_LEAST = 20
"""Fewer tests than that are not all there are: the selection has gone wrong."""


@pytest.mark.timeout(900)
def test_what_must_hold_on_both_databases_holds_on_postgresql(postgresql_url, tell):
    url = urlsplit(postgresql_url)._replace(path=f"/moviesite_both_{uuid.uuid4().hex[:12]}").geturl()
    marked = "both_databases and not slow and not prove"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", marked, "--create-db"],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    passed = re.search(r"(\d+) passed", ended.stdout)
    assert passed
    assert int(passed[1]) >= AT_LEAST
    tell(f"on PostgreSQL: {ended.stdout.strip().splitlines()[-1]}")
