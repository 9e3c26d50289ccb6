"""Measures how loud blocks are, in dBFS."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from connector_gui.core.level import FLOOR_DBFS, SILENCE, Level
from connector_gui.core.view import Levels
from connector_gui.dsp.block import FULL_SCALE, Block

CLIPPED: Final = FULL_SCALE - 1
CLIPPED_FRAMES: Final = 3
"""Frames at full scale in one window that count as clipping; a lone peak may touch it unharmed."""
LOOK_FRAMES: Final = 48_000
"""Frames that are kept at most before they are measured."""


def dbfs(amplitude: float) -> float:
    """*amplitude* (0 to 32,768) in dB below full scale, never under the floor of -96."""
    if amplitude <= 0:
        return FLOOR_DBFS
    return min(0.0, max(FLOOR_DBFS, 20 * math.log10(amplitude / FULL_SCALE)))


def level_of(samples: Block) -> Level:
    """The level of *samples* as one window."""
    meter = LevelMeter()
    meter.add(samples)
    return meter.take()


def louder(first: Levels, second: Levels) -> Levels:
    """Of each meter, the louder of both: as if both windows were one."""
    return Levels(_louder(first.operator, second.operator), _louder(first.agent, second.agent))


def _louder(first: Level, second: Level) -> Level:
    return Level(
        max(first.peak_dbfs, second.peak_dbfs),
        max(first.rms_dbfs, second.rms_dbfs),
        first.is_clipping or second.is_clipping,
    )


class LevelMeter:
    """Collects blocks into one window and reads it out; belongs to one thread.

    Blocks are kept and looked at together: numpy's price is by the call, and a window has several blocks.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._blocks: list[Block] = []
        self._waiting_frames = 0
        self._peak = 0
        self._energy = 0.0
        self._frames = 0
        self._clipped_frames = 0

    def add(self, block: Block) -> None:
        """Take *block* into the present window; it must not change afterwards."""
        if block.size:
            self._blocks.append(block)
            self._waiting_frames += block.size
        # A window that nobody reads must not fill the memory.
        if self._waiting_frames >= LOOK_FRAMES:
            self._look()

    def _look(self) -> None:
        """Measure the blocks that wait."""
        samples = np.concatenate(self._blocks)
        # The magnitude of -32,768 is no int16.
        self._peak = max(self._peak, int(samples.max()), -int(samples.min()))
        if self._peak >= CLIPPED:
            self._clipped_frames += int(np.count_nonzero((samples >= CLIPPED) | (samples <= -CLIPPED)))
        wide = samples.astype(np.float64)
        self._energy += float(np.dot(wide, wide))
        self._frames += samples.size
        self._blocks, self._waiting_frames = [], 0

    def take(self) -> Level:
        """The level of what was added since the last reading; silence if that was nothing."""
        if self._blocks:
            self._look()
        if not self._frames:
            return SILENCE
        level = Level(
            peak_dbfs=dbfs(self._peak),
            rms_dbfs=dbfs(math.sqrt(self._energy / self._frames)),
            is_clipping=self._clipped_frames >= CLIPPED_FRAMES,
        )
        self._start()
        return level
