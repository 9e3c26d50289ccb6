"""The records of live calls: kept in step with their calls, and committed before anyone is told.

Changes gather on a call's page; `commit` writes them in one transaction, together with the events
that tell of them. What the store does not take (a full disk) stays on the page and goes with the next try.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector_gui.core.call import Call, Outcome
from connector_gui.core.call_reports import AgentCutOff, NoticeGiven, ToolUsed, TranscriptReport
from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.moment import Moment
from connector_gui.core.record import (
    CallRecord,
    Change,
    EventKind,
    Notice,
    Recording,
    SessionEvent,
    ToolCall,
    facts_of,
    new_record,
)
from connector_gui.core.transcript import Transcript
from connector_gui.switchboard.ports import StorePort

log = logging.getLogger(__name__)

NOTICE_LIMIT: Final = 50
"""Notices kept per call; a device that comes and goes all day must not fill the record."""
EVENT_LIMIT: Final = 1000
"""Events that wait for a store that takes nothing; then the oldest give way."""
WAITING_STEP_S: Final = 10.0
"""By how much the speech that waits for a held call has to grow until it is told again."""
TOLD_MEMBERS: Final = ("status", "outcome", "muted", "held", "line")
"""Members of the session that an event of kind ``session`` names when they change."""


@dataclass
class _Page:
    """What the ledger holds of one live call, and what of it is not written yet.

    Attributes:
        tools: `tool_calls` in their order, made anew only when one of them changes.
        shown: The call as it was last written: all that anybody may be told of it. ``None`` before the first time.
    """

    record: CallRecord
    shown: CallRecord | None = None
    transcript: Transcript = field(default_factory=Transcript)
    tool_calls: dict[str, ToolCall] = field(default_factory=dict)
    tools: tuple[ToolCall, ...] = ()
    is_dirty: bool = False
    dirty_entries: set[int] = field(default_factory=set)
    events: list[SessionEvent] = field(default_factory=list)
    waiting_steps: int = 0

    @property
    def waits(self) -> bool:
        """Something is not written yet."""
        return self.is_dirty or bool(self.dirty_entries or self.events)

    def take(self) -> Change:
        """All that is not written yet; it counts as written until `give_back`."""
        change = Change(
            self.record.session_id,
            self.whole() if self.is_dirty else None,
            {position: self.transcript.entries[position] for position in sorted(self.dirty_entries)},
            tuple(self.events),
        )
        self.is_dirty, self.dirty_entries, self.events = False, set(), []
        return change

    def give_back(self, change: Change) -> None:
        """*change* could not be written: it goes with the next one."""
        self.is_dirty = self.is_dirty or change.record is not None
        self.dirty_entries |= set(change.entries)
        self.events = [*change.events, *self.events][-EVENT_LIMIT:]

    def whole(self) -> CallRecord:
        """The record with its transcript, which is shared and not copied, and its tool calls."""
        parts = {"transcript": self.transcript.entries, "tool_calls": self.tools}
        return self.record.model_copy(update=parts)


class Ledger:
    """Records of live calls in memory, and their way to the store.

    Attributes:
        problem: Why records cannot be written now, in words; ``None`` while they can.
        is_full: The reason is a full disk.
        on_events: Called with what was written and is to be told, in order.
    """

    def __init__(self, store: StorePort) -> None:
        self._store = store
        self._pages: dict[str, _Page] = {}
        self.problem: str | None = None
        self.is_full = False
        self.on_events: list[Callable[[tuple[SessionEvent, ...]], None]] = []

    # --- what is kept -------------------------------------------------------------------------

    def open(self, call: Call, now: Moment, *, agent_name: str | None) -> CallRecord:
        """Begin the record of a new call."""
        record = new_record(call, now, agent_name=agent_name)
        page = self._pages[call.session_id] = _Page(record, is_dirty=True)
        self._tell(page, "session", now, {"status": record.status})
        return record

    def record(self, session_id: str) -> CallRecord | None:
        """The whole record of a live call as it was last written, transcript included."""
        page = self._pages.get(session_id)
        return None if page is None else page.shown

    def tentative_text(self, session_id: str) -> str:
        """What the operator seems to be saying in that call."""
        page = self._pages.get(session_id)
        return page.transcript.tentative_text if page else ""

    def close(self, session_id: str) -> None:
        """Forget a call that is over; what is not yet written stays."""
        page = self._pages.get(session_id)
        if page is not None and not page.waits:
            del self._pages[session_id]

    def update(self, call: Call, now: Moment) -> bool:
        """Bring the record in step with *call*; whether anything but the running duration changed."""
        page = self._pages[call.session_id]
        facts = facts_of(call, now)
        changed = {name for name, value in facts.items() if getattr(page.record, name) != value} - {"duration_s"}
        page.record = page.record.model_copy(update=facts)
        if not call.is_held:
            page.waiting_steps = 0
        if "outcome" in changed:
            page.record = page.record.model_copy(update=_due_with_the_end(page.record, now))
        if changed:
            page.is_dirty = True
            told: dict[str, Any] = {name: facts[name] for name in TOLD_MEMBERS if name in changed}
            self._tell(page, "session", now, told)
        return bool(changed)

    def add_notice(self, session_id: str, notice: NoticeGiven, now: Moment) -> bool:
        """Keep a notice with the call; the same one in a row is kept once."""
        page = self._pages.get(session_id)
        if page is None:
            return False
        notices = page.record.notices
        if len(notices) >= NOTICE_LIMIT or (notices and notices[-1].code == notice.code):
            return False
        added = Notice(code=notice.code, message=notice.message, at=now.utc)
        self._change(page, notices=(*notices, added))
        self._tell(page, "notice", now, {"code": notice.code, "message": notice.message})
        return True

    def add_tool(self, session_id: str, report: ToolUsed, now: Moment) -> bool:
        """Keep what became of a tool call."""
        page = self._pages.get(session_id)
        if page is None:
            return False
        earlier = page.tool_calls.get(report.tool_call_id)
        page.tool_calls[report.tool_call_id] = ToolCall(
            tool_call_id=report.tool_call_id,
            tool_name=report.tool_name,
            at_ms=earlier.at_ms if earlier else report.at_ms,  # when it was begun, as that is its place
            state=report.state,
            detail=report.detail,
        )
        page.tools = tuple(page.tool_calls.values())
        page.is_dirty = True
        self._tell(page, "session", now, {"tool_call_id": report.tool_call_id})
        return True

    def add_text(self, session_id: str, report: TranscriptReport, now: Moment) -> bool:
        """Work a report into the transcript; whether an entry changed."""
        page = self._pages.get(session_id)
        position = page.transcript.add(report) if page else None
        if page is None or position is None:
            return False
        page.dirty_entries.add(position)
        if isinstance(report, AgentCutOff):
            cut = {"event_id": report.event_id, "at_ms": report.at_ms, "heard_ms": round(report.heard_ms)}
            self._tell(page, "interruption", now, {"position": position, **cut})
        else:
            self._tell(page, "transcript", now, {"position": position})
        return True

    def set_recording(self, session_id: str, recording: Recording, file: str | None, now: Moment) -> bool:
        """Keep how the recording in *file* stands; whether there is a change in a live call.

        Without a file none was begun: what was recorded before that stands.
        """
        page = self._pages.get(session_id)
        if page is None:
            return False
        if file is None and page.record.recording_file is not None:
            return False
        self._change(page, recording=recording, recording_file=file)
        self._tell(page, "session", now, {"recording": recording.state})
        return True

    def set_answer_delivered(self, session_id: str) -> bool:
        """Keep that the caller got its answer; whether that is news of a live call."""
        page = self._pages.get(session_id)
        if page is None or page.record.is_answer_delivered:
            return False
        self._change(page, is_answer_delivered=True)
        return True

    def tell_waiting_speech(self, session_id: str, waiting_s: float, now: Moment) -> bool:
        """Tell callers that speech of the agent waits for a held call: at its first, in steps, and when none does."""
        page = self._pages.get(session_id)
        steps = 0 if waiting_s <= 0 else 1 + int(waiting_s // WAITING_STEP_S)
        if page is None or steps == page.waiting_steps:
            return False
        page.waiting_steps = steps
        self._tell(page, "session", now, {"hold": {"waiting_s": round(waiting_s, 1)}})
        return True

    @staticmethod
    def _change(page: _Page, **values: object) -> None:
        page.record = page.record.model_copy(update=values)
        page.is_dirty = True

    @staticmethod
    def _tell(page: _Page, kind: EventKind, now: Moment, data: Mapping[str, Any]) -> None:
        page.events.append(SessionEvent(kind=kind, session_id=page.record.session_id, at=now.utc, data=data))

    # --- the way to the store -----------------------------------------------------------------

    async def commit(self, session_id: str) -> None:
        """Write what changed of a call, or keep it for later when the store cannot take it."""
        page = self._pages.get(session_id)
        if page is None or not page.waits:
            return
        picture, change = page.whole(), page.take()
        try:
            events = await self._store.commit(change)
        except StoreError as error:
            page.give_back(change)
            self._report(error)
            events = ()
        # Also when it could not be written: a running call goes on, and is shown as it is.
        page.shown = picture
        self._publish(events)

    async def commit_new(self, session_id: str) -> None:
        """Write the first record of a call.

        Raises:
            StoreError: It could not be written: the call must not be taken.
        """
        await self.commit(session_id)
        if self._pages[session_id].waits:
            del self._pages[session_id]
            assert self.problem is not None
            raise StoreError(self.problem)

    async def retry(self) -> bool:
        """Write what is waiting.

        Returns:
            Whether the ledger's problem is gone (it may have been none).
        """
        for session_id in tuple(self._pages):
            await self.commit(session_id)
        if any(page.waits for page in self._pages.values()):
            return False
        self.problem, self.is_full = None, False
        for session_id in [name for name, page in self._pages.items() if page.record.ended_at is not None]:
            self.close(session_id)
        return True

    def _publish(self, events: tuple[SessionEvent, ...]) -> None:
        if events:
            for listener in self.on_events:
                listener(events)

    def _report(self, error: StoreError) -> None:
        if self.problem is None:
            log.error("store.failed", extra={"reason": str(error)})
        self.problem = str(error)
        self.is_full = isinstance(error, StorageFullError)


def _due_with_the_end(record: CallRecord, now: Moment) -> dict[str, object]:
    """What is to be done about a call that has just ended, and is written with its ending."""
    return {
        "callback_due_at": now.utc if record.callback_url else None,
        "details": "pending" if record.conversation_id and not record.practice else "none",
        "is_seen": record.outcome is not Outcome.MISSED,
    }
