"""The strip of calls: who stands where, and what is told of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.call import CallState
from connector_gui.core.record import CallRecord
from connector_gui.core.strip import strip_of
from connector_gui.core.view import CallView, DeskView

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def call(name: str, state: CallState, accepted_s: float | None = None, **values: Any) -> CallView:
    accepted_at = None if accepted_s is None else START + timedelta(seconds=accepted_s)
    record = CallRecord(
        session_id=name,
        status=state,
        agent_id=f"agent_{name}",
        agent_name=name.title() if name != "nameless" else None,
        created_at=START,
        ring_expires_at=START,
        accepted_at=accepted_at,
    )
    rings = {"rings_until_s": 130.0} if state is CallState.RINGING else {}
    return CallView(record, **{**rings, **values})


def test_conversations_stay_where_they_are_whoever_is_in_focus_and_ringing_calls_follow() -> None:
    first = call("first", CallState.HELD, 1, held_since_s=50.0, waiting_s=3.5, hold_ends_s=350.0)
    second = call("second", CallState.ACTIVE, 2, has_focus=True, started_s=40.0)
    on_line = call("nameless", CallState.ACTIVE, 3, line="Softphone")
    ringing = call("ringing", CallState.RINGING)
    strip = strip_of(DeskView(calls=(second, ringing, on_line, first)))
    assert [(one.number, one.name) for one in strip] == [
        (1, "First"),
        (2, "Second"),
        (3, "agent_nameless"),
        (0, "Ringing"),
    ]
    assert (strip[0].is_held, strip[0].waiting_s, strip[0].hold_ends_s) == (True, 3.5, 350.0)
    assert (strip[1].has_focus, strip[1].since_s) == (True, 40.0)
    assert strip[2].line == "Softphone"
    assert strip[3].rings_until_s == 130.0
    assert strip_of(DeskView()) == ()
