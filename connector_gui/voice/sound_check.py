"""A sound check: the agent's voice on the speaker, the operator's in the microphone, judged by what comes in.

It uses what calls use, line, filters and far end, so what it finds holds for them. Its recording is in memory
only, and forgotten with the verdict.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Final

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.sentence import sentence
from connector_gui.core.sound_check import CheckStep, EchoFigures, SoundCheck
from connector_gui.core.voice import SoundSettings
from connector_gui.dsp import webrtc
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo_test import judge_echo, judge_voice
from connector_gui.dsp.far_end import START_MS
from connector_gui.dsp.microphone import SPEECH_HZ, Microphone, Moved
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.sound import SoundSystem

log = logging.getLogger(__name__)

QUIET_S: Final = 0.8
"""How long the room is listened to before the agent speaks."""
TAIL_S: Final = 0.7
"""The echo of the last word is still on its way so long."""
SPEAK_S: Final = 6.0
"""How long the operator has to say a sentence."""
LOOK_S: Final = 2.5
"""Who has been heard for so long by then need not go on."""
POLL_S: Final = 0.02
LEVEL_POLLS: Final = 2
"""A level every so many polls: 25 a second."""
START_S: Final = 3.0
"""So long devices may take until both call back."""

Speech = Callable[[int], Block]
"""Makes what the agent says, at the rate asked for; not empty."""


class SoundChecker:
    """Belongs to the voice thread's loop. The devices are open only while a check is under way."""

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        *,
        on_news: Callable[[CheckStep | SoundCheck], None],
        on_level: Callable[[Level], None],
        on_problem: Callable[[AudioError], None],
        load: Callable[[], ModuleType] = webrtc.load,
    ) -> None:
        """Prepare; all listeners are called in the loop.

        Args:
            on_news: Hears of each step, and last of what was found or `CheckStep.STOPPED`.
            on_level: The microphone, while the check is under way.
            on_problem: Why a check could not be made; `CheckStep.STOPPED` comes after it.
            load: Imports the library of the filters; runs in a thread.
        """
        self._sound = sound
        self._catalog = catalog
        self._on_news = on_news
        self._on_level = on_level
        self._on_problem = on_problem
        self._load = load
        self._wanted: tuple[SoundSettings, Speech] | None = None
        self._changed = asyncio.Event()

    def start(self, settings: SoundSettings, speech: Speech) -> None:
        """Check the devices of *settings* with their filters; a check under way is broken off."""
        self._wanted = (settings, speech)
        self._changed.set()

    def stop(self) -> None:
        """Break off; the devices fall silent within a poll."""
        self._wanted = None
        self._changed.set()

    async def run(self) -> None:
        """Carry out what is asked until cancelled; the devices are free afterwards."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._wanted is not None:
                settings, speech = self._wanted
                self._wanted = None
                self._on_news(await self._check(settings, speech) or CheckStep.STOPPED)

    async def _check(self, settings: SoundSettings, speech: Speech) -> SoundCheck | None:
        """What was found; ``None`` if it was broken off."""
        line = Line(
            self._sound,
            self._catalog,
            input_device=settings.input_device or None,
            output_device=settings.output_device or None,
        )
        try:
            self._on_news(CheckStep.QUIET)
            library = await asyncio.to_thread(self._load)
            await asyncio.to_thread(line.open_output)
            await asyncio.to_thread(line.open_input)
            check = _Check(line, webrtc.WebRtcProcessor(library, SPEECH_HZ, settings.filters), self._on_level)
            return await self._go_through(check, settings, speech)
        except AudioError as error:
            log.info("sound_check.failed", extra={"reason": str(error)})
            if not self._changed.is_set():  # of one that is broken off nobody wants to know
                self._on_problem(error)
            return None
        except RuntimeError as error:  # the filters' library
            log.exception("sound_check.broke")
            self._on_problem(AudioError(sentence("The sound cannot be checked: {error}", error=str(error))))
            return None
        finally:
            await asyncio.to_thread(line.close)

    async def _go_through(self, check: _Check, settings: SoundSettings, speech: Speech) -> SoundCheck | None:
        if not await self._listen(check, lambda: check.both_run, within_s=START_S) and not check.both_run:
            raise _silent_device(check)
        check.begin()
        await self._listen(check, lambda: check.recorded_s >= QUIET_S)
        quiet_frames = check.frames
        self._on_news(CheckStep.AGENT)
        check.line.play_cue(speech)
        await self._listen(check, lambda: not check.line.is_cue_playing, within_s=30)
        end_s = check.recorded_s + TAIL_S
        await self._listen(check, lambda: check.recorded_s >= end_s)
        agent = check.take()
        echo = await asyncio.to_thread(_judge_echo, agent, quiet_frames)
        if self._changed.is_set():
            return None
        self._on_news(CheckStep.OPERATOR)
        await self._listen(check, lambda: check.recorded_s >= SPEAK_S or _is_enough(check, echo))
        operator = check.take()
        if self._changed.is_set():
            return None
        voice = await asyncio.to_thread(judge_voice, operator.heard, SPEECH_HZ, echo.noise_dbfs)
        found = SoundCheck(echo, voice, check.stated_ms, settings.filters.echo_cancellation)
        _log(found)
        return found

    async def _listen(self, check: _Check, is_over: Callable[[], bool], within_s: float = SPEAK_S + 1) -> bool:
        """Record until *is_over*, a change of what is wanted, or a deadline; whether it is over.

        Raises:
            AudioError: A device has gone.
        """
        deadline_s = time.monotonic() + within_s
        while not self._changed.is_set() and time.monotonic() < deadline_s:
            check.poll()
            if is_over():
                return True
            await asyncio.sleep(POLL_S)
        return False


@dataclass(slots=True)
class _Check:
    """One check under way: the line, and what came of it so far."""

    line: Line
    processor: webrtc.WebRtcProcessor
    on_level: Callable[[Level], None]
    polls: int = 0
    path: Microphone = field(init=False)
    moved: list[Moved] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = Microphone(self.processor)

    @property
    def both_run(self) -> bool:
        """Microphone and speaker call back."""
        streams = (self.line.input_stream, self.line.output_stream)
        return all(stream is not None and stream.stats.callbacks for stream in streams)

    @property
    def stated_ms(self) -> float:
        """What both devices say of their delay."""
        streams = (self.line.input_stream, self.line.output_stream)
        return sum(stream.latency_ms for stream in streams if stream is not None)

    @property
    def frames(self) -> int:
        """Recorded so far."""
        return sum(one.heard.size for one in self.moved)

    @property
    def recorded_s(self) -> float:
        """The same in seconds."""
        return self.frames / SPEECH_HZ

    def begin(self) -> None:
        """Record from now on: both devices run."""
        self.line.take_captured()
        self.line.take_played()
        self.path = Microphone(self.processor)
        self.moved = []

    def poll(self) -> None:
        """Take what came since.

        Raises:
            AudioError: A device has gone.
        """
        if not (self.line.is_input_open and self.line.is_output_open):
            raise AudioError(sentence("A device has gone during the check. Plug it in again, or choose another."))
        captured, played = self.line.take_captured(), self.line.take_played()
        stream = self.line.output_stream
        played_hz = stream.rate_hz if stream is not None else SPEECH_HZ
        moved = self.path.feed(captured, self.line.input_hz or SPEECH_HZ, played, played_hz)
        if moved.heard.size:
            self.moved.append(moved)
        self.polls += 1
        if self.polls % LEVEL_POLLS == 0:
            self.on_level(self.line.take_levels().microphone)

    def take(self) -> Moved:
        """All that was recorded, which begins anew."""
        moved, self.moved = self.moved, []
        if not moved:
            raise AudioError(sentence("The microphone gives no sound. Choose another, or plug it in again."))
        return Moved(*(np.concatenate(parts) for parts in zip(*moved, strict=True)))


def _is_enough(check: _Check, echo: EchoFigures) -> bool:
    """Somebody has said a sentence, and says no more."""
    if check.recorded_s < LOOK_S:
        return False
    heard = np.concatenate([one.heard for one in check.moved])
    last = heard[-SPEECH_HZ // 2 :]
    voice = judge_voice(heard, SPEECH_HZ, echo.noise_dbfs)
    return voice.level_dbfs is not None and judge_voice(last, SPEECH_HZ, echo.noise_dbfs).level_dbfs is None


def _judge_echo(agent: Moved, quiet_frames: int) -> EchoFigures:
    echo = judge_echo(agent.far_end, agent.heard, agent.sent, SPEECH_HZ, quiet_frames)
    # The far end begins with so much silence, for the canceller's sake.
    return echo if echo.delay_ms is None else replace(echo, delay_ms=echo.delay_ms + START_MS)


def _silent_device(check: _Check) -> AudioError:
    stream = check.line.input_stream
    is_microphone = stream is None or not stream.stats.callbacks
    if is_microphone:
        return AudioError(sentence("The microphone does not start. Unplug it and plug it in again, or choose another."))
    return AudioError(sentence("The speaker does not start. Unplug it and plug it in again, or choose another."))


def _log(found: SoundCheck) -> None:
    echo, voice = found.echo, found.voice
    figures = {"left_db": echo.left_db, "erle_db": echo.erle_db, "delay_ms": echo.delay_ms, "voice": voice.level_dbfs}
    rounded = {name: None if value is None else round(value, 1) for name, value in figures.items()}
    log.info("sound_check.done", extra={**rounded, "stated_ms": round(found.stated_ms)})
