"""Draws one turn of a transcript as a bubble: the agent's on the left, the operator's on the right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from connector_gui.core.record import Score
from connector_gui.ui.theme import CARD_RADIUS, GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.widgets.thumbs import draw_thumb
from connector_gui.ui.widgets.transcript_model import Row, TranscriptModel

_WIDEST_SHARE: Final = 0.86
"""A bubble leaves the other side free, so that it is seen whose it is."""
_LINE_SPACING: Final = 1.25
_MARK_WIDTH_PX: Final = 10.0
_THUMB_PX: Final = 14
_THUMB_ROOM_PX: Final = 26
"""Wide enough to be hit."""


class _Measure(NamedTuple):
    """The fonts and heights that every bubble has."""

    heading_px: int
    mark_px: int
    line_px: int
    letter_px: float


class TranscriptDelegate(QStyledItemDelegate):
    """Measures and draws rows of a `TranscriptModel`; the view keeps the heights."""

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._width_px = 0
        self._measures_for = 0
        self._take_measure()
        theme.changed.connect(self._take_measure)

    def _take_measure(self) -> None:
        height = QFontMetrics(self._theme.font(TextSize.LABEL)).height()
        self._font = self._theme.font(TextSize.TRANSCRIPT)
        letters = QFontMetrics(self._font)
        self._measure = _Measure(height + 2, height + GAP_XS, letters.height(), letters.averageCharWidth())
        self._label_font = self._theme.font(TextSize.LABEL, tabular=True)
        self._widest_px = self._theme.transcript_width_px()
        self.set_width_px(self._width_px)

    # --- size ------------------------------------------------------------------------------

    @property
    def width_px(self) -> int:
        """How wide the view is that rows are measured and drawn for."""
        return self._width_px

    def set_width_px(self, width_px: int) -> None:
        """Measure and draw for a view of this width from now on."""
        self._width_px = width_px
        self._measures_for = hash((width_px, self._measure)) or 1

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._width_px, self.measure(self._model.row(index)))

    def is_measured(self, row: Row) -> bool:
        """Whether the height of *row* has been measured, for the present width and fonts."""
        return row.measured_for == self._measures_for

    def measure(self, row: Row) -> int:
        """The height of *row* in px. The first time takes some 0.1 ms: its words are laid into lines."""
        if row.measured_for != self._measures_for:
            row.measured_for = self._measures_for
            if row.tool:
                row.height_px = self._measure.heading_px + GAP_S
            else:
                row.height_px = self._height_px(row, self._layout(row).boundingRect().height())
        return row.height_px

    def guesses(self, rows: Iterable[Row]) -> list[int]:
        """What `measure` says, or will say about, by how long the texts are."""
        now, measure, room_px = self._measures_for, self._measure, self._text_room_px()
        line_px = measure.line_px * _LINE_SPACING
        around_px = self._height_px(None, measure.line_px)
        tool_px = measure.heading_px + GAP_S
        return [
            row.height_px
            if row.measured_for == now
            else tool_px
            if row.tool
            else around_px + round(len(row.entry.text) * measure.letter_px // room_px * line_px)
            for row in rows
        ]

    def _height_px(self, row: Row | None, words_px: float) -> int:
        mark_px = self._measure.mark_px if row is not None and row.entry.interrupted else 0
        return round(self._measure.heading_px + words_px + 2 * GAP_S + GAP_M + mark_px)

    def _text_room_px(self) -> int:
        return max(60, min(self._widest_px, int(self._width_px * _WIDEST_SHARE) - 2 * GAP_M))

    def _layout(self, row: Row) -> QTextLayout:
        """The words of *row* in lines; what was not heard is struck out."""
        # QTextLayout knows only this line separator.
        text = (f"{row.text} {row.lost}" if row.lost else row.text).replace("\n", "\u2028")
        layout = QTextLayout(text, self._font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats(self._formats(row, len(row.text)))
        room, top = self._text_room_px(), 0.0
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
        layout = self._layout(row)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bubble = self._bubble(row, room, layout)
        self._paint_heading(painter, row, room)
        self._paint_rating(painter, row, room)
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
        left = room.right() - width if self._is_right(row) else room.left()
        return QRectF(left, room.top() + self._measure.heading_px, width, height)

    @property
    def _is_mirrored(self) -> bool:
        return QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def _is_right(self, row: Row) -> bool:
        """Whether *row* stands at the right: the operator's do, but where one reads from right to left."""
        return row.is_operator is not self._is_mirrored

    def _thumb_places(self, row: Row, room: QRectF) -> tuple[QRectF, QRectF]:
        """Where the thumbs of *row* stand beside its time, up and down."""
        width = QFontMetrics(self._label_font).horizontalAdvance(self._model.heading(row))
        if self._is_right(row):
            up = QRectF(
                room.right() - width - GAP_S - _THUMB_ROOM_PX, room.top(), _THUMB_ROOM_PX, self._measure.heading_px
            )
            return up, up.translated(-_THUMB_ROOM_PX, 0)
        up = QRectF(room.left() + width + GAP_S, room.top(), _THUMB_ROOM_PX, self._measure.heading_px)
        return up, up.translated(_THUMB_ROOM_PX, 0)

    def _paint_rating(self, painter: QPainter, row: Row, room: QRectF) -> None:
        """The thumb that the operator gave, alone."""
        if row.score:
            self._paint_thumb(painter, self._thumb_places(row, room)[0], row.score, is_chosen=True)

    def _paint_thumb(self, painter: QPainter, room: QRectF, score: Score, *, is_chosen: bool) -> None:
        place = QRectF(0, 0, _THUMB_PX, _THUMB_PX)
        place.moveCenter(room.center())
        colour = self._theme.colours.accent if is_chosen else self._theme.colours.muted
        draw_thumb(painter, place, colour, is_up=score == "like", is_chosen=is_chosen)

    def _paint_heading(self, painter: QPainter, row: Row, room: QRectF) -> None:
        painter.setFont(self._label_font)
        painter.setPen(self._theme.colours.muted)
        side = Qt.AlignmentFlag.AlignRight if self._is_right(row) else Qt.AlignmentFlag.AlignLeft
        line = QRectF(room.left() + 2, room.top(), room.width() - 4, self._measure.heading_px)
        painter.drawText(
            line, int(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter), self._model.heading(row)
        )

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
        painter.setPen(QPen(self._theme.colours.ring, 1.5))
        begin = bubble.right() - GAP_M - _MARK_WIDTH_PX if self._is_mirrored else bubble.left() + GAP_M
        painter.drawLine(QPointF(begin, foot), QPointF(begin + _MARK_WIDTH_PX, foot))
        painter.setFont(self._label_font)
        word = QRectF(bubble.left() + GAP_M, foot - GAP_L / 2, bubble.width() - 2 * GAP_M, GAP_L)
        beside = _MARK_WIDTH_PX + 6
        word.adjust(0 if self._is_mirrored else beside, 0, -beside if self._is_mirrored else 0, 0)
        # Left is where a line begins: Qt turns it around where that is the right.
        painter.drawText(word, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self.tr("interrupted"))


def _ink(colour: QColor, *, is_struck: bool = False) -> QTextCharFormat:
    ink = QTextCharFormat()
    ink.setForeground(colour)
    ink.setFontStrikeOut(is_struck)
    return ink
