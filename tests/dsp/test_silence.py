"""Silence at the real pace: as many messages as time has passed, all calls in step, gaps not made up for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.pcm import PCM_16000, AudioFormat
from connector_gui.dsp.silence import MOST_AT_ONCE, SilentPace


def test_a_message_is_as_long_as_all_others_and_silent() -> None:
    assert SilentPace(PCM_16000, 100, now_s=0).payload == bytes(3_200)
    assert set(SilentPace(AudioFormat.parse("ulaw_8000"), 100, now_s=0).payload) == {0xFF}


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.15), max_size=200))
def test_the_pace_is_the_clocks(began_s: float, steps_s: list[float]) -> None:
    pace = SilentPace(PCM_16000, 100, now_s=began_s)
    now_s, sent = began_s, 0
    for step_s in steps_s:
        now_s += step_s
        sent += pace.take(now_s)
    assert sent * 0.1 == pytest.approx(now_s - began_s, abs=0.101)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_all_calls_are_due_at_the_same_moments(one_s: float, other_s: float) -> None:
    one, other = (SilentPace(PCM_16000, 100, now_s=now_s) for now_s in (one_s, other_s))
    steps = (one.next_s - other.next_s) / 0.1
    assert steps == pytest.approx(round(steps), abs=1e-3)


def test_it_is_due_when_it_says_so_and_not_twice() -> None:
    pace = SilentPace(PCM_16000, 100, now_s=12.34)
    assert pace.next_s == pytest.approx(12.4)
    assert pace.take(12.399) == 0
    assert pace.take(pace.next_s) == 1
    assert pace.take(12.401) == 0
    assert pace.covered_s == pytest.approx(12.4)


def test_a_gap_in_our_own_attention_is_not_made_up_for() -> None:
    pace = SilentPace(PCM_16000, 100, now_s=0)
    assert pace.take(60) == MOST_AT_ONCE
    assert pace.take(60.05) == 0
    assert pace.take(60.1) == 1
