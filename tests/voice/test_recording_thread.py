"""Recordings through the voice thread: a real link to the practice agent, playback, and the program's exit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile

from connector_gui.core.call_reports import RecordingEnded, RecordingStarted, Report
from connector_gui.core.voice import CallSetup, Playback
from connector_gui.dsp.resample import Resampler
from connector_gui.practice.voice import Sentence, samples_of
from connector_gui.voice.recording.flac_file import FlacFile
from connector_gui.voice.thread import Listeners, VoiceThread
from tests.fakes.link import ScriptedLink
from tests.fakes.practice import Practice
from tests.fakes.sound import FakeSound
from tests.voice.room import CALL, room, time_passing

RATE_HZ = 16_000


def sides(path: Path) -> tuple[np.ndarray, np.ndarray]:
    both, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate_hz == RATE_HZ
    return both[:, 0], both[:, 1]


def likenesses(side: np.ndarray, other: np.ndarray, frames: int = RATE_HZ // 5) -> list[float]:
    """How much of each piece of *other* is found in *side*, by pieces that are heard, up to 1."""
    pieces = [other[start : start + frames].astype(np.float64) for start in range(0, other.size - frames, frames)]
    found = []
    sums = np.concatenate(([0.0], np.cumsum(side.astype(np.float64) ** 2)))
    loudness = np.sqrt(sums[frames:] - sums[:-frames])
    for piece in pieces:
        if np.abs(piece).max() > 500:
            products = np.correlate(side.astype(np.float64), piece, "valid")
            found.append(float((products / np.maximum(loudness, 1.0)).max() / np.linalg.norm(piece)))
    assert len(found) >= 4
    return found


async def test_a_call_to_the_practice_agent_is_recorded_as_it_was_said_and_heard(
    practice: Practice, tmp_path: Path
) -> None:
    path = tmp_path / "a.flac"
    greeting = samples_of(Sentence.GREETING, RATE_HZ)
    said = samples_of(Sentence.GREETING, 48_000)
    async with room(practice.base_url) as desk:
        await desk.accept()
        desk.voice.set_recording(CALL, path)
        await desk.until(lambda: desk.told(RecordingStarted))
        await desk.until(lambda: np.abs(desk.heard()).max(initial=0) > 1000)
        await asyncio.sleep(greeting.size / RATE_HZ + 0.3)
        desk.say(said)
        await asyncio.sleep(2.5)
        desk.end()
        await desk.ended()
        await desk.until(lambda: desk.told(RecordingEnded))
    (ended,) = desk.told(RecordingEnded)
    left, right = sides(path)
    assert ended == RecordingEnded(left.size / RATE_HZ, path.name)
    converted = Resampler(48_000, RATE_HZ).process
    # Piece by piece: the speaker's clock and ours may part by a millisecond in between.
    assert np.median(likenesses(right, converted(desk.heard()))) > 0.95
    assert np.median(likenesses(left, practice.control.conversations[-1].recording.heard())) > 0.95


class Program:
    """A voice thread with one call, and the main loop's side of it."""

    def __init__(self) -> None:
        self.sound = FakeSound()
        self.link = ScriptedLink()
        self.reports: list[Report] = []
        self.playback: list[Playback] = []
        self.voice = VoiceThread(self.sound, self.link.open)

    def start(self) -> None:
        self.voice.start(
            Listeners(
                lambda _name, report: self.reports.append(report),
                lambda _levels: None,
                lambda _level: None,
                lambda problem: pytest.fail(problem),
                self.playback.append,
            )
        )

    async def until(self, holds: object) -> None:
        async with asyncio.timeout(8):
            while not holds():  # type: ignore[operator]
                await asyncio.sleep(0.005)


def file_of(path: Path, seconds: float) -> Path:
    file = FlacFile(path, RATE_HZ)
    file.write(np.full((round(seconds * RATE_HZ), 2), 700, dtype=np.int16))
    file.close()
    return path


async def test_a_call_takes_the_speaker_from_a_recording(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.flac", 20)
    program = Program()
    with time_passing(program.sound):
        program.start()
        try:
            program.voice.play_recording(path, 2.0)
            await program.until(lambda: program.playback and program.playback[-1].position_s > 2.2)
            program.voice.open_line(CALL)
            await program.until(lambda: program.playback[-1].is_over)
            assert program.playback[-1].problem is None
            count = len(program.playback)
            program.voice.play_recording(path)
            await program.until(lambda: len(program.playback) > count)
            assert program.playback[-1].problem is not None
            assert "A call is going on" in program.playback[-1].problem
        finally:
            await program.voice.stop()
    assert not program.sound.streams


async def test_a_window_that_hangs_gets_the_newest_position_only(tmp_path: Path) -> None:
    import time

    path = file_of(tmp_path / "a.flac", 20)
    program = Program()
    with time_passing(program.sound):
        program.start()
        try:
            program.voice.play_recording(path)
            await program.until(lambda: program.playback and program.playback[-1].position_s > 0.2)
            count = len(program.playback)
            time.sleep(0.5)  # noqa: ASYNC251 - the main loop is what hangs
            await program.until(lambda: len(program.playback) > count)
            assert program.playback[count].position_s > program.playback[count - 1].position_s + 0.3
            for change in (program.voice.pause_playback, program.voice.resume_playback):
                is_playing = program.playback[-1].is_playing
                change()
                await program.until(lambda was=is_playing: program.playback[-1].is_playing is not was)
            program.voice.seek_playback(10.0)
            await program.until(lambda: program.playback[-1].position_s > 10.1)
            program.voice.stop_playback()
            await program.until(lambda: program.playback[-1].is_over)
        finally:
            await program.voice.stop()
    assert not program.sound.streams


async def test_at_the_programs_exit_the_file_is_finished_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    program = Program()
    with time_passing(program.sound):
        program.start()
        program.voice.open_line(CALL)
        program.voice.connect(CallSetup(CALL, "ws://127.0.0.1/signed", recording=path))
        program.voice._post(lambda _work: program.link.begin())
        await program.until(lambda: any(isinstance(report, RecordingStarted) for report in program.reports))
        await asyncio.sleep(0.8)
        await program.voice.stop()
    await program.until(lambda: isinstance(program.reports[-1], RecordingEnded))
    assert program.reports[-1] == RecordingEnded(sides(path)[0].size / RATE_HZ, path.name)
    assert sides(path)[0].size / RATE_HZ == pytest.approx(0.9, abs=0.3)


async def test_a_file_that_cannot_be_written_leaves_the_exit_as_quick_as_it_was(tmp_path: Path) -> None:
    program = Program()
    with time_passing(program.sound):
        program.start()
        program.voice.open_line(CALL)
        program.voice.connect(CallSetup(CALL, "ws://127.0.0.1/signed", recording=tmp_path / "gone" / "a.flac"))
        program.voice._post(lambda _work: program.link.begin())
        await program.until(lambda: any(isinstance(report, RecordingEnded) for report in program.reports))
        async with asyncio.timeout(2.5):
            await program.voice.stop()
