"""The records of live calls: kept in step with their calls, and committed before anyone is told.

When the disk is full, what could not be written waits here and is committed once there is space.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from connector_gui.core.call import Call
from connector_gui.core.conversation import NoticeGiven, ToolUsed, TranscriptReport
from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, Notice, ToolCall, facts_of, new_record
from connector_gui.core.transcript import Transcript
from connector_gui.switchboard.ports import StorePort

log = logging.getLogger(__name__)

NOTICE_LIMIT: Final = 50
"""Notices kept per call; a device that comes and goes all day must not fill the record."""


@dataclass
class _Page:
    """What the ledger holds of one live call."""

    record: CallRecord
    transcript: Transcript = field(default_factory=Transcript)
    tool_calls: dict[str, ToolCall] = field(default_factory=dict)


class Ledger:
    """Records of live calls in memory, and their way to the store.

    Attributes:
        problem: Why records cannot be written now, in words; ``None`` while they can.
        is_full: The reason is a full disk.
    """

    def __init__(self, store: StorePort) -> None:
        self._store = store
        self._pages: dict[str, _Page] = {}
        self._unsaved: dict[str, CallRecord] = {}
        self._unsaved_entries: set[tuple[str, int]] = set()
        self.problem: str | None = None
        self.is_full = False

    # --- what is kept -------------------------------------------------------------------------

    def open(self, call: Call, now: Moment, *, agent_name: str | None) -> CallRecord:
        """Begin the record of a new call."""
        record = new_record(call, now, agent_name=agent_name)
        self._pages[call.session_id] = _Page(record)
        return record

    def record(self, session_id: str) -> CallRecord | None:
        """The whole record of a live call, transcript included."""
        page = self._pages.get(session_id)
        if page is None:
            return None
        return page.record.model_copy(
            update={"transcript": tuple(page.transcript.entries), "tool_calls": tuple(page.tool_calls.values())}
        )

    def tentative_text(self, session_id: str) -> str:
        """What the operator seems to be saying in that call."""
        page = self._pages.get(session_id)
        return page.transcript.tentative_text if page else ""

    def close(self, session_id: str) -> None:
        """Forget a call that is over; what is not yet written stays."""
        if not any(unsaved == session_id for unsaved, _ in self._unsaved_entries) and session_id not in self._unsaved:
            self._pages.pop(session_id, None)

    def update(self, call: Call, now: Moment) -> CallRecord | None:
        """Bring the record in step with *call*; the new record if anything but the running duration changed."""
        page = self._pages[call.session_id]
        facts = facts_of(call, now)
        fresh = page.record.model_copy(update=facts)
        has_moved = any(getattr(page.record, name) != value for name, value in facts.items() if name != "duration_s")
        page.record = fresh
        return fresh if has_moved else None

    def name_agent(self, session_id: str, agent_name: str) -> CallRecord | None:
        """Fill in the agent's name once it is known."""
        return self._change(session_id, agent_name=agent_name)

    def add_notice(self, session_id: str, notice: NoticeGiven, now: Moment) -> CallRecord | None:
        """Keep a notice with the call; the same one in a row is kept once."""
        page = self._pages.get(session_id)
        if page is None:
            return None
        notices = page.record.notices
        if len(notices) >= NOTICE_LIMIT or (notices and notices[-1].code == notice.code):
            return None
        added = Notice(code=notice.code, message=notice.message, at=now.utc)
        return self._change(session_id, notices=(*notices, added))

    def add_tool(self, session_id: str, report: ToolUsed) -> CallRecord | None:
        """Keep what became of a tool call."""
        page = self._pages.get(session_id)
        if page is None:
            return None
        page.tool_calls[report.tool_call_id] = ToolCall(
            tool_call_id=report.tool_call_id,
            tool_name=report.tool_name,
            at_ms=report.at_ms,
            state=report.state,
            detail=report.detail,
        )
        return self._change(session_id, tool_calls=tuple(page.tool_calls.values()))

    async def add_text(self, session_id: str, report: TranscriptReport) -> None:
        """Work a report into the transcript and write the entry it changed."""
        page = self._pages.get(session_id)
        position = page.transcript.add(report) if page else None
        if position is not None:
            await self._save_entry(session_id, position)

    def _change(self, session_id: str, **values: object) -> CallRecord | None:
        page = self._pages.get(session_id)
        if page is None:
            return None
        page.record = page.record.model_copy(update=values)
        return page.record

    # --- the way to the store -----------------------------------------------------------------

    async def commit(self, record: CallRecord) -> None:
        """Write *record*, or keep it for later when the store cannot take it."""
        try:
            await self._store.save(record)
        except StoreError as error:
            self._unsaved[record.session_id] = record
            self._report(error)
        else:
            self._unsaved.pop(record.session_id, None)

    async def commit_new(self, record: CallRecord) -> None:
        """Write the first record of a call.

        Raises:
            StoreError: It could not be written: the call must not be taken.
        """
        try:
            await self._store.save(record)
        except StoreError as error:
            self._pages.pop(record.session_id, None)
            self._report(error)
            raise

    async def retry(self) -> bool:
        """Write what is waiting.

        Returns:
            Whether the ledger's problem is gone (it may have been none).
        """
        for record in tuple(self._unsaved.values()):
            await self.commit(record)
        for session_id, position in tuple(self._unsaved_entries):
            await self._save_entry(session_id, position)
        if self._unsaved or self._unsaved_entries:
            return False
        if self.problem is not None and not self._unsaved:
            self.problem, self.is_full = None, False
        for session_id in [name for name, page in self._pages.items() if page.record.ended_at is not None]:
            self.close(session_id)
        return True

    async def _save_entry(self, session_id: str, position: int) -> None:
        page = self._pages.get(session_id)
        if page is None:
            self._unsaved_entries.discard((session_id, position))
            return
        try:
            await self._store.save_entry(session_id, position, page.transcript.entries[position])
        except StoreError as error:
            self._unsaved_entries.add((session_id, position))
            self._report(error)
        else:
            self._unsaved_entries.discard((session_id, position))

    def _report(self, error: StoreError) -> None:
        if self.problem is None:
            log.error("store.failed", extra={"reason": str(error)})
        self.problem = str(error)
        self.is_full = isinstance(error, StorageFullError)
