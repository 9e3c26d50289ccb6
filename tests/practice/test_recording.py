"""The recording: both sides on one timeline."""

from __future__ import annotations

import io
import wave

import numpy as np

from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import Block
from connector_gui.practice.recording import LIMIT_S, Recording

FORMAT = AudioFormat.parse("pcm_16000")


def level(value: int, duration_s: float) -> bytes:
    return wire.encode(np.full(int(duration_s * FORMAT.rate_hz), value, dtype=np.int16), FORMAT)


def mixed(recording: Recording) -> Block:
    with wave.open(io.BytesIO(recording.wav())) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def test_both_sides_are_mixed_where_they_were_heard() -> None:
    recording = Recording()
    recording.agent_spoke(level(1_000, 1), 0.0)
    recording.agent_spoke(level(2_000, 1), 0.1)  # sent early, heard after the first
    recording.user_spoke(level(100, 0.5), 1.5)
    mix = mixed(recording)
    assert [mix[int(at_s * 16_000)] for at_s in (0.5, 1.2, 1.7, 1.99)] == [1_000, 2_000, 2_100, 2_100]
    assert mix.size == 2 * 16_000


def test_what_an_interruption_cut_is_not_in_it() -> None:
    recording = Recording()
    recording.agent_spoke(level(1_000, 3), 0.0)
    recording.interrupted(1.0)
    recording.agent_spoke(level(500, 1), 1.5)
    mix = mixed(recording)
    assert [mix[int(at_s * 16_000)] for at_s in (0.9, 1.2, 1.6)] == [1_000, 0, 500]
    assert mix.size == int(2.5 * 16_000)


def test_chunks_that_jitter_follow_each_other_without_gaps() -> None:
    recording = Recording()
    for number, late_s in enumerate((0.0, 0.02, 0.0, 0.05)):
        recording.user_spoke(level(number + 1, 0.1), 2 + number * 0.1 + late_s)
    heard = recording.heard()
    assert np.array_equal(heard, np.repeat(np.arange(1, 5), 1_600))
    assert np.array_equal(mixed(recording)[2 * 16_000 :], heard)


def test_it_is_mixed_from_formats_of_different_rates() -> None:
    recording = Recording(AudioFormat.parse("ulaw_8000"), AudioFormat.parse("pcm_48000"))
    recording.user_spoke(b"\xff" * 8_000, 0.0)
    recording.agent_spoke(bytes(96_000 * 2), 0.0)
    assert mixed(recording).size == 2 * 16_000


def test_it_does_not_grow_for_ever_and_can_be_forgotten() -> None:
    recording = Recording()
    recording.user_spoke(level(1, 1), 0.0)
    recording.user_spoke(level(1, 1), LIMIT_S + 1.0)
    assert recording.heard().size == 16_000
    recording.forget()
    assert recording.is_empty
