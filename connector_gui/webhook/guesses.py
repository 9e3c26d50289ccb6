"""Key guessing: slowed down by address, forgotten with time, and told to the operator.

    wrong key ──▶ the address's count + 1 ──▶ no room below MOST: from elsewhere nothing but 429 until it has sunk
                                        └──▶ ALARM of them within a minute: the operator is told

The count sinks by MOST a minute, so that nobody is locked out for good. This computer itself is never locked out:
whoever runs programs here could stop the desk anyway, and one workflow with a wrong key must not silence the others.
Its guesses only raise the alarm; the keys made here are too long to be guessed.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from connector_gui.core.errors import RefusedError

MOST: Final = 10
"""Wrong keys that an address may send in a row, and by how much its count sinks a minute."""
ALARM: Final = 20
"""Wrong keys of one address within a minute that the operator is told of."""
ALARM_PAUSE_S: Final = 600.0
ADDRESSES: Final = 1024
"""Addresses that are remembered; past that, the one that guessed longest ago is forgotten."""
IPV6_NETWORK_BITS: Final = 64
"""One customer of a provider has that many addresses: they count as one."""
WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class GuessAlarm:
    """Somebody is trying keys.

    Attributes:
        address: Where from; an IPv6 one as its network.
    """

    address: str
    is_this_computer: bool
    wrong_keys: int

    @property
    def sentence(self) -> str:
        """For the operator."""
        if self.is_this_computer:
            return (
                f"A program on this computer sent a wrong X-API-Key {self.wrong_keys} times within a minute. "
                "Correct the key in the workflow that calls this desk."
            )
        return (
            f"{self.address} sent a wrong X-API-Key {self.wrong_keys} times within a minute and is slowed down. "
            "If that is no workflow of yours, somebody is guessing keys: let fewer computers reach this desk."
        )


@dataclass(slots=True)
class _Guesser:
    count: float = 0.0
    counted_at_s: float = 0.0
    minute_began_s: float = 0.0
    this_minute: int = 0
    alarmed_at_s: float | None = None


class Guesses:
    """Wrong keys by address.

    Attributes:
        on_alarm: Called when somebody is trying keys, at most once in ten minutes for each address.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()
        self.on_alarm: list[Callable[[GuessAlarm], None]] = []

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._guessers)

    def check(self, address: str) -> None:
        """Make sure that *address* may try a key.

        Raises:
            RefusedError: ``rate_limited``: it has sent too many wrong ones; even the right one has to wait.
        """
        guesser = self._guessers.get(_network(address))
        if guesser is None or _is_loopback(address):
            return
        self._sink(guesser)
        room = MOST - 1 - guesser.count
        if room < 0:
            raise RefusedError(
                "Too many wrong keys came from this address. Correct the X-API-Key, wait a minute, then try again.",
                code="rate_limited",
                status=429,
                retry_after_s=-room * WINDOW_S / MOST,
            )

    def wrong_key(self, address: str) -> None:
        """A wrong key has come from *address*."""
        network = _network(address)
        guesser = self._guessers.setdefault(network, _Guesser())
        self._guessers.move_to_end(network)
        if len(self._guessers) > ADDRESSES:
            self._guessers.popitem(last=False)
        self._sink(guesser)
        guesser.count += 1
        now_s = self._clock()
        if now_s - guesser.minute_began_s >= WINDOW_S:
            guesser.minute_began_s, guesser.this_minute = now_s, 0
        guesser.this_minute += 1
        if guesser.this_minute >= ALARM:
            self._alarm(network, guesser, is_this_computer=_is_loopback(address))

    def _sink(self, guesser: _Guesser) -> None:
        now_s = self._clock()
        sunk = (now_s - guesser.counted_at_s) * MOST / WINDOW_S
        guesser.count = max(0.0, guesser.count - sunk)
        guesser.counted_at_s = now_s

    def _alarm(self, network: str, guesser: _Guesser, *, is_this_computer: bool) -> None:
        now_s = self._clock()
        if guesser.alarmed_at_s is not None and now_s - guesser.alarmed_at_s < ALARM_PAUSE_S:
            return
        guesser.alarmed_at_s = now_s
        alarm = GuessAlarm(network, is_this_computer, guesser.this_minute)
        for listener in self.on_alarm:
            listener(alarm)


@lru_cache(maxsize=ADDRESSES)
def _is_loopback(address: str) -> bool:
    try:
        return _ip(address).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=ADDRESSES)
def _network(address: str) -> str:
    try:
        ip = _ip(address)
    except ValueError:
        return address
    if ip.version == 6 and not ip.is_loopback:
        return str(ipaddress.ip_network((ip, IPV6_NETWORK_BITS), strict=False))
    return str(ip)


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
