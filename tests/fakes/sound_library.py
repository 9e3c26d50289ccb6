"""A sound library that hangs where the test says, used in the place of sounddevice.

library = FakeLibrary()
library.hang("start", "Headset")
...
library.release("start")           # what hangs returns after all
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from connector_gui.dsp.block import Block

NAMES = ("Microphone", "Speaker", "Headset")


class FakeLibrary:
    """Lists three devices, which all record and play.

    Attributes:
        streams: All streams that were ever made.
        calls: What was called, in order.
        inside: How many calls are inside the library at this moment.
    """

    class PortAudioError(Exception):
        """As sounddevice has it."""

    def __init__(self) -> None:
        self.streams: list[FakeLibraryStream] = []
        self.calls: list[str] = []
        self.inside = 0
        self._hangs: dict[str, tuple[str, threading.Event]] = {}
        self.hanging = threading.Event()

    # What the test does.

    def hang(self, call: str, device: str = "") -> None:
        """Let *call* never return; with *device* for that one only."""
        self._hangs[call] = (device, threading.Event())

    def release(self, call: str) -> None:
        """Let what hangs in *call* return, as if nothing had been."""
        self._hangs.pop(call)[1].set()

    def heal(self, call: str) -> threading.Event:
        """Let later calls pass, while those that hang hang on until the event is set."""
        return self._hangs.pop(call)[1]

    def enter(self, call: str, device: str = "") -> None:
        self.calls.append(call)
        self.inside += 1
        try:
            whom, gate = self._hangs.get(call, ("", None))
            if gate is not None and whom in ("", device):
                self.hanging.set()
                assert gate.wait(20), "nobody let the library return"
        finally:
            self.inside -= 1

    # What sounddevice has.

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA", "default_input_device": 0, "default_output_device": 1}]

    def query_devices(self) -> list[dict[str, Any]]:
        self.enter("list")
        channels = {"max_input_channels": 1, "max_output_channels": 1, "default_samplerate": 48_000.0, "hostapi": 0}
        return [{"name": name, "index": index, **channels} for index, name in enumerate(NAMES)]

    def RawInputStream(self, **settings: Any) -> FakeLibraryStream:
        return self._open(is_input=True, **settings)

    def RawOutputStream(self, **settings: Any) -> FakeLibraryStream:
        return self._open(is_input=False, **settings)

    def _open(
        self, *, is_input: bool, device: int, callback: Callable[..., None], **settings: Any
    ) -> FakeLibraryStream:
        self.enter("open", NAMES[device])
        stream = FakeLibraryStream(self, NAMES[device], callback, settings["finished_callback"], is_input=is_input)
        self.streams.append(stream)
        return stream

    def _terminate(self) -> None:
        assert not self.inside, "ended while a call was inside"
        self.enter("terminate")

    def _initialize(self) -> None:
        self.enter("initialize")

    def _exit_handler(self) -> None:
        self._terminate()


class FakeLibraryStream:
    """One stream of a `FakeLibrary`; the test lets it call back."""

    latency = 0.001

    def __init__(
        self,
        library: FakeLibrary,
        name: str,
        callback: Callable[..., None],
        finished: Callable[[], None],
        *,
        is_input: bool,
    ) -> None:
        self.name = name
        self.is_started = False
        self.is_closed = False
        self.end = finished
        self._library = library
        self._callback = callback
        self._is_input = is_input

    def call_back(self, level: int = 1_000) -> Block:
        """Let it record *level*, or play; what it was given to play."""
        block = np.full((480, 1), level, dtype=np.int16)
        self._callback(block, 480, None, SimpleNamespace(input_overflow=False, output_underflow=False))
        return block[:, 0]

    def start(self) -> None:
        self._library.enter("start", self.name)
        self.is_started = True

    def stop(self, ignore_errors: bool = True) -> None:
        self._library.enter("stop", self.name)

    def abort(self, ignore_errors: bool = True) -> None:
        self._library.enter("abort", self.name)

    def close(self, ignore_errors: bool = True) -> None:
        self._library.enter("close", self.name)
        self.is_closed = True
