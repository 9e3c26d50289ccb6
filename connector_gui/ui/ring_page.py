"""The panel while a call rings and nobody talks: the card, and all that the caller sent."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.ui import words
from connector_gui.ui.strip_words import LineChoice
from connector_gui.ui.theme import GAP_S, TextSize, Theme
from connector_gui.ui.widgets.call_card import CallCard
from connector_gui.ui.widgets.facts import Facts
from connector_gui.ui.widgets.text import label
from connector_gui.ui.widgets.waiting_calls import WaitingCalls


class RingPage(QWidget):
    """The next call to answer."""

    action_requested = Signal(str, Action)
    ring_on_requested = Signal(str)
    line_chosen = Signal(str, str)
    """See `CallCard`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = CallCard(theme, self)
        self.card.action_requested.connect(self.action_requested)
        self.card.ring_on_requested.connect(self.ring_on_requested)
        self.card.line_chosen.connect(self.line_chosen)
        self.details_title = label(
            theme, self.tr("Sent with the call"), role="muted", size=TextSize.LABEL, semibold=True
        )
        self.details = Facts(theme, self)
        self.waiting = WaitingCalls(theme, self)
        self.waiting.action_requested.connect(self.action_requested)
        self.waiting.line_chosen.connect(self.line_chosen)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.details)
        area.viewport().setAutoFillBackground(False)
        self.details.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.card)
        column.addSpacing(GAP_S)
        column.addWidget(self.details_title)
        column.addWidget(area, 1)
        column.addWidget(self.waiting)

    def show_calls(self, call: CallView, others: Sequence[CallView]) -> None:
        """Show *call*, which rings, and in a few words the *others* that wait."""
        self.card.show_call(call)
        facts = words.facts(call.record)
        self.details_title.setVisible(bool(facts))
        self.details.show_facts(facts)
        self.waiting.show_calls(others)

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        """Offer to accept calls on these lines."""
        self.card.show_lines(choices)
        self.waiting.show_lines(choices)

    def show_time(self, now_s: float) -> None:
        """Let the countdowns go on."""
        self.card.show_time(now_s)
        self.waiting.show_time(now_s)
