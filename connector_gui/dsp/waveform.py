"""What a recording looks like: for each side the least and the greatest sample of every stretch.

blocks ──→ WaveformBuilder ──→ Waveform ──at_width(pixels)──→ one column a pixel
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Peaks: TypeAlias = NDArray[np.int16]
"""Shape ``(2 sides, columns, 2)``: least and greatest sample; left first, the operator."""

SIDES: Final = 2
COLUMNS: Final = 4096
"""More than a screen is wide, and 33 kB."""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """A recording as a picture of any width.

    Attributes:
        peaks: All columns stand for the same time, but for the last, which may be shorter.
        duration_s: Of the whole.
    """

    peaks: Peaks
    duration_s: float

    def at_width(self, columns: int) -> Peaks:
        """The same in *columns* columns; where it has fewer of its own, some stand side by side.

        Raises:
            ValueError: *columns* is not positive.
        """
        if columns <= 0:
            raise ValueError(f"A waveform has at least one column, not {columns}.")
        own = self.peaks.shape[1]
        if not own:
            return np.zeros((SIDES, columns, 2), dtype=np.int16)
        starts = np.arange(columns) * own // columns
        if own < columns:
            return self.peaks[:, starts]
        return np.stack(
            (
                np.minimum.reduceat(self.peaks[:, :, 0], starts, axis=1),
                np.maximum.reduceat(self.peaks[:, :, 1], starts, axis=1),
            ),
            axis=2,
        )


class WaveformBuilder:
    """Takes a recording block by block; keeps the columns and less than one of the sound."""

    def __init__(self, frames: int, rate_hz: int, columns: int = COLUMNS) -> None:
        """Prepare for a recording of *frames*, known beforehand, in *columns* columns at most.

        Raises:
            ValueError: The rate or the number of columns is not positive.
        """
        if rate_hz <= 0 or columns <= 0:
            raise ValueError("A waveform needs a rate and columns.")
        self._rate_hz = rate_hz
        self._column_frames = max(1, -(-frames // columns))
        self._frames = 0
        self._columns: list[Peaks] = []
        self._rest: NDArray[np.int16] = np.zeros((0, SIDES), dtype=np.int16)

    def add(self, block: NDArray[np.int16]) -> None:
        """Add the next frames, shape ``(frames, 2)``."""
        self._frames += len(block)
        joined = np.concatenate((self._rest, block)) if len(self._rest) else block
        whole = len(joined) // self._column_frames * self._column_frames
        if whole:
            self._columns.append(_peaks(joined[:whole].reshape(-1, self._column_frames, SIDES)))
        self._rest = joined[whole:].copy()

    def finish(self) -> Waveform:
        """The picture of all that was added."""
        columns = [*self._columns, *([_peaks(self._rest[np.newaxis])] if len(self._rest) else [])]
        empty = np.zeros((SIDES, 0, 2), dtype=np.int16)
        peaks = np.concatenate([empty, *columns], axis=1)
        return Waveform(peaks, self._frames / self._rate_hz)


def _peaks(columns: NDArray[np.int16]) -> Peaks:
    """Least and greatest of each column; *columns* has the shape ``(columns, frames, sides)``."""
    # Side by side in memory first: numpy finds the extremes of a row twenty times as fast as those of a column.
    rows = np.ascontiguousarray(columns.transpose(2, 0, 1))
    return np.stack((rows.min(axis=2), rows.max(axis=2)), axis=2)
