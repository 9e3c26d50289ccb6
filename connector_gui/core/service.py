"""What the desk offers to callers over HTTP: the values that go in and come out.

`webhook` asks, `switchboard` answers; they share these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from connector_gui.core.call import CallRequest, CallState, Outcome
from connector_gui.core.record import CallRecord


class Action(StrEnum):
    """What a button of a call does; also the last part of the route that does it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    END = "end"
    MUTE = "mute"
    UNMUTE = "unmute"
    HOLD = "hold"
    RESUME = "resume"


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
    """Whether calls can be taken now; *reasons* are stable codes."""

    status: Literal["healthy", "degraded", "unavailable"]
    ready: bool
    reasons: tuple[str, ...] = ()


class DeskPort(Protocol):
    """The desk, as callers over HTTP know it."""

    async def place_call(self, request: CallRequest) -> PlacedCall:
        """Let a call ring.

        Raises:
            RefusedError: The desk does not take it; code, status and Retry-After are in it.
            AgentError: ElevenLabs refused or failed.
            StoreError: The record cannot be read.
        """
        ...

    async def act(self, session_id: str, action: Action) -> CallRecord | None:
        """Do *action* for a caller; the call afterwards, ``None`` when there is none of that name.

        Raises:
            RefusedError: ``wrong_state`` or ``desk_full``.
        """
        ...

    async def session(self, session_id: str) -> CallRecord | None:
        """One call whole; ``None`` when there is none of that name."""
        ...

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        """A page of calls without transcripts.

        Raises:
            ValueError: The cursor is none of ours.
        """
        ...

    def health(self) -> Health:
        """Whether calls can be taken now, and why not."""
        ...
