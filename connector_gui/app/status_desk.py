"""The status page, joined to the rooms: asks each how it does while somebody looks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QObject, QUrl, qVersion
from PySide6.QtGui import QDesktopServices

from connector_gui import __version__
from connector_gui.app.keys import Keys
from connector_gui.core import status
from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import AudioError
from connector_gui.core.presence import Wish
from connector_gui.core.sentence import sentence
from connector_gui.core.settings import Settings
from connector_gui.core.status import Cure, Devices, ServiceAnswer, StatusLine, Subject
from connector_gui.elevenlabs.api import KeyCheck
from connector_gui.switchboard import Switchboard
from connector_gui.ui import presence_words
from connector_gui.ui.settings_dialog import SettingsPage
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import Theme

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""How often everything is looked at while the page is seen."""
ASK_AGAIN_S: Final = 60.0
"""ElevenLabs is asked no more often than that, unless the operator wants it."""


class DeviceNames(Protocol):
    """What is asked of the voice thread."""

    async def device_names(self) -> tuple[Sequence[str], Sequence[str]]:
        """Microphones and speakers to choose from."""
        ...


class StatusDesk(QObject):
    """Fills the page; the window is made when the operator first wants it.

    Attributes:
        more_problems: What is wrong that only this page tells, by subject.
    """

    def __init__(
        self,
        theme: Theme,
        board: Switchboard,
        keys: Keys,
        voice: DeviceNames,
        *,
        settings: Callable[[], Settings],
        check_key: Callable[[], Awaitable[KeyCheck]],
        open_settings: Callable[[SettingsPage | None], None],
        data_folder: Path,
    ) -> None:
        """*settings* gives those in force, *check_key* asks ElevenLabs."""
        super().__init__()
        self._theme = theme
        self._board = board
        self._keys = keys
        self._voice = voice
        self._settings = settings
        self._check_key = check_key
        self._open_settings = open_settings
        self._folder = data_folder
        self.more_problems: Callable[[], Mapping[str, str]] = dict
        self._window: StatusWindow | None = None
        self._wanted, self._news = asyncio.Event(), asyncio.Event()
        self._answer: KeyCheck | None = None
        self._answered_s = self._took_s = 0.0
        self._devices: tuple[Devices, Devices] | None = None
        self._free_bytes: int | None = None
        self._has_looked = False

    async def run(self) -> None:
        """Look while the page is seen, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            # Apart: a service that does not answer must not hold up the rest.
            tasks.create_task(self._again_and_again(self._look), name="status.look")
            tasks.create_task(self._again_and_again(self._ask_elevenlabs), name="status.elevenlabs")

    async def _again_and_again(self, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._wanted.wait()
            try:
                await job()
            except Exception:
                # The outermost frame of the job: a page that cannot be filled must not take the program down.
                log.exception("status.failed")
            news = self._news
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await news.wait()

    def open(self) -> None:
        """Show the page."""
        if self._window is None:
            self._window = StatusWindow(self._theme)
            self._window.opened.connect(self._on_opened)
            self._window.left.connect(self._wanted.clear)
            self._window.cure_requested.connect(lambda cure: self._on_cure(Cure(cure)))
        self._window.open()

    async def lines(self) -> list[StatusLine]:
        """How everything does, as last looked at."""
        view, keys, settings = self._board.views.current, self._keys, self._settings()
        problems = self._board.views.problems
        health = self._board.health()
        origin = await keys.credentials.origin_of_elevenlabs_key() if keys.status is KeyStatus.STORED else None
        microphones, speakers = self._devices or (None, None)
        talking = view.talking
        lines = [
            status.calls_line(health.reasons, is_practice=view.is_practice, sentence=presence_words.no_calls(view)),
            status.key_line(keys.status, origin, settings.practice),
            status.service_line(self._service_answer(), has_key=keys.elevenlabs is not None),
            status.webhook_line(view.webhook_url, problems.get("webhook"), len(keys.webhook)),
            status.device_line(
                Subject.MICROPHONE, microphones, settings.input_device, talking.input_device if talking else ""
            ),
            status.device_line(
                Subject.SPEAKER, speakers, settings.output_device, talking.output_device if talking else ""
            ),
            status.keyring_line(keys.trouble, keys.problem),
            status.record_line(problems.get("store") or problems.get("record")),
        ]
        if self._has_looked:
            lines.append(status.disk_line(self._free_bytes))
        return lines + status.other_lines({**problems, **self.more_problems()})

    async def diagnostics(self) -> str:
        """The page as text, for somebody who is asked for help; see `core.status.diagnostics`."""
        return status.diagnostics(await self.lines(), about_program())

    # --- inside ----------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._wanted.set()
        self._look_now()

    def _look_now(self) -> None:
        """Do not wait for the next look."""
        self._news.set()
        self._news = asyncio.Event()

    async def _look(self) -> None:
        await self._show()  # what is known at once, before devices and disk have answered
        names, self._free_bytes = await asyncio.gather(self._list_devices(), asyncio.to_thread(_free, self._folder))
        self._devices, self._has_looked = names, True
        await self._show()

    async def _list_devices(self) -> tuple[Devices, Devices]:
        try:
            microphones, speakers = await self._voice.device_names()
        except AudioError as error:
            return Devices(problem=str(error)), Devices(problem=str(error))
        return _found(microphones), _found(speakers)

    async def _ask_elevenlabs(self) -> None:
        is_recent = self._answer is not None and time.monotonic() - self._answered_s < ASK_AGAIN_S
        if self._keys.elevenlabs is None or is_recent:
            return
        began_s = time.monotonic()
        self._answer = await self._check_key()
        self._answered_s = time.monotonic()
        self._took_s = self._answered_s - began_s
        await self._show()

    def _service_answer(self) -> ServiceAnswer | None:
        if self._answer is None:
            return None
        ago_s = round(time.monotonic() - self._answered_s)
        return ServiceAnswer(str(self._answer.state), self._answer.message, round(self._took_s * 1000), ago_s)

    async def _show(self) -> None:
        lines = await self.lines()
        if self._window is not None:
            about = about_program()
            words = " · ".join([f"Agent Connector {about['version']}", about["system"], f"Qt {about['qt']}"])
            self._window.show_status(lines, words, status.diagnostics(lines, about))

    def _on_cure(self, cure: Cure) -> None:
        pages = {
            Cure.SOUND: SettingsPage.SOUND,
            Cure.WEBHOOK: SettingsPage.WEBHOOK,
            Cure.ELEVENLABS: SettingsPage.ELEVENLABS,
            Cure.KEYBOARD: SettingsPage.KEYBOARD,
        }
        match cure:
            case Cure.TAKE_CALLS:
                self._board.set_presence(Wish.TAKE_CALLS)
            case Cure.DATA_FOLDER:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
            case Cure.ASK_AGAIN:
                self._answer = None
                self._look_now()
            case _:
                self._open_settings(pages[cure])


def about_program() -> dict[str, str]:
    """Program and system; nothing of the person, their computer's name or folders."""
    return {
        "version": __version__,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "qt": qVersion() or "",
    }


def _found(names: Sequence[str]) -> Devices:
    return Devices(names, None if names else sentence("None was found. Plug one in; it is noticed by itself."))


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
