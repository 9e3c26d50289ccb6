"""The resampler against soxr, against tones, and to the frame."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler
from tests.dsp.signals import amplitude_at, db, rms, sine

DEVICE_RATES = (8_000, 16_000, 44_100, 48_000, 96_000)
WIRE_RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
PAIRS = [(a, b) for a in DEVICE_RATES for b in WIRE_RATES if a != b] + [
    (b, a) for a in DEVICE_RATES for b in WIRE_RATES if a != b
]


def in_blocks(resampler: Resampler, samples: Block, block_frames: int) -> Block:
    parts = [resampler.process(samples[at : at + block_frames]) for at in range(0, samples.size, block_frames)]
    return np.concatenate([*parts, resampler.process(EMPTY, last=True)])


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_a_tone_keeps_its_level_and_gains_no_noise(from_hz: int, to_hz: int) -> None:
    out = in_blocks(Resampler(from_hz, to_hz), sine(1_000, from_hz, 400), from_hz // 100)
    middle = out[to_hz // 10 : 3 * to_hz // 10]
    assert db(amplitude_at(middle, 1_000, to_hz) / 8_000) == pytest.approx(0, abs=0.02)
    reference = sine(1_000, to_hz, 400)[to_hz // 10 : 3 * to_hz // 10]
    # Phase included: the output is the same tone at the same time, down to the rounding to 16 bits.
    assert db(rms(middle - reference.astype(float)) / rms(reference)) < -70


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_speech_band_noise_matches_soxr(from_hz: int, to_hz: int) -> None:
    edge_hz = 0.85 * min(from_hz, to_hz) / 2
    spectrum = np.fft.rfft(np.random.default_rng(7).normal(size=from_hz // 2))
    spectrum[np.fft.rfftfreq(from_hz // 2, 1 / from_hz) > edge_hz] = 0
    noise = np.fft.irfft(spectrum)
    noise = np.round(6_000 * noise / np.abs(noise).max()).astype(np.int16)

    ours = in_blocks(Resampler(from_hz, to_hz), noise, from_hz // 100)
    theirs = soxr.resample(noise, from_hz, to_hz, quality="VHQ")
    inner = slice(to_hz // 20, -to_hz // 20)
    difference = ours[: theirs.size][inner].astype(float) - theirs[inner]
    assert db(rms(difference) / rms(theirs[inner])) < -55


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48_000, 16_000), (48_000, 8_000), (44_100, 16_000), (96_000, 48_000)])
def test_what_the_lower_rate_cannot_hold_is_not_folded_into_it(from_hz: int, to_hz: int) -> None:
    for frequency_hz in (0.58 * to_hz, 0.7 * to_hz, 0.95 * to_hz):
        out = in_blocks(Resampler(from_hz, to_hz), sine(frequency_hz, from_hz, 300), from_hz // 100)
        assert db(rms(out[to_hz // 10 : to_hz // 5]) / rms(sine(440, to_hz, 100))) < -72


@given(
    pair=st.sampled_from([(48_000, 16_000), (16_000, 48_000), (44_100, 16_000), (22_050, 48_000), (48_000, 22_050)]),
    cuts=st.lists(st.integers(0, 3_000), max_size=12),
)
@settings(deadline=None, max_examples=60)
def test_blocks_of_any_size_give_what_one_block_gives(pair: tuple[int, int], cuts: list[int]) -> None:
    samples = np.random.default_rng(3).integers(-9_000, 9_000, 3_000).astype(np.int16)
    whole = Resampler(*pair).process(samples, last=True)
    resampler = Resampler(*pair)
    edges = sorted({0, *cuts, samples.size})
    parts = [resampler.process(samples[a:b]) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate([*parts, resampler.process(EMPTY, last=True)]), whole)
    assert whole.size == math.ceil(samples.size * pair[1] / pair[0])


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_holds_back_no_more_than_it_says(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    assert resampler.delay_ms < 2.2
    frames_in = frames_out = 0
    for _ in range(300):
        frames_in += from_hz // 100
        frames_out += resampler.process(np.zeros(from_hz // 100, dtype=np.int16)).size
        lag_ms = frames_in * 1000 / from_hz - frames_out * 1000 / to_hz
        assert 0 <= lag_ms <= resampler.delay_ms + 1000 / to_hz


def test_neither_gains_nor_loses_a_frame_over_minutes() -> None:
    resampler = Resampler(44_100, 16_000)
    block = np.zeros(44_101, dtype=np.int16)  # never in step with a whole frame of the other rate
    frames_out = sum(resampler.process(block).size for _ in range(180))
    frames_out += resampler.process(EMPTY, last=True).size
    assert frames_out == math.ceil(180 * 44_101 * 16_000 / 44_100)


def test_first_and_last_frames_are_kept() -> None:
    click = np.zeros(480, dtype=np.int16)
    click[0] = click[-1] = 20_000
    out = Resampler(48_000, 16_000).process(click, last=True)
    assert out.size == 160
    assert np.abs(out[:2]).max() > 4_000
    assert np.abs(out[-2:]).max() > 2_500


def test_overshoot_is_clipped_and_never_wraps() -> None:
    square = np.repeat(np.array([32_767, -32_768] * 30, dtype=np.int16), 40)
    out = Resampler(16_000, 48_000).process(square, last=True)
    assert out.max() == 32_767
    assert out.min() == -32_768
    # A wrapped overshoot would put a sample of the other sign into the middle of a half wave.
    middles = out[60::120]
    assert np.all(np.sign(middles.astype(int)) == np.resize([1, -1], middles.size))


def test_equal_rates_pass_untouched() -> None:
    samples = sine(440, 48_000, 10)
    resampler = Resampler(48_000, 48_000)
    assert resampler.process(samples) is samples
    assert resampler.delay_ms == 0


def test_clear_starts_a_new_stream() -> None:
    resampler = Resampler(16_000, 48_000)
    resampler.process(np.full(333, 20_000, dtype=np.int16))
    resampler.clear()
    samples = sine(440, 16_000, 50)
    assert np.array_equal(resampler.process(samples, last=True), Resampler(16_000, 48_000).process(samples, last=True))


@pytest.mark.parametrize("rates", [(0, 16_000), (16_000, -1)])
def test_refuses_rates_that_are_none(rates: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(*rates)
