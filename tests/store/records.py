"""Calls to store, and a writer to kill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.record import CallRecord

START = datetime(2026, 11, 22, 12, 41, 0, 250_000, tzinfo=UTC)


def record(session_id: str = "crm-42", /, **values: Any) -> CallRecord:
    """A ringing call, with *values* in place of the usual ones."""
    usual: dict[str, Any] = {
        "session_id": session_id,
        "status": "ringing",
        "agent_id": "agent_123",
        "created_at": START,
        "ring_expires_at": START + timedelta(seconds=30),
    }
    return CallRecord.model_validate({**usual, **values})


def whole_record(session_id: str = "crm-42", /) -> CallRecord:
    """A call that has everything a call can have, but no transcript."""
    return record(
        session_id,
        status="ended",
        outcome="failed",
        ended_by="agent",
        error={"code": "agent_closed", "message": "The agent hung up."},
        close={"code": 1011, "reason": "internal"},
        agent_name="Billing",
        practice=True,
        conversation_id="conv_9",
        user_id="crm-1",
        metadata={
            "customer_name": "Mara Lindqvist",
            "balance": 12.5,
            "tags": ["a", None, {"b": True}],
            "secret__k": "***",
        },
        accepted_at=START + timedelta(seconds=3),
        started_at=START + timedelta(seconds=3.5),
        ended_at=START + timedelta(seconds=64.7),
        duration_s=61.2,
        muted=True,
        tool_calls=[{"tool_call_id": "t1", "tool_name": "lookup", "at_ms": 900, "state": "done", "detail": "ok"}],
        notices=[{"code": "slow", "message": "The line is slow.", "at": START}],
        notes="call back\nat five",
        tags=["invoice", "überfällig"],
        recording={"state": "done", "duration_s": 61.0},
        elevenlabs={"status": "done", "cost": 120},
        callback={"state": "delivered", "attempts": 2, "last_error": "503"},
        priority=5,
        placed_by="crm",
        digest="0" * 64,
        callback_url="http://127.0.0.1:5678/webhook-waiting/77",
    )
