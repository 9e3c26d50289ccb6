"""An agent that hangs behind a living connection is noticed, and one that is merely quiet is left in peace."""

from __future__ import annotations

import pytest

from connector_gui.core.messages import AgentResponse, Ping
from connector_gui.voice.agent_watch import AGENT_SILENT_S, AgentWatch


def pinged(interval_s: float, count: int = 5) -> tuple[AgentWatch, float]:
    """A watch on an agent that has pinged *count* times, and the time by then."""
    watch = AgentWatch()
    watch.has_lost(0)
    for number in range(count):
        watch.heard(Ping(event_id=number), number * interval_s)
        assert not wait(watch, number * interval_s, interval_s)
    return watch, count * interval_s


def wait(watch: AgentWatch, now_s: float, duration_s: float) -> bool:
    """Look every 10 ms; whether it was lost meanwhile."""
    return any(watch.has_lost(now_s + step / 100) for step in range(1, round(duration_s * 100) + 1))


def test_an_agent_that_stops_to_ping_is_lost_within_20_s() -> None:
    watch, now_s = pinged(2)
    silent_s = 2.0
    assert not wait(watch, now_s, AGENT_SILENT_S - silent_s - 0.1)
    assert wait(watch, now_s + AGENT_SILENT_S - silent_s - 0.1, 0.5)
    assert AGENT_SILENT_S + 0.5 < 20


def test_any_message_is_a_sign_of_life() -> None:
    watch, now_s = pinged(2)
    for turn in range(5):
        assert not wait(watch, now_s + turn * 15, 15)
        watch.heard(AgentResponse(text="still here"), now_s + (turn + 1) * 15)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_agent_whose_pace_is_not_known_is_not_judged(count: int) -> None:
    watch, now_s = pinged(0.1, count)
    assert not wait(watch, now_s, 120)


def test_an_agent_that_pings_rarely_gets_more_time() -> None:
    watch, now_s = pinged(25)
    assert not wait(watch, now_s, 70)
    assert wait(watch, now_s + 70, 10)


def test_time_that_this_computer_slept_does_not_count() -> None:
    watch, now_s = pinged(2)
    assert not watch.has_lost(now_s + 3600)
    assert not wait(watch, now_s + 3600, 10)
