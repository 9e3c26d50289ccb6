"""All pairs of devices that are open: the desk's own, and one for each line that has a call.

No device is in two of them. A line that means a device of the desk's, or of another line that is open, is refused
in words; the desk passes over what a line has, as if it were busy. Where names do not tell (two names of one
device), the sound server does, once the stream is there: then the line gives way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from connector_gui.core.errors import AudioError
from connector_gui.core.lines import LineDevices
from connector_gui.core.sentence import sentence
from connector_gui.core.voice import SoundSettings
from connector_gui.voice import host_apis, sound_server
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.line_end import LineEnd
from connector_gui.voice.pair import Pair
from connector_gui.voice.shared_watch import SharedWatch
from connector_gui.voice.sound import BLOCK_MS, LINE_BLOCK_MS, AudioDevice, Direction, SoundSystem


class Pairs:
    """Belongs to the voice loop; `owner_of` and `trespasses` may be asked from any thread.

    Args:
        followed: The name of the device that those which follow the system's choice lead to; empty where unknown.
    """

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        *,
        followed: Callable[[AudioDevice, Direction], str] = lambda device, direction: where_it_leads(device, direction),
    ) -> None:
        self._sound = sound
        self._catalog = catalog
        self._followed = followed
        self._settings = SoundSettings()
        self._open: dict[str, Pair] = {}
        self._watch = SharedWatch(sound.watch)

    def configure(self, settings: SoundSettings) -> None:
        """Use *settings* from now on: filters in all pairs that have any, devices in the desk's."""
        self._settings = settings
        for pair in self._open.values():
            pair.set_filters(settings.filters)
            if pair.is_desk:
                pair.use_devices(settings.input_device or None, settings.output_device or None)

    def find(self, devices: LineDevices | None) -> Pair:
        """The pair of that line, or the desk's own for ``None``; a new one unless it is open."""
        name = devices.name if devices is not None else ""
        pair = self._open.get(name)
        if pair is None:
            pair = self._open[name] = self._make(devices)
        return pair

    def _make(self, devices: LineDevices | None) -> Pair:
        name = devices.name if devices is not None else ""
        settings = self._settings
        line = Line(
            self._sound,
            self._catalog,
            input_device=(devices.input_device if devices is not None else settings.input_device) or None,
            output_device=(devices.output_device if devices is not None else settings.output_device) or None,
            is_strict=devices is not None,
            owner_of=lambda device, direction: self.owner_of(device, direction, name),
            trespasses=(lambda direction: self.trespasses(direction, name)) if devices is not None else None,
            block_ms=LINE_BLOCK_MS if devices is not None else BLOCK_MS,
            watch=self._watch.begin,
            others_streams=self._streams_but,
        )
        is_filtered = devices is None or devices.is_filtered
        return Pair(line, settings.filters, name=name, is_filtered=is_filtered, on_closed=self._forget)

    def _forget(self, pair: Pair) -> None:
        if self._open.get(pair.name) is pair:
            del self._open[pair.name]

    # --- from any thread ------------------------------------------------------------------------------

    def owner_of(self, device: AudioDevice, direction: Direction, asking: str) -> str:
        """Why the line *asking* (empty: the desk) cannot have *device*, in words; empty when it can."""
        others = [pair for pair in list(self._open.values()) if pair.name != asking]
        if not asking and not others:
            return ""
        names = {device.name, self._followed(device, direction)} - {""}
        if asking and self._is_the_desks(names, direction):
            return _words(device.name, direction, "")
        for pair in others:
            if _overlap(names, _end(pair, direction).known_as):
                return _words(device.name, direction, pair.name)
        return ""

    def _streams_but(self, asking: LineEnd) -> tuple[set[int], int]:
        """The numbers of other pairs' clients, and how many have none yet and are newer than *asking*'s."""
        ends = [_end(pair, asking.direction) for pair in list(self._open.values())]
        others = [end for end in ends if end is not asking and (end.is_open or end.is_opening)]
        known = {end.client for end in others if end.client is not None}
        newer = [end for end in others if end.client is None and end.opened_s > asking.opened_s]
        return known, len(newer)

    def _is_the_desks(self, names: set[str], direction: Direction) -> bool:
        """Whether the desk's next call would take it, by the settings."""
        settings = self._settings
        wanted = settings.input_device if direction is Direction.INPUT else settings.output_device
        try:
            device = self._catalog.find(wanted or None, direction)
        except AudioError:
            return False
        return _overlap(names, {device.name, self._followed(device, direction)} - {""})

    def trespasses(self, direction: Direction, asking: str) -> str:
        """Why the line *asking* must let go of its device, in words: another pair's streams are on the same one."""
        mine = self._open.get(asking)
        if mine is None or mine.is_desk or not (place := _end(mine, direction).place):
            return ""
        pairs = list(self._open.values())
        # Of two lines the one that came later gives way; to the desk every line does.
        for pair in [*(one for one in pairs if one.is_desk), *pairs[: pairs.index(mine)]]:
            if _end(pair, direction).place == place:
                return _words(_end(mine, direction).wanted or place, direction, pair.name)
        return ""


def where_it_leads(device: AudioDevice, direction: Direction) -> str:
    """What a device that follows the sound server's default leads to now; empty for any other. Takes some 10 ms."""
    if sys.platform != "linux" or device.name not in sound_server.FOLLOWERS:
        return ""
    defaults = sound_server.read_defaults()
    if defaults is None:
        return ""
    return defaults.source if direction is Direction.INPUT else defaults.sink


def _end(pair: Pair, direction: Direction) -> LineEnd:
    return pair.line.input if direction is Direction.INPUT else pair.line.output


def _overlap(names: set[str], others: set[str]) -> bool:
    return any(host_apis.is_same_device(one, other) for one in names for other in others)


def _words(device: str, direction: Direction, owner: str) -> str:
    is_input = direction is Direction.INPUT
    if owner and is_input:
        return sentence(
            "The microphone “{device}” is in use on the line “{line}”, and two calls never share one.",
            device=device,
            line=owner,
        )
    if owner:
        return sentence(
            "The speaker “{device}” is in use on the line “{line}”, and two calls never share one.",
            device=device,
            line=owner,
        )
    if is_input:
        return sentence(
            "The microphone “{device}” is the desk's own, and two calls never share one. "
            "Give the line another in Settings.",
            device=device,
        )
    return sentence(
        "The speaker “{device}” is the desk's own, and two calls never share one. Give the line another in Settings.",
        device=device,
    )
