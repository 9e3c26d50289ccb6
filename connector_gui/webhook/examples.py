"""Answers to look at, made of an invented call by the functions that make the real ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from connector_gui import __version__
from connector_gui.core.answers import HealthBody, accepted_body, session_body, sessions_body, transcript_body
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import CloseFrame, Party
from connector_gui.core.record import CallbackState, CallRecord, Recording, SessionEvent, TranscriptEntry
from connector_gui.core.service import Page, PlacedCall
from connector_gui.webhook.sse import event_text, snapshot_text

_BASE_URL: Final = "http://127.0.0.1:8000"
_PLACED: Final = datetime(2026, 11, 22, 12, 41, 0, 250_000, UTC)
_STARTED: Final = _PLACED + timedelta(seconds=4)
_ENDED: Final = _STARTED + timedelta(seconds=61.2)

_RINGING: Final = CallRecord(
    session_id="crm-42",
    status=CallState.RINGING,
    agent_id="agent_123",
    agent_name="Billing",
    user_id="crm-1",
    metadata={"customer_name": "Mara"},
    created_at=_PLACED,
    ring_expires_at=_PLACED + timedelta(seconds=30),
    callback=CallbackState(state="pending"),
)
_OVER: Final = _RINGING.model_copy(
    update={
        "status": CallState.ENDED,
        "outcome": Outcome.COMPLETED,
        "ended_by": Party.OPERATOR,
        "close": CloseFrame(1000),
        "conversation_id": "conv_9",
        "accepted_at": _STARTED,
        "started_at": _STARTED,
        "ended_at": _ENDED,
        "duration_s": 61.2,
        "transcript": (
            TranscriptEntry(
                role="agent",
                text="Hello Mara, this is",
                said_text="Hello Mara, this is the billing desk.",
                at_ms=410,
                event_id=1,
                interrupted=True,
                heard_ms=1200,
            ),
            TranscriptEntry(role="user", text="Wait, which invoice?", at_ms=1650),
        ),
        "recording": Recording(state="done", duration_s=61.0),
        "elevenlabs": {"status": "done", "summary": "Mara asked about an invoice.", "cost": 120},
        "callback": CallbackState(state="delivered", attempts=1),
    }
)

ACCEPTED: Final = accepted_body(
    PlacedCall(_RINGING, "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=agent_123&conversation_signature=…"),
    _BASE_URL,
    expose_signed_url=True,
)
SESSION: Final = session_body(_OVER, _BASE_URL, whole=True)
SESSIONS: Final = sessions_body(Page((_OVER,), "next-page"), _BASE_URL)
TRANSCRIPT: Final = transcript_body(_OVER)
HEALTH: Final = HealthBody(status="healthy", version=__version__, ready=True, reasons=(), timestamp=_PLACED).model_dump(
    mode="json"
)
EVENTS: Final = (
    snapshot_text({"sessions": []}, 7)
    + event_text(SessionEvent(kind="session", session_id="crm-42", at=_PLACED, id=8), _RINGING, _BASE_URL, whole=False)
).decode()
