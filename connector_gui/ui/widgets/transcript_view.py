"""The conversation as it comes: keeps to its end while the reader is there.

A list measures all its rows before it shows one, and again at each that comes: half a second for a long conversation.
Here the places of the rows are our own. Rows that are seen are measured; of all others the height is guessed, and
measured little by little while nothing else happens. What the reader looks at stays where it is meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyleOptionViewItem, QWidget

from connector_gui.core.record import ToolCall, TranscriptEntry
from connector_gui.ui.theme import GAP_XL, Theme
from connector_gui.ui.widgets.row_heights import RowHeights
from connector_gui.ui.widgets.transcript_delegate import TranscriptDelegate
from connector_gui.ui.widgets.transcript_model import Index, Row, TranscriptModel

_NEAR_END_PX: Final = 8
_SCROLL_KEYS: Final = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End}
)
_SLICE_S: Final = 0.003
_PAUSE_MS: Final = 20
"""How long rows that nobody sees are measured at a time, and how long the window has for itself in between."""
_AT_ONCE: Final = 20
"""So many new or changed rows are measured as they come; more wait until they are seen, or their turn comes."""
_ROUNDS: Final = 8
"""What is measured brings more rows into sight, or a scroll bar, which makes all narrower; it comes to an end."""

Anchor = tuple[int, int] | None
"""A row and where it stands in the view, both to be kept; ``None``: the end is kept in sight."""


class TranscriptView(QListView):
    """A list of turns; scrolls with new ones unless the reader has scrolled up."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights = RowHeights()
        self._is_arranging = False
        self._is_restyled = False
        self._follows_end = True
        self._before_removal: Anchor = None
        # Rows from here on have been measured, if not in the present style, then soon.
        self._unmeasured = 0
        self._ahead = QTimer(self)
        self._ahead.setInterval(_PAUSE_MS)
        self._ahead.timeout.connect(self._measure_ahead)
        self._rows = TranscriptModel(self)
        self._delegate = TranscriptDelegate(theme, self._rows, self)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self._rows.rowsRemoved.connect(self._on_removed)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Transcript"))
        self.viewport().setAutoFillBackground(False)
        theme.changed.connect(self._restyle)

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

    # --- places --------------------------------------------------------------------------------

    def _row(self, number: int) -> Row:
        return self._rows.row(self._rows.index(number))

    def _room_px(self) -> int:
        return self.viewport().height()

    def _anchor(self) -> Anchor:
        """What is to stay where it is: the first row in sight whose height is known, as it was looked at before."""
        if self._follows_end or not len(self._heights):
            return None
        top = self.verticalScrollBar().value()
        first = max(0, self._heights.row_at(top))
        place = self._heights.top(first) - top
        row, y = first, place
        while row < len(self._heights) and y < self._room_px():
            if self._delegate.is_measured(self._row(row)):
                return row, y
            y += self._heights[row]
            row += 1
        return first, place

    def _arrange(self, anchor: Anchor) -> None:
        """Measure what is seen around *anchor*, and let it stand where it stood."""
        if self._is_arranging:
            return
        self._is_arranging = True
        try:
            for _ in range(_ROUNDS):
                grown = self._measure_in_sight(anchor)
                self.updateGeometries()
                bar = self.verticalScrollBar()
                bar.setValue(bar.maximum() if anchor is None else self._heights.top(anchor[0]) - anchor[1])
                if not grown and not self._has_new_width():
                    break
        finally:
            self._is_arranging = False
        self.viewport().update()

    def _measure_in_sight(self, anchor: Anchor) -> bool:
        """Whether a row there had another height than was believed."""
        count, room = len(self._heights), self._room_px()
        if anchor is None:
            top = max(0, self._heights.total - room)
        else:
            row, y = anchor
            self._measure_row(row)
            # Of the row that was looked at something stays in sight, however its height has changed.
            top = min(self._heights.top(row) - max(y, 1 - self._heights[row]), max(0, self._heights.total - room))
        row, has_grown = max(0, self._heights.row_at(max(0, top))), False
        while row < count and self._heights.top(row) < top + room:
            has_grown |= self._measure_row(row) != 0
            row += 1
        return has_grown

    def _measure_row(self, number: int) -> int:
        """Have the true height of a row; by how much it differs from what was believed."""
        row = self._row(number)
        return 0 if self._delegate.is_measured(row) else self._heights.change(number, self._delegate.measure(row))

    def _has_new_width(self) -> bool:
        """Take the width that the view has now; whether it is another one."""
        width_px = self.viewport().width()
        if width_px == self._delegate.width_px and not self._is_restyled:
            return False
        self._delegate.set_width_px(width_px)
        self._is_restyled = False
        self._guess_from(0)
        return True

    def _guess_from(self, first: int) -> None:
        """Rows from *first* on are new."""
        count = self._rows.rowCount()
        self._heights.cut(first)
        rows = self._rows.rows_from(first)
        if len(rows) <= _AT_ONCE:
            self._heights.extend(self._delegate.measure(row) for row in rows)
            self._unmeasured = min(self._unmeasured, count)
        else:
            self._heights.extend(self._delegate.guesses(rows))
            self._unmeasured = count
            self._mind_the_rest()

    def _mind_the_rest(self) -> None:
        """Measure on while the view is seen and there is something to measure."""
        if not self._unmeasured or not self.isVisible():
            self._ahead.stop()
        elif not self._ahead.isActive():
            self._ahead.start()

    def _measure_ahead(self) -> None:
        anchor, until_s = self._anchor(), time.monotonic() + _SLICE_S
        has_grown = False
        while self._unmeasured and time.monotonic() < until_s:
            self._unmeasured -= 1
            has_grown |= self._measure_row(self._unmeasured) != 0
        if has_grown:
            self._arrange(anchor)
        self._mind_the_rest()

    # --- what the model tells ------------------------------------------------------------------

    def rowsInserted(self, parent: Index, first: int, last: int) -> None:
        del parent, last
        anchor = self._anchor()
        self._guess_from(first)
        self._arrange(anchor)

    def rowsAboutToBeRemoved(self, parent: Index, first: int, last: int) -> None:
        self._before_removal = self._anchor()
        # Not the list's own, which would lay out all rows.
        QAbstractItemView.rowsAboutToBeRemoved(self, parent, first, last)

    def _on_removed(self, _parent: QModelIndex, first: int) -> None:
        anchor = self._before_removal
        self._guess_from(first)
        self._unmeasured = min(self._unmeasured, first)
        self._arrange(anchor if anchor is None or anchor[0] < len(self._heights) else None)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        anchor, count, has_grown = self._anchor(), last.row() - first.row() + 1, False
        for number in range(first.row(), last.row() + 1):
            if count <= _AT_ONCE:
                has_grown |= self._measure_row(number) != 0
        if count > _AT_ONCE:
            self._unmeasured = max(self._unmeasured, last.row() + 1)
            self._mind_the_rest()
        QAbstractItemView.dataChanged(self, first, last, list(roles))
        if has_grown or count > _AT_ONCE:
            self._arrange(anchor)

    def _restyle(self) -> None:
        """All rows look different; they may have other heights, too."""
        self._is_restyled = True
        # The delegate hears of it at the same time, and possibly after us.
        self.scheduleDelayedItemsLayout()

    # --- what a list is asked ------------------------------------------------------------------

    def doItemsLayout(self) -> None:
        anchor = self._anchor()
        self._has_new_width()
        QAbstractItemView.doItemsLayout(self)
        self._arrange(anchor)

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(GAP_XL)
        bar.setPageStep(self._room_px())
        bar.setRange(0, max(0, self._heights.total - self._room_px()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor = self._anchor()
        super().resizeEvent(event)
        if not self._is_arranging:
            self._has_new_width()
            self._arrange(anchor)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        del dx, dy
        if not self._is_arranging:
            self._on_scrolled()
            self._arrange(self._anchor())
        self.viewport().update()

    def visualRect(self, index: Index) -> QRect:
        row = index.row()
        if not 0 <= row < len(self._heights):
            return QRect()
        top = self._heights.top(row) - self.verticalScrollBar().value()
        return QRect(0, top, self.viewport().width(), self._heights[row])

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._heights.row_at(point.y() + self.verticalScrollBar().value())
        return self._rows.index(row) if row >= 0 else QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        row = index.row()
        if not 0 <= row < len(self._heights):
            return
        self._measure_row(row)
        place, y = self.visualRect(index), None
        spare = self._room_px() - place.height()
        if hint is self.ScrollHint.PositionAtCenter:
            y = spare // 2
        elif hint is self.ScrollHint.PositionAtTop or (place.top() < 0 and hint is self.ScrollHint.EnsureVisible):
            y = 0
        elif hint is self.ScrollHint.PositionAtBottom or place.bottom() >= self._room_px():
            # Of one that is higher than the view its beginning.
            y = max(0, spare) if hint is self.ScrollHint.EnsureVisible else spare
        if y is not None:
            self._arrange((row, y))
            self._on_scrolled()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        del modifiers
        count, actions = len(self._heights), QAbstractItemView.CursorAction
        if not count:
            return QModelIndex()
        current = self.currentIndex().row()
        if current < 0:
            # The keyboard begins where the eyes are.
            seen = self.indexAt(QPoint(0, self._room_px() - 1)).row()
            return self._rows.index(seen if seen >= 0 else count - 1)
        page_px = self._room_px()
        row = {
            actions.MoveUp: current - 1,
            actions.MovePrevious: current - 1,
            actions.MoveDown: current + 1,
            actions.MoveNext: current + 1,
            actions.MoveHome: 0,
            actions.MoveEnd: count - 1,
            actions.MovePageUp: min(current - 1, self._row_near(self._heights.top(current) - page_px)),
            actions.MovePageDown: max(current + 1, self._row_near(self._heights.top(current) + page_px)),
        }.get(action, current)
        return self._rows.index(min(count - 1, max(0, row)))

    def _row_near(self, place: int) -> int:
        return self._heights.row_at(min(max(0, place), self._heights.total - 1))

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        place, top = rect.normalized(), self.verticalScrollBar().value()
        chosen = QItemSelection()
        if len(self._heights) and place.top() + top < self._heights.total:
            first, last = self._row_near(place.top() + top), self._row_near(place.bottom() + top)
            chosen.select(self._rows.index(first), self._rows.index(last))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for number in range(selection.count()):
            part = selection.at(number)
            first, last = self.visualRect(part.topLeft()), self.visualRect(part.bottomRight())
            region += first.united(last).intersected(self.viewport().rect())
        return region

    # --- picture and keys ----------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        top, painter = self.verticalScrollBar().value(), QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain, states = option.state, QStyle.StateFlag
        row = max(0, self._heights.row_at(top + max(0, event.rect().top())))
        while row < len(self._heights):
            index = self._rows.index(row)
            place = self.visualRect(index)
            if place.top() > event.rect().bottom():
                break
            option.rect = place
            option.state = plain & ~states.State_MouseOver & ~states.State_HasFocus
            if self.selectionModel().isSelected(index):
                option.state |= states.State_Selected
            self._delegate.paint(painter, option, index)
            row += 1
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by keys; leave all others to the window, whose keys mute and hold."""
        if event.key() in _SCROLL_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._mind_the_rest()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._mind_the_rest()
