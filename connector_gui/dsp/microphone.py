"""The microphone's way from the device's blocks to the uplink, through the processor.

captured (device's rate) ──→ resampler ──→ frames of 10 ms ──→ processor ──→ uplink
played (speaker's rate)  ──→ far end, in step ────────────────────↑
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.echo import FRAME_MS, VoiceProcessor
from connector_gui.dsp.far_end import FarEnd
from connector_gui.dsp.resample import Resampler

SPEECH_HZ: Final = 16_000
FULL_HZ: Final = 48_000


def processing_hz(wire_hz: int) -> int:
    """The rate to process at for a wire of *wire_hz*: 16 kHz where that loses nothing, and costs the least."""
    return SPEECH_HZ if wire_hz <= SPEECH_HZ else FULL_HZ


class Moved(NamedTuple):
    """Frames that went through the processor; all of one length and rate, often empty."""

    heard: Block
    far_end: Block
    sent: Block


NOTHING: Final = Moved(EMPTY, EMPTY, EMPTY)


class Microphone:
    """One call's microphone after its device; belongs to one thread.

    Attributes:
        processor: What the sound goes through; may be replaced at any time by one of the same rate.
        frame: Samples in a frame, at `rate_hz`.
    """

    def __init__(self, processor: VoiceProcessor) -> None:
        self.processor = processor
        self._far_end = FarEnd(processor.rate_hz)
        self.frame = processor.rate_hz * FRAME_MS // 1000
        self._resampler = Resampler(self.rate_hz, self.rate_hz)
        self._pending = EMPTY
        self._is_new = True

    @property
    def rate_hz(self) -> int:
        """The rate of what comes out."""
        return self.processor.rate_hz

    @property
    def far_end(self) -> FarEnd:
        """What was played, for its counters."""
        return self._far_end

    def feed(self, captured: Block, captured_hz: int, played: Block, played_hz: int) -> Moved:
        """Take what was captured and played since the last call; give what is ready of it."""
        self._far_end.write(played, played_hz)
        if not captured.size:
            return NOTHING
        self._take(captured, captured_hz)
        heard, self._pending = self._whole_frames()
        if not heard.size:
            return NOTHING
        far_end = np.concatenate([self._far_end.take(self.frame) for _ in range(heard.size // self.frame)])
        pairs = zip(heard.reshape(-1, self.frame), far_end.reshape(-1, self.frame), strict=True)
        return Moved(heard, far_end, np.concatenate([self.processor.process(near, far) for near, far in pairs]))

    def _take(self, captured: Block, captured_hz: int) -> None:
        if captured_hz != self._resampler.from_hz:
            self._resampler = Resampler(captured_hz, self.rate_hz)
            self._is_new = True
        converted = self._resampler.process(captured)
        if self._is_new:
            # The converter holds back a millisecond. With as much silence before the first block a frame ends
            # where a block ends; otherwise each would wait a whole block for its last millisecond.
            missing = -(self._pending.size + converted.size) % self.frame
            self._pending = np.concatenate((self._pending, np.zeros(missing, dtype=np.int16)))
            self._is_new = False
        self._pending = np.concatenate((self._pending, converted))

    def _whole_frames(self) -> tuple[Block, Block]:
        frames = self._pending.size // self.frame * self.frame
        return self._pending[:frames], self._pending[frames:]
