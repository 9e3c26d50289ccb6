"""One stream of PortAudio's: opened, started and closed with deadlines, whatever the library does."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import Sentence, sentence
from connector_gui.dsp.block import Block
from connector_gui.voice.control_thread import ControlThread, Kind
from connector_gui.voice.sound import BLOCK_MS, AudioDevice, DeviceBusyError, Direction, Fill, OnBlock, StreamStats

DEAD_AFTER_S: Final = 0.35
"""A running stream that has not called back for so long does not end in the ordinary way."""
_DEVICE_UNAVAILABLE: Final = -9985


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to open a device.

    Attributes:
        converts: Windows is to convert rate and channels, which WASAPI's shared mode does only when asked.
    """

    rate_hz: int
    channels: int
    converts: bool = False


class PortAudioStream:
    """One opened device; made by `PortAudio`.

    Attributes:
        patience_s: How long its start may take; None for what suits every device.
        on_closed: Called once it is closed, or given up with a call that hangs.
    """

    def __init__(
        self,
        library: Any,
        control: ControlThread,
        device: AudioDevice,
        direction: Direction,
        callback: OnBlock | Fill,
        attempt: Attempt,
        block_ms: int = BLOCK_MS,
    ) -> None:
        rate_hz, channels = attempt.rate_hz, attempt.channels
        self.device = device
        self.rate_hz = rate_hz
        self._block_ms = block_ms
        self.stats = StreamStats()
        self.patience_s: float | None = None
        self.on_closed: Callable[[PortAudioStream], None] = lambda _stream: None
        self._library = library
        self._control = control
        self._direction = direction
        self._callback = callback
        self._started_s = float("inf")
        self._channels = channels
        self._block = np.zeros(rate_hz * block_ms // 1000, dtype=np.int16)
        is_input = direction is Direction.INPUT
        # The raw ones: the others look up a module and reshape an array in every callback.
        make = library.RawInputStream if is_input else library.RawOutputStream
        self._stream: Any = make(
            device=device.index,
            samplerate=rate_hz,
            blocksize=self._block.size,
            channels=channels,
            dtype="int16",
            latency="low",
            callback=self._on_input if is_input else self._on_output if channels == 1 else self._on_wide_output,
            finished_callback=self._on_finished,
            # PortAudio keeps the pointer to these settings no longer than the opening lasts.
            extra_settings=library.WasapiSettings(auto_convert=True) if attempt.converts else None,
        )
        self.latency_ms = float(self._stream.latency) * 1000

    def start(self) -> None:
        """See `Stream.start`."""
        self._control.run(
            Kind.START,
            self._start_now,
            device=self.device.name,
            within_s=self.patience_s,
            on_given_up=self._abandon,
            on_late=lambda stream: _let_go(stream, drain=False, is_dead=False),
        )

    def close(self, *, drain: bool = False) -> None:
        """See `Stream.close`. Returns in time also where the library hangs."""
        if self._stream is None:
            return
        if drain and not self._is_dead:
            # WORKAROUND: Pa_StopStream should play what it was given, but on ALSA over PulseAudio it drops the
            # last two blocks (PortAudio 19.6.0-devel). So we let silence push them out first.
            time.sleep((self.latency_ms + 2 * self._block_ms) / 1000)
        deadlines = self._control.deadlines
        self.close_within(deadlines.close_dead if self._is_dead else deadlines.close, drain=drain)

    def close_within(self, within_s: float, *, drain: bool = False) -> None:
        """As `close`, in at most *within_s* once it is its turn; the stream is given up when that passes."""
        if self._stream is None:
            return
        if not drain:
            self._mute()  # at once, however long the library takes
        with suppress(AudioError):  # it has been logged; the caller is rid of the stream all the same
            self._control.run(
                Kind.CLOSE, lambda: self.close_now(drain=drain), device=self.device.name, within_s=within_s
            )
        self._abandon()

    @property
    def _is_dead(self) -> bool:
        """It has been ended, or stopped calling back: a stop that waits for it may wait for ever."""
        called_back_s = max(self.stats.last_callback_s, self._started_s)
        return self.stats.is_finished or time.monotonic() - called_back_s > DEAD_AFTER_S

    def _abandon(self) -> None:
        """It counts as open no longer, whatever becomes of it, and no sound passes through it."""
        self._mute()
        self._stream = None
        self.stats.is_finished = True
        self.on_closed(self)

    def _mute(self) -> None:
        self._callback = _do_nothing if self._direction is Direction.INPUT else _fill_with_silence

    # On the control thread.

    def _start_now(self) -> Any:
        stream = self._stream
        if stream is None:
            raise AudioError(sentence("The device “{name}” has been closed.", name=self.device.name))
        try:
            stream.start()
        except self._library.PortAudioError as exc:
            self.close_now(drain=False)
            self.on_closed(self)
            raise refusal(self.device, self._direction, self.rate_hz, exc) from exc
        self._started_s = time.monotonic()
        return stream

    def close_now(self, *, drain: bool) -> None:
        """As `close`, on the control thread."""
        stream, self._stream = self._stream, None
        if stream is not None:
            _let_go(stream, drain=drain, is_dead=self._is_dead)

    # On PortAudio's thread: each must finish well within one block (10 ms).

    def _on_input(self, indata: Any, _frames: int, _time: object, status: Any) -> None:
        self._count(bool(status.input_overflow))
        samples = np.frombuffer(indata, dtype=np.int16)
        self._callback(samples if self._channels == 1 else samples[:: self._channels])

    def _on_output(self, outdata: Any, _frames: int, _time: object, status: Any) -> None:
        self._count(bool(status.output_underflow))
        self._callback(np.frombuffer(outdata, dtype=np.int16))

    def _on_wide_output(self, outdata: Any, frames: int, _time: object, status: Any) -> None:
        """For a device that does not take mono: the same on every channel."""
        self._count(bool(status.output_underflow))
        block = self._block[:frames]
        self._callback(block)
        np.frombuffer(outdata, dtype=np.int16).reshape(frames, -1)[:] = block[:, np.newaxis]

    def _on_finished(self) -> None:
        self.stats.is_finished = True

    def _count(self, is_late: bool) -> None:
        self.stats.callbacks += 1
        self.stats.xruns += is_late
        self.stats.last_callback_s = time.monotonic()


def _let_go(stream: Any, *, drain: bool, is_dead: bool) -> None:
    """End and close one of the library's streams; a device that is gone complains about all of it."""
    if not is_dead:  # otherwise closing ends it, and there is one call less to hang in
        stream.stop(ignore_errors=True) if drain else stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)


def _do_nothing(_block: Block) -> None:
    pass


def _fill_with_silence(out: Block) -> None:
    out.fill(0)


def reason(error: Exception) -> str:
    """PortAudio's own words, without our prefix and its number."""
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.removeprefix("Error opening RawInputStream: ").removeprefix("Error opening RawOutputStream: ")


def refusal(device: AudioDevice, direction: Direction, rate_hz: int, error: Exception) -> AudioError:
    is_busy = len(error.args) > 1 and error.args[1] == _DEVICE_UNAVAILABLE
    if is_busy:
        cure = sentence("Another program may be using it: close that program, or choose another device in Settings.")
    else:
        cure = sentence(
            "Check that it is plugged in and that this program may use it, or choose another device in Settings."
        )
    kept = (
        _NOT_OPENED[direction].template,
        {"device": device.name, "hz": rate_hz, "host": device.host_api, "reason": reason(error), "cure": cure},
    )
    return (DeviceBusyError if is_busy else AudioError)(Sentence(*kept))


_NOT_OPENED: Final = {
    Direction.INPUT: sentence("The microphone “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}"),
    Direction.OUTPUT: sentence("The speaker “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}"),
}
