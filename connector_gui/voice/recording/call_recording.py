"""A call's recording, as the voice loop sees it: both sides laid on the clock, joined, and given to the writer.

    as sent to the agent ──→ left track ──┐
                                          ├─→ 100 ms of both ──→ writer's thread
    as played ──→ resampler → right track ┘

Frame 0 is the moment the conversation began, from which ``at_ms`` counts. What the microphone heard ends when its
device calls back; what the speaker plays begins when its device does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.core.call_reports import Report
from connector_gui.dsp.block import Block
from connector_gui.dsp.resample import Resampler
from connector_gui.voice.line import Line
from connector_gui.voice.recording.space import SpaceRules
from connector_gui.voice.recording.track import LATE_S, Track
from connector_gui.voice.recording.writer import Writer, WriterReport
from connector_gui.voice.sound import Stream

STEP_S: Final = 0.1
STANDSTILL_S: Final = 5.0
"""Nothing was moved for longer than this: the computer slept. Its silence is not worth the memory."""
FINISH_TIMEOUT_S: Final = 2.0
"""How long the end of a call waits for its recording; a slower disk finishes it behind the call's back."""
ORDINARY_SPACE: Final = SpaceRules()


class CallRecording:
    """Belongs to the voice loop; costs nothing while nothing is recorded.

    Args:
        tell: Reports to the desk; called in the loop.
        rules: What must stay free on the disk.
    """

    def __init__(self, tell: Callable[[Report], None], *, rules: SpaceRules = ORDINARY_SPACE) -> None:
        self._tell = tell
        self._rules = rules
        self._path: Path | None = None
        self._rate_hz: int | None = None
        self._began_s = 0.0
        self._recorder: Recorder | None = None
        self._writers: list[Writer] = []
        self._is_over = False

    def use(self, path: Path | None) -> None:
        """Record to the new file *path* from now on, or from the beginning; or record no longer.

        A second file of the same call takes over what is in the first, which is removed in the end.
        """
        if path == self._path or self._is_over:
            return
        self._path = path
        self._stop()
        self._start()

    def begin(self, rate_hz: int, began_s: float) -> None:
        """The conversation began at *began_s*; its sound is processed at *rate_hz*."""
        self._rate_hz, self._began_s = rate_hz, began_s
        self._start()

    def add(
        self, sent: Block, played: Block, line: Line | None, now_s: float, *, is_sent: bool, delay_ms: float = 0.0
    ) -> None:
        """Take what both sides gave since the last call.

        Args:
            sent: The microphone's frames after the filters.
            played: The speaker's, just taken from *line*; both are empty where there is none.
            is_sent: The agent gets *sent*; otherwise it hears silence.
            delay_ms: How long the filters kept *sent*.
        """
        if self._recorder is not None:
            self._recorder.add(sent if is_sent else np.zeros_like(sent), played, line, now_s, delay_ms)

    def stop(self) -> None:
        """The call is over: the recording ends here."""
        self._is_over = True
        self._stop()

    async def finish(self) -> None:
        """Wait a little while until all is written, and told."""
        self.stop()
        for writer in self._writers:
            await asyncio.shield(asyncio.to_thread(writer.join, FINISH_TIMEOUT_S))

    def _start(self) -> None:
        if self._path is None or self._rate_hz is None:
            return
        loop = asyncio.get_running_loop()
        at_s = max(0.0, time.monotonic() - self._began_s)
        at_frame = round(at_s * self._rate_hz)

        def tell(report: WriterReport) -> None:
            with suppress(RuntimeError):  # the disk was so slow that the loop has gone meanwhile
                loop.call_soon_threadsafe(self._tell, report)

        earlier = self._writers[-1] if self._writers else None
        writer = Writer(self._path, self._rate_hz, at_frame, tell, rules=self._rules, continues=earlier)
        writer.start()
        self._writers.append(writer)
        self._recorder = Recorder(writer, self._rate_hz, self._began_s, at_frame)

    def _stop(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.stop(time.monotonic())


class Recorder:
    """One file of a call's recording, from its beginning or from somewhere in between."""

    def __init__(self, writer: Writer, rate_hz: int, began_s: float, at_frame: int) -> None:
        self._writer = writer
        self._rate_hz = rate_hz
        self._began_s = began_s
        self._given = at_frame
        self._left = Track(rate_hz, at_frame)
        self._right = Track(rate_hz, at_frame)
        self._resampler = Resampler(rate_hz, rate_hz)
        self._sent_hz = rate_hz
        self._sent_delay_frames = 0.0

    def add(self, sent: Block, played: Block, line: Line | None, now_s: float, delay_ms: float = 0.0) -> None:
        """Take what both sides gave; hand on what is due."""
        if self._writer.is_over:
            return
        if line is not None:
            self._place(sent, played, line, now_s, delay_ms)
        until = int(self._frame_at(now_s - LATE_S))
        if until - self._given >= STEP_S * self._rate_hz:
            self._give(until)

    def _place(self, sent: Block, played: Block, line: Line, now_s: float, delay_ms: float) -> None:
        """Lay both sides on the clock."""
        if sent.size:
            self._follow_rate(line.input_hz or self._rate_hz)
            end = self._frame_at(_called_back_s(line.input_stream, now_s))
            self._left.add(sent, end - self._sent_delay_frames - delay_ms * self._rate_hz / 1000)
        if played.size:
            end = self._frame_at(_called_back_s(line.output_stream, now_s) + line.block_ms / 1000)
            converted = self._converted(played, line.played_hz or self._rate_hz)
            self._right.add(converted, end - self._delay_frames(self._resampler))

    def stop(self, now_s: float) -> None:
        """Hand on everything up to now, and finish the file."""
        self._give(int(self._frame_at(now_s)))
        self._writer.finish()

    def _give(self, until: int) -> None:
        second = self._rate_hz
        if until - self._given > STANDSTILL_S * second:
            self._take(self._given + second)  # what was still to be placed
            slept = until - self._given - second
            for track in (self._left, self._right):
                track.skip(slept)
            self._writer.put_silence(slept)
            self._given += slept
        self._take(until)

    def _take(self, until: int) -> None:
        if until > self._given:
            self._writer.put(np.stack((self._left.take(until), self._right.take(until)), axis=1))
            self._given = until

    def _frame_at(self, time_s: float) -> float:
        return (time_s - self._began_s) * self._rate_hz

    def _converted(self, played: Block, from_hz: int) -> Block:
        if from_hz != self._resampler.from_hz:
            self._resampler = Resampler(from_hz, self._rate_hz)
        return self._resampler.process(played)

    def _delay_frames(self, resampler: Resampler) -> float:
        return resampler.delay_ms * self._rate_hz / 1000

    def _follow_rate(self, from_hz: int) -> None:
        """The microphone's way has a converter too, which holds back as much."""
        if from_hz != self._sent_hz:
            self._sent_hz = from_hz
            self._sent_delay_frames = self._delay_frames(Resampler(from_hz, self._rate_hz))


def _called_back_s(stream: Stream | None, now_s: float) -> float:
    """When *stream* called back with the last of what was just taken from it, at the latest.

    To be asked after the taking: a block that came in between then only seems to be late, which does no harm.
    """
    called_back_s = stream.stats.last_callback_s if stream is not None else 0.0
    return called_back_s or now_s
