"""However much there is to say, the panel's parts do not lie on each other: the window grows instead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from connector_gui.core.record import Notice
from connector_gui.ui.panel import Panel
from connector_gui.ui.panel_place import DEFAULT_SIZE, SMALLEST_SIZE
from connector_gui.ui.theme import Theme
from tests.fakes.desk_views import NOW, held, idle, ringing, talking

LONG = (
    "Your microphone is silent: it is muted at the device, or the system blocks it. See in the sound settings that "
    "the input is neither muted nor turned to zero; a Flatpak or Snap also needs the permission to record."
)


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> Panel:
    panel = Panel(theme)
    qtbot.addWidget(panel)
    panel.resize(DEFAULT_SIZE)
    panel.move(40, panel.screen().availableGeometry().height() - DEFAULT_SIZE.height())
    panel.show()
    return panel


def place(panel: Panel, part: QWidget) -> QRect:
    return QRect(part.mapTo(panel, part.rect().topLeft()), part.size())


def test_it_grows_for_all_that_can_be_said_at_once(panel: Panel, qtbot: QtBot) -> None:
    call = talking(notices=(Notice(code="microphone_blocked", message=LONG, at=NOW),))
    panel.show_view(idle(calls=(call, held(), ringing("b")), problems=(LONG,)))
    page = panel.call_page
    parts = [panel.banners.problems, panel.strip, panel.waiting, panel.pages]

    def stands_well() -> None:
        assert panel.height() > DEFAULT_SIZE.height()
        for upper, lower in pairwise(parts):
            assert place(panel, upper).bottom() < place(panel, lower).top()
        assert place(panel, page.end).bottom() < place(panel, page.say).top()
        assert panel.rect().contains(place(panel, page.say))
        assert panel.screen().availableGeometry().contains(panel.frameGeometry()), "it has grown below the screen"

    # The window manager has its say in where the window is, and takes its time.
    qtbot.waitUntil(stands_well)


def test_it_can_be_made_small_again_when_there_is_less_to_say(panel: Panel, qtbot: QtBot) -> None:
    panel.show_refusal(LONG)
    panel.show_view(idle(calls=(talking(), held(), ringing("b"), ringing("c")), problems=(LONG,)))
    qtbot.waitUntil(lambda: panel.minimumHeight() > SMALLEST_SIZE.height())
    panel.banners.refusal.hide()
    panel.show_view(idle())
    qtbot.waitUntil(lambda: panel.minimumHeight() == SMALLEST_SIZE.height())


def test_it_is_as_high_as_the_operator_made_it_once_there_is_less_to_say(panel: Panel, qtbot: QtBot) -> None:
    told: list[QRect] = []
    panel.geometry_changed.connect(told.append)
    panel.move(40, panel.screen().availableGeometry().height() - panel.frameGeometry().height())
    qtbot.waitUntil(lambda: told[-1:] == [panel.geometry()])  # the window manager has had its say
    before = panel.geometry()
    call = talking(notices=(Notice(code="microphone_blocked", message=LONG, at=NOW),))
    panel.show_view(idle(calls=(call, held(), ringing("b")), problems=(LONG,)))
    qtbot.waitUntil(lambda: panel.height() > before.height() and panel.y() < before.y())
    panel.show_view(idle(calls=(talking(),)))
    qtbot.waitUntil(lambda: panel.geometry() == before)  # it had moved up to stay on the screen
    assert told[-1] == before, "the height it needed for a while is remembered"


def test_a_height_chosen_while_it_had_grown_is_kept(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(calls=(talking(), held(), ringing("b"), ringing("c")), problems=(LONG, LONG)))
    qtbot.waitUntil(lambda: panel.height() > DEFAULT_SIZE.height())
    chosen_px = panel.height() + 20
    with qtbot.waitSignal(panel.geometry_changed) as told:
        panel.resize(panel.width(), chosen_px)
    assert told.args[0].height() == chosen_px
    panel.show_view(idle())
    qtbot.waitUntil(lambda: panel.minimumHeight() == SMALLEST_SIZE.height())
    assert panel.height() == chosen_px


def test_it_comes_back_at_its_own_height(panel: Panel, qtbot: QtBot) -> None:
    place = QRect(60, 40, 420, 600)
    panel.hide()
    panel.restore(place)
    panel.show_view(idle(calls=(talking(), held(), ringing("b"), ringing("c")), problems=(LONG, LONG)))
    panel.open()
    qtbot.waitUntil(lambda: panel.height() > DEFAULT_SIZE.height())
    panel.hide()
    panel.show_view(idle())
    panel.open()
    qtbot.waitUntil(lambda: panel.geometry() == place)
