"""The conversation as it comes: keeps to its end while the reader is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from connector_gui.core.record import ToolCall, TranscriptEntry
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.transcript_delegate import TranscriptDelegate
from connector_gui.ui.widgets.transcript_model import Index, TranscriptModel

_NEAR_END_PX: Final = 8
_SCROLL_KEYS: Final = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End}
)


class TranscriptView(QListView):
    """A list of turns; scrolls with new ones unless the reader has scrolled up."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = TranscriptModel(self)
        self.setModel(self._rows)
        self._delegate = TranscriptDelegate(theme, self._rows, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Transcript"))
        self.viewport().setAutoFillBackground(False)
        theme.changed.connect(self._restyle)
        self._follows_end = True
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        # The end moves whenever rows are laid out, which the list does when it likes.
        bar.rangeChanged.connect(self._on_range_changed)

    def show_entries(
        self, entries: Sequence[TranscriptEntry], tentative_text: str = "", tools: Sequence[ToolCall] = ()
    ) -> None:
        """Show *entries* and *tools*, and after them what is believed to be being said."""
        self._rows.show_entries(entries, tentative_text, tools)

    @property
    def is_at_end(self) -> bool:
        """Whether the newest turn is in sight."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - _NEAR_END_PX

    def _on_scrolled(self) -> None:
        self._follows_end = self.is_at_end

    def _on_range_changed(self, _first: int, last: int) -> None:
        if self._follows_end:
            self.verticalScrollBar().setValue(last)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by keys; leave all others to the window, whose keys mute and hold."""
        if event.key() in _SCROLL_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._delegate.set_width_px(self.viewport().width())
        super().resizeEvent(event)
        # The list itself reacts to a new height only; in a new width words take other lines.
        if event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # The list would measure all its rows again; a turn that still fits its place needs only paint.
        rows = [self._rows.row(self._rows.index(position)) for position in range(first.row(), last.row() + 1)]
        if any([self._delegate.measure(row) for row in rows]):  # noqa: C419 - all of them must be measured
            super().dataChanged(first, last, list(roles))
        else:
            self.viewport().update()

    def _restyle(self) -> None:
        for position in range(self._rows.rowCount()):
            self._rows.row(self._rows.index(position)).size_for_px = -1
        self.doItemsLayout()
        self.viewport().update()
