"""What the voice room asks of a sound system: devices, and streams of 10 ms blocks.

`portaudio.PortAudio` is the real one; tests bring a small one that runs on their own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from connector_gui.core.errors import AudioError
from connector_gui.dsp.block import Block

BLOCK_MS: Final = 10
"""Length of a device block."""
LINE_BLOCK_MS: Final = 20
"""The same on a line. Python is entered for each block of each device, which is most of what a call on a line costs;
beside the way to a softphone or a conference 10 ms more are nothing."""


class Direction(StrEnum):
    """Which way the sound goes, seen from the program."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """One entry of the sound system's list.

    Attributes:
        name: As the system shows it; what a setting refers to.
        host_api: The interface it is reached by, e.g. ``ALSA``; one device may be listed under several.
        index: The sound system's number, valid until its list is made anew.
        input_channels: 0 for a device that cannot record.
        output_channels: 0 for a device that cannot play.
        default_rate_hz: The rate the system names for it.
        is_default_input: The host API's standard microphone.
        is_default_output: The host API's standard speaker.
        dead_ends: Directions in which it opens but leads to no real device at present.
    """

    name: str
    host_api: str
    index: int
    input_channels: int
    output_channels: int
    default_rate_hz: int
    is_default_input: bool = False
    is_default_output: bool = False
    dead_ends: frozenset[Direction] = frozenset()

    def goes(self, direction: Direction) -> bool:
        """Whether it can be used in *direction*."""
        return bool(self.input_channels if direction is Direction.INPUT else self.output_channels)

    def is_default(self, direction: Direction) -> bool:
        """Whether its host API uses it for *direction* when nobody chooses."""
        return self.is_default_input if direction is Direction.INPUT else self.is_default_output


@dataclass(slots=True)
class StreamStats:
    """Counters of one stream; its callback writes, others read.

    Attributes:
        callbacks: Blocks so far.
        xruns: Blocks that the device reported as late: input lost or output starved.
        last_callback_s: `time.monotonic` of the latest block; 0 before the first.
        is_finished: The sound system has ended the stream, asked or not.
    """

    callbacks: int = 0
    xruns: int = 0
    last_callback_s: float = 0.0
    is_finished: bool = False


class DeviceBusyError(AudioError):
    """The device is there, but another program has it for itself."""


@dataclass(frozen=True, slots=True)
class DeviceNews:
    """A mark of what there is now; one that differs from the last means that something has changed.

    Attributes:
        devices: Differs once a device came, and perhaps once one went.
        default_input: Differs once another microphone is the system's default, where streams do not follow by
            themselves.
        default_output: The same for the speaker.
        streams: Differs once the system may have moved a stream to another device.
        gone: Differs once a device went, where `devices` does not tell.
        defaults: Differs once what follows the sound server may be led elsewhere, or nowhere.
    """

    devices: Hashable = None
    default_input: Hashable = None
    default_output: Hashable = None
    streams: Hashable = None
    gone: Hashable = None
    defaults: Hashable = None

    def default(self, direction: Direction) -> Hashable:
        """The mark of the default in *direction*."""
        return self.default_input if direction is Direction.INPUT else self.default_output


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The device that a stream of this program is really on.

    Attributes:
        client: The sound server's number of the client that the stream belongs to. ALSA's bridge to the server has
            one for each device that is opened, and after every gap it makes a new stream, with a new number.
        name: As the sound server names it.
        rate_hz: Its own rate, whatever the stream's is; 0 if unknown.
        is_dead_end: It is no real device in that direction: a microphone's stream that hears a speaker.
    """

    client: int
    name: str
    rate_hz: int = 0
    is_dead_end: bool = False


OnBlock: TypeAlias = Callable[[Block], None]
"""Takes a block that was recorded; it must be copied. Runs on the device's thread."""
Fill: TypeAlias = Callable[[Block], None]
"""Writes the block that is to be played, all of it. Runs on the device's thread."""


class Stream(Protocol):
    """An opened device. Opening, starting and closing block for some ms, or much longer on a bad driver."""

    @property
    def device(self) -> AudioDevice:
        """Where it goes."""

    @property
    def rate_hz(self) -> int:
        """The rate its blocks have."""

    @property
    def latency_ms(self) -> float:
        """Sound on its way between the callback and the air, as the sound system states it."""

    @property
    def stats(self) -> StreamStats:
        """Its counters."""

    def start(self) -> None:
        """Begin to call back.

        Raises:
            AudioError: The device refuses, or is gone.
        """

    def close(self, *, drain: bool = False) -> None:
        """Let go of the device; with *drain* let it first play what it was given. May be called twice."""


class DeviceWatch(Protocol):
    """Tells that devices have changed, without touching a stream; open only while somebody needs to know."""

    @property
    def is_informed(self) -> bool:
        """The system tells; otherwise `news` never changes, and only looking again finds a new device."""

    def news(self) -> DeviceNews:
        """What there is now; quick."""

    @property
    def streams(self) -> Hashable:
        """`DeviceNews.streams` alone; quick enough to be asked for every block."""

    def whereabouts(
        self,
        direction: Direction,
        client: int | None = None,
        *,
        taken: Collection[int] = (),
        near: str = "",
        newer: int = 0,
    ) -> Whereabouts | None:
        """Where a stream of ours is, by the number of its *client* or the newest one; None where nobody can tell.

        Blocks for some 20 ms.

        Args:
            taken: Numbers of clients that are known to be others'.
            near: Of several in question the one on this device is meant.
            newer: So many of them were opened after the one that is meant.
        """

    def close(self) -> None:
        """Stop watching. May be called twice."""


class SoundSystem(Protocol):
    """Lists and opens devices. Its methods may be called from any thread, and block."""

    @property
    def open_streams(self) -> int:
        """How many streams are open: while one is, `refresh` does nothing."""

    @property
    def is_stuck(self) -> bool:
        """The system's library hangs in a call that was given up: until it returns, `refresh` does nothing."""

    def watch(self) -> DeviceWatch:
        """Begin to watch for devices that come and go."""

    def devices(self) -> Sequence[AudioDevice]:
        """Every device of every host API, as known since the last `refresh`.

        Raises:
            AudioError: There is no sound system.
        """

    def refresh(self) -> bool:
        """Look for devices anew; false, and nothing done, while a stream is open (it would be ended).

        False as well while the system's library hangs in a call: to end it then would crash.
        """

    def open_input(
        self, device: AudioDevice, on_block: OnBlock, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> Stream:
        """Open a microphone, mono; it calls back once it is started.

        Args:
            within_s: How long its opening, and then its start, may take; left out, what suits every device.
            block_ms: How much it gives at a time.

        Raises:
            AudioError: It is gone, busy, does not answer in time, or supports no rate that we do.
        """

    def open_output(
        self, device: AudioDevice, fill: Fill, *, within_s: float | None = None, block_ms: int = BLOCK_MS
    ) -> Stream:
        """Open a speaker, mono to all its channels; it calls back once it is started.

        Args:
            within_s, block_ms: As for `open_input`.

        Raises:
            AudioError: It is gone, busy, does not answer in time, or supports no rate that we do.
        """
