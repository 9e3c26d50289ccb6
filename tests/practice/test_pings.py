"""The agent's pings, on a clock of the test's own."""

from __future__ import annotations

import pytest

from connector_gui.core.messages import Ping
from connector_gui.practice.pings import OUTSTANDING, Pinger


def test_pings_learn_the_round_trip_as_the_service_does() -> None:
    pinger = Pinger(2.0)
    pinger.start(10.0)
    first = pinger.due(10.0)
    assert first is not None
    assert first.to_frame() == {"type": "ping", "ping_event": {"event_id": 1}}
    assert pinger.answered(1, 10.046) == pytest.approx(0.046)
    assert pinger.due(11.9) is None
    second = pinger.due(12.0)
    assert second is not None
    assert second.to_frame() == {"type": "ping", "ping_event": {"event_id": 2, "ping_ms": None}}
    assert pinger.due(14.0) == Ping(event_id=3, ping_ms=46)


def test_a_pong_without_its_ping_has_no_delay() -> None:
    pinger = Pinger(2.0)
    pinger.start(0.0)
    pinger.due(0.0)
    assert pinger.answered(9, 1.0) is None
    assert pinger.answered(1, 1.0) == 1.0
    assert pinger.answered(1, 1.0) is None


def test_there_are_no_pings_before_the_start() -> None:
    pinger = Pinger(2.0)
    assert pinger.wake_s is None
    assert pinger.due(1e9) is None


def test_missing_pongs_are_forgotten_in_the_end() -> None:
    pinger = Pinger(1.0)
    pinger.start(0.0)
    for second in range(OUTSTANDING + 1):
        pinger.due(float(second))
    assert pinger.answered(1, 200.0) is None
    assert pinger.answered(2, 200.0) is not None
