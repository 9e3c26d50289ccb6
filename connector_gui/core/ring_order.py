"""Who is answered next: by priority, among equals by turns between callers, and for each caller by age.

A caller is a webhook key. One that places fifty calls at once is one of those who wait, not fifty: the one whose
latest call was taken (or declined) longest ago is next. So between two turns of a caller every other one of the same
priority has one at most, and nobody starves. A call of higher priority goes first, as whoever placed it asked for;
what has to wait for it longer than it may ring is missed, and its caller is told so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from connector_gui.core.call import Call


class RingOrder:
    """Remembers whose turn was when."""

    def __init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._count = 0

    def took(self, caller: str) -> None:
        """A call of *caller* was taken or declined: its turn is over."""
        self._count += 1
        self._turns[caller] = self._count

    def sort(self, ringing: Iterable[Call]) -> tuple[Call, ...]:
        """Calls that ring, given from the oldest on, the next one to answer first."""
        ahead: dict[tuple[int, str], int] = defaultdict(int)
        keys: dict[str, tuple[int, int, int]] = {}
        calls = tuple(ringing)
        for call in calls:
            priority, caller = call.request.priority, call.request.placed_by
            # How many of its caller's go before it, then whose turn it is; equals stay as they are, by age.
            keys[call.session_id] = (-priority, ahead[priority, caller], self._turns.get(caller, 0))
            ahead[priority, caller] += 1
        return tuple(sorted(calls, key=lambda call: keys[call.session_id]))
