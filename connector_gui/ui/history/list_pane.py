"""The left side of the history: what is looked for, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.history import HistoryFilter, HistoryIndex
from connector_gui.ui.history import words
from connector_gui.ui.history.filters import FilterBar
from connector_gui.ui.history.list_model import HistoryModel
from connector_gui.ui.history.list_view import HistoryList
from connector_gui.ui.theme import GAP_S, GAP_XL, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import label


class ListPane(QWidget):
    """Filters, the number of calls, the list; words in place of a list that is empty."""

    pages_wanted = Signal(object)
    """Offsets of the pages that are looked at and not there, the first one first; replaces what was wanted before."""

    def __init__(self, theme: Theme, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = HistoryModel(today, self)
        self.filters = FilterBar(theme, today)
        self.list = HistoryList(theme, self.rows)
        self.count = label(theme, role="muted", size=TextSize.LABEL, tabular=True)
        self.clear = QPushButton(self.tr("Clear filter"))
        self._shown = QStackedWidget()
        self._empty, self.empty_words = _empty(theme, self.tr("No calls yet"))
        self._nothing, self.nothing_words = _empty(theme, self.tr("No call matches"))
        self.clear_from_empty = QPushButton(self.tr("Clear filter"))
        self._asked: tuple[int, ...] = ()
        self._lay_out()
        self.clear.clicked.connect(self.filters.clear)
        self.clear_from_empty.clicked.connect(self.filters.clear)
        self.filters.list_requested.connect(self._go_to_list)
        self.list.looked_at.connect(lambda _first, _last: self._ask(is_new_look=True))

    def _lay_out(self) -> None:
        for button in (self.clear, self.clear_from_empty):
            set_role(button, kind="link")
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        head.addWidget(self.clear)
        self.empty_words.setText(
            self.tr(
                "Calls that the dialer places appear here once they are over. "
                "To see one now, place a practice call from the tray menu."
            )
        )
        self.nothing_words.setText(self.tr("Try fewer words or other days."))
        layout = self._nothing.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(3, self.clear_from_empty, 0, Qt.AlignmentFlag.AlignHCenter)
        for page in (self.list, self._empty, self._nothing):
            self._shown.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.filters)
        column.addLayout(head)
        column.addWidget(self._shown, 1)
        self.clear.hide()

    # --- what is shown -----------------------------------------------------------------------------

    def show_index(self, index: HistoryIndex, *, is_same_question: bool) -> None:
        """Lay the list out; the answer to another question is read from its beginning."""
        self.rows.show_index(index, is_same_question=is_same_question)
        if not is_same_question:
            self.list.verticalScrollBar().setValue(0)
        is_filtered = self.filters.wanted != HistoryFilter()
        self.count.setText(words.count(index.total, index.is_cut) if index.total else "")
        self.clear.setVisible(is_filtered and index.total > 0)
        page = self.list if index.total else self._nothing if is_filtered else self._empty
        self._shown.setCurrentWidget(page)
        self._asked = ()
        self._ask(is_new_look=True)

    @property
    def empty_text(self) -> str:
        """The words in place of the list; empty while there is one."""
        page = self._shown.currentWidget()
        if page is self._empty:
            return self.empty_words.text()
        return self.nothing_words.text() if page is self._nothing else ""

    def ask_again(self) -> None:
        """Pages came in: say what is missing still."""
        self._ask(is_new_look=False)

    def _ask(self, *, is_new_look: bool) -> None:
        first, last = self.list.rows_in_sight
        margin = last - first + 1
        pages = (*self.rows.missing_pages(first, last), *self.rows.missing_pages(first - margin, last + margin))
        pages = tuple(dict.fromkeys(pages))
        if pages and (is_new_look or pages != self._asked):
            self._asked = pages
            self.pages_wanted.emit(pages)

    def _go_to_list(self) -> None:
        if self.rows.total:
            self.list.setFocus()
            if not self.list.selected_ranges:
                self.list.select_first()


def _empty(theme: Theme, title: str) -> tuple[QWidget, QLabel]:
    page = QWidget()
    heading = label(theme, title, size=TextSize.NAME, semibold=True)
    heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    text = label(theme, role="muted", wraps=True)
    text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    column = QVBoxLayout(page)
    column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_XL)
    column.setSpacing(GAP_S)
    column.addStretch(1)
    column.addWidget(heading)
    column.addWidget(text)
    column.addStretch(2)
    return page, text
