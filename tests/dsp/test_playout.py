"""The playout buffer: everything in order, nothing after a flush, no clicks, counted to the frame."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_gui.dsp.block import Block
from connector_gui.dsp.playout import PlayoutBuffer
from tests.dsp.signals import sine

RATE_HZ = 48_000
BLOCK = 480
FADE = 240


def read(buffer: PlayoutBuffer, blocks: int = 1, frames: int = BLOCK) -> Block:
    """What the device gets in *blocks* of *frames*."""
    out = np.full(blocks * frames, 7_777, dtype=np.int16)
    for start in range(0, out.size, frames):
        buffer.read_into(out[start : start + frames])
    return out


def steady(value: int, duration_ms: float) -> Block:
    return np.full(round(RATE_HZ * duration_ms / 1000), value, dtype=np.int16)


def ramp(start: int, frames: int) -> Block:
    """Frames numbered from *start*, never zero."""
    return (np.arange(start, start + frames) % 30_000 + 1).astype(np.int16)


def test_a_reply_is_played_sample_by_sample() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    reply = sine(440, RATE_HZ, 1_000)
    buffer.write(reply, event_id=1)
    out = read(buffer, 110)
    assert np.array_equal(out[: reply.size], reply)
    assert not out[reply.size + FADE :].any()


@given(
    pieces=st.lists(st.integers(1, 3_000), min_size=1, max_size=40),
    blocks=st.lists(st.integers(1, 2_000), min_size=1, max_size=40),
)
def test_pieces_and_blocks_of_any_size_keep_order_and_lose_nothing(pieces: list[int], blocks: list[int]) -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=0)
    written = 0
    for event_id, frames in enumerate(pieces):
        buffer.write(ramp(written, frames), event_id)
        written += frames
    done = 0
    for frames in blocks:
        frames = min(frames, written - done)
        if frames:
            assert np.array_equal(read(buffer, frames=frames), ramp(done, frames))
            done += frames
    assert buffer.pending_ms == pytest.approx((written - done) / 48)
    assert sum(buffer.heard_frames(event_id) for event_id in range(len(pieces))) == done


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 40)),
        st.tuples(st.just("read"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["flush", "hold", "resume"]), st.just(0)),
    ),
    max_size=60,
)


@given(steps=STEPS)
@settings(deadline=None)
def test_events_are_heard_in_order_and_never_after_a_flush(steps: list[tuple[str, int]]) -> None:
    """Every write has a value of its own; fades only ever lower it."""
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    value = oldest_allowed = latest_heard = 0
    written: dict[int, int] = {}
    for step, size in steps:
        if step == "write":
            value += 100
            written[value] = size * 240
            buffer.write(steady(value, size * 5), event_id=value)
        elif step == "flush":
            buffer.flush()
            assert buffer.is_empty
            read(buffer)  # the block of the fade
            oldest_allowed = value + 100
        elif step == "read":
            was_held = buffer.is_held
            out = read(buffer, size)
            whole = [heard for heard in np.unique(out) if heard and heard % 100 == 0 and np.sum(out == heard) > 2]
            assert all(heard >= max(latest_heard, oldest_allowed) for heard in whole)
            latest_heard = max([latest_heard, *whole])
            if was_held:
                assert not out[BLOCK:].any()
        else:
            getattr(buffer, step)()
    for event_id, frames in written.items():
        assert 0 <= buffer.heard_frames(event_id) <= frames


@given(steps=STEPS)
@settings(deadline=None)
def test_what_was_not_flushed_is_heard_to_the_last_frame(steps: list[tuple[str, int]]) -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    written: dict[int, int] = {}
    for number, (step, size) in enumerate(steps):
        if step == "write":
            written[number] = size * 240
            buffer.write(steady(100, size * 5), event_id=number)
        elif step == "read":
            read(buffer, size)
        elif step != "flush":
            getattr(buffer, step)()
    buffer.resume()
    read(buffer, sum(written.values()) // BLOCK + 6)
    assert buffer.is_empty
    assert {event_id: buffer.heard_frames(event_id) for event_id in written} == written


def test_a_flush_fades_within_5_ms_and_then_nothing_is_left() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(12_000, 2_000), event_id=4)
    read(buffer, 20)
    buffer.flush()
    out = read(buffer, 40).astype(int)
    assert out[0] > 11_900
    assert np.all(np.diff(out[:FADE]) <= 0)
    assert np.abs(np.diff(out)).max() <= 12_000 / FADE + 1
    assert not out[FADE:].any()
    assert buffer.heard_frames(4) == 20 * BLOCK + FADE
    assert buffer.pending_ms == 0


def test_the_next_reply_after_a_flush_starts_whole() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(12_000, 500), event_id=4)
    read(buffer, 10)
    buffer.flush()
    reply = sine(300, RATE_HZ, 200)
    buffer.write(reply, event_id=5)
    out = read(buffer, 30)
    assert not out[FADE:BLOCK].any()
    assert np.array_equal(out[BLOCK : BLOCK + reply.size], reply)
    assert buffer.underruns == 0


def test_a_flush_before_anything_was_heard_is_silent() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(12_000, 500), event_id=4)
    buffer.flush()
    assert not read(buffer, 5).any()
    assert buffer.heard_frames(4) == 0


def test_two_flushes_between_blocks_leave_nothing_of_what_came_between() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(1_000, 500), event_id=1)
    read(buffer, 5)
    buffer.flush()
    buffer.write(steady(20_000, 500), event_id=2)
    buffer.flush()
    assert read(buffer, 20).max() <= 1_000
    assert buffer.heard_frames(2) == 0


@pytest.mark.parametrize(("duration_ms", "wait_blocks"), [(100, 0), (40, 0), (30, 4), (3, 4)])
def test_a_sound_starts_at_once_when_it_fills_the_prebuffer_and_else_after_a_short_wait(
    duration_ms: int, wait_blocks: int
) -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    read(buffer, 3)
    sound = steady(5_000, duration_ms)
    buffer.write(sound)
    assert not read(buffer, wait_blocks).any()
    out = read(buffer, 20)
    assert np.array_equal(out[: sound.size], sound)
    assert buffer.underruns == 0


def test_a_gap_inside_speech_is_counted_and_does_not_click() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=20)
    buffer.write(steady(9_000, 105), event_id=1)
    heard = [read(buffer, 16)]
    buffer.write(steady(9_000, 105), event_id=1)
    heard.append(read(buffer, 5))
    out = np.concatenate(heard).astype(int)
    assert buffer.underruns == 1
    assert buffer.underrun_frames == 16 * BLOCK - steady(0, 105).size
    joint = out[5_000:]
    assert np.abs(np.diff(joint)).max() <= 9_000 / FADE + 1
    assert joint.min() == 0
    assert joint[-1] == 9_000


def test_the_pause_between_two_replies_is_no_underrun() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    for event_id in (1, 2):
        reply = steady(9_000, 100)
        buffer.write(reply, event_id)
        assert np.array_equal(read(buffer, 80)[: reply.size], reply)
    assert buffer.underruns == 0


def test_held_audio_is_kept_and_continues_where_it_stopped() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(ramp(0, 10 * BLOCK), event_id=1)
    before = read(buffer, 3)
    buffer.hold()
    buffer.write(ramp(10 * BLOCK, 10 * BLOCK), event_id=2)
    held = read(buffer, 50)
    assert not held[FADE + FADE :].any()
    assert buffer.heard_frames(1) == 3 * BLOCK + FADE
    assert not buffer.is_playing
    buffer.resume()
    after = read(buffer, 16)
    assert buffer.is_playing
    after = np.concatenate((after, read(buffer)))
    # All frames passed, those inside the two fades at a lower level.
    start = 3 * BLOCK + FADE
    assert np.array_equal(before, ramp(0, 3 * BLOCK))
    assert np.array_equal(after[FADE:-FADE], ramp(start, 17 * BLOCK)[FADE:-FADE])
    assert buffer.underruns == 0


def test_what_arrives_on_hold_is_not_heard_before_resuming() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    read(buffer, 2)
    buffer.hold()
    reply = steady(9_000, 100)
    buffer.write(reply, event_id=1)
    assert not read(buffer, 100).any()
    assert buffer.heard_frames(1) == 0
    buffer.resume()
    assert np.array_equal(read(buffer, 11)[: reply.size], reply)


def test_volume_changes_without_a_step() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(10_000, 1_000))
    read(buffer, 2)
    buffer.volume = 0.25
    out = read(buffer, 3).astype(int)
    assert np.abs(np.diff(out)).max() <= 10_000 / FADE
    assert set(out[FADE:].tolist()) == {2_500}
    buffer.volume = 0
    assert not read(buffer, 3)[FADE:].any()
    assert buffer.is_playing


@pytest.mark.parametrize(("asked", "volume"), [(-1, 0), (2, 1), (float("nan"), 1), (0.5, 0.5)])
def test_volume_is_clamped(asked: float, volume: float) -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.volume = asked
    assert buffer.volume == volume


def test_beyond_its_capacity_the_newest_audio_is_dropped_and_counted() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40, capacity_ms=100)
    buffer.write(ramp(0, 4_000))
    buffer.write(ramp(4_000, 4_000))
    assert buffer.dropped_frames == 3_200
    assert buffer.pending_ms == pytest.approx(100)
    assert np.array_equal(read(buffer, 10), ramp(0, 4_800))


def test_heard_counts_each_event_for_itself() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(steady(1, 100), event_id=1)
    buffer.write(steady(2, 100), event_id=2)
    read(buffer, 13)
    assert buffer.heard_ms(1) == pytest.approx(100)
    assert buffer.heard_ms(2) == pytest.approx(30)
    assert buffer.heard_ms(3) == 0


def test_speech_that_went_by_while_no_speaker_worked_does_not_count_as_heard() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    buffer.write(ramp(0, 48_000), event_id=1)
    buffer.write(ramp(48_000, 48_000), event_id=2)
    read(buffer, 20)
    assert buffer.pass_over(43_200) == 43_200  # to the middle of the second event
    assert buffer.heard_frames(1) == 9_600
    assert buffer.heard_frames(2) == 0
    assert buffer.pending_ms == pytest.approx(900)
    out = read(buffer, 90)
    assert np.array_equal(out[FADE:], ramp(52_800 + FADE, 43_200 - FADE))
    assert np.abs(np.diff(out[:FADE].astype(int))).max() < 300  # it comes back with a fade
    assert (buffer.heard_frames(1), buffer.heard_frames(2)) == (9_600, 43_200)
    assert buffer.underruns == 0


def test_only_what_is_there_can_go_by_and_what_was_flushed_is_not_there() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    assert buffer.pass_over(4_800) == 0
    buffer.write(steady(500, 100), event_id=1)
    read(buffer, 5)
    buffer.flush()
    buffer.write(steady(500, 50), event_id=2)
    assert buffer.pass_over(48_000) == 2_400
    assert buffer.is_empty
    assert (buffer.heard_ms(1), buffer.heard_ms(2)) == (50, 0)
    assert not read(buffer, 2).any()
    buffer.write(steady(500, 100), event_id=3)
    assert (read(buffer, 10) == 500).all()  # a new reply begins as it is


def test_ten_minutes_at_once_are_all_that_waits_and_are_played_from_the_beginning() -> None:
    buffer = PlayoutBuffer(8_000)
    minute = steady(100, 60_000)[: 60 * 8_000]
    for event_id in range(12):
        buffer.write(minute + np.int16(event_id), event_id)
    assert buffer.pending_ms == pytest.approx(10 * 60_000, abs=10)
    assert buffer.dropped_frames == pytest.approx(2 * 60 * 8_000, abs=80)
    assert set(read(buffer, 10, 80)) == {100}  # what was said first is heard first


def test_after_ten_minutes_of_silence_the_next_reply_begins_at_once_and_is_no_underrun() -> None:
    buffer = PlayoutBuffer(RATE_HZ)
    buffer.write(steady(500, 200), event_id=1)
    read(buffer, 60_000)
    buffer.write(steady(500, 1_000), event_id=2)
    out = read(buffer, 10)
    assert np.flatnonzero(out)[0] <= 4 * BLOCK
    assert buffer.underruns == 0
    read(buffer, 200)
    assert buffer.heard_ms(2) == 1_000


def test_memory_of_events_is_bounded() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    for event_id in range(10_000):
        buffer.write(steady(1, 1), event_id)
        read(buffer)
    assert buffer.heard_frames(0) == 0
    assert buffer.heard_frames(9_998) == 48
    assert len(buffer._tallies) <= 257


def test_flushed_audio_is_let_go() -> None:
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=40)
    for _ in range(5):
        buffer.write(steady(1, 1_000))
        read(buffer, 2)
        buffer.flush()
        read(buffer, 2)
    buffer.write(steady(1, 10))
    assert not buffer._flushed


@pytest.fixture
def threads_that_switch_often() -> Iterator[None]:
    """Python changes threads every 20 µs instead of every 5 ms: in the middle of everything."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)
    yield
    sys.setswitchinterval(usual_s)


@pytest.mark.usefixtures("threads_that_switch_often")
def test_two_threads_keep_order_and_flushes() -> None:
    """A device that drains as fast as it can against a writer that flushes at random."""
    buffer = PlayoutBuffer(RATE_HZ, prebuffer_ms=0)
    stop = threading.Event()
    heard: list[tuple[int, int]] = []

    def drain() -> None:
        out = np.zeros(BLOCK, dtype=np.int16)
        while not stop.is_set():
            buffer.read_into(out)
            heard.append((int(out.min()), int(out.max())))

    device = threading.Thread(target=drain)
    device.start()
    try:
        random = np.random.default_rng(2)
        for value in range(1, 500):
            buffer.write(steady(10 * value, float(random.integers(1, 30))), event_id=value)
            time.sleep(0)
            if random.random() < 0.2:
                buffer.flush()
                blocks = len(heard)
                # One block may have begun before the flush, the next one fades out: the one after is silent.
                while len(heard) < blocks + 3:
                    time.sleep(0)
                assert heard[-1] == (0, 0)
    finally:
        stop.set()
        device.join()
    whole = [lowest for lowest, highest in heard if lowest == highest != 0]
    assert len(set(whole)) > 20
    assert whole == sorted(whole)
