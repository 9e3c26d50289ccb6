"""How fast refusals go out: a flood of them waits, instead of the sound of a call that shares the processor with it.

    refused ──fewer than the pace──▶ answered at once
           └─more─────────────────▶ answered in its turn; meanwhile nothing more is read of its connection

Most who send by the thousand wait for their answers, and then send no faster than they get them. Whoever is let in
does not wait: of those who do, no other request depends. They are never more than there may be connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Final

TICK_S: Final = 0.02
"""How often those that wait are looked at."""


class Pace:
    """So many refusals a second, and that many at once after a quiet time.

    Args:
        per_s: More than any honest caller is refused, and few enough that they leave the processor to others.
        at_once: After a time without any.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, per_s: float, at_once: int) -> None:
        self._loop = loop
        self._per_s = per_s
        self._at_once = at_once
        self._left = float(at_once)
        self._counted_s = loop.time()
        self._waiting: dict[Hashable, Callable[[], object]] = {}
        self._ticking: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self) -> bool:
        """Whether one may go out now; it is counted then."""
        return not self._waiting and self._count()

    def wait(self, who: Hashable, tell: Callable[[], object]) -> None:
        """Call *tell* when it is the turn of *who*, after all who wait already."""
        self._waiting[who] = tell
        if self._ticking is None:
            self._ticking = self._loop.call_later(TICK_S, self._tick)

    def forget(self, who: Hashable) -> None:
        """*who* waits no longer, if they did."""
        self._waiting.pop(who, None)

    async def turn(self, who: Hashable) -> None:
        """As `wait`: returns instead of telling."""
        told = self._loop.create_future()
        self.wait(who, lambda: None if told.done() else told.set_result(None))
        try:
            await told
        finally:
            self.forget(who)

    def tell(self, who: Hashable) -> None:
        """Let *who* have their turn now, and nobody else for it."""
        if who in self._waiting:
            self._waiting.pop(who)()

    def close(self) -> None:
        """Let all who wait have their turn now."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        waiting, self._waiting = self._waiting, {}
        for tell in waiting.values():
            tell()

    def _count(self) -> bool:
        now_s = self._loop.time()
        self._left = min(self._at_once, self._left + (now_s - self._counted_s) * self._per_s)
        self._counted_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _tick(self) -> None:
        self._ticking = None
        while self._waiting and self._count():
            who = next(iter(self._waiting))
            self._waiting.pop(who)()
        if self._waiting:
            self._ticking = self._loop.call_later(TICK_S, self._tick)
