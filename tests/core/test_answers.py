from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.answers import accepted_body, session_body, sessions_body
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import CloseFrame, Failure, Party
from connector_gui.core.record import CallRecord, Notice, Recording, ToolCall, TranscriptEntry
from connector_gui.core.service import Page, PlacedCall

CREATED = datetime(2026, 11, 22, 12, 41, 0, 250_900, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"


def record(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "session_id": "crm-42",
        "status": CallState.ENDED,
        "outcome": Outcome.COMPLETED,
        "ended_by": Party.OPERATOR,
        "close": CloseFrame(1000),
        "agent_id": "agent_123",
        "agent_name": "Billing",
        "conversation_id": "conv_9",
        "metadata": {"customer_name": "Mara", "deep": [{"secret__pin": "4711"}]},
        "created_at": CREATED,
        "ring_expires_at": CREATED + timedelta(seconds=30),
        "ended_at": CREATED + timedelta(seconds=90),
        "duration_s": 61.2,
        "transcript": (TranscriptEntry(role="agent", text="Hello", event_id=1, interrupted=True),),
        "tool_calls": (ToolCall(tool_call_id="t1", tool_name="lookup"),),
        "notices": (Notice(code="slow", message="The line is slow.", at=CREATED),),
        "recording": Recording(state="done", duration_s=61.0),
        "placed_by": "n8n",
        "digest": "d1",
        "callback_url": "http://127.0.0.1:5678/x?signature=geheim",
    }
    return CallRecord(**{**values, **changes})


# The members that callers are promised, in their order.
SESSION_MEMBERS = [
    *("session_id", "status", "outcome", "ended_by", "error", "close", "agent_id", "agent_name", "practice"),
    *("conversation_id", "user_id", "metadata", "created_at", "ring_expires_at", "accepted_at", "started_at"),
    *("ended_at", "duration_s", "muted", "held", "hold", "line"),
    *("transcript", "tool_calls", "notices", "notes", "tags"),
    *("recording", "elevenlabs", "callback", "links"),
]


def test_a_session_has_the_members_of_the_contract_and_no_others() -> None:
    body = session_body(record(), BASE, whole=True)
    assert list(body) == SESSION_MEMBERS
    assert json.loads(json.dumps(body)) == body
    assert body["close"] == {"code": 1000, "reason": ""}
    assert body["created_at"] == "2026-11-22T12:41:00.250Z"
    assert body["accepted_at"] is None
    assert (body["status"], body["outcome"], body["ended_by"]) == ("ended", "completed", "operator")
    assert body["notices"] == [{"code": "slow", "message": "The line is slow.", "at": "2026-11-22T12:41:00.250Z"}]
    assert body["recording"] == {"state": "done", "duration_s": 61.0}
    assert body["callback"] == {"state": "none", "attempts": 0, "last_error": None}
    assert body["links"] == {
        "self": f"{BASE}/sessions/crm-42",
        "events": f"{BASE}/sessions/crm-42/events",
        "end": f"{BASE}/sessions/crm-42/end",
        "transcript": f"{BASE}/sessions/crm-42/transcript",
        "recording": f"{BASE}/sessions/crm-42/recording",
    }


def test_a_transcript_entry_has_the_members_of_the_contract() -> None:
    (entry,) = session_body(record(), BASE, whole=True)["transcript"]
    assert (
        entry.items()
        >= {
            "role": "agent",
            "text": "Hello",
            "said_text": None,
            "at_ms": 0,
            "event_id": 1,
            "interrupted": True,
        }.items()
    )


def test_the_list_leaves_out_what_is_long() -> None:
    page = sessions_body(Page((record(), record(session_id="crm-43")), "c2"), BASE)
    assert page["next_cursor"] == "c2"
    assert [session["session_id"] for session in page["sessions"]] == ["crm-42", "crm-43"]
    omitted = {"transcript", "tool_calls", "elevenlabs"}
    assert list(page["sessions"][0]) == [name for name in SESSION_MEMBERS if name not in omitted]


def test_a_session_tells_no_secret() -> None:
    body = json.dumps(session_body(record(), BASE, whole=True))
    assert "4711" not in body
    assert "geheim" not in body
    assert "d1" not in body


def test_a_failure_has_code_and_words() -> None:
    body = session_body(record(error=Failure("agent_timeout", "No answer.")), BASE, whole=True)
    assert body["error"] == {"code": "agent_timeout", "message": "No answer."}


def ringing() -> CallRecord:
    return record(status=CallState.RINGING, outcome=None, ended_by=None, ended_at=None)


def test_the_first_answer_has_the_members_of_the_contract() -> None:
    body = accepted_body(PlacedCall(ringing(), "wss://example/?token=1"), BASE, expose_signed_url=True)
    assert body == {
        "success": True,
        "message": "The call is ringing at the desk.",
        "timestamp": "2026-11-22T12:41:00.250Z",
        "session_id": "crm-42",
        "status": "ringing",
        "agent_id": "agent_123",
        "agent_name": "Billing",
        "practice": False,
        "websocket_url": "wss://example/?token=1",
        "created_at": "2026-11-22T12:41:00.250Z",
        "ring_expires_at": "2026-11-22T12:41:30.250Z",
        "links": {
            "self": f"{BASE}/sessions/crm-42",
            "events": f"{BASE}/sessions/crm-42/events",
            "end": f"{BASE}/sessions/crm-42/end",
        },
    }


def test_a_replay_is_the_first_answer_and_says_that_nothing_rings() -> None:
    first = accepted_body(PlacedCall(ringing(), "wss://example/"), BASE, expose_signed_url=True)
    replay = accepted_body(PlacedCall(record(), None, is_replay=True), BASE, expose_signed_url=True)
    assert replay["websocket_url"] is None
    assert "nothing rings again" in replay["message"]
    assert "ended (completed)" in replay["message"]
    assert "new session_id" in replay["message"]
    assert {**replay, "websocket_url": 0, "message": 0} == {**first, "websocket_url": 0, "message": 0}


def test_the_signed_url_can_be_left_out() -> None:
    body = accepted_body(PlacedCall(ringing(), "wss://example/"), BASE, expose_signed_url=False)
    assert "websocket_url" not in body
