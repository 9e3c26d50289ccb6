"""A call's devices come and go, on the test's clock: what works again, how soon, and what the operator is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.line_keeper import KEEP_S, LOOK_S, LineKeeper
from connector_gui.voice.line_side import MISSES
from connector_gui.voice.sound import AudioDevice, DeviceBusyError, Direction, Whereabouts
from tests.dsp.signals import sine
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, USB, FakeSound

LOOK_MS = round(LOOK_S * 1000)
MONITOR = Whereabouts(7, "Desk Speaker.monitor", 48_000, is_dead_end=True)


class Desk:
    """A call's line with its keeper, both open; time passes in `pass_ms` alone."""

    def __init__(
        self,
        *,
        microphone: str = "",
        speaker: str = "",
        devices: tuple[AudioDevice, ...] = (MICROPHONE, SPEAKER, HEADSET),
        tells_news: bool = True,
        refused: dict[str, AudioError] | None = None,
        begin: bool = True,
    ) -> None:
        self.sound = FakeSound(devices)
        self.sound.tells_news = tells_news
        self.sound.refused = refused or {}
        catalog = DeviceCatalog(self.sound, platform="darwin")
        self.line = Line(self.sound, catalog, input_device=microphone or None, output_device=speaker or None)
        self.told: list[tuple[str, str]] = []
        if begin:
            self.begin()

    def begin(self) -> None:
        self.line.open_output()
        self.line.open_input()
        self.keeper = LineKeeper(self.line, lambda _notice: None, clock=lambda: self.sound.now_s)
        self.keeper.start()
        self.pass_ms(100)

    def pass_ms(self, duration_ms: int) -> None:
        for _ in range(duration_ms // LOOK_MS):
            self.sound.advance(LOOK_MS)
            self.line.take_captured()
            if self.keeper.look():
                self.told += [(notice.code, notice.message) for notice in self.keeper.repair()]

    @property
    def codes(self) -> list[str]:
        return [code for code, _words in self.told]

    def device(self, direction: Direction) -> str | None:
        """The device that sound really passes through in *direction*."""
        for stream in self.sound.streams:
            if stream.direction is direction and stream.is_working:
                return stream.device.name
        return None

    def ms_until_heard(self, direction: Direction, name: str, within_ms: int = 3_000) -> int:
        for passed_ms in range(0, within_ms, LOOK_MS):
            if self.device(direction) == name:
                return passed_ms
            self.pass_ms(LOOK_MS)
        raise AssertionError(f"{name} not used within {within_ms} ms: {self.told}")


DIRECTIONS = pytest.mark.parametrize(
    ("direction", "first", "noun"),
    [(Direction.INPUT, MICROPHONE, "microphone"), (Direction.OUTPUT, SPEAKER, "speaker")],
)


def test_while_all_is_well_nothing_is_opened_or_said() -> None:
    desk = Desk()
    desk.pass_ms(10_000)
    assert desk.sound.openings == 2
    assert desk.sound.refreshes == 0
    assert not desk.told


@DIRECTIONS
def test_an_unplugged_device_is_replaced_at_once_and_the_operator_told(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk()
    desk.sound.unplug(first.name)
    assert desk.ms_until_heard(direction, HEADSET.name) <= 100
    assert desk.told[0] == (
        f"{noun}_replaced",
        f"Your {noun} “{first.name}” is gone. The call goes on with “{HEADSET.name}” until it is back.",
    )
    assert desk.codes[1:] == [f"{noun}_call_quality"]  # it has 16 kHz
    assert "16 kHz" in desk.told[1][1]


@DIRECTIONS
def test_the_call_returns_to_the_device_that_is_set_when_it_is_plugged_in_again(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk(microphone=MICROPHONE.name, speaker=SPEAKER.name)
    desk.sound.unplug(first.name)
    desk.pass_ms(3_000)
    desk.told.clear()
    desk.sound.plug(first)
    assert desk.ms_until_heard(direction, first.name) <= 200
    assert desk.told == [(f"{noun}_back", f"The call uses your {noun} “{first.name}” again.")]


@DIRECTIONS
def test_a_device_that_calls_back_no_more_is_opened_anew(direction: Direction, first: AudioDevice, noun: str) -> None:
    desk = Desk()
    desk.sound.stall(first.name)
    desk.pass_ms(LOOK_MS)
    desk.sound.wake(first.name)
    assert desk.ms_until_heard(direction, first.name) <= 600
    assert not desk.told


@DIRECTIONS
def test_a_device_that_stays_asleep_is_replaced_within_a_second(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk()
    desk.sound.stall(first.name)
    assert desk.ms_until_heard(direction, HEADSET.name) <= 960
    assert f"{noun}_replaced" in desk.codes
    desk.pass_ms(30_000)  # the sleeper is tried again and again, and nobody hears of it
    assert desk.device(direction) == HEADSET.name
    assert desk.codes.count(f"{noun}_replaced") == 1
    assert f"{noun}_back" not in desk.codes
    assert len(desk.sound.streams) <= 3


@DIRECTIONS
def test_a_device_that_wakes_slowly_is_taken_as_soon_as_it_calls_back(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk(microphone=MICROPHONE.name, speaker=SPEAKER.name)
    desk.sound.stall(first.name)
    desk.pass_ms(LOOK_MS)
    desk.sound.wake(first.name)
    desk.sound.wakes_after_s[first.name] = 1.5
    assert desk.ms_until_heard(direction, HEADSET.name) <= 960
    assert desk.ms_until_heard(direction, first.name) <= 1_200
    desk.pass_ms(LOOK_MS)
    openings = desk.sound.openings
    assert desk.codes[-1] == f"{noun}_back"
    assert len(desk.sound.streams) == 2
    desk.pass_ms(5_000)
    assert desk.sound.openings == openings


@DIRECTIONS
def test_a_device_that_wakes_slowly_and_is_the_only_one_is_waited_for(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.stall(first.name)
    desk.pass_ms(LOOK_MS)
    desk.sound.wake(first.name)
    desk.sound.wakes_after_s[first.name] = 1.5
    desk.ms_until_heard(direction, first.name)
    assert desk.sound.openings == 3
    assert not desk.told


def test_a_headset_that_wakes_slowly_at_the_start_of_a_call_is_waited_for() -> None:
    desk = Desk(begin=False)
    desk.sound.wakes_after_s[SPEAKER.name] = 1.6
    desk.begin()
    desk.pass_ms(1_700)
    assert desk.device(Direction.OUTPUT) == SPEAKER.name
    assert desk.sound.openings == 2
    assert not desk.told


def test_the_stand_in_plays_on_until_the_first_choice_really_works() -> None:
    desk = Desk(speaker=SPEAKER.name, refused={SPEAKER.name: DeviceBusyError("in use")})
    assert desk.device(Direction.OUTPUT) == HEADSET.name
    desk.sound.refused.clear()
    desk.sound.wakes_after_s[SPEAKER.name] = 1.0
    used = set()
    for _ in range(6_500 // LOOK_MS):
        desk.pass_ms(LOOK_MS)
        used.add(desk.device(Direction.OUTPUT))
    assert used == {HEADSET.name, SPEAKER.name}
    assert desk.device(Direction.OUTPUT) == SPEAKER.name


def test_after_sleep_both_directions_work_again() -> None:
    desk = Desk()
    for name in (MICROPHONE.name, SPEAKER.name):
        desk.sound.stall(name)
        desk.sound.wake(name)
    desk.sound.now_s += 8 * 3_600
    assert desk.ms_until_heard(Direction.INPUT, MICROPHONE.name) <= 600
    assert desk.ms_until_heard(Direction.OUTPUT, SPEAKER.name) <= 100


def test_time_in_which_nobody_looked_is_no_stall() -> None:
    desk = Desk()
    for _ in range(5):
        desk.sound.now_s += 3.0
        desk.pass_ms(LOOK_MS)
    assert desk.sound.openings == 2


def test_without_any_device_it_is_said_once_and_the_first_that_comes_is_used() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.unplug(MICROPHONE.name)
    desk.pass_ms(5_000)
    assert desk.codes == ["microphone_lost"]
    assert "the agent hears silence" in desk.told[0][1]
    assert desk.device(Direction.OUTPUT) == SPEAKER.name
    desk.sound.plug(USB)
    assert desk.ms_until_heard(Direction.INPUT, USB.name) <= 300
    assert desk.device(Direction.OUTPUT) == SPEAKER.name


def test_where_nothing_tells_a_new_device_is_found_all_the_same() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER), tells_news=False)
    desk.sound.unplug(MICROPHONE.name)
    desk.pass_ms(1_000)
    desk.sound.plug(USB)
    assert desk.ms_until_heard(Direction.INPUT, USB.name, within_ms=6_000)


def test_a_restarted_sound_server_brings_both_back() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.unplug(MICROPHONE.name)
    desk.sound.unplug(SPEAKER.name)
    desk.pass_ms(2_000)
    assert sorted(desk.codes) == ["microphone_lost", "speaker_lost"]
    desk.sound.plug(MICROPHONE)
    desk.sound.plug(SPEAKER)
    assert desk.ms_until_heard(Direction.INPUT, MICROPHONE.name) <= 300
    assert desk.ms_until_heard(Direction.OUTPUT, SPEAKER.name) <= 100
    assert sorted(desk.codes[2:]) == ["microphone_back", "speaker_back"]


def test_a_microphone_moved_to_the_speakers_monitor_is_let_go_at_once() -> None:
    desk = Desk()
    desk.sound.refused[MICROPHONE.name] = AudioError("gone")
    desk.sound.move(MICROPHONE.name, MONITOR)
    assert desk.ms_until_heard(Direction.INPUT, HEADSET.name) <= 100
    assert desk.codes[0] == "microphone_replaced"


def test_what_was_captured_on_the_monitor_never_leaves_the_line() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.refused[MICROPHONE.name] = AudioError("gone")
    desk.sound.move(MICROPHONE.name, MONITOR)
    desk.sound.say(sine(500, 48_000, 100))
    assert desk.keeper.look()
    desk.sound.advance(50)
    assert not desk.line.take_captured().size
    desk.keeper.repair()
    assert not desk.line.take_captured().size


def test_what_is_captured_before_the_keeper_has_looked_is_kept_back_too() -> None:
    desk = Desk()
    desk.sound.refused[MICROPHONE.name] = AudioError("gone")
    desk.sound.move(MICROPHONE.name, MONITOR)
    desk.sound.say(sine(500, 48_000, 100))
    desk.sound.advance(10)
    assert not desk.line.take_captured().size


def test_what_a_microphone_heard_while_it_was_doubted_is_not_lost() -> None:
    desk = Desk()
    said = sine(500, 48_000, 50)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "desk_microphone", 48_000))
    assert desk.keeper.look()
    desk.sound.say(said)
    desk.sound.advance(50)
    assert not desk.line.take_captured().size
    desk.keeper.repair()
    assert np.array_equal(desk.line.take_captured(), said)


def test_a_microphone_on_a_monitor_with_no_other_is_silence() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.refused[MICROPHONE.name] = AudioError("gone")
    desk.sound.move(MICROPHONE.name, MONITOR)
    desk.pass_ms(LOOK_MS)
    assert desk.device(Direction.INPUT) is None
    assert desk.codes == ["microphone_lost"]


def test_a_stream_the_server_moved_to_another_device_goes_on_and_is_told() -> None:
    desk = Desk(microphone=MICROPHONE.name)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    assert not desk.told  # where it was before is not known
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "built_in", 48_000))
    desk.pass_ms(LOOK_MS)
    assert desk.codes == ["microphone_replaced"]
    assert "“built_in”" in desk.told[0][1]
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    assert desk.codes == ["microphone_replaced", "microphone_back"]
    assert desk.sound.openings == 2


def test_a_stream_of_a_client_that_has_gone_is_looked_for_anew() -> None:
    desk = Desk(microphone=MICROPHONE.name)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    desk.sound.move(MICROPHONE.name, Whereabouts(8, "built_in", 48_000))
    desk.pass_ms((MISSES + 1) * LOOK_MS)
    assert desk.codes == ["microphone_replaced"]


def test_a_client_that_is_between_two_streams_is_not_taken_for_another() -> None:
    desk = Desk(microphone=MICROPHONE.name)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    desk.sound.move(MICROPHONE.name, Whereabouts(8, "built_in", 48_000))  # another call's; ours has none just now
    desk.pass_ms((MISSES - 1) * LOOK_MS)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(5 * LOOK_MS)
    assert not desk.told


def test_a_device_that_goes_while_it_is_opened_anew_is_told_although_its_stream_plays_elsewhere() -> None:
    desk = Desk(microphone=MICROPHONE.name)
    desk.sound.move(MICROPHONE.name, Whereabouts(7, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    desk.sound.streams[-1].stats.is_finished = True
    desk.sound._moved[MICROPHONE.name] = Whereabouts(8, "built_in", 48_000)
    desk.pass_ms(5 * LOOK_MS)
    assert desk.codes == ["microphone_replaced"]
    desk.sound.move(MICROPHONE.name, Whereabouts(8, "usb_headset", 48_000))
    desk.pass_ms(LOOK_MS)
    assert desk.codes == ["microphone_replaced", "microphone_back"]


def test_a_new_default_is_followed_when_no_device_is_set() -> None:
    desk = Desk()
    desk.sound.plug(USB)
    desk.sound.make_default(USB.name)
    assert desk.ms_until_heard(Direction.INPUT, USB.name) <= 200
    assert desk.device(Direction.OUTPUT) == USB.name
    assert desk.sound.refreshes == 1


def test_a_new_default_is_nothing_to_a_call_with_devices_of_its_own() -> None:
    desk = Desk(microphone=MICROPHONE.name, speaker=SPEAKER.name)
    desk.sound.plug(USB)
    desk.sound.make_default(USB.name)
    desk.pass_ms(2_000)
    assert desk.sound.openings == 2
    assert desk.sound.refreshes == 0


def test_a_busy_device_is_named_and_taken_once_it_is_free() -> None:
    desk = Desk(microphone=MICROPHONE.name, refused={MICROPHONE.name: DeviceBusyError("in use")})
    desk.pass_ms(LOOK_MS)
    assert desk.told[0] == (
        "microphone_busy",
        f"Another program is using “{MICROPHONE.name}”. The call goes on with “{HEADSET.name}” until it is free again.",
    )
    desk.sound.refused.clear()
    desk.ms_until_heard(Direction.INPUT, MICROPHONE.name, within_ms=6_000)
    assert desk.codes[-1] == "microphone_back"


PREFERRED = "USB Headset; jabra"
ALL = (MICROPHONE, SPEAKER, HEADSET, USB)


@DIRECTIONS
def test_the_call_goes_down_its_list_of_devices_and_up_again(
    direction: Direction, first: AudioDevice, noun: str
) -> None:
    desk = Desk(microphone=PREFERRED, speaker=PREFERRED, devices=ALL)
    assert desk.device(direction) == USB.name
    desk.sound.unplug(USB.name)
    assert desk.ms_until_heard(direction, HEADSET.name) <= 100
    desk.pass_ms(3_000)
    desk.sound.unplug(HEADSET.name)
    assert desk.ms_until_heard(direction, first.name) <= 100
    desk.pass_ms(3_000)
    desk.sound.plug(HEADSET)
    assert desk.ms_until_heard(direction, HEADSET.name) <= 200
    desk.pass_ms(3_000)
    desk.sound.plug(USB)
    assert desk.ms_until_heard(direction, USB.name) <= 200
    told = [words for code, words in desk.told if code in {f"{noun}_replaced", f"{noun}_back"}]
    gone = f"Your {noun} “{USB.name}” is gone. The call goes on with “{{}}” until it is back."
    assert told == [
        *(gone.format(name) for name in (HEADSET.name, first.name, HEADSET.name)),
        f"The call uses your {noun} “{USB.name}” again.",
    ]


def test_a_call_that_begins_with_the_second_of_its_list_says_nothing_and_takes_the_first_when_it_comes() -> None:
    desk = Desk(speaker="USB Headset; Desk Speaker")
    desk.pass_ms(1_000)
    assert desk.device(Direction.OUTPUT) == SPEAKER.name
    assert not desk.told
    desk.sound.plug(USB)
    assert desk.ms_until_heard(Direction.OUTPUT, USB.name) <= 300
    assert desk.codes == ["speaker_back"]
    desk.sound.unplug(USB.name)
    assert desk.ms_until_heard(Direction.OUTPUT, SPEAKER.name) <= 100
    assert desk.codes == ["speaker_back", "speaker_replaced"]


def test_the_first_of_the_list_being_busy_is_told_and_it_is_taken_once_it_is_free() -> None:
    desk = Desk(microphone=PREFERRED, devices=ALL, refused={USB.name: DeviceBusyError("in use")})
    desk.pass_ms(LOOK_MS)
    assert desk.device(Direction.INPUT) == HEADSET.name
    assert desk.codes[0] == "microphone_busy"
    desk.sound.refused.clear()
    desk.ms_until_heard(Direction.INPUT, USB.name, within_ms=6_000)
    assert desk.codes[-1] == "microphone_back"


def test_the_second_of_the_list_is_taken_while_the_first_stays_asleep() -> None:
    desk = Desk(microphone=PREFERRED, devices=ALL, refused={HEADSET.name: DeviceBusyError("in use")})
    desk.sound.stall(USB.name)
    assert desk.ms_until_heard(Direction.INPUT, MICROPHONE.name, within_ms=1_500)
    desk.pass_ms(1_000)
    desk.sound.refused.clear()
    desk.ms_until_heard(Direction.INPUT, HEADSET.name, within_ms=15_000)
    desk.pass_ms(10_000)
    assert desk.device(Direction.INPUT) == HEADSET.name
    desk.sound.wake(USB.name)
    desk.ms_until_heard(Direction.INPUT, USB.name, within_ms=15_000)
    assert len(desk.sound.streams) == 2


def test_a_worse_device_is_never_taken_for_one_that_works() -> None:
    desk = Desk(microphone=PREFERRED, devices=(MICROPHONE, SPEAKER, HEADSET))
    assert desk.device(Direction.INPUT) == HEADSET.name
    desk.sound.make_default(MICROPHONE.name)
    desk.sound.devices_changed()
    desk.pass_ms(20_000)
    assert desk.device(Direction.INPUT) == HEADSET.name


def test_a_headset_that_changes_its_rate_is_opened_at_the_new_one() -> None:
    bluetooth = replace(USB, name="Bluetooth Headset")
    desk = Desk(microphone="bluetooth", speaker="bluetooth", devices=(bluetooth,))
    desk.sound.unplug(bluetooth.name)
    desk.sound.plug(replace(bluetooth, default_rate_hz=16_000))
    desk.ms_until_heard(Direction.INPUT, bluetooth.name)
    desk.pass_ms(100)
    assert desk.line.input_hz == 16_000
    assert desk.line.playout.rate_hz == 48_000
    assert {"microphone_call_quality", "speaker_call_quality"} <= set(desk.codes)


def test_news_that_concern_nobody_interrupt_nothing() -> None:
    desk = Desk()
    for _ in range(20):
        desk.sound.devices_changed()
        desk.pass_ms(200)
    assert desk.sound.openings == 2


def test_a_stand_in_is_not_interrupted_by_a_flood_of_news() -> None:
    desk = Desk(microphone="Plantronics")
    for _ in range(40):
        desk.sound.devices_changed()
        desk.pass_ms(100)
    assert desk.sound.refreshes <= 5


def test_the_list_is_renewed_in_a_pause_of_the_agent() -> None:
    desk = Desk(microphone="usb")
    desk.line.playout.write(sine(500, 48_000, 400))
    desk.pass_ms(100)
    assert desk.line.playout.is_playing
    desk.sound.plug(USB)
    desk.pass_ms(200)
    assert desk.sound.refreshes == 0
    assert desk.ms_until_heard(Direction.INPUT, USB.name) <= 800


def test_the_microphone_of_a_held_call_stays_closed() -> None:
    desk = Desk()
    desk.line.close_input()
    desk.sound.devices_changed()
    desk.pass_ms(3_000)
    assert desk.device(Direction.INPUT) is None
    assert not desk.told


def test_what_the_agent_said_to_nobody_for_a_moment_is_heard_later() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.unplug(SPEAKER.name)
    desk.pass_ms(LOOK_MS)
    desk.line.playout.write(sine(500, 48_000, 1_000), event_id=1)
    desk.pass_ms(1_000)
    desk.sound.plug(SPEAKER)
    desk.pass_ms(2_000)
    played = desk.sound.heard()
    assert np.count_nonzero(np.abs(played) > 200) / 48 > 900


def test_a_conversation_does_not_fall_behind_while_no_speaker_works() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.unplug(SPEAKER.name)
    desk.pass_ms(LOOK_MS)
    for _ in range(60):
        desk.line.playout.write(sine(500, 48_000, 1_000))
        desk.pass_ms(1_000)
    assert desk.line.playout.pending_ms <= (KEEP_S + 1.5) * 1000
    desk.sound.plug(SPEAKER)
    desk.pass_ms(500)
    code, words = desk.told[-1]
    assert code == "speaker_back"
    assert "s of what the agent said could not be played" in words


def test_a_stuttering_device_is_told_once() -> None:
    desk = Desk()
    stream = desk.line.output_stream
    assert stream is not None
    for _ in range(30):
        stream.stats.xruns += 1
        desk.pass_ms(200)
    assert desk.codes == ["speaker_stutters"]


def test_a_few_late_blocks_are_not_worth_a_word() -> None:
    desk = Desk()
    stream = desk.line.output_stream
    assert stream is not None
    for _ in range(30):
        stream.stats.xruns += 1
        desk.pass_ms(2_000)
    assert not desk.told


def test_closing_the_line_ends_every_attempt() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER))
    desk.sound.unplug(MICROPHONE.name)
    desk.line.close()
    desk.sound.plug(MICROPHONE)
    desk.pass_ms(2_000)
    assert not desk.sound.streams
    desk.keeper.stop()
    assert desk.sound.watches == 0


# --- the operator chooses another device during the call ---------------------------------------------


def prefer(desk: Desk, direction: Direction, name: str | None) -> None:
    wanted = {direction: name}
    desk.keeper.prefer(
        wanted.get(Direction.INPUT, desk.line.input.wanted), wanted.get(Direction.OUTPUT, desk.line.output.wanted)
    )


@pytest.mark.parametrize("direction", list(Direction))
def test_a_chosen_device_takes_over_without_a_gap_and_without_a_word(direction: Direction) -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER, HEADSET))
    before, begin_s = desk.device(direction), desk.sound.now_s
    assert before != HEADSET.name
    prefer(desk, direction, f"{HEADSET.name}; {before}")
    # Until the other one calls back, the first is heard: at no look nothing is.
    while desk.device(direction) != HEADSET.name:
        assert desk.device(direction) == before
        assert desk.sound.now_s - begin_s < 2.0
        desk.pass_ms(LOOK_MS)
    desk.pass_ms(1_000)
    assert len(desk.sound.streams) == 2
    prefer(desk, direction, None)
    desk.ms_until_heard(direction, str(before))
    # That a headset's microphone sounds like a telephone is news; that it is used is none.
    assert [code for code in desk.codes if not code.endswith("_call_quality")] == []


def test_a_chosen_device_that_is_busy_is_told_and_the_call_goes_on() -> None:
    desk = Desk(refused={HEADSET.name: DeviceBusyError("It is busy.")})
    prefer(desk, Direction.OUTPUT, HEADSET.name)
    desk.pass_ms(2_000)
    assert desk.device(Direction.OUTPUT) == SPEAKER.name
    assert len(desk.told) == 1
    assert HEADSET.name in desk.told[0][1]
    desk.sound.refused.clear()
    desk.ms_until_heard(Direction.OUTPUT, HEADSET.name, within_ms=7_000)


def test_choosing_what_is_used_already_opens_nothing() -> None:
    desk = Desk(microphone=MICROPHONE.name)
    opened = [id(stream) for stream in desk.sound.streams]
    prefer(desk, Direction.INPUT, f"{MICROPHONE.name}; {HEADSET.name}")
    desk.pass_ms(1_000)
    assert [id(stream) for stream in desk.sound.streams] == opened
    assert desk.told == []


def test_the_last_choice_counts_when_there_are_two_in_a_row() -> None:
    desk = Desk(devices=(MICROPHONE, SPEAKER, HEADSET, USB))
    prefer(desk, Direction.OUTPUT, HEADSET.name)
    desk.pass_ms(LOOK_MS)
    prefer(desk, Direction.OUTPUT, SPEAKER.name)
    desk.pass_ms(1_000)
    assert desk.device(Direction.OUTPUT) == SPEAKER.name
    assert len(desk.sound.streams) == 2
