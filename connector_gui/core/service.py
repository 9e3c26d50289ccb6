"""What the desk offers to callers over HTTP: the values that go in and come out.

`webhook` asks, `switchboard` answers; they share these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_request import CallRequest
from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.core.view import Levels


class Action(StrEnum):
    """What a button of a call does; also the last part of the route that does it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    END = "end"
    MUTE = "mute"
    UNMUTE = "unmute"
    HOLD = "hold"
    RESUME = "resume"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """The answer to a placed call.

    Attributes:
        websocket_url: The signed URL; ``None`` once it is no longer in memory.
        is_replay: The call was placed by an earlier, equal request: nothing rings again.
    """

    record: CallRecord
    websocket_url: str | None = field(default=None, repr=False)
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the record, newest first; *next_cursor* continues it, ``None`` at its end."""

    records: tuple[CallRecord, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether calls can be taken now; *reasons* are stable codes, *retry_after_s* is when to ask again, if known."""

    status: Literal["healthy", "degraded", "unavailable"]
    ready: bool
    reasons: tuple[str, ...] = ()
    retry_after_s: float | None = None


class Milestone(StrEnum):
    """What a caller may wait for."""

    ACCEPTED = "accepted"
    ENDED = "ended"


MessageKind = Literal["user_message", "contextual_update"]
"""Text for the agent: said in the operator's place, or a note that it takes into account silently."""

EventsListener = Callable[[tuple[SessionEvent, ...]], None]
LevelsListener = Callable[[str, Levels], None]


class DeskPort(Protocol):
    """The desk, as callers over HTTP know it.

    Attributes:
        on_events: Called with events that were just written, in order, in the main loop.
        on_levels: Called with the session id and levels of the conversation in focus, at most 30 times a second.
    """

    on_events: list[EventsListener]
    on_levels: list[LevelsListener]

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        """The first answer to an equal, earlier request; ``None`` when this is the first.

        Without an id of its own a request is a repeat of one with the very same bytes and key within the last
        minute, if the answer to that could not be delivered.

        Raises:
            RefusedError: ``session_conflict``: the id belongs to another call.
            StoreError: The record cannot be read.
        """
        ...

    async def answered(self, session_id: str) -> None:
        """The answer to the request that placed this call has reached its caller."""
        ...

    async def place_call(self, request: CallRequest) -> PlacedCall:
        """Let a call ring.

        Raises:
            RefusedError: The desk does not take it; code, status and Retry-After are in it.
            AgentError: ElevenLabs refused or failed.
            StoreError: The record cannot be read.
        """
        ...

    async def act(self, session_id: str, action: Action, line: str | None = None) -> CallRecord | None:
        """Do *action* for a caller; the call afterwards, ``None`` when there is none of that name.

        Args:
            line: For `Action.ACCEPT` and `Action.MOVE`: the line, by name, or ``desk``.

        Raises:
            RefusedError: ``wrong_state``, ``desk_full``, ``line_busy``, or ``invalid_request``: there is no such line.
        """
        ...

    async def message(self, session_id: str, text: str, kind: MessageKind) -> CallRecord | None:
        """Send text to the agent of a running conversation; the call, ``None`` when there is none of that name.

        Raises:
            RefusedError: ``wrong_state``: there is no conversation (any more).
        """
        ...

    async def wait(self, session_id: str, milestone: Milestone, timeout_s: float) -> CallRecord | None:
        """The call once it has got so far or is over, or as it is after *timeout_s*."""
        ...

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        """Up to *limit* written events that came after *event_id*, of one call or all, oldest first."""
        ...

    async def last_event_id(self) -> int:
        """The number of the newest event; 0 before the first."""
        ...

    async def recording_path(self, session_id: str) -> Path | None:
        """Where the call's finished recording lies; ``None`` when there is none to hear."""
        ...

    async def session(self, session_id: str) -> CallRecord | None:
        """One call whole; ``None`` when there is none of that name."""
        ...

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        """A page of calls without transcripts.

        Raises:
            InvalidRequestError: The cursor is none of ours (`core.webhook.foreign_cursor`).
        """
        ...

    def health(self) -> Health:
        """Whether calls can be taken now, and why not."""
        ...
