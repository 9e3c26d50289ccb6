"""Deadlines hold by the time that really passed, sleep included."""

from __future__ import annotations

import asyncio
import time

from connector_gui.core.call_commands import Timer
from connector_gui.switchboard.timers import LOOK_S, Timers, seconds_through_sleep


class Clock:
    """The time through sleep: as the loop's, and what the computer slept."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.slept_s


async def test_a_deadline_that_was_slept_through_is_met_right_after_waking() -> None:
    clock, expired = Clock(), asyncio.Event()
    timers = Timers(lambda _name, _timer: expired.set(), clock)
    timers.start("crm-42", Timer.RING, 30.0)
    await asyncio.sleep(0.05)
    clock.slept_s = 3600.0
    async with asyncio.timeout(LOOK_S + 1.0):
        await expired.wait()


async def test_a_short_sleep_shortens_the_ring_by_itself() -> None:
    clock, fired_s = Clock(), asyncio.get_running_loop().create_future()
    timers = Timers(lambda _name, _timer: fired_s.set_result(clock()), clock)
    begin_s = clock()
    timers.start("crm-42", Timer.RING, 2.4)
    clock.slept_s = 1.0
    async with asyncio.timeout(5):
        assert 2.4 <= await fired_s - begin_s < 3.0


async def test_a_stopped_or_replaced_deadline_is_never_told() -> None:
    told: list[tuple[str, Timer]] = []
    timers = Timers(lambda name, timer: told.append((name, timer)))
    timers.start("a", Timer.RING, 0.02)
    timers.start("a", Timer.RING, 0.05)
    timers.start("b", Timer.RING, 0.02)
    timers.start("b", Timer.AUTO_ANSWER, 0.02)
    timers.stop("b", Timer.RING)
    await asyncio.sleep(0.2)
    assert sorted(told) == [("a", Timer.RING), ("b", Timer.AUTO_ANSWER)]
    timers.start("c", Timer.RING, 0.02)
    timers.stop_all()
    await asyncio.sleep(0.1)
    assert len(told) == 2


def test_the_clock_goes_on_with_the_others() -> None:
    before_s, monotonic_s = seconds_through_sleep(), time.monotonic()
    time.sleep(0.05)
    assert abs((seconds_through_sleep() - before_s) - (time.monotonic() - monotonic_s)) < 0.02
