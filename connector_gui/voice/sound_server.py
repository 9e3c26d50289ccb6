"""Asks a Linux desktop's sound server (PulseAudio or PipeWire) what its default devices are.

PortAudio cannot tell: its `default` and `pulse` exist whether or not anything is plugged in. With no
microphone the server's default source is the monitor of a speaker, and the agent would hear itself.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from connector_gui.voice.sound import AudioDevice, Direction

log = logging.getLogger(__name__)

_FOLLOWERS: Final = frozenset({"default", "pulse", "pipewire"})
"""ALSA devices that go wherever the server's default is."""
_DUMMY_SINK: Final = "auto_null"
"""What both servers make up while there is no speaker."""
_TIMEOUT_S: Final = 2.0


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
    pactl = shutil.which("pactl")
    if pactl is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command line, found on the search path
            [pactl, "info"],
            env={**os.environ, "LC_ALL": "C"},  # its labels are translated otherwise
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as exc:
        log.debug("sound_server.silent", extra={"reason": type(exc).__name__})
        return None
    return parse_info(answer.stdout)


def parse_info(text: str) -> ServerDefaults:
    """The defaults in what ``pactl info`` prints."""
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return ServerDefaults(fields.get("Default Source", ""), fields.get("Default Sink", ""))


def mark_dead_ends(devices: Iterable[AudioDevice], defaults: ServerDefaults) -> list[AudioDevice]:
    """*devices*, with those that follow the server marked where it has nothing to lead them to."""
    return [
        replace(device, dead_ends=defaults.dead_ends) if device.name in _FOLLOWERS else device for device in devices
    ]
