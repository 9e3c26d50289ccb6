"""Keeps what was played in step with what was captured: the canceller needs as much of one as of the other.

The two come from devices with a clock and blocks of their own. So a little of the far end is kept
ready, and the least that was ready within a second says how the two run:

    stretched by a frame in 1,600 ←── too little │ wanted │ too much ──→ shortened by as much │ far too much ──→ cut

A canceller follows such a drift; it must only never get the far end later than its echo.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler

WANTED_MS: Final = (4.0, 12.0)
"""What should be ready at least when a frame is taken: enough for the devices' unevenness, and far less than
the way of a sound from the callback over speaker and air to the microphone's callback, at least 20 ms."""
START_MS: Final = 8.0
SURPLUS_MS: Final = 40.0
"""More than this ready for a whole second is no unevenness: the microphone has lost as much."""
CAPACITY_MS: Final = 250.0
"""The most that is kept while no microphone delivers."""
FRAMES_PER_CORRECTION: Final = 10
"""One frame more or less in this many taken: 625 ppm, where real clocks differ by 200 at most."""
OBSERVED_TAKES: Final = 100


class FarEnd:
    """The far end on its way from the speaker's callback to the canceller; belongs to one thread.

    Attributes:
        missing_frames: Frames of silence given because nothing had been played in time.
        surplus_frames: Frames left out because the microphone had lost as much.
    """

    def __init__(self, rate_hz: int) -> None:
        """Begin with `START_MS` of silence; *rate_hz* is the canceller's."""
        self.missing_frames = 0
        self.surplus_frames = 0
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, rate_hz)
        self._ready: Block = np.zeros(self._frames_in(START_MS), dtype=np.int16)
        self._takes = 0
        # Of the second under way: the least that was ready, and after how many takes it is judged.
        self._least = self._frames_in(CAPACITY_MS)
        self._observed = 0
        self._correction = 0

    @property
    def ready_ms(self) -> float:
        """How much of the far end waits for the microphone."""
        return self._ready.size * 1000 / self._rate_hz

    def write(self, played: Block, from_hz: int) -> None:
        """Add what the speaker, at *from_hz*, was given since the last call."""
        if not played.size:
            return
        if from_hz != self._resampler.from_hz:
            self._resampler = Resampler(from_hz, self._rate_hz)
        self._ready = np.concatenate((self._ready, self._resampler.process(played)))
        if self._ready.size > self._frames_in(CAPACITY_MS):
            self._cut()

    def take(self, frames: int) -> Block:
        """The next *frames*, to go with as many of the microphone; silence where nothing was played."""
        block = self._take(frames)
        self._least = min(self._least, self._ready.size)
        self._observed += 1
        if self._observed == OBSERVED_TAKES:
            self._judge()
        return block

    def _take(self, frames: int) -> Block:
        self._takes += 1
        needed = frames
        if self._correction and self._takes % FRAMES_PER_CORRECTION == 0 and self._ready.size > frames:
            needed += self._correction
        block, self._ready = self._ready[:needed], self._ready[needed:]
        if block.size < frames and needed >= frames:
            self.missing_frames += frames - block.size
            return np.concatenate((block, np.zeros(frames - block.size, dtype=np.int16)))
        return block if block.size == frames else _at_length(block, frames)

    def _judge(self) -> None:
        """Decide by the last second which way to correct in the next."""
        low, high = (self._frames_in(limit_ms) for limit_ms in WANTED_MS)
        least = self._least
        self._correction = -1 if least < low else 1 if least > high else 0
        if least > self._frames_in(SURPLUS_MS):
            self._cut()
        self._observe_anew(self._correction)

    def _cut(self) -> None:
        """Go on with the newest."""
        kept = self._frames_in(START_MS)
        self.surplus_frames += max(0, self._ready.size - kept)
        self._ready = self._ready[-kept:] if kept else EMPTY
        self._observe_anew()

    def _observe_anew(self, correction: int = 0) -> None:
        self._correction = correction
        self._least = self._frames_in(CAPACITY_MS)
        self._observed = 0

    def _frames_in(self, duration_ms: float) -> int:
        return round(self._rate_hz * duration_ms / 1000)


def _at_length(block: Block, frames: int) -> Block:
    """*block* stretched or pressed to *frames*, by straight lines: it is a matter of a single frame."""
    positions = np.arange(frames) * (block.size / frames)
    return np.asarray(np.interp(positions, np.arange(block.size), block), dtype=np.int16)
