"""What keys without a modifier do in the panel: each presses a button of the page that is up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from connector_gui.ui.call_page import CallPage
from connector_gui.ui.ring_page import RingPage
from connector_gui.ui.shortcuts import Key


def ring_button(page: RingPage, code: Qt.Key) -> QPushButton | None:
    """The button that the key *code* presses while a call rings."""
    card = page.card
    buttons = {Key.ACCEPT: card.accept, Key.DECLINE: card.decline, Key.LET_RING: card.not_now}
    if card.lines.isVisibleTo(page):
        buttons[Key.ACCEPT_ON] = card.lines
    return _pressed(buttons, code)


def call_button(page: CallPage, code: Qt.Key) -> QPushButton | None:
    """The button that the key *code* presses during a call, and where the page tells why it is over."""
    if page.epilogue.isVisibleTo(page):
        # Enter, too: there is nothing else to press.
        return page.done if code in Key.ACCEPT.codes else _pressed({Key.READ: page.done}, code)
    return _pressed({Key.MUTE: page.mute, Key.HOLD: page.hold, Key.RECORD: page.record}, code)


def _pressed(buttons: dict[Key, QPushButton], code: Qt.Key) -> QPushButton | None:
    return next((button for key, button in buttons.items() if code in key.codes), None)
