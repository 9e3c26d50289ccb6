"""What the voice thread reports: to the call's state, to its record, or to the windows alone."""

from __future__ import annotations

import logging

from connector_gui.core.call_events import AgentReady
from connector_gui.core.call_reports import (
    AgentCorrected,
    AgentCutOff,
    AgentSaid,
    CallEvent,
    HeldSpeech,
    LineWaited,
    NoticeGiven,
    OperatorSaid,
    OperatorTyped,
    RecordingEnded,
    RecordingStarted,
    Report,
    ToolUsed,
    TurnRated,
)
from connector_gui.core.desk import Desk
from connector_gui.core.errors import StoreError
from connector_gui.core.record import Recording
from connector_gui.core.sentence import sentence
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.steps import Steps
from connector_gui.switchboard.views import Views

log = logging.getLogger(__name__)

AGENT_QUEUE = NoticeGiven(
    "agent_queue",
    sentence("All lines of this agent or account at ElevenLabs are in use: the call waits in ElevenLabs' own queue."),
)


class Reports:
    """Takes reports, in the order they happened."""

    def __init__(self, desk: Desk, ledger: Ledger, steps: Steps, views: Views) -> None:
        self._desk = desk
        self._ledger = ledger
        self._steps = steps
        self._views = views

    async def take(self, session_id: str, report: Report) -> None:
        """Work *report* in, and tell of it."""
        keep = self._steps.keep
        match report:
            case AgentSaid() | AgentCorrected() | AgentCutOff() | OperatorSaid() | OperatorTyped() | TurnRated():
                await keep(session_id, lambda now: self._ledger.add_text(session_id, report, now))
            case ToolUsed():
                await keep(session_id, lambda now: self._ledger.add_tool(session_id, report, now))
            case NoticeGiven():
                await self._note(session_id, report)
            case RecordingStarted(_, file):
                state = Recording(state="running")
                await keep(session_id, lambda now: self._ledger.set_recording(session_id, state, file, now))
            case RecordingEnded():
                await self._recording_ended(session_id, report)
            case HeldSpeech(waiting_s):
                self._views.note(session_id, report)
                await keep(session_id, lambda now: self._ledger.tell_waiting_speech(session_id, waiting_s, now))
            case LineWaited(is_waiting):
                self._views.note(session_id, report)
                if is_waiting:
                    await self._note(session_id, AGENT_QUEUE)
            case _ if isinstance(report, CallEvent):
                await self._steps.event(session_id, report)
                self._log_active(session_id, report)
            case _:
                self._views.note(session_id, report)
        self._steps.tell()

    async def _note(self, session_id: str, notice: NoticeGiven) -> None:
        log.info("call.notice", extra={"session_id": session_id, "code": notice.code})
        await self._steps.keep(session_id, lambda now: self._ledger.add_notice(session_id, notice, now))

    async def _recording_ended(self, session_id: str, report: RecordingEnded) -> None:
        """The file is complete; most often the call is over and filed by then."""
        has_sound = report.duration_s > 0
        recording = Recording(state="done" if has_sound else "failed", duration_s=round(report.duration_s, 3))
        log.info("call.recorded", extra={"session_id": session_id, "duration_s": recording.duration_s})
        try:
            if report.file is None:
                await self._steps.keep(
                    session_id, lambda now: self._ledger.set_recording(session_id, recording, None, now)
                )
            else:
                await self._steps.keep_or_amend(
                    session_id,
                    lambda now: self._ledger.set_recording(session_id, recording, report.file, now),
                    # The file too: on a slow disk the call may be over before its recording has begun.
                    {"recording": recording, "recording_file": report.file},
                )
        except StoreError as error:
            log.warning("call.recording_not_kept", extra={"session_id": session_id, "reason": str(error)})
        await self._steps.tell_recent()

    def _log_active(self, session_id: str, report: CallEvent) -> None:
        call = self._desk.find(session_id)
        if isinstance(report, AgentReady) and call and call.accepted and call.started:
            setup_ms = round(call.started.since_s(call.accepted) * 1000)
            fields = {"session_id": session_id, "conversation_id": report.conversation_id, "setup_ms": setup_ms}
            log.info("call.active", extra=fields)
