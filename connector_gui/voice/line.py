"""A line: the microphone and the speaker of one call.

    microphone callback ──→ captured ──→ take_captured
    write to playout ──→ speaker callback ──┬─→ (another rate: bridge) ─→ device
                                            └─→ played (far end) ──→ take_played

Either device may be replaced at any time by one of another rate; `line_keeper` sees to that. So may the playout
buffer: the devices stay open while the line goes from one call to another (`play`).

Opening and closing block for some milliseconds (a bad driver: much longer), so the voice loop does
both through `asyncio.to_thread`. Everything else here is quick and belongs to the voice thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from connector_gui.core.level import Level
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.capture import CaptureBuffer
from connector_gui.dsp.cue import CueMixer
from connector_gui.dsp.level import LevelMeter
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.dsp.rate_bridge import RateBridge
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line_end import LineEnd, Opened
from connector_gui.voice.sound import BLOCK_MS, AudioDevice, DeviceWatch, Direction, Fill, SoundSystem, Stream


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
    """Two devices, opened one by one, replaced as they come and go, and closed for good.

    Attributes:
        is_input_doubted: What is captured may not be the microphone: it is kept back until that is known.
        block_ms, others_streams: As it was made with.
        has_moved: Tells that the microphone's stream may be elsewhere by now, before anybody has looked; quick.
    """

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        *,
        input_device: str | None = None,
        output_device: str | None = None,
        is_strict: bool = False,
        owner_of: Callable[[AudioDevice, Direction], str] = lambda _device, _direction: "",
        trespasses: Callable[[Direction], str] | None = None,
        block_ms: int = BLOCK_MS,
        watch: Callable[[], DeviceWatch] | None = None,
        others_streams: Callable[[LineEnd], tuple[Collection[int], int]] = lambda _end: ((), 0),
    ) -> None:
        """Name the devices (as `DeviceCatalog.find` takes them); nothing is opened yet.

        Args:
            is_strict: Those devices or none; otherwise another one stands in for a device that is not to be had.
            owner_of: Why a device cannot be had as somebody else has it, in words; empty when it can. In any thread.
            trespasses: The same of the device that is open, once its place is known; quick. What its microphone
                hears is kept back until then.
            block_ms: How much its devices give and take at a time.
            watch: Begins to watch the devices, in a way shared with others.
            others_streams: The sound server's numbers of clients that are not this end's, and how many streams
                without one were opened after it. In any thread.
        """
        self._sound = sound
        self._catalog = catalog
        self.input = LineEnd(
            Direction.INPUT, input_device, catalog, self._open_microphone, is_strict=is_strict, owner_of=owner_of
        )
        self.output = LineEnd(
            Direction.OUTPUT, output_device, catalog, self._open_speaker, is_strict=is_strict, owner_of=owner_of
        )
        self._trespasses = trespasses
        self._begin_watch = watch or sound.watch
        self.others_streams = others_streams
        self.block_ms = block_ms
        self._lock = threading.Lock()  # an opening and a closing wait for each other
        self._is_closed = False
        self.is_input_doubted = False
        self.has_moved: Callable[[], bool] = lambda: False
        self._captured: deque[CaptureBuffer] = deque()
        self._input_hz: int | None = None
        self._dropped_frames = 0
        self._played: CaptureBuffer | None = None
        self._played_hz: int | None = None
        self._playout: PlayoutBuffer | None = None
        self._channel: Fill = _play_nothing  # what the speaker is to play
        self._playing: Fill = _play_nothing  # what it plays; its own thread alone
        self._cue: CueMixer | None = None
        self._microphone_meter = LevelMeter()
        self._speaker_meter = LevelMeter()

    # Through asyncio.to_thread.

    def open_output(self) -> None:
        """Open the speaker; it plays silence until the playout buffer is written to. Twice is once.

        Raises:
            AudioError: There is no such device, or it cannot be opened.
        """
        self._open(self.output)

    def open_input(self) -> None:
        """Open the microphone. Twice is once; after `close` nothing is opened.

        Raises:
            AudioError: There is no such device, or it cannot be opened.
        """
        self._open(self.input)

    def _open(self, end: LineEnd) -> None:
        with self._lock:
            if self._is_closed or end.stream is not None:
                return
            end.is_wanted = True  # also if it fails: who keeps the line may succeed later
            end.open()

    def reopen(self, end: LineEnd, avoid: Collection[str] = ()) -> None:
        """Open a device anew at *end*, the same or another; nothing where none is wanted any more.

        A device that takes long gets little time where there is another: nothing is heard meanwhile.

        Raises:
            AudioError: None can be opened.
        """
        with self._lock:
            if self._may_open(end):
                end.open(avoid, is_hurried=True)

    def open_stand_in(self, end: LineEnd, avoid: Collection[str]) -> None:
        """Open a device at *end* that is none of *avoid*, and keep an eye on the one that does not call back.

        Raises:
            AudioError: None can be opened.
        """
        with self._lock:
            if self._may_open(end):
                end.open_stand_in(avoid)

    def prefer(self, end: LineEnd, wanted: str | None) -> None:
        """Mean *wanted* by the setting of *end* from now on; `try_better` takes it there."""
        with self._lock:
            end.prefer(wanted)

    def try_better(self, end: LineEnd, avoid: Collection[str] = ()) -> bool:
        """Open a device that the setting prefers beside the one at *end*; false if none is to be had."""
        with self._lock:
            return self._may_open(end) and end.try_better(avoid)

    def take_trial(self, end: LineEnd) -> None:
        """Turn *end* to the better device, which works again."""
        with self._lock:
            end.take_trial()

    def drop_trial(self, end: LineEnd) -> None:
        """Stay with the device there is: the better one does not call back."""
        with self._lock:
            end.drop_trial()

    def _may_open(self, end: LineEnd) -> bool:
        return end.is_wanted and not self._is_closed

    def renew_list(self) -> bool:
        """Let go of both devices and have the system's list made anew; `reopen` is the caller's next step.

        False, and nothing done, while others have a device open (theirs would be ended) or the library hangs.
        """
        with self._lock:
            ours = self.input.open_streams + self.output.open_streams
            if self._is_closed or self._sound.is_stuck or self._sound.open_streams > ours:
                return False
            self.input.drop()
            self.output.drop()
            return self._catalog.refresh()

    def trespasses(self, end: LineEnd) -> str:
        """Why the device at *end* must be let go of, in words; empty when it is ours alone. Quick."""
        return self._trespasses(end.direction) if self._trespasses is not None and end.is_open else ""

    def give_way(self, end: LineEnd, words: str) -> None:
        """Let go of the device at *end*, which is somebody else's."""
        with self._lock:
            end.give_way(words)

    def watch(self) -> DeviceWatch:
        """Begin to watch for devices that come and go."""
        return self._begin_watch()

    def close_input(self) -> None:
        """Let go of the microphone. What it heard before can still be taken."""
        self.input.is_wanted = False  # at once, for a repair that begins now
        with self._lock:
            self.input.is_wanted = False  # again, for an opening that was under way
            self.input.drop()

    def close(self, *, drain: bool = False) -> None:
        """Let go of both devices, for good; an opening that is under way ends closed.

        Args:
            drain: Let the speaker finish the blocks it was given, so that the last word is whole.
                (What is left in the playout buffer is not waited for.)
        """
        self._is_closed = True
        self.close_input()
        with self._lock:
            self.output.is_wanted = False
            self.output.drop(drain=drain)

    def _open_microphone(self, device: AudioDevice, within_s: float | None) -> Opened:
        tap = _Tap()
        stream = self._sound.open_input(device, tap.take, within_s=within_s, block_ms=self.block_ms)

        def connect() -> None:
            self.is_input_doubted = self.is_input_doubted or self._trespasses is not None
            tap.buffer = CaptureBuffer(stream.rate_hz)
            self._captured.append(tap.buffer)

        return Opened(stream, connect, tap.disconnect)

    def _open_speaker(self, device: AudioDevice, within_s: float | None) -> Opened:
        spout = _Spout()
        stream = self._sound.open_output(device, spout.fill, within_s=within_s, block_ms=self.block_ms)

        def connect() -> None:
            if self._played_hz is None:
                self._played_hz = stream.rate_hz
                self._played = CaptureBuffer(stream.rate_hz)
                self.play(self._playout or PlayoutBuffer(stream.rate_hz))
                self._playing = self._channel
            spout.source = _at_rate(self._fill, self._played_hz, stream.rate_hz)

        return Opened(stream, connect, spout.disconnect)

    # In the voice thread.

    @property
    def is_input_open(self) -> bool:
        """The microphone is ours, and the sound system has not ended it."""
        return self.input.is_open

    @property
    def is_output_open(self) -> bool:
        """The speaker is ours, and the sound system has not ended it."""
        return self.output.is_open

    @property
    def input_stream(self) -> Stream | None:
        """The open microphone, for its rate and counters."""
        return self.input.stream

    @property
    def output_stream(self) -> Stream | None:
        """The open speaker, for its rate, latency and counters."""
        return self.output.stream

    @property
    def playout(self) -> PlayoutBuffer:
        """Where the agent's audio goes: what `play` was given last, or a buffer of the line's own at `played_hz`.

        It stays the same when the speaker is replaced: nothing queued is lost, and nothing heard is forgotten.

        Raises:
            RuntimeError: The speaker has never been opened.
        """
        if self._playout is None:
            raise RuntimeError("the line's speaker is not open")
        return self._playout

    @property
    def underruns(self) -> int:
        """How often the agent's audio has run dry; 0 while nothing was given to be played yet."""
        return self._playout.underruns if self._playout is not None else 0

    def play(self, playout: PlayoutBuffer) -> None:
        """Let *playout* be heard from now on; the one before, which is on hold, has one more block to fade out."""
        is_new, self._playout = playout is not self._playout, playout
        if self._played_hz is not None and (is_new or self._channel is _play_nothing):
            self._channel = _at_rate(playout.read_into, playout.rate_hz, self._played_hz)
            if not self.is_output_open:
                self._playing = self._channel

    @property
    def is_handed_over(self) -> bool:
        """No speaker reads any more from the buffer before the present one."""
        return self._playing is self._channel or not self.is_output_open

    @property
    def played_hz(self) -> int | None:
        """Rate of what `take_played` gives: that of the line's first speaker; None before there was one."""
        return self._played_hz

    @property
    def input_hz(self) -> int | None:
        """Rate of what `take_captured` gave last; None before a microphone was opened."""
        return self._input_hz or (self._captured[0].rate_hz if self._captured else None)

    @property
    def dropped_capture_frames(self) -> int:
        """Captured frames that were taken too late and are lost."""
        return self._dropped_frames + sum(buffer.dropped_frames for buffer in self._captured)

    def take_captured(self) -> Block:
        """What the microphone heard since the last call, at `input_hz`; at most the newest 200 ms."""
        if self.is_input_doubted or not self._captured or self.has_moved():
            return EMPTY
        block = self._captured[0].read()
        while not block.size and len(self._captured) > 1:  # that microphone was replaced
            self._dropped_frames += self._captured.popleft().dropped_frames
            block = self._captured[0].read()
        self._input_hz = self._captured[0].rate_hz
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
        """Levels since the last reading, of what has been taken by `take_captured` and `take_played`."""
        return LineLevels(self._microphone_meter.take(), self._speaker_meter.take())

    def play_cue(self, tone: Callable[[int], Block]) -> None:
        """Let the speaker play *tone* (made for its rate) from the next block on; nothing before it was opened."""
        if self._played_hz is not None:
            self._cue = CueMixer(tone(self._played_hz), self._played_hz)

    @property
    def is_cue_playing(self) -> bool:
        """The speaker has not taken all of the cue yet; false while it is gone."""
        return self._cue is not None and not self._cue.is_over and self.is_output_open

    def forget_captured(self) -> None:
        """Throw away what was captured and not taken: it was no microphone."""
        for buffer in self._captured:
            self._dropped_frames += buffer.read().size

    def skip_playout(self, duration_ms: int) -> float:
        """Pass over the agent's next *duration_ms*, heard by nobody; how much there really was, in ms.

        Only while no speaker is open: there is nobody else who takes from the playout buffer.
        """
        if self._playout is None:
            return 0.0
        rate_hz = self._playout.rate_hz
        return self._playout.pass_over(rate_hz * duration_ms // 1000) * 1000 / rate_hz

    @property
    def is_on_hold(self) -> bool:
        """What is written to the playout buffer is kept for later."""
        return self._playout is not None and self._playout.is_held

    # On the speaker's thread: copy, count, leave.

    def _fill(self, out: Block) -> None:
        assert self._played is not None  # made before the first callback
        playing, self._playing = self._playing, self._channel
        playing(out)  # the block before another one's is the last of this one: it fades out
        if self._cue is not None:
            self._cue.mix_into(out)
        self._played.write(out)


def _at_rate(source: Fill, from_hz: int, to_hz: int) -> Fill:
    return source if from_hz == to_hz else RateBridge(source, from_hz, to_hz).read_into


def _play_nothing(out: Block) -> None:
    out.fill(0)


class _Tap:
    """What a microphone's callback writes to, while it is connected."""

    def __init__(self) -> None:
        self.buffer: CaptureBuffer | None = None

    def take(self, block: Block) -> None:
        buffer = self.buffer
        if buffer is not None:
            buffer.write(block)

    def disconnect(self) -> None:
        self.buffer = None


class _Spout:
    """Where a speaker's callback takes from, while it is connected."""

    def __init__(self) -> None:
        self.source: Callable[[Block], None] | None = None

    def fill(self, out: Block) -> None:
        source = self.source
        if source is None:
            out.fill(0)
        else:
            source(out)

    def disconnect(self) -> None:
        self.source = None
