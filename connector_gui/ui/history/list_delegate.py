"""Draws a row of the history: who, what about, how it went, and what there is of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from connector_gui.core.record import CallRecord
from connector_gui.ui import words as desk_words
from connector_gui.ui.colours import Colours, mix, readable
from connector_gui.ui.history import words
from connector_gui.ui.history.list_model import HistoryModel
from connector_gui.ui.history.outcome_signs import paint_sign
from connector_gui.ui.theme import BUTTON_RADIUS, GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme

_SIGN_PX: Final = 16
_DOT_PX: Final = 8
_TEXTS_KEPT: Final = 600


class _Texts:
    """The words of a row, put together once."""

    __slots__ = ("agent", "caller", "marks", "outcome", "record", "time")

    def __init__(self, record: CallRecord) -> None:
        self.record = record
        self.agent = desk_words.agent(record)
        self.caller = words.caller(record)
        self.outcome = words.outcome_line(record)
        self.time = words.time_of_day(record.created_at)
        self.marks = " · ".join(words.marks(record))


class HistoryDelegate(QStyledItemDelegate):
    """Paints rows of a `HistoryModel`; the view asks for their heights."""

    def __init__(self, theme: Theme, model: HistoryModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._texts: dict[str, _Texts] = {}
        self._take_measure()
        theme.changed.connect(self._take_measure)

    def _take_measure(self) -> None:
        theme = self._theme
        self._texts.clear()
        self._bold = theme.font(TextSize.BODY, semibold=True)
        self._label = theme.font(TextSize.LABEL, tabular=True)
        self._label_bold = theme.font(TextSize.LABEL, semibold=True, tabular=True)
        self._bold_metrics, self._label_metrics = QFontMetrics(self._bold), QFontMetrics(self._label)
        self._label_bold_metrics = QFontMetrics(self._label_bold)
        self._sign_px = theme.px(_SIGN_PX)
        self._inks = {False: theme.colours, True: inks_on(theme.colours, selected_ground(theme.colours))}
        lines = self._bold_metrics.height() + self._label_metrics.height() + self._label_bold_metrics.height()
        self.call_px = lines + 2 * GAP_XS + 2 * GAP_S
        self.heading_px = self._label_bold_metrics.height() + GAP_L

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        is_heading = self._model.is_heading(index.row())
        return QSize(option.rect.width(), self.heading_px if is_heading else self.call_px)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        room = QRect(option.rect)
        if self._model.is_heading(index.row()):
            self.paint_heading(painter, room, index.row())
            return
        self._paint_ground(painter, option, room)
        record = self._model.record(index.row())
        if record is None:
            self._paint_placeholder(painter, room)
        else:
            is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
            self._paint_call(painter, room, self._texts_of(record), self._inks[is_selected])

    def paint_heading(self, painter: QPainter, room: QRect, row: int) -> None:
        """The day that *row* belongs to, with the number of its calls."""
        day = self._model.day_at(row)
        if day is None:
            return
        colours = self._theme.colours
        painter.fillRect(room, colours.surface)
        line = room.adjusted(GAP_S, 0, -GAP_M, -GAP_XS)
        below = int(Qt.AlignmentFlag.AlignBottom)
        _write(
            painter, self._label, colours.muted, line, words.count(day.count), below | int(Qt.AlignmentFlag.AlignRight)
        )
        _write(painter, self._label_bold, colours.text, line, self._model.title(row), below)

    # --- inside ----------------------------------------------------------------------------------

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, room: QRect) -> None:
        colours = self._theme.colours
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        card = QRectF(room).adjusted(1, 1, -1, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if is_selected and not colours.is_high_contrast:
            painter.setBrush(selected_ground(colours))
            painter.drawRoundedRect(card, BUTTON_RADIUS, BUTTON_RADIUS)
        elif option.state & QStyle.StateFlag.State_MouseOver and not colours.is_high_contrast:
            painter.setBrush(mix(colours.surface, colours.text, 0.05))
            painter.drawRoundedRect(card, BUTTON_RADIUS, BUTTON_RADIUS)
        if is_selected:
            # A bar besides the tint: colour alone would not do.
            painter.setBrush(colours.accent)
            painter.drawRoundedRect(QRectF(card.left(), card.top() + GAP_S, 3, card.height() - 2 * GAP_S), 1.5, 1.5)
        if has_focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.accent, 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), BUTTON_RADIUS, BUTTON_RADIUS)

    def _paint_placeholder(self, painter: QPainter, room: QRect) -> None:
        """Bars where the words will be."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colours.line)
        left, top = room.left() + GAP_M + self._sign_px + GAP_S, room.top() + GAP_S
        for width, height in ((120, self._bold_metrics.height()), (200, self._label_metrics.height())):
            painter.drawRoundedRect(QRectF(left, top + height * 0.25, width, height * 0.5), 3, 3)
            top += height + GAP_XS

    def _paint_call(self, painter: QPainter, room: QRect, texts: _Texts, colours: Colours) -> None:
        record = texts.record
        role: QColor = getattr(colours, words.ROLES[record.outcome] if record.outcome else "text")
        inner = room.adjusted(GAP_M, GAP_S, -GAP_M, -GAP_S)
        paint_sign(painter, record.outcome, QRectF(inner.left(), inner.top() + 1, self._sign_px, self._sign_px), role)
        left = inner.left() + self._sign_px + GAP_S
        line = QRect(left, inner.top(), inner.right() - left, self._bold_metrics.height())
        taken = self._write_right(painter, self._label, self._label_metrics, colours.muted, line, texts.time)
        if words.is_news(record):
            taken += self._paint_dot(painter, line, taken, role)
        name = self._bold_metrics.elidedText(texts.agent, Qt.TextElideMode.ElideRight, line.width() - taken)
        _write(painter, self._bold, colours.text, line, name)
        line.setRect(left, line.bottom() + 1 + GAP_XS, line.width(), self._label_metrics.height())
        caller = self._label_metrics.elidedText(texts.caller, Qt.TextElideMode.ElideRight, line.width())
        _write(painter, self._label, colours.muted, line, caller)
        line.setRect(left, line.bottom() + 1 + GAP_XS, line.width(), self._label_bold_metrics.height())
        _write(painter, self._label_bold, role, line, texts.outcome)
        if texts.marks:
            free = line.width() - self._label_bold_metrics.horizontalAdvance(texts.outcome) - GAP_M
            marks = self._label_metrics.elidedText(texts.marks, Qt.TextElideMode.ElideRight, free)
            self._write_right(painter, self._label, self._label_metrics, colours.muted, line, marks)

    def _write_right(
        self, painter: QPainter, font: QFont, metrics: QFontMetrics, colour: QColor, line: QRect, text: str
    ) -> int:
        """Write at the end of *line*; return the width taken."""
        alignment = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        _write(painter, font, colour, line, text, alignment)
        return metrics.horizontalAdvance(text) + GAP_M

    def _paint_dot(self, painter: QPainter, line: QRect, taken: int, colour: QColor) -> int:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        top = line.top() + (line.height() - _DOT_PX) / 2
        painter.drawEllipse(QRectF(line.right() - taken - _DOT_PX + GAP_XS, top, _DOT_PX, _DOT_PX))
        return _DOT_PX + GAP_XS

    def _texts_of(self, record: CallRecord) -> _Texts:
        texts = self._texts.get(record.session_id)
        if texts is None or texts.record is not record:
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()
            texts = self._texts[record.session_id] = _Texts(record)
        return texts


def selected_ground(colours: Colours) -> QColor:
    """What a selected call stands on."""
    return colours.surface if colours.is_high_contrast else mix(colours.surface, colours.accent, 0.14)


def inks_on(colours: Colours, ground: QColor) -> Colours:
    """*colours* whose words can be read on *ground* too."""
    roles = {*words.ROLES.values(), "text", "muted"}
    inks: dict[str, Any] = {role: readable(getattr(colours, role), (ground,), colours.text) for role in roles}
    return replace(colours, **inks)


def _write(
    painter: QPainter,
    font: QFont,
    colour: QColor,
    room: QRect,
    text: str,
    alignment: int = int(Qt.AlignmentFlag.AlignVCenter),
) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(room, alignment | int(Qt.TextFlag.TextSingleLine), text)
