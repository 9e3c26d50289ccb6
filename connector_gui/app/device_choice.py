"""Devices chosen from the panel during a call: listed when the menu opens, kept as the first in the settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from connector_gui.app.preferences import Preferences
from connector_gui.core.device_order import in_order, name_for_setting, put_first
from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.voice.thread import VoiceThread

log = logging.getLogger(__name__)

Field = Literal["input_device", "output_device"]


class DeviceChoice:
    """Lists devices and changes the settings, beside the windows.

    Attributes:
        on_devices: Called with the names of microphones and of speakers.
        on_choice: Called with whether the system's default is chosen for the microphone, and for the speaker.
        on_problem: Called with a sentence when a choice cannot be kept.
    """

    def __init__(self, preferences: Preferences, voice: VoiceThread) -> None:
        self._preferences = preferences
        self._voice = voice
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self.on_devices: list[Callable[[list[str], list[str]], None]] = []
        self.on_choice: list[Callable[[bool, bool], None]] = []
        self.on_problem: list[Callable[[str], None]] = []

    async def run(self) -> None:
        """Do what is asked for, in order, until cancelled."""
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except Exception:
                # The outermost frame of each job: one that fails must not end the next.
                log.exception("device_choice.failed")

    def look(self) -> None:
        """Somebody is about to choose: say what is chosen, and list what there is."""
        settings = self._preferences.settings
        for listener in self.on_choice:
            listener(not in_order(settings.input_device), not in_order(settings.output_device))
        self._jobs.put_nowait(self._look)

    def choose(self, field: Field, device: str) -> None:
        """Use *device*, by its whole name, in the call that runs and in those to come."""
        self._jobs.put_nowait(lambda: self._choose(field, device))

    async def _look(self) -> None:
        try:
            microphones, speakers = await self._voice.device_names()
        except AudioError as error:
            self._tell(str(error))
            return
        for listener in self.on_devices:
            listener(list(microphones), list(speakers))

    async def _choose(self, field: Field, device: str) -> None:
        before: str = getattr(self._preferences.settings, field)
        wanted = put_first(before, name_for_setting(device))
        problems = await self._preferences.apply({field: wanted})
        for problem in problems.values():
            self._tell(problem)
        if not problems and getattr(self._preferences.settings, field) != wanted:
            self._tell(
                sentence(
                    "{name} in the environment names the device: it can only be changed there.", name=field.upper()
                )
            )

    def _tell(self, problem: str) -> None:
        for listener in self.on_problem:
            listener(problem)
