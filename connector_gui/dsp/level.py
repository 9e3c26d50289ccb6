"""Measures how loud blocks are, in dBFS."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from connector_gui.core.level import FLOOR_DBFS, SILENCE, Level
from connector_gui.dsp.block import FULL_SCALE, Block

CLIPPED_FRAMES: Final = 3
"""Frames at full scale in one window that count as clipping; a lone peak may touch it unharmed."""


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


class LevelMeter:
    """Collects blocks into one window and reads it out; belongs to one thread."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._peak = 0
        self._energy = 0.0
        self._frames = 0
        self._clipped_frames = 0

    def add(self, block: Block) -> None:
        """Take *block* into the present window."""
        if not block.size:
            return
        # int32: the magnitude of -32,768 is no int16.
        magnitudes = np.abs(block.astype(np.int32))
        self._peak = max(self._peak, int(magnitudes.max()))
        samples = block.astype(np.float64)
        self._energy += float(np.dot(samples, samples))
        self._frames += block.size
        self._clipped_frames += int(np.count_nonzero(magnitudes >= FULL_SCALE - 1))

    def take(self) -> Level:
        """The level of what was added since the last reading; silence if that was nothing."""
        if not self._frames:
            return SILENCE
        level = Level(
            peak_dbfs=dbfs(self._peak),
            rms_dbfs=dbfs(math.sqrt(self._energy / self._frames)),
            is_clipping=self._clipped_frames >= CLIPPED_FRAMES,
        )
        self._start()
        return level
