"""What is kept of a call: the record, and the session that callers see of it.

A `CallRecord` is a picture of a `Call` at one moment, complete and immutable. The store keeps
it, the window shows it, HTTP answers with it. Nothing in it is secret: values of ``secret__…``
metadata are ``"***"``, and neither keys nor signed URLs are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator

from connector_gui.core.call import Call, CallState, Outcome
from connector_gui.core.call_events import CloseFrame, Failure, Party
from connector_gui.core.call_request import OPERATOR
from connector_gui.core.moment import Moment
from connector_gui.core.sentence import Sentence

DetailsState = Literal["none", "pending", "done", "failed"]
ToolState = Literal["requested", "asked", "done", "failed", "refused"]
"""``asked``: the operator is to say whether it may be used."""
Score = Literal["like", "dislike"] | None
"""What the operator thinks of a turn of the agent; ``None``: nothing (any more)."""


def _as_it_was_made(value: object, check: ValidatorFunctionWrapHandler) -> str:
    # pydantic makes plain text of whatever is text, and windows could not translate it any more.
    checked: str = check(value)
    return value if isinstance(value, Sentence) else checked


Words = Annotated[str, WrapValidator(_as_it_was_made)]
"""A sentence for the operator, which stays a `Sentence` while the call is live; read back it is plain text."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TranscriptEntry(_Value):
    """One turn of the conversation, as it stands in the record.

    Attributes:
        text: What was said; after an interruption what was really spoken, as the service corrected it.
        said_text: The agent's whole text before it was cut; ``None`` while nothing was.
        at_ms: When, in ms since the conversation started.
        event_id: The service's number of the turn, where it gives one.
        interrupted: The other side cut in.
        heard_ms: How much of the turn had left the speaker when it was cut, in ms; ``None`` where nothing was cut.
        kind: Spoken, typed by the operator, or a note that only the agent sees.
        rating: What the operator thinks of it; only turns of the agent have one.
    """

    role: Literal["agent", "user"]
    text: str
    said_text: str | None = None
    at_ms: int = 0
    event_id: int | None = None
    interrupted: bool = False
    heard_ms: int | None = None
    kind: Literal["speech", "user_message", "contextual_update"] = "speech"
    rating: Score = None


class ToolCall(_Value):
    """A tool the agent used or asked us to use."""

    tool_call_id: str
    tool_name: str
    at_ms: int = 0
    state: ToolState = "requested"
    detail: str = ""


class Notice(_Value):
    """Something the operator should know about this call, in words."""

    code: str
    message: Words
    at: datetime


class Recording(_Value):
    """The state of the call's recording."""

    state: Literal["off", "running", "done", "failed", "deleted"] = "off"
    duration_s: float = 0.0


class Hold(_Value):
    """A call that is on hold now.

    Attributes:
        waiting_s: How much of the agent's speech waits to be heard, in s.
        ends_at: When the limit for holding is reached; ``None`` where there is none.
    """

    since: datetime
    waiting_s: float = 0.0
    ends_at: datetime | None = None


class CallbackState(_Value):
    """How far the report of the ending to ``callback_url`` has come."""

    state: Literal["none", "pending", "delivered", "failed"] = "none"
    attempts: int = 0
    last_error: Words | None = None


class CallRecord(_Value):
    """One call, whole. Field names are those of the session that callers see.

    Attributes:
        digest: Of the request as JSON, to tell a repeated one from another of the same id.
        body_digest: Of the request's very bytes where it had no id of its own; empty otherwise.
        is_answer_delivered: The caller got the answer to its request; ``False`` when its connection was gone.
        callback_due_at: When the report of the ending is to be tried next; ``None`` when it is not.
        recording_file: Name of the recording in the recordings folder; ``None`` when nothing was recorded.
        details: Whether the service's own account of the conversation (`elevenlabs`) is still to be fetched.
        day: The day of the call at the desk, by its local time.
        hold: Of a live call alone: it is not stored.
        line: The line that the call ran on last; ``None``: the desk's own devices.
        transcript: A tuple, or for a live call the `Turns` that it shares with earlier and later pictures.
        is_seen: ``False`` for a missed call until the operator has seen it.
    """

    session_id: str
    status: CallState
    outcome: Outcome | None = None
    ended_by: Party | None = None
    error: Failure | None = None
    close: CloseFrame | None = None
    agent_id: str
    agent_name: str | None = None
    practice: bool = False
    conversation_id: str | None = None
    user_id: str | None = None
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    created_at: datetime
    ring_expires_at: datetime
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float = 0.0
    muted: bool = False
    held: bool = False
    hold: Hold | None = None
    line: str | None = None
    transcript: Annotated[Sequence[TranscriptEntry], AfterValidator(tuple)] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    notices: tuple[Notice, ...] = ()
    notes: str = ""
    tags: tuple[str, ...] = ()
    recording: Recording = Recording()
    elevenlabs: Mapping[str, Any] | None = None
    callback: CallbackState = CallbackState()

    # Kept, but not part of the session that callers see (`INTERNAL_FIELDS`).
    priority: int = 0
    placed_by: str = OPERATOR
    digest: str = ""
    body_digest: str = ""
    is_answer_delivered: bool = True
    callback_url: str | None = Field(default=None, repr=False)
    callback_due_at: datetime | None = None
    recording_file: str | None = None
    details: DetailsState = "none"
    day: date = date.min
    is_seen: bool = True


INTERNAL_FIELDS = frozenset(
    {
        "priority",
        "placed_by",
        "digest",
        "body_digest",
        "is_answer_delivered",
        "callback_url",
        "callback_due_at",
        "recording_file",
        "details",
        "day",
        "is_seen",
    }
)
"""Fields of a `CallRecord` that no session shows."""

LIST_OMITS = frozenset({"transcript", "tool_calls", "elevenlabs"})
"""Fields that only the whole session has, not the list."""


EventKind = Literal["session", "transcript", "interruption", "notice"]


class SessionEvent(_Value):
    """Something that happened to a call, as callers may follow it; kept with the change it tells of.

    Attributes:
        id: Its number in the order of all events; 0 until it is kept.
        data: What *kind* needs beyond the call itself; small, without secrets. For ``session`` the members that
            changed, for ``transcript`` and ``interruption`` the position of the entry, for ``notice`` the notice.
    """

    kind: EventKind
    session_id: str
    at: datetime
    data: Mapping[str, Any] = Field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What is written in one transaction: all of it, or nothing.

    Attributes:
        record: The call as it is now; ``None`` when only its transcript changed.
        entries: New and changed entries of the transcript by position.
        events: What there is to tell of it, in order.
    """

    session_id: str
    record: CallRecord | None = None
    entries: Mapping[int, TranscriptEntry] = field(default_factory=dict)
    events: tuple[SessionEvent, ...] = ()


def facts_of(call: Call, now: Moment) -> dict[str, Any]:
    """What *call* itself knows, by the names of `CallRecord`; fits ``record.model_copy(update=…)``."""
    return {
        "status": call.state,
        "outcome": call.outcome,
        "ended_by": call.ended_by,
        "error": call.failure,
        "close": call.close,
        "conversation_id": call.conversation_id,
        "accepted_at": call.accepted and call.accepted.utc,
        "started_at": call.started and call.started.utc,
        "ended_at": call.ended and call.ended.utc,
        "duration_s": round(call.duration_s(now), 3),
        "muted": call.is_muted,
        "held": call.is_held and not call.is_over,
        "line": call.line and call.line.name,
    }


def new_record(call: Call, now: Moment, *, agent_name: str | None) -> CallRecord:
    """The first record of a call that has just begun to ring."""
    request = call.request
    return CallRecord(
        session_id=call.session_id,
        agent_id=request.agent_id,
        agent_name=agent_name,
        practice=request.is_practice,
        user_id=request.user_id,
        metadata=request.metadata,
        created_at=now.utc,
        ring_expires_at=now.utc + timedelta(seconds=request.ring_timeout_s),
        priority=request.priority,
        placed_by=request.placed_by,
        digest=request.digest,
        body_digest=request.body_digest,
        is_answer_delivered=not request.body_digest,
        callback_url=request.callback_url,
        callback=CallbackState(state="pending" if request.callback_url else "none"),
        day=now.utc.astimezone().date(),
        **facts_of(call, now),
    )
