"""The transcript of a call that goes on: turns can be chosen, copied and rated, and “now” is one press away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from connector_gui.core.record import Score
from connector_gui.ui.plain_text import one_line, tooltip
from connector_gui.ui.theme import CARD_RADIUS, GAP_S, Theme, set_role
from connector_gui.ui.widgets.transcript_delegate import TranscriptDelegate
from connector_gui.ui.widgets.transcript_model import Row, TranscriptModel
from connector_gui.ui.widgets.transcript_view import TranscriptView

_SCORES: Final[tuple[Score, Score]] = ("like", "dislike")


class LiveTranscript(TranscriptView):
    """Turns with thumbs under the pointer, a selection for the keyboard and the clipboard, a way back to the end."""

    rated = Signal(int, object)
    """The `Row.turn_id` of an agent's turn and its `Score`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._delegate = self._live = _LiveDelegate(theme, self._rows, self)
        self.setItemDelegate(self._live)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.jump = QPushButton(self.tr("↓ Jump to now"), self)
        set_role(self.jump, kind="plain")
        self.jump.setAutoDefault(True)
        self.jump.setToolTip(self.tr("Key: {key}").format(key=self.tr("End")))
        self.jump.clicked.connect(self.jump_to_now)
        self.jump.hide()
        self.verticalScrollBar().rangeChanged.connect(self._show_jump)

    def offer_rating(self, can_rate: bool) -> None:
        """Whether turns can be rated: the agent is there to be told."""
        if can_rate != self._live.can_rate:
            self._live.can_rate = can_rate
            self.viewport().update()

    def jump_to_now(self) -> None:
        """Go to the newest turn, and keep to the end from now on."""
        if self.jump.hasFocus():
            self.setFocus()
        self.scrollToBottom()

    # --- the way back -------------------------------------------------------------------------

    def _on_scrolled(self) -> None:
        super()._on_scrolled()
        self._show_jump()

    def _show_jump(self) -> None:
        self.jump.setVisible(not self._follows_end and not self.is_at_end)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size, room = self.jump.sizeHint(), self.viewport().geometry()
        left = room.center().x() - size.width() // 2
        self.jump.setGeometry(QRect(QPoint(left, room.bottom() - size.height() - GAP_S), size))

    # --- thumbs -------------------------------------------------------------------------------

    def thumb_rect(self, position: int, score: Score) -> QRect:
        """Where the thumb of the turn at *position* stands; empty where it cannot be rated."""
        row = self._rows.row(self._rows.index(position))
        rects = self._live.thumb_rects(row, QRectF(self.visualRect(self._rows.index(position))))
        return rects[_SCORES.index(score)].toRect() if rects else QRect()

    def _thumb_at(self, point: QPoint) -> tuple[int, Score] | None:
        position = self.indexAt(point).row()
        if position < 0:
            return None
        return next(((position, score) for score in _SCORES if self.thumb_rect(position, score).contains(point)), None)

    def rate(self, position: int, score: Score) -> None:
        """Ask for *score* on the turn at *position*, or for none where it has that one already."""
        row = self._rows.row(self._rows.index(position))
        if row.turn_id is not None and self._live.can_rate:
            self.rated.emit(row.turn_id, None if row.score == score else score)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._thumb_at(event.position().toPoint()) is None:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed = self._thumb_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and pressed is not None:
            self.rate(*pressed)
        else:
            super().mouseReleaseEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseMove:
            point = event.position().toPoint()
            self._point_at(self.indexAt(point).row())
            is_over = self._thumb_at(point) is not None
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.ArrowCursor)
        elif event.type() is QEvent.Type.Leave:
            self._point_at(-1)
        elif isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def _point_at(self, position: int) -> None:
        """The pointer is over the row at *position*."""
        before, self._live.pointed = self._live.pointed, position
        if before != position:
            for changed in (before, position):
                self.viewport().update(self.visualRect(self._rows.index(changed)))

    def _tip_at(self, point: QPoint) -> str:
        thumb, position = self._thumb_at(point), self.indexAt(point).row()
        if thumb is not None:
            return self.tr("A good answer") if thumb[1] == "like" else self.tr("A bad answer")
        tool = self._rows.row(self._rows.index(position)).tool if position >= 0 else None
        return tooltip([one_line(tool.detail, 300)]) if tool and tool.detail else ""

    # --- keys and clipboard -------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by turns, choose and copy; leave all others to the window, whose keys mute and hold."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selectAll()
        elif event.key() == Qt.Key.Key_End and not event.modifiers():
            super().keyPressEvent(event)
            self.jump_to_now()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a turn; by the menu key with the one that was chosen."""
        is_by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_key else self.indexAt(event.pos())
        place = self.viewport().mapToGlobal(self.visualRect(index).center()) if is_by_key else event.globalPos()
        menu = self.menu_for(index.row())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def menu_for(self, position: int) -> QMenu:
        """What can be done with the turn at *position*, and with all."""
        menu = QMenu(self)
        if position >= 0:
            menu.addAction(self.tr("&Copy this turn")).triggered.connect(lambda: self.copy([position]))
        if len(self._chosen()) > 1:
            menu.addAction(self.tr("Copy the c&hosen turns")).triggered.connect(lambda: self.copy())
        everything = range(self._rows.rowCount())
        menu.addAction(self.tr("Copy the con&versation")).triggered.connect(lambda: self.copy(everything))
        row = self._rows.row(self._rows.index(position)) if position >= 0 else None
        if row is not None and row.turn_id is not None and self._live.can_rate:
            menu.addSeparator()
            for score, text in zip(_SCORES, (self.tr("A &good answer"), self.tr("A &bad answer")), strict=True):
                entry = menu.addAction(text)
                entry.setCheckable(True)
                entry.setChecked(row.score == score)
                entry.triggered.connect(lambda _checked=False, score=score: self.rate(position, score))
        return menu

    def copy(self, positions: Iterable[int] | None = None) -> None:
        """Put turns into the clipboard, the chosen ones where none are named."""
        rows = [self._rows.row(self._rows.index(one)) for one in (self._chosen() if positions is None else positions)]
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self._rows.in_words(row) for row in rows))

    def _chosen(self) -> list[int]:
        return sorted(index.row() for index in self.selectedIndexes())


class _LiveDelegate(TranscriptDelegate):
    """Bubbles that can be chosen, with thumbs beside the time of the agent's.

    Attributes:
        can_rate: Turns can be rated now.
        pointed: The position of the row under the pointer; -1 for none.
    """

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QWidget) -> None:
        super().__init__(theme, model, parent)
        self.can_rate = False
        self.pointed = -1
        self._painted = -1
        self._is_chosen = False

    def thumb_rects(self, row: Row, room: QRectF) -> tuple[QRectF, QRectF] | None:
        """Where the thumbs of *row* are pressed, up and down; ``None`` where it cannot be rated."""
        if row.turn_id is None or not self.can_rate:
            return None
        return self._thumb_places(row, room)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self._painted = index.row()
        self._is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        super().paint(painter, option, index)
        if self._is_chosen:
            row, room = self._model.row(index), QRectF(option.rect)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colours.accent, 2))
            painter.drawRoundedRect(self._outline(row, room), CARD_RADIUS, CARD_RADIUS)
            painter.restore()

    def _outline(self, row: Row, room: QRectF) -> QRectF:
        if row.tool:
            return room.adjusted(1, 0, -1, -GAP_S + 2)
        return self._bubble(row, room, self._layout(row)).adjusted(1, 1, -1, -1)

    def _paint_rating(self, painter: QPainter, row: Row, room: QRectF) -> None:
        rects = self.thumb_rects(row, room)
        if rects is None:
            super()._paint_rating(painter, row, room)
            return
        is_offered = self._is_chosen or self._painted == self.pointed
        for score, rect in zip(_SCORES, rects, strict=True):
            if row.score == score or is_offered:
                self._paint_thumb(painter, rect, score, is_chosen=row.score == score)
