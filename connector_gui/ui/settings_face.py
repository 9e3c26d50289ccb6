"""What the settings dialog and the guided start have in common: pages, the wishes that leave them, the news for them.

A window of this kind holds no service. What the operator wants leaves it by signals; what holds comes in by `show_…`.
Pages may be made late: each is told then what the others were told before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import SecretStr
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from connector_gui.core.level import Level
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.device_trials import DeviceTrials
from connector_gui.ui.settings_pages.key_page import KeyPage
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.settings_pages.page import Page
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.settings_pages.webhook_access import WebhookAccess
from connector_gui.ui.theme import Theme
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner

P = TypeVar("P", bound=Page)


class SettingsFace(QDialog):
    """A window of pages that show settings and ask for changes. It never blocks.

    Signals:
        changes_requested: New values by setting; answered by `show_settings`, or by `show_problems`.
        key_entered, key_deletion_requested, key_check_requested, keyring_retry_requested: see `KeyPage`.
        new_webhook_key_requested: Replace the webhook key; asked twice already.
        webhook_test_requested, practice_call_requested, activity_requested: see `WebhookAccess`.
        devices_wanted, meter_wanted, test_tone_requested, ring_test_requested: see `DeviceTrials`.
    """

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
        self.setModal(False)
        self.problem = Banner("warning")
        self._adopted: list[Page] = []
        # What was said last, by kind of news: the kind of page that it is for, and how it is told.
        self._news: dict[str, tuple[type[Page], Callable[[Any], None]]] = {}

    # --- pages -----------------------------------------------------------------------------

    def adopt(self, page: P) -> P:
        """Take *page* in: join its wishes, and tell it all that was told so far."""
        self._adopted.append(page)
        self._join(page)
        for kind, tell in self._news.values():
            if isinstance(page, kind):
                tell(page)
        return page

    def _join(self, page: Page) -> None:
        page.changes_requested.connect(self.changes_requested)
        if isinstance(page, KeyPage):
            page.key_entered.connect(self.key_entered)
            page.key_deletion_requested.connect(self.key_deletion_requested)
            page.key_check_requested.connect(self.key_check_requested)
            page.keyring_retry_requested.connect(self.keyring_retry_requested)
        elif isinstance(page, DeviceTrials):
            page.devices_wanted.connect(self.devices_wanted)
            page.meter_wanted.connect(self.meter_wanted)
            page.test_tone_requested.connect(self.test_tone_requested)
            page.ring_test_requested.connect(self.ring_test_requested)
        elif isinstance(page, WebhookAccess):
            page.new_key_requested.connect(self.new_webhook_key_requested)
            page.test_requested.connect(self.webhook_test_requested)
            page.practice_call_requested.connect(self.practice_call_requested)
            page.activity_requested.connect(self.activity_requested)

    def tell(self, kind: type[P], how: Callable[[P], None], keep_as: str = "") -> None:
        """Tell the pages of a *kind*; and those that are made later, too, if it is kept under a name."""
        if keep_as:
            self._news[keep_as] = (kind, how)
        for page in self._adopted:
            if isinstance(page, kind):
                how(page)

    # --- what is shown ---------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        """Show the values that hold, and which of them cannot be changed here."""
        self.problem.show_text("")
        self.tell(Page, lambda page: page.show_settings(shown), "settings")

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong with the changes asked for last, by setting; ``""`` concerns several, or the file."""
        self.problem.show_text(one_line(shown(problems.get("", "")), 400))
        self.tell(Page, lambda page: page.show_problems(problems))

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers; answers `devices_wanted`."""
        self.tell(DeviceTrials, lambda page: page.show_devices(inputs, outputs), "devices")

    def show_level(self, level: Level) -> None:
        """Move the meter; answers `meter_wanted`, at up to 30 Hz."""
        self.tell(DeviceTrials, lambda page: page.show_level(level))

    def show_sound_problem(self, problem: str) -> None:
        """Say why a device cannot be used."""
        self.tell(DeviceTrials, lambda page: page.show_sound_problem(problem))

    def show_key_state(self, state: KeyShown, text: str) -> None:
        """Say where the ElevenLabs key is, or why that cannot be told; *text* adds what to do."""
        self.tell(KeyPage, lambda page: page.show_key_state(state, text), "key")

    def show_key_check(self, text: str, is_good: bool) -> None:
        """Say what came of the key check; answers `key_check_requested`."""
        self.tell(KeyPage, lambda page: page.show_key_check(text, is_good))

    def show_webhook(self, url: str | None, problem: str | None, keys: Mapping[str, SecretStr]) -> None:
        """Show where the webhook listens (``None``: nowhere), why not, and its keys by name."""
        self.tell(WebhookAccess, lambda page: page.show_webhook(url, problem, keys), "webhook")

    def show_webhook_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test; answers `webhook_test_requested`."""
        self.tell(WebhookAccess, lambda page: page.show_test(text, is_good))

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
            self.tell(DeviceTrials, DeviceTrials.mind_meter)
