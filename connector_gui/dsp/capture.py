"""The ring between a device's callback and the voice thread.

One side writes, the other reads, without a lock: frames are copied first and counted afterwards,
and the ring is much longer than what the reader keeps, so that the writer never catches up with
a copy being made.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.dsp.block import EMPTY, Block

CAPACITY_MS: Final = 2_000
BACKLOG_MS: Final = 200
"""Unread sound that is kept when the reader was late; a longer backlog would reach the agent as a burst."""


class CaptureBuffer:
    """Mono int16 from a callback, preallocated.

    Attributes:
        rate_hz: The device's rate.
        dropped_frames: Frames that the reader was too late for; the reading thread counts.
    """

    def __init__(self, rate_hz: int, *, backlog_ms: float = BACKLOG_MS) -> None:
        self.rate_hz = rate_hz
        self.dropped_frames = 0
        self._ring = np.zeros(rate_hz * CAPACITY_MS // 1000, dtype=np.int16)
        self._backlog_frames = round(rate_hz * backlog_ms / 1000)
        self._written_frames = 0  # the callback alone
        self._read_frames = 0  # the reader alone

    @property
    def written_frames(self) -> int:
        """Frames that the device has delivered so far."""
        return self._written_frames

    @property
    def read_frames(self) -> int:
        """Number of the frame that the next `read` begins with, if none is dropped before it."""
        return self._read_frames

    def write(self, block: Block) -> None:
        """Add *block*, which must be shorter than the ring. In the callback: copies and counts."""
        start = self._written_frames % self._ring.size
        first = min(block.size, self._ring.size - start)
        self._ring[start : start + first] = block[:first]
        self._ring[: block.size - first] = block[first:]
        self._written_frames += block.size

    def read(self) -> Block:
        """Everything since the last reading, but no more than the newest backlog; often nothing."""
        end = self._written_frames
        late_frames = end - self._read_frames - self._backlog_frames
        if late_frames > 0:
            self.dropped_frames += late_frames
            self._read_frames += late_frames
        if end == self._read_frames:
            return EMPTY
        start, stop = self._read_frames % self._ring.size, end % self._ring.size
        self._read_frames = end
        if start < stop:
            return self._ring[start:stop].copy()
        return np.concatenate((self._ring[start:], self._ring[:stop]))
