"""The window of the guided start: one page at a time, any of them to be skipped, none in the way of a call.

It is no modal window, stands above nothing and takes no focus when it comes up by itself. Like the settings dialog
it holds no service: wishes leave it by signals, what holds comes in by `show_…`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.ui.first_size import fit_screen
from connector_gui.ui.settings_face import SettingsFace
from connector_gui.ui.settings_pages.page import CONTENT_WIDTH, Page, button
from connector_gui.ui.setup.steps import KeyStep, LastStep, SoundStep, WebhookStep
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XL, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import hairline, label

DEFAULT_HEIGHT: Final = 720
STEPS: Final = ("key", "sound", "webhook", "last")
"""The pages, by the names under which it is kept where the guide was left."""


class SetupWindow(SettingsFace):
    """Four pages. Closed, it comes again at the next start; skipped or finished, it does not.

    Signals:
        stepped: The name of the page that is on the screen now, one of `STEPS`.
        finished_with: The guide is over; whether a practice call is wanted at once.
        practise_requested: Without a key for now: the practice agent answers.
        check_requested, check_stop_requested: A sound check; answered by `show_check`.
        autostart_requested: Start at login, or no longer; answered by `show_autostart`.
        (all others): See `SettingsFace`.
    """

    stepped = Signal(str)
    finished_with = Signal(bool)
    practise_requested = Signal()
    check_requested = Signal()
    check_stop_requested = Signal()
    autostart_requested = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setWindowTitle(self.tr("Set up"))
        # Each made where it will stand: what moves in with all its parts is dressed once more.
        self.pages = QStackedWidget(self)
        self.key, self.sound = KeyStep(theme, self.pages), SoundStep(theme, self.pages)
        self.webhook, self.last = WebhookStep(theme, self.pages), LastStep(theme, self.pages)
        self.signs: list[QLabel] = []
        self.skip_all = button(self.tr("S&kip the set-up"), "link")
        self.back, self.next = button(self.tr("&Back")), button("", "main")
        self._lay_out()
        self._connect()
        self._show_step(0)

    @property
    def _all(self) -> tuple[Page, ...]:
        return (self.key, self.sound, self.webhook, self.last)

    def _lay_out(self) -> None:
        for page in self._all:
            self.pages.addWidget(page)
        foot, column = QHBoxLayout(), QVBoxLayout(self)
        foot.setSpacing(GAP_S)
        foot.addWidget(self.skip_all)
        foot.addStretch(1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        column.setContentsMargins(GAP_XL, GAP_L, GAP_XL, GAP_L)
        column.setSpacing(GAP_M)
        column.addLayout(self._way())
        column.addWidget(hairline())
        column.addWidget(self.problem)
        column.addWidget(self.pages, 1)
        column.addWidget(hairline())
        column.addLayout(foot)
        self.resize(CONTENT_WIDTH + 2 * GAP_XL, DEFAULT_HEIGHT)

    def _way(self) -> QHBoxLayout:
        """The names of the pages in a line, so that it is seen how short the way is."""
        row = QHBoxLayout()
        row.setSpacing(GAP_L)
        for _ in self._all:
            sign = label(self._theme, size=TextSize.LABEL)
            self.signs.append(sign)
            row.addWidget(sign)
        row.addStretch(1)
        return row

    def _connect(self) -> None:
        for page in self._all:
            self.adopt(page)
        self.key.practise_requested.connect(self._practise)
        self.sound.check_requested.connect(self.check_requested)
        self.sound.check_stop_requested.connect(self.check_stop_requested)
        self.last.autostart_requested.connect(self.autostart_requested)
        self.last.practice_call_requested.connect(lambda: self._finish(with_call=True))
        self.skip_all.clicked.connect(lambda: self._finish(with_call=False))
        self.back.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(+1))

    # --- the way ---------------------------------------------------------------------------

    @property
    def step(self) -> str:
        """The page that is on the screen."""
        return STEPS[self.pages.currentIndex()]

    def open_at(self, step: str = "", *, takes_focus: bool = True) -> None:
        """Come up at *step*, the first if there is none of that name; not *takes_focus*: it came by itself."""
        self._show_step(STEPS.index(step) if step in STEPS else 0)
        if not self.isVisible():
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, not takes_focus)
            fit_screen(self)
            room = QGuiApplication.primaryScreen().availableGeometry()
            self.move(room.center() - self.rect().center() - QPoint(0, GAP_L))
        self.show()
        if takes_focus:
            self.raise_()
            self.activateWindow()
        self.stepped.emit(self.step)

    def _go(self, by: int) -> None:
        index = self.pages.currentIndex() + by
        if index == len(STEPS):
            self._finish(with_call=False)
            return
        self._show_step(index)
        self.stepped.emit(self.step)

    def _show_step(self, index: int) -> None:
        self.pages.setCurrentIndex(index)
        is_last = index == len(STEPS) - 1
        self.back.setVisible(index > 0)
        self.skip_all.setVisible(not is_last)
        self.next.setText(self.tr("&Finish") if is_last else self.tr("&Next"))
        names = (self.tr("Key"), self.tr("Sound"), self.tr("Webhook"), self.tr("Login"))
        for position, (sign, name) in enumerate(zip(self.signs, names, strict=True)):
            mark = "●" if position == index else "✓" if position < index else "○"
            sign.setText(f"{mark} {name}")
            set_role(sign, role="" if position == index else "muted")
            sign.setAccessibleName(self._spoken(position, index, name))

    def _spoken(self, position: int, index: int, name: str) -> str:
        if position == index:
            return self.tr("Step {n} of {all}: {name}, now").format(n=position + 1, all=len(STEPS), name=name)
        return self.tr("Step {n} of {all}: {name}").format(n=position + 1, all=len(STEPS), name=name)

    def _practise(self) -> None:
        self.practise_requested.emit()
        self._go(+1)

    def _finish(self, *, with_call: bool) -> None:
        self.hide()
        self.finished_with.emit(with_call)

    # --- what is shown ---------------------------------------------------------------------

    def show_check(self, news: CheckStep | SoundCheck) -> None:
        """Follow the sound check."""
        self.sound.show_check(news)

    def show_autostart(self, is_on: bool, problem: str = "") -> None:
        """Say whether the program starts at login, and why that could not be changed."""
        self.last.show_autostart(is_on, problem)
