"""From the microphone's blocks to the chunks of the wire: a stream that never stops.

    captured block ──→ late backlog dropped ──→ muted? zeros ──→ resampler ──→ cut into chunks
    nothing captured ──→ silence for the time that passed ──┘

The agent expects sound in real time, silence included: its turn detection needs to hear the
pause, and it hangs up on a stream that dries up. So while the microphone is being opened, has
stalled or is unplugged, silence goes out at the real pace.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler

STALL_S: Final = 0.1
"""How long a running microphone may deliver nothing before silence stands in for it."""
BACKLOG_S: Final = 0.2
"""How far the stream may run ahead of the clock, or silence may catch up at once; the rest is dropped."""
DRIFT: Final = 0.005
"""Difference of speed between the device's clock and ours that is taken for normal; real ones differ by 0.0002."""

_DEVICE_BLOCK_MS: Final = 10


class Uplink:
    """The sending half of one link: what the agent hears, cut into messages.

    Time comes in: *now_s* of every call is one monotonic clock in seconds. Nothing here reads it.

    Attributes:
        is_muted: Zeros are sent in place of what the microphone hears, at the same pace.
        dropped_frames: Captured frames (at the device's rate) left out because they came in a burst.
        silent_frames: Frames of silence (at the device's rate) sent in place of a microphone.
    """

    def __init__(self, audio_format: AudioFormat, chunk_ms: float, *, now_s: float) -> None:
        """Start the stream: silence is due from *now_s* on, until a microphone delivers."""
        self.is_muted = False
        self.dropped_frames = 0
        self.silent_frames = 0
        self._format = audio_format
        self._chunk_frames = audio_format.frames_in(chunk_ms)
        self._resampler = Resampler(audio_format.rate_hz, audio_format.rate_hz)
        self._pending: list[Block] = []
        self._pending_frames = 0
        self._covered_s = now_s  # the stream has been given sound up to here
        self._seen_s = now_s
        self._is_filling = True  # silence stands in for the microphone

    def use_device(self, rate_hz: int) -> None:
        """A microphone of *rate_hz* delivers from now on; what the converter still held is kept."""
        if rate_hz != self._resampler.from_hz:
            self._queue(self._resampler.process(EMPTY, last=True))
            self._resampler = Resampler(rate_hz, self._format.rate_hz)

    def feed(self, captured: Block, now_s: float) -> list[bytes]:
        """Take what the microphone delivered since the last call, give the messages that are complete.

        To be called at least every `STALL_S`, also with an empty block: the clock alone may make
        a chunk of silence due.
        """
        if captured.size:
            self._add(self._without_burst(captured, now_s))
            if self._is_filling:
                self._align()
            self._is_filling = False
            self._follow_drift(now_s)
        elif self._is_filling or now_s - self._covered_s >= STALL_S:
            self._is_filling = True
            self._fill(now_s)
        self._seen_s = now_s
        return self._cut()

    def finish(self) -> bytes:
        """End the stream: the last message, shorter than a chunk; empty if nothing is left."""
        self._queue(self._resampler.process(EMPTY, last=True))
        rest = self._take(self._pending_frames)
        return wire.encode(rest, self._format)

    def start_again(self, covered_s: float) -> None:
        """Begin a message anew, after somebody else has sent silence up to *covered_s*."""
        self._resampler = Resampler(self._resampler.from_hz, self._format.rate_hz)
        self._pending, self._pending_frames = [], 0
        self._covered_s = self._seen_s = covered_s
        self._is_filling = True

    @property
    def missing_s(self) -> float:
        """How much sound the message under way still needs, at the least."""
        return (self._chunk_frames - self._pending_frames) / self._format.rate_hz

    @property
    def _rate_hz(self) -> int:
        return self._resampler.from_hz

    def _follow_drift(self, now_s: float) -> None:
        """Forgive a slow or fast device clock: it is not a stall, nor a burst, however long the call."""
        allowance_s = DRIFT * max(0.0, now_s - self._seen_s)
        behind_s = now_s - self._covered_s
        self._covered_s += min(allowance_s, max(-allowance_s, behind_s))

    def _without_burst(self, captured: Block, now_s: float) -> Block:
        """*captured* without its oldest frames, where it would run too far ahead of the clock."""
        # After a gap that nothing filled, the stream goes on from the present: lost time is not owed.
        self._covered_s = max(self._covered_s, now_s - STALL_S - captured.size / self._rate_hz)
        room_s = min(BACKLOG_S, now_s + BACKLOG_S - self._covered_s)
        surplus_frames = min(captured.size, max(0, captured.size - round(room_s * self._rate_hz)))
        self.dropped_frames += surplus_frames
        return captured[surplus_frames:]

    def _fill(self, now_s: float) -> None:
        """Silence up to *now_s*; of a gap in our own attention only the last part is made up for."""
        self._covered_s = max(self._covered_s, now_s - BACKLOG_S)
        frames = round((now_s - self._covered_s) * self._rate_hz)
        if frames > 0:
            self.silent_frames += frames
            self._add(np.zeros(frames, dtype=np.int16))

    def _align(self) -> None:
        """Put a little more silence before the microphone's first block, so that chunks end where blocks end.

        Otherwise each chunk would miss its last millisecond, which the converter holds back, and
        wait a whole block for it.
        """
        grid_frames, remainder = divmod(self._format.rate_hz * _DEVICE_BLOCK_MS, 1000)
        if not remainder:
            missing_frames = -self._pending_frames % grid_frames
            self._covered_s += missing_frames / self._format.rate_hz
            self._pending.insert(0, np.zeros(missing_frames, dtype=np.int16))
            self._pending_frames += missing_frames

    def _add(self, samples: Block) -> None:
        self._covered_s += samples.size / self._rate_hz
        self._queue(self._resampler.process(np.zeros_like(samples) if self.is_muted else samples))

    def _queue(self, samples: Block) -> None:
        self._pending.append(samples)
        self._pending_frames += samples.size

    def _cut(self) -> list[bytes]:
        chunks = []
        while self._pending_frames >= self._chunk_frames:
            chunks.append(wire.encode(self._take(self._chunk_frames), self._format))
        return chunks

    def _take(self, frames: int) -> Block:
        """The first *frames* of what is pending."""
        joined = np.concatenate(self._pending) if self._pending else EMPTY
        self._pending = [joined[frames:]]
        self._pending_frames = joined.size - frames
        return joined[:frames]
