"""The card of a link: shows, waits, and places nothing but by a press of Call that was meant."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from connector_gui.app.link_desk import LinkDesk
from connector_gui.core.call_link import CallLink
from connector_gui.core.call_request import CallRequest
from connector_gui.ui.link_card import LinkCard
from connector_gui.ui.theme import Theme

LINK = CallLink("agent_1", {"customer_name": "Mara", "note": "<b>x</b>\u202eevil"})


class Desk:
    """A link desk, with what it placed and how often it opened the panel."""

    def __init__(self, qapp: QApplication, qtbot: QtBot) -> None:
        self.placed: list[CallRequest] = []
        self.opened = 0
        self.links = LinkDesk(Theme(qapp), self.placed.append, self._open)
        self.links.show(LINK)
        assert self.links.card is not None
        self.card: LinkCard = self.links.card
        qtbot.addWidget(self.card)

    def _open(self) -> None:
        self.opened += 1


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot) -> Desk:
    return Desk(qapp, qtbot)


def press(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(desk.card.call.isEnabled)
    QTest.mouseClick(desk.card.call, Qt.MouseButton.LeftButton)


def test_it_shows_agent_and_values_as_plain_text(desk: Desk) -> None:
    assert desk.card.isVisible()
    assert "agent_1" in desk.card.agent.text()
    shown = dict(desk.card.facts.shown)
    assert any("Mara" in value for value in shown.values())
    assert not any("\u202e" in value for value in shown.values())
    assert desk.card.agent.textFormat() is Qt.TextFormat.PlainText
    assert desk.placed == []


def test_what_was_meant_for_the_web_page_places_nothing(desk: Desk, qtbot: QtBot) -> None:
    QTest.mouseClick(desk.card.call, Qt.MouseButton.LeftButton)
    QTest.keyClick(desk.card.call, Qt.Key.Key_Return)
    QTest.keyClick(desk.card, Qt.Key.Key_Return)
    assert desk.placed == []


def test_call_has_no_focus_and_escape_is_cancel(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(desk.card.call.isEnabled)
    assert not desk.card.call.hasFocus()
    QTest.keyClick(desk.card, Qt.Key.Key_Escape)
    assert not desk.card.isVisible()
    assert desk.placed == []


def test_call_places_what_is_shown_once(desk: Desk, qtbot: QtBot) -> None:
    press(desk, qtbot)
    assert not desk.card.isVisible()
    desk.card.call_requested.emit()
    (request,) = desk.placed
    assert (request.agent_id, dict(request.metadata)) == (LINK.agent_id, dict(LINK.metadata))
    assert dict(request.dynamic_variables) == dict(LINK.metadata)
    assert request.placed_by == "operator"
    assert desk.opened == 1


def test_another_link_takes_its_place_and_has_to_be_read_first(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(desk.card.call.isEnabled)
    desk.links.show(CallLink("agent_2"))
    assert not desk.card.call.isEnabled()
    press(desk, qtbot)
    assert [request.agent_id for request in desk.placed] == ["agent_2"]


def test_closing_the_window_is_cancel(desk: Desk) -> None:
    desk.card.close()
    assert not desk.card.isVisible()
    assert desk.placed == []
