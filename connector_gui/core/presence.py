"""Whether the operator takes calls now, and until when not.

    available ──a wish──────────────→ do not disturb ──its time is up, a wish──→ available
        └──a conversation is over──→ wrap-up ──its time is up, a wish, a call is taken──→ available

`Presence` is a value. `decide` takes one with what happened and the moment of it, and gives the next one with the
commands for the switchboard. (Busy is no presence: it follows from the calls.)

Time is counted on the monotonic clock, sleep included; only “until tomorrow” goes by the clock on the wall, as it is
meant. What is kept for the next start has wall-clock times: no other clock is the same after a restart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from connector_gui.core.moment import Moment

MORNING: Final = time(8, 0)
"""When “until tomorrow” ends, in the operator's zone."""
LONGEST_WRAP_UP_S: Final = 3600.0
SHORTEST_EXTENSION_S: Final = 30.0
RETRY_UNKNOWN_S: Final = 60.0
"""When to ask again where nobody knows how long it takes."""
RETRY_LONGEST_S: Final = 3600.0
"""A caller is never told to wait longer: the operator may be back before the time is up."""


class Wish(StrEnum):
    """What the operator can ask for."""

    TAKE_CALLS = "take_calls"
    HALF_HOUR = "half_hour"
    HOUR = "hour"
    TOMORROW = "tomorrow"
    UNTIL_BACK = "until_back"
    MORE_TIME = "more_time"
    """A longer wrap-up."""
    WHILE = "while"
    """Not to be disturbed for as long as is said with it."""


QUIET_S: Final = {Wish.HALF_HOUR: 30 * 60.0, Wish.HOUR: 60 * 60.0}
"""How long the wishes last that have a length."""
LONGEST_QUIET_S: Final = 24 * 3600.0
"""Of `Wish.WHILE`."""
QUIET: Final = frozenset({Wish.HALF_HOUR, Wish.HOUR, Wish.TOMORROW, Wish.UNTIL_BACK, Wish.WHILE})
"""The wishes not to be disturbed."""


class Availability(StrEnum):
    """What becomes of a call that comes now."""

    AVAILABLE = "available"
    DO_NOT_DISTURB = "do_not_disturb"
    """It is refused."""
    WRAP_UP = "wrap_up"
    """It rings quietly and waits, or is refused, as at a full desk."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether calls are taken.

    Attributes:
        wish: What the operator asked for, while they do not want to be disturbed.
        until_s: When it ends, on the clock of `Moment.through_sleep_s`; ``None`` where it has no such end.
        until: When it ends by the clock on the wall; for “until tomorrow” alone.
        whole_s: How long a wrap-up lasts in all, for a ring that empties.
    """

    availability: Availability = Availability.AVAILABLE
    wish: Wish | None = None
    until_s: float | None = None
    until: datetime | None = None
    whole_s: float = 0.0

    def left_s(self, now: Moment) -> float | None:
        """How long it still lasts, in s, never below 0; ``None`` where nobody knows."""
        if self.until is not None:
            return max(0.0, (self.until - now.utc).total_seconds())
        return None if self.until_s is None else max(0.0, self.until_s - now.through_sleep_s)

    def is_up(self, now: Moment) -> bool:
        """Whether its time has passed."""
        return self.left_s(now) == 0.0

    def ends_at(self, now: Moment) -> datetime | None:
        """The same as `left_s` for people: the time of day, in UTC."""
        left_s = self.left_s(now)
        return None if left_s is None else self.until or now.utc + timedelta(seconds=left_s)

    def retry_after_s(self, now: Moment) -> float:
        """When a caller who is refused should ask again: whole seconds, from 1 to `RETRY_LONGEST_S`."""
        left_s = self.left_s(now)
        return RETRY_UNKNOWN_S if left_s is None else float(min(RETRY_LONGEST_S, max(1, math.ceil(left_s))))


@dataclass(frozen=True, slots=True)
class KeptPresence:
    """What the next start must know: not to be disturbed was wished for, and until when by the wall clock, if known."""

    wish: Wish
    until: datetime | None = None


# --- events: what happened ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wished:
    """The operator asked for it.

    Attributes:
        morning: When tomorrow begins for them (`next_morning`, in their zone).
        length_s: How long, for `Wish.WHILE`.
    """

    wish: Wish
    morning: datetime | None = None
    length_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ConversationOver:
    """The last conversation at the desk is over."""


@dataclass(frozen=True, slots=True)
class CallTaken:
    """A call was accepted."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Somebody looked at the clock."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The program starts, and this was kept by the last one."""

    kept: KeptPresence


Event = Wished | ConversationOver | CallTaken | TimePassed | Restored


# --- commands: what to do -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchTime:
    """Look at the clock and post `TimePassed` once `Presence.is_up`."""


@dataclass(frozen=True, slots=True)
class KeepPresence:
    """Let the next start know; *kept* is ``None`` while calls are taken."""

    kept: KeptPresence | None


Command = WatchTime | KeepPresence


# --- decisions ------------------------------------------------------------------------------


def decide(
    presence: Presence, event: Event, now: Moment, *, wrap_up_s: float = 0.0
) -> tuple[Presence, tuple[Command, ...]]:
    """The presence after *event*, and what is to be done about it; *wrap_up_s* is the rule, 0 for none."""
    after = _next(presence, event, now, wrap_up_s)
    if after == presence:
        return presence, ()
    commands: list[Command] = []
    if after.left_s(now) is not None:
        commands.append(WatchTime())
    kept = kept_of(after, now)
    if kept != kept_of(presence, now) and not isinstance(event, Restored):
        commands.append(KeepPresence(kept))
    return after, tuple(commands)


def next_morning(local: datetime) -> datetime:
    """Eight o'clock on the day after *local*, both without a zone: what an hour is tomorrow, the zone says."""
    return datetime.combine(local.date() + timedelta(days=1), MORNING)


def kept_of(presence: Presence, now: Moment) -> KeptPresence | None:
    """What of *presence* outlives the program: a wrap-up does not."""
    if presence.availability is not Availability.DO_NOT_DISTURB or presence.wish is None:
        return None
    return KeptPresence(presence.wish, presence.ends_at(now))


def _next(presence: Presence, event: Event, now: Moment, wrap_up_s: float) -> Presence:
    is_wrapping_up = presence.availability is Availability.WRAP_UP
    match event:
        case Wished(Wish.TAKE_CALLS):
            return Presence()
        case Wished(Wish.MORE_TIME):
            return _extended(presence, now, wrap_up_s) if is_wrapping_up else presence
        case Wished(wish, morning, length_s):
            return _quiet(wish, morning, min(length_s, LONGEST_QUIET_S), now)
        case ConversationOver() if wrap_up_s > 0 and presence.availability is not Availability.DO_NOT_DISTURB:
            return _wrap_up(wrap_up_s, now)
        case CallTaken() if is_wrapping_up:
            return Presence()
        case TimePassed() if presence.is_up(now):
            return Presence()
        case Restored(kept):
            return _restored(kept, now)
    return presence


def _quiet(wish: Wish, morning: datetime | None, while_s: float, now: Moment) -> Presence:
    quiet = Presence(Availability.DO_NOT_DISTURB, wish)
    if wish is Wish.TOMORROW:
        if morning is None:
            raise ValueError("“until tomorrow” needs to know when tomorrow is")
        return replace(quiet, until=morning)
    length_s = while_s if wish is Wish.WHILE else QUIET_S.get(wish)
    return quiet if length_s is None else replace(quiet, until_s=now.through_sleep_s + length_s)


def _wrap_up(whole_s: float, now: Moment) -> Presence:
    whole_s = min(whole_s, LONGEST_WRAP_UP_S)
    return Presence(Availability.WRAP_UP, until_s=now.through_sleep_s + whole_s, whole_s=whole_s)


def _extended(presence: Presence, now: Moment, wrap_up_s: float) -> Presence:
    return _wrap_up((presence.left_s(now) or 0.0) + max(wrap_up_s, SHORTEST_EXTENSION_S), now)


def _restored(kept: KeptPresence, now: Moment) -> Presence:
    if kept.wish not in QUIET:
        return Presence()
    if kept.wish is Wish.UNTIL_BACK or kept.until is None:
        return Presence(Availability.DO_NOT_DISTURB, Wish.UNTIL_BACK)
    left_s = (kept.until - now.utc).total_seconds()
    if left_s <= 0:
        return Presence()
    if kept.wish is Wish.TOMORROW:
        return Presence(Availability.DO_NOT_DISTURB, kept.wish, until=kept.until)
    # A clock that was set back meanwhile makes no half hour a day long.
    return Presence(
        Availability.DO_NOT_DISTURB,
        kept.wish,
        until_s=now.through_sleep_s + min(left_s, QUIET_S.get(kept.wish, LONGEST_QUIET_S)),
    )
