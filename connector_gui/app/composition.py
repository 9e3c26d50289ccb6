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
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from connector_gui.app.crash_desk import CrashDesk
from connector_gui.app.desktop import Desktop
from connector_gui.app.keys import Keys
from connector_gui.app.office import Office, read_clocks
from connector_gui.app.outside import Outside
from connector_gui.app.preferences import Preferences
from connector_gui.app.presence_keeper import PresenceKeeper
from connector_gui.app.services import AnsweringServices, announcing
from connector_gui.app.setup_desk import is_wanted
from connector_gui.app.update_watch import UpdateWatch
from connector_gui.app.windows import Windows
from connector_gui.core.view import Levels
from connector_gui.elevenlabs.link import open_link
from connector_gui.store import Store
from connector_gui.switchboard.callers import CallerDesk
from connector_gui.system import garbage
from connector_gui.system.crash_reports import CrashReports
from connector_gui.system.credentials import Credentials
from connector_gui.system.logs import Logs
from connector_gui.system.presence_file import PresenceFile
from connector_gui.system.secret_store import KeyringStore
from connector_gui.system.settings_sources import LoadedSettings
from connector_gui.system.setup_progress import SetupProgress
from connector_gui.system.single_instance import Instance
from connector_gui.system.update_check import UpdateFile
from connector_gui.voice.portaudio import PortAudio
from connector_gui.voice.recording.folder import RecordingsFolder
from connector_gui.voice.thread import Listeners, VoiceThread

log = logging.getLogger(__name__)


async def run(
    desktop: Desktop,
    loaded: LoadedSettings,
    logs: Logs,
    reports: CrashReports,
    instance: Instance,
    stop: asyncio.Event,
) -> bool:
    """Run the program behind *desktop* until *stop* is set.

    Returns:
        Whether the interpreter can end in the ordinary way. It cannot while the sound library hangs in a call: a
        stream of its may call back into what is being taken down.

    Raises:
        StoreError: The record cannot be opened.
    """
    settings = loaded.settings
    progress = SetupProgress(loaded.data_dir.path)
    is_newcomer = is_wanted(loaded, progress)  # before there is a record, by which a newcomer is told
    async with contextlib.AsyncExitStack() as stack:
        try:
            store = await Store.open(settings.database_url or loaded.data_dir.database)
        finally:
            garbage.settle()  # all that is large has been loaded; and without a record the operator is asked first
        stack.push_async_callback(store.close)
        await store.recover(datetime.now(UTC))
        keys = Keys(Credentials(KeyringStore(), settings), logs.redactor.add_key)
        services = AnsweringServices(keys, settings.elevenlabs_base_url, settings.practice)
        stack.push_async_callback(services.aclose)
        sound = PortAudio()
        voice = VoiceThread(sound, announcing(open_link, logs.redactor.add_signed_url))
        stack.push_async_callback(end_sound, voice, sound)
        recordings = RecordingsFolder(loaded.data_dir.recordings)
        office = Office.open(settings, store, voice, services, recordings)
        preferences = Preferences(loaded, office, voice, keys, services, logs)
        presence = PresenceKeeper(office.board, PresenceFile(loaded.data_dir.path))
        await presence.restore()
        outside = Outside(office.board, store, office.archive.amend, keys, lambda: preferences.settings, read_clocks)
        stack.push_async_callback(outside.aclose)
        windows = Windows.open(desktop, loaded, logs, progress, office, preferences, keys, services, voice)
        voice.start(
            Listeners(
                outside.listening(office.board.report),
                levels_for(desktop, office.callers),
                windows.settings.show_level,
                windows.settings.tell_sound_problem,
                windows.history.show_playback,
                windows.setup.show_check,
                line_levels_for(desktop, office.callers),
            )
        )
        preferences.more_routes = outside.routes
        preferences.on_server.append(outside.listen_to)
        windows.join(office.board, preferences, stop)
        updates = UpdateWatch(
            lambda: preferences.settings.update_url, UpdateFile(loaded.data_dir.path), desktop.show_update
        )
        preferences.on_change.append(updates.settings_changed)
        commands = windows.commands(office.board, preferences, stop)
        instance.serve(commands.take)
        if is_newcomer and not desktop.at_login:
            windows.setup.open_by_itself()
        office.board.views.set_problem("record", store.problem)
        jobs = {
            "desktop": desktop.run(),
            "office": office.run(),
            "check": _check(store, office),
            "outside": outside.run(),
            "keys": keys.watch(),
            "webhook": preferences.serve(),
            "presence": presence.run(),
            "commands": commands.run(),
            "crashes": CrashDesk(reports, windows.status.diagnostics).run(),
            "updates": updates.run(),
            "garbage": garbage.collect(),
            **windows.jobs(),
        }
        async with _at_work(jobs):
            log.info("app.started")
            await stop.wait()
            log.info("app.stopping")
            await office.board.shut_down()
            await windows.history.save()
            await outside.settle()
        windows.setup.hide()
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


def line_levels_for(desktop: Desktop, callers: CallerDesk) -> Callable[[str, Levels], None]:
    """Shows levels of calls on lines on the desktop and to callers who follow them."""

    def show(session_id: str, levels: Levels) -> None:
        desktop.show_line_levels(session_id, levels)
        callers.show_line_levels(session_id, levels)

    return show


async def _check(store: Store, office: Office) -> None:
    """Look for damage that the former run may have left, beside everything else."""
    problem = await store.check()
    if problem is not None:
        office.board.views.set_problem("record", problem)
        office.board.views.show()


@contextlib.asynccontextmanager
async def _at_work(jobs: Mapping[str, Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Everything that runs as long as the program does, by name; cancelled at the end."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(job, name=f"app.{name}") for name, job in jobs.items()]
        yield
        for task in running:
            task.cancel()
