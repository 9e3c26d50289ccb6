"""A line across a window that says what holds now, with one thing to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from connector_gui.ui.theme import GAP_M, GAP_S, set_role


class Banner(QFrame):
    """Words, and a link-like button when there is something to do; hidden while it has no words."""

    action_requested = Signal()

    def __init__(self, role: str, action: str = "", parent: QWidget | None = None) -> None:
        """*role* is ``banner`` (calm) or ``warning``."""
        super().__init__(parent)
        set_role(self, role=role)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_M, GAP_S, GAP_M, GAP_S)
        row.setSpacing(GAP_M)
        row.addWidget(self._text, 1)
        self.button = QPushButton(action, self)
        set_role(self.button, kind="link")
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.action_requested)
        row.addWidget(self.button)
        self.hide()

    @property
    def text(self) -> str:
        """The words that are shown."""
        return self._text.text()

    def show_text(self, text: str, *, has_action: bool = True) -> None:
        """Say *text*; nothing hides the banner. *has_action*: the button can do something about it, if there is one."""
        self._text.setText(text)
        self.button.setVisible(has_action and bool(self.button.text()))
        self._text.setAccessibleName(text)
        self.setVisible(bool(text))
