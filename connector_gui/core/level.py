"""How loud a stretch of sound was: the one value that meters show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FLOOR_DBFS: Final = -96.0
"""What digital silence reads as: below the last bit of 16."""


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness over one metering window.

    Attributes:
        peak_dbfs: Greatest sample, in dB below full scale: -96 (silence) to 0.
        rms_dbfs: Root mean square against full scale: a full-scale sine reads -3.01, a square wave 0.
        is_clipping: The signal stood at full scale long enough to be heard as distortion.
    """

    peak_dbfs: float
    rms_dbfs: float
    is_clipping: bool = False


SILENCE: Final = Level(FLOOR_DBFS, FLOOR_DBFS)
"""The level while nothing is heard: no device, no window yet, or digital silence."""
