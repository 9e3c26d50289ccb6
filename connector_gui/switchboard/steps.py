"""One step at a time: decide, commit, carry out, tell.

A step decides (`core.desk`, without waiting), writes the changed records to the store, carries out the commands in
order, and only then tells the windows and the callers. A second event waits until the first is through, so nobody
ever sees half a change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from connector_gui.core.call import Call
from connector_gui.core.call_commands import GiveNotice
from connector_gui.core.call_events import HangUp, Party, TimerExpired
from connector_gui.core.call_reports import CallEvent, NoticeGiven
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import CallCommand, Command, Desk
from connector_gui.core.errors import InvalidTransition, RefusedError, StoreError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord
from connector_gui.core.service import PlacedCall
from connector_gui.switchboard.hands import Hands
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.ports import Clock, StorePort
from connector_gui.switchboard.reception import Reception
from connector_gui.switchboard.views import Views

log = logging.getLogger(__name__)

RECENT_CALLS: Final = 20


class Steps:
    """Takes steps, alone.

    Attributes:
        all_over: Set while there is no live call, and the last one's ending is written and told.
        on_ended: Called with the record of each call that is over, once it is written.
    """

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        store: StorePort,
        reception: Reception,
        hands: Hands,
        views: Views,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._ledger = ledger
        self._store = store
        self._reception = reception
        self._hands = hands
        self._views = views
        self._clock = clock
        self._turn = asyncio.Lock()
        self.all_over = asyncio.Event()
        self.all_over.set()
        self.on_ended: list[Callable[[CallRecord], None]] = []

    async def take(self, decide: Callable[[Moment], list[Command]]) -> None:
        """Decide, commit, carry out, tell.

        Raises:
            RefusedError, InvalidTransition: Of *decide*; nothing has changed then.
        """
        async with self._turn:
            live = self._desk.calls
            now = self._clock()
            commands = decide(now)
            self._hands.stop_listening(commands)
            noted = self._write_down(commands, now)
            for call in [call for call in live if self._ledger.update(call, now) or call.session_id in noted]:
                await self._ledger.commit(call.session_id)
            self._hands.carry_out(commands)
            over = [call for call in live if call.is_over]
            for call in over:
                self._file(call, now)
            if not self._desk.calls:
                self.all_over.set()
        self.tell()
        if over:
            await self.tell_recent()

    async def event(self, session_id: str, event: CallEvent | TimerExpired) -> None:
        """Something happened to a call; what it does not take any more is no fault."""
        try:
            await self.take(lambda now: self._desk.handle(session_id, event, now))
        except InvalidTransition as error:
            # Two ends act at once: the other one was first.
            log.debug("call.late_event", extra={"session_id": session_id, "reason": str(error)})

    async def place(self, request: CallRequest, *, at_desk: bool = False) -> PlacedCall:
        """Let a new call ring.

        Raises:
            RefusedError, AgentError: It is not admitted.
        """
        async with self._reception.admit(request, at_desk=at_desk) as admission, self._turn:
            now = self._clock()
            call, commands = self._desk.place(admission.request, now, at_desk=at_desk)
            self.all_over.clear()
            record = self._ledger.open(call, now, agent_name=admission.agent_name)
            try:
                await self._ledger.commit_new(call.session_id)
            except StoreError as error:
                # What was to happen for it does not; what follows from its end does.
                self._hands.carry_out(self._desk.handle(call.session_id, HangUp(Party.CALLER), now))
                if not self._desk.calls:
                    self.all_over.set()
                code = "storage_full" if self._ledger.is_full else "internal_error"
                raise RefusedError(str(error), code=code, status=503, retry_after_s=60) from error
            _log_ringing(admission.request)
            self._hands.carry_out(commands)
        self.tell()
        return PlacedCall(record, admission.signed.url)

    async def keep(self, session_id: str, change: Callable[[Moment], bool]) -> bool:
        """Change the record of a live call and write it; whether there was anything to write."""
        async with self._turn:
            is_changed = change(self._clock())
            if is_changed:
                await self._ledger.commit(session_id)
            return is_changed

    async def keep_or_amend(
        self, session_id: str, change: Callable[[Moment], bool], values: Mapping[str, object]
    ) -> None:
        """The same for a call that may be over by now: then *values* replace those in the store.

        Raises:
            StoreError: They cannot be written there.
        """
        async with self._turn:
            if change(self._clock()):
                await self._ledger.commit(session_id)
            elif self._ledger.record(session_id) is None:
                await self._store.amend(session_id, values)

    async def retry(self) -> None:
        """Write what the store did not take before."""
        async with self._turn:
            await self._ledger.retry()

    def carry_out(self, commands: Sequence[Command]) -> None:
        """Do what concerns no call."""
        self._hands.carry_out(commands)

    # --- telling -----------------------------------------------------------------------------------

    def tell(self) -> None:
        """Give the windows a new picture."""
        self._views.set_problem("audio", self._reception.audio_problem)
        self._views.set_problem("store", self._ledger.problem)
        self._views.show()

    async def tell_recent(self) -> None:
        """Show the newest calls that are over."""
        try:
            self._views.set_recent(tuple(await self._store.recent(RECENT_CALLS)), await self._store.unseen_count())
        except StoreError as error:
            log.warning("store.unreadable", extra={"reason": str(error)})

    # --- inside ------------------------------------------------------------------------------------

    def _write_down(self, commands: Sequence[Command], now: Moment) -> set[str]:
        """Keep the notices that a decision gives with the change that it makes; the calls that have one."""
        noted = set()
        for command in commands:
            if isinstance(command, CallCommand) and isinstance(command.command, GiveNotice):
                notice = NoticeGiven(command.command.code, command.command.message)
                if self._ledger.add_notice(command.session_id, notice, now):
                    noted.add(command.session_id)
        return noted

    def _file(self, call: Call, now: Moment) -> None:
        record = self._ledger.record(call.session_id)
        self._reception.forget(call.session_id)
        self._ledger.close(call.session_id)
        if record is not None:
            self._views.ended(record)
            for listener in self.on_ended:
                listener(record)
        _log_ended(call, now)


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


def _log_ended(call: Call, now: Moment) -> None:
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
