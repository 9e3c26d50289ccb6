"""The settings dialog's meter and test tone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.dsp.tones import test_tone as speaker_tone
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.preview import Preview
from connector_gui.voice.sound import Direction
from tests.dsp.signals import sine
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, FakeSound
from tests.voice.waiting import until


class Dialog:
    """A preview at work, and what it shows."""

    def __init__(self) -> None:
        self.sound = FakeSound()
        self.levels: list[Level] = []
        self.problems: list[AudioError] = []
        self.preview = Preview(
            self.sound,
            DeviceCatalog(self.sound, platform="darwin"),
            on_level=self.levels.append,
            on_problem=self.problems.append,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Dialog]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.preview.run(), name="preview")
            yield self
            task.cancel()
        assert not self.sound.streams

    def open_names(self, direction: Direction) -> list[str]:
        return [stream.device.name for stream in self.sound.streams if stream.direction is direction]


async def test_the_microphone_is_open_only_while_it_is_measured() -> None:
    async with Dialog().running() as dialog:
        await asyncio.sleep(0.01)
        assert not dialog.sound.streams
        dialog.preview.start_meter()
        await until(lambda: dialog.levels)
        assert dialog.open_names(Direction.INPUT) == [MICROPHONE.name]
        dialog.preview.stop_meter()
        await until(lambda: not dialog.sound.streams)
        count = len(dialog.levels)
        await asyncio.sleep(0.06)
        assert len(dialog.levels) == count


async def test_the_meter_shows_what_the_microphone_hears() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.start_meter()
        await until(lambda: dialog.levels)
        dialog.sound.say(sine(440, 48_000, 100, amplitude=3_276.8))
        dialog.sound.advance(100)
        await until(lambda: any(level.peak_dbfs == pytest.approx(-20, abs=0.1) for level in dialog.levels))


async def test_levels_come_at_most_thirty_times_a_second() -> None:
    async with Dialog().running() as dialog:
        loop = asyncio.get_running_loop()
        dialog.preview.start_meter()
        await until(lambda: dialog.levels)
        start_s, count = loop.time(), len(dialog.levels)
        await asyncio.sleep(0.3)
        assert len(dialog.levels) - count <= 30 * (loop.time() - start_s) + 1


async def test_another_choice_moves_the_meter() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.start_meter()
        await until(lambda: dialog.open_names(Direction.INPUT) == [MICROPHONE.name])
        dialog.preview.start_meter("jabra")
        await until(lambda: dialog.open_names(Direction.INPUT) == [HEADSET.name])


async def test_stopped_before_it_is_open_the_microphone_does_not_stay_open() -> None:
    async with Dialog().running() as dialog:
        dialog.sound.gate.clear()
        dialog.preview.start_meter()
        await until(dialog.sound.waiting_at_gate.is_set)
        dialog.preview.stop_meter()
        dialog.sound.gate.set()
        await asyncio.sleep(0.05)
        await until(lambda: not dialog.sound.streams)
        assert not dialog.levels


async def test_a_missing_or_vanished_microphone_is_said_in_words() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.start_meter("Plantronics")
        await until(lambda: dialog.problems)
        assert "“Plantronics” is not there" in str(dialog.problems[0])
        dialog.preview.start_meter()
        await until(lambda: dialog.levels)
        dialog.sound.unplug(MICROPHONE.name)
        await until(lambda: len(dialog.problems) == 2)
        assert "has gone" in str(dialog.problems[1])


async def test_the_test_tone_plays_once_and_lets_go_of_the_speaker() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.play_test_tone()
        await until(lambda: any(stream.is_started for stream in dialog.sound.streams))
        dialog.sound.advance(1_700)
        await until(lambda: not dialog.sound.streams)
        tone = speaker_tone(48_000)
        heard = dialog.sound.heard()
        assert np.array_equal(heard[: tone.size], tone)
        assert not heard[tone.size :].any()


async def test_asked_for_on_another_speaker_the_tone_moves() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.play_test_tone()
        await until(lambda: dialog.open_names(Direction.OUTPUT) == [SPEAKER.name])
        dialog.preview.play_test_tone("jabra")
        await until(lambda: dialog.open_names(Direction.OUTPUT) == [HEADSET.name])


async def test_tone_and_meter_run_side_by_side() -> None:
    async with Dialog().running() as dialog:
        dialog.preview.start_meter()
        dialog.preview.play_test_tone()
        await until(lambda: len(dialog.sound.streams) == 2)


async def test_a_speaker_that_refuses_is_said_in_words() -> None:
    async with Dialog().running() as dialog:
        dialog.sound.refused[SPEAKER.name] = AudioError("The speaker is busy.")
        dialog.preview.play_test_tone()
        await until(lambda: dialog.problems)
        assert str(dialog.problems[0]) == "The speaker is busy."
