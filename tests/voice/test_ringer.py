"""The ring: there when wanted, silent within a block, and never a problem for the call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.dsp.tones import RING_TONES, ring_tone
from connector_gui.voice import ringer
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.ringer import Ringer
from connector_gui.voice.tone_output import STALLED_S
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


def rings_on(desk: Desk) -> list[str]:
    return [stream.device.name for stream in desk.sound.streams if stream.is_started]


async def test_where_its_device_refuses_another_one_rings_and_it_is_told_once() -> None:
    async with Desk().running() as desk:
        desk.sound.refused[SPEAKER.name] = AudioError("The speaker is busy.")
        desk.ringer.start()
        await until(lambda: desk.problems)
        assert rings_on(desk) == [HEADSET.name]
        assert [str(problem) for problem in desk.problems] == ["The speaker is busy. It rings on “Jabra Evolve 40”."]
        desk.ringer.stop()
        await until(lambda: not desk.sound.streams)
        desk.sound.refused.clear()
        desk.ringer.start()
        await until(lambda: rings_on(desk) == [SPEAKER.name])
        assert len(desk.problems) == 1


async def test_where_its_device_is_not_there_the_systems_default_rings() -> None:
    async with Desk().running() as desk:
        desk.ringer.device = "Plantronics"
        desk.ringer.start()
        await until(lambda: desk.problems)
        desk.sound.advance(100)
        assert desk.sound.heard(SPEAKER.name).any()
        assert str(desk.problems[0]) == "“Plantronics” is not there: it rings on “Desk Speaker”."
        desk.ringer.stop()
        await until(lambda: not desk.sound.streams)
        desk.ringer.start()
        await until(lambda: desk.is_open)
        desk.ringer.device = "jabra"
        desk.ringer.stop()
        desk.ringer.start()
        await until(lambda: rings_on(desk) == [HEADSET.name])
        assert len(desk.problems) == 1, "told once, however often it rings"


async def test_the_next_of_its_list_is_no_news() -> None:
    async with Desk().running() as desk:
        desk.ringer.device = "Plantronics; Jabra"
        desk.ringer.start()
        await until(lambda: rings_on(desk) == [HEADSET.name])
        assert not desk.problems


async def test_where_nothing_can_ring_it_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringer, "_AGAIN_S", 0.01)
    async with Desk().running() as desk:
        desk.sound.unplug(SPEAKER.name)
        desk.sound.unplug(HEADSET.name)
        desk.sound.refresh()
        desk.ringer.start()
        await until(lambda: desk.sound.refreshes > 4)
        assert [str(problem) for problem in desk.problems] == [
            "No speaker or headset was found. Plug one in and try again."
        ]
        desk.sound.plug(HEADSET)
        await until(lambda: rings_on(desk) == [HEADSET.name])
        desk.ringer.stop()
        await until(lambda: not desk.sound.streams)


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_device_that_goes_while_it_rings_gives_way_to_another(
    is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ringer, "_DEVICE_POLL_S", 0.01)
    async with Desk().running() as desk:
        desk.ringer.start()
        await until(lambda: desk.is_open)
        if is_told:
            desk.sound.unplug(SPEAKER.name)
        else:  # the stream is forgotten without a word
            desk.sound.refused[SPEAKER.name] = AudioError("It hangs.")
            desk.sound.streams[0].stats.last_callback_s = time.monotonic() - STALLED_S
        await until(lambda: rings_on(desk) == [HEADSET.name])
        desk.sound.advance(50)
        desk.ringer.stop()
        desk.sound.advance(50)
        heard = desk.sound.heard(HEADSET.name)
        assert heard[: 5 * 160].any()
        assert not heard[6 * 160 :].any()
        await until(lambda: not desk.sound.streams)


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
