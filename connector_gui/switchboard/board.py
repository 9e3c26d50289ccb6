"""The desk as the rooms around it know it: what callers and the operator ask, and what the voice thread reports.

    reports, timers, clicks ──→ jobs ──→ steps ──→ hands ──→ voice thread, timers
    requests over HTTP ────────────────→   │
                                           └─────→ ledger, views

Reports of the voice thread, expired timers and the operator's clicks come through one queue (`jobs`), in the order
they happened. Requests over HTTP wait for their own step (`steps`), because they want the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable
from typing import Final

from connector_gui.core import call as calls
from connector_gui.core import desk_refusals as refusals
from connector_gui.core import presence
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import LinkClosed, Party, TimerExpired
from connector_gui.core.call_reports import Report
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Command, Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import InvalidTransition, RefusedError
from connector_gui.core.lines import DESK_LINE
from connector_gui.core.metadata import dynamic_variables, without_secrets
from connector_gui.core.moment import Moment
from connector_gui.core.presence import KeptPresence, Restored, Wish, Wished
from connector_gui.core.record import CallRecord, Score
from connector_gui.core.sentence import sentence
from connector_gui.core.service import Action, Health, MessageKind, Page, PlacedCall
from connector_gui.core.tray_click import TrayAction, tray_action
from connector_gui.core.view import FULL_VOLUME
from connector_gui.switchboard.hands import Hands
from connector_gui.switchboard.jobs import Jobs
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.ports import AgentServices, Clock, Recordings, StorePort, VoicePort
from connector_gui.switchboard.presence_watch import morning
from connector_gui.switchboard.reception import Reception
from connector_gui.switchboard.reports import Reports
from connector_gui.switchboard.steps import Steps
from connector_gui.switchboard.views import Views

log = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""How often a store or a sound system that failed is tried again."""
PRACTICE_AGENT_ID: Final = "practice"


class Switchboard:
    """The desk at work.

    Attributes:
        views: What the windows show; subscribe there.
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
        self._clock = clock
        self._ledger = Ledger(store)
        self._reception = Reception(desk, self._ledger, store, voice, services, clock)
        self.views = Views(desk, self._ledger, clock)
        self._jobs = Jobs(self.views.refuse)
        self._hands = Hands(
            desk,
            voice,
            self._reception,
            recordings,
            clock,
            self._jobs,
            post=self._post_event,
            attend=self._attend,
        )
        self._steps = Steps(desk, self._ledger, store, self._reception, self._hands, self.views, clock)
        self._reports = Reports(desk, self._ledger, self._steps, self.views)
        self.on_ended = self._steps.on_ended
        self.on_presence = self._hands.on_presence
        self.on_events = self._ledger.on_events

    @property
    def records_calls(self) -> bool:
        """Every call is recorded from its beginning."""
        return self._hands.records_calls

    @records_calls.setter
    def records_calls(self, records: bool) -> None:
        self._hands.records_calls = records

    # --- life ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled: take what comes in, in order, and retry what failed."""
        self._jobs.put(self._steps.tell_recent)
        await self._jobs.run(self._heal)

    async def _heal(self) -> None:
        await self._reception.look_at_devices()
        self._steps.tell()
        while True:
            await asyncio.sleep(RETRY_S)
            if self._reception.audio_problem is not None:
                await self._reception.look_at_devices()
            if self._ledger.problem is not None:
                await self._steps.retry()
            self._steps.tell()

    async def shut_down(self) -> None:
        """Take no more calls, end those that run, and wait until they are over (2 s at most)."""
        self._reception.is_shutting_down = True
        for call in self._desk.calls:
            party = Party.CALLER if call.state is CallState.RINGING else Party.OPERATOR
            with contextlib.suppress(RefusedError, InvalidTransition):  # it has ended meanwhile by itself
                await self._act(call.session_id, Action.END, party)
        try:
            async with asyncio.timeout(calls.HANG_UP_TIMEOUT_S + 0.5):
                await self._steps.all_over.wait()
        except TimeoutError:
            log.warning("switchboard.left_open", extra={"calls": len(self._desk.calls)})
        self._hands.stop_clocks()

    def set_rules(self, rules: DeskRules) -> None:
        """Decide by *rules* from now on; calls that ring or are held are looked at anew."""
        before, self._desk.rules = self._desk.rules, rules
        if rules != before:
            self._decide(lambda now: self._desk.follow_rules(before, now))

    # --- what callers ask (core.service.DeskPort) ------------------------------------------------

    async def place_call(self, request: CallRequest) -> PlacedCall:
        """Let a call ring, once its agent and key have been proven by a signed URL."""
        replay = await self.replay(request)
        if replay is not None:
            return replay
        return await self._steps.place(request)

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        """The first answer to an equal, earlier request; ``None`` when this is the first."""
        return await self._reception.replay(request)

    async def answered(self, session_id: str) -> None:
        """The answer to the request that placed this call has reached its caller."""
        delivered = {"is_answer_delivered": True}
        await self._steps.keep_or_amend(
            session_id, lambda _now: self._ledger.set_answer_delivered(session_id), delivered
        )

    async def message(self, session_id: str, text: str, kind: MessageKind) -> CallRecord | None:
        """Send text to the agent of a running conversation; the call, ``None`` when there is none of that name."""
        call = self._desk.find(session_id)
        if self._is_talking(session_id):
            self._voice.send_text(session_id, text, kind)
        elif call is not None or await self.session(session_id) is not None:
            told = sentence(
                "Text can be sent while the conversation runs: not before the agent has answered, nor after."
            )
            raise RefusedError(told, code="wrong_state", status=409)
        return await self.session(session_id)

    async def act(
        self, session_id: str, action: Action, by: Party = Party.CALLER, line: str | None = None
    ) -> CallRecord | None:
        """Do what a button does, for *by*; the call afterwards, ``None`` when there is none of that name.

        Args:
            line: For `Action.ACCEPT` and `Action.MOVE`: the line, by name, or `DESK_LINE`.
        """
        if self._desk.find(session_id) is None:
            return await self._act_after_the_end(session_id, action)
        await self._act(session_id, action, by, line)
        return await self.session(session_id)

    async def session(self, session_id: str) -> CallRecord | None:
        """One call whole, live or kept; ``None`` when there is none of that name."""
        record = self._ledger.record(session_id) or await self._store.get(session_id)
        return None if record is None else self._as_it_is(record)

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        """A page of calls, newest first, without transcripts."""
        records, next_cursor = await self._store.page(limit, cursor, status, outcome)
        return Page(tuple(self._as_it_is(record) for record in records), next_cursor)

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
        self._jobs.put(self._on_tray_click)

    def act_at_desk(self, session_id: str, action: Action, line: str | None = None) -> None:
        """The operator used a button of a call; *line* as for `act`."""
        self._jobs.put(lambda: self._act(session_id, action, Party.OPERATOR, line))

    def focus_on(self, session_id: str) -> None:
        """The operator wants to talk in that conversation: whom they talk to now is held."""
        self._decide(lambda now: self._desk.focus_on(session_id, now))

    def swap(self) -> None:
        """The operator wants to talk to whoever has been on hold for longest."""
        self._decide(self._desk.swap)

    def message_at_desk(self, session_id: str, text: str, kind: MessageKind) -> None:
        """The operator wrote something to the agent."""
        self._jobs.put(lambda: self.message(session_id, text, kind))

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
            self._steps.tell()

    def set_presence(self, wish: Wish, length_s: float = 0.0) -> None:
        """The operator wants no calls for a while, or wants them again, or more time after the last one."""
        log.info("desk.presence_wished", extra={"wish": wish})
        self._attend(Wished(wish, morning(self._clock().utc), length_s))

    def restore_presence(self, kept: KeptPresence) -> None:
        """Go on as the last run of the program left off; before any call can come."""
        self._hands.carry_out(self._desk.attend(Restored(kept), self._clock()))

    def let_ring(self, session_id: str) -> None:
        """The operator does not want that call answered by itself, nor declined."""
        self._decide(lambda _now: self._desk.let_ring(session_id))

    def call_again(self, session_id: str) -> None:
        """The operator wants to talk to the agent of a former call: placed with the same metadata, accepted at once."""
        self._jobs.spawn(lambda: self._call_again(session_id), "switchboard.call_again")

    def call_at_desk(self, request: CallRequest) -> None:
        """The operator wants this call: placed whatever their presence says, accepted at once."""
        self._jobs.spawn(lambda: self._call_at_desk(request), "switchboard.call_at_desk")

    def set_recording(self, session_id: str, is_on: bool) -> None:
        """The operator wants this call recorded, or no longer."""
        call = self._desk.find(session_id)
        if call is not None and call.state is not CallState.RINGING:
            self._hands.set_recording(session_id, is_on=is_on)

    def refresh(self) -> None:
        """The record of calls that are over has changed: show it as it is now."""
        self._jobs.put(self._steps.tell_recent)

    def practise(self) -> None:
        """The operator wants to talk to the practice agent: the call is placed and accepted at once."""
        self._jobs.put(self._start_practice)

    # --- what the voice thread and the timers report -----------------------------------------------

    def report(self, session_id: str, report: Report) -> None:
        """Something happened in a conversation. Called in the main loop, in the order it happened."""
        self._jobs.put(lambda: self._reports.take(session_id, report))

    def _post_event(self, session_id: str, event: LinkClosed | TimerExpired) -> None:
        self._jobs.put(lambda: self._steps.event(session_id, event))

    def _attend(self, event: presence.Event) -> None:
        self._decide(lambda now: self._desk.attend(event, now))

    # --- inside ------------------------------------------------------------------------------------

    def _decide(self, decide: Callable[[Moment], list[Command]]) -> None:
        self._jobs.put(lambda: self._steps.take(decide))

    def _is_talking(self, session_id: str) -> bool:
        """A conversation runs there, with the agent at the other end."""
        call = self._desk.find(session_id)
        return call is not None and call.state in {CallState.ACTIVE, CallState.HELD}

    def _as_it_is(self, record: CallRecord) -> CallRecord:
        """*record* with what only the moment knows of a live call."""
        call = self._desk.find(record.session_id)
        if call is None:
            return record
        live = {"duration_s": round(call.duration_s(self._clock()), 3), "hold": self.views.hold_of(call)}
        return record.model_copy(update=live)

    async def _on_tray_click(self) -> None:
        action = tray_action(self._desk, self._clock())
        if action is TrayAction.ACCEPT:
            await self._act(self._desk.ringing[0].session_id, Action.ACCEPT, Party.OPERATOR)
        elif action is TrayAction.END and self._desk.focus is not None:
            await self._act(self._desk.focus.session_id, Action.END, Party.OPERATOR)
        elif action is TrayAction.OPEN_PANEL:
            self.views.open_panel()

    async def _start_practice(self) -> None:
        session_id = f"practice-{uuid.uuid4().hex[:12]}"
        request = CallRequest(session_id, PRACTICE_AGENT_ID, ring_timeout_s=30, is_practice=True)
        self._jobs.spawn(lambda: self._call_at_desk(request), "switchboard.practise")

    async def _call_again(self, session_id: str) -> None:
        record = await self.session(session_id)
        if record is None:
            raise RefusedError(sentence("This call is not in the record any more."), code="not_found", status=404)
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
        await self._steps.place(request, at_desk=True)
        await self._act(request.session_id, Action.ACCEPT, Party.OPERATOR, DESK_LINE)

    async def _act(self, session_id: str, action: Action, by: Party, line: str | None = None) -> None:
        await self._steps.take(lambda now: self._command(session_id, action, by, line, now))

    def _command(self, session_id: str, action: Action, by: Party, line: str | None, now: Moment) -> list[Command]:
        match action:
            case Action.ACCEPT:
                return self._desk.accept(session_id, now, line=line)
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
            case Action.MOVE:
                return self._desk.move(session_id, line or DESK_LINE, now)

    async def _act_after_the_end(self, session_id: str, action: Action) -> CallRecord | None:
        """Asked again after the end: the same answer as the first time, or ``wrong_state``."""
        record = await self.session(session_id)
        is_repeat = record is not None and (
            action is Action.END or (action is Action.DECLINE and record.outcome is Outcome.DECLINED)
        )
        if record is not None and not is_repeat:
            raise refusals.over("mute" if action is Action.UNMUTE else action.value)
        return record
