"""What callers get over HTTP: the bodies of all answers, as objects ready for JSON.

Links are absolute, under the address that the caller reached us by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Failure, Party
from connector_gui.core.metadata import redacted
from connector_gui.core.moment import iso
from connector_gui.core.record import INTERNAL_FIELDS, LIST_OMITS, CallRecord
from connector_gui.core.service import Milestone, Page, PlacedCall
from connector_gui.core.turns import Turns
from connector_gui.core.webhook import FieldProblem

Timestamp = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]

CALL_LINKS = ("self", "events", "end")
SESSION_LINKS = (*CALL_LINKS, "transcript", "recording")


class _Answer(BaseModel):
    # A fault of ours must not carry a signed URL into a log.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class AcceptedBody(_Answer):
    """The call rings: answer of ``POST /webhook/initiate-call``.

    `timestamp` is when the call was placed, so that a replay is the first answer again.
    """

    success: Literal[True] = True
    message: str
    timestamp: Timestamp
    session_id: str
    status: Literal[CallState.RINGING] = CallState.RINGING
    agent_id: str
    agent_name: str | None
    practice: bool
    websocket_url: str | None = Field(default=None, repr=False)
    created_at: Timestamp
    ring_expires_at: Timestamp
    links: dict[str, str]


class WaitedBody(AcceptedBody):
    """The same answer to a caller that waited: how far the call has got by now.

    Where it is over, `outcome` says how it ended; else that and what belongs to it is null. `duration_s` is the
    length of the conversation so far.
    """

    status: CallState  # type: ignore[assignment]  # no longer ringing alone
    outcome: Outcome | None
    ended_by: Party | None
    error: Failure | None
    duration_s: float


class ErrorBody(_Answer):
    """Every error; `error` is a sentence for the person at the other end."""

    success: Literal[False] = False
    error: str
    code: str
    details: tuple[FieldProblem, ...] = ()
    request_id: str
    timestamp: Timestamp


class HealthBody(_Answer):
    """Whether calls can be taken; says nothing that needs a key."""

    status: Literal["healthy", "degraded", "unavailable"]
    version: str
    ready: bool
    reasons: tuple[str, ...]
    timestamp: Timestamp


def accepted_body(placed: PlacedCall, base_url: str, *, expose_signed_url: bool) -> dict[str, Any]:
    """The 202 to a placed call, first or repeated.

    Args:
        base_url: Scheme and host, without a slash at the end.
        expose_signed_url: Whether there is a ``websocket_url`` at all.
    """
    body = AcceptedBody(message=_message(placed), **_accepted(placed, base_url))
    return body.model_dump(mode="json", exclude=_kept_back(expose_signed_url))


def waited_body(
    placed: PlacedCall, now: CallRecord, milestone: Milestone, base_url: str, *, expose_signed_url: bool
) -> dict[str, Any]:
    """The 202 to a placed call whose caller waited for *milestone*; *now* is the call as it is since."""
    body = WaitedBody(
        message=_message(placed) if placed.is_replay and not now.outcome else _waited_message(now, milestone),
        status=now.status,
        outcome=now.outcome,
        ended_by=now.ended_by,
        error=now.error,
        duration_s=now.duration_s,
        **_accepted(placed, base_url),
    )
    return body.model_dump(mode="json", exclude=_kept_back(expose_signed_url))


def session_body(record: CallRecord, base_url: str, *, whole: bool) -> dict[str, Any]:
    """A session as callers see it; without what only the *whole* one has when it stands in a list."""
    omitted = INTERNAL_FIELDS if whole else INTERNAL_FIELDS | LIST_OMITS
    body = {name: plain(value) for name, value in record if name not in omitted}
    body["metadata"] = redacted(body["metadata"])
    return {**body, "links": links(record.session_id, base_url, SESSION_LINKS)}


def sessions_body(page: Page, base_url: str) -> dict[str, Any]:
    """A page of sessions."""
    sessions = [session_body(record, base_url, whole=False) for record in page.records]
    return {"sessions": sessions, "next_cursor": page.next_cursor}


def transcript_body(record: CallRecord) -> dict[str, Any]:
    """The conversation of a call, as far as it has got."""
    return {
        "session_id": record.session_id,
        "status": record.status.value,
        "outcome": record.outcome and record.outcome.value,
        "conversation_id": record.conversation_id,
        "duration_s": record.duration_s,
        "transcript": [plain(entry) for entry in record.transcript],
    }


def links(session_id: str, base_url: str, names: tuple[str, ...]) -> dict[str, str]:
    """The addresses *names* of a session. Its id has only characters that a path takes as they are."""
    whole = f"{base_url}/sessions/{session_id}"
    return {name: whole if name == "self" else f"{whole}/{name}" for name in names}


def _accepted(placed: PlacedCall, base_url: str) -> dict[str, Any]:
    record = placed.record
    return {
        "timestamp": record.created_at,
        "session_id": record.session_id,
        "agent_id": record.agent_id,
        "agent_name": record.agent_name,
        "practice": record.practice,
        "websocket_url": placed.websocket_url,
        "created_at": record.created_at,
        "ring_expires_at": record.ring_expires_at,
        "links": links(record.session_id, base_url, CALL_LINKS),
    }


def _kept_back(expose_signed_url: bool) -> set[str]:
    return set() if expose_signed_url else {"websocket_url"}


def _waited_message(now: CallRecord, milestone: Milestone) -> str:
    if now.outcome:
        return f"The call is over ({now.outcome})."
    if milestone is Milestone.ACCEPTED and now.status is not CallState.RINGING:
        return "The call was accepted at the desk."
    state = "still ringing" if now.status is CallState.RINGING else f"going on ({now.status})"
    return f"The time to wait is over and the call is {state}. Follow it at links.self."


def _message(placed: PlacedCall) -> str:
    if not placed.is_replay:
        return "The call is ringing at the desk."
    record = placed.record
    state = f"ended ({record.outcome})" if record.outcome else record.status
    return (
        f"This call was placed before and is {state}: nothing rings again. "
        "To place a new call, send a new session_id (or another Idempotency-Key)."
    )


def plain(value: Any) -> Any:
    """*value* of the record in terms of JSON."""
    match value:
        case datetime():
            return iso(value)
        case Enum():
            return value.value
        case BaseModel():
            return {name: plain(member) for name, member in value}
        case Mapping():
            return {name: plain(member) for name, member in value.items()}
        case list() | tuple() | Turns():
            return [plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case _:
            return value
