"""What waits for a held call to be resumed: in order, as it came, and no more than is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.pcm import PCM_16000, AudioFormat
from connector_gui.dsp.backlog import Backlog

SECOND = bytes(PCM_16000.bytes_in(1_000))


def filled(seconds: int, audio_format: AudioFormat = PCM_16000) -> Backlog:
    backlog = Backlog(audio_format)
    for number in range(seconds):
        backlog.add(bytes(audio_format.bytes_in(1_000)), number)
    return backlog


def test_what_came_first_is_heard_first() -> None:
    backlog = filled(3)
    assert backlog.waiting_ms == pytest.approx(3_000)
    assert [backlog.take().event_id for _ in range(3)] == [0, 1, 2]
    assert backlog.is_empty
    assert backlog.waiting_ms == 0


@given(st.integers(0, 100), st.floats(0, 100_000))
def test_beyond_the_limit_the_oldest_goes_in_whole_messages(seconds: int, limit_ms: float) -> None:
    backlog = filled(seconds)
    dropped_ms = backlog.drop_beyond(limit_ms)
    assert backlog.waiting_ms <= limit_ms + 1e-6
    assert dropped_ms + backlog.waiting_ms == pytest.approx(seconds * 1_000)
    assert dropped_ms % 1_000 == pytest.approx(0)
    kept = [backlog.take().event_id for _ in range(round(backlog.waiting_ms / 1_000))]
    assert kept == list(range(seconds))[seconds - len(kept) :]
    assert len(kept) == min(seconds, int(limit_ms // 1_000))


def test_an_interruption_leaves_nothing() -> None:
    backlog = filled(3)
    backlog.clear()
    assert backlog.is_empty
    assert backlog.waiting_ms == 0


@pytest.mark.parametrize("name", ["pcm_48000", "ulaw_8000"])
def test_its_length_is_counted_in_the_wires_own_format(name: str) -> None:
    assert filled(2, AudioFormat.parse(name)).waiting_ms == pytest.approx(2_000)
