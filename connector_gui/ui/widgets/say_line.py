"""Where the operator writes to the agent: said in their place, or noted silently."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from connector_gui.core.service import MessageKind
from connector_gui.core.webhook import MAX_MESSAGE_CHARS
from connector_gui.ui.theme import GAP_S, set_role

ACTIVITY_S: Final = 1.5
"""While somebody types, the agent is told so at most this often; it holds back for a few seconds each time."""
DRAFTS: Final = 8
_RETURN: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class SayLine(QWidget):
    """A line of text with what becomes of it: Enter sends it, Alt+Enter the other way round.

    Each call has a draft of its own, which is there again when the operator comes back to it.
    """

    text_entered = Signal(str, str)
    """Send this text; the second is its `MessageKind`."""
    typing = Signal()
    """The operator is busy typing."""
    left = Signal()
    """Escape: the keys belong to the call again."""

    def __init__(self, parent: QWidget | None = None, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock_s = clock_s
        self._told_s = float("-inf")
        self._session_id = ""
        self._can_send = False
        self._drafts: dict[str, str] = {}
        self.field = _Field(self)
        self.field.setMaxLength(MAX_MESSAGE_CHARS)
        self.field.textEdited.connect(self._on_edited)
        self.field.textChanged.connect(self._refresh)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self.left)
        self.note = QPushButton(self.tr("Note"), self)
        self.note.setCheckable(True)
        self.note.setToolTip(
            self.tr("On: Enter sends a note. The agent takes it into account, and does not answer it.")
        )
        self.note.toggled.connect(self._refresh)
        self.send = QPushButton(self.tr("Send"), self)
        self.send.clicked.connect(lambda: self._enter(is_other_kind=False))
        for button in (self.note, self.send):
            button.setAutoDefault(True)
            set_role(button, kind="plain")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_S)
        row.addWidget(self.field, 1)
        row.addWidget(self.note)
        row.addWidget(self.send)
        self._refresh()

    @property
    def kind(self) -> MessageKind:
        """What Enter makes of the text."""
        return "contextual_update" if self.note.isChecked() else "user_message"

    @property
    def has_focus(self) -> bool:
        """The operator is in this line."""
        return self.field.hasFocus() or self.note.hasFocus() or self.send.hasFocus()

    def show_call(self, session_id: str, *, can_send: bool) -> None:
        """Write to this call from now on; it can be written before it can be sent."""
        if session_id != self._session_id:
            self._keep_draft()
            self._session_id = session_id
            self.field.setText(self._drafts.pop(session_id, ""))
        if can_send != self._can_send:
            self._can_send = can_send
            self._refresh()

    def forget(self, session_id: str) -> None:
        """That call is over, and what was not sent to it with it."""
        self._drafts.pop(session_id, None)
        if session_id == self._session_id:
            self._session_id = ""
            self.field.clear()

    def _keep_draft(self) -> None:
        if self._session_id and self.field.text():
            self._drafts[self._session_id] = self.field.text()
            for oldest in list(self._drafts)[:-DRAFTS]:
                del self._drafts[oldest]

    def _on_edited(self) -> None:
        now_s = self._clock_s()
        if self._can_send and now_s - self._told_s >= ACTIVITY_S:
            self._told_s = now_s
            self.typing.emit()

    def _enter(self, is_other_kind: bool) -> None:
        text = self.field.text().strip()
        if not text or not self._can_send:
            return
        other: MessageKind = "user_message" if self.note.isChecked() else "contextual_update"
        self.field.clear()
        self.field.setFocus()
        self.text_entered.emit(text, other if is_other_kind else self.kind)

    def _refresh(self) -> None:
        is_note = self.note.isChecked()
        prompt = self.tr("Note to the agent, silently…") if is_note else self.tr("Say to the agent…")
        if prompt != self.field.placeholderText():
            self.field.setPlaceholderText(prompt)
            self.field.setAccessibleName(prompt)
            other = self.tr("Alt+Enter says it") if is_note else self.tr("Alt+Enter notes it silently")
            key = self.tr("Key: {key}").format(key="T")
            self.field.setToolTip(f"{key} · {other}")
        can_send = self._can_send and bool(self.field.text().strip())
        if not can_send and self.send.hasFocus():
            self.field.setFocus()
        self.send.setEnabled(can_send)


class _Field(QLineEdit):
    """Knows Enter with Alt from Enter without, and Escape."""

    entered = Signal(bool)
    """Enter was pressed; with Alt?"""
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _RETURN:
            if not event.isAutoRepeat():
                self.entered.emit(bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
            event.accept()  # what it makes nothing of must not mute the call
