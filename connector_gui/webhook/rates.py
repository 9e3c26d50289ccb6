"""How often one key may place calls."""

from __future__ import annotations

import time
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from connector_gui.core.errors import RefusedError

CLOCK_SLACK_S: Final = 1.0


class CallRates:
    """A moving window per key: whatever stretch of the unit's length is looked at, no more calls were placed in it.

    A fixed window would let twice as many through around its edge.
    """

    def __init__(self, rate: str) -> None:
        """*rate* is ``RATE_LIMIT``, e.g. ``60/minute``."""
        self._rate: RateLimitItem = parse(rate)
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)

    def count(self, key_name: str) -> None:
        """Another call of this key.

        Raises:
            RefusedError: ``rate_limited``: it is one too many; when the next one may come is in it.
        """
        if self._window.hit(self._rate, key_name):
            return
        wait_s = self._window.get_window_stats(self._rate, key_name).reset_time - time.time()
        if wait_s > self._rate.get_expiry() + CLOCK_SLACK_S:
            # The library goes by the wall clock, and that was set back: calls of the future would block until then.
            self._storage.reset()
            self._window.hit(self._rate, key_name)
            return
        raise RefusedError(
            f"This key places more calls than the desk allows ({self._rate.amount} a {_unit(self._rate)}). "
            "Wait a little between calls, or raise RATE_LIMIT in the desk's settings.",
            code="rate_limited",
            status=429,
            retry_after_s=max(wait_s, 0.1),
        )


def _unit(rate: RateLimitItem) -> str:
    return rate.GRANULARITY.name
