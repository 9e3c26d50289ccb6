"""Hearing turns: with the shipped voice, over the silences and noises that microphones and virtual devices have."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from connector_gui.dsp.block import Block
from connector_gui.practice.turns import AFTER_MS, BEFORE_MS, LONGEST_TURN_MS, TurnDetector, TurnEnded, TurnStarted
from connector_gui.practice.voice import Sentence, converted, samples_of, tone

RATE_HZ = 16_000
TURN_END_S = 0.6
RNG = np.random.default_rng(7)


def quiet(duration_s: float, rate_hz: int = RATE_HZ) -> Block:
    return np.zeros(int(duration_s * rate_hz), dtype=np.int16)


def noise(duration_s: float, level_dbfs: float) -> Block:
    samples = RNG.standard_normal(int(duration_s * RATE_HZ)) * 32_768 * 10 ** (level_dbfs / 20)
    return samples.clip(-32_768, 32_767).astype(np.int16)


def voice(gain: float = 1.0, rate_hz: int = RATE_HZ) -> Block:
    return (samples_of(Sentence.MESSAGE, rate_hz) * gain).astype(np.int16)


def turns(samples: Block, *, rate_hz: int = RATE_HZ, chunk_ms: int = 100) -> list[TurnEnded]:
    """The turns in *samples*, fed in chunks."""
    detector = TurnDetector(rate_hz, turn_end_s=TURN_END_S)
    size = rate_hz * chunk_ms // 1000
    events = itertools.chain.from_iterable(
        detector.process(samples[start : start + size]) for start in range(0, samples.size, size)
    )
    return [event for event in events if isinstance(event, TurnEnded)]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_sentence_between_digital_silence_is_one_turn_at_every_rate(rate_hz: int) -> None:
    spoken = voice(rate_hz=rate_hz)
    (turn,) = turns(np.concatenate((quiet(1, rate_hz), spoken, quiet(1, rate_hz))), rate_hz=rate_hz)
    assert turn.duration_s == pytest.approx(1.05, abs=0.15)
    assert turn.samples.size <= spoken.size + (BEFORE_MS + AFTER_MS) * rate_hz // 1000


def test_no_word_loses_its_beginning_or_end() -> None:
    spoken = voice()
    (turn,) = turns(np.concatenate((quiet(1), spoken, quiet(1))))
    loud = np.flatnonzero(np.abs(spoken) > 500)
    said = spoken[loud[0] : loud[-1] + 1]
    # The sentence must stand in the turn, sample for sample.
    place = int(np.argmax(np.correlate(turn.samples.astype(float), said[:1600].astype(float), "valid")))
    assert np.array_equal(turn.samples[place : place + said.size], said)


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.05], ids=["usual", "quiet", "very quiet"])
@pytest.mark.parametrize("level_dbfs", [-90, -60])
def test_a_voice_is_heard_over_the_rooms_noise(gain: float, level_dbfs: float) -> None:
    room = noise(4, level_dbfs)
    room[2 * RATE_HZ : 2 * RATE_HZ + voice().size] += voice(gain)
    assert len(turns(room)) == 1


@pytest.mark.parametrize(
    "samples",
    [quiet(4), noise(4, -70), noise(4, -50), noise(4, -35), (noise(4, -60) + 200).astype(np.int16)],
    ids=["digital zero", "faint noise", "noise", "loud noise", "noise with an offset"],
)
def test_silence_and_noise_are_no_turn(samples: Block) -> None:
    assert turns(samples) == []


def test_a_click_is_no_turn() -> None:
    samples = quiet(3)
    samples[RATE_HZ : RATE_HZ + 400] = 20_000
    assert turns(samples) == []


def test_a_pause_for_breath_does_not_end_a_turn_but_a_longer_one_does() -> None:
    with_breath = np.concatenate((quiet(1), voice(), quiet(0.3), voice(), quiet(1)))
    with_pause = np.concatenate((quiet(1), voice(), quiet(1.0), voice(), quiet(1)))
    assert len(turns(with_breath)) == 1
    assert len(turns(with_pause)) == 2


def test_a_turn_begins_within_200_ms_of_the_voice() -> None:
    detector = TurnDetector(RATE_HZ, turn_end_s=TURN_END_S)
    samples = np.concatenate((quiet(1), voice()))
    loud_at = RATE_HZ + int(np.flatnonzero(np.abs(voice()) > 500)[0])
    for start in range(0, samples.size, 320):
        if any(isinstance(event, TurnStarted) for event in detector.process(samples[start : start + 320])):
            assert start + 320 - loud_at <= RATE_HZ // 5
            return
    pytest.fail("The turn never began.")


def test_the_quiet_that_ends_a_turn_is_as_long_as_asked() -> None:
    detector = TurnDetector(RATE_HZ, turn_end_s=TURN_END_S)
    spoken = voice()
    quiet_from = RATE_HZ + int(np.flatnonzero(np.abs(spoken) > 500)[-1])
    samples = np.concatenate((quiet(1), spoken, quiet(2)))
    for start in range(0, samples.size, 320):
        if any(isinstance(event, TurnEnded) for event in detector.process(samples[start : start + 320])):
            # The detector itself hangs on to a voice for a few frames.
            assert 0.55 <= (start + 320 - quiet_from) / RATE_HZ <= 0.9
            return
    pytest.fail("The turn never ended.")


def test_a_turn_that_never_falls_quiet_is_cut() -> None:
    # Wobbling, so that it is not taken for the noise of the room.
    wobble = np.abs(np.sin(np.arange(40 * RATE_HZ) * np.pi / (2 * RATE_HZ)))
    endless = (tone(40_000, RATE_HZ) * wobble).astype(np.int16)
    assert max(turn.samples.size for turn in turns(endless)) <= LONGEST_TURN_MS * RATE_HZ // 1000


def test_any_size_of_chunk_gives_the_same_turns() -> None:
    samples = np.concatenate((quiet(0.5), voice(), quiet(1)))
    first, *others = [turns(samples, chunk_ms=chunk_ms) for chunk_ms in (7, 20, 33, 250)]
    for other in others:
        assert np.array_equal(first[0].samples, other[0].samples)


def test_a_voice_at_another_rate_is_converted_to_the_frame() -> None:
    assert converted(voice(), RATE_HZ, 48_000).size == voice().size * 3
