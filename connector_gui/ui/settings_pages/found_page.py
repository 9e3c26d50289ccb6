"""What a search in the settings found: a list to choose from, with what was looked for marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QResizeEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from connector_gui.ui.colours import mix
from connector_gui.ui.settings_pages.contents import Hit, page_title, places
from connector_gui.ui.theme import BUTTON_RADIUS, GAP_L, GAP_M, GAP_S, GAP_XL, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import label

_HIT: Final = Qt.ItemDataRole.UserRole
_MAX_LINES: Final = 2

AnyIndex = QModelIndex | QPersistentModelIndex


class FoundPage(QWidget):
    """Hits under a line that counts them; where there are none, what to do."""

    chosen = Signal(object)
    """A `Hit`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(theme, size=TextSize.NAME, semibold=True)
        self.nothing = label(theme, role="muted", wraps=True)
        self.list = QListWidget()
        self.list.setItemDelegate(_HitPainter(theme, self.list))
        set_role(self.list, role="found")
        self.list.setAccessibleName(self.tr("Settings found"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setMouseTracking(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, GAP_L, GAP_L)
        column.setSpacing(GAP_L)
        column.addWidget(self.title)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)

    def show_hits(self, text: str, hits: Sequence[Hit]) -> None:
        """Show what was found for *text*."""
        self.title.setText(self.tr("%n setting(s) found", "", len(hits)) if hits else self.tr("Nothing found"))
        words = self.tr(
            "No setting is called “{text}”. Try another word for it, a part of the word, or the name that it has in "
            "the environment, such as RING_TIMEOUT_S."
        )
        self.nothing.setText(words.format(text=text.strip()[:60]))
        self.nothing.setVisible(not hits)
        self.list.setVisible(bool(hits))
        self.list.clear()
        for hit in hits:
            item = QListWidgetItem(hit.title)
            item.setData(_HIT, hit)
            spoken = f"{page_title(hit.page)}. {hit.sentence}"
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, spoken)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.setAccessibleName(self.title.text())

    def choose_current(self) -> None:
        """Go to the line that is marked, if there is one."""
        item = self.list.currentItem()
        if item is not None:
            self._choose(item)

    def step(self, by: int) -> None:
        """Mark the line *by* lines further down."""
        row = self.list.currentRow() + by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.scheduleDelayedItemsLayout()

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_HIT))


class _HitPainter(QStyledItemDelegate):
    """Title and page in a line, the sentence below it."""

    def __init__(self, theme: Theme, view: QListWidget) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        width = self._view.viewport().width()
        sentence = self._sentence(index.data(_HIT), width - 2 * GAP_M)
        title_px = QFontMetrics(self._title_font).height()
        return QSize(width, GAP_S + title_px + GAP_XS + round(sentence.boundingRect().height()) + GAP_S)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colours, hit = self._theme.colours, index.data(_HIT)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, state)
        place = rect.adjusted(GAP_M, GAP_S, -GAP_M, -GAP_S)
        page, small = page_title(hit.page), self._theme.font(TextSize.LABEL)
        painter.setFont(small)
        painter.setPen(colours.muted)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, page)
        left = place.width() - QFontMetrics(small).horizontalAdvance(page) - GAP_L
        title = self._laid_out(hit.title, hit.words, self._title_font, left, 1, colours.text)
        title.draw(painter, QPointF(place.topLeft()))
        below = QPointF(place.left(), place.top() + QFontMetrics(self._title_font).height() + GAP_XS)
        self._sentence(hit, place.width()).draw(painter, below)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        colours = self._theme.colours
        is_marked = bool(state & QStyle.StateFlag.State_Selected)
        if not is_marked and not state & QStyle.StateFlag.State_MouseOver:
            return
        share = 0.08 if is_marked else 0.04
        ground = colours.surface if colours.is_high_contrast else mix(colours.surface, colours.text, share)
        painter.setPen(QPen(colours.text, 2) if colours.is_high_contrast and is_marked else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), BUTTON_RADIUS, BUTTON_RADIUS)

    @property
    def _title_font(self) -> QFont:
        return self._theme.font(TextSize.BODY, semibold=True)

    def _sentence(self, hit: Hit, width: int) -> QTextLayout:
        font = self._theme.font(TextSize.LABEL)
        return self._laid_out(hit.sentence, hit.words, font, width, _MAX_LINES, self._theme.colours.muted)

    def _laid_out(
        self, text: str, words: Sequence[str], font: QFont, width: int, lines: int, ink: QColor
    ) -> QTextLayout:
        """*text* in at most so many lines, *words* marked in it."""
        metrics = QFontMetrics(font)
        layout = QTextLayout(metrics.elidedText(text, Qt.TextElideMode.ElideRight, width * lines - GAP_XL), font)
        layout.setFormats([self._ink(layout.text(), ink), *self._marks(layout.text(), words)])
        layout.beginLayout()
        height = 0.0
        for _ in range(lines + 1):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout

    @staticmethod
    def _ink(text: str, colour: QColor) -> QTextLayout.FormatRange:
        whole = QTextLayout.FormatRange()
        whole.start, whole.length = 0, len(text)
        look = QTextCharFormat()
        look.setForeground(colour)
        whole.format = look
        return whole

    def _marks(self, text: str, words: Sequence[str]) -> list[QTextLayout.FormatRange]:
        colours, made = self._theme.colours, list[QTextLayout.FormatRange]()
        for start, length in places(text, words):
            mark, look = QTextLayout.FormatRange(), QTextCharFormat()
            look.setForeground(colours.accent)
            look.setFontUnderline(True)
            mark.start, mark.length, mark.format = start, length, look
            made.append(mark)
        return made
