"""A sentence keeps how it was made until a window shows it."""

from __future__ import annotations

from datetime import UTC, datetime

from connector_gui.core.record import Notice
from connector_gui.core.sentence import Sentence, joined, sentence


def test_braces_in_a_value_are_only_text() -> None:
    assert sentence("The device “{name}” has been closed.", name="{0}") == "The device “{0}” has been closed."
    assert sentence("100 % {of it}") == "100 % {of it}"


def test_what_is_joined_is_still_told_apart() -> None:
    both = joined([sentence("Listening at {url}.", url="http://x"), "As it came {in}."])
    assert both == "Listening at http://x. As it came {in}."
    assert isinstance(both.values["part_0"], Sentence)
    assert joined([]) == ""


def test_a_live_notice_keeps_how_its_sentence_was_made() -> None:
    told = sentence("The device “{name}” has been closed.", name="Jabra")
    notice = Notice(code="closed", message=told, at=datetime(2026, 11, 20, tzinfo=UTC))
    assert isinstance(notice.message, Sentence)
    assert notice.message.template == told.template
    again = Notice.model_validate_json(notice.model_dump_json())
    assert (again.message, again == notice) == ("The device “Jabra” has been closed.", True)
