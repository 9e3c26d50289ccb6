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
from collections.abc import Callable
from datetime import UTC, datetime

from connector_gui.app.activity_desk import ActivityDesk
from connector_gui.app.desktop import Desktop
from connector_gui.app.device_choice import DeviceChoice
from connector_gui.app.history_desk import HistoryDesk
from connector_gui.app.keys import Keys
from connector_gui.app.office import Office, read_clocks
from connector_gui.app.outside import Outside
from connector_gui.app.preferences import Preferences
from connector_gui.app.presence_keeper import PresenceKeeper
from connector_gui.app.services import AnsweringServices
from connector_gui.app.settings_desk import SettingsDesk
from connector_gui.app.setup_desk import SetupDesk, autostart_of, is_wanted
from connector_gui.app.status_desk import StatusDesk
from connector_gui.core.view import Levels
from connector_gui.elevenlabs.link import open_link
from connector_gui.store import Store
from connector_gui.switchboard.callers import CallerDesk
from connector_gui.system.credentials import Credentials
from connector_gui.system.logs import Logs
from connector_gui.system.presence_file import PresenceFile
from connector_gui.system.secret_store import KeyringStore
from connector_gui.system.settings_sources import LoadedSettings
from connector_gui.system.setup_progress import SetupProgress
from connector_gui.system.single_instance import Instance
from connector_gui.voice.microphone_access import privacy_page
from connector_gui.voice.portaudio import PortAudio
from connector_gui.voice.recording.folder import RecordingsFolder
from connector_gui.voice.thread import Listeners, VoiceThread

log = logging.getLogger(__name__)


async def run(desktop: Desktop, loaded: LoadedSettings, logs: Logs, instance: Instance, stop: asyncio.Event) -> bool:
    """Run the program behind *desktop* until *stop* is set.

    Returns:
        Whether the interpreter can end in the ordinary way. It cannot while the sound library hangs in a call: a
        stream of its may call back into what is being taken down.

    Raises:
        StoreError: The record cannot be opened.
    """
    instance.listen()
    settings = loaded.settings
    progress = SetupProgress(loaded.data_dir.path)
    is_setup_wanted = is_wanted(loaded, progress)
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open(settings.database_url or loaded.data_dir.database)
        stack.push_async_callback(store.close)
        await store.recover(datetime.now(UTC))
        keys = Keys(Credentials(KeyringStore(), settings), logs.redactor.add_key)
        services = AnsweringServices(keys, settings.elevenlabs_base_url, settings.practice)
        stack.push_async_callback(services.aclose)
        sound = PortAudio()
        voice = VoiceThread(sound, open_link)
        stack.push_async_callback(end_sound, voice, sound)
        recordings = RecordingsFolder(loaded.data_dir.recordings)
        office = Office.open(settings, store, voice, services, recordings)
        board = office.board
        presence = PresenceKeeper(board, PresenceFile(loaded.data_dir.path))
        await presence.restore()
        preferences = Preferences(loaded, office, voice, keys, services, logs)
        outside = Outside(board, store, office.archive.amend, keys, lambda: preferences.settings, read_clocks)
        stack.push_async_callback(outside.aclose)
        preferences.more_routes = outside.routes
        preferences.on_server.append(outside.listen_to)
        dialog = SettingsDesk(desktop.theme, preferences, keys, services, voice)
        setup = SetupDesk(desktop.theme, dialog, preferences, voice, progress, autostart_of(loaded.data_dir))
        history = HistoryDesk(desktop.theme, office.archive, voice, desktop.places)
        devices = DeviceChoice(preferences, voice)
        desktop.join_devices(devices)
        voice.start(
            Listeners(
                outside.listening(board.report),
                levels_for(desktop, office.callers),
                dialog.show_level,
                dialog.tell_sound_problem,
                history.show_playback,
                setup.show_check,
            )
        )
        dialog.on_sound_problem.append(desktop.tell)
        board.views.on_view += [dialog.show_view, history.show_view]
        instance.activated.connect(desktop.open_panel)
        activity = ActivityDesk(
            desktop.theme,
            desktop.places,
            keys,
            logs.redactor.clean,
            lambda: preferences.settings.tls_cert_file,
        )
        preferences.on_server.append(activity.watch)
        activity.on_check.append(dialog.show_webhook_test)
        dialog.on_webhook_test.append(activity.test)
        for asks in (dialog, setup):
            asks.on_practice_call.append(board.practise)
        dialog.on_activity.append(activity.open)
        board.views.on_view.append(activity.show_view)
        status = StatusDesk(
            desktop.theme,
            board,
            keys,
            voice,
            settings=lambda: preferences.settings,
            check_key=lambda: services.elevenlabs.check_key(),
            open_settings=dialog.open,
            data_folder=loaded.data_dir.path,
        )
        desktop.join(board, stop, dialog.open, history.open, activity.open, status.open)
        preferences.on_change.append(lambda: desktop.use(preferences.settings))
        desktop.use(settings)
        desktop.offer_privacy_page(privacy_page())
        setup.on_practice_call.append(desktop.open_panel)
        desktop.join_setup(setup.open)
        if is_setup_wanted:
            setup.open_by_itself()
        board.views.set_problem("record", store.problem)
        await _work(
            desktop,
            store,
            office,
            outside,
            keys,
            preferences,
            dialog,
            history,
            activity,
            devices,
            presence,
            status,
            setup,
            stop,
        )
        setup.hide()
    desktop.hide()
    log.info("app.stopped")
    return not sound.is_stuck


async def end_sound(voice: VoiceThread, sound: PortAudio) -> None:
    """Let go of every device, and end the voice thread.

    Side by side: a call that waits for a hanging library is given up by the one, which lets the other end.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(voice.stop(), name="app.voice_stop")
        tasks.create_task(asyncio.to_thread(sound.shut_down), name="app.sound_shut_down")


def levels_for(desktop: Desktop, callers: CallerDesk) -> Callable[[Levels], float]:
    """Shows levels on the desktop and to callers who follow them; gives for how many seconds nobody wants new ones."""

    def show(levels: Levels) -> float:
        not_wanted_s = desktop.show_levels(levels)
        callers.show_levels(levels)
        return 0.0 if callers.on_levels else not_wanted_s

    return show


async def _check(store: Store, office: Office) -> None:
    """Look for damage that the former run may have left, beside everything else."""
    problem = await store.check()
    if problem is not None:
        office.board.views.set_problem("record", problem)
        office.board.views.show()


async def _work(
    desktop: Desktop,
    store: Store,
    office: Office,
    outside: Outside,
    keys: Keys,
    preferences: Preferences,
    dialog: SettingsDesk,
    history: HistoryDesk,
    activity: ActivityDesk,
    devices: DeviceChoice,
    presence: PresenceKeeper,
    status: StatusDesk,
    setup: SetupDesk,
    stop: asyncio.Event,
) -> None:
    """Everything that runs as long as the program does."""
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(desktop.run(), name="app.desktop"),
            tasks.create_task(office.run(), name="app.office"),
            tasks.create_task(_check(store, office), name="app.check"),
            tasks.create_task(outside.run(), name="app.outside"),
            tasks.create_task(keys.watch(), name="app.keys"),
            tasks.create_task(preferences.serve(), name="app.webhook"),
            tasks.create_task(dialog.run(), name="app.settings"),
            tasks.create_task(history.run(), name="app.history"),
            tasks.create_task(devices.run(), name="app.devices"),
            tasks.create_task(presence.run(), name="app.presence"),
            tasks.create_task(status.run(), name="app.status"),
            tasks.create_task(setup.run(), name="app.setup"),
            tasks.create_task(activity.run(), name="app.activity"),
        ]
        log.info("app.started")
        await stop.wait()
        log.info("app.stopping")
        await office.board.shut_down()
        await history.save()
        await outside.settle()
        for task in running:
            task.cancel()
