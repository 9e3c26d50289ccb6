"""The wall clock jumps during a call; how long things took, and what is due when, does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.moment import Moment
from connector_gui.core.service import Action
from connector_gui.switchboard import Switchboard
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services


class WallClock:
    """Two clocks, of which one can be set."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> Moment:
        return Moment(datetime.now(UTC) + self.offset, time.monotonic())


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=1), timedelta(days=400)])
async def test_durations_and_deadlines_do_not_follow_a_clock_that_is_set(tmp_path: Path, jump: timedelta) -> None:
    clock, store = WallClock(), MemoryStore()
    voice = NotingVoice(store)
    board = Switchboard(Desk(DeskRules()), store, voice, Services(), RecordingsFolder(tmp_path), clock)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(board.run())
        await board.place_call(CallRequest("crm-1", "billing", ring_timeout_s=0.2))
        await board.place_call(CallRequest("crm-2", "billing", ring_timeout_s=30))
        await board.act("crm-2", Action.ACCEPT)
        board.report("crm-2", AgentReady("conv_1"))
        await _until(lambda: store.records["crm-2"].status is CallState.ACTIVE)
        clock.offset = jump
        await asyncio.sleep(0.1)
        assert store.records["crm-2"].status is CallState.ACTIVE
        await _until(lambda: store.records["crm-1"].outcome is Outcome.MISSED)
        await board.act("crm-2", Action.END)
        board.report("crm-2", LinkClosed(CloseFrame(1000)))
        await _until(lambda: store.records["crm-2"].status is CallState.ENDED)
        work.cancel()
    record = store.records["crm-2"]
    assert 0.1 <= record.duration_s < 5
    assert record.started_at is not None
    assert record.ended_at is not None
    assert abs(record.ended_at - record.started_at - jump) < timedelta(seconds=5)  # as the wall showed it


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)
