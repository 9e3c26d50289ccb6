"""What a recording looks like, against a look at every sample."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.dsp.waveform import Waveform, WaveformBuilder

RATE_HZ = 16_000


def noise(frames: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-32_768, 32_768, (frames, 2)).astype(np.int16)


def drawn(sound: np.ndarray, columns: int, block: int) -> Waveform:
    builder = WaveformBuilder(len(sound), RATE_HZ, columns)
    for start in range(0, len(sound), block):
        builder.add(sound[start : start + block])
    return builder.finish()


@pytest.mark.parametrize("block", [1, 37, 160, 10_000])
@pytest.mark.parametrize("frames", [1, 99, 100, 3_001])
def test_every_column_has_the_extremes_of_its_stretch(block: int, frames: int) -> None:
    sound = noise(frames)
    waveform = drawn(sound, 20, block)
    stretch = max(1, -(-frames // 20))
    for column in range(waveform.peaks.shape[1]):
        part = sound[column * stretch : (column + 1) * stretch]
        for side in (0, 1):
            assert tuple(waveform.peaks[side, column]) == (part[:, side].min(), part[:, side].max())
    assert waveform.peaks.shape[1] == -(-frames // stretch) <= 20
    assert waveform.duration_s == frames / RATE_HZ


@pytest.mark.parametrize("width", [1, 7, 19, 20, 21, 300])
def test_at_any_width_no_peak_is_lost(width: int) -> None:
    sound = noise(4_000)
    sound[1234, 0], sound[777, 1] = 32_767, -32_768
    peaks = drawn(sound, 20, 160).at_width(width)
    assert peaks.shape == (2, width, 2)
    assert peaks[0, :, 1].max() == 32_767
    assert peaks[1, :, 0].min() == -32_768
    # Where the widths do not divide, it may stand one column beside.
    at = 1234 * width // 4000
    assert peaks[0, max(0, at - 1) : at + 2, 1].max() == 32_767


def test_the_sides_stay_apart() -> None:
    sound = np.zeros((1000, 2), dtype=np.int16)
    sound[:, 0] = 500
    peaks = drawn(sound, 10, 100).peaks
    assert (peaks[0] == 500).all()
    assert not peaks[1].any()


def test_nothing_looks_like_silence() -> None:
    waveform = drawn(noise(0), 20, 100)
    assert waveform.duration_s == 0
    assert waveform.at_width(5).shape == (2, 5, 2)
    assert not waveform.at_width(5).any()


def test_no_width_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one column"):
        drawn(noise(10), 5, 5).at_width(0)
