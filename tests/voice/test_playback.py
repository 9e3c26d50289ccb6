"""Recordings that are heard again, on devices of the test."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.core.voice import Playback
from connector_gui.dsp.block import Block
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.playback import Player, joined
from connector_gui.voice.recording.flac_file import FlacFile
from tests.fakes.sound import HEADSET, SPEAKER, FakeSound
from tests.voice.waiting import until

RATE_HZ = 16_000
SPEAKER_HZ = 48_000
LEFT_HZ, RIGHT_HZ = 300, 700


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """4 s: the operator hums in the first two, the agent in the others."""
    path = tmp_path / "a.flac"
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    is_left = time_s < 2
    left = 6000 * np.sin(2 * np.pi * LEFT_HZ * time_s) * is_left
    right = 6000 * np.sin(2 * np.pi * RIGHT_HZ * time_s) * ~is_left
    file = FlacFile(path, RATE_HZ)
    file.write(np.stack((left, right), axis=1).astype(np.int16))
    file.close()
    return path


@contextmanager
def time_passing(sound: FakeSound, speed: int) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.01):
            sound.advance(10 * speed)

    clock = threading.Thread(target=run, daemon=True)
    clock.start()
    try:
        yield
    finally:
        stop.set()
        clock.join()


class Listener:
    """A player at work, and what it tells."""

    def __init__(self) -> None:
        self.sound = FakeSound()
        self.states: list[Playback] = []
        self.player = Player(self.sound, DeviceCatalog(self.sound, platform="darwin"), self.states.append)

    @property
    def last(self) -> Playback:
        return self.states[-1]

    def is_over(self) -> bool:
        return bool(self.states) and self.last.is_over

    def heard(self) -> Block:
        return self.sound.heard(SPEAKER.name)


@asynccontextmanager
async def listening(speed: int = 4) -> AsyncIterator[Listener]:
    listener = Listener()
    task = asyncio.create_task(listener.player.run())
    with time_passing(listener.sound, speed):
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert not listener.sound.streams


def pitch_hz(sound: Block) -> float:
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64) * np.hanning(sound.size)))
    return float(spectrum.argmax()) * SPEAKER_HZ / sound.size


async def test_both_sides_are_heard_to_the_end_at_their_pitch(recording: Path) -> None:
    async with listening() as listener:
        listener.player.play(recording)
        await until(listener.is_over)
        heard = np.trim_zeros(listener.heard())
        assert heard.size / SPEAKER_HZ == pytest.approx(4.0, abs=0.02)
        assert pitch_hz(heard[:SPEAKER_HZ]) == pytest.approx(LEFT_HZ, abs=2)
        assert pitch_hz(heard[-SPEAKER_HZ:]) == pytest.approx(RIGHT_HZ, abs=2)
        assert listener.last == Playback(recording, 4.0, 4.0, is_playing=False, is_over=True)


async def test_the_position_is_told_often_enough_and_never_too_often(recording: Path) -> None:
    async with listening(speed=1) as listener:
        listener.player.play(recording, 1.0)
        await until(lambda: listener.states and listener.last.position_s > 1.1)
        count, began_s, from_s = len(listener.states), time.monotonic(), listener.last.position_s
        await asyncio.sleep(1.0)
        states, passed_s = listener.states[count:], time.monotonic() - began_s
        assert len(states) / passed_s <= 30
        assert listener.last.position_s - from_s == pytest.approx(passed_s, abs=0.3)
        positions = [state.position_s for state in states]
        assert positions == sorted(positions)
        assert all(state.is_playing and state.duration_s == 4.0 for state in states)


async def test_a_jump_goes_on_from_there(recording: Path) -> None:
    async with listening(speed=1) as listener:
        listener.player.play(recording)
        await until(lambda: listener.states and listener.last.position_s > 0.3)
        listener.player.seek(2.5)
        await until(lambda: listener.last.position_s >= 2.5)
        frames = listener.heard().size
        await until(lambda: listener.heard().size > frames + SPEAKER_HZ // 2)
        assert pitch_hz(listener.heard()[-SPEAKER_HZ // 3 :]) == pytest.approx(RIGHT_HZ, abs=4)
        assert listener.last.position_s < 3.9


async def test_paused_it_is_silent_and_stays_where_it_is_also_after_a_jump(recording: Path) -> None:
    async with listening(speed=1) as listener:
        listener.player.play(recording)
        await until(lambda: listener.states and listener.last.position_s > 0.3)
        listener.player.pause()
        await until(lambda: not listener.last.is_playing)
        await asyncio.sleep(0.1)
        stays_s, frames = listener.last.position_s, listener.heard().size
        await asyncio.sleep(0.2)
        assert listener.last.position_s == stays_s
        listener.player.seek(3.0)
        await until(lambda: listener.last.position_s == 3.0)
        await asyncio.sleep(0.1)
        assert not listener.heard()[frames:].any()
        assert not listener.last.is_playing
        listener.player.resume()
        await until(lambda: listener.last.position_s > 3.2)
        assert listener.last.is_playing


@pytest.mark.parametrize("at_s", [4.0, 99.0])
async def test_a_jump_to_the_end_is_the_end(recording: Path, at_s: float) -> None:
    async with listening() as listener:
        listener.player.play(recording)
        await until(lambda: listener.states)
        listener.player.seek(at_s)
        await until(listener.is_over)
        assert listener.last.position_s == 4.0
        assert listener.last.problem is None


async def test_stopped_the_device_is_free_and_another_can_be_played(recording: Path) -> None:
    async with listening() as listener:
        listener.player.play(recording)
        await until(lambda: listener.states)
        listener.player.stop()
        await until(lambda: listener.is_over() and not listener.sound.streams)
        count = len(listener.states)
        listener.player.play(recording, 3.5)
        await until(lambda: len(listener.states) > count and listener.is_over())
        assert listener.last.position_s == 4.0


async def test_a_new_one_takes_the_place_of_the_old_one(recording: Path) -> None:
    async with listening(speed=1) as listener:
        for from_s in (0.0, 1.0, 2.0, 3.0):
            listener.player.play(recording, from_s)
            await asyncio.sleep(0.03)
        await until(lambda: listener.states and listener.last.is_playing and listener.last.position_s >= 3.0)
        assert len(listener.sound.streams) == 1


async def test_a_recording_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    async with listening() as listener:
        listener.player.play(tmp_path / "none.flac")
        await until(listener.is_over)
        assert listener.last.problem == "The recording is gone: its file is not there any more."


async def test_a_file_that_is_no_recording_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "odd.flac"
    path.write_bytes(b"odd" * 1000)
    async with listening() as listener:
        listener.player.play(path)
        await until(listener.is_over)
        assert listener.last.problem == "The recording cannot be read: its file is damaged."


async def test_a_device_that_cannot_be_opened_is_said_in_words(recording: Path) -> None:
    async with listening() as listener:
        listener.sound.refused[SPEAKER.name] = AudioError("The speaker is used by another program.")
        listener.sound.refused[HEADSET.name] = AudioError("The headset is used by another program.")
        listener.player.play(recording)
        await until(listener.is_over)
        assert listener.last.problem == "The speaker is used by another program."


async def test_another_device_stands_in_for_one_that_cannot_be_opened(recording: Path) -> None:
    async with listening() as listener:
        listener.sound.refused[SPEAKER.name] = AudioError("The speaker is used by another program.")
        listener.player.play(recording)
        await until(listener.is_over)
        assert listener.last.problem is None
        assert listener.sound.heard(HEADSET.name).any()


async def test_one_that_is_still_being_written_is_said_in_words(tmp_path: Path) -> None:
    file = FlacFile(tmp_path / "a.flac", RATE_HZ)
    try:
        file.write(np.ones((5 * RATE_HZ, 2), dtype=np.int16))
        async with listening() as listener:
            listener.player.play(file.path)
            await until(listener.is_over)
            assert listener.last.problem == "The recording cannot be read yet: it is still being written."
    finally:
        file.close()


async def test_a_device_that_goes_is_said_in_words_with_where_it_was(recording: Path) -> None:
    async with listening(speed=1) as listener:
        listener.player.play(recording)
        await until(lambda: listener.states and listener.last.position_s > 0.3)
        listener.sound.unplug(SPEAKER.name)
        await until(listener.is_over)
        assert listener.last.problem is not None
        assert "speaker has gone" in listener.last.problem
        assert 0.3 < listener.last.position_s < 3


async def test_a_device_that_falls_asleep_is_not_waited_for(recording: Path) -> None:
    async with listening(speed=1) as listener:
        listener.player.play(recording)
        await until(lambda: listener.states and listener.last.position_s > 0.1)
        listener.sound.stall(SPEAKER.name)
        await until(listener.is_over)
        assert listener.last.problem is not None


async def test_it_plays_at_the_rate_of_any_device(recording: Path) -> None:
    async with listening() as listener:
        listener.player.play(recording, 0.0, HEADSET.name)
        await until(listener.is_over)
        assert np.trim_zeros(listener.sound.heard(HEADSET.name)).size / 16_000 == pytest.approx(4.0, abs=0.02)


def test_both_at_once_are_clipped_not_wrapped() -> None:
    sides = np.array([[30_000, 30_000], [-30_000, -30_000], [5, -7]], dtype=np.int16)
    assert joined(sides).tolist() == [32_767, -32_768, -2]
