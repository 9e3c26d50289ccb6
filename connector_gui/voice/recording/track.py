"""One channel of a recording: a device's blocks, laid on the clock.

    add(block, it ended at frame …) ──→ waits for `LATE_S` ──→ take(up to frame …)

Blocks come late, in bursts, from a clock of their own, and sometimes not at all. The one that was least
late tells where those before it belong; so each waits until enough of its followers are known:

    no block ──→ silence │ apart by more than `JUMP_MS` ──→ silence before it, or cut │ by less ──→ a frame more or less

What is given out is as long as the time that passed, to the frame.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np

from connector_gui.dsp.block import EMPTY, Block

LATE_S: Final = 0.35
"""How late a block may come and still be heard at its place."""
JUMP_MS: Final = 20.0
"""A stream that is off by more has lost sound; by less, its clock differs from ours."""
SLACK_MS: Final = 1.0
"""How far off a stream may be before it is corrected."""
LEAST_FRAMES: Final = 80
"""A block as short as this is left alone: a frame more or less would be heard."""


class _Waiting(NamedTuple):
    """A block that is not placed yet.

    Attributes:
        start: Number of its first frame in its stream.
        offset: Where the stream began on the clock, at the latest, if this block came without delay.
    """

    block: Block
    start: int
    offset: float


class Track:
    """Belongs to one thread. Frames are counted on the recording's timeline, at one rate."""

    def __init__(self, rate_hz: int, position: int = 0) -> None:
        """Begin at frame *position*: what ended before it is left out."""
        self.position = position
        """The first frame that has not been given out."""
        self._jump = JUMP_MS * rate_hz / 1000
        self._slack = SLACK_MS * rate_hz / 1000
        self._waiting: deque[_Waiting] = deque()
        self._streamed = 0
        self._ready: Block = EMPTY
        self._is_joined = False  # the frame before the next one is sound of the same stream

    def add(self, block: Block, end: float) -> None:
        """Add what followed in the stream; *end* is the latest frame at which it can have ended."""
        if block.size:
            start = self._streamed
            self._streamed += block.size
            self._waiting.append(_Waiting(block, start, end - self._streamed))

    def take(self, until: int) -> Block:
        """Everything from `position` up to frame *until*, silence included."""
        parts: list[Block] = []
        while self.position < until:
            if not self._ready.size and not self._place_next(until):
                self._ready = np.zeros(until - self.position, dtype=np.int16)
                self._is_joined = False
            part = self._ready[: until - self.position]
            self._ready = self._ready[part.size :]
            self.position += part.size
            parts.append(part)
        return np.concatenate(parts) if parts else EMPTY

    def skip(self, frames: int) -> None:
        """Leave out *frames*, whatever belongs there."""
        self._ready, self._is_joined = EMPTY, False
        self.position += frames

    def _place_next(self, until: int) -> bool:
        """Make the next block ready, or the silence before it up to *until*; false if there is none."""
        if not self._waiting:
            return False
        block, start, _ = self._waiting[0]
        ahead = start + min(waiting.offset for waiting in self._waiting) - self.position
        tolerated = self._jump if self._is_joined else 0.5
        if ahead > tolerated:
            self._ready = np.zeros(min(round(ahead), until - self.position), dtype=np.int16)
            self._is_joined = False
            return True
        self._waiting.popleft()
        if ahead < -tolerated:
            block = block[round(-ahead) :]
        elif abs(ahead) > self._slack and block.size > LEAST_FRAMES:
            block = _at_length(block, block.size + (1 if ahead > 0 else -1))
        self._ready = block
        self._is_joined = bool(block.size)
        return True


def _at_length(block: Block, frames: int) -> Block:
    """*block* stretched or pressed to *frames*, by straight lines: it is a matter of a single frame."""
    positions = np.linspace(0, block.size - 1, frames)
    return np.asarray(np.interp(positions, np.arange(block.size), block), dtype=np.int16)
