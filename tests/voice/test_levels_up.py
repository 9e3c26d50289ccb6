"""Levels on their way from the voice loop to the windows: no more of them than are looked at, and none lost."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from connector_gui.core.level import SILENCE, Level
from connector_gui.core.view import Levels
from connector_gui.elevenlabs.link import open_link
from connector_gui.voice.thread import Listeners, VoiceThread
from tests.fakes.sound import FakeSound

LOUD = Levels(Level(-6.0, -12.0), SILENCE)
PAUSE_S = 0.2


@asynccontextmanager
async def told_to(listener: Callable[[Levels], float | None]) -> AsyncIterator[VoiceThread]:
    voice = VoiceThread(FakeSound(), open_link)
    voice.start(Listeners(lambda *_report: None, listener, lambda _level: None, lambda _words: None))
    try:
        yield voice
    finally:
        await voice.stop()


async def tell(voice: VoiceThread, levels: Levels) -> None:
    """As a call in the voice loop would."""
    await asyncio.to_thread(voice._telling.tell_levels, levels)
    await asyncio.sleep(0)


async def test_a_window_that_looks_gets_every_level() -> None:
    seen: list[Levels] = []
    async with told_to(seen.append) as voice:
        for number in range(20):
            await tell(voice, Levels(Level(-number, -number), SILENCE))
            await asyncio.sleep(0)
        assert [levels.operator.peak_dbfs for levels in seen[-2:]] == [-18, -19]
        assert len(seen) == 20


async def test_while_nobody_looks_few_are_handed_over_and_the_loudest_is_among_them() -> None:
    moments: list[float] = []
    seen: list[Levels] = []

    def take(levels: Levels) -> float:
        moments.append(time.monotonic())
        seen.append(levels)
        return PAUSE_S

    async with told_to(take) as voice:
        await tell(voice, Levels())
        await tell(voice, LOUD)
        async with asyncio.timeout(5):
            while len(seen) < 4:
                await tell(voice, Levels())
                await asyncio.sleep(0.005)
    assert seen[1] == LOUD
    assert seen[2] == Levels()
    assert min(later - earlier for earlier, later in itertools.pairwise(moments)) >= PAUSE_S
