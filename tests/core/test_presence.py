"""Whether calls are taken: what every wish and event means, on clocks that jump and stand still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connector_gui.core import presence as p
from connector_gui.core.moment import Moment
from connector_gui.core.presence import (
    Availability,
    CallTaken,
    ConversationOver,
    KeepPresence,
    KeptPresence,
    Presence,
    Restored,
    TimePassed,
    WatchTime,
    Wish,
    Wished,
    decide,
    next_morning,
)

START = datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def at(seconds: float, *, slept_s: float = 0.0, set_by: timedelta = timedelta()) -> Moment:
    """*seconds* after the start as the program counts them, and *slept_s* that the computer slept besides."""
    return Moment(START + timedelta(seconds=seconds + slept_s) + set_by, 1000.0 + seconds, slept_s)


def after(*events: p.Event, presence: Presence | None = None, wrap_up_s: float = 0.0) -> Presence:
    """What comes of *events*, all at the start."""
    now_is = presence or Presence()
    for event in events:
        now_is, _ = decide(now_is, event, at(0), wrap_up_s=wrap_up_s)
    return now_is


def quiet(wish: Wish) -> Presence:
    return after(Wished(wish, MORNING))


WRAP_UP = after(ConversationOver(), wrap_up_s=45)


@pytest.mark.parametrize(("wish", "left_s"), [(Wish.HALF_HOUR, 1800), (Wish.HOUR, 3600)])
def test_a_while_ends_by_itself_however_much_of_it_was_slept(wish: Wish, left_s: float) -> None:
    presence = quiet(wish)
    assert presence.availability is Availability.DO_NOT_DISTURB
    assert presence.left_s(at(0)) == left_s
    assert presence.left_s(at(100, slept_s=200)) == left_s - 300
    assert decide(presence, TimePassed(), at(left_s - 1))[0] == presence
    assert decide(presence, TimePassed(), at(60, slept_s=left_s - 60))[0] == Presence()


def test_a_while_does_not_follow_a_wall_clock_that_is_set() -> None:
    presence = quiet(Wish.HOUR)
    for set_by in (timedelta(days=-30), timedelta(days=30)):
        assert presence.left_s(at(600, set_by=set_by)) == 3000
        assert decide(presence, TimePassed(), at(600, set_by=set_by))[0] == presence


def test_until_tomorrow_goes_by_the_clock_on_the_wall() -> None:
    presence = quiet(Wish.TOMORROW)
    assert presence.left_s(at(0)) == (MORNING - START).total_seconds()
    assert presence.left_s(at(0, set_by=timedelta(hours=5))) == (MORNING - START).total_seconds() - 5 * 3600
    assert decide(presence, TimePassed(), at(0, set_by=timedelta(hours=13)))[0] == Presence()
    assert presence.ends_at(at(10)) == MORNING


def test_tomorrow_is_the_next_day_at_eight() -> None:
    assert next_morning(datetime(2026, 12, 31, 23, 59)) == datetime(2027, 1, 1, 8, 0)  # noqa: DTZ001 - local time
    assert next_morning(datetime(2026, 2, 28, 0, 1)) == datetime(2026, 3, 1, 8, 0)  # noqa: DTZ001


def test_until_i_come_back_has_no_end_and_nobody_watches_the_time() -> None:
    presence, commands = decide(Presence(), Wished(Wish.UNTIL_BACK), at(0))
    assert presence.left_s(at(10**8)) is None
    assert decide(presence, TimePassed(), at(10**8))[0] == presence
    assert commands == (KeepPresence(KeptPresence(Wish.UNTIL_BACK)),)
    assert presence.retry_after_s(at(0)) == p.RETRY_UNKNOWN_S


def test_callers_are_told_the_true_time_in_whole_seconds_and_never_more_than_an_hour() -> None:
    assert quiet(Wish.HALF_HOUR).retry_after_s(at(0.4)) == 1800
    assert quiet(Wish.HALF_HOUR).retry_after_s(at(1799.5)) == 1
    assert quiet(Wish.HALF_HOUR).retry_after_s(at(5000)) == 1
    assert quiet(Wish.TOMORROW).retry_after_s(at(0)) == p.RETRY_LONGEST_S
    assert WRAP_UP.retry_after_s(at(33)) == 12


def test_a_wrap_up_follows_a_conversation_where_it_is_the_rule() -> None:
    assert after(ConversationOver()) == Presence()
    assert WRAP_UP.availability is Availability.WRAP_UP
    assert (WRAP_UP.left_s(at(15)), WRAP_UP.whole_s) == (30, 45)
    assert decide(WRAP_UP, TimePassed(), at(45))[0] == Presence()


@pytest.mark.parametrize("event", [Wished(Wish.TAKE_CALLS), CallTaken()])
def test_a_wrap_up_ends_when_the_operator_is_ready_or_takes_a_call(event: p.Event) -> None:
    assert after(event, presence=WRAP_UP) == Presence()


def test_more_time_is_another_wrap_up_and_at_least_half_a_minute() -> None:
    longer, commands = decide(WRAP_UP, Wished(Wish.MORE_TIME), at(40), wrap_up_s=45)
    assert (longer.left_s(at(40)), longer.whole_s) == (50, 50)
    assert WatchTime() in commands
    assert decide(WRAP_UP, Wished(Wish.MORE_TIME), at(40), wrap_up_s=5)[0].left_s(at(40)) == 35
    for _ in range(1000):
        longer = decide(longer, Wished(Wish.MORE_TIME), at(41), wrap_up_s=45)[0]
    assert longer.left_s(at(41)) == p.LONGEST_WRAP_UP_S


def test_more_time_means_nothing_without_a_wrap_up() -> None:
    for presence in (Presence(), quiet(Wish.HOUR)):
        assert decide(presence, Wished(Wish.MORE_TIME), at(0), wrap_up_s=45) == (presence, ())


@pytest.mark.parametrize("wish", sorted(p.QUIET))
def test_who_does_not_want_to_be_disturbed_needs_no_wrap_up_and_stays_undisturbed_by_a_call(wish: Wish) -> None:
    presence = quiet(wish)
    assert after(ConversationOver(), CallTaken(), presence=presence, wrap_up_s=45) == presence


def test_a_wrap_up_is_not_kept_for_the_next_start() -> None:
    _, commands = decide(Presence(), ConversationOver(), at(0), wrap_up_s=45)
    assert commands == (WatchTime(),)


@pytest.mark.parametrize(("wish", "left_s"), [(Wish.HALF_HOUR, 1500), (Wish.HOUR, 3300), (Wish.TOMORROW, 46500)])
def test_it_goes_on_after_a_restart_with_the_time_that_is_left(wish: Wish, left_s: float) -> None:
    kept = p.kept_of(quiet(wish), at(0))
    assert kept is not None
    later = Moment(START + timedelta(seconds=300), 5.0)  # another clock: the computer was started anew
    presence, commands = decide(Presence(), Restored(kept), later)
    assert (presence.wish, presence.left_s(later)) == (wish, left_s)
    assert commands == (WatchTime(),)


def test_what_ended_while_the_program_was_closed_is_over() -> None:
    kept = KeptPresence(Wish.HOUR, START - timedelta(seconds=1))
    assert after(Restored(kept)) == Presence()
    assert after(Restored(KeptPresence(Wish.TAKE_CALLS))) == Presence()
    assert after(Restored(KeptPresence(Wish.UNTIL_BACK))).wish is Wish.UNTIL_BACK


def test_a_clock_set_back_makes_half_an_hour_no_longer() -> None:
    kept = KeptPresence(Wish.HALF_HOUR, START + timedelta(days=3))
    assert after(Restored(kept)).left_s(at(0)) == 1800


class AnyDay(RuleBasedStateMachine):
    """Any order of wishes, calls, time that passes, sleep, and clocks that are set."""

    def __init__(self) -> None:
        super().__init__()
        self.presence = Presence()
        self.seconds = self.slept_s = 0.0
        self.set_by = timedelta()
        self.kept: KeptPresence | None = None
        self.is_watched = False

    @property
    def now(self) -> Moment:
        return at(self.seconds, slept_s=self.slept_s, set_by=self.set_by)

    def tell(self, event: p.Event) -> None:
        self.presence, commands = decide(self.presence, event, self.now, wrap_up_s=45)
        for command in commands:
            match command:
                case WatchTime():
                    self.is_watched = True
                case KeepPresence(kept):
                    self.kept = kept

    @rule(wish=st.sampled_from(Wish))
    def wishes(self, wish: Wish) -> None:
        self.tell(Wished(wish, self.now.utc + timedelta(hours=13)))

    @rule(event=st.sampled_from([ConversationOver(), CallTaken(), TimePassed()]))
    def happens(self, event: p.Event) -> None:
        self.tell(event)

    @rule(awake_s=st.floats(0, 7200), asleep_s=st.floats(0, 100_000))
    def time_passes(self, awake_s: float, asleep_s: float) -> None:
        self.seconds += awake_s
        self.slept_s += asleep_s
        self.tell(TimePassed())

    @rule(hours=st.floats(-100, 100))
    def clock_is_set(self, hours: float) -> None:
        self.set_by = timedelta(hours=hours)

    @invariant()
    def what_has_an_end_is_watched_and_says_when(self) -> None:
        left_s = self.presence.left_s(self.now)
        has_end = left_s is not None
        assert not has_end or self.is_watched
        assert has_end == (self.presence.ends_at(self.now) is not None)
        assert 1 <= self.presence.retry_after_s(self.now) <= p.RETRY_LONGEST_S
        is_open = self.presence.availability is Availability.AVAILABLE
        assert is_open == (self.presence == Presence())

    @invariant()
    def no_while_is_longer_than_it_was_meant(self) -> None:
        left_s = self.presence.left_s(self.now)
        wish = self.presence.wish
        if left_s is not None and wish in p.QUIET_S:
            assert left_s <= p.QUIET_S[wish] + 1e-6
        if self.presence.availability is Availability.WRAP_UP:
            assert left_s is not None
            assert left_s <= self.presence.whole_s + 1e-6 <= p.LONGEST_WRAP_UP_S + 2e-6

    @invariant()
    def what_is_kept_is_what_holds(self) -> None:
        assert (self.kept and self.kept.wish) == self.presence.wish

    @invariant()
    def a_wish_always_brings_calls_back(self) -> None:
        assert decide(self.presence, Wished(Wish.TAKE_CALLS), self.now)[0] == Presence()


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
