"""Symbols: each is there, wears the colours of its words, and is sharp at every scale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QImage
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from connector_gui.core.look import Choice, Look
from connector_gui.ui import symbols
from connector_gui.ui.colours import DARK, LIGHT, faded
from connector_gui.ui.symbols import Symbol, button_ink, symbol_icon, symbol_pixmap, wear
from connector_gui.ui.theme import Theme, set_role


@pytest.fixture(autouse=True)
def _application(theme: Theme) -> Theme:
    return theme


def darkest(image: QImage) -> QColor:
    """The colour where the picture is most opaque."""
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    return max((image.pixelColor(*place) for place in places), key=QColor.alpha)


@pytest.mark.parametrize("symbol", Symbol, ids=lambda one: one.name.lower())
def test_every_symbol_has_a_picture(symbol: Symbol) -> None:
    image = symbol_pixmap(symbol, 16, "#161a20").toImage()
    assert darkest(image).alpha() > 150
    corners = [image.pixelColor(x, y).alpha() for x in (0, 15) for y in (0, 15)]
    assert max(corners) < 128  # it fits


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_it_is_drawn_for_the_scale_of_the_screen(ratio: float) -> None:
    icon = symbol_icon(Symbol.MUTE, 16, QColor("#161A20"))
    pixmap = icon.pixmap(QSize(16, 16), ratio)
    assert pixmap.size() == QSize(round(16 * ratio), round(16 * ratio))
    assert pixmap.toImage() == symbol_pixmap(Symbol.MUTE, 16, "#161a20", ratio).toImage()


def test_a_button_wears_the_colours_of_its_words(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton("Mute")
    qtbot.addWidget(button)
    button.setCheckable(True)
    set_role(button, kind="call")
    wear(button, theme, Symbol.MUTE)

    def seen(mode: QIcon.Mode, state: QIcon.State) -> str:
        colour = darkest(button.icon().pixmap(QSize(16, 16), 3.0, mode, state).toImage())
        return QColor(colour.rgb()).name()

    assert seen(QIcon.Mode.Normal, QIcon.State.Off) == LIGHT.text.name()
    assert seen(QIcon.Mode.Normal, QIcon.State.On) == LIGHT.surface.name()
    assert seen(QIcon.Mode.Disabled, QIcon.State.Off) == faded(LIGHT).name()
    theme.force_scheme(Qt.ColorScheme.Dark)
    assert seen(QIcon.Mode.Normal, QIcon.State.Off) == DARK.text.name()


@pytest.fixture
def in_high_contrast(theme: Theme) -> Iterator[Theme]:
    theme.use(Look(high_contrast=Choice.ON))
    yield theme
    theme.use(Look())


def test_in_high_contrast_it_has_the_colour_of_all_words(in_high_contrast: Theme) -> None:
    colours = in_high_contrast.colours
    assert {button_ink(colours, kind).name() for kind in ("accept", "end", "main", "plain", "decline")} == {"#000000"}


def test_another_symbol_takes_its_place(theme: Theme, qtbot: QtBot) -> None:
    action = QAction("Play")
    worn = wear(action, theme, Symbol.PLAY)
    before = action.icon().cacheKey()
    worn.show(Symbol.PAUSE)
    assert worn.symbol is Symbol.PAUSE
    assert action.icon().cacheKey() != before


def test_without_the_font_words_stay_alone(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(symbols, "find_spec", lambda _name: None)
    assert symbols._Font().outline(Symbol.MUTE).isEmpty()
    assert "symbols.missing" in caplog.text
    caplog.clear()
