"""The pages of the guided start: those of the settings with less on them, and words of their own."""

from __future__ import annotations

from pydantic import SecretStr
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from connector_gui.core.level import Level
from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.devices_page import DevicesPage
from connector_gui.ui.settings_pages.key_page import KeyPage
from connector_gui.ui.settings_pages.key_state import HAS_KEY, KEYRING_TROUBLE, KeyShown
from connector_gui.ui.settings_pages.page import Page, button, buttons, group, titled
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.settings_pages.webhook_access import WebhookAccess
from connector_gui.ui.setup.check_card import CheckCard
from connector_gui.ui.theme import TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.text import label


def _head(page: Page, title: str, words: str, theme: Theme) -> None:
    page.add_title(title)
    page.add(label(theme, words, role="muted", wraps=True))


class KeyStep(KeyPage):
    """The key, checked as soon as it is kept; or on without one."""

    practise_requested = Signal()
    """Go on without a key."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._is_check_due = False
        self.practise = button("", "plain")
        super().__init__(theme, parent)
        self.key_entered.connect(self._on_entered)
        self.practise.clicked.connect(self.practise_requested)

    def add_head(self) -> None:
        words = self.tr(
            "Agent Connector talks to your agents with an ElevenLabs key. It is made at elevenlabs.io under "
            "Developers › API keys, and stays in this computer's keyring."
        )
        _head(self, self.tr("Your ElevenLabs key"), words, self._theme)

    def _lay_out(self) -> None:
        super()._lay_out()
        self.save.setText(self.tr("Save and check"))
        self.practise.setText(self.tr("Practise &without a key"))
        self.way_out = label(self._theme, size=TextSize.LABEL, role="muted", wraps=True)
        words = self.tr("The built-in agent answers until there is a key. Nothing leaves this computer.")
        self.without = titled(self._theme, self.tr("No key yet?"), buttons(self.practise), words)
        self._way_part = titled(self._theme, "", self.way_out)
        self.add(self._way_part)
        self.add(self.without)

    @property
    def has_key(self) -> bool:
        """Calls can go to ElevenLabs."""
        return self._state in HAS_KEY

    def show_key_state(self, state: KeyShown, text: str) -> None:
        super().show_key_state(state, text)
        self.way_out.setText(self._words_for_trouble(self._state))
        self._way_part.setVisible(bool(self.way_out.text()))
        self.without.setVisible(not self.has_key)
        if self._is_check_due and self.has_key:
            self._is_check_due = False
            self._check()

    def _offer(self) -> None:
        super()._offer()
        self.check.setVisible(self.has_key)

    def _words_for_trouble(self, state: KeyShown) -> str:
        if state is KeyShown.LOCKED:
            return self.tr(
                "“Try again” lets the system ask for the keyring's password, mostly that of your login. Or enter the "
                "key above and keep it for this session only: then it is asked for again at the next start."
            )
        if state in KEYRING_TROUBLE:
            return self.tr("Enter the key above and keep it for this session only, or go on without one.")
        return ""

    def _on_entered(self, _key: SecretStr, _for_session: bool) -> None:
        self._is_check_due = True
        self.result.hide()


class SoundStep(DevicesPage):
    """The three devices, then the check; meanwhile the meter shows what the check hears."""

    check_requested = Signal()
    check_stop_requested = Signal()

    def add_head(self) -> None:
        words = self.tr("Choose what you speak into, what you hear, and what rings. Then test how it sounds.")
        _head(self, self.tr("Microphone and speaker"), words, self._theme)

    def _build(self) -> None:
        super()._build()
        self.card = CheckCard(self._theme)
        self.card.check_requested.connect(self._begin_check)
        self.card.stop_requested.connect(self.check_stop_requested)
        self.add(self.card)
        self.add(buttons(self.refresh))
        self._is_check_wanted = False

    def _begin_check(self) -> None:
        self.problem.show_text("")
        self._is_check_wanted = True
        # One microphone, one listener.
        self.mind_meter()
        self.card.show_step(CheckStep.QUIET)
        self._offer(is_free=False)
        self.check_requested.emit()

    def show_check(self, news: CheckStep | SoundCheck) -> None:
        """Follow a check, to its findings."""
        if isinstance(news, SoundCheck):
            self.card.show_check(news)
        else:
            self.card.show_step(news)
        self._is_check_wanted = self.card.is_running
        self._offer(is_free=not self.card.is_running)
        self.mind_meter()
        if not self.card.is_running:
            self.ensureWidgetVisible(self.card)

    def _offer(self, *, is_free: bool) -> None:
        """What plays or opens a device has to wait for the check."""
        for one in (self.test_tone, self.test_ring, self.refresh):
            one.setEnabled(is_free)

    def mind_meter(self) -> None:
        if getattr(self, "_is_check_wanted", False):
            self._let_meter_go()
        else:
            super().mind_meter()

    def _let_meter_go(self) -> None:
        if self._measured is not None:
            self._measured = None
            self.meter_wanted.emit(None)

    def show_level(self, level: Level) -> None:
        if self._is_check_wanted:
            self.meter.show_level(level)
        else:
            super().show_level(level)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._is_check_wanted:
            self.check_stop_requested.emit()


class WebhookStep(WebhookAccess):
    """Where calls are sent, with which key, and whether it works from here."""

    def add_head(self) -> None:
        words = self.tr(
            "Your workflow (n8n, a dialer, a script) sends calls to this address with this key. "
            "Copy both to where calls come from."
        )
        _head(self, self.tr("Let calls come"), words, self._theme)

    def _build_top(self) -> None:
        super()._build_top()
        self.test.setText(self.tr("&Test from here"))
        # One page, one thing: these are in Settings, and on the page that follows. Whatever shows them by itself
        # shows them in here.
        unused = QWidget(self)
        unused.hide()
        for one in (self.practice_call, self.new_key, self.example_part):
            one.setParent(unused)


class LastStep(Page):
    """Start at login, and a first call."""

    autostart_requested = Signal(bool)
    practice_call_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        words = self.tr("Calls only ring while the program runs. It waits in the tray and costs next to nothing.")
        _head(self, self.tr("Be there when it rings"), words, theme)
        self.autostart = QCheckBox(self.tr("Start Agent Connector when I &log in"))
        self.autostart.clicked.connect(self.autostart_requested)
        self.problem = label(theme, size=TextSize.LABEL, role="error", wraps=True)
        self.problem.hide()
        self.add(group(self.autostart, self.problem))
        self.practice_call = QPushButton(self.tr("Make a &practice call"))
        self.practice_call.setAutoDefault(False)
        set_role(self.practice_call, kind="plain")
        self.practice_call.clicked.connect(self.practice_call_requested)
        self.add_heading(self.tr("Hear how a call is"))
        words = self.tr(
            "The practice agent greets you, says back what it hears and lets you interrupt. "
            "Nothing leaves this computer."
        )
        self.add(group(label(theme, words, role="muted", wraps=True), buttons(self.practice_call)))
        self.add_heading(self.tr("Later"))
        self.add(
            label(theme, self.tr("All of this is in Settings, and “Set up…” is in the menu."), role="muted", wraps=True)
        )

    def show_settings(self, shown: ShownSettings) -> None:
        """It has no setting of the file."""

    def show_autostart(self, is_on: bool, problem: str = "") -> None:
        """Say how it is now, and why it could not be changed."""
        self.autostart.setChecked(is_on)
        self.problem.setText(one_line(shown(problem), 300))
        self.problem.setVisible(bool(problem))
