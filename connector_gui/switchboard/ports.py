"""What the switchboard needs of the rooms, as small protocols; `app` puts the real ones in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from connector_gui.core.call import CallState as Status
from connector_gui.core.call import Outcome
from connector_gui.core.desk import RingVolume
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, TranscriptEntry
from connector_gui.core.voice import CallSetup


class VoicePort(Protocol):
    """The voice thread. Every method returns at once; what comes of it is reported."""

    def open_line(self, session_id: str) -> None:
        """Open speaker and microphone for a call that was just accepted."""
        ...

    def connect(self, setup: CallSetup) -> None:
        """Open the link of that call."""
        ...

    def set_muted(self, session_id: str, is_muted: bool) -> None: ...
    def set_held(self, session_id: str, is_held: bool) -> None: ...
    def close_microphone(self, session_id: str) -> None: ...
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

    async def save(self, record: CallRecord) -> None: ...
    async def save_entry(self, session_id: str, position: int, entry: TranscriptEntry) -> None: ...
    async def get(self, session_id: str) -> CallRecord | None: ...
    async def recent(self, count: int) -> Sequence[CallRecord]: ...
    async def page(
        self, limit: int, cursor: str | None, status: Status | None, outcome: Outcome | None
    ) -> tuple[Sequence[CallRecord], str | None]: ...


class Clock(Protocol):
    """Reads both clocks."""

    def __call__(self) -> Moment: ...
