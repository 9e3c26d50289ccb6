"""What hot keys and headset buttons mean, by what the desk is doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from connector_gui.core.call import CallState
from connector_gui.core.hands_free import HandsFree, HeadsetButton, HeadsetSigns, HotKey, Wish, headset_signs, twice
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.tray_click import CLICK_GUARD_S
from connector_gui.core.view import CallView, DeskView

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def call(
    name: str = "a", status: CallState = CallState.ACTIVE, *, muted: bool = False, has_focus: bool | None = None
) -> CallView:
    record = CallRecord(
        session_id=name,
        status=status,
        agent_id="agent_1",
        created_at=NOW,
        ring_expires_at=NOW + timedelta(seconds=30),
        muted=muted,
    )
    talks = status in {CallState.CONNECTING, CallState.ACTIVE}
    return CallView(record, has_focus=talks if has_focus is None else has_focus)


def view(*calls: CallView) -> DeskView:
    return DeskView(calls=calls)


RINGS = view(call("r", CallState.RINGING))
CONNECTS = view(call(status=CallState.CONNECTING))
TALKS = view(call())
FULL = replace(call("r", CallState.RINGING), has_place=False)
"""It rings, and as many conversations are open as may."""
TALKS_MUTED = view(call(muted=True))


def hands_at(shown: DeskView, now_s: float = 0.0, *, push_to_talk: bool = False) -> HandsFree:
    hands = HandsFree()
    hands.use(push_to_talk=push_to_talk)
    assert hands.shown(shown, now_s) == []
    return hands


def wishes(*named: tuple[str, Action]) -> list[Wish]:
    return [Wish(name, action) for name, action in named]


def test_accept_takes_the_call_that_is_next_and_places_none() -> None:
    first, second = call("r", CallState.RINGING), call("s", CallState.RINGING)
    assert hands_at(view(first, second)).pressed(HotKey.ACCEPT, 0) == wishes(("r", Action.ACCEPT))
    for shown in (DeskView(), TALKS):
        assert hands_at(shown).pressed(HotKey.ACCEPT, 0) == []


def test_end_ends_the_conversation_in_focus_and_no_other() -> None:
    held = call("h", CallState.HELD)
    assert hands_at(view(call(), held), -10).pressed(HotKey.END, 0) == wishes(("a", Action.END))
    for shown in (DeskView(), RINGS, view(held)):
        assert hands_at(shown, -10).pressed(HotKey.END, 0) == []


def test_end_soon_after_accepting_is_the_second_half_of_a_double_press() -> None:
    hands = hands_at(RINGS)
    hands.shown(CONNECTS, 5.0)
    hands.shown(TALKS, 5.2)
    assert hands.pressed(HotKey.END, 5.0 + CLICK_GUARD_S - 0.01) == []
    hands.released(HotKey.END)
    assert hands.pressed(HotKey.END, 5.0 + CLICK_GUARD_S) == wishes(("a", Action.END))


def test_a_call_that_is_resumed_may_be_ended_at_once() -> None:
    hands = hands_at(view(call(status=CallState.HELD)))
    hands.shown(TALKS, 5.0)
    assert hands.pressed(HotKey.END, 5.1) == wishes(("a", Action.END))


def test_a_key_that_repeats_is_pressed_once() -> None:
    hands = hands_at(TALKS)
    assert hands.pressed(HotKey.MUTE, 0) == wishes(("a", Action.MUTE))
    assert [hands.pressed(HotKey.MUTE, 0.03 * n) for n in range(1, 20)] == [[]] * 19
    hands.released(HotKey.MUTE)
    assert hands.pressed(HotKey.MUTE, 1) == wishes(("a", Action.UNMUTE)), "before the desk has shown that it is muted"


def test_mute_turns_what_the_desk_shows() -> None:
    assert hands_at(TALKS_MUTED).pressed(HotKey.MUTE, 0) == wishes(("a", Action.UNMUTE))
    assert hands_at(RINGS).pressed(HotKey.MUTE, 0) == []
    # Answered elsewhere meanwhile: what was asked for once is no longer what holds.
    hands = hands_at(TALKS)
    hands.pressed(HotKey.MUTE, 0)
    hands.released(HotKey.MUTE)
    hands.shown(TALKS_MUTED, 1)
    hands.shown(TALKS, 2)
    assert hands.pressed(HotKey.MUTE, 3) == wishes(("a", Action.MUTE))


def test_held_to_talk_the_microphone_is_open_and_then_as_it_was() -> None:
    hands = hands_at(TALKS_MUTED)
    assert hands.pressed(HotKey.TALK, 0) == wishes(("a", Action.UNMUTE))
    hands.shown(TALKS, 0.1)
    assert hands.pressed(HotKey.TALK, 0.5) == []
    assert hands.released(HotKey.TALK) == wishes(("a", Action.MUTE))
    open_all_along = hands_at(TALKS)
    assert open_all_along.pressed(HotKey.TALK, 0) == open_all_along.released(HotKey.TALK) == []


def test_push_to_talk_mutes_whenever_the_key_is_up() -> None:
    hands = hands_at(TALKS, push_to_talk=True)
    assert hands.pressed(HotKey.TALK, 0) == []
    assert hands.released(HotKey.TALK) == wishes(("a", Action.MUTE))


def test_a_key_held_before_the_call_is_taken_opens_its_microphone() -> None:
    hands = hands_at(RINGS, push_to_talk=True)
    assert hands.pressed(HotKey.TALK, 0) == []
    assert hands.shown(view(call(status=CallState.CONNECTING, muted=True)), 1) == wishes(("a", Action.UNMUTE))
    assert hands.released(HotKey.TALK) == wishes(("a", Action.MUTE))


def test_the_conversation_that_is_left_with_the_key_held_is_muted() -> None:
    hands = hands_at(TALKS_MUTED, push_to_talk=True)
    hands.pressed(HotKey.TALK, 0)
    hands.shown(TALKS, 0.1)
    moved = view(call("b", CallState.CONNECTING, muted=True), call(status=CallState.HELD))
    assert hands.shown(moved, 1) == wishes(("a", Action.MUTE), ("b", Action.UNMUTE))


def test_the_mute_key_does_nothing_while_talk_is_held() -> None:
    hands = hands_at(TALKS_MUTED, push_to_talk=True)
    hands.pressed(HotKey.TALK, 0)
    assert hands.pressed(HotKey.MUTE, 0.2) == []


def test_keys_that_are_taken_away_are_let_go() -> None:
    hands = hands_at(TALKS_MUTED, push_to_talk=True)
    hands.pressed(HotKey.TALK, 0)
    assert hands.let_go() == wishes(("a", Action.MUTE))
    assert not hands.is_talking_key_down


def test_push_to_talk_switched_on_mutes_at_once_and_off_opens_nothing() -> None:
    hands = hands_at(TALKS)
    assert hands.use(push_to_talk=True) == wishes(("a", Action.MUTE))
    hands.shown(TALKS_MUTED, 1)
    assert hands.use(push_to_talk=True) == hands.use(push_to_talk=False) == []


@pytest.mark.parametrize(
    ("shown", "button", "action"),
    [
        (RINGS, HeadsetButton.HOOK, ("r", Action.ACCEPT)),
        (TALKS, HeadsetButton.HOOK, ("a", Action.END)),
        (view(call(), call("r", CallState.RINGING)), HeadsetButton.HOOK, ("r", Action.ACCEPT)),
        (view(call(), FULL), HeadsetButton.HOOK, ("a", Action.END)),
        # Refused, with the reason; nothing is there to hang up.
        (view(call(status=CallState.HELD), FULL), HeadsetButton.HOOK, ("r", Action.ACCEPT)),
        (DeskView(), HeadsetButton.HOOK, None),
        (RINGS, HeadsetButton.PICK_UP, ("r", Action.ACCEPT)),
        (TALKS, HeadsetButton.PICK_UP, None),
        (RINGS, HeadsetButton.HANG_UP, None),
        (TALKS, HeadsetButton.HANG_UP, ("a", Action.END)),
        (TALKS, HeadsetButton.MUTE, ("a", Action.MUTE)),
        (TALKS_MUTED, HeadsetButton.MUTE, ("a", Action.UNMUTE)),
    ],
)
def test_a_headsets_buttons(shown: DeskView, button: HeadsetButton, action: tuple[str, Action] | None) -> None:
    assert hands_at(shown, -10).button(button, 0) == (wishes(action) if action else [])


def test_what_a_headset_shows() -> None:
    assert headset_signs(DeskView()) == HeadsetSigns()
    assert headset_signs(RINGS) == HeadsetSigns(is_ringing=True)
    assert headset_signs(TALKS_MUTED) == HeadsetSigns(is_talking=True, is_muted=True)


def test_one_combination_for_two_things_is_the_first_ones() -> None:
    same = Shortcut.parse("Ctrl+Alt+A")
    assert twice({HotKey.ACCEPT: same, HotKey.END: Shortcut.parse("F9"), HotKey.MUTE: same}) == {HotKey.MUTE}


@given(st.lists(st.sampled_from(["down", "up", "mute", "release mute"]), max_size=30))
def test_with_push_to_talk_the_microphone_is_shut_whenever_the_key_is_up(presses: list[str]) -> None:
    """As long as nobody unmutes by hand; the desk does what it is asked to."""
    hands, muted = HandsFree(), True
    hands.use(push_to_talk=True)
    hands.shown(TALKS_MUTED, 0)
    by_hand = False
    for press in presses:
        was_down = hands.is_talking_key_down
        key = HotKey.TALK if press in {"down", "up"} else HotKey.MUTE
        done = hands.released(key) if press in {"up", "release mute"} else hands.pressed(key, 0)
        by_hand = (by_hand or press == "mute") and not (press == "up" and was_down)
        for wish in done:
            muted = wish.action is Action.MUTE
        hands.shown(view(replace(call(muted=muted))), 0)
        if press == "down":
            assert hands.is_talking_key_down
            assert not muted
        elif not hands.is_talking_key_down and not by_hand:
            assert muted
