"""Several calls at once, at the tray: a number on the sign, words, a menu to change over."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from connector_gui.core.service import Action
from connector_gui.core.view import DeskView
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import MOST_COUNTED, SIZES, Glyph, Shape, draw_glyph
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from tests.fakes.desk_views import held, idle, on_line, ringing, talking
from tests.fakes.settings_dialog import Heard

# Off screen there is no tray to watch.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged")

INK = QColor("#000000")
THREE = idle(calls=(talking(), held(), on_line()))


@pytest.fixture
def tray(theme: Theme, qtbot: QtBot) -> Tray:
    tray = Tray(theme)
    qtbot.addWidget(tray.menu)
    return tray


@pytest.mark.parametrize(
    ("view", "count", "shape", "words"),
    [
        (idle(calls=(talking(),)), 0, Shape.IN_CALL, "In call · Billing"),
        (idle(calls=(talking(), held())), 2, Shape.IN_CALL, "In call · Billing · 2 call(s)"),
        (THREE, 3, Shape.IN_CALL, "In call · Billing · 3 call(s)"),
        (idle(calls=(on_line(),)), 1, Shape.IDLE, "Ready for calls · 1 call(s) on lines"),
        (idle(calls=(held(), on_line())), 2, Shape.HELD, "On hold · Support · 2 call(s)"),
        (idle(calls=(ringing(), on_line())), 1, Shape.RINGING, "Ringing · Billing · 1 call(s) on lines"),
    ],
)
def test_the_sign_and_its_words_count_the_calls(
    tray: Tray, view: DeskView, count: int, shape: Shape, words: str
) -> None:
    tray.show_view(view)
    assert (tray.glyph.count, tray.glyph.shape, tray.tooltip) == (count, shape, words)


@pytest.mark.parametrize("size", SIZES)
def test_numbers_are_told_apart_at_every_size(size: int) -> None:
    def corner(count: int) -> list[bool]:
        image = draw_glyph(Glyph(Shape.IN_CALL, 2, count=count), size, INK, INK).toImage()
        image = image.convertToFormat(QImage.Format.Format_ARGB32)
        places = [(x, y) for y in range(size // 2, size) for x in range(size // 2, size)]
        shades = [image.pixelColor(x, y).alpha() for x, y in places]
        digit = [image.pixelColor(x, y).alpha() for x, y in places if x >= size * 0.78 and y >= size * 0.82]
        assert set(digit) <= {0, 255}, "sharp"
        return [shade > 128 for shade in shades]

    pictures = {count: corner(count) for count in range(MOST_COUNTED + 1)}
    for one, other in combinations(pictures, 2):
        differing = sum(a != b for a, b in zip(pictures[one], pictures[other], strict=True))
        assert differing >= max(1, size // 22), (one, other)


def test_the_menu_names_the_calls_to_change_over_to(tray: Tray) -> None:
    chosen = Heard(tray.call_chosen)
    menu = tray.menu
    tray.show_view(THREE)
    assert menu.calls.menuAction().isVisible()
    assert [entry.text() for entry in menu.calls.actions()] == [
        "Mara Lindqvist · Billing – In call",
        "Jo Park · Support – On hold",
        "Ana Ruiz · Dispatch – In call · Softphone",
    ]
    assert [entry.isChecked() for entry in menu.calls.actions()] == [True, False, False]
    before = menu.calls.actions()
    before[1].trigger()
    assert chosen == ["crm-7"]
    assert [entry.isChecked() for entry in before] == [True, False, False], "what is, not what was asked for"
    tray.show_view(idle(calls=(talking(muted=True), held(waiting_s=3), on_line())))
    assert menu.calls.actions() == before, "an open menu keeps its entries"
    assert before[1].text() == "Jo Park · Support – On hold · 3 s to hear"
    tray.show_view(idle(calls=(talking(),)))
    assert not menu.calls.menuAction().isVisible()


def test_entries_of_the_menu_never_mean_a_call_on_a_line(tray: Tray) -> None:
    acted = Heard(tray.action_requested)
    tray.show_view(idle(calls=(on_line(),)))
    for entry in (tray.menu.end, tray.menu.mute, tray.menu.hold):
        assert not entry.isEnabled()
    assert tray.menu.practice_call.isEnabled()
    tray.show_view(idle(calls=(held(), on_line())))
    tray.menu.end.trigger()
    assert acted == [("crm-7", Action.END)]


def test_the_panels_own_menu_leaves_calls_to_the_strip(theme: Theme, qtbot: QtBot) -> None:
    menu = DeskMenu(theme, has_calls=False)
    qtbot.addWidget(menu)
    menu.show_view(THREE)
    assert not menu.calls.menuAction().isVisible()
