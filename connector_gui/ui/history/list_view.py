"""The list of calls: any length, laid out by arithmetic.

Qt's own lists ask the model for every row to lay out one. Here days and calls have two fixed heights, so a
place on the screen is a sum, and 100,000 calls cost as much as ten. It stays a `QListView` because
that is what screen readers know as a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyleOptionViewItem, QWidget

from connector_gui.ui.history.list_delegate import HistoryDelegate
from connector_gui.ui.history.list_model import HistoryModel, Index, Place
from connector_gui.ui.theme import Theme

LOOK_MS: Final = 30
"""How often at most the rows in sight are told while the list moves."""
WALKING_KEYS: Final = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down})
CHOOSING_KEYS: Final = WALKING_KEYS | {Qt.Key.Key_Home, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class HistoryList(QListView):
    """Shows a `HistoryModel`; the day of the topmost call stays in sight."""

    looked_at = Signal(int, int)
    """The first and the last row in sight, a moment after they came there."""
    selection_settled = Signal()
    """Other calls are selected than before."""
    deletion_requested = Signal()
    opening_requested = Signal()
    """Return, or a double click: go on to the call's page."""

    def __init__(self, theme: Theme, rows: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._painter = HistoryDelegate(theme, rows, self)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._tell_rows)
        self._anchor: tuple[Place, int] | None = None
        self.setItemDelegate(self._painter)
        self.setModel(rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Calls"))
        self.doubleClicked.connect(lambda _index: self.opening_requested.emit())
        theme.changed.connect(self.scheduleDelayedItemsLayout)
        for about_to in (rows.rowsAboutToBeInserted, rows.rowsAboutToBeRemoved, rows.modelAboutToBeReset):
            about_to.connect(self._note_anchor)
        rows.rowsInserted.connect(self._return_to_anchor)
        rows.rowsRemoved.connect(self._return_to_anchor)
        rows.modelReset.connect(self._return_to_anchor)

    # --- what is selected --------------------------------------------------------------------------

    @property
    def selected_row(self) -> int | None:
        """The one call that is selected; ``None`` for none and for several."""
        ranges = self.selected_ranges
        return ranges[0][0] if len(ranges) == 1 and ranges[0][0] == ranges[0][1] else None

    @property
    def selected_ranges(self) -> list[tuple[int, int]]:
        """First and last rows of what is selected, headings in between included."""
        selection = self.selectionModel().selection()
        ranges = (selection.at(number) for number in range(selection.count()))
        return sorted((one.top(), one.bottom()) for one in ranges if one.isValid())

    def select_row(self, row: int) -> None:
        """Select this call alone, and bring it into sight."""
        index = self._rows.index(row)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def select_first(self) -> None:
        """Select the newest call, if there is one."""
        if self._rows.total:
            self.select_row(1)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selection_settled.emit()

    # --- arithmetic --------------------------------------------------------------------------------

    def top_of(self, row: int) -> int:
        """Where *row* begins, in px from the top of the list."""
        headings = self._rows.headings_before(row)
        return headings * self._painter.heading_px + (row - headings) * self._painter.call_px

    def row_at(self, y: int) -> int:
        """The row at *y* px from the top of the list; may be past the last one."""
        low, high = 0, self._rows.rowCount()
        while low < high:
            middle = (low + high) // 2
            if self.top_of(middle + 1) <= y:
                low = middle + 1
            else:
                high = middle
        return low

    def _height_of(self, row: int) -> int:
        return self._painter.heading_px if self._rows.is_heading(row) else self._painter.call_px

    @property
    def rows_in_sight(self) -> tuple[int, int]:
        """The first and the last row that can be seen."""
        top = self.verticalOffset()
        last = self.row_at(top + self.viewport().height() - 1)
        return self.row_at(top), min(last, self._rows.rowCount() - 1)

    # --- what Qt asks of a view --------------------------------------------------------------------

    def doItemsLayout(self) -> None:
        self.updateGeometries()
        self.viewport().update()
        self._look.start()

    def updateGeometries(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self.top_of(self._rows.rowCount()) - height))
        bar.setPageStep(max(1, height - self._painter.heading_px - self._painter.call_px // 2))
        bar.setSingleStep(self._painter.call_px)
        self.horizontalScrollBar().setRange(0, 0)

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        top = self.top_of(index.row()) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self._height_of(index.row()))

    def indexAt(self, point: QPoint) -> QModelIndex:
        if self._rows.rowCount() and point.y() < self._painter.heading_px and self.verticalOffset() > 0:
            return QModelIndex()  # the day that stays in sight covers what is below it
        row = self.row_at(point.y() + self.verticalOffset())
        return self._rows.index(row) if 0 <= row < self._rows.rowCount() else QModelIndex()

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        return 0

    def isIndexHidden(self, _index: Index) -> bool:
        return False

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        self.viewport().update()
        if not self._look.isActive():
            self._look.start()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        bar, height = self.verticalScrollBar(), self.viewport().height()
        top, bottom = self.top_of(index.row()), self.top_of(index.row() + 1)
        if hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue((top + bottom - height) // 2)
        elif top - self._painter.heading_px < bar.value():
            bar.setValue(top - self._painter.heading_px)
        elif bottom > bar.value() + height:
            bar.setValue(bottom - height)

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        row, last = self.currentIndex().row(), self._rows.rowCount() - 1
        if last < 0:
            return QModelIndex()
        move = QAbstractItemView.CursorAction
        page = max(1, self.viewport().height() // self._painter.call_px - 1)
        steps = {
            move.MoveUp: -1, move.MovePrevious: -1, move.MoveDown: 1, move.MoveNext: 1,
            move.MovePageUp: -page, move.MovePageDown: page, move.MoveHome: -last - 1, move.MoveEnd: last + 1,
        }  # fmt: skip
        step = steps.get(action, 0)
        wanted = 1 if row < 0 else max(1, min(last, row + step))
        if self._rows.is_heading(wanted):
            wanted += 1 if step > 0 or wanted <= 1 else -1
        return self._rows.index(wanted)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        top = self.verticalOffset()
        first, last = self.row_at(rect.top() + top), self.row_at(rect.bottom() + top)
        last = min(last, self._rows.rowCount() - 1)
        chosen = QItemSelection()
        if 0 <= first <= last and not (first == last and self._rows.is_heading(first)):
            chosen.select(self._rows.index(first), self._rows.index(last))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect()) if not selection.isEmpty() else QRegion()

    def dataChanged(self, _first: Index, _last: Index, _roles: Sequence[int] = ()) -> None:
        self.viewport().update()

    def rowsInserted(self, parent: Index, first: int, last: int) -> None:
        QAbstractItemView.rowsInserted(self, parent, first, last)
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.doItemsLayout()

    # --- picture -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        for row, room in self._rooms(event.rect()):
            index = self._rows.index(row)
            option.rect = room
            option.state = self._state_of(index, room)
            self._painter.paint(painter, option, index)
        self._paint_day_in_sight(painter)

    def _rooms(self, area: QRect) -> Iterator[tuple[int, QRect]]:
        offset = self.verticalOffset()
        row = self.row_at(area.top() + offset)
        top = self.top_of(row) - offset
        while row < self._rows.rowCount() and top <= area.bottom():
            height = self._height_of(row)
            yield row, QRect(0, top, self.viewport().width(), height)
            row, top = row + 1, top + height

    def _state_of(self, index: QModelIndex, room: QRect) -> QStyle.StateFlag:
        state = QStyle.StateFlag.State_Enabled
        if self.selectionModel().isSelected(index):
            state |= QStyle.StateFlag.State_Selected
        if self.hasFocus() and index == self.currentIndex():
            state |= QStyle.StateFlag.State_HasFocus
        if self.viewport().underMouse() and room.contains(self.viewport().mapFromGlobal(self.cursor().pos())):
            state |= QStyle.StateFlag.State_MouseOver
        return state

    def _paint_day_in_sight(self, painter: QPainter) -> None:
        """The day of the topmost call, pushed up by the next one."""
        first = self.row_at(self.verticalOffset())
        if not 0 <= first < self._rows.rowCount():
            return
        height = self._painter.heading_px
        room = QRect(0, 0, self.viewport().width(), height)
        below = self.row_at(self.verticalOffset() + height)
        if below != first and below < self._rows.rowCount() and self._rows.is_heading(below):
            room.moveTop(min(0, self.top_of(below) - self.verticalOffset() - height))
        self._painter.paint_heading(painter, room, first)

    # --- what comes and goes -----------------------------------------------------------------------

    def _note_anchor(self) -> None:
        """Remember the topmost call; at the very top there is none, so that new calls come into sight."""
        self._anchor = None
        offset = self.verticalOffset()
        row = self.row_at(offset)
        place = self._rows.place(row) or self._rows.place(row + 1)
        if offset > 0 and place is not None:
            kept = self._rows.row_of_place(place)
            self._anchor = (place, offset - self.top_of(kept if kept is not None else row))

    def _return_to_anchor(self) -> None:
        # Before Qt's own layout, which comes later and would cut the place short.
        self.updateGeometries()
        if self._anchor is None:
            return
        place, below = self._anchor
        row = self._rows.row_of_place(place)
        if row is not None:
            self.verticalScrollBar().setValue(self.top_of(row) + below)

    def _tell_rows(self) -> None:
        self.looked_at.emit(*self.rows_in_sight)

    # --- keys --------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentIndex()
        if event.key() in CHOOSING_KEYS and not event.modifiers() and current.isValid() and not self.selected_ranges:
            # Qt gives a list that gets the focus a current call, which is not selected: the key means that one.
            self.select_row(current.row())
            if event.key() in WALKING_KEYS:
                return
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace if self.selected_ranges:
                self.deletion_requested.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opening_requested.emit()
            case Qt.Key.Key_Space:
                event.ignore()  # plays the recording
            case _:
                super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.HoverMove, QEvent.Type.HoverLeave}:
            self.viewport().update()
        return super().viewportEvent(event)
