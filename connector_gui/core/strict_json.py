"""JSON from strangers: one reading of a text or none.

What two parsers could read differently is refused: a name given twice, NaN and Infinity, numbers too
large for a float, lone surrogates, a byte order mark, other encodings than UTF-8. What could cost
more than it should is refused before it does: deep nesting and endless digits.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None

MAX_DEPTH: Final = 32
"""Levels of lists and objects inside each other."""
MAX_NUMBER_CHARS: Final = 64
"""Longer numbers are not converted: that takes time quadratic in their length."""
NAME_CHARS: Final = 64
"""How much of a name that came from outside is quoted."""
PATH_CHARS: Final = 200

_PARSER_DEPTH: Final = 200
"""Up to here the standard parser may be let loose without fear of recursion, so that the place can be told."""

_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
"""One pass over any text, valid or not: an unfinished string reaches to the end instead of being tried again."""
_TOO_DEEP: Final = f"is nested deeper than {MAX_DEPTH} levels"
_CURE: Final = "correct it there, and put values in with JSON.stringify(…)"
"""Most such texts were put together, of values that have quotes or line breaks in them; n8n's expressions know this."""
_HALF_A_CHARACTER: Final = "has half of a surrogate pair; send whole characters"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class StrictJsonError(ValueError):
    """The text is not the JSON we take.

    Attributes:
        path: Where, as in ``metadata.items[3].price``; empty for the text as a whole.
        reason: What is wrong there; reads on after the path, e.g. ``appears twice``.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path} {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Fault:
    """Stands in the tree where something is wrong, until the path to it is known."""

    reason: str
    name: str | None = None


class _Hooks:
    """What the standard parser calls for things it would let pass."""

    def __init__(self) -> None:
        self.found_fault = False

    def fault(self, reason: str, name: str | None = None) -> _Fault:
        self.found_fault = True
        return _Fault(reason, name)

    def members(self, pairs: list[tuple[str, object]]) -> object:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        counts = Counter(name for name, _ in pairs)
        return self.fault("appears twice in its object; give each name once", counts.most_common(1)[0][0])

    def integer(self, digits: str) -> object:
        if len(digits) > MAX_NUMBER_CHARS:
            return self.fault(f"is a number of more than {MAX_NUMBER_CHARS} characters; send it as a text")
        return int(digits)

    def fraction(self, digits: str) -> object:
        if len(digits) > MAX_NUMBER_CHARS:
            return self.fault(f"is a number of more than {MAX_NUMBER_CHARS} characters; send it as a text")
        number = float(digits)
        return number if math.isfinite(number) else self.fault("is a number too large to be kept; send it as a text")

    def constant(self, word: str) -> object:
        return self.fault(f"is {word}, which JSON does not have; use null")


def parse(data: bytes) -> JsonValue:
    """The value that *data* holds.

    Raises:
        StrictJsonError: *data* is not UTF-8, not JSON, or one of the things above. Quotes names, never values.
    """
    text = _decode(data)
    depth = _depth(text)
    if depth > _PARSER_DEPTH:
        raise StrictJsonError(_TOO_DEEP)
    hooks = _Hooks()
    try:
        value = json.loads(
            text,
            object_pairs_hook=hooks.members,
            parse_int=hooks.integer,
            parse_float=hooks.fraction,
            parse_constant=hooks.constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        reason = f"is not JSON: {error.msg.removesuffix(' at')} at {place}; {_CURE}"
    else:
        # A lone surrogate can only have come in as an escape: as bytes it is no UTF-8.
        if hooks.found_fault or depth > MAX_DEPTH or "\\u" in text:
            _check(value)
        return value  # type: ignore[no-any-return]
    # Raised out here so that no traceback carries the text along.
    raise StrictJsonError(reason)


def quoted_name(name: str) -> str:
    """*name* from outside, fit to stand in a sentence: short, on one line, printable."""
    shown = name[:NAME_CHARS] + ("…" if len(name) > NAME_CHARS else "")
    return "".join(char if char.isprintable() else "�" for char in shown)


def joined_path(path: str, name: str) -> str:
    """The path of the member *name* of the object at *path*."""
    return f"{path}.{quoted_name(name)}" if path else quoted_name(name)


def _decode(data: bytes) -> str:
    if not data.strip():
        raise StrictJsonError("is empty; send a JSON object")
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise StrictJsonError("starts with a byte order mark; send plain UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 (byte {error.start}); send it in UTF-8"
    raise StrictJsonError(reason)


def _depth(text: str) -> int:
    """How deep lists and objects lie in each other; counting stops where it is too deep for the parser.

    Where there are too few of them to be too deep: how many there may be.
    """
    brackets = text.count("[") + text.count("{")
    if brackets <= MAX_DEPTH:
        return brackets
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        token = match.group()
        if token in {"[", "{"}:
            depth += 1
            deepest = max(deepest, depth)
            if depth > _PARSER_DEPTH:
                break
        elif token in {"]", "}"}:
            depth -= 1
    return deepest


def _check(value: object) -> None:
    found = _first_fault(value, 0)
    if found is not None:
        reason, steps = found
        raise StrictJsonError(reason, _path(reversed(steps)))


def _first_fault(node: object, depth: int) -> tuple[str, list[str | int]] | None:
    """What is wrong first in the tree, and the way to it from the leaf up."""
    match node:
        case _Fault(reason, name):
            return reason, [] if name is None else [name]
        case str():
            return (_HALF_A_CHARACTER, []) if _SURROGATE.search(node) else None
        case dict() | list() if depth == MAX_DEPTH:
            return _TOO_DEEP, []
        case dict():
            if any(_SURROGATE.search(name) for name in node):
                return _HALF_A_CHARACTER, []
            return _first_of(node.items(), depth)
        case list():
            return _first_of(enumerate(node), depth)
        case _:
            return None


def _first_of(members: Iterable[tuple[str | int, object]], depth: int) -> tuple[str, list[str | int]] | None:
    for step, member in members:
        found = _first_fault(member, depth + 1)
        if found is not None:
            found[1].append(step)
            return found
    return None


def _path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else joined_path(path, step)
    return path if len(path) <= PATH_CHARS else path[:PATH_CHARS] + "…"
