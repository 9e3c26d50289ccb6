"""Wrong keys: slowed down by address, forgotten with time, told to the operator."""

from __future__ import annotations

import asyncio
import time

import psutil
import pytest

from connector_gui.core.errors import RefusedError
from connector_gui.webhook import GuessAlarm, guesses
from connector_gui.webhook.guesses import ADDRESSES, ALARM, ALARM_PAUSE_S, MOST, Guesses
from tests.fakes.raw_http import RawAnswer, connect, request
from tests.fakes.webhook import KEY, KEY_LINE, Served, assert_error, serving

FAR = "203.0.113.7"


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def guess(counted: Guesses, address: str, times: int) -> None:
    for _ in range(times):
        counted.wrong_key(address)


def refusal(counted: Guesses, address: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        counted.check(address)
    assert (caught.value.status, caught.value.code) == (429, "rate_limited")
    return caught.value


def test_an_address_that_guesses_has_to_wait_and_is_not_locked_out_for_good() -> None:
    clock = Clock()
    counted = Guesses(clock)
    guess(counted, FAR, MOST - 1)
    counted.check(FAR)
    guess(counted, FAR, 1)
    wait_s = refusal(counted, FAR).retry_after_s
    assert wait_s is not None
    assert 1 <= wait_s <= 60
    counted.check("203.0.113.8")
    clock.now_s += wait_s + 0.01
    counted.check(FAR)
    counted.wrong_key(FAR)
    refusal(counted, FAR)
    clock.now_s += 60
    guess(counted, FAR, MOST - 1)
    counted.check(FAR)


def test_however_many_came_the_wait_is_bounded() -> None:
    """Refused requests try no key: only those that were let through count."""
    clock = Clock()
    counted = Guesses(clock)
    tried, waits_s = 0, []
    for _ in range(100_000):
        clock.now_s += 0.01
        try:
            counted.check(FAR)
        except RefusedError as error:
            waits_s.append(error.retry_after_s or 0)
        else:
            counted.wrong_key(FAR)
            tried += 1
    assert max(waits_s) <= 60 / MOST
    assert tried <= MOST + 1_000 / 60 * MOST + 1, "of 100,000 guesses in 1,000 s"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.0.0.2", "::ffff:127.0.0.1"])
def test_this_computer_is_never_locked_out(address: str) -> None:
    counted = Guesses(Clock())
    guess(counted, address, 10_000)
    counted.check(address)


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    counted = Guesses(Clock())
    for number in range(MOST):
        counted.wrong_key(f"2001:db8:1:2::{number:x}")
    refusal(counted, "2001:db8:1:2:ffff::1")
    counted.check("2001:db8:1:3::1")
    counted.check("not an address")


def test_only_so_many_addresses_are_remembered_the_latest_ones() -> None:
    counted = Guesses(Clock())
    guess(counted, FAR, MOST)
    for number in range(ADDRESSES * 3):
        counted.wrong_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        if number % 100 == 0 and number < ADDRESSES:
            counted.wrong_key(FAR)
    assert len(counted) == ADDRESSES
    counted.check(FAR)  # It has not been heard of for long.


def test_the_operator_is_told_once_of_an_address_that_goes_on() -> None:
    clock = Clock()
    counted = Guesses(clock)
    told: list[GuessAlarm] = []
    counted.on_alarm.append(told.append)
    guess(counted, "127.0.0.1", ALARM - 1)
    assert told == []
    guess(counted, "127.0.0.1", 500)
    assert told == [GuessAlarm("127.0.0.1", is_this_computer=True, wrong_keys=ALARM)]
    assert "Correct the key in the workflow" in told[0].sentence
    clock.now_s += ALARM_PAUSE_S
    guess(counted, "127.0.0.1", ALARM)
    assert len(told) == 2
    guess(counted, FAR, ALARM)
    assert FAR in told[2].sentence
    assert told[2].is_this_computer is False


def test_a_wrong_key_now_and_then_is_no_alarm() -> None:
    clock = Clock()
    counted = Guesses(clock)
    counted.on_alarm.append(lambda alarm: pytest.fail(alarm.sentence))
    for _ in range(200):
        clock.now_s += 5
        counted.wrong_key(FAR)


# --- on the wire --------------------------------------------------------------------------------


@pytest.fixture
def nowhere_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers on this computer count as callers from elsewhere."""
    monkeypatch.setattr(guesses, "_is_loopback", lambda _address: False)


async def tries(served: Served, *lines: str) -> RawAnswer:
    return await served.ask("GET", "/sessions", *lines)


@pytest.mark.usefixtures("nowhere_near")
async def test_after_too_many_wrong_keys_the_right_one_has_to_wait_too() -> None:
    async with serving() as served:
        for _ in range(MOST):
            assert_error(await tries(served, f"X-API-Key: {KEY}x"), 401, "unauthorized")
        refused = await tries(served, KEY_LINE)
        assert_error(refused, 429, "rate_limited", "Too many wrong keys")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (await served.ask("GET", "/health")).status == 200
        assert served.server.refused == {"unauthorized": MOST, "rate_limited": 1}


@pytest.mark.usefixtures("nowhere_near")
async def test_a_request_without_a_key_is_no_guess() -> None:
    async with serving() as served:
        for _ in range(MOST * 3):
            assert_error(await tries(served), 401, "unauthorized")
        assert (await tries(served, KEY_LINE)).status == 200


async def test_many_thousand_guesses_on_this_computer_lock_nobody_out_and_raise_an_alarm() -> None:
    async with serving() as served, connect(served.port) as guesser:
        alarms: list[GuessAlarm] = []
        served.server.on_alarm.append(alarms.append)
        before = psutil.Process().memory_info().rss
        for start in range(0, 3_000, 100):
            keys = (f"X-API-Key: guess-{start + number}" for number in range(100))
            await guesser.send(b"".join(request("GET", "/sessions", key) for key in keys))
            for _ in range(100):
                assert (await guesser.answer()).status == 401
            started_s = time.monotonic()
            assert (await tries(served, KEY_LINE)).status == 200
            assert time.monotonic() - started_s < 0.5
            await asyncio.sleep(0)
        assert len(alarms) == 1
        assert alarms[0].is_this_computer
        assert psutil.Process().memory_info().rss - before < 10e6
