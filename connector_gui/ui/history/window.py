"""The history window: the calls that are over on the left, one of them on the right.

It holds no service. What the operator wants leaves it by signals; what holds comes in by `show_…`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QMoveEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from connector_gui.core.history import AgentName, HistoryFilter, HistoryIndex
from connector_gui.core.record import CallRecord
from connector_gui.ui.history import words
from connector_gui.ui.history.call_page import CallPage, ExportKind
from connector_gui.ui.history.chosen import Chosen, chosen
from connector_gui.ui.history.filters import EXPORT_KEY
from connector_gui.ui.history.list_pane import ListPane
from connector_gui.ui.history.questions import PersonQuestion, Question
from connector_gui.ui.history.seen import SeenWatch
from connector_gui.ui.history.style import history_style
from connector_gui.ui.history.waveform import Extremes
from connector_gui.ui.icon import app_icon
from connector_gui.ui.plain_text import for_other_programs, one_line
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, WINDOW_PADDING, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.text import label

DEFAULT_SIZE: Final = (1240, 780)
LIST_WIDTH: Final = 400
DETAILS_WIDTH: Final = 300
AUDIO_SUFFIX: Final = "flac"
"""What recordings are."""
SETTLE_MS: Final = 500
"""A window that is being moved is not remembered at every step."""
TOLD_MS: Final = 8_000


class HistoryWindow(QWidget):
    """Shows the record; closing hides it.

    Signals:
        filter_changed: Another `HistoryFilter`, at every key; answered by `show_index`.
        pages_wanted: Offsets of missing pages, a tuple; answered by `show_calls`.
        call_wanted: A call was selected; answered by `show_call`.
        call_left: No single call is selected any more.
        seen: Missed calls that count as seen, a tuple of session ids.
        notes_entered, tags_entered: A call and what is to be kept with it.
        call_again_requested: Confirmed where it has to be.
        deletion_requested: A `Chosen`; confirmed.
        person_wanted: Member and value; answered by `show_person`.
        person_deletion_requested: A tuple of session ids; confirmed.
        export_requested: A `Chosen`, an `ExportKind` and a file name.
        play_requested, seek_requested: Position in s; pause_requested.
        retry_requested: Do again what failed.
        geometry_changed: Window, and widths of list and details as those of a second rectangle.
    """

    filter_changed = Signal(HistoryFilter)
    pages_wanted = Signal(object)
    call_wanted = Signal(str)
    call_left = Signal()
    seen = Signal(object)
    notes_entered = Signal(str, str)
    tags_entered = Signal(str, object)
    call_again_requested = Signal(str)
    deletion_requested = Signal(Chosen)
    person_wanted = Signal(str, str)
    person_deletion_requested = Signal(object)
    export_requested = Signal(Chosen, ExportKind, str)
    play_requested = Signal(float)
    pause_requested = Signal()
    seek_requested = Signal(float)
    retry_requested = Signal()
    opened = Signal()
    closed = Signal()
    geometry_changed = Signal(QRect, QRect)

    def __init__(self, theme: Theme, today: Callable[[], date] = words.today, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._wanted_id = ""
        self._next_row: int | None = None
        self._folder = Path.home()
        self.setWindowTitle(self.tr("History"))
        self.setWindowIcon(app_icon())
        # The sheet first, and each part made where it will stand: a part that moves in with all that is in it, or
        # that a sheet comes to, is dressed again down to its last label.
        self._dress()
        self.problem = Banner("warning", self.tr("Try again"), parent=self)
        self.told = Banner("banner", parent=self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.left = ListPane(theme, today, self.splitter)
        self.side = QStackedWidget(self.splitter)
        self.page = CallPage(theme, today, self.side)
        self._none = label(theme, role="muted", wraps=True)
        self.several = label(theme, size=TextSize.NAME, semibold=True)
        self.export_several = QPushButton(self.tr("Export") + " ▾")
        self.delete_several = QPushButton(self.tr("Delete…"))
        wear(self.export_several, theme, Symbol.EXPORT)
        wear(self.delete_several, theme, Symbol.DELETE)
        self.watch = SeenWatch(self._news_in_sight, self)
        self.question: Question | PersonQuestion | None = None
        self.file_dialog: QFileDialog | None = None
        self._settle, self._told_timer = self._timer(SETTLE_MS), self._timer(TOLD_MS)
        self._lay_out()
        self._join()
        self._make_keys()
        theme.changed.connect(self._dress)

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        return timer

    # --- making ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (self._none, self.page, self._several_page()):
            self.side.addWidget(page)
        self.left.setMinimumWidth(340)
        self.splitter.addWidget(self.left)
        self.splitter.addWidget(self.side)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setHandleWidth(GAP_S)
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_M)
        column.addWidget(self.problem)
        column.addWidget(self.told)
        column.addWidget(self.splitter, 1)
        self.resize(*DEFAULT_SIZE)
        self._set_columns(LIST_WIDTH, DETAILS_WIDTH)

    def _several_page(self) -> QWidget:
        page, row = QWidget(), QHBoxLayout()
        column = QVBoxLayout(page)
        menu = QMenu(self)
        for kind, name in (
            (ExportKind.TABLE, self.tr("Calls as table (CSV)…")),
            (ExportKind.JSON, self.tr("Calls with transcripts as JSON…")),
        ):
            menu.addAction(name).triggered.connect(lambda _on=False, kind=kind: self._export_several(kind))
        self.export_several.setMenu(menu)
        row.setSpacing(GAP_S)
        row.addStretch(1)
        for button in (self.export_several, self.delete_several):
            set_role(button, kind="plain")
            row.addWidget(button)
        row.addStretch(1)
        self.several.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.setSpacing(GAP_L)
        column.addStretch(1)
        column.addWidget(self.several)
        column.addLayout(row)
        column.addStretch(2)
        self._several = page
        return page

    def _join(self) -> None:
        left, page = self.left, self.page
        left.filters.changed.connect(self.filter_changed)
        left.filters.changed.connect(lambda: page.show_words(self.wanted.text))
        left.pages_wanted.connect(self.pages_wanted)
        left.list.selection_settled.connect(self._on_selection)
        left.list.looked_at.connect(lambda _first, _last: self.watch.look())
        left.list.deletion_requested.connect(self._ask_deletion_of_selection)
        left.list.opening_requested.connect(self._go_to_page)
        self.watch.seen.connect(self.seen)
        page.details.notes.entered.connect(self.notes_entered)
        page.details.tags.entered.connect(self.tags_entered)
        page.call_again_requested.connect(self._call_again)
        page.deletion_requested.connect(self._ask_deletion_of_page)
        page.person_requested.connect(self._ask_person)
        page.export_requested.connect(self._export_call)
        page.player.play_requested.connect(self.play_requested)
        page.player.pause_requested.connect(self.pause_requested)
        page.player.seek_requested.connect(self.seek_requested)
        self.delete_several.clicked.connect(self._ask_deletion_of_selection)
        self.problem.action_requested.connect(self.retry_requested)
        self._told_timer.timeout.connect(lambda: self.told.show_text(""))
        self._settle.timeout.connect(self._tell_geometry)
        for splitter in (self.splitter, page.columns):
            splitter.splitterMoved.connect(lambda _place, _number: self._settle.start())

    def _make_keys(self) -> None:
        for keys, then in (
            (QKeySequence(QKeySequence.StandardKey.Find), self._go_to_search),
            (QKeySequence(EXPORT_KEY), self._open_exports),
            (QKeySequence(QKeySequence.StandardKey.Close), self.close),
        ):
            QShortcut(keys, self).activated.connect(then)

    # --- what is shown -----------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        self.left.list.setFocus()
        self.opened.emit()

    def restore(self, place: QRect | None, columns: QRect | None) -> None:
        """Stand where `geometry_changed` said last."""
        if place is not None:
            self.setGeometry(place)
        if columns is not None:
            self._set_columns(columns.width(), columns.height())

    @property
    def wanted(self) -> HistoryFilter:
        """The filter that is set."""
        return self.left.filters.wanted

    def show_agents(self, agents: Sequence[AgentName]) -> None:
        """Offer these agents to filter by."""
        self.left.filters.show_agents(agents)

    def show_index(self, index: HistoryIndex, *, is_same_question: bool) -> None:
        """Lay out the list; with *is_same_question* it stays where it is, with what is selected."""
        self.left.show_index(index, is_same_question=is_same_question)
        if not index.total and self.wanted == HistoryFilter():
            self._forget_page()
        self._none.setText(self.tr("Choose a call to read it and hear it again.") if index.total else "")
        self._select_after_deletion()
        self._on_selection()
        self.watch.look()

    def show_calls(self, offset: int, records: Sequence[CallRecord]) -> None:
        """Fill in a page of the list; calls need no transcripts."""
        self.left.rows.show_calls(offset, records)
        self.left.ask_again()
        self._find_again(records)
        self._on_selection()
        self.watch.look()

    def show_call(self, record: CallRecord, *, has_audio: bool) -> None:
        """Show a call whole; answers `call_wanted`."""
        self.left.rows.update_call(record)
        if record.session_id == self._wanted_id:
            self.page.show_call(record, has_audio=has_audio)
            self.page.show_words(self.wanted.text)
            self.side.setCurrentWidget(self.page)

    def show_annotation(self, session_id: str, values: Mapping[str, Any]) -> None:
        """What the operator wrote is kept: show it in the list too. *values* by the names of `CallRecord`."""
        row = self.left.rows.row_of(session_id)
        record = self.left.rows.record(row) if row is not None else None
        if record is not None:
            self.left.rows.update_call(record.model_copy(update=dict(values)))

    def show_deleted(self, session_ids: Collection[str]) -> None:
        """These calls are gone; the list without them comes by `show_index`."""
        record = self.page.record
        if record is not None and record.session_id in session_ids:
            self._forget_page()
        is_among = not frozenset(self.chosen.session_ids).isdisjoint(session_ids)
        self._next_row = self.left.list.selected_ranges[0][0] if is_among else None

    def _forget_page(self) -> None:
        """Its call is gone."""
        self.page.record = None
        self._wanted_id = ""
        self.page.details.notes.forget()
        self.side.setCurrentWidget(self._none)

    def show_peaks(self, session_id: str, operator: Extremes, agent: Extremes) -> None:
        """The picture of a call's recording, each side as lowest and highest samples from left to right."""
        if self.page.record is not None and self.page.record.session_id == session_id:
            self.page.player.show_peaks(operator, agent)

    def show_playback(self, position_s: float, is_playing: bool, problem: str | None) -> None:
        """Where the recording plays."""
        self.page.show_playback(position_s, is_playing, problem)

    def show_person(self, session_ids: tuple[str, ...]) -> None:
        """The calls of a person; answers `person_wanted`."""
        if isinstance(self.question, PersonQuestion):
            self.question.show_found(session_ids)

    def show_problem(self, text: str) -> None:
        """Say what the record could not do, with a way to try again; nothing takes it back."""
        self.problem.show_text(one_line(shown(text), 400))

    def tell(self, text: str) -> None:
        """Say for a while what was done."""
        self.told.show_text(one_line(shown(text), 400))
        self._told_timer.start()

    # --- what is selected --------------------------------------------------------------------------

    @property
    def chosen(self) -> Chosen:
        """The calls that are selected."""
        return chosen(self.left.rows, self.left.list.selected_ranges)

    def _on_selection(self) -> None:
        row = self.left.list.selected_row
        record = self.left.rows.record(row) if row is not None else None
        if record is not None:
            self._want(record)
        elif row is None:
            self._show_selection(self._count_selected())

    def _show_selection(self, count: int) -> None:
        """Several calls, or none: then the one that is read stays, whatever is looked for meanwhile."""
        if count > 1:
            self._leave()
            self.several.setText(self.tr("{calls} selected").format(calls=words.count(count)))
            self.side.setCurrentWidget(self._several)
        elif self.page.record is None or not self._wanted_id:
            self.side.setCurrentWidget(self._none)

    def _count_selected(self) -> int:
        rows = self.left.rows
        ranges = self.left.list.selected_ranges
        return sum(rows.offset_of(last + 1) - rows.offset_of(first) for first, last in ranges)

    def _want(self, record: CallRecord) -> None:
        if words.is_news(record):
            self.watch.tell([record.session_id])
        if record.session_id != self._wanted_id:
            self._leave()
            self._wanted_id = record.session_id
            self.call_wanted.emit(record.session_id)

    def _leave(self) -> None:
        if self._wanted_id:
            self.page.leave()
            self._wanted_id = ""
            self.call_left.emit()

    def _find_again(self, records: Sequence[CallRecord]) -> None:
        """After another question: the call that is read is selected where it was found again."""
        shown = self.page.record
        if shown is None or self.left.list.selected_ranges or self.left.list.currentIndex().isValid():
            return
        if any(record.session_id == shown.session_id for record in records):
            row = self.left.rows.row_of(shown.session_id)
            if row is not None:
                self.left.list.select_row(row)

    def _select_after_deletion(self) -> None:
        """The call that moved up takes the place of the one that is gone."""
        row, last = self._next_row, self.left.rows.rowCount() - 1
        self._next_row = None
        if row is None or last < 1 or self.left.list.selected_ranges:
            return
        row = min(row, last)
        self.left.list.select_row(row + 1 if self.left.rows.is_heading(row) else row)

    def _news_in_sight(self) -> list[str]:
        if not (self.isActiveWindow() and self.isVisible()) or self.isMinimized():
            return []
        first, last = self.left.list.rows_in_sight
        records = (self.left.rows.record(row) for row in range(first, last + 1))
        return [record.session_id for record in records if record is not None and words.is_news(record)]

    # --- deeds -------------------------------------------------------------------------------------

    def _call_again(self) -> None:
        record = self.page.record
        if record is None:
            return
        if record.practice:
            self.call_again_requested.emit(record.session_id)
            return
        session_id = record.session_id
        self._ask(
            self.tr("Call again"),
            f"{words.call_again(record)}.",
            self.tr("Call"),
            lambda: self.call_again_requested.emit(session_id),
        )

    def _ask_deletion_of_selection(self) -> None:
        self._ask_deletion(self.chosen)

    def _ask_deletion_of_page(self) -> None:
        if self.page.record is not None:
            self._ask_deletion(Chosen((self.page.record.session_id,)))

    def _ask_deletion(self, calls: Chosen) -> None:
        if calls.count:
            self._ask(
                self.tr("Delete"),
                words.deletion(calls.count),
                self.tr("Delete {calls}").format(calls=words.count(calls.count)),
                lambda: self.deletion_requested.emit(calls),
            )

    def _ask(self, title: str, text: str, confirm: str, then: Callable[[], None]) -> None:
        self.question = Question(self._theme, title, text, confirm, then, self)
        self.question.open()

    def _ask_person(self) -> None:
        record = self.page.record
        self.question = PersonQuestion(self._theme, record.metadata if record else {}, self)
        self.question.search_requested.connect(self.person_wanted)
        self.question.deletion_requested.connect(self.person_deletion_requested)
        self.question.open()

    def _export_several(self, kind: ExportKind) -> None:
        self._ask_file(self.chosen, kind, self.tr("calls"))

    def _export_call(self, kind: ExportKind) -> None:
        record = self.page.record
        if record is not None:
            self._ask_file(Chosen((record.session_id,)), kind, file_stem(record))

    def _ask_file(self, calls: Chosen, kind: ExportKind, stem: str) -> None:
        """Ask where to; nothing waits for the answer."""
        dialog = QFileDialog(self, self.tr("Export"), str(self._folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        suffix = AUDIO_SUFFIX if kind is ExportKind.AUDIO else str(kind)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{stem}.{suffix}")
        dialog.fileSelected.connect(lambda path: self._export(calls, kind, path))
        self.file_dialog = dialog
        dialog.open()

    def _export(self, calls: Chosen, kind: ExportKind, path: str) -> None:
        self._folder = Path(path).parent
        self.export_requested.emit(calls, kind, path)

    # --- keys --------------------------------------------------------------------------------------

    def _go_to_search(self) -> None:
        self.left.filters.search.setFocus()
        self.left.filters.search.selectAll()

    def _go_to_page(self) -> None:
        if self.side.currentWidget() is self.page:
            widget = self.page.player.waveform if not self.page.player.isHidden() else self.page.transcript
            widget.setFocus()

    def _open_exports(self) -> None:
        page = self.side.currentWidget()
        if page is self.page:
            self.page.export.showMenu()
        elif page is self._several:
            self.export_several.showMenu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays and pauses wherever it means nothing else; Escape closes."""
        has_player = self.side.currentWidget() is self.page and not self.page.player.isHidden()
        if event.key() == Qt.Key.Key_Space and has_player:
            self.page.player.toggle()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    # --- the window --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange:
            self.watch.look()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.page.leave()
        super().closeEvent(event)
        self.closed.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._settle.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    def _set_columns(self, list_px: int, details_px: int) -> None:
        self.splitter.setSizes([list_px, max(1, self.width() - list_px)])
        self.page.columns.setSizes([max(1, self.width() - list_px - details_px), details_px])

    def _tell_geometry(self) -> None:
        if self.isVisible():
            details_px = self.page.columns.sizes()[1] or DETAILS_WIDTH
            # Places are kept as rectangles: two widths fit into one.
            self.geometry_changed.emit(self.geometry(), QRect(0, 0, self.splitter.sizes()[0], details_px))

    def _dress(self) -> None:
        self.setStyleSheet(history_style(self._theme.colours, self._theme.px(26)))


def file_stem(record: CallRecord) -> str:
    """A file name for *record* that every system takes: agent and time."""
    name = for_other_programs(one_line(record.agent_name or record.agent_id, 40))
    kept = "".join(one if one.isalnum() or one in " -_" else "_" for one in name).strip() or "call"
    return f"{kept} {record.created_at.astimezone():%Y-%m-%d %H.%M}"
