"""Small working stand-ins for the rooms around the switchboard: store, voice, agents."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from connector_gui.core.agent_api import ConversationDetails
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_commands import Cue
from connector_gui.core.desk import RingVolume
from connector_gui.core.errors import AgentError, RefusedError, StorageFullError
from connector_gui.core.history import AgentName, DayCount, HistoryFilter, HistoryIndex
from connector_gui.core.lines import LineDevices
from connector_gui.core.record import CallRecord, Change, Score, SessionEvent, TranscriptEntry
from connector_gui.core.service import MessageKind
from connector_gui.core.voice import CallSetup


class MemoryStore:
    """Keeps records; can be full or slow, and remembers the order of what was written."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.copies_forgotten_before: list[date] = []
        self.entries: dict[str, dict[int, TranscriptEntry]] = {}
        self.events: list[SessionEvent] = []
        self.history: list[tuple[str, CallState]] = []
        self.is_full = False
        self.is_quick = asyncio.Event()
        self.is_quick.set()

    async def commit(self, change: Change) -> tuple[SessionEvent, ...]:
        await self.is_quick.wait()
        self._check()
        if change.record is not None:
            self.records[change.session_id] = change.record
            self.history.append((change.session_id, change.record.status))
        self.entries.setdefault(change.session_id, {}).update(change.entries)
        return self._keep(change.events)

    async def amend(
        self, session_id: str, values: Mapping[str, object], events: Sequence[SessionEvent] = ()
    ) -> tuple[SessionEvent, ...]:
        self._check()
        self.records[session_id] = self.records[session_id].model_copy(update=dict(values))
        return self._keep(events)

    def _keep(self, events: Sequence[SessionEvent]) -> tuple[SessionEvent, ...]:
        kept = tuple(
            event.model_copy(update={"id": len(self.events) + number}) for number, event in enumerate(events, 1)
        )
        self.events.extend(kept)
        return kept

    async def unseen_count(self) -> int:
        return sum(not record.is_seen for record in self.records.values())

    async def recent_request(self, placed_by: str, body_digest: str, since: datetime) -> CallRecord | None:
        for record in reversed(self.records.values()):
            is_same = (record.placed_by, record.body_digest) == (placed_by, body_digest)
            if is_same and not record.is_answer_delivered and record.created_at >= since:
                return record
        return None

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        return [one for one in self.events if one.id > event_id and session_id in {None, one.session_id}][:limit]

    async def last_event_id(self) -> int:
        return len(self.events)

    async def unfinished_recordings(self) -> Sequence[tuple[str, str]]:
        return [
            (record.session_id, record.recording_file)
            for record in self.records.values()
            if record.ended_at and record.recording_file and record.recording.state == "running"
        ]

    async def details_pending(self) -> Sequence[str]:
        return [record.session_id for record in self.records.values() if record.details == "pending" and record.outcome]

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

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        days = Counter(record.day for record in self._found(wanted))
        return HistoryIndex(tuple(DayCount(day, count) for day, count in sorted(days.items(), reverse=True)))

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        return self._found(wanted)[offset : offset + limit]

    async def agents(self) -> Sequence[AgentName]:
        names = {record.agent_id: record.agent_name or record.agent_id for record in self.records.values()}
        return [AgentName(agent_id, name) for agent_id, name in names.items()]

    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None:
        for name in self.records if session_ids is None else session_ids:
            self.records[name] = self.records[name].model_copy(update={"is_seen": True})

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        return [record.session_id for record in self._over() if str(record.metadata.get(member)) == value]

    async def delete(self, session_ids: Sequence[str]) -> Sequence[str | None]:
        over = {record.session_id for record in self._over()}
        return [self.records.pop(name).recording_file for name in session_ids if name in over]

    async def older_than(self, day: date, limit: int) -> Sequence[str]:
        return [record.session_id for record in reversed(self._over()) if record.day < day][:limit]

    async def forget_copies(self, day: date) -> int:
        self.copies_forgotten_before.append(day)
        return 0

    def _over(self) -> list[CallRecord]:
        return [record for record in reversed(self.records.values()) if record.ended_at is not None]

    def _found(self, wanted: HistoryFilter) -> list[CallRecord]:
        return [record for record in self._over() if not wanted.outcomes or record.outcome in wanted.outcomes]

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

    def open_line(self, session_id: str, cue: Cue | None = None, devices: LineDevices | None = None) -> None:
        self._note("open_line", session_id, *([devices.name] if devices else []))
        if cue is not None:
            self.cues.append((session_id, cue))

    def move_line(self, session_id: str, devices: LineDevices | None) -> None:
        self._note("move_line", session_id, devices.name if devices else "desk")

    def play_cue(self, session_id: str, cue: Cue) -> None:
        self.cues.append((session_id, cue))

    def connect(self, setup: CallSetup) -> None:
        self.setups.append(setup)
        self._note("connect", setup.session_id)

    def set_muted(self, session_id: str, is_muted: bool) -> None:
        self._note("mute" if is_muted else "unmute", session_id)

    def set_held(self, session_id: str, is_held: bool) -> None:
        self._note("hold" if is_held else "resume", session_id)

    def set_recording(self, session_id: str, path: Path | None) -> None:
        self._note("record" if path else "stop_recording", session_id)

    def send_text(self, session_id: str, text: str, kind: MessageKind) -> None:
        self._note("send_text", session_id, text, kind)

    def send_activity(self, session_id: str) -> None:
        self._note("send_activity", session_id)

    def answer_approval(self, session_id: str, tool_call_id: str, is_approved: bool) -> None:
        self._note("approve" if is_approved else "refuse", session_id, tool_call_id)

    def rate_turn(self, session_id: str, event_id: int, score: Score) -> None:
        self._note("rate_turn", session_id, str(event_id), str(score))

    def set_volume(self, session_id: str, percent: int) -> None:
        self._note("set_volume", session_id, str(percent))

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
        self.accounts: list[ConversationDetails | AgentError] = []
        """What is said of any conversation, one after the other; the last one again and again."""

    async def signed_url(self, agent_id: str) -> Signed:
        if agent_id == "unknown":
            raise AgentError("ElevenLabs knows no agent of this id.", code="agent_not_found", status=404)
        self.fetched += 1
        return Signed(f"wss://example/{agent_id}/{self.fetched}", time.monotonic() - self.age_s)

    async def agent_name(self, agent_id: str) -> str | None:
        if agent_id == "nameless":
            raise AgentError("no permission", code="elevenlabs_permission_missing", status=502)
        return agent_id.title()

    async def conversation(self, conversation_id: str) -> ConversationDetails:
        account = self.accounts.pop(0) if len(self.accounts) > 1 else self.accounts[0]
        if isinstance(account, AgentError):
            raise account
        return account.model_copy(update={"conversation_id": conversation_id})


class RecordingsFolder:
    """A folder of recordings in memory; what is in `torn` can be repaired, and lasts so long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.torn: dict[str, float] = {}
        self.deleted: list[str] = []
        self.held: set[str] = set()  # another program has them open
        self.swept_before: list[date] = []

    def new_path(self, now: datetime) -> Path:
        return self.folder / f"{now:%Y%m%d-%H%M%S-%f}.flac"

    def path(self, name: str) -> Path:
        return self.folder / name

    def delete(self, name: str) -> None:
        if name in self.held:
            raise PermissionError(13, "in use")
        self.deleted.append(name)

    def delete_before(self, day: date) -> int:
        self.swept_before.append(day)
        return 0

    def repair(self, name: str) -> float:
        return self.torn.pop(name, 0.0)


class Services:
    """Chooses `agents`, unless told that there is no key."""

    def __init__(self) -> None:
        self.agents = Agents()
        self.refusal: RefusedError | None = None

    def choose(self, *, practice: bool = False) -> Agents:
        if self.refusal is not None:
            raise self.refusal
        return self.agents
