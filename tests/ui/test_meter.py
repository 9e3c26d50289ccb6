"""A meter rises at once, falls steadily, holds its peak, and shows clipping long enough to be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from connector_gui.core.level import FLOOR_DBFS, SILENCE, Level
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.meter import (
    CLIP_LIGHT_S,
    FALL_DB_PER_S,
    NUMBER_INTERVAL_S,
    PEAK_HOLD_S,
    LevelMeter,
    MeterBallistics,
)

LOUD = Level(peak_dbfs=-6.0, rms_dbfs=-18.0)


def test_the_bar_rises_at_once_and_falls_steadily() -> None:
    motion = MeterBallistics()
    motion.take(LOUD, 0.0)
    assert motion.bar_dbfs == -18.0
    motion.take(SILENCE, 0.5)
    assert motion.bar_dbfs == pytest.approx(-18.0 - 0.5 * FALL_DB_PER_S)
    motion.take(SILENCE, 60.0)
    assert motion.bar_dbfs == FLOOR_DBFS


def test_the_peak_is_held_and_then_falls() -> None:
    motion = MeterBallistics()
    motion.take(LOUD, 0.0)
    motion.take(SILENCE, PEAK_HOLD_S)
    assert motion.peak_dbfs == -6.0
    motion.take(SILENCE, PEAK_HOLD_S + 0.1)
    assert motion.peak_dbfs == pytest.approx(-6.0 - 0.1 * FALL_DB_PER_S)


def test_a_higher_peak_takes_over_at_once() -> None:
    motion = MeterBallistics()
    motion.take(LOUD, 0.0)
    motion.take(Level(-1.0, -12.0), 0.1)
    assert motion.peak_dbfs == -1.0


def test_the_clip_light_stays_after_the_clipping() -> None:
    motion = MeterBallistics()
    motion.take(Level(0.0, -3.0, is_clipping=True), 0.0)
    motion.take(SILENCE, CLIP_LIGHT_S - 0.1)
    assert motion.is_clipping
    motion.take(SILENCE, CLIP_LIGHT_S)
    assert not motion.is_clipping


def test_the_number_changes_slowly_and_misses_nothing() -> None:
    motion = MeterBallistics()
    motion.take(Level(-30, -40), 0.0)
    motion.take(LOUD, 0.1)
    motion.take(Level(-30, -40), 0.2)
    assert motion.number_dbfs == -40
    motion.take(Level(-30, -40), NUMBER_INTERVAL_S)
    assert motion.number_dbfs == -18


@pytest.fixture
def make_meter(qtbot: QtBot, theme: Theme) -> Callable[[Callable[[], float]], LevelMeter]:
    def make(clock_s: Callable[[], float]) -> LevelMeter:
        meter = LevelMeter(theme, "You", clock_s=clock_s)
        qtbot.addWidget(meter)
        meter.resize(200, 24)
        return meter

    return make


def test_silence_and_full_scale_use_the_whole_bar(make_meter: Callable[[Callable[[], float]], LevelMeter]) -> None:
    meter = make_meter(lambda: 0.0)
    meter.show_level(SILENCE)
    assert (meter.lit_segments, meter.number) == (0, "–")
    meter.clear()
    meter.show_level(Level(0.0, 0.0, is_clipping=True))
    assert meter.lit_segments > 10
    assert meter.is_clip_lit
    assert meter.number == "0"


def test_a_level_is_written_with_a_true_minus(make_meter: Callable[[Callable[[], float]], LevelMeter]) -> None:
    meter = make_meter(lambda: 0.0)
    meter.show_level(LOUD)
    assert meter.number == "−18"


def test_a_level_that_looks_the_same_is_not_painted_again(
    make_meter: Callable[[Callable[[], float]], LevelMeter], qtbot: QtBot
) -> None:
    meter = make_meter(lambda: 0.0)
    meter.show()
    qtbot.waitExposed(meter)
    meter.show_level(LOUD)
    qtbot.wait(1)
    paints: list[None] = []
    meter.paintEvent = lambda _event: paints.append(None)  # type: ignore[method-assign]  # counts, draws nothing
    for _ in range(30):
        meter.show_level(LOUD)
        qtbot.wait(1)
    assert len(paints) <= 1


def test_clearing_puts_the_meter_to_rest(make_meter: Callable[[Callable[[], float]], LevelMeter]) -> None:
    meter = make_meter(lambda: 0.0)
    meter.show_level(Level(0, 0, is_clipping=True))
    meter.clear()
    assert (meter.lit_segments, meter.is_clip_lit, meter.number) == (0, False, "–")
