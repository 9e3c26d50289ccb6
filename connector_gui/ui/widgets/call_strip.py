"""The strip of calls: one button per conversation, wherever it runs; hidden while there is one at the desk alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QScrollArea, QSizePolicy, QWidget

from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView, Levels
from connector_gui.ui import strip_words
from connector_gui.ui.theme import GAP_S, Theme
from connector_gui.ui.widgets.call_chip import CallChip
from connector_gui.ui.widgets.call_menu import call_menu

MOST_ROWS: Final = 3
"""More would push the conversation out of sight; the others are scrolled to."""


class CallStrip(QScrollArea):
    """Conversations in the order they were taken, in as many columns as leave our words room."""

    chosen = Signal(str)
    """The operator wants this call before them."""
    action_requested = Signal(str, Action)
    move_requested = Signal(str, str)
    """A call's ``session_id``, and the name of a line, or ``desk``."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._theme, self._clock_s = theme, clock_s
        self._view = DeskView()
        self._lines: tuple[str, ...] = ()
        self._chips: dict[str, CallChip] = {}
        self._columns = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Calls"))
        content = QWidget(self.viewport())
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP_S)
        self.setWidget(content)
        for ground in (self.viewport(), content):
            ground.setAutoFillBackground(False)
        theme.changed.connect(self._arrange)
        self.hide()

    # --- what is shown ---------------------------------------------------------------------

    def show_view(self, view: DeskView, shown: str | None) -> None:
        """Show the conversations of *view*; *shown* is the one that stands in the panel."""
        self._view = view
        every = strip_words.conversations(view) if strip_words.is_several(view) else ()
        calls = {call.record.session_id: call for call in view.calls}
        names = [call.session_id for call in every]
        has_changed = names != list(self._chips)
        self._keep(names)
        for place in every:
            chip = self._chips[place.session_id]
            chip.show_call(calls[place.session_id], place.number, is_shown=place.session_id == shown)
        if has_changed:
            self._arrange()
        self.setVisible(bool(names))

    def show_lines(self, names: Sequence[str]) -> None:
        """Offer to move calls to the lines of these *names*."""
        self._lines = tuple(names)

    def show_levels(self, session_id: str, levels: Levels) -> None:
        """Move the small meter of that call, if it has one."""
        chip = self._chips.get(session_id)
        if chip is not None and self.isVisible():
            chip.show_levels(levels)

    def show_time(self, now_s: float) -> None:
        """Let the durations go on."""
        for chip in self._chips.values():
            chip.show_time(now_s)

    @property
    def chips(self) -> list[CallChip]:
        """The calls, in their order."""
        return list(self._chips.values())

    def menu_of(self, session_id: str) -> QMenu | None:
        """The menu of that call, as things are; ``None`` when it is no conversation (any more)."""
        call = self._call(session_id)
        if call is None:
            return None
        return call_menu(
            self._theme,
            call,
            strip_words.line_choices(self._lines, self._view),
            lambda action: self.action_requested.emit(session_id, action),
            lambda line: self.move_requested.emit(session_id, line),
            self,
        )

    # --- inside ----------------------------------------------------------------------------

    def _call(self, session_id: str) -> CallView | None:
        return next((call for call in self._view.calls if call.record.session_id == session_id), None)

    def _keep(self, names: Sequence[str]) -> None:
        """Have a chip for each of *names*, in that order, and for no other call."""
        for gone in [name for name in self._chips if name not in names]:
            chip = self._chips.pop(gone)
            self._grid.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = {name: self._chips.get(name) or self._make(name) for name in names}

    def _make(self, session_id: str) -> CallChip:
        chip = CallChip(self._theme, self.widget(), self._clock_s)
        chip.clicked.connect(lambda _checked=False: self.chosen.emit(session_id))
        chip.menu_wanted.connect(lambda place: self._open_menu(session_id, place))
        chip.stepped.connect(lambda by: self._step(session_id, by))
        return chip

    def _open_menu(self, session_id: str, place: QPoint) -> None:
        menu = self.menu_of(session_id)
        if menu is not None:
            # Later: what was chosen is told after the menu is gone.
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(place)

    def _step(self, session_id: str, by: int) -> None:
        """Move the keyboard on; which call has the devices is decided by Return: not by passing over it."""
        names = list(self._chips)
        chip = self._chips[names[(names.index(session_id) + by) % len(names)]]
        chip.setFocus(Qt.FocusReason.TabFocusReason)
        self.ensureWidgetVisible(chip, 0, 0)

    # --- layout ----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._columns != self._wanted_columns():
            self._arrange()

    def _wanted_columns(self) -> int:
        if not self._chips:
            return 1
        least_px = max(chip.least_width_px for chip in self._chips.values())
        fitting = (self.viewport().width() + GAP_S) // (least_px + GAP_S)
        return int(max(1, min(len(self._chips), fitting)))

    def _arrange(self) -> None:
        """Lay the chips out line by line, and be as high as they are, up to `MOST_ROWS`."""
        if not self._chips:
            return
        self._columns = self._wanted_columns()
        for column in range(max(self._columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        previous: QWidget | None = None
        for place, chip in enumerate(self._chips.values()):
            self._grid.addWidget(chip, *divmod(place, self._columns))
            chip.show()
            if previous is not None:
                QWidget.setTabOrder(previous, chip)
            previous = chip
        rows = min(MOST_ROWS, -(-len(self._chips) // self._columns))
        height_px = next(iter(self._chips.values())).sizeHint().height()
        self.setFixedHeight(rows * (height_px + GAP_S) - GAP_S)
