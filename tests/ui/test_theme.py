"""The theme follows the system, and every window follows the theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from connector_gui.core.level import Level
from connector_gui.core.look import AccentColor, Choice, ColorScheme, Look, SystemLook
from connector_gui.ui.colours import CONTRAST_DARK, DARK, LIGHT
from connector_gui.ui.theme import TextSize, Theme, set_role
from connector_gui.ui.widgets.meter import LevelMeter
from connector_gui.ui.widgets.text import label


def test_dark_and_light_reach_palette_and_windows(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.force_scheme(Qt.ColorScheme.Dark)
    assert theme.colours == DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == DARK.surface
    theme.force_scheme(Qt.ColorScheme.Light)
    assert theme.colours == LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Text) == LIGHT.text


def test_the_systems_change_is_followed(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    theme.force_scheme(None)
    with qtbot.waitSignal(theme.changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)


def test_sizes_are_those_of_the_scale_and_weights_are_two(theme: Theme) -> None:
    body, name = theme.font(), theme.font(TextSize.NAME, semibold=True)
    assert name.pixelSize() / body.pixelSize() == pytest.approx(20 / 13, abs=0.05)
    assert name.weight() > body.weight()


def test_tabular_figures_are_asked_of_the_font(theme: Theme) -> None:
    assert not theme.font().featureTags()
    assert len(theme.font(tabular=True).featureTags()) == 1


def test_a_role_colours_a_label(theme: Theme, qtbot: QtBot) -> None:
    words = label(theme, "Ringing", role="ring")
    qtbot.addWidget(words)
    words.ensurePolished()
    assert words.palette().color(words.foregroundRole()) == LIGHT.ring
    theme.force_scheme(Qt.ColorScheme.Dark)
    assert words.palette().color(words.foregroundRole()) == DARK.ring


def test_a_role_can_change(theme: Theme, qtbot: QtBot) -> None:
    words = QLabel("x")
    qtbot.addWidget(words)
    set_role(words, role="live")
    words.ensurePolished()
    assert words.palette().color(words.foregroundRole()) == theme.colours.live
    set_role(words, role="error")
    assert words.palette().color(words.foregroundRole()) == theme.colours.error


@pytest.fixture
def free_theme(theme: Theme) -> Iterator[Theme]:
    """The theme as it follows operator and system; as it was, after the test."""
    theme.force_scheme(None)
    yield theme
    theme.use(Look())
    theme.show_system(SystemLook())


def test_the_operators_choice_of_light_or_dark_goes_before_the_systems(free_theme: Theme) -> None:
    free_theme.use(Look(color_scheme=ColorScheme.DARK))
    assert free_theme.colours == DARK
    free_theme.use(Look(color_scheme=ColorScheme.LIGHT))
    assert free_theme.colours == LIGHT


@pytest.mark.parametrize(
    ("choice", "system_asks", "is_on"),
    [
        (Choice.SYSTEM, False, False),
        (Choice.SYSTEM, True, True),
        (Choice.ON, False, True),
        (Choice.OFF, True, False),
    ],
)
def test_contrast_and_motion_are_as_chosen_or_else_as_the_system_asks(
    free_theme: Theme, choice: Choice, system_asks: bool, is_on: bool
) -> None:
    free_theme.use(Look(high_contrast=choice, reduce_motion=choice))
    free_theme.show_system(SystemLook(high_contrast=system_asks, reduced_motion=system_asks))
    assert free_theme.colours.is_high_contrast is is_on
    assert free_theme.has_motion is not is_on


def test_high_contrast_that_only_the_operator_wants_is_black_and_white(free_theme: Theme, qapp: QApplication) -> None:
    free_theme.use(Look(color_scheme=ColorScheme.DARK, high_contrast=Choice.ON))
    assert free_theme.colours == CONTRAST_DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor("#000000")


def test_the_systems_accent_is_worn_unless_ours_is_wanted(free_theme: Theme) -> None:
    free_theme.use(Look(color_scheme=ColorScheme.LIGHT))
    free_theme.show_system(SystemLook(accent=(0.5, 0.0, 0.5)))
    if free_theme.colours.accent != QColor("#800080"):
        # Qt tells an accent of its own here, which goes first.
        assert free_theme._system.isBrushSet(QPalette.ColorGroup.Active, QPalette.ColorRole.Accent)
    free_theme.use(Look(color_scheme=ColorScheme.LIGHT, accent_color=AccentColor.OWN))
    assert free_theme.colours == LIGHT


def test_high_contrast_has_one_colour_and_tells_levels_by_shape(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = LevelMeter(theme, "You", clock_s=lambda: 0.0)
    qtbot.addWidget(meter)
    meter.resize(200, 24)
    monkeypatch.setattr(Theme, "_wants_high_contrast", lambda _theme: True)
    theme.force_scheme(None)
    assert theme.colours.is_high_contrast
    assert theme.colours.live == theme.colours.line == theme.colours.text
    at_rest = meter.grab().toImage()
    meter.show_level(Level(-6, -12))
    assert meter.grab().toImage() != at_rest
