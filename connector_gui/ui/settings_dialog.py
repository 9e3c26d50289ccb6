"""The settings dialog: pages of rows, a list of their names beside them.

It holds no service. What the operator wants leaves it by signals; what holds comes in by `show_…`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from pydantic import SecretStr
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from connector_gui.core.level import Level
from connector_gui.ui.colours import mix
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.advanced_page import AdvancedPage
from connector_gui.ui.settings_pages.calls_page import CallsPage
from connector_gui.ui.settings_pages.elevenlabs_page import ElevenLabsPage
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.settings_pages.page import Page
from connector_gui.ui.settings_pages.privacy_page import PrivacyPage
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.settings_pages.sound_page import SoundPage
from connector_gui.ui.settings_pages.webhook_page import WebhookPage
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_M, GAP_XL, GAP_XS, WINDOW_PADDING, Theme
from connector_gui.ui.widgets.banner import Banner

LIST_WIDTH: Final = 148
DEFAULT_SIZE: Final = (788, 664)


class SettingsPage(IntEnum):
    """The pages, in their order."""

    SOUND = 0
    CALLS = 1
    WEBHOOK = 2
    ELEVENLABS = 3
    PRIVACY = 4
    ADVANCED = 5


class SettingsDialog(QDialog):
    """Changes apply at once; there is no OK and no Cancel. It hides when it is closed, and never blocks.

    Signals:
        changes_requested: New values by setting; answered by `show_settings`, or by `show_problems`.
        key_entered, key_deletion_requested, key_check_requested, keyring_retry_requested: see `ElevenLabsPage`.
        new_webhook_key_requested: Replace the webhook key; asked twice already.
        webhook_test_requested, practice_call_requested, activity_requested: see `WebhookPage`.
        devices_wanted, meter_wanted, test_tone_requested, ring_test_requested: see `SoundPage`.
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
        self.setWindowTitle(self.tr("Settings"))
        self.setModal(False)
        self.sound = SoundPage(theme)
        self.calls = CallsPage(theme)
        self.webhook = WebhookPage(theme)
        self.elevenlabs = ElevenLabsPage(theme)
        self.privacy = PrivacyPage(theme)
        self.advanced = AdvancedPage(theme)
        self.problem = Banner("warning")
        self.names = QListWidget()
        self.pages = QStackedWidget()
        self._lay_out()
        self._join()
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def _all(self) -> tuple[Page, ...]:
        return (self.sound, self.calls, self.webhook, self.elevenlabs, self.privacy, self.advanced)

    def _lay_out(self) -> None:
        for page in self._all:
            self.names.addItem(page.accessibleName())
            self.pages.addWidget(page)
        self.names.setObjectName("pages")
        self.names.setAccessibleName(self.tr("Pages"))
        self.names.setFixedWidth(LIST_WIDTH)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.names.setCurrentRow(0)
        banner = QHBoxLayout()
        banner.setContentsMargins(0, 0, GAP_M, 0)
        banner.addWidget(self.problem)
        column = QVBoxLayout()
        column.setSpacing(GAP_M)
        column.addLayout(banner)
        column.addWidget(self.pages, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, GAP_XS, 0)
        row.setSpacing(GAP_XL)
        row.addWidget(self.names)
        row.addLayout(column, 1)
        self.resize(*DEFAULT_SIZE)

    def _join(self) -> None:
        self.names.currentRowChanged.connect(self.pages.setCurrentIndex)
        for page in self._all:
            page.changes_requested.connect(self.changes_requested)
        self.sound.devices_wanted.connect(self.devices_wanted)
        self.sound.meter_wanted.connect(self.meter_wanted)
        self.sound.test_tone_requested.connect(self.test_tone_requested)
        self.sound.ring_test_requested.connect(self.ring_test_requested)
        self.webhook.new_key_requested.connect(self.new_webhook_key_requested)
        self.webhook.test_requested.connect(self.webhook_test_requested)
        self.webhook.practice_call_requested.connect(self.practice_call_requested)
        self.webhook.activity_requested.connect(self.activity_requested)
        self.elevenlabs.key_entered.connect(self.key_entered)
        self.elevenlabs.key_deletion_requested.connect(self.key_deletion_requested)
        self.elevenlabs.key_check_requested.connect(self.key_check_requested)
        self.elevenlabs.keyring_retry_requested.connect(self.keyring_retry_requested)

    # --- what is shown ---------------------------------------------------------------------

    def open_at(self, page: SettingsPage | None = None) -> None:
        """Come to the front, at *page* or where it was left."""
        if page is not None:
            self.names.setCurrentRow(page)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_settings(self, shown: ShownSettings) -> None:
        """Show the values that hold, and which of them cannot be changed here."""
        self.problem.show_text("")
        for page in self._all:
            page.show_settings(shown)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong with the changes asked for last, by setting; ``""`` concerns several, or the file."""
        self.problem.show_text(one_line(problems.get("", ""), 400))
        for page in self._all:
            page.show_problems(problems)

    def show_data_folder(self, path: str) -> None:
        """Show where the data of this run is."""
        self.advanced.show_data_folder(path)

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers; answers `devices_wanted`."""
        self.sound.show_devices(inputs, outputs)

    def show_level(self, level: Level) -> None:
        """Move the meter; answers `meter_wanted`, at up to 30 Hz."""
        self.sound.show_level(level)

    def show_sound_problem(self, problem: str) -> None:
        """Say why a device cannot be used."""
        self.sound.show_sound_problem(problem)

    def show_key_state(self, state: KeyShown, text: str) -> None:
        """Say where the ElevenLabs key is, or why that cannot be told; *text* adds what to do."""
        self.elevenlabs.show_key_state(state, text)

    def show_key_check(self, text: str, is_good: bool) -> None:
        """Say what came of the key check; answers `key_check_requested`."""
        self.elevenlabs.show_key_check(text, is_good)

    def show_webhook(self, url: str | None, problem: str | None, keys: Mapping[str, SecretStr]) -> None:
        """Show where the webhook listens (``None``: nowhere), why not, and its keys by name."""
        self.webhook.show_webhook(url, problem, keys)

    def show_webhook_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test; answers `webhook_test_requested`."""
        self.webhook.show_test(text, is_good)

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

    def _dress(self) -> None:
        colours = self._theme.colours
        chosen = colours.surface if colours.is_high_contrast else mix(colours.surface, colours.text, 0.08)
        for index in range(self.names.count()):
            self.names.item(index).setSizeHint(QSize(0, self._theme.px(CONTROL_HEIGHT)))
        self.setStyleSheet(f"""
QListWidget#pages {{ background: transparent; border: none; outline: none; }}
QListWidget#pages::item {{ padding: 0 10px; border: 2px solid transparent;
    border-radius: 6px; color: {colours.text.name()}; }}
QListWidget#pages::item:selected {{ background: {chosen.name()};
    {f"border-color: {colours.text.name()};" if colours.is_high_contrast else ""} }}
QListWidget#pages::item:selected:focus {{ border-color: {colours.accent.name()}; }}
""")
