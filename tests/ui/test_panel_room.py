"""However much there is to say, the panel's parts do not lie on each other: the window grows instead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from connector_gui.core.record import Notice
from connector_gui.ui.panel import DEFAULT_SIZE, SMALLEST_SIZE, Panel
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
    parts = [panel.problems, panel.strip, panel.waiting, panel.pages]

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
    panel.refusal.hide()
    panel.show_view(idle())
    qtbot.waitUntil(lambda: panel.minimumHeight() == SMALLEST_SIZE.height())
