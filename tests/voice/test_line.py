"""A call's two devices, on the test's clock."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.core.level import SILENCE
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.sound import Direction
from tests.dsp.signals import loudest_frequency, sine
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, USB, FakeSound


@pytest.fixture
def sound() -> FakeSound:
    return FakeSound()


@pytest.fixture
def line(sound: FakeSound) -> Line:
    return Line(sound, DeviceCatalog(sound, platform="darwin"))


def open_directions(sound: FakeSound) -> set[Direction]:
    return {stream.direction for stream in sound.streams}


def test_nothing_is_open_before_it_is_asked_for(sound: FakeSound, line: Line) -> None:
    assert not sound.streams
    assert not line.is_input_open
    assert line.take_captured().size == 0
    assert line.input_hz is None
    assert line.underruns == 0, "a call that has just moved here is looked after already"


def test_the_speaker_opens_without_the_microphone(sound: FakeSound, line: Line) -> None:
    line.open_output()
    assert open_directions(sound) == {Direction.OUTPUT}
    assert line.playout.rate_hz == 48_000


def test_sound_goes_both_ways_untouched(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    said, reply = sine(300, 48_000, 100), sine(500, 48_000, 100)
    sound.say(said)
    line.playout.write(reply, event_id=1)
    sound.advance(120)
    assert line.input_hz == 48_000
    assert np.array_equal(line.take_captured()[: said.size], said)
    assert np.array_equal(sound.heard()[: reply.size], reply)
    assert line.playout.heard_ms(1) == 100


def test_the_far_end_is_what_was_really_played_silence_included(sound: FakeSound, line: Line) -> None:
    line.open_output()
    sound.advance(30)
    line.playout.write(sine(500, 48_000, 100))
    sound.advance(50)
    line.playout.flush()
    sound.advance(50)
    assert np.array_equal(line.take_played(), sound.heard())


def test_levels_are_those_of_both_sides(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    sound.say(sine(300, 48_000, 200, amplitude=3_276.8))
    line.playout.write(sine(500, 48_000, 600, amplitude=16_384))
    line.playout.volume = 0.5
    sound.advance(200)
    line.take_captured()
    line.take_played()
    levels = line.take_levels()
    assert levels.microphone.peak_dbfs == pytest.approx(-20, abs=0.1)
    assert levels.speaker.peak_dbfs == pytest.approx(-12, abs=0.2)
    sound.advance(200)
    line.take_captured()
    assert line.take_levels().microphone == SILENCE


def test_each_device_has_its_own_rate(sound: FakeSound) -> None:
    line = Line(sound, DeviceCatalog(sound, platform="darwin"), input_device="jabra", output_device="desk")
    line.open_output()
    line.open_input()
    assert (line.input_hz, line.playout.rate_hz) == (HEADSET.default_rate_hz, SPEAKER.default_rate_hz)


def test_closing_frees_both_and_for_good(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    sound.say(sine(300, 48_000, 10))
    sound.advance(10)
    line.close()
    line.close()
    assert not sound.streams
    assert line.take_captured().size == 480  # the last word is still there
    line.open_input()
    line.open_output()
    assert not sound.streams


def test_the_microphone_can_go_while_the_speaker_plays_on(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    line.close_input()
    assert open_directions(sound) == {Direction.OUTPUT}
    assert not line.is_input_open
    assert line.is_output_open


@pytest.mark.parametrize("drain", [True, False])
def test_the_speaker_finishes_its_blocks_when_asked(sound: FakeSound, line: Line, drain: bool) -> None:
    line.open_output()
    stream = sound.streams[0]
    line.close(drain=drain)
    assert stream.was_drained is drain


def test_closing_during_an_opening_leaves_nothing_open(sound: FakeSound, line: Line) -> None:
    sound.gate.clear()
    opening = threading.Thread(target=line.open_input)
    opening.start()
    assert sound.waiting_at_gate.wait(5)
    closing = threading.Thread(target=line.close)
    closing.start()
    sound.gate.set()
    opening.join()
    closing.join()
    assert not sound.streams


def test_a_missing_microphone_is_said_in_words_and_the_speaker_stays(sound: FakeSound, line: Line) -> None:
    sound.plugged_in.remove(MICROPHONE)
    sound.plugged_in.remove(HEADSET)
    sound.refresh()
    line.open_output()
    with pytest.raises(AudioError, match="No microphone was found"):
        line.open_input()
    assert open_directions(sound) == {Direction.OUTPUT}


def test_a_busy_microphone_can_be_opened_later(sound: FakeSound, line: Line) -> None:
    sound.refused[MICROPHONE.name] = sound.refused[HEADSET.name] = AudioError("busy")
    with pytest.raises(AudioError, match="busy"):
        line.open_input()
    sound.refused.clear()
    line.open_input()
    assert line.is_input_open


def test_a_device_that_goes_is_noticed(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    sound.unplug(MICROPHONE.name)
    assert not line.is_input_open
    assert line.is_output_open


def test_there_is_no_playout_before_a_speaker(line: Line) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        _ = line.playout


def test_another_device_stands_in_for_one_that_refuses(sound: FakeSound, line: Line) -> None:
    sound.refused[MICROPHONE.name] = AudioError("busy")
    line.open_input()
    assert line.input.is_open
    assert not line.input.is_first_choice
    assert str(line.input.refusal) == "busy"
    assert line.input_hz == HEADSET.default_rate_hz


def test_who_wants_one_device_gets_no_other(sound: FakeSound) -> None:
    strict = Line(sound, DeviceCatalog(sound, platform="darwin"), input_device=MICROPHONE.name, is_strict=True)
    sound.refused[MICROPHONE.name] = AudioError("busy")
    with pytest.raises(AudioError, match="busy"):
        strict.open_input()
    assert not sound.streams


def test_what_the_old_microphone_heard_comes_before_the_new_ones_at_its_own_rate(sound: FakeSound, line: Line) -> None:
    line.open_input()
    old, new = sine(300, 48_000, 50), sine(300, 16_000, 50)
    sound.say(old)
    sound.advance(50)
    sound.unplug(MICROPHONE.name)
    line.reopen(line.input)
    sound.say(new, HEADSET.name)
    sound.advance(50)
    assert np.array_equal(line.take_captured(), old)
    assert line.input_hz == 48_000
    assert np.array_equal(line.take_captured(), new)
    assert line.input_hz == 16_000


def test_a_reply_goes_on_at_its_pitch_on_a_speaker_of_another_rate(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.playout.write(sine(500, 48_000, 1_000), event_id=1)
    sound.advance(500)
    before_ms = line.playout.heard_ms(1)
    sound.unplug(SPEAKER.name)
    line.reopen(line.output)
    sound.advance(700)
    assert 300 < before_ms <= 500
    assert line.playout.heard_ms(1) == pytest.approx(1_000, abs=1)
    rest = sound.heard(HEADSET.name)
    sounding = np.flatnonzero(np.abs(rest) > 100)
    # All of the rest; where a reply ends, the playout buffer bridges for a moment, as more may come.
    assert 0 <= (sounding[-1] - sounding[0]) / 16 - (1_000 - before_ms) < 100
    assert loudest_frequency(rest[sounding[0] : sounding[-1]], 16_000) == pytest.approx(500, abs=2)
    # The far end keeps its rate, whatever the device's.
    assert line.take_played().size % 480 == 0


def test_a_microphone_closed_while_it_is_replaced_stays_closed(sound: FakeSound, line: Line) -> None:
    line.open_input()
    line.close_input()
    line.reopen(line.input)
    assert not line.try_better(line.input)
    assert not sound.streams


def test_the_list_is_made_anew_between_two_openings(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    sound.plug(USB)
    assert line.renew_list()
    assert not sound.streams
    assert USB.name in DeviceCatalog(sound, platform="darwin").names(Direction.INPUT)
    line.reopen(line.input)
    line.reopen(line.output)
    assert open_directions(sound) == {Direction.INPUT, Direction.OUTPUT}


def test_the_list_is_left_alone_while_others_have_a_device_open(sound: FakeSound, line: Line) -> None:
    line.open_output()
    sound.open_output(HEADSET, lambda out: out.fill(0))
    assert not line.renew_list()
    assert line.is_output_open
    assert not sound.refreshes


def test_the_list_is_left_alone_while_the_library_hangs(sound: FakeSound, line: Line) -> None:
    line.open_output()
    line.open_input()
    sound.is_stuck = True
    assert not line.renew_list()
    assert line.is_output_open
    assert line.is_input_open
