"""Which device a setting means, and which are listed, on lists as the three platforms give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connector_gui.core.errors import AudioError
from connector_gui.voice import host_apis
from connector_gui.voice.devices import SETTLED_S, STAND_IN, DeviceCatalog
from connector_gui.voice.sound import AudioDevice, Direction
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, USB, FakeSound


def entry(name: str, api: str, index: int, *, ins: int = 0, outs: int = 0, default: bool = False) -> AudioDevice:
    return AudioDevice(name, api, index, ins, outs, 48_000, default and ins > 0, default and outs > 0)


LINUX = [
    entry("HDA Intel PCH: ALC255 Analog (hw:0,0)", "ALSA", 0, ins=2, outs=2),
    entry("sysdefault", "ALSA", 1, ins=128, outs=128),
    entry("surround51", "ALSA", 2, outs=8),
    entry("dmix", "ALSA", 3, outs=2),
    entry("pulse", "ALSA", 4, ins=32, outs=32),
    entry("default", "ALSA", 5, ins=32, outs=32, default=True),
    entry("/dev/dsp", "OSS", 6, ins=2, outs=2, default=True),
]
WINDOWS = [
    entry("Microphone (Jabra Evolve 40 MS ", "MME", 0, ins=2, default=True),
    entry("Speakers (Realtek(R) Audio)", "MME", 1, outs=2, default=True),
    entry("Microphone (Jabra Evolve 40 MS Stereo)", "Windows DirectSound", 2, ins=2, default=True),
    entry("Microphone (Jabra Evolve 40 MS Stereo)", "Windows WASAPI", 3, ins=1, default=True),
    entry("Speakers (Realtek(R) Audio)", "Windows WASAPI", 4, outs=2, default=True),
    entry("Speakers (Jabra Evolve 40 MS Stereo)", "Windows WASAPI", 5, outs=2),
    entry("Microphone (Jabra)", "Windows WDM-KS", 6, ins=2, default=True),
]


class CountingSound(FakeSound):
    """Counts how often it is looked at."""

    looks = 0

    def devices(self) -> Sequence[AudioDevice]:
        self.looks += 1
        return super().devices()


def catalog(devices: list[AudioDevice], platform: str = "darwin") -> DeviceCatalog:
    return DeviceCatalog(FakeSound(devices), platform=platform)


def test_windows_takes_each_device_from_wasapi() -> None:
    windows = catalog(WINDOWS, "win32")
    device = windows.find(None, Direction.INPUT)
    assert (device.host_api, device.index) == ("Windows WASAPI", 3)
    assert windows.find("realtek", Direction.OUTPUT).index == 4
    assert windows.names(Direction.OUTPUT) == ["Speakers (Realtek(R) Audio)", "Speakers (Jabra Evolve 40 MS Stereo)"]


def test_linux_lists_no_parts_of_plug_in_chains() -> None:
    linux = catalog(LINUX, "linux")
    assert linux.names(Direction.OUTPUT) == ["HDA Intel PCH: ALC255 Analog (hw:0,0)", "pulse", "default", "/dev/dsp"]
    assert linux.default_name(Direction.INPUT) == "default"


def test_a_part_that_is_not_listed_can_still_be_named() -> None:
    assert catalog(LINUX, "linux").find("dmix", Direction.OUTPUT).index == 3


@pytest.mark.parametrize(
    ("platform", "found", "order"),
    [
        ("win32", {"MME", "Windows WDM-KS", "Windows WASAPI"}, ["Windows WASAPI", "MME", "Windows WDM-KS"]),
        ("linux", {"OSS", "ALSA"}, ["ALSA", "OSS"]),
        ("darwin", {"Core Audio"}, ["Core Audio"]),
        ("freebsd14", {"sndio", "OSS"}, ["OSS", "sndio"]),
    ],
)
def test_host_apis_are_ordered_by_platform(platform: str, found: set[str], order: list[str]) -> None:
    assert host_apis.by_preference(found, platform) == order


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_setting_is_the_systems_default(nothing: str | None) -> None:
    assert catalog([HEADSET, MICROPHONE, SPEAKER]).find(nothing, Direction.INPUT) == MICROPHONE


def test_without_a_default_the_first_device_serves() -> None:
    assert catalog([HEADSET]).find(None, Direction.OUTPUT) == HEADSET


def test_the_whole_name_goes_before_a_part_in_any_case() -> None:
    front = entry("Jabra Front", "Core Audio", 0, outs=2)
    jabra = entry("Jabra", "Core Audio", 1, outs=2)
    assert catalog([front, jabra]).find("JABRA", Direction.OUTPUT) == jabra
    assert catalog([front, jabra]).find(" front ", Direction.OUTPUT) == front


def test_of_several_the_first_is_taken() -> None:
    first, second = (entry(f"Headset {number}", "Core Audio", number, outs=2) for number in (1, 2))
    assert catalog([first, second]).find("headset", Direction.OUTPUT) == first


def test_a_microphone_is_not_offered_as_a_speaker() -> None:
    with pytest.raises(AudioError, match="not there"):
        catalog([MICROPHONE, SPEAKER]).find("Desk Microphone", Direction.OUTPUT)


def test_a_missing_name_is_answered_with_what_there_is() -> None:
    with pytest.raises(AudioError) as caught:
        catalog([MICROPHONE, SPEAKER, HEADSET]).find("Plantronics", Direction.INPUT)
    assert str(caught.value) == (
        "The microphone “Plantronics” is not there. Plug it in, or choose another in Settings: "
        "“Desk Microphone”, “Jabra Evolve 40”."
    )


@pytest.mark.parametrize(("direction", "text"), [(Direction.INPUT, "microphone"), (Direction.OUTPUT, "speaker")])
def test_no_device_at_all_is_answered_with_the_cure(direction: Direction, text: str) -> None:
    with pytest.raises(AudioError, match=rf"No {text}.* was found\. Plug one in"):
        catalog([]).find(None, direction)


def test_a_check_before_a_call_looks_anew() -> None:
    sound = FakeSound([SPEAKER])
    devices = DeviceCatalog(sound, platform="darwin")
    with pytest.raises(AudioError, match="No microphone"):
        devices.check(None, None)
    sound.plug(MICROPHONE)
    assert devices.check(None, None) == (MICROPHONE, SPEAKER)
    sound.unplug(MICROPHONE.name)
    with pytest.raises(AudioError, match="No microphone"):
        devices.check(None, None)


def test_a_list_that_is_up_to_date_is_not_made_again_for_each_call() -> None:
    sound = FakeSound()
    devices = DeviceCatalog(sound, platform="darwin")
    for _ in range(5):
        devices.check(None, None)
    assert sound.refreshes == 1
    stream = sound.open_output(SPEAKER, lambda out: out.fill(0))
    sound.unplug(HEADSET.name)
    devices.check(None, None)  # not now: it would end the stream
    assert sound.refreshes == 1
    stream.close()
    devices.check(None, None)
    assert sound.refreshes == 2
    devices.close()
    assert sound.watches == 0


def test_where_nobody_tells_of_devices_each_check_looks() -> None:
    sound = CountingSound()
    sound.tells_news = False
    devices = DeviceCatalog(sound, platform="darwin")
    for _ in range(3):
        devices.check(None, None)
    assert (sound.refreshes, sound.looks) == (3, 3)


def test_a_check_without_news_asks_the_system_nothing() -> None:
    now_s = 0.0
    sound = CountingSound()
    devices = DeviceCatalog(sound, platform="darwin", clock=lambda: now_s)
    chosen = devices.check(None, None)
    assert [devices.check(None, None) for _ in range(3)] == [chosen] * 3
    assert sound.looks == 1
    now_s = SETTLED_S  # the watch may have begun too late for what happened at the first look
    for _ in range(3):
        devices.check(None, None)
    assert sound.looks == 2
    sound.devices_changed()
    devices.check(None, None)
    assert (sound.looks, sound.refreshes) == (3, 2)
    devices.refresh()
    devices.check(None, None)
    assert sound.looks == 4
    devices.close()


def test_a_default_that_leads_nowhere_from_now_on_is_found_by_the_next_check() -> None:
    class Server(FakeSound):
        dead_ends: frozenset[Direction] = frozenset()

        def devices(self) -> Sequence[AudioDevice]:
            return [replace(device, dead_ends=self.dead_ends) for device in super().devices()]

    sound = Server([entry("default", "ALSA", 0, ins=32, outs=32, default=True)])
    devices = DeviceCatalog(sound, platform="linux")
    assert devices.check(None, None)
    sound.dead_ends = frozenset({Direction.INPUT})
    sound.defaults_changed()
    with pytest.raises(AudioError, match="No microphone"):
        devices.check(None, None)
    assert sound.refreshes == 1  # the list itself is as it was
    devices.close()


def test_a_list_that_could_not_be_had_is_asked_for_again() -> None:
    class Reluctant(CountingSound):
        def devices(self) -> Sequence[AudioDevice]:
            found = super().devices()
            if self.looks == 1:
                raise AudioError("The sound devices could not be listed: not now.")
            return found

    devices = DeviceCatalog(Reluctant(), platform="darwin")
    with pytest.raises(AudioError, match="could not be listed"):
        devices.check(None, None)
    assert devices.check(None, None)
    devices.close()


def test_no_list_is_renewed_under_an_open_stream() -> None:
    sound = FakeSound()
    devices = DeviceCatalog(sound, platform="darwin")
    stream = sound.open_output(SPEAKER, lambda out: out.fill(0))
    assert devices.refresh() is False
    stream.close()
    assert devices.refresh() is True


def test_candidates_begin_with_what_is_set_then_the_default_then_any() -> None:
    listed = catalog([HEADSET, MICROPHONE, SPEAKER]).candidates("jabra", Direction.INPUT)
    assert [(one.device, one.rank) for one in listed] == [(HEADSET, 0), (MICROPHONE, STAND_IN)]
    listed = catalog([HEADSET, MICROPHONE, SPEAKER]).candidates(None, Direction.INPUT)
    assert [(one.device, one.rank) for one in listed] == [(MICROPHONE, 0), (HEADSET, STAND_IN)]
    listed = catalog([HEADSET, MICROPHONE, SPEAKER]).candidates("Plantronics", Direction.INPUT)
    assert [(one.device, one.rank) for one in listed] == [(MICROPHONE, STAND_IN), (HEADSET, STAND_IN)]


def test_several_names_are_tried_in_their_order_before_the_default() -> None:
    devices = catalog([MICROPHONE, SPEAKER, HEADSET, USB])
    listed = devices.candidates("Plantronics; usb; jabra; USB Headset", Direction.INPUT)
    assert [(one.device, one.rank) for one in listed] == [(USB, 1), (HEADSET, 2), (MICROPHONE, STAND_IN)]
    assert devices.find("Plantronics; jabra; usb", Direction.INPUT) == HEADSET
    assert devices.check("usb; jabra", "Plantronics; jabra") == (USB, HEADSET)


def test_of_several_names_that_are_all_missing_each_is_said() -> None:
    with pytest.raises(AudioError, match="The microphone “Plantronics” or “Poly” is not there"):
        catalog([MICROPHONE]).find("Plantronics; Poly", Direction.INPUT)


@pytest.mark.parametrize(
    ("platform", "place"), [("win32", "Privacy & security"), ("darwin", "Privacy & Security"), ("linux", "Flatpak")]
)
def test_a_microphone_that_is_not_found_may_be_kept_back_by_the_system(platform: str, place: str) -> None:
    for microphone in (None, "Jabra"):
        with pytest.raises(AudioError, match=place):
            catalog([SPEAKER], platform).candidates(microphone, Direction.INPUT)


def test_a_device_is_tried_by_every_host_api_before_another_device() -> None:
    name = "Microphone (Jabra EVOLVE 65 Stereo Headset)"
    wasapi = entry(name, "Windows WASAPI", 5, ins=1)
    sound = entry(name, "Windows DirectSound", 3, ins=1)
    mme = entry(name[:31], "MME", 1, ins=1)
    other = entry("Line In", "Windows WASAPI", 6, ins=2, default=True)
    listed = DeviceCatalog(FakeSound([mme, sound, wasapi, other]), platform="win32").candidates(name, Direction.INPUT)
    assert [(one.device, one.rank) for one in listed[:3]] == [(wasapi, 0), (sound, 0), (mme, 0)]
    assert listed[3].device == other
    assert listed[3].rank == STAND_IN


def test_a_device_that_leads_nowhere_is_no_candidate() -> None:
    dead = replace(MICROPHONE, dead_ends=frozenset({Direction.INPUT}))
    assert [one.device for one in catalog([dead, HEADSET]).candidates(None, Direction.INPUT)] == [HEADSET]
    with pytest.raises(AudioError, match="No microphone was found"):
        catalog([dead]).candidates(None, Direction.INPUT)


def test_a_call_can_begin_without_the_device_that_is_set() -> None:
    microphone, _speaker = catalog([MICROPHONE, SPEAKER]).check("Plantronics", None)
    assert microphone == MICROPHONE


@pytest.mark.parametrize("direction", Direction)
def test_all_candidates_come_from_one_look(direction: Direction) -> None:
    # Each look asks the sound server, which takes 10 ms of the time that the operator waits for a call.
    sound = CountingSound(WINDOWS)
    assert len(DeviceCatalog(sound, platform="win32").candidates(None, direction)) > 2
    assert sound.looks == 1
