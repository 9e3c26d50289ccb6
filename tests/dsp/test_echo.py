"""Echo cancelling against a known echo path.

The floors are what WebRTC's canceller reached in `livekit` and its peers on scenes like these
(AEC3 alone 31 to 46 dB, with noise suppression about 10 dB more; G.168 7.4.1 asks a line's canceller
for no more than 30), less a margin for another build of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.core.voice import Filters
from connector_gui.dsp import webrtc, webrtc_module
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo import erle_db
from connector_gui.dsp.half_duplex import DUCKED_GAIN, TAIL_MS, HalfDuplex
from connector_gui.dsp.webrtc import WebRtcProcessor
from connector_gui.practice.voice import Sentence, samples_of
from tests.dsp.echo_scene import (
    FRAME,
    RATE_HZ,
    agent,
    block,
    delay_frames,
    echo_of,
    kept_share,
    noise,
    operator,
    part,
    run,
)
from tests.dsp.signals import db, rms, sine

ECHO_ONLY = Filters(noise_suppression=False)
ALL_OFF = Filters(echo_cancellation=False, noise_suppression=False)

Make = Callable[[Filters], WebRtcProcessor]


@pytest.fixture
def make() -> Make:
    library = webrtc.load()
    return lambda filters: WebRtcProcessor(library, RATE_HZ, filters)


@pytest.mark.parametrize(
    ("filters", "first_db", "later_db"), [(ECHO_ONLY, 25, 30), (Filters(), 35, 40)], ids=["alone", "with_suppression"]
)
def test_a_known_echo_is_removed(make: Make, filters: Filters, first_db: float, later_db: float) -> None:
    played = agent(15)
    heard = block(echo_of(played, -20) + noise(15))
    out = run(make(filters), heard, block(played))
    assert erle_db(part(heard, 0, 5), part(out, 0, 5)) > first_db
    assert erle_db(part(heard, 10, 15), part(out, 10, 15)) > later_db


def test_the_operator_is_heard_while_the_agent_speaks(make: Make) -> None:
    played, voice = agent(25), operator(25)
    voice[: 10 * RATE_HZ] = 0
    heard = block(echo_of(played, -12) + voice + noise(25))
    out = run(make(Filters()), heard, block(played))
    delay = delay_frames(block(voice), out)
    assert kept_share(voice[11 * RATE_HZ :], out[11 * RATE_HZ :], delay) >= 0.85


@pytest.mark.parametrize("filters", [ECHO_ONLY, Filters()], ids=["alone", "with_suppression"])
def test_a_voice_alone_keeps_its_level_and_comes_hardly_later(make: Make, filters: Filters) -> None:
    voice = block(operator(12) + noise(12))
    out = run(make(filters), voice, np.zeros_like(voice))
    assert abs(db(rms(out[RATE_HZ:]) / rms(voice[RATE_HZ:]))) < 1
    delay_ms = delay_frames(voice, out) * 1000 / RATE_HZ
    assert delay_ms <= (15 if filters.noise_suppression else 9)


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
@pytest.mark.parametrize("filters", [ECHO_ONLY, Filters(), Filters(False, True), Filters(False, False)])
def test_it_knows_how_much_later_a_sound_leaves_it(rate_hz: int, filters: Filters) -> None:
    processor = WebRtcProcessor(webrtc.load(), rate_hz, filters)
    frame = rate_hz // 100
    voice = samples_of(Sentence.GREETING, rate_hz)
    frames = voice[: voice.size // frame * frame].reshape(-1, frame)
    out = np.concatenate([processor.process(near, np.zeros_like(near)) for near in frames])
    measured_ms = delay_frames(frames.reshape(-1), out) * 1000 / rate_hz
    assert processor.delay_ms == pytest.approx(measured_ms, abs=0.2)


def test_with_everything_off_nothing_is_changed(make: Make) -> None:
    voice = block(operator(1))
    assert np.array_equal(run(make(ALL_OFF), voice, voice), voice[: voice.size // FRAME * FRAME])


def test_steady_noise_is_lowered_and_automatic_gain_raises_a_low_voice(make: Make) -> None:
    hiss = block(noise(6) * 30)
    out = run(make(Filters(echo_cancellation=False)), hiss, hiss)
    assert db(rms(part(out, 4, 6)) / rms(part(hiss, 4, 6))) < -6
    low = block(operator(12) / 10)
    out = run(make(Filters(False, False, auto_gain=True)), low, low)
    assert db(rms(part(out, 8, 12)) / rms(part(low, 8, 12))) > 3


@pytest.mark.parametrize("name", ["echo_cancellation", "noise_suppression"])
def test_switching_in_a_call_does_not_click(make: Make, name: str) -> None:
    """A tone has no step greater than its own steepest part, whatever is switched under it."""
    processor = make(ALL_OFF)
    tone = sine(440, RATE_HZ, 3_000, amplitude=8_000)
    silence = np.zeros_like(tone)
    second = RATE_HZ
    out = [run(processor, tone[:second], silence[:second])]
    processor.filters = Filters(**{"echo_cancellation": False, "noise_suppression": False, name: True})
    out.append(run(processor, tone[second : 2 * second], silence[:second]))
    processor.filters = ALL_OFF
    out.append(run(processor, tone[2 * second :], silence[:second]))
    whole = np.concatenate(out).astype(int)
    assert whole.size == tone.size
    steepest = 8_000 * 2 * np.pi * 440 / RATE_HZ
    # A fade between two phases of the tone adds at most both amplitudes over its length.
    assert np.abs(np.diff(whole)).max() <= steepest * 1.1 + 2 * 8_000 / FRAME
    assert np.array_equal(whole[-second // 2 :], tone[-second // 2 :])


def test_a_canceller_switched_on_in_a_call_works_within_a_second(make: Make) -> None:
    processor = make(ALL_OFF)
    played = agent(8)
    heard = block(echo_of(played, -20) + noise(8))
    far_end = block(played)
    half = 3 * RATE_HZ
    before = run(processor, heard[:half], far_end[:half])
    processor.filters = Filters()
    after = run(processor, heard[half:], far_end[half:])
    assert np.array_equal(before, heard[:half])
    assert erle_db(heard[half + RATE_HZ :], after[RATE_HZ:]) > 25


def test_switching_suppression_lets_no_echo_through(make: Make) -> None:
    """The canceller that takes over has heard the room before it is heard itself."""
    played = agent(16)
    heard = block(echo_of(played, -20) + noise(16))
    far_end = block(played)
    processor = make(ECHO_ONLY)
    at = 8 * RATE_HZ
    run(processor, heard[:at], far_end[:at])
    processor.filters = Filters()
    out = run(processor, heard[at:], far_end[at:])
    for second in range(8):
        span = slice(second * RATE_HZ, (second + 1) * RATE_HZ)
        assert erle_db(heard[at:][span], out[span]) > 25


def test_the_last_of_many_switches_holds(make: Make) -> None:
    processor = make(Filters())
    voice = block(operator(3))
    silence = np.zeros_like(voice)
    run(processor, voice[:RATE_HZ], silence[:RATE_HZ])
    for filters in (ECHO_ONLY, ALL_OFF, Filters(auto_gain=True), ALL_OFF):
        processor.filters = filters
        run(processor, voice[:FRAME], silence[:FRAME])
    out = run(processor, voice[RATE_HZ:], silence[RATE_HZ:])
    assert processor.filters == ALL_OFF
    assert np.array_equal(out[FRAME:], voice[RATE_HZ + FRAME : RATE_HZ + out.size])


def test_without_the_librarys_inner_names_the_sound_is_the_same(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    played = agent(3)
    heard, far_end = block(echo_of(played, -20) + noise(3)), block(played)
    prepared = run(make(Filters()), heard, far_end)
    monkeypatch.setitem(sys.modules, "livekit.rtc._proto.ffi_pb2", None)
    documented = run(make(Filters()), heard, far_end)
    # The prepared calls have run one frame of silence ahead.
    assert erle_db(part(heard, 1, 3), part(prepared, 1, 3)) == pytest.approx(
        erle_db(part(heard, 1, 3), part(documented, 1, 3)), abs=3
    )


def test_a_module_that_the_library_does_not_know_is_an_error() -> None:
    module = webrtc_module.FilterModule(webrtc.load(), RATE_HZ, Filters())
    silence = np.zeros(FRAME, np.int16)
    module.process(silence, silence)
    module._module._ffi_handle.dispose()
    with pytest.raises(RuntimeError):
        module.process(silence, silence)


def test_a_missing_library_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.rtc", None)
    with pytest.raises(AudioError, match="echo canceller could not be loaded"):
        webrtc.load()


def test_without_it_the_microphone_is_ducked_while_the_agent_speaks_and_a_moment_longer() -> None:
    processor = HalfDuplex(RATE_HZ, Filters())
    second = RATE_HZ
    voice = np.full(3 * second, 10_000, dtype=np.int16)
    far_end = np.concatenate((np.zeros(second, np.int16), np.full(second, 3_000, np.int16), np.zeros(second, np.int16)))
    out = run(processor, voice, far_end).astype(int)
    tail = round(TAIL_MS * RATE_HZ / 1000)
    assert np.all(out[:second] == 10_000)
    assert np.all(out[second + FRAME : 2 * second + tail] == round(10_000 * DUCKED_GAIN))
    assert np.all(out[2 * second + tail + 2 * FRAME :] == 10_000)
    assert np.abs(np.diff(out)).max() <= 10_000 / FRAME + 1


def test_half_duplex_ducks_nothing_when_echo_cancellation_is_off() -> None:
    processor = HalfDuplex(RATE_HZ, ALL_OFF)
    voice = block(operator(1))
    assert np.array_equal(run(processor, voice, block(agent(1))), voice)
    assert not processor.is_ducking


def test_erle_is_the_ratio_of_energies() -> None:
    echo: Block = sine(440, RATE_HZ, 100, amplitude=10_000)
    assert erle_db(echo, (echo // 100).astype(np.int16)) == pytest.approx(40, abs=0.3)
    assert erle_db(echo, np.zeros_like(echo)) > 60
    with pytest.raises(ValueError, match="no echo"):
        erle_db(np.zeros_like(echo), echo)
    with pytest.raises(ValueError, match="frames"):
        erle_db(echo, echo[1:])
