"""Which reports wait for their next try, and when that is; no clock, no network.

Times are seconds on a clock that never jumps: a changed wall clock neither hurries nor delays a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connector_gui.core.record import CallbackState

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
SPREAD: Final = 0.2
PARALLEL: Final = 16
"""Reports under way at once."""
PARALLEL_PER_RECEIVER: Final = 2
"""So that one that hangs leaves room for others."""


@dataclass
class Waiting:
    """A report that is not delivered yet.

    Attributes:
        receiver: Whom it goes to.
        due_s: When it is tried next.
        give_up_s: From then on the next failure is the last.
        tries: How often it was tried since the program started.
        is_without_key: There is no key to sign it with.
        verdict: What is still to be written of a report that needs no further try.
    """

    session_id: str
    receiver: str
    due_s: float
    give_up_s: float
    tries: int = 0
    is_without_key: bool = False
    verdict: CallbackState | None = None


def wait_s(tries: int, chance: Callable[[], float]) -> float:
    """How long to wait after *tries* tries: 1, 2, 4 … 300 s, give or take a fifth.

    Args:
        chance: A number from 0 to 1, anew each time.
    """
    wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries - 1, 30))
    return wait * (1 - SPREAD + 2 * SPREAD * chance())


class CallbackQueue:
    """Reports by call, and those of them that are under way."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._under_way: dict[str, Waiting] = {}

    def __len__(self) -> int:
        """How many are not delivered yet."""
        return len(self._waiting) + len(self._under_way)

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._waiting or session_id in self._under_way

    @property
    def has_untried(self) -> bool:
        """There are some that were not tried even once."""
        return any(one.tries == 0 for one in (*self._waiting.values(), *self._under_way.values()))

    def add(self, one: Waiting) -> None:
        """Let *one* wait; one that is there already stays as it is."""
        if one.session_id not in self:
            self._waiting[one.session_id] = one

    def begin(self, now_s: float) -> list[Waiting]:
        """Those whose time has come, the longest due first, as many as may go at once; they are under way now."""
        busy = Counter(one.receiver for one in self._under_way.values())
        begun = []
        for one in sorted((one for one in self._waiting.values() if one.due_s <= now_s), key=lambda one: one.due_s):
            if len(self._under_way) >= PARALLEL:
                break
            if busy[one.receiver] < PARALLEL_PER_RECEIVER:
                busy[one.receiver] += 1
                begun.append(one)
                self._under_way[one.session_id] = self._waiting.pop(one.session_id)
        return begun

    def finish(self, one: Waiting, *, is_done: bool) -> None:
        """*one* is under way no more: it is done, or waits for its next `due_s`."""
        del self._under_way[one.session_id]
        if not is_done:
            self._waiting[one.session_id] = one

    def hurry_keyless(self, now_s: float) -> None:
        """There are keys again: let those that wait for one be due."""
        for one in self._waiting.values():
            if one.is_without_key:
                one.due_s = now_s

    def next_s(self, now_s: float) -> float | None:
        """When one becomes due; ``None`` when none will of itself (those due already wait for a place)."""
        return min((one.due_s for one in self._waiting.values() if one.due_s > now_s), default=None)
