"""`python -m ml`: reads the command line, calls one command, and turns every bad input into one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ml.cli import benchmark, benchmark_model, cross_validate, evaluate, reproduce_seed, train
from ml.errors import InputError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.prog}: {message} (--help says more).\n")


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 after a sentence on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except InputError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Nobody reads any more. What Python would still flush at its end goes nowhere, silently.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except MemoryError:
        return _fail("There is not enough memory for this.")
    return 0


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _parser() -> _Parser:
    parser = _Parser(prog="python -m ml", description="Train, measure and compare recommenders.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (train, evaluate, benchmark, cross_validate, reproduce_seed, benchmark_model):
        module.add_to(commands)
    return parser
