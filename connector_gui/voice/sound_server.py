"""Asks a Linux desktop's sound server (PulseAudio or PipeWire) what its default devices are, and where our sound goes.

PortAudio cannot tell: its `default` and `pulse` exist whether or not anything is plugged in. With no
microphone the server's default source is the monitor of a speaker, and the agent would hear itself. A
stream whose device is unplugged is moved there too, and PortAudio notices nothing.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from connector_gui.voice.sound import AudioDevice, Direction, Whereabouts

log = logging.getLogger(__name__)

FOLLOWERS: Final = frozenset({"default", "pulse", "pipewire"})
"""ALSA devices that go wherever the server's default is."""
_DUMMY_SINK: Final = "auto_null"
"""What both servers make up while there is no speaker."""
_TIMEOUT_S: Final = 2.0
_CLIENT: Final = re.compile(r"^\s*Client: (\d+)$", re.MULTILINE)
_ON_DEVICE: Final = re.compile(r"^\s*(?:Source|Sink): (\d+)$", re.MULTILINE)
_RATE: Final = re.compile(r"(\d+)Hz")


@dataclass(frozen=True, slots=True)
class ServerDefaults:
    """The server's names of its default microphone and speaker; empty where it has none."""

    source: str = ""
    sink: str = ""

    @property
    def dead_ends(self) -> frozenset[Direction]:
        """Directions in which there is no real device."""
        ends = set()
        if not self.source or self.source.endswith(".monitor"):
            ends.add(Direction.INPUT)
        if not self.sink or self.sink == _DUMMY_SINK:
            ends.add(Direction.OUTPUT)
        return frozenset(ends)


def read_defaults() -> ServerDefaults | None:
    """The defaults now; None where there is no server, or no `pactl` to ask it with. Takes some 10 ms."""
    answer = _ask("info")
    return parse_info(answer) if answer is not None else None


def find_own_stream(
    direction: Direction,
    client: int | None = None,
    taken: Collection[int] = (),
    near: str = "",
    newer: int = 0,
) -> Whereabouts | None:
    """Where the stream of this program's *client* is, or its newest; None if there is none or nobody can tell.

    Takes some 20 ms.

    Args:
        taken: Clients that are not in question.
        near: Of those that are, one on this device comes first.
        newer: So many of them were opened after it.
    """
    device, stream = ("source", "source-output") if direction is Direction.INPUT else ("sink", "sink-input")
    streams, devices = _ask("list", f"{stream}s"), _ask("list", "short", f"{device}s")
    if streams is None or devices is None:
        return None
    return find_stream(parse_streams(streams, os.getpid()), parse_devices(devices), client, taken, near, newer)


def find_stream(
    on_device: Mapping[int, int],
    devices: Mapping[int, Whereabouts],
    client: int | None,
    taken: Collection[int] = (),
    near: str = "",
    newer: int = 0,
) -> Whereabouts | None:
    """As `find_own_stream`, of what was parsed."""
    found = {one: devices[device] for one, device in on_device.items() if device in devices}
    if client is None:
        free = sorted((one for one in found if one not in taken), reverse=True)
        there = [one for one in free if found[one].name == near]
        # One that is not there yet leaves fewer than were counted.
        client = next(iter([*there, *free[newer:], *free[-1:]]), None)
    return replace(found[client], client=client) if client in found and client is not None else None


def parse_streams(listing: str, pid: int) -> dict[int, int]:
    """The streams of process *pid* in what ``pactl list source-outputs`` prints: device numbers by client number.

    A client that is about to change its stream for a new one may have both: the new one, which comes later, counts.
    """
    found = {}
    for part in listing.split("\n\n"):
        client, device = _CLIENT.search(part), _ON_DEVICE.search(part)
        if client and device and f'application.process.id = "{pid}"' in part:
            found[int(client[1])] = int(device[1])
    return found


def parse_devices(listing: str) -> dict[int, Whereabouts]:
    """The devices in what ``pactl list short sources`` (or sinks) prints, by number; of no stream yet."""
    found = {}
    for number, name, _driver, spec, *_state in (
        row.split("\t") for row in listing.splitlines() if row.count("\t") > 2
    ):
        rate = _RATE.search(spec)
        is_dead_end = name.endswith(".monitor") or name == _DUMMY_SINK
        found[int(number)] = Whereabouts(-1, name, int(rate[1]) if rate else 0, is_dead_end)
    return found


def _ask(*question: str) -> str | None:
    """What ``pactl`` prints; None where there is no server, or no `pactl` to ask it with."""
    pactl = shutil.which("pactl")
    if pactl is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command line, found on the search path
            [pactl, *question],
            env={**os.environ, "LC_ALL": "C"},  # its labels are translated otherwise
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as exc:
        log.debug("sound_server.silent", extra={"reason": type(exc).__name__})
        return None
    return answer.stdout


def parse_info(text: str) -> ServerDefaults:
    """The defaults in what ``pactl info`` prints."""
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return ServerDefaults(fields.get("Default Source", ""), fields.get("Default Sink", ""))


def mark_dead_ends(devices: Iterable[AudioDevice], defaults: ServerDefaults) -> list[AudioDevice]:
    """*devices*, with those that follow the server marked where it has nothing to lead them to."""
    return [replace(device, dead_ends=defaults.dead_ends) if device.name in FOLLOWERS else device for device in devices]
