"""Sounds that can be found again, and the finding."""

from __future__ import annotations

from typing import Final

import numpy as np

from tests.bench.sound import RATE_HZ
from tests.rig import Samples

PEAK: Final = 8_000
BURST_HZ: Final = 1_000
BURST_MS: Final = 20
LOUD_SHARE: Final = 1 / 16
"""An amplitude over this part of the peak is sound, under it silence: 500 of 8,000."""
QUIET_MS: Final = 100
"""So much silence must stand before an onset."""
WINDOW_MS: Final = 2


def bursts(starts_s: list[float], seconds: float) -> Samples:
    """Silence of *seconds* with a burst of 20 ms at each start."""
    signal = np.zeros(round(seconds * RATE_HZ), dtype=np.int16)
    burst = tone(BURST_MS / 1000)
    for start_s in starts_s:
        place = round(start_s * RATE_HZ)
        signal[place : place + burst.size] = burst
    return signal


def tone(seconds: float) -> Samples:
    """A plain tone that begins at full strength."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    samples: Samples = np.round(PEAK * np.cos(2 * np.pi * BURST_HZ * times_s)).astype(np.int16)
    return samples


def onsets(samples: Samples, rate_hz: int, *, peak: int = PEAK) -> list[int]:
    """The frames at which sound begins after silence."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > peak * LOUD_SHARE)
    if not loud.size:
        return []
    quiet_frames = rate_hz * QUIET_MS // 1000
    begins = np.concatenate(([True], np.diff(loud) > quiet_frames))
    return [int(frame) for frame in loud[begins]]


def last_sound(samples: Samples, *, peak: int = PEAK) -> int | None:
    """The last frame that is not silence; None if there is only silence."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > peak * LOUD_SHARE)
    return int(loud[-1]) if loud.size else None


def gaps_ms(samples: Samples, rate_hz: int, peak: int = PEAK) -> list[float]:
    """Lengths of the breaks of 2 ms or more in what should be one long tone."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > peak * LOUD_SHARE)
    # Before the first and after the last sound it may be as quiet as it likes only where the tone is cut out whole.
    edges = np.concatenate(([-1], loud, [samples.size]))
    lengths_ms = (np.diff(edges) - 1) * 1000 / rate_hz
    return [float(length) for length in lengths_ms[lengths_ms >= WINDOW_MS]]
