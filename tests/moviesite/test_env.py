"""Readers of the environment fail closed, in a sentence."""

import os
import subprocess
import sys
from datetime import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from moviesite.web.env import (
    BASE_DIR,
    is_host_name,
    is_loopback,
    read_seconds,
    read_secret,
    read_time_of_day,
    read_var_dir,
)


def test_a_secret_comes_from_the_environment_or_its_file(tmp_path):
    path = tmp_path / "secret_key"
    path.write_text("from the file\n")
    assert read_secret("given", path) == "given"
    assert read_secret("", path) == "from the file"


def test_without_a_secret_nothing_starts(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="No SECRET_KEY: set it"):
        read_secret("", tmp_path / "secret_key")
    (tmp_path / "secret_key").write_text(" \n")
    with pytest.raises(ImproperlyConfigured, match="an empty file must be removed"):
        read_secret("", tmp_path / "secret_key")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        read_secret("", tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "localhost.example.org"])  # noqa: S104
def test_not_this_machine(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["images.example.org", "m-1.media", "localhost"])
def test_host_names(host):
    assert is_host_name(host)


@pytest.mark.parametrize(
    "host", ["https://a.org", "a.org/x", "*.a.org", "a.org:443", "a b", "-a.org", "a..b", ""]
)
def test_not_host_names(host):
    assert not is_host_name(host)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("03:30", time(3, 30)), (" 23:59 ", time(23, 59)), ("0:00", time(0, 0)), ("", None)],
)
def test_times_of_day(text, expected):
    assert read_time_of_day("NIGHTLY_RETRAIN", text) == expected


@pytest.mark.parametrize("text", ["3", "24:00", "12:60", "three", "1:2:3", "-1:00", ":"])
def test_other_times_are_refused_with_a_sentence(text):
    with pytest.raises(ImproperlyConfigured, match="NIGHTLY_RETRAIN is a time of day in UTC"):
        read_time_of_day("NIGHTLY_RETRAIN", text)


def test_seconds():
    assert read_seconds("RUN_STALE_SECONDS", "2.5") == 2.5
    for text in ("0", "-1", "nan", "inf", "soon", ""):
        with pytest.raises(ImproperlyConfigured, match="RUN_STALE_SECONDS is a number of seconds"):
            read_seconds("RUN_STALE_SECONDS", text)


def test_the_folder_of_everything_written(tmp_path):
    assert read_var_dir({}) == read_var_dir({"VAR_DIR": ""}) == BASE_DIR / "var"
    assert read_var_dir({"VAR_DIR": f"{tmp_path}/a/../b"}) == tmp_path / "b"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("NIGHTLY_RETRAIN", "25:00", "NIGHTLY_RETRAIN is a time of day"),
        ("RUN_STALE_SECONDS", "x", "RUN_STALE_SECONDS is a number of seconds"),
        ("SECRET_KEY", "", "No SECRET_KEY"),
    ],
)
def test_a_command_with_a_bad_setting_ends_in_one_sentence(tmp_path, name, value, sentence):
    environment = {**os.environ, "VAR_DIR": str(tmp_path), name: value}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
