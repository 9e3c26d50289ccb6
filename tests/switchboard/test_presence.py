"""The operator's presence at work: what callers are told, what rings, and what is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.call_events import AgentReady, CloseFrame, Failure, LinkClosed, Party
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk, RingVolume
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import KeptPresence, Wish
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView
from connector_gui.switchboard import Switchboard
from connector_gui.switchboard.presence_watch import morning
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services


class Clock:
    """Both clocks, and the sleep between."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def __call__(self) -> Moment:
        return Moment(datetime.now(UTC) + timedelta(seconds=self.slept_s), time.monotonic(), self.slept_s)


class Room:
    """A switchboard with its stand-ins."""

    def __init__(self, rules: DeskRules) -> None:
        self.clock, self.store = Clock(), MemoryStore()
        self.voice = NotingVoice(self.store)
        self.board = Switchboard(
            Desk(rules), self.store, self.voice, Services(), RecordingsFolder(Path("recordings")), self.clock
        )
        self.kept: list[KeptPresence | None] = []
        self.views: list[DeskView] = [DeskView()]
        self.board.on_presence.append(self.kept.append)
        self.board.views.on_view.append(self.views.append)

    @property
    def view(self) -> DeskView:
        return self.views[-1]

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    async def place(self, name: str = "crm-1", **values: object) -> None:
        await self.board.place_call(CallRequest(name, "billing", ring_timeout_s=30, **values))  # type: ignore[arg-type]

    async def refusal(self, name: str = "crm-9") -> RefusedError:
        with pytest.raises(RefusedError) as refused:
            await self.place(name)
        return refused.value

    async def talk(self, name: str = "crm-1", **values: object) -> None:
        await self.place(name, **values)
        await self.board.act(name, Action.ACCEPT)
        await self.until(lambda: ("connect", name) in self.voice.heard)
        self.board.report(name, AgentReady("conv_1"))
        await self.until(lambda: self.store.records[name].status is CallState.ACTIVE)

    async def hang_up(self, name: str = "crm-1") -> None:
        await self.board.act(name, Action.END)
        self.board.report(name, LinkClosed(CloseFrame(1000)))
        await self.until(lambda: self.store.records[name].outcome)
        await self.until(lambda: not any(call.record.session_id == name for call in self.view.calls))


@asynccontextmanager
async def at_work(rules: DeskRules | None = None) -> AsyncIterator[Room]:
    room = Room(rules or DeskRules())
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(room.board.run())
        yield room
        await room.board.shut_down()
        work.cancel()


async def test_do_not_disturb_tells_callers_when_to_ask_again_and_health_says_so() -> None:
    async with at_work() as room:
        room.board.set_presence(Wish.HALF_HOUR)
        await room.until(lambda: room.view.is_do_not_disturb)
        error = await room.refusal()
        assert (error.code, error.status) == ("do_not_disturb", 503)
        assert error.retry_after_s is not None
        assert 1790 <= error.retry_after_s <= 1800
        assert "30 minutes" in str(error)
        health = room.board.health()
        assert (health.ready, health.reasons) == (False, ("do_not_disturb",))
        assert health.retry_after_s == pytest.approx(1800, abs=10)
        room.board.set_presence(Wish.TAKE_CALLS)
        await room.until(lambda: not room.view.is_do_not_disturb)
        await room.place()
        assert room.board.health().ready


async def test_it_ends_by_itself_and_what_was_slept_counts() -> None:
    async with at_work() as room:
        room.board.set_presence(Wish.HOUR)
        await room.until(lambda: room.view.is_do_not_disturb)
        room.clock.slept_s = 3601.0
        await room.place()  # the caller does not have to wait for the next look at the clock
        await room.until(lambda: not room.view.is_do_not_disturb)
        assert room.kept == [room.kept[0], None]


async def test_it_is_kept_for_the_next_start_which_goes_on_with_it() -> None:
    async with at_work() as room:
        room.board.set_presence(Wish.HOUR)
        await room.until(lambda: room.kept)
    kept = room.kept[0]
    assert kept is not None
    async with at_work() as later:
        later.board.restore_presence(kept)
        assert (await later.refusal()).code == "do_not_disturb"
        later.clock.slept_s = 3601.0
        await later.until(lambda: later.kept == [None])
        await later.place()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can be changed by a test on POSIX alone")
def test_until_tomorrow_is_eight_o_clock_where_the_operator_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    time.tzset()
    try:
        # In the night between, the clocks go forward.
        assert morning(datetime(2026, 3, 28, 17, tzinfo=UTC)) == datetime(2026, 3, 29, 6, tzinfo=UTC)
        assert morning(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)) == datetime(2026, 3, 30, 6, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_after_a_call_the_next_one_rings_quietly_until_the_operator_is_ready() -> None:
    async with at_work(DeskRules(wrap_up_s=60)) as room:
        await room.talk()
        await room.hang_up()
        wrap_up = room.view.wrap_up
        assert wrap_up is not None
        assert wrap_up.until_s - time.monotonic() == pytest.approx(60, abs=5)
        await room.place("crm-2")
        assert room.voice.ringing is RingVolume.QUIET
        assert room.board.health().ready
        room.board.set_presence(Wish.TAKE_CALLS)
        await room.until(lambda: room.voice.ringing is RingVolume.LOUD)
        assert room.view.wrap_up is None
        assert room.kept == []


async def test_a_wrap_up_ends_by_itself_and_can_be_made_longer() -> None:
    async with at_work(DeskRules(wrap_up_s=60)) as room:
        await room.talk()
        await room.hang_up()
        room.board.set_presence(Wish.MORE_TIME)
        await room.until(lambda: room.view.wrap_up and room.view.wrap_up.whole_s > 100)
        room.clock.slept_s = 100.0
        assert room.board.views.current.wrap_up is not None
        room.clock.slept_s = 121.0
        await room.until(lambda: room.view.wrap_up is None)


async def test_where_a_busy_desk_refuses_a_wrap_up_does_too_and_says_for_how_long() -> None:
    async with at_work(DeskRules(wrap_up_s=60, when_busy=WhenBusy.REFUSE)) as room:
        await room.talk()
        assert room.board.health().reasons == ("desk_full",)
        await room.hang_up()
        error = await room.refusal()
        assert (error.code, error.status) == ("desk_full", 503)
        assert error.retry_after_s == pytest.approx(60, abs=5)
        assert room.board.health().reasons == ("desk_full",)
        assert room.view.wrap_up is not None
        assert room.view.wrap_up.is_refusing
        room.clock.slept_s = 61.0
        await room.place("crm-2")


async def test_accepting_a_call_ends_the_wrap_up() -> None:
    async with at_work(DeskRules(wrap_up_s=60)) as room:
        await room.talk()
        await room.hang_up()
        await room.talk("crm-2")
        assert room.view.wrap_up is None


@pytest.mark.parametrize("action", [Action.DECLINE, Action.ACCEPT])
async def test_there_is_nothing_to_wrap_up_after_a_call_without_a_conversation(action: Action) -> None:
    async with at_work(DeskRules(wrap_up_s=60)) as room:
        await room.place()
        await room.board.act("crm-1", action)
        if action is Action.ACCEPT:
            room.board.report("crm-1", LinkClosed(None, Failure("x", "y")))
        await room.until(lambda: room.store.records["crm-1"].outcome)
        await room.until(lambda: not room.view.calls)
        assert room.view.wrap_up is None


async def test_a_call_says_when_it_answers_itself_and_not_now_lets_it_ring() -> None:
    async with at_work(DeskRules(auto_answer_delay_s=0.2)) as room:
        await room.place()
        answers_at_s = room.view.ringing[0].answers_at_s
        assert answers_at_s is not None
        assert answers_at_s - time.monotonic() < 0.2
        room.board.let_ring("crm-1")
        await room.until(lambda: room.view.ringing[0].answers_at_s is None)
        await asyncio.sleep(0.4)
        assert room.view.ringing
        assert room.voice.cues == []


async def test_nothing_answers_itself_during_a_wrap_up_and_after_it_has_its_whole_delay() -> None:
    async with at_work(DeskRules(wrap_up_s=60, auto_answer_delay_s=0.1)) as room:
        await room.talk()
        await room.hang_up()
        await room.place("crm-2")
        assert room.view.ringing[0].answers_at_s is None
        await asyncio.sleep(0.2)
        assert room.view.ringing
        room.board.set_presence(Wish.TAKE_CALLS)
        await room.until(lambda: ("connect", "crm-2") in room.voice.heard)


async def test_a_call_that_is_to_ring_is_not_answered_after_the_next_conversation_either() -> None:
    async with at_work(DeskRules(auto_answer_delay_s=30)) as room:
        await room.place("crm-2")
        room.board.let_ring("crm-2")
        await room.talk("crm-1")
        await room.hang_up("crm-1")
        assert room.view.ringing[0].answers_at_s is None
        assert room.store.records["crm-2"].ended_by is not Party.OPERATOR
