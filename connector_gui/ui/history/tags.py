"""Short words that sort calls: chips with a cross, and a field for another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from connector_gui.ui.history.flow import Flow
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.theme import GAP_S, GAP_XS, Theme, set_role

LONGEST: Final = 40
MOST: Final = 20


class Tags(QWidget):
    """The tags of a call; `entered` with all of them at each change."""

    entered = Signal(str, object)
    """A call's ``session_id`` and its tags, a tuple of str."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session_id = ""
        self._tags: tuple[str, ...] = ()
        self._chips = QWidget()
        self._flow = Flow(GAP_XS, self._chips)
        self.field = QLineEdit()
        self.field.setAccessibleName(self.tr("Add a tag"))
        self.field.setMaxLength(LONGEST)
        self.field.returnPressed.connect(self._add)
        self.field.editingFinished.connect(self._add)
        self.field.textEdited.connect(self._on_edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self._chips)
        column.addWidget(self.field)
        self._draw()

    @property
    def chips(self) -> list[QPushButton]:
        """The chips that are shown; a click takes one away."""
        return self._chips.findChildren(QPushButton)

    def show_tags(self, session_id: str, tags: Sequence[str]) -> None:
        """Show the tags of a call."""
        if session_id != self._session_id:
            self._add()
            self.field.clear()
        elif tuple(tags) == self._tags:
            return
        self._session_id, self._tags = session_id, tuple(tags)
        self._draw()

    def _on_edited(self, text: str) -> None:
        if text.endswith(","):
            self._add()

    def _add(self) -> None:
        tag = one_line(self.field.text().strip(" ,#"), LONGEST)
        self.field.clear()
        is_new = tag and tag.casefold() not in {one.casefold() for one in self._tags}
        if self._session_id and is_new and len(self._tags) < MOST:
            self._change((*self._tags, tag))

    def _remove(self, tag: str) -> None:
        self._change(tuple(one for one in self._tags if one != tag))
        self.field.setFocus()

    def _change(self, tags: tuple[str, ...]) -> None:
        self._tags = tags
        self._draw()
        self.entered.emit(self._session_id, tags)

    def _draw(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.setParent(None)
                chip.deleteLater()
        for tag in self._tags:
            chip = QPushButton(f"{one_line(tag, LONGEST)}  ×".replace("&", "&&"))
            set_role(chip, kind="chip")
            chip.setAccessibleName(self.tr("Remove the tag {tag}").format(tag=tag))
            chip.setToolTip(self.tr("Remove"))
            chip.clicked.connect(lambda _checked=False, one=tag: self._remove(one))
            self._flow.addWidget(chip)
            chip.show()
        self._chips.setVisible(bool(self._tags))
        is_full = len(self._tags) >= MOST
        self.field.setEnabled(not is_full)
        self.field.setPlaceholderText(
            self.tr("{n} tags are the most a call has").format(n=MOST) if is_full else self.tr("Add a tag")
        )
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), self.heightForWidth(self.width()) if self.hasHeightForWidth() else hint.height())
