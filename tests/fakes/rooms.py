"""Small working stand-ins for the rooms around the switchboard: store, voice, agents."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from connector_gui.core.call import CallState, Cue, Outcome
from connector_gui.core.desk import RingVolume
from connector_gui.core.errors import AgentError, RefusedError, StorageFullError
from connector_gui.core.record import CallRecord, TranscriptEntry
from connector_gui.core.voice import CallSetup


class MemoryStore:
    """Keeps records; can be full, and remembers the order of what was written."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.entries: dict[str, dict[int, TranscriptEntry]] = {}
        self.history: list[tuple[str, CallState]] = []
        self.is_full = False

    async def save(self, record: CallRecord) -> None:
        self._check()
        self.records[record.session_id] = record
        self.history.append((record.session_id, record.status))

    async def save_entry(self, session_id: str, position: int, entry: TranscriptEntry) -> None:
        self._check()
        self.entries.setdefault(session_id, {})[position] = entry

    async def get(self, session_id: str) -> CallRecord | None:
        record = self.records.get(session_id)
        if record is None:
            return None
        entries = self.entries.get(session_id, {})
        return record.model_copy(update={"transcript": tuple(entries[position] for position in sorted(entries))})

    async def recent(self, count: int) -> Sequence[CallRecord]:
        return [record for record in reversed(self.records.values()) if record.ended_at is not None][:count]

    async def page(
        self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None
    ) -> tuple[Sequence[CallRecord], str | None]:
        found = [
            record
            for record in reversed(self.records.values())
            if (status is None or record.status is status) and (outcome is None or record.outcome is outcome)
        ]
        start = int(cursor or 0)
        return found[start : start + limit], str(start + limit) if len(found) > start + limit else None

    def _check(self) -> None:
        if self.is_full:
            raise StorageFullError("The disk is full: free some space.")


class NotingVoice:
    """Notes what it is told, in order."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.heard: list[tuple[str, ...]] = []
        self.saved_before: dict[str, CallState] = {}
        self.setups: list[CallSetup] = []
        self.ringing = RingVolume.OFF
        self.cues: list[tuple[str, Cue]] = []
        self.problem: str | None = None

    def _note(self, *words: str) -> None:
        self.heard.append(words)
        record = self._store.records.get(words[1]) if len(words) > 1 else None
        if record is not None:
            self.saved_before[words[0]] = record.status

    def open_line(self, session_id: str, cue: Cue | None = None) -> None:
        self._note("open_line", session_id)
        if cue is not None:
            self.cues.append((session_id, cue))

    def play_cue(self, session_id: str, cue: Cue) -> None:
        self.cues.append((session_id, cue))

    def connect(self, setup: CallSetup) -> None:
        self.setups.append(setup)
        self._note("connect", setup.session_id)

    def set_muted(self, session_id: str, is_muted: bool) -> None:
        self._note("mute" if is_muted else "unmute", session_id)

    def set_held(self, session_id: str, is_held: bool) -> None:
        self._note("hold" if is_held else "resume", session_id)

    def close_microphone(self, session_id: str) -> None:
        self._note("close_microphone", session_id)

    def hang_up(self, session_id: str) -> None:
        self._note("hang_up", session_id)

    def play_out(self, session_id: str) -> None:
        self._note("play_out", session_id)

    def release(self, session_id: str) -> None:
        self._note("release", session_id)

    def ring(self, volume: RingVolume) -> None:
        self.ringing = volume

    async def check_devices(self) -> str | None:
        return self.problem


@dataclass
class Signed:
    url: str
    fetched_at_s: float = field(default_factory=time.monotonic)


class Agents:
    """An agent service that knows every agent but ``unknown``."""

    is_practice = False

    def __init__(self) -> None:
        self.fetched = 0
        self.age_s = 0.0

    async def signed_url(self, agent_id: str) -> Signed:
        if agent_id == "unknown":
            raise AgentError("ElevenLabs knows no agent of this id.", code="agent_not_found", status=404)
        self.fetched += 1
        return Signed(f"wss://example/{agent_id}/{self.fetched}", time.monotonic() - self.age_s)

    async def agent_name(self, agent_id: str) -> str | None:
        if agent_id == "nameless":
            raise AgentError("no permission", code="elevenlabs_permission_missing", status=502)
        return agent_id.title()


class Services:
    """Chooses `agents`, unless told that there is no key."""

    def __init__(self) -> None:
        self.agents = Agents()
        self.refusal: RefusedError | None = None

    def choose(self, *, practice: bool = False) -> Agents:
        if self.refusal is not None:
            raise self.refusal
        return self.agents
