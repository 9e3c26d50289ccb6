"""PortAudio by way of sounddevice: 10 ms blocks of mono int16 at the device's own rate.

All control calls (listing, opening, closing) are made on one thread: PortAudio is not
thread-safe, and on Windows its streams belong to the thread whose COM apartment opened them.
A call that hangs is given up with its thread: see `control_thread`.
"""

from __future__ import annotations

import atexit
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.dsp.block import Block
from connector_gui.voice import sound_server
from connector_gui.voice.control_thread import ControlThread, Deadlines, Kind
from connector_gui.voice.device_watch import watch_devices
from connector_gui.voice.sound import (
    BLOCK_MS,
    AudioDevice,
    DeviceBusyError,
    DeviceWatch,
    Direction,
    Fill,
    OnBlock,
    StreamStats,
)

log = logging.getLogger(__name__)

PREFERRED_RATE_HZ: Final = 48_000
DEAD_AFTER_S: Final = 0.35
"""A running stream that has not called back for so long does not end in the ordinary way."""
_CONVERTING_API: Final = "Windows WASAPI"
_NOT_THERE: Final = -9993
"""“Illegal combination of I/O devices”: what PortAudio says of an ALSA device that is listed and gone."""
_DEVICE_UNAVAILABLE: Final = -9985
_NO_LIBRARY: Final = (
    "The sound library PortAudio is missing. Install it (Debian and Ubuntu: sudo apt install libportaudio2) "
    "and start the program again."
)


def load_sounddevice() -> Any:
    """The sounddevice module.

    Raises:
        AudioError: The system has no PortAudio.
    """
    # Here and not at the head of the module: the import looks for the sound server and fails without
    # the system's library. The program must be able to start, and say so.
    try:
        import sounddevice
    except OSError as exc:
        raise AudioError(_NO_LIBRARY) from exc
    return sounddevice


class PortAudio:
    """The machine's sound devices. The library is loaded at the first use, which takes 0.1 to 0.6 s.

    Args:
        load: Gives the library, which is used as sounddevice is.
        deadlines: How long its calls may take; left out, what suits real devices.
    """

    def __init__(self, load: Callable[[], Any] = load_sounddevice, deadlines: Deadlines | None = None) -> None:
        self._load = load
        self._loaded: Any = None
        self._control = ControlThread(deadlines)
        self._streams: set[PortAudioStream] = set()

    def devices(self) -> Sequence[AudioDevice]:
        """See `SoundSystem.devices`."""
        library = self._library
        listed = self._control.run(Kind.LIST, lambda: _list_devices(library))
        defaults = sound_server.read_defaults() if sys.platform == "linux" else None
        return sound_server.mark_dead_ends(listed, defaults) if defaults else listed

    @property
    def open_streams(self) -> int:
        """See `SoundSystem.open_streams`."""
        return len(self._streams)

    @property
    def is_stuck(self) -> bool:
        """See `SoundSystem.is_stuck`."""
        return self._control.is_stuck

    def watch(self) -> DeviceWatch:
        """See `SoundSystem.watch`."""
        return watch_devices()

    def refresh(self) -> bool:
        """See `SoundSystem.refresh`. False also while a call that was given up is still inside the library."""
        library = self._library
        return self._control.run(Kind.REFRESH, lambda: self._start_anew(library))

    def open_input(self, device: AudioDevice, on_block: OnBlock, *, within_s: float | None = None) -> PortAudioStream:
        """See `SoundSystem.open_input`."""
        return self._open(device, Direction.INPUT, on_block, within_s)

    def open_output(self, device: AudioDevice, fill: Fill, *, within_s: float | None = None) -> PortAudioStream:
        """See `SoundSystem.open_output`."""
        return self._open(device, Direction.OUTPUT, fill, within_s)

    def shut_down(self) -> None:
        """Close what is still open; nothing can be opened afterwards. Takes 1 s at most. May be called twice."""
        self._control.end(self._close_all)

    @property
    def _library(self) -> Any:
        """The library, loaded.

        Raises:
            AudioError: The system has no PortAudio, or it does not answer.
        """
        if self._loaded is None:
            self._loaded = self._control.run(Kind.LOAD, self._load)
        return self._loaded

    def _open(
        self, device: AudioDevice, direction: Direction, callback: OnBlock | Fill, within_s: float | None
    ) -> PortAudioStream:
        library = self._library
        stream = self._control.run(
            Kind.OPEN,
            lambda: _open(library, self._control, device, direction, callback),
            device=device.name,
            within_s=within_s,
            on_late=lambda stream: stream.close_now(drain=False),
        )
        stream.patience_s = within_s
        stream.on_closed = self._streams.discard
        self._streams.add(stream)
        return stream

    def _close_all(self) -> None:
        until_s = time.monotonic() + self._control.deadlines.shut_down
        for stream in list(self._streams):
            stream.close_within(max(0.02, until_s - time.monotonic()))
        if self._control.is_stuck and self._loaded is not None:
            # It would end the library when the interpreter ends, and wait there for what hangs.
            atexit.unregister(self._loaded._exit_handler)  # noqa: SLF001 - there is no other way to it

    # On the control thread.

    def _start_anew(self, library: Any) -> bool:
        if self._streams or self._control.is_stuck:
            return False
        # PortAudio takes its list when it starts, and knows no other way to renew it.
        library._terminate()  # noqa: SLF001 - sounddevice documents these two for this purpose
        library._initialize()  # noqa: SLF001
        return True


def _list_devices(library: Any) -> list[AudioDevice]:
    try:
        host_apis = library.query_hostapis()
        entries = library.query_devices()
    except library.PortAudioError as exc:
        raise AudioError(f"The sound devices could not be listed: {_reason(exc)}.") from exc
    return [_device(entry, host_apis[entry["hostapi"]]) for entry in entries]


def _open(
    library: Any, control: ControlThread, device: AudioDevice, direction: Direction, callback: OnBlock | Fill
) -> PortAudioStream:
    device = _present(library, device)
    problems: list[tuple[Attempt, Exception]] = []
    for attempt in attempts(device, direction):
        try:
            stream = PortAudioStream(library, control, device, direction, callback, attempt)
        except library.PortAudioError as exc:
            problems.append((attempt, exc))
            if exc.args[1:2] == (_NOT_THERE,):  # no rate helps
                break
            continue
        log.debug(
            "sound.opened", extra={"device": device.name, "direction": str(direction), "rate_hz": attempt.rate_hz}
        )
        return stream
    attempt, first_problem = problems[0]
    raise _refusal(device, direction, attempt.rate_hz, first_problem) from first_problem


def _present(library: Any, device: AudioDevice) -> AudioDevice:
    """*device* as it is listed now: indexes shift when the list is renewed, names stay.

    Raises:
        AudioError: It is not listed any more.
    """
    for listed in _list_devices(library):
        if (listed.name, listed.host_api) == (device.name, device.host_api):
            return listed
    raise AudioError(f"The device “{device.name}” is gone. Plug it in, or choose another in Settings.")


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
    ) -> None:
        rate_hz, channels = attempt.rate_hz, attempt.channels
        self.device = device
        self.rate_hz = rate_hz
        self.stats = StreamStats()
        self.patience_s: float | None = None
        self.on_closed: Callable[[PortAudioStream], None] = lambda _stream: None
        self._library = library
        self._control = control
        self._direction = direction
        self._callback = callback
        self._started_s = float("inf")
        self._block = np.zeros(rate_hz * BLOCK_MS // 1000, dtype=np.int16)
        is_input = direction is Direction.INPUT
        make = library.InputStream if is_input else library.OutputStream
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
            time.sleep((self.latency_ms + 2 * BLOCK_MS) / 1000)
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
            raise AudioError(f"The device “{self.device.name}” has been closed.")
        try:
            stream.start()
        except self._library.PortAudioError as exc:
            self.close_now(drain=False)
            self.on_closed(self)
            raise _refusal(self.device, self._direction, self.rate_hz, exc) from exc
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
        self._callback(indata[:, 0])

    def _on_output(self, outdata: Any, _frames: int, _time: object, status: Any) -> None:
        self._count(bool(status.output_underflow))
        self._callback(outdata[:, 0])

    def _on_wide_output(self, outdata: Any, frames: int, _time: object, status: Any) -> None:
        """For a device that does not take mono: the same on every channel."""
        self._count(bool(status.output_underflow))
        block = self._block[:frames]
        self._callback(block)
        outdata[:] = block[:, np.newaxis]

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to open a device.

    Attributes:
        converts: Windows is to convert rate and channels, which WASAPI's shared mode does only when asked.
    """

    rate_hz: int
    channels: int
    converts: bool = False


def attempts(device: AudioDevice, direction: Direction) -> list[Attempt]:
    """Ways to open *device*, the best first: 48 kHz before the device's default, mono before what it insists on."""
    available = device.input_channels if direction is Direction.INPUT else device.output_channels
    rates = dict.fromkeys((PREFERRED_RATE_HZ, device.default_rate_hz))
    widths = dict.fromkeys((1, min(2, available)))
    plain = [Attempt(rate_hz, channels) for channels in widths for rate_hz in rates]
    converting = [Attempt(PREFERRED_RATE_HZ, channels, converts=True) for channels in widths]
    return [*plain, *converting] if device.host_api == _CONVERTING_API else plain


def _device(entry: dict[str, Any], host_api: dict[str, Any]) -> AudioDevice:
    return AudioDevice(
        name=entry["name"],
        host_api=host_api["name"],
        index=entry["index"],
        input_channels=entry["max_input_channels"],
        output_channels=entry["max_output_channels"],
        default_rate_hz=round(entry["default_samplerate"]),
        is_default_input=entry["index"] == host_api["default_input_device"],
        is_default_output=entry["index"] == host_api["default_output_device"],
    )


def _reason(error: Exception) -> str:
    """PortAudio's own words, without our prefix and its number."""
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.removeprefix("Error opening InputStream: ").removeprefix("Error opening OutputStream: ")


def _refusal(device: AudioDevice, direction: Direction, rate_hz: int, error: Exception) -> AudioError:
    noun = "microphone" if direction is Direction.INPUT else "speaker"
    is_busy = len(error.args) > 1 and error.args[1] == _DEVICE_UNAVAILABLE
    cure = (
        "Another program may be using it: close that program"
        if is_busy
        else "Check that it is plugged in and that this program may use it"
    )
    return (DeviceBusyError if is_busy else AudioError)(
        f"The {noun} “{device.name}” could not be opened ({rate_hz} Hz, {device.host_api}): {_reason(error)}. "
        f"{cure}, or choose another device in Settings."
    )
