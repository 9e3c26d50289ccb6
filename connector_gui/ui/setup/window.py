"""The window of the guided start: one page at a time, any of them to be skipped, none in the way of a call.

It is no modal window, stands above nothing and takes no focus when it comes up by itself. Like the settings dialog
it holds no service: wishes leave it by signals, what holds comes in by `show_…`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.level import Level
from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.settings_pages.page import CONTENT_WIDTH, Page, button
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.setup.steps import KeyStep, LastStep, SoundStep, WebhookStep
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XL, TextSize, Theme, set_role
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.text import hairline, label

DEFAULT_HEIGHT: Final = 720
STEPS: Final = ("key", "sound", "webhook", "last")
"""The pages, by the names under which it is kept where the guide was left."""


class SetupWindow(QDialog):
    """Four pages. Closed, it comes again at the next start; skipped or finished, it does not.

    Signals:
        stepped: The name of the page that is on the screen now, one of `STEPS`.
        finished_with: The guide is over; whether a practice call is wanted at once.
        practise_requested: Without a key for now: the practice agent answers.
        check_requested, check_stop_requested: A sound check; answered by `show_check`.
        autostart_requested: Start at login, or no longer; answered by `show_autostart`.
        (all others): See `SettingsDialog`.
    """

    stepped = Signal(str)
    finished_with = Signal(bool)
    practise_requested = Signal()
    check_requested = Signal()
    check_stop_requested = Signal()
    autostart_requested = Signal(bool)
    changes_requested = Signal(object)
    key_entered = Signal(object, bool)
    key_deletion_requested = Signal()
    key_check_requested = Signal(object)
    keyring_retry_requested = Signal()
    new_webhook_key_requested = Signal()
    webhook_test_requested = Signal()
    practice_call_requested = Signal()
    activity_requested = Signal()
    devices_wanted = Signal()
    meter_wanted = Signal(object)
    test_tone_requested = Signal(str)
    ring_test_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(self.tr("Set up"))
        self.setModal(False)
        self.key, self.sound = KeyStep(theme), SoundStep(theme)
        self.webhook, self.last = WebhookStep(theme), LastStep(theme)
        self.problem = Banner("warning")
        self.pages = QStackedWidget()
        self.signs: list[QLabel] = []
        self.skip_all = button(self.tr("S&kip the set-up"), "link")
        self.back, self.next = button(self.tr("&Back")), button("", "main")
        self._lay_out()
        self._join()
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

    def _join(self) -> None:
        for page in self._all:
            page.changes_requested.connect(self.changes_requested)
        for name in ("key_entered", "key_deletion_requested", "key_check_requested", "keyring_retry_requested"):
            getattr(self.key, name).connect(getattr(self, name))
        self.key.practise_requested.connect(self._practise)
        names = ("devices_wanted", "meter_wanted", "test_tone_requested", "ring_test_requested")
        for name in (*names, "check_requested", "check_stop_requested"):
            getattr(self.sound, name).connect(getattr(self, name))
        self.webhook.test_requested.connect(self.webhook_test_requested)
        self.webhook.activity_requested.connect(self.activity_requested)
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
            room = QGuiApplication.primaryScreen().availableGeometry()
            # With room for the frame, which is only known once it is there.
            self.resize(self.size().boundedTo(room.size() - QSize(2 * GAP_L, 3 * GAP_L)))
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

    def show_settings(self, shown: ShownSettings) -> None:
        """Show the values that hold, and which of them cannot be changed here."""
        self.problem.show_text("")
        for page in self._all:
            page.show_settings(shown)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong with the changes asked for last, by setting."""
        self.problem.show_text(one_line(problems.get("", ""), 400))
        for page in self._all:
            page.show_problems(problems)

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers."""
        self.sound.show_devices(inputs, outputs)

    def show_level(self, level: Level) -> None:
        """Move the meter."""
        self.sound.show_level(level)

    def show_sound_problem(self, problem: str) -> None:
        """Say why a device cannot be used."""
        self.sound.show_sound_problem(problem)

    def show_check(self, news: CheckStep | SoundCheck) -> None:
        """Follow the sound check."""
        self.sound.show_check(news)

    def show_key_state(self, state: KeyShown, text: str) -> None:
        """Say where the key is, or why that cannot be told."""
        self.key.show_key_state(state, text)

    def show_key_check(self, text: str, is_good: bool) -> None:
        """Say what came of the key check."""
        self.key.show_key_check(text, is_good)

    def show_webhook(self, url: str | None, problem: str | None, keys: Mapping[str, SecretStr]) -> None:
        """Show where the webhook listens, why not, and its keys by name."""
        self.webhook.show_webhook(url, problem, keys)

    def show_webhook_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test."""
        self.webhook.show_test(text, is_good)

    def show_autostart(self, is_on: bool, problem: str = "") -> None:
        """Say whether the program starts at login, and why that could not be changed."""
        self.last.show_autostart(is_on, problem)

    # --- the window ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, and no other; Escape closes."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self.sound.mind_meter()
