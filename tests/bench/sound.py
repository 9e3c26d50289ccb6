"""What is said into the virtual microphone and heard from the virtual speaker, with the moment of every frame.

Times are of `time.monotonic`, by two definitions:

- **said**: the moment at which a frame leaves the microphone's sink, by the sound server's own account;
- **heard**: the arrival of a frame at the speaker's monitor. A monitor runs ahead of the sink by the block that the
  server renders at once, 5 ms on this rig; nothing is subtracted.

Through PulseAudio's simple API, which comes with the server, because it tells the latency of what was just written.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from tests.rig import MICROPHONE, SPEAKER, RigError, Samples

RATE_HZ: Final = 48_000
_BLOCK_FRAMES: Final = RATE_HZ // 200
_BLOCK_BYTES: Final = _BLOCK_FRAMES * 2
"""5 ms. What a recorder asks for is what the server renders at once, if nobody asks for less."""
_PLAYER_BUFFER_BYTES: Final = RATE_HZ * 2 * 60 // 1000
"""60 ms: enough for a busy machine."""
_NEAR_BLOCKS: Final = 100
"""Blocks on either side from which the moment of a frame is computed: one late block moves nothing."""

_PLAYBACK, _RECORD = 1, 2
_S16LE: Final = 3
_SERVER_CHOOSES: Final = 0xFFFFFFFF


class _SampleSpec(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _BufferAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize"))


class _Stream:
    """One stream of the sound server: mono int16 at `RATE_HZ`; its calls block and let other threads run."""

    def __init__(self, direction: int, device: str) -> None:
        error = ctypes.c_int()
        attributes = _BufferAttributes(
            _SERVER_CHOOSES, _PLAYER_BUFFER_BYTES, _SERVER_CHOOSES, _SERVER_CHOOSES, _BLOCK_BYTES
        )
        names = (b"bench", direction, device.encode(), b"bench")
        spec = _SampleSpec(_S16LE, RATE_HZ, 1)
        self._handle = _library().pa_simple_new(
            None, *names, ctypes.byref(spec), None, ctypes.byref(attributes), ctypes.byref(error)
        )
        if not self._handle:
            raise RigError(f"the sound server refuses a stream on {device} (error {error.value})")

    def write(self, block: bytes) -> None:
        self._call("pa_simple_write", block, len(block))

    def read(self) -> bytes:
        block = ctypes.create_string_buffer(_BLOCK_BYTES)
        self._call("pa_simple_read", block, _BLOCK_BYTES)
        return block.raw

    @property
    def latency_s(self) -> float:
        """From now to the moment at which what was written last leaves the device."""
        error = ctypes.c_int()
        return float(_library().pa_simple_get_latency(self._handle, ctypes.byref(error))) / 1e6

    def close(self) -> None:
        _library().pa_simple_free(self._handle)

    def _call(self, name: str, *arguments: object) -> None:
        error = ctypes.c_int()
        if getattr(_library(), name)(self._handle, *arguments, ctypes.byref(error)) < 0:
            raise RigError(f"{name} failed (error {error.value})")


@cache
def _library() -> Any:
    library = ctypes.CDLL("libpulse-simple.so.0")
    handle, text, count, pointer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p
    library.pa_simple_new.restype = handle
    library.pa_simple_new.argtypes = [text, text, ctypes.c_int, text, text, pointer, pointer, pointer, pointer]
    library.pa_simple_write.argtypes = library.pa_simple_read.argtypes = [handle, pointer, count, pointer]
    library.pa_simple_get_latency.restype = ctypes.c_uint64
    library.pa_simple_get_latency.argtypes = [handle, pointer]
    library.pa_simple_free.argtypes = [handle]
    return library


class _Worker:
    """A thread that moves blocks on one stream from entering the ``with`` block to leaving it.

    Each block gives one estimate of the moment of frame 0. They differ when the server changes the size of what it
    renders, so a frame's moment is computed from the blocks around it.
    """

    def __init__(self, direction: int, device: str, choose: Callable[[npt.NDArray[np.float64]], Any]) -> None:
        self._direction = direction
        self._device = device
        self._choose = choose
        self._zeros_s: list[float] = []
        self._is_wanted = True
        self._thread = threading.Thread(target=self._run, name=f"bench {device}", daemon=True)
        self._begun = threading.Event()
        self._problem: RigError | None = None

    def moment_s(self, frame: int) -> float:
        """When *frame* was said or heard."""
        block = frame // _BLOCK_FRAMES
        near = self._zeros_s[max(0, block - _NEAR_BLOCKS) : block + _NEAR_BLOCKS]
        return float(self._choose(np.array(near))) + frame / RATE_HZ

    def _run(self) -> None:
        try:
            self._stream = _Stream(self._direction, self._device)
            try:
                self._work()
            finally:
                self._stream.close()
        except RigError as problem:
            self._problem = problem
        finally:
            self._begun.set()

    def _work(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_wanted = False
        self._thread.join()
        if self._problem is not None and error is None:
            raise self._problem


class Voice(_Worker):
    """Says *signal* into a microphone, once or over and over; silence after it, until the ``with`` block ends."""

    def __init__(self, signal: Samples, device: str = f"{MICROPHONE}.room", *, again: bool = False) -> None:
        super().__init__(_PLAYBACK, device, np.median)
        self._signal = signal
        self._again = again

    def _work(self) -> None:
        frames = 0
        while self._is_wanted:
            self._stream.write(self._block_at(frames).tobytes())
            frames += _BLOCK_FRAMES
            self._zeros_s.append(time.monotonic() + self._stream.latency_s - frames / RATE_HZ)
            self._begun.set()

    def _block_at(self, frame: int) -> Samples:
        start = frame % self._signal.size if self._again else frame
        block = np.zeros(_BLOCK_FRAMES, dtype=np.int16)
        piece = self._signal[start : start + _BLOCK_FRAMES]
        block[: piece.size] = piece
        return block


class Ear(_Worker):
    """Hears what a speaker plays."""

    def __init__(self, device: str = f"{SPEAKER}.monitor") -> None:
        super().__init__(_RECORD, device, np.min)
        self._blocks: list[bytes] = []

    def _work(self) -> None:
        while self._is_wanted:
            block = self._stream.read()
            now_s = time.monotonic()
            self._blocks.append(block)
            self._zeros_s.append(now_s - len(self._blocks) * _BLOCK_FRAMES / RATE_HZ)
            self._begun.set()

    def samples(self) -> Samples:
        """All that was heard so far."""
        return np.frombuffer(b"".join(list(self._blocks)), dtype=np.int16)

    def frame_at(self, moment_s: float) -> int:
        """The frame heard at *moment_s*; the inverse of `moment_s`."""
        guess = round((moment_s - self._zeros_s[0]) * RATE_HZ)
        return round(guess - (self.moment_s(guess) - moment_s) * RATE_HZ)
