"""PortAudio by way of sounddevice: 10 ms blocks of mono int16 at the device's own rate.

All control calls (listing, opening, closing) are made on one thread: PortAudio is not
thread-safe, and on Windows its streams belong to the thread whose COM apartment opened them.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.voice import sound_server
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
_CONVERTING_API: Final = "Windows WASAPI"
_NOT_THERE: Final = -9993
"""“Illegal combination of I/O devices”: what PortAudio says of an ALSA device that is listed and gone."""
_DEVICE_UNAVAILABLE: Final = -9985
_NO_LIBRARY: Final = (
    "The sound library PortAudio is missing. Install it (Debian and Ubuntu: sudo apt install libportaudio2) "
    "and start the program again."
)

Result = TypeVar("Result")


class PortAudio:
    """The machine's sound devices. The library is loaded at the first use, which takes 0.1 to 0.6 s."""

    def __init__(self) -> None:
        self._control = _Control()

    def devices(self) -> Sequence[AudioDevice]:
        """See `SoundSystem.devices`."""
        listed = self._control.run(self._control.list_devices)
        defaults = sound_server.read_defaults() if sys.platform == "linux" else None
        return sound_server.mark_dead_ends(listed, defaults) if defaults else listed

    @property
    def open_streams(self) -> int:
        """See `SoundSystem.open_streams`."""
        return len(self._control.open_streams)

    def watch(self) -> DeviceWatch:
        """See `SoundSystem.watch`."""
        return watch_devices()

    def refresh(self) -> bool:
        """See `SoundSystem.refresh`."""
        return self._control.run(self._control.start_anew)

    def open_input(self, device: AudioDevice, on_block: OnBlock) -> PortAudioStream:
        """See `SoundSystem.open_input`."""
        return self._control.run(lambda: _open(self._control, device, Direction.INPUT, on_block))

    def open_output(self, device: AudioDevice, fill: Fill) -> PortAudioStream:
        """See `SoundSystem.open_output`."""
        return self._control.run(lambda: _open(self._control, device, Direction.OUTPUT, fill))

    def shut_down(self) -> None:
        """Close what is still open; nothing can be opened afterwards. May be called twice."""
        self._control.shut_down()


class _Control:
    """The one thread that calls PortAudio, the library loaded on it, and what it has opened."""

    def __init__(self) -> None:
        self.open_streams: set[PortAudioStream] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="portaudio")
        self._library: Any = None
        self._is_shut_down = False

    def run(self, action: Callable[[], Result]) -> Result:
        """Do *action* on the control thread and wait for it.

        Raises:
            AudioError: The program is ending; or whatever *action* raises.
        """
        if self._is_shut_down:
            raise AudioError("The sound system has been shut down.")
        return self._thread.submit(action).result()

    def shut_down(self) -> None:
        if not self._is_shut_down:
            self.run(self._close_all)
            self._is_shut_down = True
            self._thread.shutdown()

    # From here on: on the control thread.

    @property
    def library(self) -> Any:
        """The sounddevice module.

        Raises:
            AudioError: The system has no PortAudio.
        """
        if self._library is None:
            # Here and not at the head of the module: the import looks for the sound server and fails without
            # the system's library. The program must be able to start, and say so.
            try:
                import sounddevice
            except OSError as exc:
                raise AudioError(_NO_LIBRARY) from exc
            self._library = sounddevice
        return self._library

    def list_devices(self) -> list[AudioDevice]:
        try:
            host_apis = self.library.query_hostapis()
            entries = self.library.query_devices()
        except self.library.PortAudioError as exc:
            raise AudioError(f"The sound devices could not be listed: {_reason(exc)}.") from exc
        return [_device(entry, host_apis[entry["hostapi"]]) for entry in entries]

    def start_anew(self) -> bool:
        library = self.library
        if self.open_streams:
            return False
        # PortAudio takes its list when it starts, and knows no other way to renew it.
        library._terminate()  # noqa: SLF001 - sounddevice documents these two for this purpose
        library._initialize()  # noqa: SLF001
        return True

    def _close_all(self) -> None:
        for stream in list(self.open_streams):
            stream.close_now(drain=False)


def _open(control: _Control, device: AudioDevice, direction: Direction, callback: OnBlock | Fill) -> PortAudioStream:
    device = _present(control, device)
    problems: list[tuple[Attempt, Exception]] = []
    for attempt in attempts(device, direction):
        try:
            stream = PortAudioStream(control, device, direction, callback, attempt)
        except control.library.PortAudioError as exc:
            problems.append((attempt, exc))
            if exc.args[1:2] == (_NOT_THERE,):  # no rate helps
                break
            continue
        control.open_streams.add(stream)
        log.debug(
            "sound.opened", extra={"device": device.name, "direction": str(direction), "rate_hz": attempt.rate_hz}
        )
        return stream
    attempt, first_problem = problems[0]
    raise _refusal(device, direction, attempt.rate_hz, first_problem) from first_problem


def _present(control: _Control, device: AudioDevice) -> AudioDevice:
    """*device* as it is listed now: indexes shift when the list is renewed, names stay.

    Raises:
        AudioError: It is not listed any more.
    """
    for listed in control.list_devices():
        if (listed.name, listed.host_api) == (device.name, device.host_api):
            return listed
    raise AudioError(f"The device “{device.name}” is gone. Plug it in, or choose another in Settings.")


class PortAudioStream:
    """One opened device; made by `PortAudio`."""

    def __init__(
        self,
        control: _Control,
        device: AudioDevice,
        direction: Direction,
        callback: OnBlock | Fill,
        attempt: Attempt,
    ) -> None:
        rate_hz, channels = attempt.rate_hz, attempt.channels
        self.device = device
        self.rate_hz = rate_hz
        self.stats = StreamStats()
        self._control = control
        self._direction = direction
        self._callback = callback
        self._block = np.zeros(rate_hz * BLOCK_MS // 1000, dtype=np.int16)
        is_input = direction is Direction.INPUT
        make = control.library.InputStream if is_input else control.library.OutputStream
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
            extra_settings=control.library.WasapiSettings(auto_convert=True) if attempt.converts else None,
        )
        self.latency_ms = float(self._stream.latency) * 1000

    def start(self) -> None:
        """See `Stream.start`."""
        self._control.run(self._start_now)

    def close(self, *, drain: bool = False) -> None:
        """See `Stream.close`."""
        if self._stream is None:
            return
        if drain and not self.stats.is_finished:
            # WORKAROUND: Pa_StopStream should play what it was given, but on ALSA over PulseAudio it drops the
            # last two blocks (PortAudio 19.6.0-devel). So we let silence push them out first.
            time.sleep((self.latency_ms + 2 * BLOCK_MS) / 1000)
        self._control.run(lambda: self.close_now(drain=drain))

    # On the control thread.

    def _start_now(self) -> None:
        if self._stream is None:
            raise AudioError(f"The device “{self.device.name}” has been closed.")
        try:
            self._stream.start()
        except self._control.library.PortAudioError as exc:
            self.close_now(drain=False)
            raise _refusal(self.device, self._direction, self.rate_hz, exc) from exc

    def close_now(self, *, drain: bool) -> None:
        """As `close`, on the control thread."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        self._control.open_streams.discard(self)
        stream.stop(ignore_errors=True) if drain else stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)  # a device that is gone complains about all of it

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
