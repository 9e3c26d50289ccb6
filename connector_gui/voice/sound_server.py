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
_STREAM: Final = re.compile(r"^(?:Source Output|Sink Input) #(\d+)", re.MULTILINE)
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
    number: int | None = None,
    taken: Collection[int] = (),
    near: str = "",
    newer: int = 0,
) -> Whereabouts | None:
    """Where this program's stream *number* is, or its newest; None if there is none or nobody can tell.

    Takes some 20 ms.

    Args:
        taken: Streams that are not in question.
        near: Of those that are, one on this device comes first.
        newer: So many of them were opened after it.
    """
    device, stream = ("source", "source-output") if direction is Direction.INPUT else ("sink", "sink-input")
    streams, devices = _ask("list", f"{stream}s"), _ask("list", "short", f"{device}s")
    if streams is None or devices is None:
        return None
    return find_stream(parse_streams(streams, os.getpid()), parse_devices(devices), number, taken, near, newer)


def find_stream(
    on_device: Mapping[int, int],
    devices: Mapping[int, Whereabouts],
    number: int | None,
    taken: Collection[int] = (),
    near: str = "",
    newer: int = 0,
) -> Whereabouts | None:
    """As `find_own_stream`, of what was parsed."""
    found = {stream: devices[device] for stream, device in on_device.items() if device in devices}
    if number is None:
        free = sorted((stream for stream in found if stream not in taken), reverse=True)
        there = [stream for stream in free if found[stream].name == near]
        # One that is not there yet leaves fewer than were counted.
        number = next(iter([*there, *free[newer:], *free[-1:]]), None)
    return replace(found[number], stream=number) if number in found and number is not None else None


def parse_streams(listing: str, pid: int) -> dict[int, int]:
    """The streams of process *pid* in what ``pactl list source-outputs`` prints: device numbers by stream number."""
    found = {}
    for part in listing.split("\n\n"):
        stream, device = _STREAM.search(part), _ON_DEVICE.search(part)
        if stream and device and f'application.process.id = "{pid}"' in part:
            found[int(stream[1])] = int(device[1])
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
