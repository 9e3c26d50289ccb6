"""Text from outside, made fit to stand in a line of ours."""

from __future__ import annotations

from typing import Final

EXCERPT_CHARS: Final = 200
"""How much of somebody else's words is quoted."""


def one_line(text: str) -> str:
    """*text* in one line, without control or direction characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def excerpt(text: str) -> str:
    """The beginning of *text* in one line: `EXCERPT_CHARS` at most, however long it is."""
    line = one_line(text[: 4 * EXCERPT_CHARS])
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1] + "…"
