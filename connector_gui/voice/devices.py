"""Finds the device that a setting means, and lists those there are to choose from."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from connector_gui.core.device_order import in_order
from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import Sentence, sentence
from connector_gui.voice import host_apis
from connector_gui.voice.microphone_access import where_to_look
from connector_gui.voice.sound import AudioDevice, DeviceWatch, Direction, SoundSystem

_NOT_THERE: Final = {
    Direction.INPUT: sentence(
        "The microphone {device} is not there. Plug it in, or choose another in Settings: {available}."
    ),
    Direction.OUTPUT: sentence(
        "The speaker or headset {device} is not there. Plug it in, or choose another in Settings: {available}."
    ),
}
STAND_IN: Final = 1_000
"""The rank of a device that the setting does not name."""
SETTLED_S: Final = 1.0
"""What happens before a watch is this old may have escaped it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device to try.

    Attributes:
        rank: Its place in the setting, 0 for the first choice; `STAND_IN` for one that is not named there.
    """

    device: AudioDevice
    rank: int


class DeviceCatalog:
    """The sound system's list as people see it: each name once, by the best host API that has it.

    Every method may block while the sound system looks; call them from a thread.
    """

    def __init__(
        self, sound: SoundSystem, *, platform: str = sys.platform, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sound = sound
        self._platform = platform
        self._clock = clock
        self._watch: DeviceWatch | None = None
        self._watched_since_s = 0.0
        # What the watch told when the system's list was renewed, and when it was last read; and what was read.
        self._listed: Hashable = None
        self._read: Hashable = None
        self._devices: Sequence[AudioDevice] = ()
        self._checking = threading.Lock()

    def refresh(self) -> bool:
        """Look for devices anew; false while a stream is open, when that cannot be done."""
        with self._checking:
            self._read = None
            return self._sound.refresh()

    def close(self) -> None:
        """Stop watching for devices that come and go. May be called twice."""
        with self._checking:
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def names(self, direction: Direction) -> list[str]:
        """Devices to choose from; empty if there are none.

        Raises:
            AudioError: There is no sound system.
        """
        return [
            device.name
            for device in self._for(direction)
            if _is_for_people(device) and direction not in device.dead_ends
        ]

    def default_name(self, direction: Direction) -> str | None:
        """What "system default" means at present.

        Raises:
            AudioError: There is no sound system.
        """
        default = _default_of(self._for(direction), direction)
        return default.name if default and direction not in default.dead_ends else None

    def find(self, wanted: str | None, direction: Direction) -> AudioDevice:
        """The device that a setting means.

        Args:
            wanted: Names or parts of them, in any case, the best first (see `device_order`): the first that is there
                is taken. The whole name goes before a part, and of several devices the first in the list is taken.
                None or nothing is the system's default.
            direction: What it is wanted for.

        Raises:
            AudioError: There is none, or none by that name; the text says what there is instead.
        """
        devices = self._for(direction)
        if not devices:
            raise AudioError(self._cure(direction))
        names = in_order(wanted)
        found = _named(devices, names) if names else [_default_of(devices, direction)]
        there = [device for device in found if device is not None]
        if not there:
            raise AudioError(self._not_there(names, direction))
        usable = [device for device in there if direction not in device.dead_ends]
        if not usable:
            raise AudioError(self._cure(direction))
        return usable[0]

    def candidates(self, wanted: str | None, direction: Direction) -> list[Candidate]:
        """Devices to try one after the other: what a setting means, the system's default, then any other.

        A device that several host APIs have is tried by each of them. Those that lead nowhere are left out.

        Raises:
            AudioError: There is none at all.
        """
        # One look: each asks the sound server, while the operator waits.
        return self._candidates(self._sound.devices(), wanted, direction)

    def _candidates(self, present: Sequence[AudioDevice], wanted: str | None, direction: Direction) -> list[Candidate]:
        """As `candidates`, of those *present*."""
        everywhere = self._that_go(present, direction)
        listed = _each_name_once(everywhere)
        devices = [device for device in listed if direction not in device.dead_ends]
        default = _default_of(listed, direction)
        names = in_order(wanted)
        chosen = _named(devices, names) if names else [default]
        found: dict[tuple[str, str], Candidate] = {}
        ranked = [*enumerate(chosen), *((STAND_IN, other) for other in (default, *filter(_is_for_people, devices)))]
        for rank, device in ranked:
            if device is None or direction in device.dead_ends:
                continue
            for same in _by_every_host_api(everywhere, device):
                found.setdefault((same.name, same.host_api), Candidate(same, rank))
        if not found:
            raise AudioError(self._cure(direction))
        return list(found.values())

    def check(self, input_device: str | None, output_device: str | None) -> tuple[AudioDevice, AudioDevice]:
        """The microphone and the speaker that a call would use, from a fresh list if possible.

        What a setting names may be missing: the call then takes another device, and says so. From the first check
        on the system is asked for news, until `close`: a list costs a tenth of a second, and a caller waits for it.
        Without news the check looks at the list of the last one, and takes well under a millisecond.

        Raises:
            AudioError: One of them is missing.
        """
        devices = self._up_to_date()
        microphones = self._candidates(devices, input_device, Direction.INPUT)
        return microphones[0].device, self._candidates(devices, output_device, Direction.OUTPUT)[0].device

    def _up_to_date(self) -> Sequence[AudioDevice]:
        """All devices; looked for only if the watch has news, or cannot have any."""
        with self._checking:
            if self._watch is None:
                self._watch = self._sound.watch()
                self._watched_since_s = self._clock()
                self._listed = self._read = None
            # Before the list is read: what happens meanwhile is news for the next check.
            is_settled = self._clock() - self._watched_since_s >= SETTLED_S
            news = self._watch.news()
            is_informed = self._watch.is_informed
            listed = (news.devices, news.gone) if is_informed else None
            read = (listed, news.default_input, news.default_output, news.defaults, is_settled) if is_informed else None
            if (listed is None or listed != self._listed) and self._sound.refresh():
                self._listed = listed
                self._read = None
            if read is None or read != self._read:
                self._devices = self._sound.devices()
                self._read = read
            return self._devices

    def _cure(self, direction: Direction) -> str:
        if direction is Direction.OUTPUT:
            return sentence("No speaker or headset was found. Plug one in and try again.")
        return sentence(
            "No microphone was found. Plug one in and try again. Is one plugged in? {where_to_look}",
            where_to_look=where_to_look(self._platform),
        )

    def _not_there(self, names: Sequence[str], direction: Direction) -> str:
        wanted: str = f"“{names[0]}”"
        for name in names[1:]:
            wanted = sentence("{devices} or “{device}”", devices=wanted, device=name)
        available = ", ".join(f"“{name}”" for name in self.names(direction))
        return Sentence(_NOT_THERE[direction].template, {"device": wanted, "available": available})

    def _for(self, direction: Direction) -> list[AudioDevice]:
        """Devices that go that way, each name once, the preferred host API's first."""
        return _each_name_once(self._that_go(self._sound.devices(), direction))

    def _that_go(self, present: Sequence[AudioDevice], direction: Direction) -> list[AudioDevice]:
        """Of those *present* the devices that go that way, the preferred host API's first."""
        usable = [device for device in present if device.goes(direction)]
        order = host_apis.by_preference({device.host_api for device in usable}, self._platform)
        return sorted(usable, key=lambda device: order.index(device.host_api))


def _each_name_once(devices: Sequence[AudioDevice]) -> list[AudioDevice]:
    by_name: dict[str, AudioDevice] = {}
    for device in devices:
        by_name.setdefault(device.name, device)
    return list(by_name.values())


def _by_every_host_api(devices: Sequence[AudioDevice], wanted: AudioDevice) -> list[AudioDevice]:
    """*wanted*, and the same device as other host APIs have it."""
    same = [device for device in devices if host_apis.is_same_device(device.name, wanted.name)]
    return [wanted, *(device for device in same if device.host_api != wanted.host_api)]


def _is_for_people(device: AudioDevice) -> bool:
    return host_apis.is_for_people(device.host_api, device.name)


def _default_of(devices: Sequence[AudioDevice], direction: Direction) -> AudioDevice | None:
    """The first host API's default, or its first device where it names none."""
    defaults = [device for device in devices if device.is_default(direction)]
    return next(iter([*defaults, *devices]), None)


def _named(devices: Sequence[AudioDevice], names: Sequence[str]) -> list[AudioDevice | None]:
    """What each of *names* means, or None where it is not there."""
    return [_by_name(devices, name) for name in names]


def _by_name(devices: Sequence[AudioDevice], wanted: str) -> AudioDevice | None:
    """The whole name first, then a part; among parts one that people may choose first."""
    sought = wanted.casefold()
    whole = [device for device in devices if device.name.casefold() == sought]
    parts = [device for device in devices if sought in device.name.casefold()]
    parts.sort(key=lambda device: not _is_for_people(device))
    return next(iter([*whole, *parts]), None)
