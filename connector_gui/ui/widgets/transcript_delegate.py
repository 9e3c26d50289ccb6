"""Draws one turn of a transcript as a bubble: the agent's on the left, the operator's on the right."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from connector_gui.ui.theme import CARD_RADIUS, GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.widgets.transcript_model import Row, TranscriptModel

_WIDEST_SHARE: Final = 0.86
"""A bubble leaves the other side free, so that it is seen whose it is."""
_LINE_SPACING: Final = 1.25
_MARK_WIDTH_PX: Final = 10.0


class _Measure(NamedTuple):
    """The fonts and heights that every bubble has."""

    heading_px: int
    mark_px: int


class TranscriptDelegate(QStyledItemDelegate):
    """Measures and draws rows of a `TranscriptModel`; sizes are kept in the rows themselves."""

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._width_px = 0
        self._take_measure()
        theme.changed.connect(self._take_measure)

    def _take_measure(self) -> None:
        height = QFontMetrics(self._theme.font(TextSize.LABEL)).height()
        self._measure = _Measure(heading_px=height + 2, mark_px=height + GAP_XS)
        self._font = self._theme.font(TextSize.TRANSCRIPT)
        self._label_font = self._theme.font(TextSize.LABEL, tabular=True)
        self._widest_px = self._theme.transcript_width_px()

    # --- size ------------------------------------------------------------------------------

    def set_width_px(self, width_px: int) -> None:
        """Measure and draw for a view of this width from now on."""
        self._width_px = width_px

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        # Asked for every row at every change of any: the kept size must be all it takes.
        row = self._model.row(index)
        if row.size_for_px != self._width_px:
            self.measure(row)
        return row.size

    def measure(self, row: Row) -> bool:
        """Take the size of *row* for the present width; return whether it is another than before."""
        if row.tool:
            return self._measure_tool(row)
        layout, before = self._layout(row, self._width_px), row.size
        height = self._measure.heading_px + layout.boundingRect().height() + 2 * GAP_S + GAP_M
        if row.entry.interrupted:
            height += self._measure.mark_px
        row.size, row.size_for_px = QSize(self._width_px, round(height)), self._width_px
        return row.size != before

    def _measure_tool(self, row: Row) -> bool:
        before = row.size
        row.size, row.size_for_px = QSize(self._width_px, self._measure.heading_px + GAP_S), self._width_px
        return row.size != before

    def _text_room_px(self, width_px: int) -> int:
        return max(60, min(self._widest_px, int(width_px * _WIDEST_SHARE) - 2 * GAP_M))

    def _layout(self, row: Row, width_px: int) -> QTextLayout:
        """The words of *row* in lines; what was not heard is struck out."""
        # QTextLayout knows only this line separator.
        text = (f"{row.text} {row.lost}" if row.lost else row.text).replace("\n", "\u2028")
        layout = QTextLayout(text, self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats(self._formats(row, len(row.text)))
        room, top = self._text_room_px(width_px), 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(room)
            line.setPosition(QPointF(0, top))
            top += line.height() * _LINE_SPACING
        layout.endLayout()
        return layout

    def _formats(self, row: Row, spoken_length: int) -> list[QTextLayout.FormatRange]:
        colours = self._theme.colours
        spoken = QTextLayout.FormatRange()
        spoken.start, spoken.length = 0, spoken_length
        spoken.format = _ink(colours.muted if row.is_tentative else colours.text)
        if not row.lost:
            return [spoken]
        lost = QTextLayout.FormatRange()
        lost.start, lost.length = spoken_length, len(row.lost) + 1
        lost.format = _ink(colours.muted, is_struck=True)
        return [spoken, lost]

    # --- picture ---------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._model.row(index)
        room = QRectF(option.rect)
        if row.tool:
            self._paint_tool(painter, row, room)
            return
        # For the width it has a place for, which a scroll bar may be about to change.
        layout = self._layout(row, row.size_for_px)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bubble = self._bubble(row, room, layout)
        self._paint_heading(painter, row, room)
        self._paint_bubble(painter, row, bubble)
        layout.draw(painter, bubble.topLeft() + QPointF(GAP_M, GAP_S))
        if row.entry.interrupted:
            self._paint_mark(painter, bubble)
        painter.restore()

    def _bubble(self, row: Row, room: QRectF, layout: QTextLayout) -> QRectF:
        lines = [layout.lineAt(number).naturalTextWidth() for number in range(layout.lineCount())]
        width = max(lines, default=0.0) + 2 * GAP_M + 1
        height = layout.boundingRect().height() + 2 * GAP_S
        if row.entry.interrupted:
            height += self._measure.mark_px
            width = max(width, QFontMetrics(self._label_font).horizontalAdvance(self.tr("interrupted")) + 48.0)
        left = room.right() - width if row.is_operator else room.left()
        return QRectF(left, room.top() + self._measure.heading_px, width, height)

    def _paint_heading(self, painter: QPainter, row: Row, room: QRectF) -> None:
        painter.setFont(self._label_font)
        painter.setPen(self._theme.colours.muted)
        side = Qt.AlignmentFlag.AlignRight if row.is_operator else Qt.AlignmentFlag.AlignLeft
        line = QRectF(room.left() + 2, room.top(), room.width() - 4, self._measure.heading_px)
        painter.drawText(line, int(side | Qt.AlignmentFlag.AlignVCenter), self._model.heading(row))

    def _paint_tool(self, painter: QPainter, row: Row, room: QRectF) -> None:
        """One line in the middle, where neither side speaks; a question that stands in the colour of such."""
        assert row.tool is not None
        colours = self._theme.colours
        inks = {"asked": colours.ring, "failed": colours.error, "refused": colours.error}
        painter.setFont(self._label_font)
        painter.setPen(inks.get(row.tool.state, colours.muted))
        text = f"{self._model.heading(row)} · {row.text}"
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(room.width()) - GAP_L)
        line = QRectF(room.left(), room.top(), room.width(), self._measure.heading_px)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), cut)

    def _paint_bubble(self, painter: QPainter, row: Row, bubble: QRectF) -> None:
        colours = self._theme.colours
        painter.setBrush(colours.bubble_operator if row.is_operator else colours.bubble_agent)
        painter.setPen(Qt.PenStyle.NoPen)
        if row.is_tentative or colours.is_high_contrast:
            style = Qt.PenStyle.DashLine if row.is_tentative else Qt.PenStyle.SolidLine
            painter.setPen(QPen(colours.line, 1, style))
            bubble = bubble.adjusted(0.5, 0.5, -0.5, -0.5)
        if row.is_tentative:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(bubble, CARD_RADIUS, CARD_RADIUS)

    def _paint_mark(self, painter: QPainter, bubble: QRectF) -> None:
        """A cut line and the word, at the foot of the bubble."""
        foot = bubble.bottom() - GAP_S - self._measure.mark_px / 2 + 2
        left = bubble.left() + GAP_M
        painter.setPen(QPen(self._theme.colours.ring, 1.5))
        painter.drawLine(QPointF(left, foot), QPointF(left + _MARK_WIDTH_PX, foot))
        painter.setFont(self._label_font)
        line = QRectF(left + _MARK_WIDTH_PX + 6, foot - GAP_L / 2, bubble.width(), GAP_L)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), self.tr("interrupted"))


def _ink(colour: QColor, *, is_struck: bool = False) -> QTextCharFormat:
    ink = QTextCharFormat()
    ink.setForeground(colour)
    ink.setFontStrikeOut(is_struck)
    return ink
