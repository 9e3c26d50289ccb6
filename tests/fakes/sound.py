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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.voice.sound import (
    BLOCK_MS,
    AudioDevice,
    DeviceNews,
    Direction,
    Fill,
    OnBlock,
    StreamStats,
    Whereabouts,
)

MICROPHONE = AudioDevice("Desk Microphone", "Core Audio", 0, 1, 0, 48_000, is_default_input=True)
SPEAKER = AudioDevice("Desk Speaker", "Core Audio", 1, 0, 2, 48_000, is_default_output=True)
HEADSET = AudioDevice("Jabra Evolve 40", "Core Audio", 2, 1, 2, 16_000)
USB = AudioDevice("USB Headset", "Core Audio", 3, 1, 2, 48_000)


class FakeSound:
    """Devices that do what the test says; streams call back from `advance`, in the test's thread.

    Attributes:
        streams: Streams that are open, in the order of their opening.
        is_stuck: A call hangs in the library; the list stays as it is.
        wakes_after_s: Devices that take some time from a stream's start to its first block.
        refused: Devices that cannot be opened, and what the attempt raises.
        tells_news: The system tells when devices come, go or become default.
        now_s: The devices' time, which `advance` moves on.
        gate: Cleared, every attempt to open a device waits until it is set again.
    """

    def __init__(self, devices: Iterable[AudioDevice] = (MICROPHONE, SPEAKER, HEADSET)) -> None:
        self.plugged_in = list(devices)
        self.streams: list[FakeStream] = []
        self.is_stuck = False
        self.wakes_after_s: dict[str, float] = {}
        self.refused: dict[str, AudioError] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.waiting_at_gate = threading.Event()
        self.refreshes = 0
        self.openings = 0
        self.tells_news = True
        self.now_s = 1000.0
        self.watches = 0
        self._stalled: set[str] = set()
        self._moved: dict[str, Whereabouts] = {}
        self._changes = 0
        self._moves = 0
        self._defaults = 0
        self._listed = list(self.plugged_in)
        self._said: defaultdict[str, Block] = defaultdict(lambda: EMPTY)
        self._heard: defaultdict[str, list[Block]] = defaultdict(list)

    # What the room asks for.

    def devices(self) -> Sequence[AudioDevice]:
        return list(self._listed)

    def refresh(self) -> bool:
        if self.streams or self.is_stuck:
            return False
        self.refreshes += 1
        self._listed = list(self.plugged_in)
        return True

    @property
    def open_streams(self) -> int:
        return len(self.streams)

    def watch(self) -> FakeWatch:
        self.watches += 1
        return FakeWatch(self)

    def open_input(
        self, device: AudioDevice, on_block: OnBlock, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> FakeStream:
        return self._open(device, Direction.INPUT, on_block)

    def open_output(
        self, device: AudioDevice, fill: Fill, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> FakeStream:
        return self._open(device, Direction.OUTPUT, fill)

    def _open(self, device: AudioDevice, direction: Direction, callback: OnBlock | Fill) -> FakeStream:
        self.waiting_at_gate.set()
        assert self.gate.wait(10), "nobody opened the gate"
        if device.name in self.refused:
            raise self.refused[device.name]
        there = next((one for one in self.plugged_in if one.name == device.name), None)
        if there is None:
            raise AudioError(f"The device “{device.name}” is gone.")
        self.openings += 1
        stream = FakeStream(self, device, direction, callback)
        stream.rate_hz = there.default_rate_hz
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
        self._changes += 1

    def plug(self, device: AudioDevice) -> None:
        """Connect a device; it is listed once the list is made anew."""
        self.plugged_in.append(device)
        self._changes += 1

    def make_default(self, name: str) -> None:
        """Let the system use the device *name* where nobody chooses; streams stay where they are."""
        chosen = next(device for device in self.plugged_in if device.name == name)
        self.plugged_in = [
            replace(
                device,
                is_default_input=device is chosen if chosen.input_channels else device.is_default_input,
                is_default_output=device is chosen if chosen.output_channels else device.is_default_output,
            )
            for device in self.plugged_in
        ]

    def stall(self, name: str) -> None:
        """Let a device fall silent without a word, as after sleep; streams on it call back no more."""
        self._stalled.add(name)

    def wake(self, name: str) -> None:
        """Let a stalled device work for streams that are opened from now on."""
        self._stalled.discard(name)
        for stream in self.streams:
            stream.is_asleep = stream.is_asleep or stream.device.name == name

    def move(self, name: str, to: Whereabouts) -> None:
        """Let the server move the streams on *name* elsewhere; they go on as if nothing had happened."""
        self._moved[name] = to
        self._moves += 1

    def defaults_changed(self) -> None:
        """Let the server say that another device may be its default."""
        self._defaults += 1

    def devices_changed(self) -> None:
        """Let the system say that devices have changed, whether they have or not."""
        self._changes += 1

    def advance(self, duration_ms: int) -> None:
        """Let *duration_ms* of sound pass through every stream, in blocks."""
        for _ in range(duration_ms // BLOCK_MS):
            self.now_s += BLOCK_MS / 1000
            for stream in list(self.streams):
                if stream.is_working:
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


class FakeWatch:
    """What the system tells of a `FakeSound`'s devices."""

    def __init__(self, sound: FakeSound) -> None:
        self._sound = sound
        self._is_closed = False

    @property
    def is_informed(self) -> bool:
        return self._sound.tells_news

    def news(self) -> DeviceNews:
        if not self._sound.tells_news:
            return DeviceNews()
        default_input, default_output = (
            next((device.name for device in self._sound.plugged_in if device.is_default(direction)), "")
            for direction in (Direction.INPUT, Direction.OUTPUT)
        )
        return DeviceNews(
            self._sound._changes, default_input, default_output, self._sound._moves, None, self._sound._defaults
        )

    @property
    def streams(self) -> int | None:
        return self._sound._moves if self._sound.tells_news else None

    def whereabouts(
        self,
        direction: Direction,
        client: int | None = None,
        *,
        taken: Collection[int] = (),
        near: str = "",
        newer: int = 0,
    ) -> Whereabouts | None:
        open_now = [one for one in self._sound.streams if one.direction is direction]
        place = self._sound._moved.get(open_now[-1].device.name) if open_now else None
        return place if place and client in (None, place.client) else None

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._sound.watches -= 1


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
        self.started_s = 0.0
        self.is_asleep = False
        self.was_drained = False
        self._sound = sound

    @property
    def is_working(self) -> bool:
        """It calls back as time passes."""
        sound = self._sound
        is_awake = not self.is_asleep and self.device.name not in sound._stalled
        is_awake = is_awake and sound.now_s - self.started_s >= sound.wakes_after_s.get(self.device.name, 0.0)
        return self.is_started and is_awake and not self.stats.is_finished

    def start(self) -> None:
        self.is_started = True
        self.started_s = self._sound.now_s

    def close(self, *, drain: bool = False) -> None:
        self.is_started = False
        self.was_drained = drain
        self.stats.is_finished = True
        if self in self._sound.streams:
            self._sound.streams.remove(self)
