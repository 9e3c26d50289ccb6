"""Time as an input: a reading of both clocks at once, taken by the shell and handed to the core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on two clocks.

    Attributes:
        utc: Wall clock, timezone-aware; for people and for the record. May jump.
        monotonic_s: Seconds on a clock that never jumps; every duration is a difference of these.
        slept_s: How far that clock has fallen behind because it stands still while the computer sleeps.
    """

    utc: datetime
    monotonic_s: float
    slept_s: float = 0.0

    @property
    def through_sleep_s(self) -> float:
        """Seconds on a clock that never jumps and goes on in sleep."""
        return self.monotonic_s + self.slept_s

    def since_s(self, earlier: Moment) -> float:
        """Seconds from *earlier* to this moment, unharmed by a changed wall clock."""
        return self.monotonic_s - earlier.monotonic_s


def iso(instant: datetime) -> str:
    """*instant* as ISO 8601 in UTC with milliseconds, e.g. ``2026-11-22T12:41:00.250Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
