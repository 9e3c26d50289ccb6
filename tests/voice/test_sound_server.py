"""What a Linux sound server says of its default devices, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector_gui.core.errors import AudioError
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound import AudioDevice, Direction, Whereabouts
from connector_gui.voice.sound_server import ServerDefaults, find_stream, mark_dead_ends, parse_info, read_defaults
from tests.fakes.sound import FakeSound
from tests.rig import sound_server

INFO = """\
Server String: unix:/run/user/1000/pulse/native
Server Name: PulseAudio (on PipeWire 1.2.7)
Default Sample Specification: float32le 2ch 48000Hz
Default Sink: alsa_output.pci-0000_00_1f.3.analog-stereo
Default Source: alsa_input.usb-Jabra-00.mono-fallback
Cookie: 9f2c:1b3a
"""
DEFAULT = AudioDevice("default", "ALSA", 0, 32, 32, 44_100, True, True)
CARD = AudioDevice("HDA Intel PCH: ALC255 Analog (hw:0,0)", "ALSA", 1, 2, 2, 44_100)


def test_reads_the_names_of_both_defaults() -> None:
    assert parse_info(INFO) == ServerDefaults(
        source="alsa_input.usb-Jabra-00.mono-fallback", sink="alsa_output.pci-0000_00_1f.3.analog-stereo"
    )


@pytest.mark.parametrize(
    ("source", "sink", "dead_ends"),
    [
        ("alsa_input.usb", "alsa_output.pci", set()),
        ("alsa_output.pci.monitor", "alsa_output.pci", {Direction.INPUT}),
        ("", "auto_null", {Direction.INPUT, Direction.OUTPUT}),
        ("auto_null.monitor", "", {Direction.INPUT, Direction.OUTPUT}),
    ],
)
def test_a_monitor_is_no_microphone_and_a_dummy_no_speaker(source: str, sink: str, dead_ends: set[Direction]) -> None:
    assert ServerDefaults(source, sink).dead_ends == dead_ends


def test_a_default_without_a_microphone_is_refused_though_it_would_open() -> None:
    listed = mark_dead_ends([DEFAULT, CARD], ServerDefaults("speaker.monitor", "speaker"))
    catalog = DeviceCatalog(FakeSound(listed), platform="linux")
    with pytest.raises(AudioError, match="No microphone was found"):
        catalog.find(None, Direction.INPUT)
    assert catalog.default_name(Direction.INPUT) is None
    assert catalog.names(Direction.INPUT) == [CARD.name]
    assert catalog.find(None, Direction.OUTPUT).name == "default"
    assert catalog.find("hda", Direction.INPUT).name == CARD.name


@pytest.mark.sound
@pytest.mark.parametrize("plugged_in", [True, False])
def test_the_real_server_tells_whether_there_is_a_microphone(plugged_in: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with sound_server(plugged_in=plugged_in) as env:
        for name in ("PULSE_SERVER", "PULSE_CLIENTCONFIG"):
            monkeypatch.setenv(name, env[name])
        defaults = read_defaults()
    assert defaults is not None
    assert (Direction.INPUT in defaults.dead_ends) is not plugged_in


@pytest.mark.sound
def test_no_server_or_no_pactl_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PULSE_SERVER", "unix:/nonexistent")
        assert read_defaults() is None
    monkeypatch.setenv("PATH", "/nonexistent")
    assert read_defaults() is None


def test_a_stream_that_is_known_to_be_anothers_is_not_taken_for_ours() -> None:
    places = {1: Whereabouts(-1, "desk", 48_000), 2: Whereabouts(-1, "cable", 48_000)}
    streams = {10: 1, 11: 2, 12: 2}
    assert find_stream(streams, places, None) == replace(places[2], client=12)
    assert find_stream(streams, places, None, taken={12}) == replace(places[2], client=11)
    assert find_stream(streams, places, None, taken={11, 12}) == replace(places[1], client=10)
    assert find_stream(streams, places, None, taken=streams) is None
    assert find_stream(streams, places, 11, taken={12}) == replace(places[2], client=11)
    assert find_stream(streams, places, 13) is None
    assert find_stream(streams, places, None, newer=2) == replace(places[1], client=10)
    assert find_stream(streams, places, None, newer=5) == replace(places[1], client=10)


def test_of_several_the_one_on_the_device_that_is_expected_is_ours() -> None:
    places = {1: Whereabouts(-1, "desk", 48_000), 2: Whereabouts(-1, "cable", 48_000)}
    assert find_stream({10: 1, 11: 2}, places, None, near="desk") == replace(places[1], client=10)
