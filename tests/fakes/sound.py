"""A sound system that runs on the test's clock.

sound = FakeSound()
line.open_output()
line.playout.write(reply)
sound.advance(200)                 # every open stream calls back twenty times
assert sound.heard("Desk Speaker").any()
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.voice.sound import BLOCK_MS, AudioDevice, Direction, Fill, OnBlock, StreamStats

MICROPHONE = AudioDevice("Desk Microphone", "Core Audio", 0, 1, 0, 48_000, is_default_input=True)
SPEAKER = AudioDevice("Desk Speaker", "Core Audio", 1, 0, 2, 48_000, is_default_output=True)
HEADSET = AudioDevice("Jabra Evolve 40", "Core Audio", 2, 1, 2, 16_000)


class FakeSound:
    """Devices that do what the test says; streams call back from `advance`, in the test's thread.

    Attributes:
        streams: Streams that are open, in the order of their opening.
        refused: Devices that cannot be opened, and what the attempt raises.
        gate: Cleared, every attempt to open a device waits until it is set again.
    """

    def __init__(self, devices: Iterable[AudioDevice] = (MICROPHONE, SPEAKER, HEADSET)) -> None:
        self.plugged_in = list(devices)
        self.streams: list[FakeStream] = []
        self.refused: dict[str, AudioError] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.waiting_at_gate = threading.Event()
        self.refreshes = 0
        self._listed = list(self.plugged_in)
        self._said: defaultdict[str, Block] = defaultdict(lambda: EMPTY)
        self._heard: defaultdict[str, list[Block]] = defaultdict(list)

    # What the room asks for.

    def devices(self) -> Sequence[AudioDevice]:
        return list(self._listed)

    def refresh(self) -> bool:
        if self.streams:
            return False
        self.refreshes += 1
        self._listed = list(self.plugged_in)
        return True

    def open_input(self, device: AudioDevice, on_block: OnBlock) -> FakeStream:
        return self._open(device, Direction.INPUT, on_block)

    def open_output(self, device: AudioDevice, fill: Fill) -> FakeStream:
        return self._open(device, Direction.OUTPUT, fill)

    def _open(self, device: AudioDevice, direction: Direction, callback: OnBlock | Fill) -> FakeStream:
        self.waiting_at_gate.set()
        assert self.gate.wait(10), "nobody opened the gate"
        if device.name in self.refused:
            raise self.refused[device.name]
        if device not in self.plugged_in:
            raise AudioError(f"The device “{device.name}” is gone.")
        stream = FakeStream(self, device, direction, callback)
        self.streams.append(stream)
        return stream

    # What the test does.

    def say(self, sound: Block, microphone: str = MICROPHONE.name) -> None:
        """Let a microphone hear *sound*, at its own rate, after what it is to hear already."""
        self._said[microphone] = np.concatenate((self._said[microphone], sound))

    def heard(self, speaker: str = SPEAKER.name) -> Block:
        """All that a speaker has played, at its own rate."""
        return np.concatenate([EMPTY, *self._heard[speaker]])

    def unplug(self, name: str) -> None:
        """Take a device away: its streams end, and nobody is told."""
        self.plugged_in = [device for device in self.plugged_in if device.name != name]
        for stream in [stream for stream in self.streams if stream.device.name == name]:
            stream.stats.is_finished = True

    def advance(self, duration_ms: int) -> None:
        """Let *duration_ms* of sound pass through every stream, in blocks."""
        for _ in range(duration_ms // BLOCK_MS):
            for stream in list(self.streams):
                if stream.is_started and not stream.stats.is_finished:
                    self._run(stream)

    def _run(self, stream: FakeStream) -> None:
        name, frames = stream.device.name, stream.rate_hz * BLOCK_MS // 1000
        block = np.zeros(frames, dtype=np.int16)
        if stream.direction is Direction.INPUT:
            said, self._said[name] = self._said[name][:frames], self._said[name][frames:]
            block[: said.size] = said
        stream.callback(block)
        stream.stats.callbacks += 1
        if stream.direction is Direction.OUTPUT:
            self._heard[name].append(block)


class FakeStream:
    """One opened device of a `FakeSound`."""

    latency_ms = 20.0

    def __init__(self, sound: FakeSound, device: AudioDevice, direction: Direction, callback: OnBlock | Fill) -> None:
        self.device = device
        self.direction = direction
        self.callback = callback
        self.rate_hz = device.default_rate_hz
        self.stats = StreamStats()
        self.is_started = False
        self.was_drained = False
        self._sound = sound

    def start(self) -> None:
        self.is_started = True

    def close(self, *, drain: bool = False) -> None:
        self.is_started = False
        self.was_drained = drain
        self.stats.is_finished = True
        if self in self._sound.streams:
            self._sound.streams.remove(self)
