"""The windows beside tray and panel, joined to what they show and change."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QGuiApplication

from connector_gui.app.activity_desk import ActivityDesk
from connector_gui.app.command_desk import CommandDesk
from connector_gui.app.desktop import Desktop
from connector_gui.app.device_choice import DeviceChoice
from connector_gui.app.hands_free import HandsFreeDesk, KeysState
from connector_gui.app.history_desk import HistoryDesk
from connector_gui.app.keys import Keys
from connector_gui.app.link_desk import LinkDesk
from connector_gui.app.office import Office
from connector_gui.app.preferences import Preferences
from connector_gui.app.services import AnsweringServices
from connector_gui.app.settings_desk import SettingsDesk
from connector_gui.app.setup_desk import SetupDesk, autostart_of
from connector_gui.app.status_desk import StatusDesk
from connector_gui.core.status import Subject
from connector_gui.switchboard import Switchboard
from connector_gui.system.logs import Logs
from connector_gui.system.settings_sources import LoadedSettings
from connector_gui.system.setup_progress import SetupProgress
from connector_gui.system.system_hot_keys import system_headsets, system_hot_keys
from connector_gui.ui import key_words
from connector_gui.ui.settings_dialog import SettingsDialog
from connector_gui.voice.microphone_access import privacy_page
from connector_gui.voice.thread import VoiceThread


@dataclass(frozen=True, slots=True)
class Windows:
    """Each window's desk; a window itself is made when the operator first wants it.

    Attributes:
        settings: The settings dialog.
        setup: The guided start.
        history: Calls that are over.
        activity: What came to the webhook.
        status: How everything is, in plain words.
        devices: The panel's menu of devices.
        hands_free: Hot keys and headset buttons.
    """

    desktop: Desktop
    settings: SettingsDesk
    setup: SetupDesk
    history: HistoryDesk
    activity: ActivityDesk
    status: StatusDesk
    devices: DeviceChoice
    hands_free: HandsFreeDesk

    @classmethod
    def open(
        cls,
        desktop: Desktop,
        loaded: LoadedSettings,
        logs: Logs,
        progress: SetupProgress,
        office: Office,
        preferences: Preferences,
        keys: Keys,
        services: AnsweringServices,
        voice: VoiceThread,
    ) -> Windows:
        """Build all of them."""
        theme, places, folder = desktop.theme, desktop.places, loaded.data_dir.path
        settings = SettingsDesk(theme, preferences, keys, services, voice)
        return cls(
            desktop,
            settings,
            SetupDesk(theme, settings, preferences, voice, progress, autostart_of(loaded.data_dir)),
            HistoryDesk(theme, office.archive, voice, places),
            ActivityDesk(theme, places, keys, logs.redactor.clean, lambda: preferences.settings.tls_cert_file),
            StatusDesk(
                theme,
                office.board,
                keys,
                voice,
                settings=lambda: preferences.settings,
                check_key=lambda: services.elevenlabs.check_key(),
                open_settings=settings.open,
                data_folder=folder,
            ),
            DeviceChoice(preferences, voice),
            HandsFreeDesk(
                office.board,
                system_hot_keys(QGuiApplication.platformName(), key_words.hot_key),
                system_headsets(),
            ),
        )

    def join(self, board: Switchboard, preferences: Preferences, stop: asyncio.Event) -> None:
        """Connect every wish to whoever fulfils it, and show what is to be shown at the start."""
        desktop, settings, setup, activity = self.desktop, self.settings, self.setup, self.activity
        board.views.on_view += [settings.show_view, self.history.show_view, activity.show_view]
        preferences.on_server.append(activity.watch)
        settings.on_sound_problem.append(desktop.tell)
        settings.on_webhook_test.append(activity.test)
        settings.on_activity.append(activity.open)
        activity.on_check.append(settings.show_webhook_test)
        settings.on_practice_call.append(board.practise)
        setup.on_practice_call += [board.practise, desktop.open_panel]
        desktop.join(board, stop, settings.open, self.history.open, activity.open, self.status.open)
        desktop.join_devices(self.devices)
        desktop.join_setup(setup.open)
        desktop.offer_privacy_page(privacy_page())
        self._join_hands_free(board, preferences)
        preferences.on_change.append(lambda: desktop.use(preferences.settings))
        desktop.use(preferences.settings)

    def commands(self, board: Switchboard, preferences: Preferences, stop: asyncio.Event) -> CommandDesk:
        """What later starts of the program can ask for."""
        opens = {
            "panel": self.desktop.open_panel,
            "history": self.history.open,
            "settings": self.settings.open,
            "status": self.status.open,
        }
        links = LinkDesk(self.desktop.theme, board.call_at_desk, self.desktop.open_panel)
        return CommandDesk(board, lambda: preferences.settings, opens, links.show, self.desktop.tell, stop)

    def _join_hands_free(self, board: Switchboard, preferences: Preferences) -> None:
        """Let keys and headsets do what buttons do, and say where they cannot."""
        hands = self.hands_free

        def show(state: KeysState) -> None:
            self.desktop.show_hot_keys(state.working)
            board.views.set_problem("hot_keys", key_words.problems(state.shortcuts, state.bound.problems) or None)
            board.views.show()

        def join(dialog: SettingsDialog) -> None:
            def tell(state: KeysState) -> None:
                dialog.show_keys(state.bound.problems, state.bound.names, state.headset)

            dialog.hot_key_recording.connect(hands.record)
            hands.on_recorded.append(dialog.take_hot_key)
            hands.on_state.append(tell)
            tell(hands.state)

        def headset_problems() -> dict[str, str]:
            words = " ".join(key_words.headset_problem(one) for one in sorted(hands.state.headset))
            return {Subject.HEADSET: words} if words else {}

        self.status.more_problems = headset_problems
        self.settings.on_dialog.append(join)
        hands.on_state.append(show)
        board.views.on_view.append(hands.show_view)
        preferences.on_change.append(lambda: hands.use(preferences.settings))
        hands.use(preferences.settings)

    def jobs(self) -> dict[str, Coroutine[Any, Any, None]]:
        """What each of them has to do as long as the program runs, by name."""
        return {
            "settings": self.settings.run(),
            "setup": self.setup.run(),
            "history": self.history.run(),
            "activity": self.activity.run(),
            "status": self.status.run(),
            "devices": self.devices.run(),
            "hands_free": self.hands_free.run(),
        }
