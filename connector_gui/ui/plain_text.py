"""Makes texts of strangers fit to be shown: metadata, agent names, transcripts.

They arrive over HTTP or from a model and may hold anything. On screen they are one line of plain
text of bounded length that cannot turn the direction of its neighbours, hide parts of itself, or be
taken for markup.
"""

from __future__ import annotations

import html
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"
FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"
# Joiners belong to emoji and to the scripts of Persian and India; all other format characters are invisible tricks.
_JOINERS: Final = frozenset("\u200c\u200d")
_MARKS_IN_A_ROW: Final = 4
"""More combining marks than any script stacks on one letter."""
# Notification daemons and panels may read markup; these look alike and are none.
_HARMLESS: Final = str.maketrans({"<": "‹", ">": "›", "&": "+"})


def one_line(text: str, limit: int = 120) -> str:
    """*text* as one line of at most *limit* characters, without control characters; not yet isolated."""
    # Cut first: cleaning a megabyte to show a line would stall the window.
    kept, marks = [], 0
    for character in text[: limit * 4]:
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if character in _JOINERS:
            kept.append(character)
        elif character.isspace() or category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category[0] != "C" and marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: limit - 1].rstrip() + ELLIPSIS


def isolated(text: str) -> str:
    """*text* between marks that keep its direction to itself; empty text stays empty."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if text else ""


def plain(text: str, limit: int = 120) -> str:
    """*text* cleaned by `one_line` and isolated: ready to be joined with other words."""
    return isolated(one_line(text, limit))


def paragraphs(text: str, limit: int = 20_000) -> str:
    """*text* with its line breaks but without other control characters: for the transcript."""
    cut = text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
    if cut.isascii() and cut.isprintable():
        return cut
    return "\n".join(one_line(line, max(1, len(line))) for line in cut.splitlines())


def for_other_programs(text: str) -> str:
    """*text* for notifications, tray tooltips and window titles: others draw those, and may read markup in them.

    Isolation stays where it is needed: with words that run from right to left.
    """
    if not any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        text = text.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")
    return text.translate(_HARMLESS)


def tooltip(lines: list[str]) -> str:
    """*lines* as a tooltip that Qt does not mistake for HTML: it guesses from the text otherwise."""
    return "<br>".join(html.escape(line) for line in lines)
