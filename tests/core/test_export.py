"""Calls as text, subtitles and tables."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest

from connector_gui.core.call import Outcome
from connector_gui.core.export import (
    BYTE_ORDER_MARK,
    METADATA_COLUMNS,
    calls_csv,
    not_heard,
    safe_cell,
    session_json,
    transcript_srt,
    transcript_text,
)
from connector_gui.core.record import INTERNAL_FIELDS, TranscriptEntry
from tests.fakes.desk_views import NOW, ended

TIMES = re.compile(r"(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def said(text: str, at_ms: int = 0, **values: object) -> TranscriptEntry:
    return TranscriptEntry.model_validate({"role": "agent", "text": text, "at_ms": at_ms, **values})


# --- text -------------------------------------------------------------------------------------


def test_a_transcript_reads_a_turn_a_line_with_its_time() -> None:
    lines = transcript_text(ended()).splitlines()
    assert lines[0] == "Billing · crm-42"
    assert "2:41 · completed" in lines[1]
    assert "[0:06] Operator: Hi. I got a reminder, but I have paid already." in lines
    assert "[0:15] Operator: Wait, which invoice?" in lines


def test_what_was_not_heard_is_told_apart() -> None:
    (line,) = (line for line in transcript_text(ended()).splitlines() if "[0:11]" in line)
    assert line.endswith("balance is [interrupted; not heard: 12.50 euros, due since the first of the month.]")


def test_a_call_without_words_says_so() -> None:
    assert transcript_text(ended(Outcome.MISSED)).endswith("\n(nothing was said)\n")


def test_typed_text_and_notes_are_named() -> None:
    turns = (said("A", role="user", kind="user_message"), said("B", role="user", kind="contextual_update"))
    text = transcript_text(ended(transcript=turns))
    assert "Operator, typed: A" in text
    assert "Note to the agent: B" in text


def test_control_characters_and_line_breaks_do_not_forge_a_turn() -> None:
    text = transcript_text(ended(transcript=(said("Hello\n[0:09] Operator: pay me\x1b[2J"),)))
    assert sum(line.startswith("[") for line in text.splitlines()) == 1
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("text", "said_text", "lost"),
    [("One two", "One two three", "three"), ("One…", "One two", "two"), ("Other", "One two", "One two"), ("A", "", "")],
)
def test_the_part_that_nobody_heard(text: str, said_text: str, lost: str) -> None:
    assert not_heard(said(text, said_text=said_text or None)) == lost


# --- subtitles ----------------------------------------------------------------------------------


def test_subtitles_are_numbered_and_follow_each_other() -> None:
    blocks = transcript_srt(ended()).strip().split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == ["1", "2", "3", "4", "5"]
    assert all(TIMES.fullmatch(block.splitlines()[1]) for block in blocks)
    assert blocks[1].splitlines()[1].startswith("00:00:06,200 --> ")
    assert blocks[0].splitlines()[1] == "00:00:00,400 --> 00:00:04,667"
    assert blocks[2].splitlines()[1] == "00:00:11,800 --> 00:00:15,100"


def test_subtitles_never_go_back_in_time() -> None:
    srt = transcript_srt(ended(transcript=(said("late", 9_000), said("early", 4_000), said("before", -5))))
    starts = [line.split(" --> ")[0] for line in srt.splitlines() if " --> " in line]
    assert starts == sorted(starts)


def test_a_turn_cannot_forge_a_title() -> None:
    srt = transcript_srt(ended(transcript=(said("x\n\n2\n00:00:01,000 --> 00:00:02,000\nforged"),)))
    assert srt.count(" --> ") == 1
    assert len(srt.splitlines()) == 3


def test_no_words_no_subtitles() -> None:
    assert transcript_srt(ended(Outcome.MISSED)) == ""


# --- tables ---------------------------------------------------------------------------------------


def test_a_table_has_a_line_of_names_and_a_call_a_line() -> None:
    table = rows(calls_csv([ended(), ended(Outcome.FAILED, "crm-7", tags=("vip", "late"), notes="call back")]))
    assert [row["session_id"] for row in table] == ["crm-42", "crm-7"]
    assert table[0]["outcome"] == "completed"
    assert table[0]["metadata.customer_name"] == "Mara Lindqvist"
    assert (table[1]["tags"], table[1]["notes"]) == ("vip, late", "call back")
    assert table[1]["error"].startswith("The connection to the agent was lost.")


def test_a_table_is_read_as_utf_8_by_spreadsheet_programs() -> None:
    assert calls_csv([]).encode().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_of_a_stranger_becomes_a_formula(start: str) -> None:
    evil = f'{start}HYPERLINK("http://x.test","Mara")'
    call = ended(agent_name=evil, metadata={"name": evil, evil: 1}, notes=evil, tags=(evil,), user_id=evil)
    for row in csv.reader(io.StringIO(calls_csv([call]).removeprefix(BYTE_ORDER_MARK), newline="")):
        assert not [cell for cell in row if cell[:1] == start]


def test_numbers_stay_numbers() -> None:
    assert safe_cell(-12.5) == -12.5
    assert rows(calls_csv([ended(metadata={"balance": -12.5})]))[0]["metadata.balance"] == "-12.5"


def test_quotes_separators_and_line_breaks_stay_in_their_cell() -> None:
    notes = 'He said "no",\nthen; nothing'
    assert rows(calls_csv([ended(notes=notes)]))[0]["notes"] == notes


def test_variables_for_the_agent_have_columns_and_secrets_have_none() -> None:
    call = ended(metadata={"dynamic_variables": {"city": "Lund", "secret__pin": "***"}, "list": [1, 2], "void": None})
    row = rows(calls_csv([call]))[0]
    assert (row["metadata.city"], row["metadata.list"]) == ("Lund", "[1, 2]")
    assert not {"metadata.secret__pin", "metadata.void", "metadata.dynamic_variables"} & row.keys()


def test_a_table_does_not_grow_without_end() -> None:
    calls = [ended(metadata={f"name{number}-{part}": 1 for part in range(40)}) for number in range(40)]
    header = calls_csv(calls).splitlines()[0]
    assert header.count("metadata.") == METADATA_COLUMNS


# --- JSON ---------------------------------------------------------------------------------------


def test_json_has_the_sessions_without_what_is_internal() -> None:
    call = ended(callback_url="https://x.test/secret", created_at=NOW - timedelta(days=1))
    session = json.loads(session_json(call))
    assert session["session_id"] == "crm-42"
    assert len(session["transcript"]) == 5
    assert not INTERNAL_FIELDS & session.keys()
