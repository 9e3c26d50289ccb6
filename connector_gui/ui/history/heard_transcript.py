"""The transcript of a call that is over: read from its beginning, and in step with the recording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QMouseEvent, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QMenu, QWidget

from connector_gui.core.record import TranscriptEntry
from connector_gui.ui.colours import mix
from connector_gui.ui.theme import CARD_RADIUS, TextSize, Theme
from connector_gui.ui.widgets.transcript_delegate import TranscriptDelegate
from connector_gui.ui.widgets.transcript_model import Row, TranscriptModel
from connector_gui.ui.widgets.transcript_view import TranscriptView

_PLAYS: Final = "▶ "


class HeardTranscript(TranscriptView):
    """Marks the turn that is heard and keeps it in sight; a click on a turn's time asks to play from there."""

    turn_requested = Signal(float)
    """Play from here, in s."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._delegate = self._heard = _HeardDelegate(theme, self._rows, self)
        self.setItemDelegate(self._heard)
        self._entries: tuple[TranscriptEntry, ...] = ()
        self._follows_end = False
        self.setMouseTracking(True)

    def show_call(self, entries: Sequence[TranscriptEntry], *, is_playable: bool, is_other_call: bool) -> None:
        """Show *entries*, for another call from the beginning."""
        self._entries = tuple(entries)
        self._heard.is_playable = is_playable
        self.show_entries(entries)
        if is_other_call:
            self._heard.playing = -1
            self._heard.searched = ""
            self.scrollToTop()
        self._follows_end = False
        self.viewport().update()

    def show_words(self, text: str) -> None:
        """Mark the words that were searched for, and bring the first turn that has one into sight."""
        if text == self._heard.searched:
            return
        self._heard.searched = text
        turn = next((number for number, entry in enumerate(self._entries) if hits(entry.text, text)), None)
        if turn is not None:
            self.scrollTo(self._rows.index(turn), self.ScrollHint.EnsureVisible)
        self.viewport().update()

    def show_position(self, position_s: float, is_playing: bool) -> None:
        """Mark the turn that is heard at *position_s*, and bring it into sight while it plays."""
        turn = turn_at(self._entries, position_s)
        if turn == self._heard.playing:
            return
        self._heard.playing = turn
        if turn >= 0 and is_playing:
            self.scrollTo(self._rows.index(turn), self.ScrollHint.EnsureVisible)
        self.viewport().update()

    @property
    def playing_turn(self) -> int:
        """The position of the turn that is marked; -1 for none."""
        return self._heard.playing

    def heading_rect(self, turn: int) -> QRect:
        """Where the time of *turn* stands."""
        room = self.visualRect(self._rows.index(turn))
        return QRect(room.left(), room.top(), room.width(), self._heard.heading_px)

    def _on_scrolled(self) -> None:
        """The end is nothing special here."""

    def _turn_under(self, point: QPoint) -> int:
        """The turn whose time is at *point*; -1 for none."""
        row = self.indexAt(point).row()
        return row if row >= 0 and self._heard.is_playable and self.heading_rect(row).contains(point) else -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        turn = self._turn_under(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and turn >= 0:
            self.turn_requested.emit(self._entries[turn].at_ms / 1000)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseMove:
            is_over = self._turn_under(event.position().toPoint()) >= 0
            shape = Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy a turn, or the conversation."""
        menu, row = QMenu(self), self.indexAt(event.pos()).row()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row >= 0:
            menu.addAction(self.tr("Copy this turn")).triggered.connect(lambda: self._copy([row]))
        everything = list(range(len(self._entries)))
        menu.addAction(self.tr("Copy the conversation")).triggered.connect(lambda: self._copy(everything))
        menu.popup(event.globalPos())

    def _copy(self, turns: Sequence[int]) -> None:
        rows = [self._rows.row(self._rows.index(turn)) for turn in turns]
        text = "\n".join(self._rows.in_words(row) for row in rows)
        QGuiApplication.clipboard().setText(text)


class _HeardDelegate(TranscriptDelegate):
    """Bubbles with times that can be clicked, and one that is heard.

    Attributes:
        is_playable: There is a recording.
        playing: The turn that is heard; -1 for none.
        searched: Words that are marked where a word begins with one.
    """

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QWidget) -> None:
        super().__init__(theme, model, parent)
        self.is_playable = False
        self.playing = -1
        self.searched = ""

    @property
    def heading_px(self) -> int:
        """How high the line with the time is."""
        return self._measure.heading_px

    def _is_heard(self, row: Row) -> bool:
        return self.playing >= 0 and self._model.row(self._model.index(self.playing)) is row

    def _paint_heading(self, painter: QPainter, row: Row, room: QRectF) -> None:
        if not self.is_playable:
            super()._paint_heading(painter, row, room)
            return
        is_heard = self._is_heard(row)
        painter.setFont(self._theme.font(TextSize.LABEL, semibold=is_heard, tabular=True))
        painter.setPen(self._theme.colours.accent)
        side = Qt.AlignmentFlag.AlignRight if row.is_operator else Qt.AlignmentFlag.AlignLeft
        line = QRectF(room.left() + 2, room.top(), room.width() - 4, self._measure.heading_px)
        text = (_PLAYS if is_heard else "") + self._model.heading(row)
        painter.drawText(line, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _formats(self, row: Row, spoken_length: int) -> list[QTextLayout.FormatRange]:
        ranges = super()._formats(row, spoken_length)
        colours = self._theme.colours
        for start, length in hits(row.text, self.searched):
            hit = QTextLayout.FormatRange()
            hit.start, hit.length = start, length
            hit.format.setForeground(colours.text)
            hit.format.setBackground(mix(colours.raised, colours.ring, 0.3))
            # Not by colour alone.
            hit.format.setFontUnderline(True)
            ranges.append(hit)
        return ranges

    def _paint_bubble(self, painter: QPainter, row: Row, bubble: QRectF) -> None:
        super()._paint_bubble(painter, row, bubble)
        if self._is_heard(row):
            painter.setBrush(QColor(0, 0, 0, 0))
            painter.setPen(QPen(self._theme.colours.accent, 2))
            inner = QRectF(bubble.topLeft() + QPointF(1, 1), bubble.bottomRight() - QPointF(1, 1))
            painter.drawRoundedRect(inner, CARD_RADIUS, CARD_RADIUS)


def hits(text: str, searched: str) -> list[tuple[int, int]]:
    """Where a word of *text* begins with one of the words *searched*: start and length."""
    words = {re.escape(word) for word in searched.split() if any(one.isalnum() for one in word)}
    if not words:
        return []
    # The longest first: of two that begin alike it says more.
    pattern = rf"(?<!\w)(?:{'|'.join(sorted(words, key=len, reverse=True))})"
    return [(found.start(), len(found.group())) for found in re.finditer(pattern, text, re.IGNORECASE)]


def turn_at(entries: Sequence[TranscriptEntry], position_s: float) -> int:
    """The position of the turn that was said last at *position_s*; -1 before the first."""
    begun = [number for number, entry in enumerate(entries) if entry.at_ms <= position_s * 1000]
    return begun[-1] if begun else -1
