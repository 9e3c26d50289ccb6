"""How much sound should lie ready against an uneven network, and what to do to have it.

    little at first ──ran dry──→ more by as much ──replies without a gap──→ little again

Pure decisions, in ms of sound: `playout` carries them out.
"""

from __future__ import annotations

from collections import deque
from typing import Final

LEAST_MS: Final = 20.0
MOST_MS: Final = 400.0
MARGIN_MS: Final = 20.0
CALM: Final = 0.6
"""What a reply without a gap leaves of the reserve above the least."""
OBSERVED_WRITES: Final = 20
SPARE_MS: Final = 50.0
STRETCH: Final = 0.3
"""The most that a piece is made longer by, as a part of it."""
FIRST_PREBUFFER_MS: Final = 20.0


class Reserve:
    """Watches how early each piece of the agent's audio comes; belongs to the voice thread.

    Attributes:
        wanted_ms: What should still lie ready when the next piece comes.
    """

    def __init__(self) -> None:
        self.wanted_ms = LEAST_MS
        self._slacks_ms: deque[float] = deque(maxlen=OBSERVED_WRITES)
        self._added_ms = 0.0
        self._ran_dry = False

    @property
    def prebuffer_ms(self) -> float:
        """What a new reply waits for: next to nothing, or half of what the network has made necessary."""
        return FIRST_PREBUFFER_MS + (self.wanted_ms - LEAST_MS) / 2

    def begin_reply(self) -> None:
        """A reply begins after a pause: what was added is gone with the pause."""
        if not self._ran_dry:
            self.wanted_ms = LEAST_MS + (self.wanted_ms - LEAST_MS) * CALM
        self._ran_dry = False
        self._added_ms = 0.0
        self._slacks_ms.clear()

    def run_dry(self, gap_ms: float) -> None:
        """A piece came *gap_ms* after the last one had been played."""
        self._ran_dry = True
        self._added_ms += gap_ms
        self.wanted_ms = min(MOST_MS, self.wanted_ms + gap_ms + MARGIN_MS)
        self._slacks_ms.clear()

    def change_ms(self, slack_ms: float, piece_ms: float) -> float:
        """By how much to lengthen (positive) or to shorten the silence in (negative) a piece of *piece_ms*.

        Args:
            slack_ms: What lay ready when it came.
            piece_ms: Its length.
        """
        self._slacks_ms.append(slack_ms)
        if slack_ms < self.wanted_ms:
            return min(self.wanted_ms - slack_ms, piece_ms * STRETCH)
        is_known = len(self._slacks_ms) == OBSERVED_WRITES
        spare_ms = min(min(self._slacks_ms) - self.wanted_ms, self._added_ms)
        return -spare_ms if is_known and spare_ms > SPARE_MS else 0.0

    def changed(self, by_ms: float) -> None:
        """A piece became longer by so much, or shorter; only what was added is ever taken back."""
        self._added_ms = max(0.0, self._added_ms + by_ms)
        if by_ms < 0:
            self._slacks_ms.clear()
