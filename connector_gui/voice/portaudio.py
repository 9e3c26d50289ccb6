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
from typing import Any, Final

from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.voice import sound_server
from connector_gui.voice.control_thread import ControlThread, Deadlines, Kind
from connector_gui.voice.device_watch import Watches
from connector_gui.voice.portaudio_stream import Attempt, PortAudioStream, reason, refusal
from connector_gui.voice.sound import BLOCK_MS, AudioDevice, DeviceWatch, Direction, Fill, OnBlock

log = logging.getLogger(__name__)

PREFERRED_RATE_HZ: Final = 48_000
_CONVERTING_API: Final = "Windows WASAPI"
_NOT_THERE: Final = -9993
"""“Illegal combination of I/O devices”: what PortAudio says of an ALSA device that is listed and gone."""
_NO_LIBRARY: Final = sentence(
    "The sound library PortAudio is missing. Install it (Debian and Ubuntu: sudo apt "
    "install libportaudio2) and start the program again."
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
        self._watches = Watches()

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
        return self._watches.begin()

    def refresh(self) -> bool:
        """See `SoundSystem.refresh`. False also while a call that was given up is still inside the library."""
        library = self._library
        return self._control.run(Kind.REFRESH, lambda: self._start_anew(library))

    def open_input(
        self, device: AudioDevice, on_block: OnBlock, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> PortAudioStream:
        """See `SoundSystem.open_input`."""
        return self._open(device, Direction.INPUT, on_block, within_s, block_ms)

    def open_output(
        self, device: AudioDevice, fill: Fill, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> PortAudioStream:
        """See `SoundSystem.open_output`."""
        return self._open(device, Direction.OUTPUT, fill, within_s, block_ms)

    def shut_down(self) -> None:
        """Close what is still open; nothing can be opened afterwards. Takes 1 s at most. May be called twice."""
        self._watches.close()
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
        self,
        device: AudioDevice,
        direction: Direction,
        callback: OnBlock | Fill,
        within_s: float | None,
        block_ms: int,
    ) -> PortAudioStream:
        library = self._library
        stream = self._control.run(
            Kind.OPEN,
            lambda: _open(library, self._control, device, direction, callback, block_ms),
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
        raise AudioError(sentence("The sound devices could not be listed: {reason}.", reason=reason(exc))) from exc
    return [_device(entry, host_apis[entry["hostapi"]]) for entry in entries]


def _open(
    library: Any,
    control: ControlThread,
    device: AudioDevice,
    direction: Direction,
    callback: OnBlock | Fill,
    block_ms: int,
) -> PortAudioStream:
    device = _present(library, device)
    problems: list[tuple[Attempt, Exception]] = []
    for attempt in attempts(device, direction):
        try:
            stream = PortAudioStream(library, control, device, direction, callback, attempt, block_ms)
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
    raise refusal(device, direction, attempt.rate_hz, first_problem) from first_problem


def _present(library: Any, device: AudioDevice) -> AudioDevice:
    """*device* as it is listed now: indexes shift when the list is renewed, names stay.

    Raises:
        AudioError: It is not listed any more.
    """
    for listed in _list_devices(library):
        if (listed.name, listed.host_api) == (device.name, device.host_api):
            return listed
    raise AudioError(
        sentence("The device “{name}” is gone. Plug it in, or choose another in Settings.", name=device.name)
    )


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
