"""The thread that writes a recording: killed, on a disk that is slow, full, read-only, or gone."""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from connector_gui.core.call_reports import RecordingEnded, RecordingStarted
from connector_gui.core.errors import StorageFullError
from connector_gui.voice.recording import place
from connector_gui.voice.recording.call_recording import STEP_S
from connector_gui.voice.recording.flac_file import FlacFile, Stereo
from connector_gui.voice.recording.repair import repair
from connector_gui.voice.recording.space import SpaceRules
from connector_gui.voice.recording.track import LATE_S
from connector_gui.voice.recording.writer import Writer
from tests.voice.recordings import ANY_SPACE, RATE_HZ, Told, numbered, read, small_disk

STEP = RATE_HZ // 10


def writing(path: Path, told: Told, **options: object) -> Writer:
    rules = options.pop("rules", ANY_SPACE)
    at_frame = options.pop("at_frame", 0)
    writer = Writer(path, RATE_HZ, at_frame, told.reports.append, rules=rules, **options)  # type: ignore[arg-type]
    writer.start()
    return writer


def until(writer: Writer, holds: object = None, timeout_s: float = 8.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not (holds() if callable(holds) else writer.join(0)):  # it tells of its end after it is over
        assert time.monotonic() < end_s, "it did not come to that"
        time.sleep(0.005)


def put_all(writer: Writer, start: int, stop: int) -> None:
    for frame in range(start, stop, STEP):
        writer.put(numbered(frame, min(stop, frame + STEP)))


def test_what_is_put_is_in_the_file_to_the_frame(tmp_path: Path) -> None:
    told, path = Told(), tmp_path / "a.flac"
    writer = writing(path, told, at_frame=3 * RATE_HZ + 80)
    put_all(writer, 0, 50_001)
    writer.finish()
    assert writer.join(5)
    sound = read(path)
    assert not sound[: 3 * RATE_HZ + 80].any()
    np.testing.assert_array_equal(sound[3 * RATE_HZ + 80 :], numbered(0, 50_001))
    assert told.reports == [RecordingStarted(3005, "a.flac"), RecordingEnded(len(sound) / RATE_HZ, "a.flac")]


def test_switched_off_and_on_a_call_has_one_recording_of_all_of_it(tmp_path: Path) -> None:
    told, first, second = Told(), tmp_path / "first.flac", tmp_path / "second.flac"
    earlier = writing(first, Told())
    put_all(earlier, 0, 10 * STEP)
    earlier.finish()
    writer = writing(second, told, at_frame=15 * STEP, continues=earlier)
    put_all(writer, 15 * STEP, 20 * STEP)
    writer.finish()
    assert writer.join(5)
    assert told.reports == [RecordingStarted(1500, "second.flac"), RecordingEnded(2.0, "second.flac")]
    sound, true = read(second), numbered(0, 20 * STEP)
    true[10 * STEP : 15 * STEP] = 0
    np.testing.assert_array_equal(sound, true)
    assert not first.exists()


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "recordings"
    place.prepare_folder(folder)
    writer = writing(folder / "a.flac", Told())
    writer.finish()
    assert writer.join(5)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.flac").stat().st_mode) == 0o600


def test_no_file_is_ever_written_over(tmp_path: Path) -> None:
    told, path = Told(), tmp_path / "a.flac"
    path.write_bytes(b"precious")
    until(writing(path, told))
    assert path.read_bytes() == b"precious"
    assert told.end.duration_s == 0
    assert told.end.problem


WRITERS = """
import os, sys, time
from pathlib import Path
from connector_gui.voice.recording.writer import Writer
from tests.voice.recordings import ANY_SPACE, RATE_HZ, numbered
import soundfile

def write(number):
    writer = Writer(Path(sys.argv[1]) / f"{number}.flac", RATE_HZ, 0, lambda report: None, rules=ANY_SPACE)
    writer.start()
    began_s, frame = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began_s) * RATE_HZ)
        if due - frame >= RATE_HZ // 10:
            writer.put(numbered(frame, due))
            frame = due
            os.write(1, f"{number} {os.getpid()} {frame}\\n".encode())
        time.sleep(0.005)

for number in range(int(sys.argv[2])):
    if not os.fork():
        write(number)
for number in range(int(sys.argv[2])):
    os.wait()
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a thing of Unix")
def test_a_killed_program_loses_less_than_a_second(tmp_path: Path) -> None:
    dice, programs = random.Random(4), 20
    moments = [dice.uniform(0.0, 2.0) * RATE_HZ for _ in range(programs)]
    put = dict.fromkeys(range(programs), 0)
    killed: set[int] = set()
    command = [sys.executable, "-c", WRITERS, str(tmp_path), str(programs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            number, process_id, frame = map(int, line.split())
            put[number] = frame
            if frame > moments[number] and number not in killed:
                time.sleep(dice.uniform(0.0, 0.02))
                os.kill(process_id, signal.SIGKILL)
                killed.add(number)
    assert len(killed) == programs
    for number, frames in put.items():
        path = tmp_path / f"{number}.flac"
        duration_s = repair(path)
        # Before it is put, sound waits for its place on the clock.
        assert frames / RATE_HZ - duration_s < 1.0 - LATE_S - STEP_S
        if duration_s:
            sound = read(path)
            assert len(sound) == round(duration_s * RATE_HZ)
            np.testing.assert_array_equal(sound, numbered(0, len(sound)))


class StuckFile(FlacFile):
    """A file on a disk that takes nothing for as long as `is_free` is not set."""

    is_free = threading.Event()

    def write(self, block: Stereo) -> None:
        assert self.is_free.wait(20)
        super().write(block)


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    StuckFile.is_free.set()
    yield StuckFile.is_free
    StuckFile.is_free.set()


def test_a_slow_disk_is_not_felt_and_leaves_silence_of_the_right_length(tmp_path: Path, stuck: threading.Event) -> None:
    told, path = Told(), tmp_path / "a.flac"
    writer = writing(path, told, backlog_s=2.0, open_file=StuckFile)
    put_all(writer, 0, 10 * STEP)
    until(writer, lambda: writer._taken_frames == 10 * STEP)
    stuck.clear()
    longest_s = 0.0
    for start in range(10 * STEP, 100 * STEP, STEP):
        block, before_s = numbered(start, start + STEP), time.perf_counter()
        writer.put(block)
        longest_s = max(longest_s, time.perf_counter() - before_s)
    assert longest_s < 0.05
    assert writer._queue.qsize() <= 21  # 2 s, and what is being written
    stuck.set()
    until(writer, lambda: writer._taken_frames == writer._put_frames)
    put_all(writer, 100 * STEP, 110 * STEP)
    writer.finish()
    assert writer.join(5)
    sound = read(path)
    true = numbered(0, 110 * STEP)
    assert len(sound) == len(true)
    is_silent = ~sound.any(axis=1)
    np.testing.assert_array_equal(sound[~is_silent], true[~is_silent])
    assert is_silent.sum() == pytest.approx(70 * STEP, abs=2 * STEP)
    assert told.end == RecordingEnded(11.0, "a.flac")
    assert "7 s" in told.notices["recording_gap"]


class FullAfterAWhile(FlacFile):
    """On a disk that has room for half a second more."""

    def write(self, block: Stereo) -> None:
        if self.frames + len(block) > 5 * STEP:
            raise StorageFullError("The disk is full.")
        super().write(block)


def test_switched_on_again_without_room_what_was_recorded_stays_and_nothing_else(tmp_path: Path) -> None:
    told, first = Told(), tmp_path / "first.flac"
    earlier = writing(first, Told())
    put_all(earlier, 0, 10 * STEP)
    earlier.finish()
    writer = writing(tmp_path / "b.flac", told, at_frame=15 * STEP, continues=earlier, open_file=FullAfterAWhile)
    until(writer)
    assert writer.join(5)
    assert told.end == RecordingEnded(0.0, None, "The disk is full.")
    assert [file.name for file in tmp_path.iterdir()] == ["first.flac"]
    np.testing.assert_array_equal(read(first), numbered(0, 10 * STEP))


def test_a_recording_that_went_on_from_another_replaces_it_however_it_ends(tmp_path: Path) -> None:
    told, first = Told(), tmp_path / "first.flac"
    earlier = writing(first, Told())
    put_all(earlier, 0, 3 * STEP)
    earlier.finish()
    writer = writing(tmp_path / "b.flac", told, at_frame=3 * STEP, continues=earlier, open_file=FullAfterAWhile)
    put_all(writer, 3 * STEP, 9 * STEP)
    until(writer)
    assert writer.join(5)
    assert told.end == RecordingEnded(0.5, "b.flac", "The disk is full.")
    assert [file.name for file in tmp_path.iterdir()] == ["b.flac"]


def test_a_disk_that_stays_stuck_does_not_keep_the_end_from_being_waited_for(
    tmp_path: Path, stuck: threading.Event
) -> None:
    told, path = Told(), tmp_path / "a.flac"
    stuck.clear()
    writer = writing(path, told, backlog_s=1.0, open_file=StuckFile)
    put_all(writer, 0, 30 * STEP)
    writer.finish()
    assert not writer.join(0.1)
    stuck.set()
    assert writer.join(5)
    assert told.end == RecordingEnded(3.0, "a.flac")


def test_a_full_disk_ends_the_recording_in_words_and_keeps_what_was_written(tmp_path: Path) -> None:
    told = Told()
    with small_disk(tmp_path / "disk", "600k") as disk:
        writer = writing(disk / "a.flac", told)
        for start in range(0, 600 * STEP, STEP):
            writer.put(numbered(start, start + STEP))
            if writer.is_over:
                break
            time.sleep(0.001)
        until(writer)
        assert told.end.problem == "The disk is full."
        assert "goes on" in told.notices["recording_stopped"]
        sound = read(disk / "a.flac")
        assert told.end.duration_s == len(sound) / RATE_HZ > 5
        np.testing.assert_array_equal(sound, numbered(0, len(sound)))
        writer.put(numbered(0, STEP))  # the call goes on, and nobody listens
        writer.finish()


LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
from connector_gui.voice.recording.writer import Writer
from tests.voice.recordings import ANY_SPACE, RATE_HZ, Told, numbered
told = Told()
writer = Writer(Path(sys.argv[1]), RATE_HZ, 0, told.reports.append, rules=ANY_SPACE, backlog_s=100)
writer.start()
for start in range(0, 30 * RATE_HZ, RATE_HZ):
    writer.put(numbered(start, start + RATE_HZ))
writer.finish()
assert writer.join(10)
print(told.end.duration_s, told.end.problem)
"""


@pytest.mark.skipif(os.name == "nt", reason="the limit is a thing of Unix")
def test_a_limit_of_the_system_ends_the_recording_in_words_too(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    run = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True)
    duration_s, _, problem = run.stdout.partition(" ")
    sound = read(path)
    assert float(duration_s) == len(sound) / RATE_HZ > 2
    assert problem == "The recording cannot be written: the disk refuses it.\n"
    np.testing.assert_array_equal(sound, numbered(0, len(sound)))


def test_too_little_space_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    told = Told()
    with small_disk(tmp_path / "disk", "2m") as disk:
        until(writing(disk / "a.flac", told, rules=SpaceRules(3_000_000, 0)))
        assert not list(disk.iterdir())
    assert told.end.duration_s == 0
    assert told.end.problem is not None
    assert "too little space" in told.end.problem


def test_space_is_watched_while_it_is_written(tmp_path: Path) -> None:
    told = Told()
    with small_disk(tmp_path / "disk", "8m") as disk:
        writer = writing(disk / "a.flac", told, rules=SpaceRules(4_000_000, 3_000_000))
        put_all(writer, 0, 20 * STEP)
        until(writer, lambda: writer._taken_frames == 20 * STEP)
        (disk / "other").write_bytes(bytes(6_000_000))
        until(writer)
        sound = read(disk / "a.flac")
    assert told.end == RecordingEnded(2.0, "a.flac", told.end.problem)
    np.testing.assert_array_equal(sound, numbered(0, 20 * STEP))
    assert told.end.problem is not None
    assert "too little space" in told.end.problem


def test_a_folder_that_nobody_may_write_to_is_said_in_words(tmp_path: Path) -> None:
    told = Told()
    with small_disk(tmp_path / "disk", "2m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        until(writing(disk / "a.flac", told))
    assert told.end.problem == "The folder for recordings cannot be written to: the system does not allow it."


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    told = Told()
    until(writing(tmp_path / "gone" / "a.flac", told))
    assert told.end == RecordingEnded(0.0, None, "The folder for recordings cannot be reached.")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be taken away there")
def test_a_folder_that_vanishes_ends_the_recording_within_two_seconds(tmp_path: Path) -> None:
    told, folder = Told(), tmp_path / "recordings"
    folder.mkdir()
    writer = writing(folder / "a.flac", told)
    put_all(writer, 0, 20 * STEP)
    until(writer, lambda: writer._taken_frames == 20 * STEP)
    shutil.rmtree(folder)
    until(writer, timeout_s=2)
    assert told.end == RecordingEnded(0.0, "a.flac", "The folder for recordings is gone.")
    assert "recording_stopped" in told.notices


def test_names_are_generated_and_nothing_else_is_a_recording(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    names = {place.new_name(at) for _ in range(100)}
    assert len(names) == 100
    for name in names:
        assert name.startswith("20260304-050607-")
        assert place.recording_path(tmp_path, name) == tmp_path / name
    for name in ("../secret.flac", "20260304-050607-0123abcd.flac/..", "a.flac", ""):
        with pytest.raises(ValueError, match="no name of a recording"):
            place.recording_path(tmp_path, name)
