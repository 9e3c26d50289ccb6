"""When the pump looks: as a message becomes complete, seldom in between, and never later than it must."""

from __future__ import annotations

import pytest

from connector_gui.dsp.uplink import STALL_S
from connector_gui.voice.pace import AFTER_BLOCK_S, LONGEST_S, RETRY_S, UNHURRIED_S, pause_s

LATE_S = 0.001
"""How long after a block's coming the loop really wakes."""


def looks(chunk_ms: int, seconds: float, *, phase_s: float = 0.0037) -> tuple[float, list[float]]:
    """Looks a second, and how long each message waited for one, with a microphone that calls back every 10 ms."""
    now_s, taken, chunks, waits, count = 0.0, 0, 0, [], 0
    while now_s < seconds:
        blocks = max(0, int((now_s - phase_s) / 0.01 + 1e-9) + 1) if now_s >= phase_s else 0
        last_block_s = phase_s + (blocks - 1) * 0.01 if blocks else None
        taken, count = blocks, count + 1
        while (chunks + 1) * chunk_ms <= taken * 10:
            chunks += 1
            waits.append(now_s - (phase_s + (chunks * chunk_ms / 10 - 1) * 0.01))
        missing_s = ((chunks + 1) * chunk_ms - taken * 10) / 1000
        now_s += pause_s(missing_s, last_block_s, now_s) + LATE_S
    return count / seconds, waits


@pytest.mark.parametrize(("chunk_ms", "at_most"), [(20, 51), (50, 21), (100, 21), (250, 21)])
def test_a_message_waits_for_nothing_and_the_loop_sleeps_in_between(chunk_ms: int, at_most: float) -> None:
    a_second, waits = looks(chunk_ms, 10)
    assert len(waits) >= 10_000 / chunk_ms - 2
    assert max(waits[2:]) < 0.002
    assert a_second <= at_most


def test_a_block_that_is_late_is_looked_for_again_soon() -> None:
    assert pause_s(0.01, 5.0, 5.012) == RETRY_S


def test_the_block_after_the_next_is_waited_for_where_two_are_missing() -> None:
    assert pause_s(0.02, 5.0, 5.001) == pytest.approx(0.019 + AFTER_BLOCK_S)


@pytest.mark.parametrize("last_block_s", [None, 0.0, 4.0, 6.0])
@pytest.mark.parametrize("missing_s", [0.0, 0.0001, 0.02, 0.1, 0.25])
def test_without_a_microphone_silence_goes_out_at_the_real_pace(missing_s: float, last_block_s: float | None) -> None:
    pause = pause_s(missing_s, last_block_s, 5.0)
    assert RETRY_S <= pause <= UNHURRIED_S < STALL_S


def test_while_nothing_is_sent_there_is_no_hurry() -> None:
    assert pause_s(None, 5.0, 5.001) == UNHURRIED_S
    assert LONGEST_S < STALL_S
