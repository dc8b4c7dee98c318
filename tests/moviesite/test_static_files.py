"""Static files are collected when a source changed, and only then."""

import os
from pathlib import Path

import pytest

from moviesite.static_files import collect_static_files


@pytest.fixture
def source(settings, tmp_path):
    """One static file of a site that has no others."""
    path = tmp_path / "sources" / "site.css"
    path.parent.mkdir()
    path.write_text("a {}")
    settings.STATICFILES_DIRS = [path.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    return path


def test_only_a_change_is_collected(source, settings):
    collected = Path(settings.STATIC_ROOT) / "site.css"
    assert collect_static_files()
    assert collected.read_text() == "a {}"
    assert not collect_static_files()
    source.write_text("b { }")
    assert collect_static_files()
    assert collected.read_text() == "b { }"


def test_a_file_of_the_same_size_but_another_time_is_a_change(source):
    collect_static_files()
    os.utime(source, (1, 1))
    assert collect_static_files()


def test_what_is_gone_is_not_served_any_more(source, settings):
    collect_static_files()
    source.rename(source.with_name("new.css"))
    assert collect_static_files()
    assert [path.name for path in Path(settings.STATIC_ROOT).iterdir()] == ["new.css"]


def test_another_way_of_storing_is_a_change(source, settings):
    collect_static_files()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    assert collect_static_files()


def test_an_interrupted_collection_is_done_again(source, monkeypatch):
    collect_static_files()
    before = source.stat()
    source.write_text("c {}  ")

    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("moviesite.static_files.call_command", interrupt)
        with pytest.raises(KeyboardInterrupt):
            collect_static_files()
    source.write_text("a {}")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert collect_static_files()
