"""The playout buffer against networks: little delay in a calm one, no gap in an uneven one.

Everything runs on the test's clock: a device that takes 10 ms at a time, pieces that arrive when told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_gui.dsp.block import Block
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.dsp.resample import Resampler
from connector_gui.dsp.reserve import LEAST_MS, OBSERVED_WRITES, Reserve
from connector_gui.dsp.stretch import KEPT_SILENCE_MS, NO_BRIDGE, bridge_after, lengthen, shorten_silence
from tests.dsp.echo_scene import agent, block
from tests.dsp.signals import loudest_frequency, rms, sine

RATE_HZ = 48_000
BLOCK = 480
PIECE_S = 0.2
TONE_HZ = 440.0
PEAK = 8_000
QUIET = 500
"""Under this is silence: a sixteenth of the peak."""


@dataclass
class Heard:
    """What a speaker played."""

    samples: Block
    buffer: PlayoutBuffer

    def gaps_ms(self) -> list[float]:
        """Breaks of 2 ms and more between the first and the last sound."""
        loud = np.flatnonzero(np.abs(self.samples.astype(int)) > QUIET)
        lengths_ms = (np.diff(loud) - 1) * 1000 / RATE_HZ
        return [float(length) for length in lengths_ms if length >= 2]

    def steepest(self) -> int:
        return int(np.abs(np.diff(self.samples.astype(int))).max())


def play(pieces: list[Block], arrivals_s: list[float], *, after_s: float = 1.0) -> Heard:
    """Play *pieces*, each of its own event, as they arrive."""
    buffer = PlayoutBuffer(RATE_HZ)
    blocks = []
    written = 0
    for step in range(round((arrivals_s[-1] + after_s) * 100)):
        while written < len(pieces) and arrivals_s[written] <= step / 100:
            buffer.write(pieces[written], written)
            written += 1
        out = np.full(BLOCK, 7_777, dtype=np.int16)
        buffer.read_into(out)
        blocks.append(out)
    return Heard(np.concatenate(blocks), buffer)


def tone_pieces(seconds: float) -> list[Block]:
    return cut(sine(TONE_HZ, RATE_HZ, seconds * 1_000, PEAK))


def cut(sound: Block, piece_s: float = PIECE_S) -> list[Block]:
    size = round(piece_s * RATE_HZ)
    return [sound[start : start + size] for start in range(0, sound.size, size)]


def speech(seconds: float) -> Block:
    return Resampler(16_000, RATE_HZ).process(block(agent(seconds)), last=True)


def uneven(pieces: int, seed: int, *, lead_s: float = 0.0) -> list[float]:
    """Moments of arrival in order, each up to 300 ms late; *lead_s* ahead of the pace they are played at."""
    late_s = np.random.default_rng(seed).uniform(0, 0.3, pieces)
    due_s = np.maximum(0, np.arange(pieces) * PIECE_S - lead_s)
    return [float(moment) for moment in np.maximum.accumulate(due_s + late_s)]


@pytest.mark.parametrize("seed", range(6))
def test_jitter_of_300_ms_without_a_lead_leaves_hardly_a_gap_and_no_click(seed: int) -> None:
    pieces = tone_pieces(30)
    heard = play(pieces, uneven(len(pieces), seed), after_s=0.3)
    assert len(heard.gaps_ms()) <= 1
    assert sum(heard.gaps_ms()) <= 150
    steepest = PEAK * 2 * np.pi * TONE_HZ / RATE_HZ
    assert heard.steepest() < 1.3 * steepest
    middle = heard.samples[10 * RATE_HZ : 25 * RATE_HZ]
    assert loudest_frequency(middle, RATE_HZ) == pytest.approx(TONE_HZ, rel=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_with_a_second_of_lead_every_frame_is_played_as_it_came_once_the_lead_is_there(seed: int) -> None:
    pieces = tone_pieces(10)
    heard = play(pieces, uneven(len(pieces), seed, lead_s=1.0))
    assert heard.gaps_ms() == []
    assert heard.buffer.underruns == 0
    whole = np.concatenate(pieces[-40:])
    end = np.flatnonzero(heard.samples)[-1] + 1
    assert any(
        np.array_equal(heard.samples[start : start + whole.size], whole)
        for start in range(max(0, end - whole.size - 15_000), end - whole.size + 1)
    )


def test_speech_under_jitter_keeps_its_loudness_and_has_no_step() -> None:
    sound = speech(20)
    pieces = cut(sound)
    heard = play(pieces, uneven(len(pieces), 3), after_s=0.3)
    assert rms(heard.samples[RATE_HZ:-RATE_HZ]) == pytest.approx(rms(sound), rel=0.15)
    assert heard.steepest() <= 1.3 * np.abs(np.diff(sound.astype(int))).max()


@pytest.mark.parametrize("piece_ms", [20, 100, 250, 4_000])
def test_in_a_calm_network_the_first_piece_is_played_in_the_next_block(piece_ms: int) -> None:
    pieces = cut(sine(TONE_HZ, RATE_HZ, 4_000), piece_ms / 1000)
    heard = play(pieces, [0.5 + number * piece_ms / 1000 for number in range(len(pieces))])
    first = int(np.flatnonzero(heard.samples)[0])
    assert first <= round(0.5 * RATE_HZ) + BLOCK


def test_a_calm_stream_in_real_time_gets_a_little_reserve_and_no_more() -> None:
    pieces = cut(sine(TONE_HZ, RATE_HZ, 5_000), 0.1)
    heard = play(pieces, [number * 0.1 + 0.001 for number in range(len(pieces))])
    # Two seconds from the end, what lies ready is the reserve.
    stretched_ms = np.flatnonzero(np.abs(heard.samples) > QUIET)[-1] * 1000 / RATE_HZ - 5_000
    assert LEAST_MS - 40 <= stretched_ms - 240 <= LEAST_MS + 40  # 240 ms: a bridge at its end
    assert heard.gaps_ms() == []


def test_what_the_network_has_taught_is_forgotten_over_calm_replies() -> None:
    reserve = Reserve()
    reserve.begin_reply()
    reserve.run_dry(200)
    learned_ms = reserve.wanted_ms
    reserve.begin_reply()
    assert reserve.wanted_ms == learned_ms
    for _ in range(10):
        reserve.begin_reply()
    assert reserve.wanted_ms < LEAST_MS + 2
    assert learned_ms >= 200


def test_only_as_much_silence_is_taken_back_as_was_added() -> None:
    reserve = Reserve()
    reserve.begin_reply()
    reserve.run_dry(150)
    changes = [reserve.change_ms(900, 100) for _ in range(OBSERVED_WRITES)]
    assert changes[:-1] == [0.0] * (OBSERVED_WRITES - 1)
    assert changes[-1] == -150
    reserve.changed(-150)
    assert [reserve.change_ms(900, 100) for _ in range(3 * OBSERVED_WRITES)] == [0.0] * 3 * OBSERVED_WRITES


def test_a_reply_that_ends_in_silence_ends_there() -> None:
    reply = np.concatenate((sine(300, RATE_HZ, 200), np.zeros(RATE_HZ // 20, dtype=np.int16)))
    heard = play([reply], [0.0])
    assert np.array_equal(heard.samples[: reply.size], reply)
    assert not heard.samples[reply.size :].any()


def test_a_reply_cut_in_mid_word_ends_there_if_it_came_early() -> None:
    tone = sine(300, RATE_HZ, 200)
    heard = play([tone, tone], [0.0, 0.05])
    assert not heard.samples[2 * tone.size + 240 :].any()


def test_just_in_time_audio_that_stops_fades_within_a_quarter_of_a_second() -> None:
    tone = sine(300, RATE_HZ, 200)
    heard = play([tone, tone], [0.0, 0.19])
    end = int(np.flatnonzero(heard.samples)[-1])
    assert 0.2 * RATE_HZ < end - 2 * tone.size < 0.32 * RATE_HZ
    assert heard.gaps_ms() == []


def test_heard_counts_what_was_written_however_much_it_was_stretched() -> None:
    pieces = tone_pieces(6)
    heard = play(pieces, uneven(len(pieces), 1))
    assert heard.buffer.pending_ms == 0
    assert [heard.buffer.heard_frames(number) for number in range(len(pieces))] == [piece.size for piece in pieces]


def test_an_interruption_ends_a_bridge_within_one_block() -> None:
    buffer = PlayoutBuffer(RATE_HZ)
    tone = sine(300, RATE_HZ, 100)
    buffer.write(tone, 1)
    out = np.zeros((30, BLOCK), dtype=np.int16)
    for number in range(23):
        if number == 9:
            buffer.write(tone, 1)
        buffer.read_into(out[number])
    assert np.abs(out[22]).max() > QUIET  # under the bridge
    buffer.flush()
    for number in range(23, 30):
        buffer.read_into(out[number])
    assert not out[23][BLOCK // 2 :].any()
    assert not out[24:].any()
    whole = out.reshape(-1).astype(int)
    assert np.abs(np.diff(whole)).max() <= 8_000 / 240 + 8_000 * 2 * np.pi * 300 / RATE_HZ


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(1, 40)),
            st.tuples(st.just("read"), st.integers(1, 30)),
            st.tuples(st.sampled_from(["flush", "hold", "resume"]), st.just(0)),
        ),
        max_size=50,
    )
)
@settings(deadline=None, max_examples=60)
def test_in_any_order_nothing_flushed_is_heard_and_all_else_to_the_last_frame(steps: list[tuple[str, int]]) -> None:
    """Each event has a pitch of its own; what is left after the block of a fade belongs to a younger one."""
    buffer = PlayoutBuffer(RATE_HZ)
    written: dict[int, int] = {}
    out = np.zeros(BLOCK, dtype=np.int16)
    for number, (step, size) in enumerate(steps):
        if step == "write":
            sound = sine(200 + 10 * number, RATE_HZ, size * 5)
            written[number] = sound.size
            buffer.write(sound, number)
        elif step == "read":
            for _ in range(size):
                buffer.read_into(out)
        elif step == "flush":
            buffer.flush()
            for event_id in written:
                written[event_id] = -1  # how much of it was heard by then is tested elsewhere
            buffer.read_into(out)
            buffer.read_into(out)
            assert not out.any()
        else:
            getattr(buffer, step)()
    buffer.resume()
    for _ in range(sum(max(0, frames) for frames in written.values()) * 2 // BLOCK + 30):
        buffer.read_into(out)
    assert buffer.is_empty
    assert not out.any()
    for event_id, frames in written.items():
        if frames >= 0:
            assert buffer.heard_frames(event_id) == frames


@pytest.mark.parametrize("frequency_hz", [110.0, 233.0, 440.0, 1_000.0])
def test_a_stretched_tone_keeps_pitch_loudness_and_ends(frequency_hz: float) -> None:
    tone = sine(frequency_hz, RATE_HZ, 400)
    longer = lengthen(tone, RATE_HZ // 10, RATE_HZ)
    assert 0.06 * RATE_HZ <= longer.size - tone.size <= 0.1 * RATE_HZ
    assert loudest_frequency(longer, RATE_HZ) == pytest.approx(frequency_hz, rel=0.01)
    assert rms(longer) == pytest.approx(rms(tone), rel=0.02)
    assert np.array_equal(longer[:400], tone[:400])
    assert np.array_equal(longer[-400:], tone[-400:])
    steepest = np.abs(np.diff(tone.astype(int))).max()
    assert np.abs(np.diff(longer.astype(int))).max() <= 1.2 * steepest


def test_a_piece_too_short_to_have_a_period_is_left_alone() -> None:
    short = sine(300, RATE_HZ, 25)
    assert np.array_equal(lengthen(short, 4_800, RATE_HZ), short)
    assert bridge_after(short, RATE_HZ) is NO_BRIDGE


def test_only_silence_is_shortened_and_never_all_of_it() -> None:
    word = sine(300, RATE_HZ, 200)
    pause = np.zeros(RATE_HZ // 2, dtype=np.int16)
    sentence = np.concatenate((word, pause, word))
    shorter = shorten_silence(sentence, 10 * RATE_HZ, RATE_HZ)
    kept = round(KEPT_SILENCE_MS * RATE_HZ / 1000)
    assert shorter.size == 2 * word.size + kept
    assert np.array_equal(shorter[: word.size], word)
    assert np.array_equal(shorter[-word.size :], word)
    assert np.array_equal(shorten_silence(word, 4_800, RATE_HZ), word)
