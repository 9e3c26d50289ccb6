"""The sentences that operators read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Party
from connector_gui.core.view import CallView, DeskView, Speaker
from connector_gui.ui import words
from connector_gui.ui.icon import Shape
from connector_gui.ui.plain_text import for_other_programs, isolated
from tests.fakes.desk_views import NOW, ended, held, idle, in_call, record, ringing, talking


def shown(text: str) -> str:
    """*text* without the marks that only matter between directions of writing."""
    return for_other_programs(text)


def test_a_caller_is_told_by_the_most_telling_metadata() -> None:
    assert shown(words.caller(record())) == "Mara Lindqvist · invoice 4711 · balance 12.5"


def test_a_name_comes_first_wherever_it_stands() -> None:
    metadata = {"language": "sv", "balance": 12.5, "note": "x", "customer_name": "Mara"}
    assert shown(words.caller(record(metadata=metadata))).startswith("Mara · balance 12.5")


def test_variables_for_the_agent_are_metadata_too() -> None:
    metadata = {"dynamic_variables": {"customer_name": "Mara"}, "ticket": 7}
    assert shown(words.caller(record(metadata=metadata))) == "Mara · ticket 7"


def test_secrets_and_empty_values_are_not_shown() -> None:
    metadata = {"secret__token": "***", "name": "", "city": None, "vip": True}
    assert words.facts(record(metadata=metadata)) == [(isolated("vip"), isolated("yes"))]


def test_a_value_of_any_shape_can_be_shown() -> None:
    metadata = {"items": ["a", {"b": 1}], "huge": "x" * 5_000}
    facts = dict(words.facts(record(metadata=metadata)))
    assert shown(facts[isolated("items")]) == '["a", {"b": 1}]'
    assert all(len(value) < 200 for value in facts.values())


def test_an_agent_without_a_name_is_shown_by_its_id() -> None:
    assert shown(words.agent(record(agent_name=None))) == "agent_123"


@pytest.mark.parametrize(
    ("view", "shape", "word"),
    [
        (idle(), Shape.IDLE, "Ready for calls"),
        (idle(is_practice=True), Shape.IDLE, "Ready for calls · practice agent"),
        (idle(is_do_not_disturb=True), Shape.DO_NOT_DISTURB, "Do not disturb"),
        (idle(problems=("Port 8000 is taken.",)), Shape.ERROR, "Port 8000 is taken."),
        (idle(calls=(ringing(),)), Shape.RINGING, "Ringing · Billing"),
        (idle(calls=(talking(CallState.CONNECTING),)), Shape.CONNECTING, "Connecting… · Billing"),
        (in_call(), Shape.IN_CALL, "In call · Billing"),
        (in_call(muted=True), Shape.MUTED, "You are muted · Billing"),
        (idle(calls=(talking(CallState.ENDING),)), Shape.IN_CALL, "Ending… · Billing"),
        (idle(calls=(held(),)), Shape.HELD, "On hold · Support"),
        (idle(calls=(ringing(), held())), Shape.RINGING, "Ringing · Billing"),
        (idle(calls=(talking(), ringing("b"))), Shape.IN_CALL, "In call · Billing"),
        (idle(calls=(ringing(),), is_do_not_disturb=True), Shape.RINGING, "Ringing · Billing"),
    ],
)
def test_the_state_of_the_desk_in_a_shape_and_a_line(view: DeskView, shape: Shape, word: str) -> None:
    status = words.desk_status(view)
    assert (status.shape, shown(status.word)) == (shape, word)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (talking(speaker=Speaker.AGENT), "The agent is speaking"),
        (talking(speaker=Speaker.OPERATOR), "You are speaking"),
        (talking(), "Listening"),
        (talking(muted=True), "You are muted: the agent cannot hear you"),
        (talking(muted=True, speaker=Speaker.AGENT), "You are muted"),
        (talking(CallState.CONNECTING), "Calling the agent…"),
        (talking(is_waiting_for_line=True), "ElevenLabs is busy. The call waits for a free line there"),
        (talking(CallState.ENDING), "The call is ending…"),
        (held(), "The agent hears silence"),
    ],
)
def test_who_speaks_is_said_in_words(call: CallView, line: str) -> None:
    assert words.who_speaks(call) == line


@pytest.mark.parametrize(
    ("outcome", "values", "title"),
    [
        (Outcome.COMPLETED, {"ended_by": Party.AGENT}, "The agent ended the call · 2 min 41 s"),
        (Outcome.COMPLETED, {"ended_by": Party.OPERATOR}, "You ended the call · 2 min 41 s"),
        (Outcome.COMPLETED, {"ended_by": Party.CALLER}, "The dialer ended the call · 2 min 41 s"),
        (Outcome.DECLINED, {}, "You declined the call"),
        (Outcome.MISSED, {}, "Missed call"),
        (Outcome.CANCELLED, {}, "The dialer withdrew the call"),
        (Outcome.INTERRUPTED, {}, "Cut off when the program closed"),
        (Outcome.FAILED, {}, "The call failed"),
    ],
)
def test_every_outcome_has_its_words(outcome: Outcome, values: dict[str, Any], title: str) -> None:
    call = ended(outcome, **values)
    assert words.ending(call).title == title
    assert words.outcome(call)[0]


def test_a_failure_says_what_to_do() -> None:
    call = ended(Outcome.FAILED)
    assert call.error is not None
    assert words.ending(call).advice == call.error.message


@pytest.mark.parametrize(
    ("seconds", "clock", "spoken"),
    [(0, "00:00", "0 s"), (59.6, "00:59", "1 min 0 s"), (161, "02:41", "2 min 41 s"), (3725, "1:02:05", "1 h 2 min")],
)
def test_durations(seconds: float, clock: str, spoken: str) -> None:
    assert words.clock(seconds) == clock
    assert words.duration_words(seconds) == spoken


def test_a_clock_that_went_back_shows_zero() -> None:
    assert words.clock(-3) == "00:00"


@pytest.mark.parametrize(("ms", "word"), [(42, "good"), (150, "good"), (242, "fair"), (900, "slow")])
def test_a_round_trip_is_a_figure_and_a_word(ms: int, word: str) -> None:
    assert words.round_trip(ms) == f"{ms} ms · {word}"


def test_no_round_trip_is_no_words() -> None:
    assert words.round_trip(None) == ""


def test_times_of_other_days_have_a_date() -> None:
    today, yesterday, earlier = (words.when(NOW - timedelta(days=days), NOW) for days in (0, 1, 9))
    assert len(today) < len(yesterday)
    assert yesterday == f"yesterday {today}"
    assert earlier.endswith(today)
    assert "yesterday" not in earlier
