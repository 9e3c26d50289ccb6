"""The operator's surroundings for tests: a real desktop with a tray and a keyring, real sound devices.

Everything is private to one run, so several can go side by side. `dev.py test` runs pytest inside one
(see `__main__`); a test that needs another kind of desktop or no devices makes one of its own::

    with desktop(DesktopOptions(tray="xembed", keyring="locked")) as env:
        program = subprocess.Popen([sys.executable, "-m", "connector_gui"], env=env)
        tray_click("right", env=env)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tests.rig.background import RigError, wait_until
from tests.rig.desktop import DesktopOptions, desktop
from tests.rig.devices import MICROPHONE, SPEAKER, plug_mic, plug_speaker, unplug
from tests.rig.hands import click, press_keys, screenshot, tray_click, tray_place
from tests.rig.sound_server import sound_server
from tests.rig.voices import (
    RECORDING_RATE_HZ,
    Samples,
    SpeakerRecording,
    record,
    speak,
    start_speaking,
    synthesize,
)

__all__ = [
    "MICROPHONE",
    "RECORDING_RATE_HZ",
    "SPEAKER",
    "DesktopOptions",
    "RigError",
    "Samples",
    "SpeakerRecording",
    "click",
    "desktop",
    "desktop_command",
    "has_desktop",
    "has_sound",
    "plug_mic",
    "plug_speaker",
    "press_keys",
    "record",
    "screenshot",
    "sound_server",
    "speak",
    "start_speaking",
    "synthesize",
    "tray_click",
    "tray_place",
    "unplug",
    "wait_until",
]


def has_desktop() -> bool:
    """Whether this process runs on the virtual desktop."""
    return "RIG_TMP" in os.environ


def has_sound() -> bool:
    """Whether this process has the virtual sound devices."""
    return "RIG_AUDIO_DIR" in os.environ


def desktop_command(command: Sequence[str], tray: str = "sni", keyring: str = "unlocked") -> list[str]:
    """The command that runs *command* on a desktop of its own, with the sound devices that are there.

    To be started in the project's folder.
    """
    return [sys.executable, "-m", "tests.rig", "--without-sound", "--tray", tray, "--keyring", keyring, *command]
