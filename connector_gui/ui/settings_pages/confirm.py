"""A question asked in place before a deed that cannot be taken back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from connector_gui.ui.settings_pages.page import button, buttons
from connector_gui.ui.theme import GAP_S, Theme
from connector_gui.ui.widgets.text import label


class Question(QWidget):
    """Comes up below the button that asks: “… will happen.  [Delete] [Keep it]”; `confirmed` after that."""

    confirmed = Signal()

    def __init__(self, theme: Theme, ask: QPushButton, consequence: str, confirm: str, keep: str) -> None:
        """*ask* stands where its maker puts it, and cannot be pressed while the question is up."""
        super().__init__()
        self.ask, self.confirm, self.keep = ask, button(confirm), button(keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(label(theme, consequence, role="ring", wraps=True))
        column.addWidget(buttons(self.confirm, self.keep))
        self.confirm.setAccessibleDescription(consequence)
        self.ask.clicked.connect(self._come_up)
        self.keep.clicked.connect(self._go)
        self.confirm.clicked.connect(self._on_confirmed)
        self.hide()

    def _come_up(self) -> None:
        self.show()
        self.ask.setEnabled(False)
        # The answer that changes nothing: a second Enter or Space by habit does no harm.
        self.keep.setFocus()

    def _go(self) -> None:
        self.hide()
        self.ask.setFocus()

    def _on_confirmed(self) -> None:
        self._go()
        self.confirmed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """A question that nobody answered is not up when the page comes back."""
        super().hideEvent(event)
        self.ask.setEnabled(True)
        self.hide()
