"""Requests as the activity window is shown them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.activity import Activity, ShownRequest

CAME = datetime(2026, 11, 22, 12, 41, tzinfo=UTC)
CALL = '{"agent_id": "agent_123", "session_id": "crm-42", "metadata": {"customer_name": "Mara", "secret__pin": "***"}}'
REASON = "ring_timeout_s must be a number of seconds from 1 to 3600."


def shown(number: int = 1, **values: Any) -> ShownRequest:
    """A call that was placed, but for *values*."""
    made: dict[str, Any] = {
        "number": number,
        "at": CAME + timedelta(seconds=number),
        "method": "POST",
        "path": "/webhook/initiate-call",
        "query": (),
        "status": 202,
        "code": "",
        "reason": "",
        "key_name": "n8n",
        "remote_address": "127.0.0.1",
        "request_id": f"r{number}",
        "duration_ms": 4.2,
        "body": CALL,
        "body_bytes": len(CALL),
    }
    return ShownRequest(**{**made, **values})


def refused(number: int = 1, **values: Any) -> ShownRequest:
    """A call with a field that is wrong."""
    made = {"status": 422, "code": "invalid_request", "reason": REASON, "duration_ms": 0.8}
    return shown(number, **{**made, **values})


def activity() -> Activity:
    """An ordinary morning."""
    wrong_key = "The X-API-Key is not one of this desk's keys. Copy the key from Agent Connector (Settings, Webhook)."
    asked: dict[str, Any] = {"method": "GET", "body": None, "body_bytes": 0, "status": 200, "duration_ms": 1.1}
    requests = [
        shown(41),
        refused(40),
        shown(39, path="/sessions/crm-41/end", body=None, body_bytes=0, status=200),
        refused(38, status=401, code="unauthorized", reason=wrong_key, key_name="", body=None, body_bytes=0),
        shown(37, **{**asked, "path": "/sessions", "query": (("limit", "5"),)}),
        refused(36, status=503, code="do_not_disturb", reason="The operator takes no calls now. Try again later."),
        shown(35, **{**asked, "path": "/health", "key_name": ""}),
    ]
    return Activity(tuple(requests), 41, 3)
