"""What the settings dialog tries out: a live meter of a microphone, a test tone on a speaker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.sentence import sentence
from connector_gui.dsp.tones import test_tone
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.sound import SoundSystem
from connector_gui.voice.tone_output import ToneOutput

log = logging.getLogger(__name__)

LEVEL_PERIOD_S: Final = 0.04
"""25 levels a second: as fast as an eye follows a meter, and under the 30 that a window is sent."""
_TONE_POLL_S: Final = 0.1


class Preview:
    """Belongs to the voice thread's loop. The microphone is open only between `start_meter` and `stop_meter`."""

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        *,
        on_level: Callable[[Level], None],
        on_problem: Callable[[AudioError], None],
    ) -> None:
        """Prepare; both listeners are called in the loop, *on_problem* once for each attempt that fails."""
        self._sound = sound
        self._catalog = catalog
        self._on_level = on_level
        self._on_problem = on_problem
        self._microphone: str | None = None
        self._meter_changed = asyncio.Event()
        self._speaker = ""
        self._tone_wanted = asyncio.Event()

    def start_meter(self, microphone: str = "") -> None:
        """Measure *microphone* (a setting; empty: the system's default) instead of any other."""
        self._microphone = microphone
        self._meter_changed.set()

    def stop_meter(self) -> None:
        """Let go of the microphone."""
        self._microphone = None
        self._meter_changed.set()

    def play_test_tone(self, speaker: str = "") -> None:
        """Play the test tone on *speaker* (a setting; empty: the system's default); an earlier one stops."""
        self._speaker = speaker
        self._tone_wanted.set()

    async def run(self) -> None:
        """Carry out what is asked until cancelled; the devices are free afterwards."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_meter(), name="preview.meter")
            tasks.create_task(self._run_tone(), name="preview.tone")

    async def _run_meter(self) -> None:
        while True:
            await self._meter_changed.wait()
            self._meter_changed.clear()
            if self._microphone is not None:
                await self._measure(self._microphone)

    async def _measure(self, microphone: str) -> None:
        """Report levels until something else is asked for."""
        line = Line(self._sound, self._catalog, input_device=microphone, is_strict=True)
        try:
            await asyncio.to_thread(line.open_input)
            await self._report_levels(line)
        except AudioError as error:
            log.info("preview.microphone_unavailable", extra={"reason": str(error)})
            self._on_problem(error)
        finally:
            await asyncio.to_thread(line.close)

    async def _report_levels(self, line: Line) -> None:
        while not self._meter_changed.is_set():
            if not line.is_input_open:
                raise AudioError(sentence("The microphone has gone. Plug it in again, or choose another."))
            line.take_captured()
            self._on_level(line.take_levels().microphone)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._meter_changed.wait(), LEVEL_PERIOD_S)

    async def _run_tone(self) -> None:
        while True:
            await self._tone_wanted.wait()
            self._tone_wanted.clear()
            await self._play(self._speaker)

    async def _play(self, speaker: str) -> None:
        """Play the tone to its end, or until it is asked for again."""
        tone = ToneOutput(self._sound, self._catalog, test_tone, device=speaker, repeats=False)
        try:
            await asyncio.to_thread(tone.open)
            while not tone.is_over and not self._tone_wanted.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._tone_wanted.wait(), _TONE_POLL_S)
        except AudioError as error:
            log.info("preview.speaker_unavailable", extra={"reason": str(error)})
            self._on_problem(error)
        finally:
            await asyncio.to_thread(tone.close)
