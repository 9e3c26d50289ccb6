"""A sound check in a room where the microphone hears the speaker, or does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.sound_check import CheckStep, EchoVerdict, SoundCheck, VoiceVerdict
from connector_gui.core.voice import Filters, SoundSettings
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.practice.voice import Sentence, samples_of
from connector_gui.voice import sound_check
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound_check import SoundChecker
from tests.fakes.practice import Practice
from tests.fakes.sound import MICROPHONE, SPEAKER, FakeSound
from tests.voice.room import room
from tests.voice.waiting import until

RATE_HZ = 48_000
STEP_MS = 20
STEPS = [CheckStep.QUIET, CheckStep.AGENT, CheckStep.OPERATOR]


class Room:
    """A check at work; the speaker's sound comes back into the microphone as the test says."""

    def __init__(self, echo_db: float | None = None, delay_ms: int = 60) -> None:
        self.sound = FakeSound((MICROPHONE, SPEAKER))
        self.news: list[CheckStep | SoundCheck] = []
        self.levels: list[Level] = []
        self.problems: list[AudioError] = []
        self.echo_db = echo_db
        self.delay_frames = delay_ms * RATE_HZ // 1000
        self.said = EMPTY
        self._noise = np.random.default_rng(1)
        self._played = np.zeros(self.delay_frames)
        self.checker = SoundChecker(
            self.sound,
            DeviceCatalog(self.sound, platform="darwin"),
            on_news=self.news.append,
            on_level=self.levels.append,
            on_problem=self.problems.append,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Room]:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self.checker.run(), name="check"),
                tasks.create_task(self._pass(), name="time"),
            ]
            yield self
            for task in running:
                task.cancel()
        assert not self.sound.streams

    async def found(self) -> SoundCheck:
        async with asyncio.timeout(30):
            while not self._is_over:
                await asyncio.sleep(0.005)
        result = self.news[-1]
        assert isinstance(result, SoundCheck), (result, self.problems)
        return result

    @property
    def _is_over(self) -> bool:
        last = self.news[-1] if self.news else None
        return isinstance(last, SoundCheck) or last is CheckStep.STOPPED

    async def _pass(self) -> None:
        """Time passes in turns with the check: as fast as both can, and no sound is lost."""
        frames, heard = STEP_MS * RATE_HZ // 1000, 0
        while True:
            is_open = {stream.device.name for stream in self.sound.streams if stream.is_started}
            if is_open == {MICROPHONE.name, SPEAKER.name}:
                self.sound.say(self._in_the_room(frames))
            else:
                self._played = np.zeros(self.delay_frames)
            self.sound.advance(STEP_MS)
            blocks = self.sound._heard[SPEAKER.name]
            new, heard = blocks[heard:], len(blocks)
            self._played = np.concatenate((self._played, *new))
            await asyncio.sleep(0)

    def _in_the_room(self, frames: int) -> Block:
        sound = self._noise.normal(0, 4, frames)
        if self.echo_db is not None:
            echo, self._played = self._played[:frames], self._played[frames:]
            sound[: echo.size] += echo * 10 ** (self.echo_db / 20)
        if self.news and self.news[-1] is CheckStep.OPERATOR:
            said, self.said = self.said[:frames], self.said[frames:]
            sound[: said.size] += said
        return np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16)


def speech(rate_hz: int) -> Block:
    return samples_of(Sentence.GREETING, rate_hz)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_check, "POLL_S", 0)


async def test_an_echo_is_cancelled_measured_and_timed() -> None:
    async with Room(echo_db=-15, delay_ms=60).running() as room:
        room.said = samples_of(Sentence.FAREWELL, RATE_HZ)
        room.checker.start(SoundSettings(), speech)
        found = await room.found()
    assert room.news[:-1] == STEPS
    assert found.echo.echo_db == pytest.approx(-15, abs=2)
    assert found.echo.erle_db is not None and found.echo.erle_db > 20  # noqa: PT018
    assert found.echo_verdict is EchoVerdict.GOOD
    assert found.delay_ms == pytest.approx(60 + STEP_MS, abs=4)  # what is played is said one step later
    assert found.voice_verdict is VoiceVerdict.GOOD
    assert any(level.rms_dbfs > -50 for level in room.levels)


async def test_without_the_canceller_the_echo_stays_and_is_said() -> None:
    async with Room(echo_db=-12).running() as room:
        off = Filters(echo_cancellation=False, noise_suppression=False)
        room.checker.start(SoundSettings(filters=off), speech)
        found = await room.found()
    assert found.echo_verdict is EchoVerdict.MUCH
    assert not found.is_cancelling


async def test_with_a_headset_there_is_no_echo_and_the_devices_state_their_delay() -> None:
    async with Room().running() as room:
        room.checker.start(SoundSettings(), speech)
        found = await room.found()
    assert found.echo_verdict is EchoVerdict.UNHEARD
    assert found.delay_ms == 40.0
    assert found.voice_verdict is VoiceVerdict.UNHEARD


async def test_a_check_that_is_stopped_lets_go_of_the_devices() -> None:
    async with Room().running() as room:
        room.checker.start(SoundSettings(), speech)
        await until(lambda: CheckStep.AGENT in room.news)
        room.checker.stop()
        await until(lambda: room.news[-1] is CheckStep.STOPPED)
        await until(lambda: not room.sound.streams)


async def test_a_device_that_cannot_be_opened_is_named() -> None:
    room = Room()
    room.sound.refused[MICROPHONE.name] = AudioError("“Desk Microphone” is in use.")
    async with room.running():
        room.checker.start(SoundSettings(), speech)
        await until(lambda: room.news and room.news[-1] is CheckStep.STOPPED)
    assert [str(problem) for problem in room.problems] == ["“Desk Microphone” is in use."]


async def test_a_device_that_goes_ends_the_check_in_words() -> None:
    async with Room().running() as room:
        room.checker.start(SoundSettings(), speech)
        await until(lambda: CheckStep.AGENT in room.news)
        room.sound.unplug(MICROPHONE.name)
        await until(lambda: room.news[-1] is CheckStep.STOPPED)
    assert "gone" in str(room.problems[0])


async def test_a_call_that_rings_breaks_a_check_off(practice: Practice) -> None:
    news: list[CheckStep | SoundCheck] = []
    told: list[str] = []
    async with room(practice.base_url) as desk:
        telling = desk.voice._telling
        telling._listeners = replace(telling._listeners, check=news.append, problem=told.append)
        desk.voice.check_sound(speech)
        await until(lambda: desk.sound.streams)
        await desk.accept()
        await until(lambda: CheckStep.STOPPED in news)
        await desk.until(desk.is_active)
        desk.voice.check_sound(speech)
        await until(lambda: news.count(CheckStep.STOPPED) == 2)
        desk.end()
        await desk.ended()
    assert ["afterwards" in one for one in told] == [True], told
