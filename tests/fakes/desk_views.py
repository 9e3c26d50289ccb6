"""Views of the desk as the switchboard makes them: for the tests of windows, and for their pictures."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.approvals import Approval
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Failure, Party
from connector_gui.core.record import CallRecord, ToolCall, TranscriptEntry
from connector_gui.core.view import CallView, DeskView, PendingApproval, RoundTrip, Speaker

NOW = datetime(2026, 11, 22, 12, 41, tzinfo=UTC)
WEBHOOK_URL = "http://127.0.0.1:8000/webhook/initiate-call"
METADATA = {"customer_name": "Mara Lindqvist", "invoice": 4711, "balance": 12.5, "language": "sv"}

TRANSCRIPT = (
    TranscriptEntry(
        role="agent", text="Hello Mara, this is the billing desk. How can I help you?", at_ms=400, event_id=1
    ),
    TranscriptEntry(role="user", text="Hi. I got a reminder, but I have paid already.", at_ms=6_200),
    TranscriptEntry(
        role="agent",
        text="I see one open invoice. Your balance is",
        said_text="I see one open invoice. Your balance is 12.50 euros, due since the first of the month.",
        at_ms=11_800,
        event_id=2,
        interrupted=True,
    ),
    TranscriptEntry(role="user", text="Wait, which invoice?", at_ms=15_100),
    TranscriptEntry(role="agent", text="Number 4711, from the 3rd of October.", at_ms=17_000, event_id=3),
)  # fmt: skip


def record(session_id: str = "crm-42", status: CallState = CallState.RINGING, **values: Any) -> CallRecord:
    """A call of the Billing agent, created at `NOW`."""
    facts: dict[str, Any] = {
        "agent_id": "agent_123",
        "agent_name": "Billing",
        "metadata": METADATA,
        "created_at": NOW,
        "ring_expires_at": NOW + timedelta(seconds=30),
        "placed_by": "n8n",
    }
    return CallRecord.model_validate({"session_id": session_id, "status": status, **facts, **values})


def ringing(session_id: str = "crm-42", *, until_s: float = 24.0, **values: Any) -> CallView:
    """A call that rings until *until_s* on the windows' clock; *values* of `CallView` are taken from the record's."""
    moment = _moment(values)
    return CallView(record(session_id, **values), rings_until_s=until_s, **moment)


def talking(status: CallState = CallState.ACTIVE, session_id: str = "crm-42", **values: Any) -> CallView:
    """The conversation in focus; *values* of `CallView` are taken from those of the record."""
    moment = _moment(values)
    if status in {CallState.ACTIVE, CallState.ENDING}:
        moment.setdefault("started_s", 0.0)
    facts = {"accepted_at": NOW, "started_at": NOW, "transcript": TRANSCRIPT, **values}
    return CallView(record(session_id, status, **facts), has_focus=True, **moment)


def held(session_id: str = "crm-7", **values: Any) -> CallView:
    """A conversation without devices; *values* of `CallView` are taken from those of the record."""
    moment = {"started_s": 0.0, "held_since_s": 100.0, **_moment(values)}
    facts = {"agent_name": "Support", "metadata": {"name": "Jo Park"}, "held": True, "transcript": TRANSCRIPT[:2]}
    taken = {"accepted_at": NOW + timedelta(seconds=1), "started_at": NOW}
    return CallView(record(session_id, CallState.HELD, **{**facts, **taken, **values}), **moment)


def on_line(line: str = "Softphone", session_id: str = "crm-9", **values: Any) -> CallView:
    """A conversation with devices of its own."""
    moment = {"started_s": 40.0, "line": line, **_moment(values)}
    facts = {"agent_name": "Dispatch", "metadata": {"name": "Ana Ruiz"}, "transcript": TRANSCRIPT[:3]}
    taken = {"accepted_at": NOW + timedelta(seconds=2), "started_at": NOW, "line": line}
    return CallView(record(session_id, CallState.ACTIVE, **{**facts, **taken, **values}), **moment)


def _moment(values: dict[str, Any]) -> dict[str, Any]:
    """What of *values* belongs to the moment, not to the record; taken out of them."""
    names = {one.name for one in fields(CallView)} - {"record", "has_focus"}
    return {name: values.pop(name) for name in names & values.keys()}


TOOLS = (
    ToolCall(tool_call_id="t1", tool_name="find_invoices", at_ms=11_000, state="done"),
    ToolCall(tool_call_id="t2", tool_name="send_copy_by_post", at_ms=18_000, state="asked"),
)


def question(tool_call_id: str = "t2", *, until_s: float = 184.0, **values: Any) -> PendingApproval:
    """A tool that the agent may use only with the operator's word, until *until_s* on the windows' clock."""
    facts: dict[str, Any] = {
        "tool_name": "send_copy_by_post",
        "description": "Prints an invoice and posts it to the customer's address.",
        "arguments": '{\n  "invoice": 4711,\n  "to": "Storgatan 12, 111 23 Stockholm"\n}',
    }
    return PendingApproval(Approval(tool_call_id, **{**facts, **values}), until_s)


def round_trips(*each_ms: int, every_s: float = 2.0) -> tuple[RoundTrip, ...]:
    """Measurements, the newest at 160 s on the windows' clock."""
    first_s = 160.0 - every_s * (len(each_ms) - 1)
    return tuple(RoundTrip(first_s + every_s * number, ms) for number, ms in enumerate(each_ms))


def ended(outcome: Outcome = Outcome.COMPLETED, session_id: str = "crm-42", **values: Any) -> CallRecord:
    """A call that is over, a minute after `NOW`."""
    facts: dict[str, Any] = {"ended_at": NOW + timedelta(minutes=1), "outcome": outcome}
    if outcome is Outcome.COMPLETED:
        facts |= {"ended_by": Party.AGENT, "duration_s": 161.0, "started_at": NOW, "transcript": TRANSCRIPT}
    if outcome is Outcome.FAILED:
        message = (
            "The connection to the agent was lost. Check the internet connection, then call again: "
            "a conversation cannot be taken up where it broke off."
        )
        facts |= {
            "error": Failure("link_lost", message),
            "duration_s": 48.0,
            "started_at": NOW,
            "transcript": TRANSCRIPT[:3],
        }
    return record(session_id, CallState.ENDED, **{**facts, **values})


def recent_calls() -> tuple[CallRecord, ...]:
    """A day's calls, newest first."""
    jo, ana = {"name": "Jo Park", "ticket": "A-77"}, {"customer": "Ana Ruiz", "order": 90210}
    rows: list[tuple[Outcome, int, dict[str, Any]]] = [
        (Outcome.MISSED, 4, {"agent_name": "Support", "metadata": jo}),
        (Outcome.COMPLETED, 31, {}),
        (Outcome.DECLINED, 52, {"agent_name": "Survey", "metadata": {}}),
        (Outcome.FAILED, 95, {"agent_name": "Orders", "metadata": ana}),
        (Outcome.COMPLETED, 180, {"agent_name": "Orders", "metadata": ana, "duration_s": 733.0}),
    ]
    return tuple(
        ended(outcome, f"crm-{number}", **_times(minutes), **values)
        for number, (outcome, minutes, values) in enumerate(rows)
    )


def _times(minutes: int) -> dict[str, datetime]:
    """Of a call that was over so many minutes ago."""
    over = NOW - timedelta(minutes=minutes)
    return {"created_at": over - timedelta(minutes=3), "ended_at": over}


def idle(**values: Any) -> DeskView:
    """A desk that is ready, with a webhook that listens."""
    return DeskView(**{"webhook_url": WEBHOOK_URL, **values})


def in_call(**values: Any) -> DeskView:
    """A desk in a conversation."""
    return idle(calls=(talking(speaker=Speaker.AGENT, round_trip_ms=42, **values),))
