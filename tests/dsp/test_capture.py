"""The ring between callback and voice thread."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.dsp.block import Block
from connector_gui.dsp.capture import CaptureBuffer


def ramp(start: int, frames: int) -> Block:
    """Frames numbered from *start*, modulo 30,000."""
    return (np.arange(start, start + frames) % 30_000).astype(np.int16)


@given(steps=st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=200))
def test_everything_written_is_read_once_and_in_order(steps: list[tuple[int, bool]]) -> None:
    buffer = CaptureBuffer(16_000, backlog_ms=1_000_000)  # nothing is dropped here
    parts, written = [], 0
    for tens, reads in steps:
        if written - buffer.read_frames + tens * 16 > 16_000:
            parts.append(buffer.read())
        buffer.write(ramp(written, tens * 16))
        written += tens * 16
        if reads:
            parts.append(buffer.read())
    parts.append(buffer.read())
    assert np.array_equal(np.concatenate(parts), ramp(0, written))
    assert buffer.read_frames == buffer.written_frames == written


@given(late_ms=st.integers(0, 5_000))
def test_a_late_reader_gets_the_newest_200_ms_and_the_rest_is_counted(late_ms: int) -> None:
    buffer = CaptureBuffer(48_000)
    blocks = late_ms // 10
    for number in range(blocks):
        buffer.write(ramp(480 * number, 480))
    got = buffer.read()
    frames = min(blocks * 480, 9_600)
    assert np.array_equal(got, ramp(blocks * 480 - frames, frames))
    assert buffer.dropped_frames == blocks * 480 - frames
    assert buffer.read().size == 0


def test_what_was_read_stays_when_the_ring_comes_round() -> None:
    buffer = CaptureBuffer(16_000)
    buffer.write(ramp(0, 160))
    got = buffer.read()
    for _ in range(400):
        buffer.write(np.full(160, -5, dtype=np.int16))
    assert np.array_equal(got, ramp(0, 160))


def test_two_threads_lose_nothing() -> None:
    buffer = CaptureBuffer(48_000)
    has_room = threading.Semaphore(10)  # the device's clock: it writes at the pace of the reader

    def write() -> None:
        for number in range(2_000):
            has_room.acquire()
            buffer.write(ramp(480 * number, 480))

    writer = threading.Thread(target=write)
    writer.start()
    frames = 0
    while frames < 2_000 * 480:
        got = buffer.read()
        assert np.array_equal(got, ramp(frames, got.size))
        frames += got.size
        for _ in range(got.size // 480):
            has_room.release()
    writer.join()
    assert buffer.dropped_frames == 0
