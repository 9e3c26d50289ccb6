"""Whatever strangers send is shown as harmless plain text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from connector_gui.ui.plain_text import (
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    for_other_programs,
    isolated,
    one_line,
    paragraphs,
    plain,
    tooltip,
)
from connector_gui.ui.widgets.copy_field import LONGEST, CopyField


@given(text=st.text(max_size=400), limit=st.integers(min_value=1, max_value=60))
def test_a_line_is_one_line_within_its_limit_and_without_tricks(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    for character in line:
        assert character in "\u200c\u200d" or unicodedata.category(character) not in {
            "Cc",
            "Cf",
            "Zl",
            "Zp",
            "Cs",
            "Co",
        }


def test_line_breaks_and_tabs_become_single_spaces() -> None:
    assert one_line(" Mara\r\n\tLindqvist\u2028 ") == "Mara Lindqvist"


def test_a_text_that_is_cut_says_so() -> None:
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
    assert one_line("x" * 10, 10) == "x" * 10


def test_marks_that_turn_the_direction_of_neighbours_are_taken_out() -> None:
    assert one_line("invoice\u202e4711\u2066") == "invoice4711"


def test_emoji_and_joined_scripts_stay_whole() -> None:
    family = "👩\u200d👧 می\u200cخواهم"
    assert one_line(family) == family


def test_a_pile_of_combining_marks_is_cut_down() -> None:
    assert len(one_line("a" + "\u0301" * 50)) == 5


def test_a_huge_text_is_not_looked_through() -> None:
    # All of it would take seconds; the processor's time, since others may be using the machine.
    huge = "\u202e" * 10_000_000
    start_s = time.process_time()
    one_line(huge, 60)
    assert time.process_time() - start_s < 0.5


def test_joined_words_keep_their_direction_to_themselves() -> None:
    assert plain("שלום") == f"{FIRST_STRONG_ISOLATE}שלום{POP_ISOLATE}"
    assert isolated("") == ""


def test_other_programs_get_no_markup_and_no_needless_marks() -> None:
    assert for_other_programs(f"Ringing · {plain('<b>Müller</b> & Co')}") == "Ringing · ‹b›Müller‹/b› + Co"
    assert FIRST_STRONG_ISOLATE in for_other_programs(f"Ringing · {plain('שלום')}")


@pytest.mark.parametrize("text", ["<b>bold</b>", "a & b", '<img src="file:///etc/passwd">'])
def test_tooltips_show_markup_as_text(text: str) -> None:
    shown = tooltip([text, "second"])
    assert "<b>" not in shown
    assert "<img" not in shown
    assert shown.endswith("<br>second")


def test_the_transcript_keeps_paragraphs() -> None:
    assert paragraphs("One.\nTwo\u202e.") == "One.\nTwo."
    assert paragraphs("a" * 30, 10) == "a" * 9 + "…"


def test_an_id_of_any_length_is_offered_in_bounds(qtbot: QtBot) -> None:
    field = CopyField("Conversation id")
    qtbot.addWidget(field)
    field.show_text("x" * 10_000_000)
    assert field.text == "x" * LONGEST
