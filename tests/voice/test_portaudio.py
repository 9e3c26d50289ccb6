"""How a device is tried to be opened, for every system; opening itself is tested on real devices."""

from __future__ import annotations

from connector_gui.voice.portaudio import attempts
from connector_gui.voice.portaudio_stream import Attempt
from connector_gui.voice.sound import AudioDevice, Direction


def test_48_khz_and_mono_come_first() -> None:
    device = AudioDevice("Desk", "ALSA", 0, 0, 2, 44_100)
    expected = [Attempt(48_000, 1), Attempt(44_100, 1), Attempt(48_000, 2), Attempt(44_100, 2)]
    assert attempts(device, Direction.OUTPUT) == expected


def test_wasapi_is_asked_to_convert_only_when_nothing_else_opens() -> None:
    device = AudioDevice("Headset", "Windows WASAPI", 0, 1, 0, 16_000)
    expected = [Attempt(48_000, 1), Attempt(16_000, 1), Attempt(48_000, 1, converts=True)]
    assert attempts(device, Direction.INPUT) == expected
