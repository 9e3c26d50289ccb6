"""A call with its recording: both sides at their places, whatever the operator, the agent and the devices do."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from connector_gui.core.call_reports import (
    AgentCutOff,
    AgentSaid,
    NoticeGiven,
    RecordingEnded,
    RecordingStarted,
    Report,
)
from connector_gui.core.errors import AudioError
from connector_gui.core.voice import CallSetup, Filters
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.live_call import LiveCall
from connector_gui.voice.pair import Pair
from connector_gui.voice.recording.call_recording import Recorder
from connector_gui.voice.recording.space import SpaceRules
from connector_gui.voice.recording.writer import Writer
from connector_gui.voice.sound import BLOCK_MS, Direction
from tests.fakes.link import ScriptedLink
from tests.fakes.sound import HEADSET, MICROPHONE, FakeSound, FakeStream

SETUP = CallSetup("crm-42", "ws://127.0.0.1/signed")
DEVICE_HZ = 48_000
LOUD = 3000


def tone(duration_ms: float, amplitude: int = 8000) -> Block:
    time_s = np.arange(round(DEVICE_HZ * duration_ms / 1000)) / DEVICE_HZ
    return (amplitude * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


def click() -> Block:
    """A tenth of a millisecond, in the middle of a block."""
    block = np.zeros(DEVICE_HZ * BLOCK_MS // 1000, dtype=np.int16)
    block[200:206] = 25_000
    return block


class ClockedSound(FakeSound):
    """Devices that call back at the real pace, and know when each click passed them.

    Attributes:
        clicks: Seconds on the monotonic clock, by direction. What is heard ends when its device calls back, what is
            played begins then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clicks: dict[Direction, list[float]] = {Direction.INPUT: [], Direction.OUTPUT: []}
        self.tick_s = 0.0

    def _run(self, stream: FakeStream) -> None:
        stream.stats.last_callback_s = time.monotonic()
        take = stream.callback

        def watch(block: Block) -> None:
            take(block)
            at = int(np.abs(block).argmax())
            if abs(int(block[at])) > 10_000:
                began_s = self.tick_s - (BLOCK_MS / 1000 if stream.direction is Direction.INPUT else 0.0)
                self.clicks[stream.direction].append(began_s + at / stream.rate_hz)

        stream.callback = watch
        super()._run(stream)
        stream.callback = take

    def keep_pace(self, stop: threading.Event) -> None:
        self.tick_s = time.monotonic()
        while not stop.is_set():
            self.tick_s += BLOCK_MS / 1000
            time.sleep(max(0.0, self.tick_s - time.monotonic()))
            self.advance(BLOCK_MS)


class Desk:
    """A live call that is recorded, in real time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sound = ClockedSound()
        self.link = ScriptedLink()
        self.reports: list[Report] = []
        self.line = Line(self.sound, DeviceCatalog(self.sound, platform="darwin"))
        self.call = LiveCall(
            "crm-42",
            Pair(self.line, Filters(echo_cancellation=False, noise_suppression=False, auto_gain=False)),
            self.link.open,
            tell=self.reports.append,
            tell_levels=lambda _levels: None,
            chunk_ms=20,
        )
        self.released_s = 0.0

    async def begin(self, *, is_recorded: bool = True, user_input: str = "pcm_16000") -> None:
        self.call.connect(replace(SETUP, recording=self.path if is_recorded else None))
        self.link.begin("pcm_48000", user_input)
        await self.until(lambda: self.link.chunks)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(8):
            while not holds():
                await asyncio.sleep(0.002)

    async def until_ms(self, at_ms: int) -> None:
        await self.until(lambda: self.call._at_ms() >= at_ms)

    def told(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]

    # After the release.

    @property
    def length_s(self) -> float:
        return self.released_s - self.call._started_s

    def sides(self) -> tuple[Block, Block, int]:
        """Left, right, rate."""
        both, rate_hz = soundfile.read(self.path, dtype="int16", always_2d=True)
        return both[:, 0], both[:, 1], rate_hz

    def clicked_ms(self, direction: Direction) -> list[float]:
        """When the clicks passed the device, as ``at_ms`` counts."""
        return [(at_s - self.call._started_s) * 1000 for at_s in self.sound.clicks[direction]]


@asynccontextmanager
async def recorded(path: Path) -> AsyncIterator[Desk]:
    """A call that runs in the block, and is released at its end: its file is complete then."""
    desk = Desk(path)
    stop = threading.Event()
    clock = threading.Thread(target=desk.sound.keep_pace, args=(stop,), daemon=True)
    clock.start()
    work = asyncio.create_task(desk.call.run())
    try:
        yield desk
    finally:
        desk.released_s = time.monotonic()
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await asyncio.sleep(0)
        stop.set()
        clock.join()


def clicks_ms(side: Block, rate_hz: int) -> list[float]:
    """Where the clicks are, in ms."""
    loud = np.flatnonzero(np.abs(side) > LOUD)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > rate_hz // 50) + 1) if loud.size else []
    return [float(group[np.abs(side[group]).argmax()]) * 1000 / rate_hz for group in groups]


def is_silent(side: Block, rate_hz: int, from_ms: float, to_ms: float) -> bool:
    part = side[round(from_ms * rate_hz / 1000) : round(to_ms * rate_hz / 1000)]
    assert part.size
    return not part.any()


@pytest.mark.parametrize("user_input", ["pcm_16000", "pcm_48000"])
async def test_clicks_of_both_sides_are_where_they_were_heard(tmp_path: Path, user_input: str) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin(user_input=user_input)
        for event_id in (1, 2, 3):
            desk.sound.say(click())
            desk.link.speak(click().tobytes(), event_id)
            await asyncio.sleep(0.7)
    left, right, rate_hz = desk.sides()
    assert rate_hz == (16_000 if user_input == "pcm_16000" else 48_000)
    assert len(desk.clicked_ms(Direction.INPUT)) == len(desk.clicked_ms(Direction.OUTPUT)) == 3
    assert clicks_ms(left, rate_hz) == pytest.approx(desk.clicked_ms(Direction.INPUT), abs=1.0)
    assert clicks_ms(right, rate_hz) == pytest.approx(desk.clicked_ms(Direction.OUTPUT), abs=1.0)
    assert left.size / rate_hz == pytest.approx(desk.length_s, abs=0.1)


async def test_an_entry_of_the_transcript_points_at_its_sound(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        await desk.until_ms(600)
        desk.link.say({"type": "agent_response", "agent_response_event": {"agent_response": "Hi.", "event_id": 1}})
        desk.link.speak(tone(300).tobytes(), 1)
        await desk.until_ms(1200)
    (said,) = desk.told(AgentSaid)
    assert isinstance(said, AgentSaid)
    _, right, rate_hz = desk.sides()
    began_ms = float(np.flatnonzero(right)[0]) * 1000 / rate_hz
    assert said.at_ms <= began_ms + 1 <= said.at_ms + 150


async def test_muted_or_held_the_operators_side_is_zeros(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        desk.sound.say(tone(9000))
        desk.link.speak(tone(9000).tobytes(), 1)
        await desk.until_ms(600)
        desk.call.set_muted(True)
        await desk.until_ms(1000)
        desk.call.set_muted(False)
        await desk.until_ms(1500)
        desk.call.set_held(True)
        await desk.until_ms(2000)
        desk.call.set_held(False)
        await desk.until_ms(2700)
    left, right, rate_hz = desk.sides()
    assert is_silent(left, rate_hz, 660, 930)
    assert not is_silent(right, rate_hz, 660, 930)
    assert not is_silent(left, rate_hz, 1100, 1450)
    assert is_silent(left, rate_hz, 1600, 1930)
    assert is_silent(right, rate_hz, 1600, 1930)
    assert not is_silent(left, rate_hz, 2300, 2600)
    assert not is_silent(right, rate_hz, 2300, 2600)


async def test_after_an_interruption_only_what_was_heard_is_in_it(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        desk.link.speak(tone(4000).tobytes(), 5)
        await desk.until(lambda: desk.line.playout.heard_ms(5) > 600)
        desk.link.interrupt(5)
        desk.link.speak(tone(500).tobytes(), 5)
        await desk.until(lambda: desk.told(AgentCutOff))
        await asyncio.sleep(0.6)
    (cut,) = desk.told(AgentCutOff)
    assert isinstance(cut, AgentCutOff)
    _, right, rate_hz = desk.sides()
    heard = np.flatnonzero(np.abs(right) > 10)
    heard_ms = (heard[-1] - heard[0]) * 1000 / rate_hz
    assert heard_ms == pytest.approx(cut.heard_ms, abs=25)
    assert is_silent(right, rate_hz, cut.at_ms + 40, right.size * 1000 / rate_hz)


async def test_a_device_that_is_away_leaves_silence_and_nothing_moves(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        await desk.until_ms(500)
        desk.sound.stall(MICROPHONE.name)
        desk.sound.refused[HEADSET.name] = AudioError("The headset is used by another program.")
        await desk.until_ms(1700)
        desk.sound.wake(MICROPHONE.name)
        await desk.until(lambda: any(stream.is_working for stream in desk.sound.streams if stream.direction == "input"))
        desk.sound.say(click())
        desk.link.speak(click().tobytes(), 1)
        await asyncio.sleep(0.6)
    left, right, rate_hz = desk.sides()
    assert clicks_ms(left, rate_hz) == pytest.approx(desk.clicked_ms(Direction.INPUT), abs=1.0)
    assert clicks_ms(right, rate_hz) == pytest.approx(desk.clicked_ms(Direction.OUTPUT), abs=1.0)
    assert left.size / rate_hz == pytest.approx(desk.length_s, abs=0.1)


async def test_a_loop_that_stood_still_leaves_a_recording_of_the_right_length(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        await desk.until_ms(500)
        time.sleep(1.2)  # noqa: ASYNC251 - the loop is what stands still
        desk.sound.say(click())
        await asyncio.sleep(0.6)
    left, _, rate_hz = desk.sides()
    assert clicks_ms(left, rate_hz) == pytest.approx(desk.clicked_ms(Direction.INPUT), abs=1.0)
    assert left.size / rate_hz == pytest.approx(desk.length_s, abs=0.1)


def test_a_computer_that_slept_for_hours_costs_no_memory_and_its_silence_is_there(tmp_path: Path) -> None:
    path, reports = tmp_path / "a.flac", list[Report]()
    sound = FakeSound()
    line = Line(sound, DeviceCatalog(sound, platform="darwin"))
    line.open_input()
    writer = Writer(path, 16_000, 0, reports.append, rules=SpaceRules(0, 0))
    writer.start()
    now_s = time.monotonic()
    recorder = Recorder(writer, 16_000, now_s - 3600, 0)
    recorder.add(tone(10), EMPTY, line, now_s - 3599.9)
    tracemalloc.start()
    recorder.add(tone(10), EMPTY, line, now_s)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    recorder.stop(now_s)
    assert writer.join(20)
    assert peak_bytes < 2_000_000
    assert reports == [RecordingStarted(0, "a.flac"), RecordingEnded(3600.0, "a.flac")]
    for second, is_heard in ((0, True), (1, False), (1800, False), (3598, False), (3599, True)):
        part, _ = soundfile.read(path, 16_000, second * 16_000, dtype="int16")
        assert part[:, 0].any() == is_heard, second


async def test_begun_in_the_middle_silence_stands_before_it(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin(is_recorded=False)
        desk.sound.say(click())
        await desk.until_ms(800)
        assert not desk.path.exists()
        desk.call.set_recording(desk.path)
        await asyncio.sleep(0.2)
        desk.sound.say(click())
        await asyncio.sleep(0.6)
        desk.call.set_recording(None)
        ended_ms = desk.call._at_ms()
        await desk.until(lambda: desk.told(RecordingEnded))
        await asyncio.sleep(0.2)
    (begun,) = desk.told(RecordingStarted)
    assert isinstance(begun, RecordingStarted)
    assert begun.at_ms == pytest.approx(800, abs=60)
    left, _, rate_hz = desk.sides()
    assert clicks_ms(left, rate_hz) == pytest.approx(desk.clicked_ms(Direction.INPUT)[1:], abs=1.0)
    assert left.size * 1000 / rate_hz == pytest.approx(ended_ms, abs=60)
    assert desk.told(RecordingEnded) == [RecordingEnded(left.size / rate_hz, "a.flac")]


async def test_switched_off_and_on_again_nothing_of_what_was_recorded_is_lost(tmp_path: Path) -> None:
    async with recorded(tmp_path / "second.flac") as desk:
        first = tmp_path / "first.flac"
        await desk.begin(is_recorded=False)
        desk.call.set_recording(first)
        await asyncio.sleep(0.1)
        for path in (None, desk.path):
            desk.sound.say(click())
            await asyncio.sleep(0.5)
            desk.call.set_recording(path)
        await asyncio.sleep(0.1)
        desk.sound.say(click())
        await asyncio.sleep(0.6)
    left, _, rate_hz = desk.sides()
    heard = desk.clicked_ms(Direction.INPUT)
    assert clicks_ms(left, rate_hz) == pytest.approx([heard[0], heard[2]], abs=1.0)
    assert not first.exists()
    assert len(desk.told(RecordingStarted)) == len(desk.told(RecordingEnded)) == 2


async def test_once_the_call_is_released_the_file_is_complete_and_told(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        await desk.begin()
        await desk.until_ms(300)
    assert [type(report) for report in desk.reports if isinstance(report, RecordingStarted | RecordingEnded)] == [
        RecordingStarted,
        RecordingEnded,
    ]
    left, _, rate_hz = desk.sides()
    assert desk.told(RecordingEnded) == [RecordingEnded(left.size / rate_hz, "a.flac")]


async def test_a_recording_that_cannot_be_made_leaves_the_call_as_it_is(tmp_path: Path) -> None:
    async with recorded(tmp_path / "gone" / "a.flac") as desk:
        await desk.begin()
        await desk.until(lambda: desk.told(RecordingEnded))
        count = len(desk.link.chunks)
        await desk.until(lambda: len(desk.link.chunks) > count + 5)
    notices = [report.code for report in desk.reports if isinstance(report, NoticeGiven)]
    assert notices == ["recording_stopped"]


async def test_a_call_that_never_began_leaves_no_file(tmp_path: Path) -> None:
    async with recorded(tmp_path / "a.flac") as desk:
        desk.call.connect(replace(SETUP, recording=desk.path))
        await asyncio.sleep(0.1)
    assert not desk.path.exists()
    assert not desk.told(RecordingEnded)
