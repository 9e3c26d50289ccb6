"""What exists, and who meets whom: builds all, connects all, runs, takes down in reverse. No decisions.

windows ──requests──→ switchboard ←──reports── voice thread (conversations, ringer)
   ↑                    │  ↑                      ↑
   └──────pictures──────┘  └── webhook server     └── links ──→ ElevenLabs or the practice agent
                        ↓
                      store
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime

from connector_gui.app.desktop import Desktop
from connector_gui.app.keys import Keys
from connector_gui.app.preferences import Preferences
from connector_gui.app.services import AnsweringServices
from connector_gui.app.settings_desk import SettingsDesk
from connector_gui.core.desk import Desk
from connector_gui.core.moment import Moment
from connector_gui.elevenlabs.link import open_link
from connector_gui.store import Store
from connector_gui.switchboard import Switchboard
from connector_gui.system.credentials import Credentials
from connector_gui.system.logs import Logs
from connector_gui.system.secret_store import KeyringStore
from connector_gui.system.settings_sources import LoadedSettings
from connector_gui.system.single_instance import Instance
from connector_gui.voice.portaudio import PortAudio
from connector_gui.voice.thread import Listeners, VoiceThread

log = logging.getLogger(__name__)


def read_clocks() -> Moment:
    """Both clocks, now."""
    return Moment(datetime.now(UTC), time.monotonic())


async def run(desktop: Desktop, loaded: LoadedSettings, logs: Logs, instance: Instance, stop: asyncio.Event) -> None:
    """Run the program behind *desktop* until *stop* is set.

    Raises:
        StoreError: The record cannot be opened.
    """
    instance.listen()
    settings = loaded.settings
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open(settings.database_url or loaded.data_dir.database)
        stack.push_async_callback(store.close)
        await store.recover(read_clocks().utc)
        keys = Keys(Credentials(KeyringStore(), settings), logs.redactor.add_key)
        services = AnsweringServices(keys, settings.elevenlabs_base_url, settings.practice)
        stack.push_async_callback(services.aclose)
        sound = PortAudio()
        stack.push_async_callback(asyncio.to_thread, sound.shut_down)
        voice = VoiceThread(sound, open_link)
        board = Switchboard(Desk(settings.desk_rules), store, voice, services, read_clocks)
        preferences = Preferences(loaded, board, voice, keys, services, logs)
        dialog = SettingsDesk(desktop.theme, preferences, keys, services, voice)
        voice.start(Listeners(board.report, desktop.show_levels, dialog.show_level, dialog.tell_sound_problem))
        dialog.on_sound_problem.append(desktop.tell)
        stack.push_async_callback(voice.stop)
        board.views.on_view.append(dialog.show_view)
        instance.activated.connect(desktop.open_panel)
        desktop.join(board, stop, dialog.open)
        await _work(board, keys, preferences, dialog, stop)
    desktop.hide()
    log.info("app.stopped")


async def _work(
    board: Switchboard, keys: Keys, preferences: Preferences, dialog: SettingsDesk, stop: asyncio.Event
) -> None:
    """Everything that runs as long as the program does."""
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(board.run(), name="app.board"),
            tasks.create_task(keys.watch(), name="app.keys"),
            tasks.create_task(preferences.serve(), name="app.webhook"),
            tasks.create_task(dialog.run(), name="app.settings"),
        ]
        log.info("app.started")
        await stop.wait()
        log.info("app.stopping")
        await board.shut_down()
        for task in running:
            task.cancel()
