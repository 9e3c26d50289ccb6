"""Questions before deeds that cannot be taken back. They stand over the window, and block nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.metadata import REDACTED, VARIABLES_MEMBER
from connector_gui.ui.history import words
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, WINDOW_PADDING, Theme, set_role
from connector_gui.ui.widgets.text import label

_WIDTH_PX: Final = 440


class _Dialog(QDialog):
    """Enter presses the button that has the focus, and no other."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            return
        super().keyPressEvent(event)


class Question(_Dialog):
    """A sentence and two buttons; the one that changes nothing has the focus."""

    def __init__(
        self, theme: Theme, title: str, text: str, confirm: str, then: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = label(theme, text, wraps=True)
        self.confirm, self.keep = QPushButton(confirm), QPushButton(self.tr("Cancel"))
        self.confirm.setAccessibleDescription(text)
        for button in (self.confirm, self.keep):
            set_role(button, kind="plain")
            button.setAutoDefault(False)
        self.confirm.clicked.connect(self.accept)
        self.keep.clicked.connect(self.reject)
        self.accepted.connect(then)
        column = _column(self, theme)
        column.addWidget(self.text)
        column.addLayout(_row(self.keep, self.confirm))
        self.keep.setFocus()


class PersonQuestion(_Dialog):
    """Deletes every call of a person: which metadata tells the person, how many calls that are, then the deed.

    Signals:
        search_requested: Member and value; answered by `show_found`.
        deletion_requested: The session ids found, as a tuple; confirmed.
    """

    search_requested = Signal(str, str)
    deletion_requested = Signal(object)

    def __init__(self, theme: Theme, metadata: Mapping[str, Any], parent: QWidget) -> None:
        """*metadata* of the call on the screen is offered to choose from."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Delete everything of a person"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offered = _members(metadata)
        self._found: tuple[str, ...] = ()
        self.member, self.value = QComboBox(), QLineEdit()
        self.search, self.delete = QPushButton(self.tr("Find calls")), QPushButton(self.tr("Delete"))
        self.keep = QPushButton(self.tr("Cancel"))
        self.told = label(theme, role="ring", wraps=True)
        self._lay_out(theme)
        self._join()
        self._offer_value()

    def _lay_out(self, theme: Theme) -> None:
        self.member.setEditable(True)
        self.member.addItems(list(self._offered))
        self.member.setAccessibleName(self.tr("Detail"))
        self.value.setAccessibleName(self.tr("Value"))
        for button in (self.search, self.delete, self.keep):
            set_role(button, kind="plain")
            button.setAutoDefault(False)
        self.delete.setEnabled(False)
        intro = self.tr("Calls whose detail has exactly this value are deleted with transcripts, notes and recordings.")
        form = QGridLayout()
        form.setHorizontalSpacing(GAP_M)
        form.setVerticalSpacing(GAP_S)
        form.setColumnStretch(1, 1)
        for row, (name, field) in enumerate(((self.tr("Detail"), self.member), (self.tr("Value"), self.value))):
            form.addWidget(label(theme, name, role="muted"), row, 0)
            form.addWidget(field, row, 1)
        column = _column(self, theme)
        column.addWidget(label(theme, intro, wraps=True))
        column.addLayout(form)
        column.addWidget(self.told)
        self.told.hide()
        column.addLayout(_row(self.search, None, self.keep, self.delete))

    def _join(self) -> None:
        self.member.currentTextChanged.connect(self._offer_value)
        self.member.editTextChanged.connect(self._forget)
        self.value.textChanged.connect(self._forget)
        self.value.returnPressed.connect(self._search)
        self.search.clicked.connect(self._search)
        self.keep.clicked.connect(self.reject)
        self.delete.clicked.connect(self._confirm)

    def show_found(self, session_ids: tuple[str, ...]) -> None:
        """These calls would go."""
        self._found = session_ids
        number = len(session_ids)
        if number:
            self.told.setText(words.deletion(number))
            self.delete.setText(self.tr("Delete {calls}").format(calls=words.count(number)))
        else:
            self.told.setText(self.tr("No call has that detail with that value."))
        self.delete.setEnabled(number > 0)
        self.told.show()
        self.adjustSize()

    def _offer_value(self) -> None:
        self.value.setText(self._offered.get(self.member.currentText(), self.value.text()))

    def _forget(self) -> None:
        """Other words: what was found before is not meant any more."""
        self._found = ()
        self.delete.setEnabled(False)
        self.delete.setText(self.tr("Delete"))
        self.told.hide()
        self.search.setEnabled(bool(self.member.currentText().strip() and self.value.text().strip()))

    def _search(self) -> None:
        member, value = self.member.currentText().strip(), self.value.text().strip()
        if member and value:
            self.search_requested.emit(member, value)

    def _confirm(self) -> None:
        self.deletion_requested.emit(self._found)
        self.accept()


def _members(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Single values of *metadata* by name; they can tell a person, lists and objects cannot."""
    inner = metadata.get(VARIABLES_MEMBER)
    members = {**metadata, **(inner if isinstance(inner, Mapping) else {})}
    return {
        name: str(value)
        for name, value in members.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != REDACTED
    }


def _column(dialog: QDialog, theme: Theme) -> QVBoxLayout:
    column = QVBoxLayout(dialog)
    column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
    column.setSpacing(GAP_L)
    dialog.setMinimumWidth(theme.px(_WIDTH_PX))
    return column


def _row(*buttons: QPushButton | None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP_S)
    if None not in buttons:
        row.addStretch(1)
    for button in buttons:
        if button is None:
            row.addStretch(1)
        else:
            row.addWidget(button)
    return row
