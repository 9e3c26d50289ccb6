"""From the command line to the running loop: settings, log, one instance, Qt; and back out again."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QFileOpenEvent, QSessionManager
from PySide6.QtWidgets import QApplication

from connector_gui import __version__
from connector_gui.app.desktop import Desktop
from connector_gui.app.main_loop import MainLoop
from connector_gui.core.call_link import MAX_LINK_CHARS
from connector_gui.core.desk_command import DeskCommand
from connector_gui.core.errors import ConfigError, StoreError
from connector_gui.system import logs as logging_setup
from connector_gui.system.crash_hooks import crash_hooks, on_loop_error
from connector_gui.system.crash_reports import CrashReports
from connector_gui.system.display import missing_display, route_qt_messages
from connector_gui.system.settings_sources import LoadedSettings, load
from connector_gui.system.single_instance import SHOW, Instance, claim
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.icon import app_icon
from connector_gui.ui.start_problem import ask_to_try_again
from connector_gui.ui.translation import Translation

log = logging.getLogger(__name__)

SIGNAL_POLL_MS = 200
SESSION_GRACE_S = 4.0
"""Of the 5 s that Windows gives a program when the session ends; others give more."""


def start(
    *,
    data_dir: Path | None,
    practice: bool,
    at_login: bool = False,
    wish: DeskCommand | None = None,
    does_wish: bool = False,
) -> int:
    """Start the program and return its exit status when it has ended.

    Args:
        at_login: Nobody waits for a window: show none.
        wish: What another program is asked that has the data folder already.
        does_wish: This one does the same, once it runs.

    Raises:
        ConfigError: It cannot start: a setting is wrong, the data folder is not ours, there is no display.
    """
    given = {"data_dir": data_dir, "practice": "always" if practice else None}
    loaded = load({name: value for name, value in given.items() if value is not None})
    problem = missing_display()
    if problem is not None:
        raise ConfigError(problem)
    loaded.data_dir.prepare()
    instance = claim(loaded.data_dir.path, wish or SHOW)
    if instance is None:
        return 0
    with contextlib.closing(instance):
        ending = _run(loaded, instance, at_login=at_login, wish=wish if does_wish else None)
    if not ending.is_ordinary:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ending.status)
    return ending.status


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the program came to its end.

    Attributes:
        status: For whoever started it.
        is_ordinary: The interpreter can end as it does: no thread hangs in a library.
    """

    status: int = 0
    is_ordinary: bool = True


def _run(loaded: LoadedSettings, instance: Instance, *, at_login: bool, wish: DeskCommand | None) -> _Ending:
    """Run the program until its end."""
    settings = loaded.settings
    logs = logging_setup.start(loaded.data_dir.logs, level=settings.log_level, line_format=settings.log_format)
    reports = CrashReports(loaded.data_dir.logs, logs.redactor.clean)
    reports.begin()
    try:
        with crash_hooks(reports.note):
            route_qt_messages()
            app = _application()
            translation = Translation(settings.ui_language)
            translation.install()
            with asyncio.Runner(loop_factory=lambda: MainLoop(app)) as runner:
                return runner.run(_main(app, loaded, logs, reports, instance, at_login=at_login, wish=wish))
    except Exception as error:
        reports.note(error)
        raise
    finally:
        reports.end()
        logs.stop()


class _Application(QApplication):
    """Leaves quitting to the program: log-out or Cmd-Q would break off running calls. Takes links on macOS.

    (Not an event filter: that would run Python for every event of every widget.)
    """

    on_quit: Callable[[], None] | None = None
    on_link: Callable[[str], None] | None = None

    def event(self, event: QEvent) -> bool:
        """Take Qt's wish to quit, and a link that was clicked, as requests."""
        if event.type() is QEvent.Type.Quit and self.on_quit is not None:
            self.on_quit()
            return True
        if isinstance(event, QFileOpenEvent) and self.on_link is not None:
            self.on_link(bytes(event.url().toEncoded().data()).decode("ascii", "replace"))
            return True
        return super().event(event)


def _application() -> _Application:
    app = _Application(sys.argv[:1])
    app.setApplicationName("agent-connector")
    app.setApplicationDisplayName("Agent Connector")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("agent-connector")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)  # a tray program outlives its windows
    return app


async def _main(
    app: _Application,
    loaded: LoadedSettings,
    logs: logging_setup.Logs,
    reports: CrashReports,
    instance: Instance,
    *,
    at_login: bool,
    wish: DeskCommand | None,
) -> _Ending:
    asyncio.get_running_loop().set_exception_handler(on_loop_error)
    stop = asyncio.Event()
    app.on_quit = stop.set
    app.on_link = lambda link: instance.ask(DeskCommand("link", {"url": link[: MAX_LINK_CHARS + 1]}))
    app.commitDataRequest.connect(lambda manager: _end_with_session(stop, manager))
    with _stopped_by_signals(stop):
        desktop = Desktop(app, WindowPlaces(loaded.data_dir.path), at_login=at_login)
        instance.activated.connect(desktop.open_panel)
        instance.listen()
        if wish is not None:
            instance.ask(wish)
        desktop.use(loaded.settings)
        desktop.show()
        # Database, sound and HTTP take longer to import than all the rest: beside the tray, not before it.
        rest = asyncio.to_thread(importlib.import_module, "connector_gui.app.composition")
        async with asyncio.TaskGroup() as tasks:
            importing = tasks.create_task(rest, name="start.import")
            tasks.create_task(desktop.make_windows(), name="start.windows")
        composition = importing.result()
        while True:
            try:
                is_ordinary = await composition.run(desktop, loaded, logs, reports, instance, stop)
            except StoreError as error:
                # Without the record nothing that is promised to callers can be kept.
                log.critical("app.cannot_start", extra={"reason": str(error)})
                if not await _wants_another_try(str(error), stop):
                    return _Ending(status=1)
            else:
                return _Ending(is_ordinary=bool(is_ordinary))


def _end_with_session(stop: asyncio.Event, manager: QSessionManager | None, grace_s: float = SESSION_GRACE_S) -> None:
    """The user logs off: end here and now. Windows ends a program as soon as it has been told, so this waits.

    The loop goes on meanwhile, inside this one, and takes it along when it ends.
    """
    if manager is not None:
        manager.setRestartHint(QSessionManager.RestartHint.RestartNever)  # start at login is a choice of its own
    log.info("app.session_ends")
    stop.set()
    waiting = QtCore.QEventLoop()
    QTimer.singleShot(round(grace_s * 1000), waiting.quit)
    waiting.exec()


async def _wants_another_try(sentence: str, stop: asyncio.Event) -> bool:
    """Ask the operator; to be told to end meanwhile is a no."""
    asking = asyncio.create_task(ask_to_try_again(sentence), name="app.ask_to_try_again")
    stopping = asyncio.create_task(stop.wait(), name="app.stop")
    await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    wants = asking.done() and asking.result()
    for task in (asking, stopping):
        task.cancel()
    await asyncio.gather(asking, stopping, return_exceptions=True)
    return wants and not stop.is_set()


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set *stop* on Ctrl-C, on a request to end, and when the terminal or the session goes."""
    loop = asyncio.get_running_loop()
    hang_up = [signal.SIGHUP] if sys.platform != "win32" else []
    numbers = (signal.SIGINT, signal.SIGTERM, *hang_up)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop.set)
    except NotImplementedError:  # Windows
        with _stopped_by_plain_signals(stop, numbers):
            yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _stopped_by_plain_signals(stop: asyncio.Event, numbers: Sequence[int]) -> Iterator[None]:
    """The same with Python's own handlers, which run only when some Python code does: a timer sees to that."""
    look = QTimer()
    look.timeout.connect(lambda: None)
    look.start(SIGNAL_POLL_MS)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        look.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
