"""One audio processing module of `livekit`, with the memory that it works on.

The library's own methods build a request, write it down as protobuf, read an answer and make an object that gives the
answer's memory back: 20 µs a call, 30 µs and more where the processor's caches have been used by others meanwhile.
Here the memory stays where it is, so the request is always the same: it is written once. That needs names that the
package does not document; where one is missing, the documented methods are used.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import numpy as np

from connector_gui.core.voice import Filters
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo import FRAME_MS

log = logging.getLogger(__name__)

Call = Callable[[], None]
_UNKNOWN: Final = (ImportError, AttributeError, TypeError, ValueError, RuntimeError)
"""What it looks like when an undocumented name has become another."""


class FilterModule:
    """The wanted filters in one module; belongs to one thread."""

    def __init__(self, library: ModuleType, rate_hz: int, filters: Filters) -> None:
        """Make the module.

        Args:
            library: `livekit.rtc`.
            rate_hz: 8, 16, 32 or 48 kHz.
            filters: What it does to the sound.
        """
        any_library: Any = library
        frames = rate_hz * FRAME_MS // 1000
        self._module = any_library.AudioProcessingModule(
            echo_cancellation=filters.echo_cancellation,
            noise_suppression=filters.noise_suppression,
            auto_gain_control=filters.auto_gain,
        )
        self._takes_far_end = filters.echo_cancellation
        # The library works in place, on memory that is kept: nothing is allocated per frame.
        near, far = (any_library.AudioFrame(bytearray(2 * frames), rate_hz, 1, frames) for _ in range(2))
        self._near_samples = np.frombuffer(near.data, dtype=np.int16)
        self._far_samples = np.frombuffer(far.data, dtype=np.int16)
        self._process_near = _prepared(self._module, "process_stream", near)
        self._process_far = _prepared(self._module, "process_reverse_stream", far)

    def process(self, near_end: Block, far_end: Block) -> Block:
        """The microphone's next frame, filtered; both blocks of one frame.

        Raises:
            RuntimeError: The library refused.
        """
        if self._takes_far_end:
            self._far_samples[:] = far_end
            self._process_far()
        self._near_samples[:] = near_end
        self._process_near()
        return self._near_samples.copy()


def _prepared(module: Any, method: str, frame: Any) -> Call:
    """*method* of *module* on *frame*, prepared to be called for every frame of a call."""
    try:
        return _PreparedCall(module, f"apm_{method}", frame)
    except _UNKNOWN as exc:
        log.info("filters.slower", extra={"reason": str(exc)})
        documented = getattr(module, method)
        return lambda: documented(frame)


class _PreparedCall:
    """A request to the library that is made again and again, on the same memory.

    Called without letting go of the interpreter: it takes 0.1 ms at most, and to get the interpreter back from a
    window that computes takes longer than that, several times a frame.
    """

    def __init__(self, module: Any, name: str, frame: Any) -> None:
        client = importlib.import_module("livekit.rtc._ffi_client").FfiClient.instance
        make_request = importlib.import_module("livekit.rtc._proto.ffi_pb2").FfiRequest
        self._answer_type: Any = importlib.import_module("livekit.rtc._proto.ffi_pb2").FfiResponse
        self._name = name
        self._frame = frame  # the request points to its memory
        request = make_request()
        fields = getattr(request, name)
        fields.apm_handle = module._ffi_handle.handle  # noqa: SLF001 - see the head of this file
        samples = np.frombuffer(frame.data, dtype=np.int16)
        fields.data_ptr, fields.size = samples.ctypes.data, samples.nbytes
        fields.sample_rate, fields.num_channels = frame.sample_rate, frame.num_channels
        self._request = request.SerializeToString()
        self._answer = ctypes.c_void_p()
        self._answer_size = ctypes.c_size_t()
        library = ctypes.PyDLL(client._ffi_lib._name, handle=client._ffi_lib._handle)  # noqa: SLF001
        self._ask, self._drop = library.livekit_ffi_request, library.livekit_ffi_drop_handle
        self._ask.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
        self._ask.restype = ctypes.c_uint64
        self._drop.argtypes = [ctypes.c_uint64]
        self._arguments = (
            self._request,
            len(self._request),
            ctypes.addressof(self._answer),
            ctypes.addressof(self._answer_size),
        )
        # The frame of silence that this takes harms nothing.
        self._good = self._make()
        problem = self._error_in(self._good)
        if problem:
            raise ValueError(problem)

    def __call__(self) -> None:
        answer = self._make()
        if answer != self._good:
            raise RuntimeError(self._error_in(answer))

    def _make(self) -> bytes:
        """Make the request; the answer as it came."""
        handle = self._ask(*self._arguments)
        if not handle:
            raise RuntimeError("The library of the filters did not answer.")
        answer = ctypes.string_at(self._answer, self._answer_size.value)
        self._drop(handle)
        return answer

    def _error_in(self, answer: bytes) -> str:
        read = self._answer_type()
        read.ParseFromString(answer)
        return str(getattr(read, self._name).error)
