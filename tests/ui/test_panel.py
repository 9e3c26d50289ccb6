"""The panel shows the desk whatever it does, and asks for what its buttons and keys say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.level import Level
from connector_gui.core.presence import Wish
from connector_gui.core.record import Notice, Recording
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels, Speaker
from connector_gui.ui.call_page import NOTICE_S
from connector_gui.ui.panel import Panel
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import Theme
from connector_gui.ui.words import when
from tests.fakes.desk_views import (
    WEBHOOK_URL,
    ended,
    held,
    idle,
    in_call,
    recent_calls,
    ringing,
    talking,
)

LOUD = Levels(operator=Level(-6, -12), agent=Level(-20, -30))


class Clock:
    """The windows' clock, at a standstill."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def panel(theme: Theme, clock: Clock, qtbot: QtBot) -> Panel:
    panel = Panel(theme, clock)
    qtbot.addWidget(panel)
    return panel


def shown(text: str) -> str:
    return for_other_programs(text)


def press(panel: Panel, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QApplication.sendEvent(panel, QKeyEvent(QEvent.Type.KeyPress, key, modifiers))


# --- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "page"),
    [
        (idle(), "idle_page"),
        (idle(calls=(ringing(),)), "ring_page"),
        (idle(calls=(ringing(), held())), "ring_page"),
        (idle(calls=(talking(CallState.CONNECTING),)), "call_page"),
        (in_call(), "call_page"),
        (idle(calls=(talking(), ringing("b"))), "call_page"),
        (idle(calls=(held(),)), "call_page"),
        (idle(calls=(talking(CallState.ENDING),)), "call_page"),
        (idle(last_ended=ended(Outcome.COMPLETED)), "call_page"),
        (idle(last_ended=ended(Outcome.FAILED)), "call_page"),
        (idle(last_ended=ended(Outcome.CANCELLED)), "call_page"),
        (idle(last_ended=ended(Outcome.DECLINED)), "idle_page"),
        (idle(last_ended=ended(Outcome.MISSED)), "idle_page"),
        (idle(calls=(ringing("b"),), last_ended=ended()), "ring_page"),
    ],
)
def test_the_page_follows_from_the_view(panel: Panel, view: DeskView, page: str) -> None:
    panel.show_view(view)
    panel.show_view(view)
    assert panel.pages.currentWidget() is getattr(panel, page)


def test_an_idle_desk_says_how_a_call_can_be_had(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle())
    page = panel.idle_page
    assert page.title.text() == "Ready for calls"
    assert page.address.text == WEBHOOK_URL
    assert page.first_call.isVisibleTo(panel)
    with qtbot.waitSignal(panel.practice_call_requested):
        page.practice_call.click()


def test_the_webhook_address_is_copied(panel: Panel) -> None:
    panel.show_view(idle())
    (copy,) = panel.idle_page.address.findChildren(QPushButton)
    copy.click()
    assert QGuiApplication.clipboard().text() == WEBHOOK_URL
    assert copy.text() == "Copied"


def test_a_webhook_that_does_not_listen_is_not_offered(panel: Panel) -> None:
    panel.show_view(idle(webhook_url=None))
    assert not panel.idle_page.address.isVisibleTo(panel)
    assert panel.idle_page.title.text() == "Not ready for calls"
    assert panel.idle_page.webhook_title.text() == "The webhook does not listen"


def test_recent_calls_have_outcomes_in_words(panel: Panel) -> None:
    panel.show_view(idle(recent=recent_calls()))
    rows = panel.idle_page.recent.rows
    assert [shown(row.agent.text()) for row in rows] == ["Support", "Billing", "Survey", "Orders", "Orders"]
    assert [row.outcome.text() for row in rows] == ["Missed", "2 min 41 s", "Declined", "Failed", "12 min 13 s"]
    assert not panel.idle_page.first_call.isVisibleTo(panel)
    panel.show_view(idle(recent=recent_calls()[:1]))
    assert len(panel.idle_page.recent.rows) == 1


def test_recent_calls_have_the_time_they_rang_at_as_in_the_history(panel: Panel) -> None:
    now = datetime.now(UTC)
    rang = now - timedelta(minutes=5)
    panel.show_view(idle(recent=(ended(created_at=rang, ended_at=now),)))
    (row,) = panel.idle_page.recent.rows
    assert row.time.text() == when(rang, datetime.now(UTC))


def test_the_card_of_a_ringing_call(panel: Panel, clock: Clock) -> None:
    clock.now_s = 6.0
    panel.show_view(idle(calls=(ringing(until_s=30.0),)))
    card = panel.ring_page.card
    assert shown(card.agent.text()) == "Billing"
    assert shown(card.caller.text()) == "Mara Lindqvist · invoice 4711 · balance 12.5"
    assert shown(card.placed_by.text()) == "from n8n"
    assert card.countdown.text == "0:24"
    assert [shown(value) for _, value in panel.ring_page.details.shown] == ["Mara Lindqvist", "4711", "12.5", "sv"]
    assert shown(panel.windowTitle()) == "Ringing · Billing"


def test_the_countdown_runs_while_it_is_seen(panel: Panel, clock: Clock, qtbot: QtBot) -> None:
    panel.show_view(idle(calls=(ringing(until_s=30.0),)))
    clock.now_s = 12.5
    qtbot.waitUntil(lambda: panel.ring_page.card.countdown.text == "0:18")


def test_calls_beside_the_one_shown_are_listed(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(calls=(ringing(), ringing("b", agent_name="Support"), held())))
    ring, hold = panel.ring_page.waiting.rows
    assert (ring.take.text(), ring.refuse.text()) == ("Accept", "Decline")
    assert (hold.take.text(), hold.refuse.text()) == ("Resume", "End")
    for button, request_made in (
        (ring.take, ("b", Action.ACCEPT)),
        (ring.refuse, ("b", Action.DECLINE)),
        (hold.take, ("crm-7", Action.RESUME)),
        (hold.refuse, ("crm-7", Action.END)),
    ):
        with qtbot.waitSignal(panel.action_requested) as asked:
            button.click()
        assert asked.args is not None
        assert tuple(asked.args) == request_made


def test_a_call_that_waits_behind_a_full_desk_says_why_and_can_be_declined(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(calls=(talking(), ringing("b", has_place=False), held(has_place=False))))
    waiting = panel.waiting if panel.waiting.rows else panel.ring_page.waiting
    ring = waiting.rows[0]
    why = "The desk is full: end a call before you accept the next one."
    assert (ring.take.isEnabled(), waiting.no_place.isVisibleTo(waiting), waiting.no_place.text()) == (False, True, why)
    assert shown(ring.take.toolTip()).endswith(why)
    assert ring.take.accessibleDescription() == why
    with qtbot.waitSignal(panel.action_requested) as asked:
        ring.refuse.click()
    assert asked.args == ["b", Action.DECLINE]
    panel.show_view(idle(calls=(ringing("b"), held())))
    panel.show_view(idle(calls=(talking(), ringing("b"))))
    assert ring.take.isEnabled()
    assert not waiting.no_place.isVisibleTo(waiting)
    assert shown(ring.take.toolTip()) == "Accept · Billing"


def test_a_held_call_can_be_resumed_on_a_full_desk(panel: Panel) -> None:
    panel.show_view(idle(calls=(ringing(has_place=False), held(has_place=False))))
    (row,) = panel.ring_page.waiting.rows
    assert row.take.text() == "Resume"
    assert row.take.isEnabled()
    assert not panel.ring_page.waiting.no_place.isVisibleTo(panel)


def test_no_button_has_the_keyboard_on_a_card_that_nobody_can_accept(panel: Panel) -> None:
    panel.show_view(idle())
    panel.open()
    panel.show_view(idle(calls=(ringing(has_place=False),)))
    assert not isinstance(panel.focusWidget(), QPushButton)
    panel.show_view(idle(calls=(ringing(),)))
    assert panel.focusWidget() is panel.ring_page.card.accept


def test_second_calls_stand_beneath_the_card_of_the_first(panel: Panel) -> None:
    panel.show_view(idle(calls=(ringing(), *(ringing(f"n{number}") for number in range(5)))))
    assert len(panel.ring_page.waiting.rows) == 3
    assert not panel.waiting.rows


def test_a_conversation_shows_who_how_long_and_what_is_said(panel: Panel, clock: Clock) -> None:
    clock.now_s = 161.9
    view = idle(calls=(talking(speaker=Speaker.OPERATOR, round_trip_ms=42, tentative_text="So the one"),))
    panel.show_view(view)
    page = panel.call_page
    assert shown(page.agent.text()) == "Billing"
    assert page.sign.word == "In call"
    assert page.duration.text() == "02:41"
    assert page.speaking.text() == "You are speaking"
    assert page.round_trip.text() == "42 ms · good"
    assert page.transcript.model().rowCount() == 6


def test_a_call_that_connects_says_so_and_has_no_duration(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(CallState.CONNECTING, transcript=()),)))
    page = panel.call_page
    assert (page.sign.word, page.duration.text(), page.speaking.text()) == ("Connecting…", "", "Calling the agent…")
    assert page.empty.isVisibleTo(panel)
    assert page.end.isEnabled()


def test_the_ending_says_why_and_what_to_do(panel: Panel, qtbot: QtBot) -> None:
    call = ended(Outcome.FAILED)
    panel.show_view(idle(last_ended=call))
    page = panel.call_page
    assert call.error is not None
    assert (page.sign.word, page.why.text(), page.advice.text()) == ("Failed", "The call failed", call.error.message)
    assert page.duration.text() == "00:48"
    assert not page.controls.isVisibleTo(panel)
    with qtbot.waitSignal(panel.dismiss_requested):
        page.done.click()


def test_metadata_of_strangers_is_text(panel: Panel) -> None:
    panel.show_view(idle(calls=(ringing(agent_name="<b>x</b>", metadata={"name": "<img src=x>\u202e\n!"}),)))
    card = panel.ring_page.card
    assert card.agent.textFormat() is Qt.TextFormat.PlainText
    assert "<img src=x>!" in card.caller.text().replace(" ", "").replace("imgs", "img s")
    assert "<img" not in card.caller.toolTip()
    assert all(found.textFormat() is Qt.TextFormat.PlainText for found in _labels_with_text(panel))


def _labels_with_text(panel: Panel) -> list[QLabel]:
    return [found for found in panel.findChildren(QLabel) if found.text()]


def test_links_stand_on_the_line_of_the_button_beside_them(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(recent=recent_calls()))
    panel.open()
    qtbot.waitExposed(panel)
    button = panel.idle_page.practice_call
    link = next(one for one in panel.idle_page.webhook.findChildren(QPushButton) if one.property("kind") == "link")
    middles = [part.mapTo(panel, part.rect().center()).y() for part in (link, button)]
    assert abs(middles[0] - middles[1]) <= 1


# --- banners ---------------------------------------------------------------------------------


def test_practice_mode_has_its_banner_and_the_way_out(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(is_practice=True))
    assert panel.banners.practice.isVisibleTo(panel)
    with qtbot.waitSignal(panel.settings_requested):
        panel.banners.practice.findChildren(QPushButton)[0].click()
    panel.show_view(idle())
    assert not panel.banners.practice.isVisibleTo(panel)


def test_problems_are_shown_with_their_cure(panel: Panel) -> None:
    panel.show_view(idle(problems=("Port 8000 is taken. Choose another.", "The keyring is locked. Unlock it.")))
    assert panel.banners.problems.text.splitlines() == [
        "Port 8000 is taken. Choose another.",
        "The keyring is locked. Unlock it.",
    ]


def test_do_not_disturb_is_told_on_every_page_and_can_be_ended(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(is_do_not_disturb=True))
    assert panel.idle_page.title.text() == "Do not disturb"
    with qtbot.waitSignal(panel.presence_requested) as asked:
        panel.idle_page.take_calls.click()
    assert asked.args == [Wish.TAKE_CALLS]
    panel.show_view(idle(is_do_not_disturb=True, calls=(talking(),)))
    assert panel.banners.do_not_disturb.isVisibleTo(panel)
    with qtbot.waitSignal(panel.presence_requested) as asked:
        panel.banners.do_not_disturb.button.click()
    assert asked.args == [Wish.TAKE_CALLS]


def test_a_refusal_is_said_for_a_while(panel: Panel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.show_refusal("The desk is full: end a call before you accept the next one.")
    assert panel.banners.refusal.text.startswith("The desk is full")
    panel.banners.refusal_over.setInterval(1)
    panel.show_refusal("No.")
    qtbot.waitUntil(lambda: not panel.banners.refusal.isVisibleTo(panel))


# --- buttons and keys ------------------------------------------------------------------------


def asked_by(panel: Panel, qtbot: QtBot, do: Callable[[], object]) -> tuple[str, Action]:
    with qtbot.waitSignal(panel.action_requested, timeout=500) as asked:
        do()
    assert asked.args is not None
    session_id, action = asked.args
    return session_id, action


@pytest.mark.parametrize(
    ("view", "button", "action"),
    [
        (idle(calls=(ringing(),)), lambda panel: panel.ring_page.card.accept, Action.ACCEPT),
        (idle(calls=(ringing(),)), lambda panel: panel.ring_page.card.decline, Action.DECLINE),
        (in_call(), lambda panel: panel.call_page.mute, Action.MUTE),
        (in_call(muted=True), lambda panel: panel.call_page.mute, Action.UNMUTE),
        (in_call(), lambda panel: panel.call_page.hold, Action.HOLD),
        (idle(calls=(held("crm-42"),)), lambda panel: panel.call_page.hold, Action.RESUME),
        (in_call(), lambda panel: panel.call_page.end, Action.END),
    ],
)
def test_buttons_ask_for_what_they_say(
    panel: Panel, qtbot: QtBot, view: DeskView, button: Callable[[Panel], QPushButton], action: Action
) -> None:
    panel.show_view(view)
    assert asked_by(panel, qtbot, button(panel).click) == ("crm-42", action)


@pytest.mark.parametrize(
    ("view", "key", "action"),
    [
        (idle(calls=(ringing(),)), Qt.Key.Key_Return, Action.ACCEPT),
        (idle(calls=(ringing(),)), Qt.Key.Key_Enter, Action.ACCEPT),
        (idle(calls=(ringing(),)), Qt.Key.Key_Escape, Action.DECLINE),
        (in_call(), Qt.Key.Key_M, Action.MUTE),
        (in_call(), Qt.Key.Key_H, Action.HOLD),
    ],
)
def test_keys_do_what_the_buttons_do(panel: Panel, qtbot: QtBot, view: DeskView, key: Qt.Key, action: Action) -> None:
    panel.show_view(view)
    assert asked_by(panel, qtbot, lambda: press(panel, key)) == ("crm-42", action)


@pytest.mark.parametrize(
    ("view", "key", "modifiers"),
    [
        (in_call(), Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (in_call(), Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (in_call(), Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier),
        (idle(calls=(ringing(),)), Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier),
        (idle(), Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (idle(calls=(talking(CallState.ENDING),)), Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier),
    ],
)
def test_keys_that_mean_nothing_here_do_nothing(
    panel: Panel, qtbot: QtBot, view: DeskView, key: Qt.Key, modifiers: Qt.KeyboardModifier
) -> None:
    panel.show_view(view)
    with qtbot.assertNotEmitted(panel.action_requested):
        press(panel, key, modifiers)


def test_escape_puts_an_ending_away(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(idle(last_ended=ended()))
    with qtbot.waitSignal(panel.dismiss_requested, timeout=500):
        press(panel, Qt.Key.Key_Escape)


def test_accept_has_the_focus_and_nothing_has_it_in_a_call(panel: Panel) -> None:
    """Space on a call that was just accepted must not mute it."""
    panel.show_view(idle(calls=(ringing(),)))
    assert panel.focusWidget() is panel.ring_page.card.accept
    panel.show_view(in_call())
    assert panel.focusWidget() is panel.call_page


def test_switches_show_what_is_not_what_was_asked_for(panel: Panel) -> None:
    panel.show_view(in_call())
    panel.call_page.mute.click()
    assert not panel.call_page.mute.isChecked()
    panel.show_view(in_call(muted=True))
    assert panel.call_page.mute.isChecked()
    assert panel.call_page.mute.text() == "Unmute"


def test_a_switch_does_not_move_its_neighbours(panel: Panel) -> None:
    panel.show_view(in_call())
    before = panel.call_page.mute.sizeHint()
    panel.show_view(in_call(muted=True))
    assert panel.call_page.mute.sizeHint() == before


def test_a_call_that_is_ending_can_no_longer_be_changed(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(CallState.ENDING),)))
    page = panel.call_page
    assert not any(button.isEnabled() for button in (page.mute, page.hold, page.end))


def test_devices_lead_to_the_settings(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(in_call())
    with qtbot.waitSignal(panel.devices_requested):
        panel.call_page.device_menu.settings.trigger()


def test_the_menu_of_the_panel_leaves_calls_to_the_buttons(panel: Panel) -> None:
    offered = {action.text().replace("&", "") for action in panel.menu.actions() if action.isVisible()}
    entries = {"Practice call", "Do not disturb", "History…", "Devices…", "Webhook activity…", "Status…"}
    assert offered - {""} == entries | {"Settings…", "Set up…", "Quit"}


def test_every_button_and_meter_has_a_name(panel: Panel) -> None:
    for view in (idle(recent=recent_calls()), idle(calls=(ringing(), ringing("b"))), in_call()):
        panel.show_view(view)
        for button in panel.findChildren(QPushButton):
            if not button.isVisibleTo(panel):
                continue
            assert button.accessibleName() or button.text()
    assert panel.call_page.operator_meter.accessibleName()
    assert panel.call_page.transcript.accessibleName()


# --- time and levels -------------------------------------------------------------------------


def test_meters_move_only_while_they_are_seen(panel: Panel, qtbot: QtBot) -> None:
    meter = panel.call_page.operator_meter
    panel.show_view(in_call())
    panel.show_levels(LOUD)
    assert meter.lit_segments == 0
    panel.open()
    qtbot.waitExposed(panel)
    panel.show_levels(LOUD)
    assert meter.lit_segments > 0
    assert meter.number == "−12"


def test_meters_rest_when_the_call_is_over(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(in_call())
    panel.open()
    qtbot.waitExposed(panel)
    panel.show_levels(LOUD)
    panel.show_view(idle(last_ended=ended()))
    assert panel.call_page.operator_meter.lit_segments == 0


def test_nothing_ticks_while_the_panel_is_hidden_or_idle(panel: Panel, qtbot: QtBot) -> None:
    ticker = panel._ticker
    panel.open()
    panel.show_view(idle(recent=recent_calls()))
    assert not ticker.isActive()
    panel.show_view(in_call())
    assert ticker.isActive()
    panel.hide()
    assert not ticker.isActive()


# --- the window ------------------------------------------------------------------------------


def test_a_ring_brings_the_panel_up_and_its_end_takes_it_away(panel: Panel) -> None:
    panel.show_view(idle(calls=(ringing(),)))
    assert panel.isVisible()
    panel.show_view(idle(last_ended=ended(Outcome.MISSED)))
    assert not panel.isVisible()


def test_a_panel_that_is_not_wanted_for_rings_stays_where_it_is(panel: Panel) -> None:
    panel.show_rings(False)
    panel.show_view(idle(calls=(ringing(),)))
    assert not panel.isVisible()
    panel.open()
    assert panel.pages.currentWidget() is panel.ring_page
    panel.show_view(idle(calls=(ringing(), ringing("b"))))
    assert not panel.windowHandle().flags() & Qt.WindowType.WindowStaysOnTopHint
    panel.show_view(idle())
    assert panel.isVisible()


def test_a_panel_that_was_open_stays_open_after_a_ring(panel: Panel) -> None:
    panel.open()
    panel.show_view(idle(calls=(ringing(),)))
    panel.show_view(idle(last_ended=ended(Outcome.MISSED)))
    assert panel.isVisible()


def test_a_panel_that_came_up_stays_for_the_call_and_its_ending(panel: Panel) -> None:
    panel.show_view(idle(calls=(ringing(),)))
    panel.show_view(in_call())
    panel.show_view(idle(last_ended=ended()))
    assert panel.isVisible()


def test_a_panel_put_away_does_not_come_back_for_the_same_ring(panel: Panel) -> None:
    view = idle(calls=(ringing(),))
    panel.show_view(view)
    panel.close()
    panel.show_view(view)
    assert not panel.isVisible()
    panel.show_view(idle(calls=(ringing(), ringing("b"))))
    assert panel.isVisible()


def test_a_failure_brings_the_panel_up_once(panel: Panel) -> None:
    view = idle(last_ended=ended(Outcome.FAILED))
    panel.show_view(view)
    assert panel.isVisible()
    panel.close()
    panel.show_view(view)
    assert not panel.isVisible()


def test_a_refusal_is_never_said_unseen(panel: Panel) -> None:
    panel.show_refusal("No microphone was found. Plug one in, then call again.")
    assert panel.isVisible()


def test_closing_hides_and_the_panel_opens_again(panel: Panel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.opened):
        panel.open()
    panel.close()
    assert not panel.isVisible()
    panel.open()
    assert panel.isVisible()


def test_without_a_tray_the_panel_is_there_and_explains_it(panel: Panel) -> None:
    panel.show_tray_missing(True)
    assert panel.isVisible()
    assert "tray" in panel.banners.no_tray.text
    panel.close()
    assert panel.isVisible(), "closed it could not be found again"
    assert panel.isMinimized()
    panel.show_view(idle(calls=(ringing(),)))
    assert not panel.isMinimized()
    panel.show_tray_missing(False)
    assert not panel.banners.no_tray.isVisibleTo(panel)


def test_at_login_it_is_there_without_being_in_the_way(panel: Panel) -> None:
    panel.show_tray_missing(True, minimized=True)
    assert panel.isVisible()
    assert panel.isMinimized()
    panel.show_view(idle(calls=(ringing(),)))
    assert not panel.isMinimized()


def test_news_of_a_version_wait_for_a_quiet_moment(panel: Panel, qtbot: QtBot) -> None:
    panel.open()
    panel.show_update("2.0")
    assert "2.0" in panel.banners.news.text
    panel.show_view(idle(calls=(ringing(),)))
    assert not panel.banners.news.isVisible()
    panel.show_view(idle())
    with qtbot.waitSignal(panel.news_requested):
        panel.banners.news.button.click()
    panel.show_update("")
    assert not panel.banners.news.isVisible()


def test_the_panel_stands_where_it_stood(panel: Panel, qtbot: QtBot) -> None:
    place = QRect(40, 60, 450, 600)
    panel.restore(place)
    panel.open()
    assert panel.geometry() == place
    with qtbot.waitSignal(panel.geometry_changed) as told:
        panel.resize(480, 620)
    assert told.args == [QRect(40, 60, 480, 620)]


def test_a_place_that_no_screen_shows_is_forgotten(panel: Panel) -> None:
    panel.restore(QRect(90_000, 90_000, 420, 640))
    panel.open()
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.intersects(panel.geometry())


def test_nothing_is_cut_at_the_smallest_size(panel: Panel, qtbot: QtBot) -> None:
    for view in (
        idle(is_practice=True),
        idle(calls=(ringing(),)),
        in_call(muted=True),
        idle(calls=(held(),)),
        idle(last_ended=ended(Outcome.FAILED)),
    ):
        panel.show_view(view)
        panel.open()
        panel.resize(panel.minimumSize())
        qtbot.waitExposed(panel)
        page = panel.pages.currentWidget()
        assert page is not None
        for button in page.findChildren(QPushButton):
            if button.isVisible():
                _assert_whole(button, panel)


def _assert_whole(button: QPushButton, panel: QWidget) -> None:
    corner = button.mapTo(panel, button.rect().bottomRight())
    assert panel.rect().contains(corner), button.text()
    assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), button.text()


def test_what_the_sound_cannot_do_stands_as_long_as_it_is_so(panel: Panel, clock: Clock) -> None:
    limit = "Your microphone is turned down while the agent speaks."
    notice = Notice(code="no_echo_canceller", message=limit, at=datetime(2026, 1, 1, tzinfo=UTC))
    view = in_call(notices=(notice,))
    limited = replace(view, calls=(replace(view.calls[0], limits=(limit,)),))
    panel.show_view(limited)
    assert panel.call_page.notice.text == ""  # it stands there: it is not said twice
    clock.now_s += NOTICE_S + 1
    panel.call_page.show_time(clock.now_s)
    panel.show_view(limited)
    assert panel.call_page.limits.text == limit
    assert not panel.call_page.limits.isHidden()
    panel.show_view(view)
    assert panel.call_page.limits.isHidden()
    panel.show_view(limited)
    panel.show_view(idle(last_ended=ended()))
    assert panel.call_page.limits.isHidden()


def test_a_notice_of_the_call_is_said_for_a_while(panel: Panel, clock: Clock) -> None:
    def view(*messages: str) -> DeskView:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return in_call(notices=tuple(Notice(code=text, message=text, at=at) for text in messages))

    panel.show_view(view())
    assert panel.call_page.notice.text == ""
    panel.show_view(view("Your microphone is silent."))
    assert panel.call_page.notice.text == "Your microphone is silent."
    panel.show_view(view("Your microphone is silent."))
    clock.now_s += NOTICE_S + 1
    panel.call_page.show_time(clock.now_s)
    assert panel.call_page.notice.text == ""
    panel.show_view(view("Your microphone is silent.", "It is back."))
    assert panel.call_page.notice.text == "It is back."


@pytest.mark.parametrize("is_there", [True, False])
def test_words_about_a_blocked_microphone_lead_to_the_systems_page_where_there_is_one(
    panel: Panel, is_there: bool
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    codes: list[str] = []

    def tell(code: str) -> None:
        codes.append(code)
        panel.show_view(in_call(notices=tuple(Notice(code=one, message=f"About {one}.", at=at) for one in codes)))
        assert panel.call_page.notice.text == f"About {code}."
        assert panel.call_page.notice.isVisible()

    asked: list[None] = []
    panel.privacy_page_requested.connect(lambda: asked.append(None))
    panel.offer_privacy_page(is_there)
    panel.show()
    button = panel.call_page.notice.button
    for code in ("microphone_blocked", "microphone_lost"):
        tell(code)
        assert button.isVisible() is is_there
    if is_there:
        button.click()
        assert asked == [None]
    tell("speaker_busy")
    assert not button.isVisible()


def test_a_recording_is_shown_and_switched_in_place(panel: Panel) -> None:
    asked: list[tuple[str, bool]] = []
    panel.recording_requested.connect(lambda session_id, is_on: asked.append((session_id, is_on)))
    panel.show_view(in_call())
    button = panel.call_page.record
    assert button.text() == "Record"
    button.click()
    assert asked == [("crm-42", True)]
    assert not button.is_recording  # not before the desk says so
    panel.show_view(in_call(recording=Recording(state="running")))
    assert button.text() == "Recording"
    assert "recorded" in button.toolTip()
    press(panel, Qt.Key.Key_R)
    assert asked[-1] == ("crm-42", False)


def test_a_panel_that_is_folded_away_does_nothing(panel: Panel, clock: Clock, qtbot: QtBot) -> None:
    panel.show_view(in_call())
    panel.show()
    panel.show_levels(LOUD)
    lit = panel.call_page.operator_meter.lit_segments
    assert lit > 0
    assert panel._ticker.isActive()
    panel.showMinimized()
    qtbot.waitUntil(lambda: not panel._ticker.isActive())
    panel.show_levels(Levels())
    assert panel.call_page.operator_meter.lit_segments == lit
    clock.now_s = 61.0
    panel.showNormal()
    qtbot.waitUntil(panel._ticker.isActive)
    assert panel.call_page.duration.text() == "01:01"
