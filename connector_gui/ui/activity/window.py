"""Webhook activity: what callers sent, the newest on top, and why it did or did not ring.

It holds no service. What the operator wants leaves it by signals; what holds comes in by `show_…`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFontMetrics,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QMoveEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from connector_gui.core.activity import Activity
from connector_gui.ui.activity import words
from connector_gui.ui.activity.details import RequestDetails
from connector_gui.ui.activity.list_model import ANSWER, KEY, REQUEST, SIGN_PX, TIME, RequestModel
from connector_gui.ui.activity.style import activity_style
from connector_gui.ui.first_size import fit_screen
from connector_gui.ui.icon import app_icon
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XL, WINDOW_PADDING, TextSize, Theme, set_role
from connector_gui.ui.translation import shown, tr
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.text import label

DEFAULT_SIZE: Final = (1080, 640)
LIST_WIDTH: Final = 600
SETTLE_MS: Final = 500
"""A window that is being moved is not remembered at every step."""
TOLD_MS: Final = 10_000
NOWHERE: Final = "http://127.0.0.1:8000"
"""Stands in commands while the webhook does not listen."""


class ActivityWindow(QWidget):
    """Shows the last requests; closing hides it.

    Signals:
        opened: It came to the screen: `show_activity` is wanted now, and while it is there.
        left: It went from the screen.
        test_requested: Try the webhook out; answered by `show_test`.
        geometry_changed: Where it stands, to be remembered for `restore`.
    """

    opened = Signal()
    left = Signal()
    test_requested = Signal()
    geometry_changed = Signal(QRect)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._activity = Activity()
        self._base_url = NOWHERE
        self.setWindowTitle(self.tr("Webhook activity"))
        self.setWindowIcon(app_icon())
        # The sheet first, and each part made where it will stand: else it is dressed again down to its last label.
        self.setStyleSheet(activity_style(theme.colours))
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._left, self._side = QStackedWidget(self._splitter), QStackedWidget(self._splitter)
        self.only_refused = QCheckBox(self.tr("&Refused only"))
        self.count = label(theme, role="muted", size=TextSize.LABEL, tabular=True)
        self.test = QPushButton(self.tr("&Test the webhook"))
        self.told, self.failed = Banner("banner", parent=self), Banner("warning", parent=self)
        self.rows = RequestModel(theme, self)
        self.list = QTreeView(self._left)
        self.details = RequestDetails(theme, self._side)
        self.empty = label(theme, role="muted", wraps=True)
        self.none_chosen = label(theme, self.tr("Choose a request to see why."), role="muted", wraps=True)
        self.strangers = label(theme, role="muted", size=TextSize.LABEL, wraps=True)
        self._settle, self._told_timer = self._timer(SETTLE_MS), self._timer(TOLD_MS)
        self._set_up_list()
        self._lay_out()
        self._join()
        self._show()

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        return timer

    # --- making ------------------------------------------------------------------------------------

    def _set_up_list(self) -> None:
        view, header = self.list, self.list.header()
        view.setModel(self.rows)
        view.setAccessibleName(self.tr("Requests"))
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setItemsExpandable(False)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setTabKeyNavigation(False)
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(REQUEST, QHeaderView.ResizeMode.Stretch)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setIconSize(QSize(SIGN_PX, SIGN_PX))
        view.setObjectName("requests")
        self._theme.changed.connect(self._dress)
        self._measure()

    def _dress(self) -> None:
        self.setStyleSheet(activity_style(self._theme.colours))
        self._measure()

    def _measure(self) -> None:
        """Give the columns the room that their words take."""
        metrics = QFontMetrics(self._theme.font())
        for column, widest in ((TIME, "00:00:00"), (ANSWER, tr("Call placed") + " · 000"), (KEY, "n" * 10)):
            sign_px = SIGN_PX + GAP_S if column == ANSWER else 0
            self.list.header().resizeSection(column, metrics.horizontalAdvance(widest) + sign_px + GAP_XL)

    def _lay_out(self) -> None:
        set_role(self.test, kind="plain")
        for words_alone in (self.empty, self.none_chosen):
            words_alone.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words_alone.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_XL)
        head = QHBoxLayout()
        head.setSpacing(GAP_L)
        head.addWidget(self.only_refused)
        head.addWidget(self.count, 1)
        head.addWidget(self.test)
        self._left.addWidget(self.list)
        self._left.addWidget(self.empty)
        self._side.addWidget(self.none_chosen)
        self._side.addWidget(self.details)
        self._left.setMinimumWidth(380)
        self._side.setMinimumWidth(300)
        splitter = self._splitter
        splitter.addWidget(self._left)
        splitter.addWidget(self._side)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GAP_S)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([LIST_WIDTH, DEFAULT_SIZE[0] - LIST_WIDTH])
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_M)
        column.addLayout(head)
        column.addWidget(self.told)
        column.addWidget(self.failed)
        column.addWidget(splitter, 1)
        column.addWidget(self.strangers)
        self.resize(*DEFAULT_SIZE)

    def _join(self) -> None:
        self.only_refused.toggled.connect(lambda _on: self._show())
        self.test.clicked.connect(self.test_requested)
        self.list.selectionModel().currentRowChanged.connect(self._on_current)
        self.list.activated.connect(lambda _index: self.details.command.lines.setFocus())
        self._told_timer.timeout.connect(lambda: self.told.show_text(""))
        self._settle.timeout.connect(lambda: self.geometry_changed.emit(self.geometry()))
        close = QShortcut(self)
        close.setKeys([*QKeySequence.keyBindings(QKeySequence.StandardKey.Close), QKeySequence("Esc")])
        close.activated.connect(self.close)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.list)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy_command)

    # --- what is shown -----------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front."""
        if self.isMinimized():
            self.showNormal()
        fit_screen(self)
        self.show()
        self.raise_()
        self.activateWindow()
        self.list.setFocus()
        self.opened.emit()

    def restore(self, place: QRect) -> None:
        """Stand where `geometry_changed` said last."""
        self.setGeometry(place)

    def show_address(self, base_url: str | None) -> None:
        """Commands go to *base_url*; ``None`` while the webhook does not listen."""
        self._base_url = base_url or NOWHERE
        self._show_chosen()

    def show_activity(self, activity: Activity) -> None:
        """Show what came; what is selected stays so."""
        self._activity = activity
        self._show()

    def show_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test; answers `test_requested`."""
        self.test.setEnabled(True)
        self.told.show_text(one_line(shown(text), 400) if is_good else "")
        self.failed.show_text("" if is_good else one_line(shown(text), 400))
        self._told_timer.start()

    def show_testing(self) -> None:
        """The test runs."""
        self.test.setEnabled(False)

    @property
    def empty_text(self) -> str:
        """The words in place of the list; empty while there is one."""
        return self.empty.text() if self._left.currentWidget() is self.empty else ""

    def _show(self) -> None:
        activity, only_refused = self._activity, self.only_refused.isChecked()
        chosen = self.rows.request(self.list.currentIndex().row())
        self.rows.show_activity(activity, only_refused=only_refused)
        self._choose_again(chosen.number if chosen is not None else None)
        shown = self.rows.rowCount()
        self.count.setText(words.count(activity, shown) if activity.requests else "")
        self.only_refused.setEnabled(bool(activity.requests) or only_refused)
        self.empty.setText(self._empty_words(activity))
        self._left.setCurrentWidget(self.list if shown else self.empty)
        self.strangers.setText(words.strangers(activity))
        self.strangers.setVisible(bool(activity.strangers))
        self._show_chosen()

    def _empty_words(self, activity: Activity) -> str:
        if activity.requests:
            return self.tr("None of the requests was refused.")
        return self.tr(
            "No requests yet.\n\nWhat dialers, n8n and scripts send to the webhook appears here as it comes, with the "
            "answer they got. To see one now, test the webhook."
        )

    def _choose_again(self, number: int | None) -> None:
        """After the rows were laid out anew."""
        current = self.rows.request(self.list.currentIndex().row())
        if number is None or (current is not None and current.number == number):
            return
        row = self.rows.row_of(number)
        self.list.setCurrentIndex(QModelIndex() if row is None else self.rows.index(row, 0))

    def _on_current(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self._show_chosen()

    def _show_chosen(self) -> None:
        request = self.rows.request(self.list.currentIndex().row())
        if request is not None:
            self.details.show_request(request, self._base_url)
        self._side.setCurrentWidget(self.none_chosen if request is None else self.details)
        self.none_chosen.setVisible(request is None and self.rows.rowCount() > 0)

    def _copy_command(self) -> None:
        if self._side.currentWidget() is self.details:
            QGuiApplication.clipboard().setText(self.details.command.lines.toPlainText())

    # --- the window --------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.told.show_text("")
        self.failed.show_text("")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._settle.isActive():
            self._settle.stop()
            self.geometry_changed.emit(self.geometry())
        self.left.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._note_place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._note_place()

    def _note_place(self) -> None:
        if self.isVisible() and not self.isMaximized():
            self._settle.start()
