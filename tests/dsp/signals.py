"""Test signals and the measurements made on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from connector_gui.dsp.block import Block


def sine(frequency_hz: float, rate_hz: int, duration_ms: float, amplitude: float = 8_000) -> Block:
    """A sine that starts at zero, int16."""
    time_s = np.arange(int(rate_hz * duration_ms / 1000)) / rate_hz
    return np.round(amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.int16)


def amplitude_at(samples: NDArray[np.generic], frequency_hz: float, rate_hz: int) -> float:
    """Amplitude of the *frequency_hz* part of *samples*, by correlation under a Hann window."""
    values = samples.astype(np.float64)
    window = np.hanning(values.size)
    turn = np.exp(-2j * np.pi * frequency_hz * np.arange(values.size) / rate_hz)
    return float(2 * np.abs(np.sum(values * window * turn)) / np.sum(window))


def rms(samples: NDArray[np.generic]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def db(ratio: float) -> float:
    """An amplitude ratio in dB."""
    return float(20 * np.log10(max(ratio, 1e-9)))


def loudest_frequency(samples: NDArray[np.generic], rate_hz: int) -> float:
    """Frequency of the greatest peak in the spectrum, interpolated between bins."""
    values = samples.astype(np.float64) * np.hanning(samples.size)
    spectrum = np.log(np.abs(np.fft.rfft(values)) + 1e-9)
    peak = int(np.argmax(spectrum[1:-1])) + 1
    left, centre, right = spectrum[peak - 1 : peak + 2]
    offset = 0.5 * (left - right) / (left - 2 * centre + right)
    return float((peak + offset) * rate_hz / samples.size)
