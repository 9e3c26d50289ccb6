"""The guided start: when it comes up, where it goes on, and what it asks for beside the settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QTimer

from connector_gui.app.preferences import Preferences
from connector_gui.app.settings_desk import SettingsDesk
from connector_gui.core.errors import ConfigError
from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.dsp.block import Block
from connector_gui.practice.voice import Sentence, samples_of
from connector_gui.system.autostart import Autostart, own_command, system_autostart
from connector_gui.system.paths import DataDir, data_dir
from connector_gui.system.settings_sources import LoadedSettings, Origin
from connector_gui.system.setup_progress import SetupProgress
from connector_gui.ui.setup.window import STEPS, SetupWindow
from connector_gui.ui.theme import Theme
from connector_gui.voice.thread import VoiceThread

log = logging.getLogger(__name__)

SPOKEN: Final = (Sentence.GREETING, Sentence.FAREWELL)
"""What the agent says in a sound check: seven seconds, in which a canceller has learned the room."""


def is_wanted(loaded: LoadedSettings, progress: SetupProgress) -> bool:
    """Whether the guide comes up by itself; to be asked before anything is written to the data folder.

    It does in a new folder, and again until it was finished or skipped. Who has set the program up by the environment
    or `.env`, or has used it before there was a guide, is not bothered. The command line does not count: it says where
    the data is, or that the practice agent answers, and leaves open what the guide is about.
    """
    given = {name for name, origin in loaded.origins.items() if origin in {Origin.ENVIRONMENT, Origin.DOTENV}}
    if given - {"data_dir"} or progress.is_over:
        return False
    folder = loaded.data_dir
    is_used = folder.database.exists() or any(folder.path.glob(f"{folder.settings_file.name}*"))
    if not is_used and not progress.was_begun:
        # At once: if the record cannot be opened now, the next start must not take the folder for a used one.
        progress.keep(STEPS[0])
    return progress.was_begun


def autostart_of(folder: DataDir) -> Autostart:
    """The entry that starts this program with this data folder."""
    return system_autostart(own_command(None if folder == data_dir() else folder.path))


class SetupDesk(QObject):
    """Makes the window when it is first wanted.

    Attributes:
        on_practice_call: Hear that the guide ends with a practice call.
    """

    def __init__(
        self,
        theme: Theme,
        settings: SettingsDesk,
        preferences: Preferences,
        voice: VoiceThread,
        progress: SetupProgress,
        autostart: Autostart,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._preferences = preferences
        self._voice = voice
        self._progress = progress
        self._autostart = autostart
        self._window: SetupWindow | None = None
        self._wishes: asyncio.Queue[bool | None] = asyncio.Queue()
        self.on_practice_call: list[Callable[[], None]] = []

    async def run(self) -> None:
        """Look up and change how the program starts, beside the windows, until cancelled."""
        await self._renew_autostart()
        while True:
            wish = await self._wishes.get()
            problem = ""
            try:
                if wish is not None:
                    await asyncio.to_thread(self._autostart.switch, is_on=wish)
                    log.info("autostart.changed", extra={"is_on": wish})
            except ConfigError as error:
                problem = str(error)
            is_on = await asyncio.to_thread(self._autostart.is_on)
            if self._window is not None:
                self._window.show_autostart(is_on, problem)

    async def _renew_autostart(self) -> None:
        """Start at login from where the program is now, if it was moved."""
        try:
            if await asyncio.to_thread(self._autostart.renew):
                log.info("autostart.renewed")
        except ConfigError as error:
            # Nobody has asked for anything: the guide says it when somebody does.
            log.info("autostart.not_renewed", extra={"reason": str(error)})

    def open_by_itself(self) -> None:
        """Come up where it was left, without the focus: the operator may be typing elsewhere."""
        # In a turn of its own: all the rest is being put together in this one.
        QTimer.singleShot(0, self, lambda: self._come_up(self._progress.step, takes_focus=False))

    def open(self) -> None:
        """Come to the front: from the beginning once it is over, else where it was left."""
        self._come_up("" if self._progress.is_over else self._progress.step)

    def show_check(self, news: CheckStep | SoundCheck) -> None:
        """Follow a sound check."""
        if self._window is not None:
            self._window.show_check(news)

    def hide(self) -> None:
        """Take the window off the screen."""
        if self._window is not None:
            self._window.hide()

    def _come_up(self, step: str, *, takes_focus: bool = True) -> None:
        window = self._made()
        # In the next turn of the event loop: to make it is enough for one.
        QTimer.singleShot(0, window, lambda: window.open_at(step, takes_focus=takes_focus))

    def _made(self) -> SetupWindow:
        if self._window is None:
            window = self._window = SetupWindow(self._theme)
            self._settings.add_face(window)
            window.stepped.connect(self._on_step)
            window.finished_with.connect(self._on_finished)
            window.practise_requested.connect(self._practise)
            window.check_requested.connect(lambda: self._voice.check_sound(speech))
            window.check_stop_requested.connect(self._voice.stop_sound_check)
            window.autostart_requested.connect(self._wishes.put_nowait)
        self._wishes.put_nowait(None)
        return self._window

    def _on_step(self, step: str) -> None:
        if not self._progress.is_over:
            self._progress.keep(step)

    def _on_finished(self, with_call: bool) -> None:
        self._progress.finish()
        log.info("setup.finished", extra={"with_call": with_call})
        for listener in self.on_practice_call if with_call else ():
            listener()

    def _practise(self) -> None:
        """Let the practice agent answer, where the settings keep it from doing so."""
        is_kept = self._preferences.settings.practice == "never"
        if is_kept and self._window is not None and "practice" not in self._preferences.loaded.fixed:
            self._window.changes_requested.emit({"practice": "auto"})


def speech(rate_hz: int) -> Block:
    """What the practice agent says in a sound check."""
    return np.concatenate([samples_of(sentence, rate_hz) for sentence in SPOKEN])
