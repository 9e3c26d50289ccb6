"""What the switchboard needs of the rooms, as small protocols; `app` puts the real ones in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from connector_gui.core.agent_api import ConversationDetails
from connector_gui.core.call import CallState as Status
from connector_gui.core.call import Outcome
from connector_gui.core.call_commands import Cue
from connector_gui.core.desk import RingVolume
from connector_gui.core.history import AgentName, HistoryFilter, HistoryIndex
from connector_gui.core.lines import LineDevices
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, Change, Score, SessionEvent
from connector_gui.core.service import MessageKind
from connector_gui.core.voice import CallSetup


class VoicePort(Protocol):
    """The voice thread. Every method returns at once; what comes of it is reported."""

    def open_line(self, session_id: str, cue: Cue | None = None, devices: LineDevices | None = None) -> None:
        """Open speaker and microphone for a call that was just accepted, *cue* first.

        Args:
            devices: The line that the call runs on; ``None``: the desk's own devices.
        """
        ...

    def move_line(self, session_id: str, devices: LineDevices | None) -> None:
        """Let a running call go on with *devices*: a line's, or the desk's own for ``None``."""
        ...

    def play_cue(self, session_id: str, cue: Cue) -> None:
        """Let the operator hear *cue* in that call's speaker, where cues are wanted."""
        ...

    def connect(self, setup: CallSetup) -> None:
        """Open the link of that call."""
        ...

    def set_muted(self, session_id: str, is_muted: bool) -> None: ...
    def set_held(self, session_id: str, is_held: bool) -> None: ...
    def close_microphone(self, session_id: str) -> None: ...
    def set_recording(self, session_id: str, path: Path | None) -> None: ...
    def send_text(self, session_id: str, text: str, kind: MessageKind) -> None: ...
    def send_activity(self, session_id: str) -> None:
        """Let the agent know that somebody is busy typing."""
        ...

    def answer_approval(self, session_id: str, tool_call_id: str, is_approved: bool) -> None: ...
    def rate_turn(self, session_id: str, event_id: int, score: Score) -> None: ...
    def set_volume(self, session_id: str, percent: int) -> None:
        """Play the agent that loud, from 0 to 100."""
        ...

    def hang_up(self, session_id: str) -> None: ...
    def play_out(self, session_id: str) -> None: ...
    def release(self, session_id: str) -> None: ...
    def ring(self, volume: RingVolume) -> None: ...

    async def check_devices(self) -> str | None:
        """What keeps a call from having sound, in words with the cure; ``None`` when nothing does."""
        ...


class SignedUrl(Protocol):
    """Where a conversation can be had, for a while."""

    @property
    def url(self) -> str: ...
    @property
    def fetched_at_s(self) -> float:
        """When it was fetched, on the monotonic clock."""
        ...


class AgentService(Protocol):
    """ElevenLabs, or the practice agent in its place."""

    @property
    def is_practice(self) -> bool: ...
    async def signed_url(self, agent_id: str) -> SignedUrl: ...
    async def agent_name(self, agent_id: str) -> str | None:
        """The agent's name; ``None`` where the key may not read it."""
        ...

    async def conversation(self, conversation_id: str) -> ConversationDetails:
        """The service's own account of a conversation.

        Raises:
            AgentError: It was refused, or could not be asked.
        """
        ...


class AgentServices(Protocol):
    """Chooses who answers calls, by the settings and the key that is stored."""

    def choose(self, *, practice: bool = False) -> AgentService:
        """The service for a new call.

        Raises:
            RefusedError: ``no_api_key`` or ``keyring_locked``, with the way out.
        """
        ...


class StorePort(Protocol):
    """The record of calls. All methods raise `StoreError`, or `StorageFullError` when the disk is full."""

    async def commit(self, change: Change) -> tuple[SessionEvent, ...]:
        """Write *change* in one transaction.

        Returns:
            Its events with their numbers.
        """
        ...

    async def amend(
        self, session_id: str, values: Mapping[str, object], events: Sequence[SessionEvent] = ()
    ) -> tuple[SessionEvent, ...]:
        """Replace single fields (by the names of `CallRecord`) of a call that is over; see `commit`."""
        ...

    async def get(self, session_id: str) -> CallRecord | None: ...
    async def recent(self, count: int) -> Sequence[CallRecord]: ...
    async def unseen_count(self) -> int:
        """How many missed calls the operator has not seen."""
        ...

    async def page(
        self, limit: int, cursor: str | None, status: Status | None, outcome: Outcome | None
    ) -> tuple[Sequence[CallRecord], str | None]: ...

    async def recent_request(self, placed_by: str, body_digest: str, since: datetime) -> CallRecord | None:
        """The newest call since then, placed by that key with those bytes, whose caller never got the answer."""
        ...

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]: ...
    async def last_event_id(self) -> int: ...
    async def details_pending(self) -> Sequence[str]:
        """Calls that are over and whose account by the service is still to be fetched, oldest first; session ids."""
        ...

    async def unfinished_recordings(self) -> Sequence[tuple[str, str]]:
        """Calls that are over and whose recording was never finished: session id and name of the recording."""
        ...

    # What the history window asks: see `core.history.HistoryPort`.
    async def index(self, wanted: HistoryFilter) -> HistoryIndex: ...
    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]: ...
    async def agents(self) -> Sequence[AgentName]: ...
    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None: ...
    async def find_person(self, member: str, value: str) -> Sequence[str]: ...
    async def delete(self, session_ids: Sequence[str]) -> Sequence[str | None]:
        """Delete calls that are over, with transcripts and events; for each that was, the name of its recording."""
        ...

    async def older_than(self, day: date, limit: int) -> Sequence[str]:
        """Up to *limit* calls that are over and of an earlier day, oldest first; session ids."""
        ...

    async def forget_copies(self, day: date) -> int:
        """Delete copies of the record in which all calls are of an earlier day; how many files there were."""
        ...


class Recordings(Protocol):
    """The folder of recordings. Methods block for as long as the disk does."""

    def new_path(self, now: datetime) -> Path:
        """Where a recording that begins now goes; a name that no caller chose."""
        ...

    def path(self, name: str) -> Path:
        """Where the recording *name* lies."""
        ...

    def delete(self, name: str) -> None:
        """Delete it; nothing when it is gone already.

        Raises:
            OSError: The disk does not let go of it.
        """
        ...

    def delete_before(self, day: date) -> int:
        """Delete all recordings that were begun before *day*, whoever they belong to; how many there were.

        Raises:
            OSError: The folder cannot be looked at, or the disk does not let go of one.
        """
        ...

    def repair(self, name: str) -> float:
        """Finish a recording that was cut off; its length in s, 0 when nothing of it can be heard.

        Raises:
            StoreError: The disk does not let it be read or changed.
        """
        ...


class Clock(Protocol):
    """Reads both clocks."""

    def __call__(self) -> Moment: ...
