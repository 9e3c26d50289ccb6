"""A call's microphone between line and uplink: filtered, and watched for what the operator should know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import astuple
from types import ModuleType
from typing import Final

from connector_gui.core.call_reports import NoticeGiven, SoundLimited
from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.sentence import sentence
from connector_gui.core.voice import Filters
from connector_gui.dsp import webrtc
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.diagnosis import Diagnosis, Finding
from connector_gui.dsp.echo import VoiceProcessor
from connector_gui.dsp.half_duplex import HalfDuplex
from connector_gui.dsp.microphone import Microphone, processing_hz
from connector_gui.voice.line import Line
from connector_gui.voice.microphone_access import system_name, where_to_allow
from connector_gui.voice.sound import Stream

log = logging.getLogger(__name__)

WITHOUT_CANCELLER: Final = NoticeGiven(
    "no_echo_canceller",
    sentence(
        "Echo cancellation does not work on this computer: your microphone is turned down while "
        "the agent speaks. With a headset, switch it off in Settings."
    ),
)
WITHOUT_FILTERS: Final = sentence("Noise suppression and automatic gain do not work on this computer.")
NOTICES: Final = {
    Finding.MICROPHONE_BLOCKED: sentence(
        "Your microphone is silent: it is muted at the device, or {system_name} blocks it. {where_to_allow}",
        system_name=system_name(),
        where_to_allow=where_to_allow(),
    ),
    Finding.MICROPHONE_MUTED: sentence(
        "Your microphone has fallen silent, and the agent hears "
        "nothing of you: look whether it is muted at the device. One "
        "with a noise gate comes back when you speak."
    ),
    Finding.MICROPHONE_LOW: sentence(
        "Your microphone is very quiet: the agent hardly understands "
        "you. Raise its level in the system's sound settings, come "
        "closer, or switch on automatic gain in Settings."
    ),
    Finding.MICROPHONE_CLIPS: sentence(
        "Your microphone is too loud and distorts. Lower its level in the system's sound settings."
    ),
    Finding.ECHO_LEFT: sentence(
        "The agent hears itself through your microphone. Turn the speaker "
        "down, use a headset, or switch on echo cancellation in Settings."
    ),
    Finding.UNDERRUNS: sentence("The agent's voice arrives in pieces: the connection is slow or uneven."),
}


class CallMicrophone:
    """Belongs to the voice loop.

    Args:
        filters: What is switched on at first.
        tell: Takes what the operator should know.
        load: Imports the library of the filters; runs in a thread.
    """

    def __init__(
        self,
        filters: Filters,
        tell: Callable[[NoticeGiven | SoundLimited], None],
        load: Callable[[], ModuleType] = webrtc.load,
    ) -> None:
        self._filters = filters
        self._tell = tell
        self._load = load
        self._library: ModuleType | None = None
        self._is_library_missing = False
        self._stream: Stream | None = None
        self._are_wanted = asyncio.Event()
        self._path: Microphone | None = None
        self._diagnosis = Diagnosis()
        self.filters = filters

    @property
    def filters(self) -> Filters:
        """What is switched on."""
        return self._filters

    @filters.setter
    def filters(self, filters: Filters) -> None:
        self._filters = filters
        if any(astuple(filters)):
            self._are_wanted.set()
        if self._path is not None:
            self._path.processor.filters = filters
        if self._is_library_missing:
            self._tell(SoundLimited(without_library(filters)))

    async def load(self) -> None:
        """Import the library once a filter is wanted; until then, and without it, the microphone is ducked."""
        await self._are_wanted.wait()
        try:
            self._library = await asyncio.to_thread(self._load)
        except AudioError as error:
            log.warning("call.no_echo_canceller", extra={"reason": str(error)})
            self._is_library_missing = True
            self._tell(SoundLimited(without_library(self._filters)))
            if self._filters.echo_cancellation:
                self._tell(WITHOUT_CANCELLER)
            return
        if self._path is not None:
            self._path.processor = webrtc.WebRtcProcessor(
                self._library, self._path.rate_hz, self._filters, is_under_way=True
            )

    def begin(self, wire_hz: int) -> None:
        """The rate of the wire is known. Another call's before may have had the same: what was learned is kept."""
        rate_hz = processing_hz(wire_hz)
        if self.rate_hz == rate_hz:
            return
        processor: VoiceProcessor = HalfDuplex(rate_hz, self._filters)
        if self._library is not None:
            processor = webrtc.WebRtcProcessor(self._library, rate_hz, self._filters)
        self._path = Microphone(processor)

    @property
    def rate_hz(self) -> int | None:
        """The rate of what `move` gives; None before `begin`."""
        return self._path.rate_hz if self._path else None

    @property
    def delay_ms(self) -> float:
        """How much later the filters give a sound than they take it."""
        processor = self._path.processor if self._path else None
        return processor.delay_ms if isinstance(processor, webrtc.WebRtcProcessor) else 0.0

    def move(self, captured: Block, played: Block, line: Line, now_s: float) -> Block:
        """What the agent may hear of *captured*, while *line* played *played*; nothing before `begin`."""
        if line.input_stream is not self._stream:
            self._stream = line.input_stream
            self._diagnosis.begin_microphone()
        self._tell_all(self._diagnosis.hear(captured, now_s))
        if self._path is None or line.input_hz is None or line.played_hz is None:
            return EMPTY
        moved = self._path.feed(captured, line.input_hz, played, line.played_hz)
        frame = self._path.frame
        sent, played = moved.sent.reshape(-1, frame), moved.far_end.reshape(-1, frame)
        self._tell_all(self._diagnosis.compare(sent, played, now_s))
        return moved.sent

    def watch(self, level: Level, line: Line, *, operator_may_speak: bool, now_s: float) -> None:
        """Take the microphone's level of the last moment."""
        self._tell_all(self._diagnosis.measure(level, operator_may_speak=operator_may_speak, now_s=now_s))
        self._tell_all(self._diagnosis.count_underruns(line.underruns, now_s))

    def _tell_all(self, findings: list[Finding]) -> None:
        for finding in findings:
            self._tell(NoticeGiven(finding.value, NOTICES[finding]))


def without_library(filters: Filters) -> tuple[str, ...]:
    """What does not work while the filters' library cannot be loaded, of what is switched on."""
    is_plain = filters.noise_suppression or filters.auto_gain
    return (
        *([WITHOUT_CANCELLER.message] if filters.echo_cancellation else []),
        *([WITHOUT_FILTERS] if is_plain else []),
    )
