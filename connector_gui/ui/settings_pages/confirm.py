"""A button whose deed cannot be taken back: it asks once, in its own place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.theme import GAP_S, Theme
from connector_gui.ui.widgets.text import label


class ConfirmButton(QWidget):
    """“Delete” → “… will happen.  [Delete] [Keep it]”; `confirmed` after the second step."""

    confirmed = Signal()

    def __init__(self, theme: Theme, ask: str, consequence: str, confirm: str, keep: str) -> None:
        super().__init__()
        self.ask, self.confirm, self.keep = button(ask), button(confirm), button(keep)
        self._question = QWidget(self)
        self._question_words = label(theme, consequence, role="ring", wraps=True)
        answers = QHBoxLayout()
        answers.setSpacing(GAP_S)
        answers.addWidget(self.confirm)
        answers.addWidget(self.keep)
        answers.addStretch(1)
        column = QVBoxLayout(self._question)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self._question_words)
        column.addLayout(answers)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        first = QHBoxLayout()
        first.addWidget(self.ask)
        first.addStretch(1)
        whole.addLayout(first)
        whole.addWidget(self._question)
        self.ask.clicked.connect(lambda: self._show_question(True))
        self.keep.clicked.connect(lambda: self._show_question(False))
        self.confirm.clicked.connect(self._on_confirmed)
        self.confirm.setAccessibleDescription(consequence)
        self._show_question(False, focus=False)

    def _show_question(self, is_asking: bool, *, focus: bool = True) -> None:
        self._question.setVisible(is_asking)
        self.ask.setVisible(not is_asking)
        if focus:
            # The answer that changes nothing: a second Enter or Space by habit does no harm.
            (self.keep if is_asking else self.ask).setFocus()

    def _on_confirmed(self) -> None:
        self._show_question(False)
        self.confirmed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """A question that nobody answered is not asked again when the page comes back."""
        super().hideEvent(event)
        self._show_question(False, focus=False)
