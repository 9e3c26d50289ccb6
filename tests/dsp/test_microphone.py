"""The microphone's way: far end and near end from two clocks, in bursts and with gaps, kept in step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from connector_gui.core.voice import Filters
from connector_gui.dsp import webrtc
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.echo import erle_db
from connector_gui.dsp.far_end import CAPACITY_MS, START_MS, WANTED_MS, FarEnd
from connector_gui.dsp.microphone import Microphone, processing_hz
from connector_gui.dsp.webrtc import WebRtcProcessor
from tests.dsp.echo_scene import FRAME, RATE_HZ, agent, block, delay_frames, noise, operator

ON_ITS_WAY_S = 0.03
"""From the speaker's callback over the air into the microphone: a quick desk."""


@dataclass
class Straight:
    """A processor that changes nothing and keeps the far end."""

    rate_hz: int = RATE_HZ
    filters: Filters = field(default_factory=Filters)
    far_end: list[Block] = field(default_factory=list)

    def process(self, near_end: Block, far_end: Block) -> Block:
        self.far_end.append(far_end)
        return near_end


class Desk:
    """A speaker and a microphone with a clock each, and a pump that looks every 5 ms.

    Args:
        seconds: How long it runs.
        ppm: By how much the speaker's clock is slower than the microphone's.
        clump: So many blocks of the microphone come at once.
        lost: Moments (from, to) in seconds in which the speaker is not called back.
    """

    def __init__(self, seconds: float, *, ppm: float = 0, clump: int = 1, lost: tuple[float, float] = (0, 0)) -> None:
        self.seconds, self.clump, self.lost = seconds, clump, lost
        self.pace = 1 + ppm * 1e-6
        self.random = np.random.default_rng(3)
        self.given = agent(seconds)
        self.played, self.heard = self._played_and_heard()

    def _played_and_heard(self) -> tuple[list[tuple[float, Block]], Block]:
        """Blocks with the moment each is handed to the speaker, and what the microphone then hears."""
        blocks = []
        at_mic = np.zeros(self.given.size)
        for number in range(self.given.size // FRAME):
            at_s = number * FRAME / RATE_HZ * self.pace
            if self.lost[0] <= at_s < self.lost[1]:
                continue
            piece = self.given[number * FRAME : (number + 1) * FRAME]
            blocks.append((at_s + self.random.uniform(0, 0.004), block(piece)))
            start = (at_s + ON_ITS_WAY_S) * RATE_HZ
            frames = np.arange(int(np.ceil(start)), int(np.ceil(start + FRAME * self.pace)))
            frames = frames[frames < at_mic.size]
            at_mic[frames] += np.interp((frames - start) / self.pace, np.arange(FRAME), piece)
        return blocks, block(at_mic * 0.1 + noise(self.seconds))

    def run(self, microphone: Microphone) -> tuple[Block, Block]:
        """All of it, on the test's clock; near end and what was made of it."""
        done, before, after = 0, [], []
        played = list(self.played)
        for step in range(round(self.seconds / 0.005)):
            now_s = step * 0.005
            arrived = int(now_s * RATE_HZ) // (FRAME * self.clump) * FRAME * self.clump
            captured, done = self.heard[done:arrived], max(done, arrived)
            far = [EMPTY]
            while played and played[0][0] <= now_s:
                far.append(played.pop(0)[1])
            moved = microphone.feed(captured, RATE_HZ, np.concatenate(far), RATE_HZ)
            before.append(moved.heard)
            after.append(moved.sent)
        return np.concatenate(before), np.concatenate(after)


def cancelling() -> Microphone:
    return Microphone(WebRtcProcessor(webrtc.load(), RATE_HZ, Filters()))


def late_erle_db(desk: Desk, start_s: float) -> float:
    before, after = desk.run(cancelling())
    start = round(start_s * RATE_HZ)
    return erle_db(before[start:], after[start:])


@pytest.mark.parametrize("ppm", [0, 100, -100])
def test_echo_is_removed_while_the_clocks_drift(ppm: float) -> None:
    assert late_erle_db(Desk(30, ppm=ppm), 10) > 35


def test_echo_is_removed_when_the_microphone_comes_in_clumps() -> None:
    assert late_erle_db(Desk(20, clump=4), 10) > 35


def test_echo_is_removed_again_after_the_speaker_stalled() -> None:
    desk = Desk(20, lost=(6.0, 6.7))
    assert late_erle_db(desk, 10) > 35


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_minute_of_drift_leaves_as_much_ready_as_at_first(ppm: float) -> None:
    microphone = Microphone(Straight())
    Desk(60, ppm=ppm).run(microphone)
    low, high = WANTED_MS
    assert low - 4 <= microphone.far_end.ready_ms <= high + 14
    assert microphone.far_end.missing_frames < 0.02 * RATE_HZ


def test_what_was_played_reaches_the_processor_whole_and_a_little_late() -> None:
    processor = Straight()
    desk = Desk(5)
    desk.run(Microphone(processor))
    far_end = np.concatenate(processor.far_end)
    given = block(desk.given)[: far_end.size]
    late_ms = delay_frames(given, far_end) * 1000 / RATE_HZ
    assert START_MS - 2 <= late_ms < ON_ITS_WAY_S * 1000


def test_nothing_played_is_silence() -> None:
    far_end = FarEnd(RATE_HZ)
    for _ in range(50):
        assert not far_end.take(FRAME).any()
    assert far_end.missing_frames == 50 * FRAME - round(START_MS * RATE_HZ / 1000)


def test_while_no_microphone_delivers_only_the_newest_is_kept() -> None:
    far_end = FarEnd(RATE_HZ)
    for value in range(1, 301):
        far_end.write(np.full(FRAME, value, dtype=np.int16), RATE_HZ)
        assert far_end.ready_ms <= CAPACITY_MS
    newest = [int(far_end.take(FRAME)[0]) for _ in range(25)]
    assert 300 in newest
    assert far_end.surplus_frames > 270 * FRAME


def test_a_microphone_that_lost_sound_is_followed_within_two_seconds() -> None:
    far_end = FarEnd(RATE_HZ)
    far_end.write(np.ones(10 * FRAME, dtype=np.int16), RATE_HZ)  # 100 ms without a block of the microphone
    for _ in range(200):
        far_end.write(np.ones(FRAME, dtype=np.int16), RATE_HZ)
        far_end.take(FRAME)
    assert far_end.ready_ms <= WANTED_MS[1] + 10


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_every_block_of_the_device_is_processed_at_once_from_the_first_on(rate_hz: int) -> None:
    microphone = Microphone(Straight())
    captured = np.ones(rate_hz // 100, dtype=np.int16)
    for _ in range(200):
        moved = microphone.feed(captured, rate_hz, EMPTY, rate_hz)
        assert moved.heard.size == moved.far_end.size == moved.sent.size == FRAME


def test_another_device_in_the_call_goes_on_without_a_loss() -> None:
    microphone = Microphone(Straight())
    voice = block(operator(2))
    out = [microphone.feed(voice[:RATE_HZ], RATE_HZ, EMPTY, RATE_HZ).sent]
    other = np.full(480, 1_000, np.int16)
    out.extend(microphone.feed(other, 48_000, EMPTY, 48_000).sent for _ in range(100))
    whole = np.concatenate(out)
    assert np.array_equal(whole[:RATE_HZ], voice[:RATE_HZ])
    assert whole.size == 2 * RATE_HZ


def test_the_wire_says_at_what_rate_to_process() -> None:
    assert [processing_hz(rate) for rate in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)] == [
        16_000, 16_000, 48_000, 48_000, 48_000, 48_000,
    ]  # fmt: skip
