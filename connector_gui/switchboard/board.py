"""Where events meet decisions: feeds the desk, commits what changed, carries out what it commands, tells everybody.

One step at a time. A step decides (`core.desk`, without waiting), writes the changed records to the
store, carries out the commands in order, and only then tells the windows and the callers. A second
event waits until the first is through, so nobody ever sees half a change.

Reports of the voice thread, expired timers and the operator's clicks come through one queue, in the
order they happened. Requests over HTTP wait for their own step, because they want the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from connector_gui.core import call as calls
from connector_gui.core import presence
from connector_gui.core.call import (
    AgentReady,
    Call,
    CallRequest,
    CallState,
    Failure,
    LinkClosed,
    Outcome,
    Party,
    TimerExpired,
)
from connector_gui.core.conversation import (
    AgentCorrected,
    AgentCutOff,
    AgentSaid,
    CallEvent,
    NoticeGiven,
    OperatorSaid,
    OperatorTyped,
    RecordingEnded,
    RecordingStarted,
    Report,
    ToolUsed,
    TurnRated,
)
from connector_gui.core.desk import CallCommand, Command, Desk, DeskRules, SetRinging, TrayAction
from connector_gui.core.errors import AgentError, ConnectorError, InvalidTransition, RefusedError, StoreError
from connector_gui.core.metadata import dynamic_variables, without_secrets
from connector_gui.core.moment import Moment
from connector_gui.core.presence import KeepPresence, KeptPresence, Restored, TimePassed, WatchTime, Wish, Wished
from connector_gui.core.record import CallRecord, Recording, Score
from connector_gui.core.service import Action, Health, MessageKind, Page, PlacedCall
from connector_gui.core.view import FULL_VOLUME
from connector_gui.core.voice import CallSetup
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.ports import AgentServices, Clock, Recordings, StorePort, VoicePort
from connector_gui.switchboard.presence_watch import PresenceWatch, morning
from connector_gui.switchboard.reception import Reception
from connector_gui.switchboard.timers import Timers
from connector_gui.switchboard.views import Views

log = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""How often a store or a sound system that failed is tried again."""
PRACTICE_AGENT_ID: Final = "practice"
RECENT_CALLS: Final = 20


class Switchboard:
    """The desk at work.

    Attributes:
        views: What the windows show; subscribe there.
        records_calls: Every call is recorded from its beginning.
        on_ended: Called with the record of each call that is over, once it is written.
        on_events: Called with what was written of live calls and is to be told.
        on_presence: Called with what the next start must know of the operator's presence.
    """

    def __init__(
        self,
        desk: Desk,
        store: StorePort,
        voice: VoicePort,
        services: AgentServices,
        recordings: Recordings,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._store = store
        self._voice = voice
        self._recordings = recordings
        self._clock = clock
        self._ledger = Ledger(store)
        self._reception = Reception(desk, self._ledger, store, voice, services, clock)
        self._timers = Timers(lambda session_id, timer: self._post_event(session_id, TimerExpired(timer)))
        self._presence_watch = PresenceWatch(desk, clock, lambda: self._attend(TimePassed()))
        self._turn = asyncio.Lock()
        self._inbox: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._tasks: asyncio.TaskGroup | None = None
        self._all_over = asyncio.Event()
        self.views = Views(desk, self._ledger, clock)
        self._recording_files: dict[str, str] = {}
        self.records_calls = False
        self.on_ended: list[Callable[[CallRecord], None]] = []
        self.on_presence: list[Callable[[KeptPresence | None], None]] = []
        self.on_events = self._ledger.on_events

    # --- life ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled: take what comes in, in order, and retry what failed."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._work(), name="switchboard.work")
            tasks.create_task(self._heal(), name="switchboard.heal")

    async def _work(self) -> None:
        await self._tell_recent()
        while True:
            job = await self._inbox.get()
            await self._guard(job)

    async def _guard(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except ConnectorError as error:
            log.info("switchboard.refused", extra={"reason": str(error)})
            self.views.refuse(str(error))
        except Exception:
            # The outermost frame of each job: one bad event must not stop the desk.
            log.exception("switchboard.failed")

    def _spawn(self, job: Callable[[], Awaitable[None]], name: str) -> None:
        """Run something that waits for the world beside the queue, so that clicks do not wait for it."""
        if self._tasks is not None:
            self._tasks.create_task(self._guard(job), name=name)

    async def _heal(self) -> None:
        await self._reception.look_at_devices()
        self._tell()
        while True:
            await asyncio.sleep(RETRY_S)
            if self._reception.audio_problem is not None:
                await self._reception.look_at_devices()
            if self._ledger.problem is not None:
                async with self._turn:
                    await self._ledger.retry()
            self._tell()

    async def shut_down(self) -> None:
        """Take no more calls, end those that run, and wait until they are over (2 s at most)."""
        self._reception.is_shutting_down = True
        for call in self._desk.calls:
            party = Party.CALLER if call.state is CallState.RINGING else Party.OPERATOR
            with contextlib.suppress(RefusedError, InvalidTransition):  # it has ended meanwhile by itself
                await self._act(call.session_id, Action.END, party)
        try:
            async with asyncio.timeout(calls.HANG_UP_TIMEOUT_S + 0.5):
                if self._desk.calls:
                    await self._all_over.wait()
        except TimeoutError:
            log.warning("switchboard.left_open", extra={"calls": len(self._desk.calls)})
        self._timers.stop_all()
        self._presence_watch.stop()

    def set_rules(self, rules: DeskRules) -> None:
        """Decide by *rules* from now on."""
        self._desk.rules = rules

    # --- what callers ask (core.service.DeskPort) ------------------------------------------------

    async def place_call(self, request: CallRequest) -> PlacedCall:
        """Let a call ring, once its agent and key have been proven by a signed URL."""
        replay = await self.replay(request)
        if replay is not None:
            return replay
        return await self._place(request)

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        """The first answer to an equal, earlier request; ``None`` when this is the first."""
        return await self._reception.replay(request)

    async def answered(self, session_id: str) -> None:
        """The answer to the request that placed this call has reached its caller."""
        async with self._turn:
            if self._ledger.set_answer_delivered(session_id):
                await self._ledger.commit(session_id)
            elif self._ledger.record(session_id) is None:
                await self._store.amend(session_id, {"is_answer_delivered": True})

    async def message(self, session_id: str, text: str, kind: MessageKind) -> CallRecord | None:
        """Send text to the agent of a running conversation; the call, ``None`` when there is none of that name."""
        call = self._desk.find(session_id)
        if self._is_talking(session_id):
            self._voice.send_text(session_id, text, kind)
        elif call is not None or await self.session(session_id) is not None:
            sentence = "Text can be sent while the conversation runs: not before the agent has answered, nor after."
            raise RefusedError(sentence, code="wrong_state", status=409)
        return await self.session(session_id)

    async def act(self, session_id: str, action: Action, by: Party = Party.CALLER) -> CallRecord | None:
        """Do what a button does, for *by*; the call afterwards, ``None`` when there is none of that name."""
        if self._desk.find(session_id) is None:
            return await self._act_after_the_end(session_id, action)
        await self._act(session_id, action, by)
        return await self.session(session_id)

    async def session(self, session_id: str) -> CallRecord | None:
        """One call whole, live or kept; ``None`` when there is none of that name."""
        record = self._ledger.record(session_id) or await self._store.get(session_id)
        call = self._desk.find(session_id)
        if record is None or call is None:
            return record
        return record.model_copy(update={"duration_s": round(call.duration_s(self._clock()), 3)})

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        """A page of calls, newest first, without transcripts."""
        records, next_cursor = await self._store.page(limit, cursor, status, outcome)
        return Page(tuple(records), next_cursor)

    def health(self) -> Health:
        """Whether calls can be taken now, and why not."""
        refusals = self._reception.refusals()
        if refusals:
            waits_s = [wait_s for wait_s in refusals.values() if wait_s is not None]
            return Health("unavailable", ready=False, reasons=tuple(refusals), retry_after_s=max(waits_s, default=None))
        if self._ledger.problem is not None:
            return Health("degraded", ready=True, reasons=("store_failed",))
        return Health("healthy", ready=True)

    # --- what the operator asks: returns at once, refusals are shown ------------------------------

    def tray_clicked(self) -> None:
        """The operator clicked the tray icon."""
        self._inbox.put_nowait(self._on_tray_click)

    def act_at_desk(self, session_id: str, action: Action) -> None:
        """The operator used a button of a call."""
        self._inbox.put_nowait(lambda: self._act(session_id, action, Party.OPERATOR))

    def message_at_desk(self, session_id: str, text: str, kind: MessageKind) -> None:
        """The operator wrote something to the agent."""

        async def send() -> None:
            await self.message(session_id, text, kind)

        self._inbox.put_nowait(send)

    def typing_at_desk(self, session_id: str) -> None:
        """The operator is writing to the agent: it should not butt in."""
        if self._is_talking(session_id):
            self._voice.send_activity(session_id)

    def answer_approval(self, session_id: str, tool_call_id: str, is_approved: bool) -> None:
        """The operator says whether the agent may use a tool; too late is no fault, the transcript tells."""
        self._voice.answer_approval(session_id, tool_call_id, is_approved)

    def rate_turn(self, session_id: str, event_id: int, score: Score) -> None:
        """The operator likes a turn of the agent, or not, or takes it back."""
        if self._is_talking(session_id):
            self._voice.rate_turn(session_id, event_id, score)

    def set_volume(self, session_id: str, percent: int) -> None:
        """The operator wants the agent of that call this loud."""
        if self._desk.find(session_id) is not None:
            percent = min(FULL_VOLUME, max(0, percent))
            self._voice.set_volume(session_id, percent)
            self.views.set_volume(session_id, percent)
            self._tell()

    def _is_talking(self, session_id: str) -> bool:
        """A conversation runs there, with the agent at the other end."""
        call = self._desk.find(session_id)
        return call is not None and call.state in {CallState.ACTIVE, CallState.HELD}

    def set_presence(self, wish: Wish, length_s: float = 0.0) -> None:
        """The operator wants no calls for a while, or wants them again, or more time after the last one."""
        log.info("desk.presence_wished", extra={"wish": wish})
        self._attend(Wished(wish, morning(self._clock().utc), length_s))

    def restore_presence(self, kept: KeptPresence) -> None:
        """Go on as the last run of the program left off; before any call can come."""
        self._carry_out(self._desk.attend(Restored(kept), self._clock()))

    def let_ring(self, session_id: str) -> None:
        """The operator does not want that call answered by itself, nor declined."""
        self._inbox.put_nowait(lambda: self._step(lambda _now: self._desk.let_ring(session_id)))

    def _attend(self, event: presence.Event) -> None:
        self._inbox.put_nowait(lambda: self._step(lambda now: self._desk.attend(event, now)))

    def call_again(self, session_id: str) -> None:
        """The operator wants to talk to the agent of a former call: placed with the same metadata, accepted at once."""
        self._spawn(lambda: self._call_again(session_id), "switchboard.call_again")

    def call_at_desk(self, request: CallRequest) -> None:
        """The operator wants this call: placed whatever their presence says, accepted at once."""
        self._spawn(lambda: self._call_at_desk(request), "switchboard.call_at_desk")

    def set_recording(self, session_id: str, is_on: bool) -> None:
        """The operator wants this call recorded, or no longer."""
        call = self._desk.find(session_id)
        if call is not None and call.state is not CallState.RINGING:
            self._voice.set_recording(session_id, self._recording_path(session_id) if is_on else None)

    def refresh(self) -> None:
        """The record of calls that are over has changed: show it as it is now."""
        self._inbox.put_nowait(self._tell_recent)

    def practise(self) -> None:
        """The operator wants to talk to the practice agent: the call is placed and accepted at once."""
        self._inbox.put_nowait(self._start_practice)

    async def _on_tray_click(self) -> None:
        action = self._desk.tray_action(self._clock())
        if action is TrayAction.ACCEPT:
            await self._act(self._desk.ringing[0].session_id, Action.ACCEPT, Party.OPERATOR)
        elif action is TrayAction.END and self._desk.focus is not None:
            await self._act(self._desk.focus.session_id, Action.END, Party.OPERATOR)
        elif action is TrayAction.OPEN_PANEL:
            self.views.open_panel()

    async def _start_practice(self) -> None:
        self._spawn(self._practise, "switchboard.practise")

    async def _practise(self) -> None:
        session_id = f"practice-{uuid.uuid4().hex[:12]}"
        request = CallRequest(session_id, PRACTICE_AGENT_ID, ring_timeout_s=30, is_practice=True)
        await self._place(request, at_desk=True)
        await self._act(session_id, Action.ACCEPT, Party.OPERATOR)

    async def _call_again(self, session_id: str) -> None:
        record = await self.session(session_id)
        if record is None:
            raise RefusedError("This call is not in the record any more.", code="not_found", status=404)
        metadata = without_secrets(record.metadata)
        request = CallRequest(
            f"again-{uuid.uuid4().hex[:12]}",
            record.agent_id,
            ring_timeout_s=30,
            metadata=metadata,
            dynamic_variables=dynamic_variables(metadata),
            user_id=record.user_id,
            is_practice=record.practice,
        )
        await self._call_at_desk(request)

    async def _call_at_desk(self, request: CallRequest) -> None:
        await self._place(request, at_desk=True)
        await self._act(request.session_id, Action.ACCEPT, Party.OPERATOR)

    # --- what the voice thread and the timers report -----------------------------------------------

    def report(self, session_id: str, report: Report) -> None:
        """Something happened in a conversation. Called in the main loop, in the order it happened."""
        self._inbox.put_nowait(lambda: self._on_report(session_id, report))

    def _post_event(self, session_id: str, event: CallEvent | TimerExpired) -> None:
        self._inbox.put_nowait(lambda: self._on_event(session_id, event))

    async def _on_report(self, session_id: str, report: Report) -> None:
        match report:
            case AgentSaid() | AgentCorrected() | AgentCutOff() | OperatorSaid() | OperatorTyped() | TurnRated():
                await self._keep(session_id, lambda now: self._ledger.add_text(session_id, report, now))
            case ToolUsed():
                await self._keep(session_id, lambda now: self._ledger.add_tool(session_id, report, now))
            case NoticeGiven():
                log.info("call.notice", extra={"session_id": session_id, "code": report.code})
                await self._keep(session_id, lambda now: self._ledger.add_notice(session_id, report, now))
            case RecordingStarted():
                name = self._recording_files.get(session_id)
                state = Recording(state="running")
                await self._keep(session_id, lambda now: self._ledger.set_recording(session_id, state, now, file=name))
            case RecordingEnded():
                await self._on_recording_ended(session_id, report)
            case _ if isinstance(report, CallEvent):
                await self._on_event(session_id, report)
                self._log_active(session_id, report)
            case _:
                self.views.note(session_id, report)
        self._tell()

    async def _on_recording_ended(self, session_id: str, report: RecordingEnded) -> None:
        """The file is complete; most often the call is over and filed by then."""
        self._recording_files.pop(session_id, None)
        has_sound = report.duration_s > 0
        recording = Recording(state="done" if has_sound else "failed", duration_s=round(report.duration_s, 3))
        log.info("call.recorded", extra={"session_id": session_id, "duration_s": recording.duration_s})
        async with self._turn:
            if self._ledger.set_recording(session_id, recording, self._clock()):
                await self._ledger.commit(session_id)
                return
            try:
                await self._store.amend(session_id, {"recording": recording})
            except StoreError as error:
                log.warning("call.recording_not_kept", extra={"session_id": session_id, "reason": str(error)})
        await self._tell_recent()

    async def _keep(self, session_id: str, change: Callable[[Moment], bool]) -> None:
        """Change the record of a live call and write it."""
        async with self._turn:
            if change(self._clock()):
                await self._ledger.commit(session_id)

    async def _on_event(self, session_id: str, event: CallEvent | TimerExpired) -> None:
        try:
            await self._step(lambda now: self._desk.handle(session_id, event, now))
        except InvalidTransition as error:
            # Two ends act at once: the other one was first.
            log.debug("call.late_event", extra={"session_id": session_id, "reason": str(error)})

    # --- one step --------------------------------------------------------------------------------

    async def _place(self, request: CallRequest, *, at_desk: bool = False) -> PlacedCall:
        async with self._reception.admit(request, at_desk=at_desk) as admission, self._turn:
            now = self._clock()
            call, commands = self._desk.place(admission.request, now, at_desk=at_desk)
            self._all_over.clear()
            record = self._ledger.open(call, now, agent_name=admission.agent_name)
            try:
                await self._ledger.commit_new(call.session_id)
            except StoreError as error:
                self._desk.handle(call.session_id, calls.HangUp(Party.CALLER), now)
                code = "storage_full" if self._ledger.is_full else "internal_error"
                raise RefusedError(str(error), code=code, status=503, retry_after_s=60) from error
            self._log_ringing(admission.request)
            self._carry_out(commands)
        self._tell()
        return PlacedCall(record, admission.signed.url)

    async def _act(self, session_id: str, action: Action, by: Party) -> None:
        await self._step(lambda now: self._decide(session_id, action, by, now))

    async def _act_after_the_end(self, session_id: str, action: Action) -> CallRecord | None:
        """Asked again after the end: the same answer as the first time, or ``wrong_state``."""
        record = await self.session(session_id)
        is_repeat = record is not None and (
            action is Action.END or (action is Action.DECLINE and record.outcome is Outcome.DECLINED)
        )
        if record is not None and not is_repeat:
            raise RefusedError("This call is over.", code="wrong_state", status=409)
        return record

    def _decide(self, session_id: str, action: Action, by: Party, now: Moment) -> list[Command]:
        match action:
            case Action.ACCEPT:
                return self._desk.accept(session_id, now)
            case Action.DECLINE:
                return self._desk.decline(session_id, now)
            case Action.END:
                return self._desk.end(session_id, by, now)
            case Action.MUTE | Action.UNMUTE:
                return self._desk.mute(session_id, action is Action.MUTE, now)
            case Action.HOLD:
                return self._desk.hold(session_id, now)
            case Action.RESUME:
                return self._desk.resume(session_id, now)

    async def _step(self, decide: Callable[[Moment], list[Command]]) -> None:
        """Decide, commit, carry out, tell; alone.

        Raises:
            RefusedError, InvalidTransition: Of *decide*; nothing has changed then.
        """
        async with self._turn:
            live = self._desk.calls
            now = self._clock()
            commands = decide(now)
            self._stop_listening(commands)
            for call in [call for call in live if self._ledger.update(call, now)]:
                await self._ledger.commit(call.session_id)
            self._carry_out(commands)
            over = [call for call in live if call.is_over]
            for call in over:
                self._file(call, now)
            if not self._desk.calls:
                self._all_over.set()
        self._tell()
        if over:
            await self._tell_recent()

    def _stop_listening(self, commands: Sequence[Command]) -> None:
        """Close microphones before anything is written: a slow disk must not keep one open."""
        ends = calls.HangUpLink | calls.PlayOut | calls.Release
        for command in commands:
            if isinstance(command, CallCommand) and isinstance(command.command, ends):
                self._voice.close_microphone(command.session_id)

    def _carry_out(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case SetRinging(volume):
                    self._voice.ring(volume)
                case WatchTime():
                    self._presence_watch.start()
                case KeepPresence(kept):
                    for listener in self.on_presence:
                        listener(kept)
                case CallCommand(session_id, of_call):
                    self._carry_out_one(session_id, of_call)

    def _carry_out_one(self, session_id: str, command: calls.Command) -> None:
        match command:
            case calls.StartTimer(timer, after_s):
                self._timers.start(session_id, timer, after_s)
            case calls.StopTimer(timer):
                self._timers.stop(session_id, timer)
            case calls.Connect(cue):
                log.info("call.accepted", extra={"session_id": session_id})
                self._voice.open_line(session_id, cue)
                self._spawn(lambda: self._connect(session_id), f"switchboard.connect.{session_id}")
            case calls.PlayCue(cue):
                self._voice.play_cue(session_id, cue)
            case calls.SetMuted(is_muted):
                self._voice.set_muted(session_id, is_muted)
            case calls.SetHeld(is_held):
                self._voice.set_held(session_id, is_held)
            case calls.HangUpLink():
                self._voice.hang_up(session_id)
            case calls.PlayOut():
                self._voice.play_out(session_id)
            case calls.Release():
                self._voice.release(session_id)

    async def _connect(self, session_id: str) -> None:
        call = self._desk.find(session_id)
        if call is None:
            return
        request = call.request
        try:
            signed = await self._reception.signed_url(request)
        except (RefusedError, AgentError) as error:
            await self._on_event(session_id, LinkClosed(None, Failure(error.code, str(error))))
            return
        if call.state is CallState.CONNECTING:
            self._voice.connect(
                CallSetup(
                    session_id,
                    signed.url,
                    request.dynamic_variables,
                    request.overrides,
                    request.user_id,
                    self._recording_path(session_id) if self.records_calls else None,
                )
            )

    def _recording_path(self, session_id: str) -> Path:
        path = self._recordings.new_path(self._clock().utc)
        self._recording_files[session_id] = path.name
        return path

    def _file(self, call: Call, now: Moment) -> None:
        record = self._ledger.record(call.session_id)
        self._reception.forget(call.session_id)
        self._ledger.close(call.session_id)
        if record is not None:
            self.views.ended(record)
            for listener in self.on_ended:
                listener(record)
        log.info(
            "call.ended",
            extra={
                "session_id": call.session_id,
                "outcome": call.outcome,
                "ended_by": call.ended_by,
                "duration_s": round(call.duration_s(now), 1),
                "error": call.failure.code if call.failure else None,
                "close_code": call.close.code if call.close else None,
            },
        )

    @staticmethod
    def _log_ringing(request: CallRequest) -> None:
        log.info(
            "call.ringing",
            extra={
                "session_id": request.session_id,
                "agent_id": request.agent_id,
                "placed_by": request.placed_by,
                "practice": request.is_practice,
            },
        )

    def _log_active(self, session_id: str, report: CallEvent) -> None:
        call = self._desk.find(session_id)
        if isinstance(report, AgentReady) and call and call.accepted and call.started:
            setup_ms = round(call.started.since_s(call.accepted) * 1000)
            fields = {"session_id": session_id, "conversation_id": report.conversation_id, "setup_ms": setup_ms}
            log.info("call.active", extra=fields)

    # --- telling -----------------------------------------------------------------------------------

    def _tell(self) -> None:
        self.views.set_problem("audio", self._reception.audio_problem)
        self.views.set_problem("store", self._ledger.problem)
        self.views.show()

    async def _tell_recent(self) -> None:
        try:
            self.views.set_recent(tuple(await self._store.recent(RECENT_CALLS)), await self._store.unseen_count())
        except StoreError as error:
            log.warning("store.unreadable", extra={"reason": str(error)})
