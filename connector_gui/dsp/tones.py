"""The sounds the program makes itself, computed for whatever rate the device runs at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connector_gui.dsp.block import FULL_SCALE, Block

RING_PERIOD_MS: Final = 3_000
"""One ring and the pause after it; the tone is made to be looped."""

_C5_HZ: Final = 523.25
_E5_HZ: Final = 659.26
_G5_HZ: Final = 783.99
_A5_HZ: Final = 880.0
_C6_HZ: Final = 1_046.5
_E6_HZ: Final = 1_318.51


def ring_tone(rate_hz: int) -> Block:
    """Two soft double notes and a pause, `RING_PERIOD_MS` long, to be looped; peak near -9 dBFS."""
    tone = np.zeros(_frames(RING_PERIOD_MS, rate_hz))
    for start_ms, frequency_hz in ((0, _E5_HZ), (180, _A5_HZ), (640, _E5_HZ), (820, _A5_HZ)):
        _add(tone, _bell(frequency_hz, rate_hz, duration_ms=700), start_ms, rate_hz)
    return _at_peak(tone, -9)


def marimba(rate_hz: int) -> Block:
    """A rising figure of short wooden notes, twice; `RING_PERIOD_MS` long, to be looped; peak near -9 dBFS."""
    tone = np.zeros(_frames(RING_PERIOD_MS, rate_hz))
    for start_ms in (0, 700):
        for step, frequency_hz in enumerate((_C5_HZ, _E5_HZ, _G5_HZ, _C6_HZ)):
            _add(tone, _bell(frequency_hz, rate_hz, duration_ms=260), start_ms + 110 * step, rate_hz)
    return _at_peak(tone, -9)


def telephone(rate_hz: int) -> Block:
    """The ringing of a desk telephone: two pitches in turn, twice; `RING_PERIOD_MS` long; peak near -9 dBFS."""
    tone = np.zeros(_frames(RING_PERIOD_MS, rate_hz))
    for start_ms in (0, 600):
        for step in range(8):
            _add(tone, _bell((_A5_HZ, _C6_HZ)[step % 2], rate_hz, duration_ms=90), start_ms + 50 * step, rate_hz)
    return _at_peak(tone, -9)


RING_TONES: Final[Mapping[str, Callable[[int], Block]]] = {
    "bells": ring_tone,
    "marimba": marimba,
    "telephone": telephone,
}
"""What a call may sound like, by the names that the settings have."""


CUE_MS: Final = 140
"""Length of every cue: heard, and over before anybody speaks."""


def accept_cue(rate_hz: int) -> Block:
    """Two short rising notes: the call is on. `CUE_MS` long; peak -20 dBFS, as of all cues."""
    return _notes(((0, _A5_HZ), (60, _C6_HZ)), rate_hz)


def answer_cue(rate_hz: int) -> Block:
    """Three short rising notes, so as not to be taken for the others: a call was answered by itself."""
    return _notes(((0, _E5_HZ), (40, _A5_HZ), (80, _E6_HZ)), rate_hz)


def end_cue(rate_hz: int) -> Block:
    """Two short falling notes: the call is over."""
    return _notes(((0, _C6_HZ), (60, _E5_HZ)), rate_hz)


def test_tone(rate_hz: int) -> Block:
    """A rising chord of 1.6 s, to hear whether, where and how loud an output plays; peak -12 dBFS."""
    tone = np.zeros(_frames(1_600, rate_hz))
    for step, frequency_hz in enumerate((440.0, 554.37, _E5_HZ, _A5_HZ)):
        _add(tone, _bell(frequency_hz, rate_hz, duration_ms=1_000), 200 * step, rate_hz)
    return _at_peak(tone, -12)


def _notes(notes: tuple[tuple[int, float], ...], rate_hz: int) -> Block:
    tone = np.zeros(_frames(CUE_MS, rate_hz))
    for start_ms, frequency_hz in notes:
        _add(tone, _bell(frequency_hz, rate_hz, duration_ms=60), start_ms, rate_hz)
    return _at_peak(tone, -20)


def _bell(frequency_hz: float, rate_hz: int, *, duration_ms: int) -> NDArray[np.float64]:
    """A struck note: two partials that die away, from zero to zero without a step."""
    time_s = np.arange(_frames(duration_ms, rate_hz)) / rate_hz
    duration_s = duration_ms / 1000
    partials = np.sin(2 * np.pi * frequency_hz * time_s) + 0.25 * np.sin(4 * np.pi * frequency_hz * time_s)
    attack = np.minimum(1, time_s / 0.008)
    release = np.minimum(1, (duration_s - time_s) / 0.03)
    return np.asarray(partials * attack * release * np.exp(-4 * time_s / duration_s))


def _add(tone: NDArray[np.float64], note: NDArray[np.float64], start_ms: int, rate_hz: int) -> None:
    start = _frames(start_ms, rate_hz)
    tone[start : start + note.size] += note[: tone.size - start]


def _at_peak(tone: NDArray[np.float64], peak_dbfs: float) -> Block:
    amplitude = FULL_SCALE * 10 ** (peak_dbfs / 20)
    return np.asarray(np.round(tone * amplitude / np.abs(tone).max()), dtype=np.int16)


def _frames(duration_ms: float, rate_hz: int) -> int:
    return round(rate_hz * duration_ms / 1000)
