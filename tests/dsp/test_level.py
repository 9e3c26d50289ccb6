"""Meters against levels that can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.core.level import FLOOR_DBFS, SILENCE, Level
from connector_gui.core.view import Levels
from connector_gui.dsp.block import EMPTY
from connector_gui.dsp.level import LevelMeter, level_of, louder
from tests.dsp.signals import sine


@pytest.mark.parametrize("below_db", [0, 6, 20, 40, 60])
def test_a_sine_reads_its_peak_and_3_db_less_as_rms(below_db: float) -> None:
    level = level_of(sine(1_000, 48_000, 100, amplitude=32_767 * 10 ** (-below_db / 20)))
    # Rounding to 16 bits costs a little of a quiet sine.
    assert level.peak_dbfs == pytest.approx(-below_db, abs=0.15)
    assert level.rms_dbfs == pytest.approx(-below_db - 3.01, abs=0.15)


def test_a_square_wave_at_full_scale_reads_zero() -> None:
    level = level_of(np.array([32_767, -32_768] * 100, dtype=np.int16))
    assert level.peak_dbfs == 0.0
    assert level.rms_dbfs == pytest.approx(0.0, abs=0.001)


def test_silence_and_nothing_read_the_floor() -> None:
    assert level_of(np.zeros(480, dtype=np.int16)) == SILENCE
    assert level_of(EMPTY) == SILENCE
    assert SILENCE.peak_dbfs == FLOOR_DBFS == -96.0


def test_the_last_bit_is_above_the_floor() -> None:
    assert level_of(np.ones(480, dtype=np.int16)).peak_dbfs == pytest.approx(-90.3, abs=0.05)


def test_the_most_negative_sample_is_full_scale() -> None:
    assert level_of(np.array([-32_768], dtype=np.int16)).peak_dbfs == 0.0


def test_a_window_is_the_same_in_one_block_or_in_many() -> None:
    tone = sine(440, 48_000, 100)
    meter = LevelMeter()
    for start in range(0, tone.size, 480):
        meter.add(tone[start : start + 480])
    assert meter.take() == level_of(tone)


def test_of_two_windows_the_louder_counts_for_each_side() -> None:
    quiet, loud = Level(-40.0, -50.0), Level(-6.0, -12.0, is_clipping=True)
    assert louder(Levels(quiet, loud), Levels(loud, SILENCE)) == Levels(loud, loud)
    assert louder(Levels(quiet, quiet), Levels()) == Levels(quiet, quiet)


def test_reading_starts_a_new_window() -> None:
    meter = LevelMeter()
    meter.add(sine(440, 48_000, 10))
    meter.take()
    assert meter.take() == SILENCE


@pytest.mark.parametrize(("frames_at_full_scale", "clips"), [(0, False), (2, False), (3, True)])
def test_a_few_frames_at_full_scale_are_clipping(frames_at_full_scale: int, clips: bool) -> None:
    block = np.full(480, 1_000, dtype=np.int16)
    block[:frames_at_full_scale] = 32_767
    assert level_of(block).is_clipping is clips
