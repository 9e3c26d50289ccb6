"""The stream to the agent: complete, in real time, and never interrupted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_gui.core.pcm import WIRE_FORMAT_NAMES, AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.uplink import Uplink
from tests.dsp.signals import amplitude_at, db, sine

PCM_16000 = AudioFormat.parse("pcm_16000")
TICK_S = 0.01


def decoded(chunks: list[bytes], audio_format: AudioFormat) -> Block:
    return np.concatenate([EMPTY, *(wire.decode(chunk, audio_format) for chunk in chunks)])


def speak(uplink: Uplink, sound: Block, rate_hz: int, start_s: float) -> list[bytes]:
    """Feed *sound* as a microphone would: 10 ms every 10 ms."""
    frames = rate_hz // 100
    chunks = []
    for number, at in enumerate(range(0, sound.size, frames)):
        chunks += uplink.feed(sound[at : at + frames], start_s + TICK_S * (number + 1))
    return chunks


@pytest.mark.parametrize("name", sorted(WIRE_FORMAT_NAMES))
@pytest.mark.parametrize("device_hz", [44_100, 48_000])
def test_a_tone_reaches_the_wire_in_every_format(name: str, device_hz: int) -> None:
    audio_format = AudioFormat.parse(name)
    uplink = Uplink(audio_format, 100, now_s=0.0)
    uplink.use_device(device_hz)
    chunks = speak(uplink, sine(1_000, device_hz, 1_000), device_hz, 0.0)
    assert {len(chunk) for chunk in chunks} == {audio_format.bytes_in(100)}
    sound = decoded([*chunks, uplink.finish()], audio_format)
    assert 0 <= sound.size - audio_format.rate_hz <= audio_format.frames_in(10)
    middle = sound[sound.size // 4 : 3 * sound.size // 4]
    assert db(amplitude_at(middle, 1_000, audio_format.rate_hz) / 8_000) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("chunk_ms", [20, 25, 60, 100, 250])
def test_cutting_into_chunks_changes_no_sample(chunk_ms: int) -> None:
    sound = np.random.default_rng(1).integers(-9_000, 9_000, 16_000).astype(np.int16)
    uplink = Uplink(PCM_16000, chunk_ms, now_s=5.0)
    chunks = speak(uplink, sound, 16_000, 5.0)
    assert {len(chunk) for chunk in chunks} == {PCM_16000.bytes_in(chunk_ms)}
    assert np.array_equal(decoded([*chunks, uplink.finish()], PCM_16000), sound)


@pytest.mark.parametrize("chunk_ms", [20, 60, 100])
@pytest.mark.parametrize("device_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("opening_ms", [0, 37, 200])
def test_a_chunk_leaves_with_the_block_that_fills_it(chunk_ms: int, device_hz: int, opening_ms: int) -> None:
    uplink = Uplink(PCM_16000, chunk_ms, now_s=0.0)
    for now_ms in range(1, opening_ms + 1, 9):  # silence while the microphone opens
        uplink.feed(EMPTY, now_ms / 1000)
    uplink.use_device(device_hz)
    block = np.zeros(device_hz // 100, dtype=np.int16)
    tick = 0
    chunks: list[bytes] = []
    while tick < 60 or not chunks:
        tick += 1
        chunks = uplink.feed(block, opening_ms / 1000 + TICK_S * tick)
    # The chunk took all there was, but for the millisecond that the converter holds back.
    assert len(uplink.finish()) <= PCM_16000.bytes_in(1.2)


@pytest.mark.parametrize("device_hz", [16_000, 44_100, 48_000])
def test_what_a_message_still_needs_is_known_to_the_block(device_hz: int) -> None:
    uplink = Uplink(PCM_16000, 100, now_s=0.0)
    uplink.use_device(device_hz)
    speak(uplink, sine(440, device_hz, 500), device_hz, 0.0)
    for number in range(40):
        blocks = round(uplink.missing_s * 100 + 0.4)  # the converter holds back a millisecond
        chunks = speak(uplink, sine(440, device_hz, 10), device_hz, 0.5 + number * TICK_S)
        assert len(chunks) == (blocks <= 1)


def test_silence_flows_in_real_time_until_the_microphone_is_open() -> None:
    uplink = Uplink(PCM_16000, 100, now_s=100.0)
    chunks = []
    for tick in range(1, 52):
        chunks += uplink.feed(EMPTY, 100.0 + TICK_S * tick)
    assert chunks == [bytes(3_200)] * 5
    assert uplink.silent_frames == pytest.approx(16_000 * 0.51, abs=2)


def test_first_words_follow_the_silence_whole() -> None:
    uplink = Uplink(PCM_16000, 100, now_s=0.0)
    chunks = []
    for tick in range(1, 20):
        chunks += uplink.feed(EMPTY, TICK_S * tick)
    uplink.use_device(48_000)
    word = np.concatenate([sine(700, 48_000, 200, amplitude=9_000), np.zeros(480, dtype=np.int16)])
    chunks += speak(uplink, word, 48_000, 0.2)
    sound = decoded([*chunks, uplink.finish()], PCM_16000)
    start = sound.size - 16 * 210
    assert 0 <= start - 16_000 * 0.19 <= 160
    assert not sound[:start].any()
    expected = sine(700, 16_000, 200, amplitude=9_000).astype(float)
    difference = np.abs(sound[start : start + 3_200] - expected)
    assert difference[32:-32].max() < 5  # a filter cannot follow the edges themselves
    assert difference.max() < 1_200
    assert uplink.dropped_frames == 0


def test_muting_sends_zeros_at_the_same_pace() -> None:
    uplink = Uplink(PCM_16000, 100, now_s=0.0)
    uplink.is_muted = True
    chunks = speak(uplink, sine(440, 16_000, 500), 16_000, 0.0)
    assert chunks == [bytes(3_200)] * 5
    uplink.is_muted = False
    assert any(speak(uplink, sine(440, 16_000, 100), 16_000, 0.5)[0])


def test_mulaw_silence_is_0xff() -> None:
    uplink = Uplink(AudioFormat.parse("ulaw_8000"), 20, now_s=0.0)
    assert uplink.feed(EMPTY, 0.021) == [b"\xff" * 160]


def test_a_stalled_microphone_becomes_silence_within_a_tenth_of_a_second() -> None:
    uplink = Uplink(PCM_16000, 20, now_s=0.0)
    speak(uplink, sine(440, 16_000, 200), 16_000, 0.0)
    sent_at = []
    for tick in range(1, 101):
        now_s = 0.2 + TICK_S * tick
        sent_at += [now_s] * len(uplink.feed(EMPTY, now_s))
    assert sent_at[0] == pytest.approx(0.3, abs=0.011)
    assert len(sent_at) == pytest.approx(50, abs=1)
    assert max(b - a for a, b in pairwise(sent_at)) <= 0.021


@given(
    gap_ms=st.integers(0, 3_000),
    burst_ms=st.integers(10, 3_000),
    attention=st.booleans(),
)
@settings(deadline=None)
def test_a_stall_is_never_followed_by_more_than_200_ms_at_once(gap_ms: int, burst_ms: int, attention: bool) -> None:
    uplink = Uplink(PCM_16000, 20, now_s=0.0)
    speak(uplink, sine(440, 16_000, 100), 16_000, 0.0)
    now_s = 0.1
    if attention:  # we looked, the microphone gave nothing
        for _ in range(gap_ms // 10):
            now_s += TICK_S
            uplink.feed(EMPTY, now_s)
    else:  # we did not look
        now_s += gap_ms / 1000
    chunks = uplink.feed(np.ones(16 * burst_ms, dtype=np.int16), now_s + TICK_S)
    assert sum(map(len, chunks)) <= PCM_16000.bytes_in(200 + 20)
    # … and the newest sound is what was kept.
    kept = min(burst_ms, 200)
    assert np.count_nonzero(decoded([*chunks, uplink.finish()], PCM_16000)) >= 16 * (kept - 10)


@pytest.mark.parametrize("speed", [1.0003, 0.9997])
def test_a_device_clock_that_is_off_is_followed_for_an_hour(speed: float) -> None:
    uplink = Uplink(PCM_16000, 100, now_s=0.0)
    frames_in = bytes_out = 0
    for tick in range(1, 45_000):
        now_s = 0.08 * tick  # as slow as blocks may come without being a stall
        frames = int(now_s * 16_000 * speed) - frames_in
        bytes_out += sum(map(len, uplink.feed(np.zeros(frames, dtype=np.int16), now_s)))
        frames_in += frames
    assert abs(frames_in / 16_000 - now_s) > 1
    assert uplink.dropped_frames == 0
    assert uplink.silent_frames == 0
    assert bytes_out == pytest.approx(2 * frames_in, abs=3_200)


def test_the_pace_is_exact_whatever_the_microphone_does() -> None:
    random = np.random.default_rng(5)
    uplink = Uplink(PCM_16000, 100, now_s=0.0)
    frames_out, now_s = 0, 0.0
    while now_s < 120:
        is_stalled = random.random() < 0.3
        for _ in range(int(random.integers(20, 60))):
            now_s += TICK_S
            block = EMPTY if is_stalled else np.zeros(160, dtype=np.int16)
            frames_out += sum(len(chunk) // 2 for chunk in uplink.feed(block, now_s))
    assert frames_out / 16_000 == pytest.approx(now_s, abs=0.25)


def test_another_microphone_continues_the_stream() -> None:
    uplink = Uplink(PCM_16000, 20, now_s=0.0)
    uplink.use_device(48_000)
    chunks = speak(uplink, sine(500, 48_000, 300), 48_000, 0.0)
    uplink.use_device(44_100)
    chunks += speak(uplink, sine(500, 44_100, 300), 44_100, 0.3)
    sound = decoded([*chunks, uplink.finish()], PCM_16000)
    assert 0 <= sound.size - 9_600 <= 160
    sound = sound[-9_600:]
    # 500 Hz comes round after 300 ms exactly: the joint must not show.
    assert np.abs(sound[4_000:5_600] - sine(500, 16_000, 600)[4_000:5_600].astype(int)).max() < 1_000
