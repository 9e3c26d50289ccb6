"""The ring: there when wanted, silent within a block, and never a problem for the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.dsp.tones import RING_TONES, ring_tone
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.ringer import Ringer
from tests.fakes.sound import HEADSET, SPEAKER, FakeSound
from tests.voice.waiting import until


class Desk:
    """A ringer at work, and what it reports."""

    def __init__(self) -> None:
        self.sound = FakeSound()
        self.problems: list[AudioError] = []
        self.ringer = Ringer(self.sound, DeviceCatalog(self.sound, platform="darwin"), self.problems.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Desk]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.ringer.run(), name="ringer")
            yield self
            task.cancel()

    @property
    def is_open(self) -> bool:
        return any(stream.is_started for stream in self.sound.streams)


async def test_rings_the_tone_over_and_over() -> None:
    async with Desk().running() as desk:
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.sound.advance(7_000)
        tone = ring_tone(48_000)
        assert np.array_equal(desk.sound.heard(), np.resize(tone, 7 * 48_000))


async def test_stops_within_one_block_and_lets_go_of_the_device() -> None:
    async with Desk().running() as desk:
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.sound.advance(50)
        desk.ringer.stop()
        desk.sound.advance(50)
        heard = desk.sound.heard()
        assert heard[: 5 * 480].any()
        assert not heard[6 * 480 :].any()
        await until(lambda: not desk.sound.streams)


async def test_stopped_before_the_device_is_open_it_never_sounds() -> None:
    async with Desk().running() as desk:
        desk.sound.gate.clear()
        desk.ringer.start()
        await until(desk.sound.waiting_at_gate.is_set)
        desk.ringer.stop()
        desk.sound.gate.set()
        await until(lambda: not desk.ringer._rings)
        desk.sound.advance(100)
        assert not desk.sound.heard().any()
        await until(lambda: not desk.sound.streams)


async def test_stopped_and_started_again_while_opening_it_rings() -> None:
    async with Desk().running() as desk:
        desk.sound.gate.clear()
        desk.ringer.start()
        await until(desk.sound.waiting_at_gate.is_set)
        desk.ringer.stop()
        desk.ringer.start()
        desk.sound.gate.set()
        await until(lambda: desk.is_open)
        desk.sound.advance(100)
        assert desk.sound.heard().any()


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_the_last_word_counts(times: int) -> None:
    async with Desk().running() as desk:
        for _ in range(times):
            desk.ringer.start()
            await asyncio.sleep(0)
            desk.ringer.stop()
            desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.ringer.stop()
        await until(lambda: not desk.sound.streams)
        assert not desk.ringer.is_wanted


async def test_rings_on_its_own_device_at_its_own_volume() -> None:
    async with Desk().running() as desk:
        desk.ringer.device = "jabra"
        desk.ringer.volume = 0.5
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.sound.advance(1_000)
        heard = desk.sound.heard(HEADSET.name)
        assert heard.max() == pytest.approx(ring_tone(HEADSET.default_rate_hz)[:16_000].max() / 2, abs=1)
        assert desk.sound.heard(SPEAKER.name).size == 0


async def test_a_device_that_refuses_is_reported_once_and_the_next_ring_tries_again() -> None:
    async with Desk().running() as desk:
        desk.sound.refused[SPEAKER.name] = AudioError("The speaker is busy.")
        desk.ringer.start()
        await until(lambda: desk.problems)
        assert [str(problem) for problem in desk.problems] == ["The speaker is busy."]
        desk.ringer.stop()
        desk.sound.refused.clear()
        desk.ringer.start()
        await until(lambda: desk.is_open)


async def test_no_device_to_ring_on_is_reported() -> None:
    async with Desk().running() as desk:
        desk.ringer.device = "Plantronics"
        desk.ringer.start()
        await until(lambda: desk.problems)
        assert "“Plantronics” is not there" in str(desk.problems[0])


async def test_a_device_unplugged_while_it_rings_is_reported() -> None:
    async with Desk().running() as desk:
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.sound.unplug(SPEAKER.name)
        await until(lambda: desk.problems)
        assert "gone" in str(desk.problems[0])


async def test_ending_the_program_while_it_opens_leaves_no_device_open() -> None:
    desk = Desk()
    desk.sound.gate.clear()
    task = asyncio.create_task(desk.ringer.run(), name="ringer")
    desk.ringer.start()
    await until(desk.sound.waiting_at_gate.is_set)
    task.cancel()
    await asyncio.sleep(0)
    desk.sound.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not desk.sound.streams


async def test_rings_on_every_device_at_once_and_stops_on_all() -> None:
    async with Desk().running() as desk:
        desk.ringer.is_everywhere = True
        desk.ringer.start()
        await until(lambda: sum(stream.is_started for stream in desk.sound.streams) == 2)
        desk.sound.advance(50)
        desk.ringer.stop()
        desk.sound.advance(50)
        for name, frames in ((SPEAKER.name, 480), (HEADSET.name, 160)):
            heard = desk.sound.heard(name)
            assert heard[: 5 * frames].any()
            assert not heard[6 * frames :].any()
        await until(lambda: not desk.sound.streams)
        assert not desk.problems


async def test_of_all_devices_one_may_refuse() -> None:
    async with Desk().running() as desk:
        desk.sound.refused[SPEAKER.name] = AudioError("The speaker is busy.")
        desk.ringer.is_everywhere = True
        desk.ringer.start()
        await until(lambda: desk.is_open)
        assert [stream.device.name for stream in desk.sound.streams] == [HEADSET.name]
        assert not desk.problems


@pytest.mark.parametrize("name", RING_TONES)
async def test_rings_with_the_tone_that_is_chosen(name: str) -> None:
    async with Desk().running() as desk:
        desk.ringer.tone = name
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.sound.advance(1_000)
        assert np.array_equal(desk.sound.heard(), RING_TONES[name](48_000)[:48_000])
