"""Pacing of the agent's audio, on a clock of the test's own."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.core.messages import Audio, decode_audio
from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import Block
from connector_gui.practice.speaker import Speaker

FORMAT = AudioFormat.parse("pcm_16000")
SPEED = 10.0


def ramp(duration_s: float) -> Block:
    return np.arange(int(duration_s * FORMAT.rate_hz)).astype(np.int16)


def run(speaker: Speaker, from_s: float, to_s: float) -> list[tuple[float, Audio]]:
    """What *speaker* sends in a stretch of time, woken whenever it asks to be."""
    sent: list[tuple[float, Audio]] = []
    now_s = from_s
    while now_s <= to_s:
        sent += [(now_s, chunk) for chunk in speaker.due(now_s)]
        if speaker.wake_s is None:
            break
        now_s = speaker.wake_s
    return sent


def joined(sent: list[tuple[float, Audio]]) -> Block:
    return wire.decode(b"".join(decode_audio(chunk.audio_base_64) for _, chunk in sent), FORMAT)


@pytest.fixture
def speaker() -> Speaker:
    return Speaker(FORMAT, speed=SPEED)


def test_audio_goes_out_ten_times_faster_than_it_plays_in_chunks_of_many_sizes(speaker: Speaker) -> None:
    speaker.say(1, ramp(5), 100.0)
    sent = run(speaker, 100.0, 110.0)
    assert sent[0][0] == 100.0
    assert sent[-1][0] == pytest.approx(100.5, abs=0.06)
    assert np.array_equal(joined(sent), ramp(5))
    assert len({len(chunk.audio_base_64) for _, chunk in sent}) > 3


def test_it_is_heard_for_as_long_as_it_plays_not_as_it_is_sent(speaker: Speaker) -> None:
    speaker.say(1, ramp(2), 0.0)
    run(speaker, 0.0, 1.0)
    assert not speaker.is_sending
    assert speaker.is_heard(1.9)
    assert not speaker.is_heard(2.01)


def test_a_cut_tells_how_much_was_heard_and_sends_no_more(speaker: Speaker) -> None:
    speaker.say(7, ramp(4), 10.0)
    run(speaker, 10.0, 10.2)
    cut = speaker.cut(11.0)
    assert cut is not None
    assert cut.event_id == 7
    assert cut.heard_part == pytest.approx(0.25, abs=0.001)
    assert np.array_equal(cut.rest, ramp(4)[FORMAT.rate_hz :])
    assert speaker.due(20.0) == []
    assert not speaker.is_heard(11.0)


def test_no_more_can_have_been_heard_than_was_sent(speaker: Speaker) -> None:
    speaker.say(1, ramp(4), 0.0)
    chunk = speaker.due(0.0)[0]
    cut = speaker.cut(3.0)
    assert cut is not None
    assert cut.heard_part == pytest.approx(len(decode_audio(chunk.audio_base_64)) / FORMAT.bytes_in(4_000))


def test_there_is_nothing_to_cut_in_silence(speaker: Speaker) -> None:
    assert speaker.cut(0.0) is None
    speaker.say(1, ramp(1), 0.0)
    run(speaker, 0.0, 1.0)
    assert speaker.cut(1.5) is None


def test_a_second_turn_is_heard_after_the_first(speaker: Speaker) -> None:
    speaker.say(1, ramp(2), 0.0)
    speaker.say(3, ramp(2), 0.0)
    run(speaker, 0.0, 1.0)
    cut = speaker.cut(3.0)
    assert cut is not None
    assert cut.event_id == 3
    assert cut.heard_part == pytest.approx(0.5, abs=0.001)


def test_nothing_to_say_is_nothing_to_send(speaker: Speaker) -> None:
    speaker.say(1, ramp(0), 0.0)
    assert not speaker.is_sending
    assert speaker.wake_s is None


def test_ulaw_goes_out_as_one_byte_a_frame() -> None:
    speaker = Speaker(AudioFormat.parse("ulaw_8000"), speed=SPEED)
    speaker.say(1, np.zeros(8_000, dtype=np.int16), 0.0)
    payload = b"".join(decode_audio(chunk.audio_base_64) for _, chunk in run(speaker, 0.0, 1.0))
    assert payload == b"\xff" * 8_000
