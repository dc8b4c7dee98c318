"""What supervisor is told: one group, everything in var/, and paths of any name it can carry."""

import os
import shlex
import stat
from configparser import RawConfigParser
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from catalog.tasks import IMPORTS, REMOVALS
from moviesite.programs import Program, programs, write_configuration


def read(path: Path) -> RawConfigParser:
    parser = RawConfigParser()
    parser.read(path)
    return parser


def test_the_programs_of_the_site():
    kept = {program.name: shlex.join(program.arguments) for program in programs("127.0.0.1:8000", 3)}
    assert list(kept) == ["web", "worker", "trainer", "beat"]
    assert "--bind=127.0.0.1:8000 --workers=3" in kept["web"]
    assert "--queues=default,imports" in kept["worker"]
    threads = IMPORTS.most + REMOVALS.most + 1  # one for the sweeper and what is short
    assert kept["worker"].partition("--concurrency=")[2].split()[0] == str(threads)
    assert "--queues=training --loglevel=INFO --pool=threads --concurrency=1" in kept["trainer"]


@pytest.mark.parametrize("name", ["var", "a folder with spaces", "été;1", "a(b)c"])
def test_supervisor_understands_paths_as_they_are_meant(tmp_path, name):
    var = tmp_path / name
    (var / "log").mkdir(parents=True)
    path = write_configuration(tmp_path, var, [Program("echo", ["-c", f"print({name!r})"], {"A": "1"})])
    options = ServerOptions()
    options.realize(["--configuration", str(path)])
    assert options.logfile == str(var / "log" / "supervisord.log")
    (group,) = options.process_group_configs
    (process,) = group.process_configs
    assert group.name == "site"
    assert shlex.split(process.command)[1:] == ["-c", f"print({name!r})"]
    assert (process.directory, process.stdout_logfile) == (str(tmp_path), str(var / "log" / "echo.log"))
    assert process.environment == {"A": "1"}
    assert process.autorestart is not False
    assert process.killasgroup


def test_supervisor_understands_the_programs_of_the_site(tmp_path):
    (tmp_path / "log").mkdir()
    kept = programs("[::1]:8000", 2)
    options = ServerOptions()
    options.realize(["--configuration", str(write_configuration(tmp_path, tmp_path, kept))])
    (group,) = options.process_group_configs
    commands = {process.name: shlex.split(process.command)[1:] for process in group.process_configs}
    assert commands == {program.name: program.arguments for program in kept}


def test_a_path_that_it_cannot_carry_is_refused_with_a_sentence(tmp_path):
    for name in ("films #1", "films ;1", "it's", "100% films"):
        with pytest.raises(ValueError, match="Move it to a plainer one"):
            write_configuration(tmp_path / name, tmp_path, [])


def test_the_socket_of_supervisorctl_is_the_owners_and_left_out_where_its_path_is_too_long(tmp_path):
    var = Path(os.path.relpath(tmp_path))
    assert read(write_configuration(var, var, []))["unix_http_server"]["chmod"] == "0700"
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    assert "unix_http_server" not in read(write_configuration(deep, deep, []))


def test_the_configuration_is_written_for_the_owner_alone(tmp_path):
    before = os.umask(0o077)
    try:
        path = write_configuration(tmp_path, tmp_path, [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
