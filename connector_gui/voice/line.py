"""A line: the microphone and the speaker of one call.

    microphone callback ──→ captured ──→ take_captured
    write to playout ──→ speaker callback ──┬─→ device
                                            └─→ played (far end) ──→ take_played

Opening and closing block for some milliseconds (a bad driver: much longer), so the voice loop does
both through `asyncio.to_thread`. Everything else here is quick and belongs to the voice thread.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from connector_gui.core.level import Level
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.capture import CaptureBuffer
from connector_gui.dsp.level import LevelMeter
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound import Direction, SoundSystem, Stream

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LineLevels:
    """How loud both sides were since the last reading.

    Attributes:
        microphone: What the operator's microphone heard, muted or not.
        speaker: What was really played, at the volume it was played at.
    """

    microphone: Level
    speaker: Level


class Line:
    """Two devices, opened one by one and closed for good; a call that goes on takes a new line."""

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        *,
        input_device: str | None = None,
        output_device: str | None = None,
    ) -> None:
        """Name the devices (as `DeviceCatalog.find` takes them); nothing is opened yet."""
        self._sound = sound
        self._catalog = catalog
        self._input_device = input_device
        self._output_device = output_device
        self._lock = threading.Lock()  # an opening and a closing wait for each other
        self._is_closed = False
        self._input: Stream | None = None
        self._output: Stream | None = None
        self._captured: CaptureBuffer | None = None
        self._played: CaptureBuffer | None = None
        self._playout: PlayoutBuffer | None = None
        self._microphone_meter = LevelMeter()
        self._speaker_meter = LevelMeter()

    # Through asyncio.to_thread.

    def open_output(self) -> None:
        """Open the speaker; it plays silence until the playout buffer is written to. Twice is once.

        Raises:
            AudioError: There is no such device, or it cannot be opened.
        """
        with self._lock:
            if self._is_closed or self._output is not None:
                return
            device = self._catalog.find(self._output_device, Direction.OUTPUT)
            stream = self._sound.open_output(device, self._fill)
            self._playout = PlayoutBuffer(stream.rate_hz)
            self._played = CaptureBuffer(stream.rate_hz)
            stream.start()
            self._output = stream
        log.debug("line.speaker_open", extra={"device": device.name, "rate_hz": stream.rate_hz})

    def open_input(self) -> None:
        """Open the microphone. Twice is once; after `close` nothing is opened.

        Raises:
            AudioError: There is no such device, or it cannot be opened.
        """
        with self._lock:
            if self._is_closed or self._input is not None:
                return
            device = self._catalog.find(self._input_device, Direction.INPUT)
            stream = self._sound.open_input(device, self._take_block)
            self._captured = CaptureBuffer(stream.rate_hz)
            stream.start()
            self._input = stream
        log.debug("line.microphone_open", extra={"device": device.name, "rate_hz": stream.rate_hz})

    def close_input(self) -> None:
        """Let go of the microphone. What it heard before can still be taken."""
        with self._lock:
            stream, self._input = self._input, None
            if stream is not None:
                stream.close()

    def close(self, *, drain: bool = False) -> None:
        """Let go of both devices, for good; an opening that is under way ends closed.

        Args:
            drain: Let the speaker finish the blocks it was given, so that the last word is whole.
                (What is left in the playout buffer is not waited for.)
        """
        self._is_closed = True
        self.close_input()
        with self._lock:
            stream, self._output = self._output, None
            if stream is not None:
                stream.close(drain=drain)

    # In the voice thread.

    @property
    def is_input_open(self) -> bool:
        """The microphone is ours, and the sound system has not ended it."""
        return self._input is not None and not self._input.stats.is_finished

    @property
    def is_output_open(self) -> bool:
        """The speaker is ours, and the sound system has not ended it."""
        return self._output is not None and not self._output.stats.is_finished

    @property
    def input_stream(self) -> Stream | None:
        """The open microphone, for its rate and counters."""
        return self._input

    @property
    def output_stream(self) -> Stream | None:
        """The open speaker, for its rate, latency and counters."""
        return self._output

    @property
    def playout(self) -> PlayoutBuffer:
        """Where the agent's audio goes, at the speaker's rate.

        Raises:
            RuntimeError: The speaker has never been opened.
        """
        if self._playout is None:
            raise RuntimeError("the line's speaker is not open")
        return self._playout

    @property
    def input_hz(self) -> int | None:
        """Rate of what `take_captured` gives; None before a microphone was opened."""
        return self._captured.rate_hz if self._captured else None

    @property
    def dropped_capture_frames(self) -> int:
        """Captured frames that were taken too late and are lost."""
        return self._captured.dropped_frames if self._captured else 0

    def take_captured(self) -> Block:
        """What the microphone heard since the last call, at `input_hz`; at most the newest 200 ms."""
        if self._captured is None:
            return EMPTY
        block = self._captured.read()
        self._microphone_meter.add(block)
        return block

    def take_played(self) -> Block:
        """What the speaker was really given since the last call, silence included: the far end."""
        if self._played is None:
            return EMPTY
        block = self._played.read()
        self._speaker_meter.add(block)
        return block

    def take_levels(self) -> LineLevels:
        """Levels since the last reading, of what has been taken by `take_captured`, and of what was played."""
        self.take_played()
        return LineLevels(self._microphone_meter.take(), self._speaker_meter.take())

    # On the devices' threads: copy, count, leave.

    def _take_block(self, block: Block) -> None:
        if self._captured is not None:
            self._captured.write(block)

    def _fill(self, out: Block) -> None:
        if self._playout is None or self._played is None:
            out.fill(0)
            return
        self._playout.read_into(out)
        self._played.write(out)
