"""What the operator writes about a call: saved by itself, never lost, never overwritten while it is written."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.text import dress

SAVE_MS: Final = 600
"""After the last key."""
LONGEST: Final = 20_000


class Notes(QPlainTextEdit):
    """Plain text; `entered` shortly after typing stops, and when it is left."""

    entered = Signal(str, str)
    """A call's ``session_id`` and the notes as they are now."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session_id = ""
        self._kept = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self.save)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Notes on this call. They go with later reports to the dialer."))
        self.setAccessibleName(self.tr("Notes"))
        self.setFixedHeight(theme.px(96))
        dress(self, theme)
        self.textChanged.connect(self._on_changed)

    def show_notes(self, session_id: str, text: str) -> None:
        """Show the notes of a call; what was typed for the one before is saved first."""
        if session_id != self._session_id:
            self.save()
        elif self._is_changed or text == self.toPlainText():
            return  # The operator is writing: what is on the screen is newer.
        self._session_id, self._kept = session_id, text
        self.blockSignals(True)
        self.setPlainText(text)
        self.blockSignals(False)

    def save(self) -> None:
        """Tell what is not told yet."""
        self._timer.stop()
        if self._session_id and self._is_changed:
            self._kept = self.toPlainText()[:LONGEST]
            self.entered.emit(self._session_id, self._kept)

    def forget(self) -> None:
        """The call is gone: there is nothing to save."""
        self._timer.stop()
        self._session_id = ""

    @property
    def _is_changed(self) -> bool:
        return self.toPlainText()[:LONGEST] != self._kept

    def _on_changed(self) -> None:
        if self._session_id and self._is_changed:
            self._timer.start()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.save()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        # Escape would close the window from within a half-written sentence.
        event.accept()
