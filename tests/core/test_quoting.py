"""What comes from outside stands in one line, and short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.quoting import EXCERPT_CHARS, excerpt, one_line


def test_line_breaks_and_what_turns_the_writing_around_become_blanks() -> None:
    assert one_line("  a\r\nb\t\x1b[31mc\u202ed\x00  ") == "a b [31mc d"


def test_a_long_text_is_cut_and_shows_it() -> None:
    assert excerpt("word " * 10_000) == ("word " * 40)[: EXCERPT_CHARS - 1] + "…"
    assert excerpt("x" * EXCERPT_CHARS) == "x" * EXCERPT_CHARS


@given(st.text(max_size=2_000))
def test_any_text_is_printable_and_bounded(text: str) -> None:
    assert one_line(text).isprintable()
    assert len(excerpt(text)) <= EXCERPT_CHARS
    assert excerpt(text).isprintable()
