"""Lines that are objects: JSON, or a dictionary as Python prints it, which some of Amazon's older files hold."""

import ast
import re
import threading
import warnings
from typing import Any

import orjson

from catalog.importing.cleaning import quoted
from catalog.importing.rows import BadLine, BadLineKind

MAX_LITERAL_BYTES = 1 << 18

# In CPython 3.11 `ast` counts its depth for all threads together (issue 106905): one at a time.
_parsing = threading.Lock()

_STRING = rb"""u?'(?:[^'\\\n]|\\.)*+'|u?"(?:[^"\\\n]|\\.)*+\""""
_NUMBER = rb"-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?(?=\s*[,}\]:])"
# No operator, no call and no name but three: what is parsed cannot grow beyond what is written.
_LITERAL = re.compile(rb"\{(?>[\s{}\[\],:]++|" + _STRING + rb"|" + _NUMBER + rb"|None|True|False)*+")


def object_in(line: bytes) -> dict[str, Any]:
    """The object that a line is; raises BadLine for anything else."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        data = _literal_in(line)
        if data is None:
            raise _unreadable(line, error) from None
    if type(data) is not dict:
        raise BadLine(BadLineKind.NOT_AN_OBJECT, f"a {type(data).__name__}")
    return data


def objects_in(lines: list[bytes]) -> list[dict[str, Any]]:
    """Those of the lines that are objects."""
    found = []
    for line in lines:
        try:
            found.append(object_in(line))
        except BadLine:
            continue
    return found


def _literal_in(line: bytes) -> Any:
    """What a Python literal says; None if it is none.

    By way of JSON, which has no sets, surrogates or endless numbers.
    """
    if line[:2] not in (b"{'", b'{"', b"{u") or len(line) > MAX_LITERAL_BYTES:
        return None
    bare = line.strip()
    if not _LITERAL.fullmatch(bare):
        return None
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a text
            return orjson.loads(orjson.dumps(ast.literal_eval(bare.decode())))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _unreadable(line: bytes, error: orjson.JSONDecodeError) -> BadLine:
    try:
        line.decode()
    except UnicodeDecodeError as undecodable:
        return BadLine(BadLineKind.UNDECODABLE, f"byte {undecodable.start + 1} is not UTF-8")
    return BadLine(BadLineKind.NOT_JSON, quoted(error.msg))
