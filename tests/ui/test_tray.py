"""The tray icon shows the state, announces calls, and offers what is possible now."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from connector_gui.core.call import CallState
from connector_gui.core.level import SILENCE, Level
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import RING_STEPS, Shape
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import FRAME_MS, Tray
from tests.fakes.desk_views import held, idle, in_call, recent_calls, ringing, talking
from tests.fakes.settings_dialog import Heard

# Off screen there is no tray to watch.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged")

LOUD = Levels(operator=Level(-6, -12), agent=SILENCE)


@pytest.fixture
def tray(theme: Theme, qtbot: QtBot) -> Tray:
    tray = Tray(theme)
    qtbot.addWidget(tray.menu)
    return tray


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, QSystemTrayIcon.MessageIcon]]:
    """What was announced; the off-screen platform has nobody to show it."""
    shown: list[tuple[str, str, QSystemTrayIcon.MessageIcon]] = []

    def show(_icon: QSystemTrayIcon, title: str, text: str, kind: QSystemTrayIcon.MessageIcon, _after_ms: int) -> None:
        shown.append((title, text, kind))

    monkeypatch.setattr(QSystemTrayIcon, "showMessage", show)
    return shown


def test_each_state_of_the_desk_has_its_sign_and_words(tray: Tray) -> None:
    for view, shape, words in (
        (idle(), Shape.IDLE, "Ready for calls"),
        (idle(calls=(ringing(),)), Shape.RINGING, "Ringing · Billing"),
        (in_call(), Shape.IN_CALL, "In call · Billing"),
        (in_call(muted=True), Shape.MUTED, "You are muted · Billing"),
        (idle(is_do_not_disturb=True), Shape.DO_NOT_DISTURB, "Do not disturb"),
    ):
        tray.show_view(view)
        assert (tray.glyph.shape, tray.tooltip) == (shape, words)


def test_the_bars_swing_once_a_second_while_it_rings(tray: Tray, qtbot: QtBot) -> None:
    assert FRAME_MS * RING_STEPS == 1000
    tray.show_view(idle(calls=(ringing(),)))
    first = tray.glyph.step
    qtbot.waitUntil(lambda: tray.glyph.step != first, timeout=2_000)


@pytest.mark.parametrize(
    "view", [idle(), idle(is_do_not_disturb=True), idle(calls=(held(),)), in_call(muted=True), idle(problems=("x",))]
)
def test_nothing_moves_while_nothing_happens(tray: Tray, view: DeskView) -> None:
    tray.show_view(idle(calls=(ringing(),)))
    assert tray.is_animated
    tray.show_view(view)
    assert not tray.is_animated


def test_the_bars_of_a_call_follow_the_louder_side(tray: Tray, qtbot: QtBot) -> None:
    tray.show_view(in_call())
    tray.show_levels(LOUD)
    tray.show_levels(Levels())
    qtbot.waitUntil(lambda: tray.glyph.step == 3, timeout=2_000)
    qtbot.waitUntil(lambda: tray.glyph.step == 0, timeout=2_000)


def test_a_system_that_wants_stillness_gets_it(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Theme, "has_motion", False)
    tray.show_view(idle(calls=(ringing(),)))
    assert not tray.is_animated
    assert tray.glyph.shape is Shape.RINGING


def test_missed_calls_leave_a_dot_until_they_are_seen(tray: Tray) -> None:
    tray.show_view(idle(recent=recent_calls()))
    assert not tray.glyph.has_dot, "the record says which calls were not seen"
    tray.show_view(idle(recent=recent_calls(), unseen_missed=1))
    assert tray.glyph.has_dot
    assert tray.tooltip == "Ready for calls · 1 missed call(s)"
    tray.show_view(idle(recent=recent_calls()))
    assert not tray.glyph.has_dot


def test_who_has_been_told_of_missed_calls_is_told_again_when_there_are_more(tray: Tray) -> None:
    tray.show_view(idle(unseen_missed=2))
    tray.mark_missed_seen()
    assert not tray.glyph.has_dot
    assert tray.tooltip == "Ready for calls"
    tray.show_view(idle(unseen_missed=3))
    assert tray.glyph.has_dot
    assert tray.tooltip == "Ready for calls · 3 missed call(s)"


def test_after_some_were_seen_the_next_missed_call_is_news(tray: Tray) -> None:
    tray.show_view(idle(unseen_missed=3))
    tray.mark_missed_seen()
    tray.show_view(idle(unseen_missed=0))
    tray.show_view(idle(unseen_missed=1))
    assert tray.glyph.has_dot


def test_the_menu_names_the_number_of_missed_calls(tray: Tray) -> None:
    heard = Heard(tray.history_requested)
    tray.show_view(idle(unseen_missed=3))
    assert tray.menu.history.text().replace("&", "") == "History (3 missed)…"
    tray.mark_missed_seen()
    assert "3" in tray.menu.history.text()
    tray.show_view(idle())
    assert tray.menu.history.text().replace("&", "") == "History…"
    tray.menu.history.trigger()
    assert len(heard) == 1


def test_a_call_that_waits_during_another_is_told(tray: Tray) -> None:
    tray.show_view(idle(calls=(talking(), ringing("b"))))
    assert tray.glyph.shape is Shape.IN_CALL
    assert tray.glyph.has_dot
    assert tray.tooltip.endswith("1 more ringing")


def test_a_message_stands_at_the_icon_without_markup(
    tray: Tray, messages: list[tuple[str, str, QSystemTrayIcon.MessageIcon]]
) -> None:
    tray.show_message("before there is an icon", "")
    tray.show()
    tray.show_message("Incoming call: <b>A & B</b>", "<img src=x>")
    # Another icon would stand in place of ours on some panels.
    no_icon = QSystemTrayIcon.MessageIcon.NoIcon
    assert messages == [("Incoming call: ‹b›A + B‹/b›", "‹img src=x›", no_icon)]


def test_only_a_left_click_counts(tray: Tray, qtbot: QtBot) -> None:
    tray.show()
    clicks: list[None] = []
    tray.clicked.connect(lambda: clicks.append(None))
    (icon,) = tray.findChildren(QSystemTrayIcon)
    for reason in (
        QSystemTrayIcon.ActivationReason.Trigger,
        QSystemTrayIcon.ActivationReason.DoubleClick,
        QSystemTrayIcon.ActivationReason.MiddleClick,
    ):
        icon.activated.emit(reason)
    assert len(clicks) == 1


def test_showing_twice_makes_one_icon(tray: Tray) -> None:
    tray.show()
    tray.show()
    assert len(tray.findChildren(QSystemTrayIcon)) == 1


# --- the menu --------------------------------------------------------------------------------


def enabled(menu: DeskMenu) -> set[str]:
    return {action.text().replace("&", "") for action in menu.actions() if action.isEnabled() and action.text()}


ALWAYS = {"Open panel", "Do not disturb", "History…", "Devices…", "Webhook activity…", "Status…", "Settings…"}
ALWAYS |= {"Set up…", "Quit"}


@pytest.mark.parametrize(
    ("view", "possible"),
    [
        (idle(), {"Practice call"}),
        (idle(is_do_not_disturb=True), set()),
        (idle(calls=(ringing(),)), {"Accept", "Decline"}),
        (idle(calls=(talking(CallState.CONNECTING),)), {"End call", "Mute", "Hold"}),
        (in_call(), {"End call", "Mute", "Hold"}),
        (idle(calls=(talking(CallState.ENDING),)), {"End call"}),
        (idle(calls=(held(),)), {"End call", "Mute", "Hold"}),
        (idle(calls=(talking(), ringing("b"))), {"Accept", "Decline", "End call", "Mute", "Hold"}),
        (idle(calls=(talking(), ringing("b", has_place=False))), {"Decline", "End call", "Mute", "Hold"}),
    ],
)
def test_the_menu_offers_what_is_possible(tray: Tray, view: DeskView, possible: set[str]) -> None:
    tray.show_view(view)
    offered = {text.replace(" (on)", "") for text in enabled(tray.menu)}
    assert offered == ALWAYS | possible


@pytest.mark.parametrize(
    ("entry", "view", "request_made"),
    [
        ("accept", idle(calls=(talking(), ringing("b"), ringing("c"))), ("b", Action.ACCEPT)),
        ("decline", idle(calls=(talking(), ringing("b"), ringing("c"))), ("b", Action.DECLINE)),
        ("end", idle(calls=(talking(), held())), ("crm-42", Action.END)),
        ("end", idle(calls=(held(),)), ("crm-7", Action.END)),
        ("mute", in_call(), ("crm-42", Action.MUTE)),
        ("mute", in_call(muted=True), ("crm-42", Action.UNMUTE)),
        ("hold", in_call(), ("crm-42", Action.HOLD)),
        ("hold", idle(calls=(held(),)), ("crm-7", Action.RESUME)),
    ],
)
def test_entries_name_the_call_that_they_mean(
    tray: Tray, qtbot: QtBot, entry: str, view: DeskView, request_made: tuple[str, Action]
) -> None:
    tray.show_view(view)
    action: QAction = getattr(tray.menu, entry)
    with qtbot.waitSignal(tray.action_requested) as asked:
        action.trigger()
    assert asked.args is not None
    assert tuple(asked.args) == request_made


def test_a_switch_shows_what_is_not_what_was_asked_for(tray: Tray) -> None:
    tray.show_view(in_call())
    tray.menu.mute.trigger()
    assert not tray.menu.mute.isChecked()
    tray.show_view(in_call(muted=True))
    assert tray.menu.mute.isChecked()


@pytest.mark.parametrize(
    ("entry", "signal"),
    [
        ("devices", "devices_requested"),
        ("settings", "settings_requested"),
        ("history", "history_requested"),
        ("panel", "panel_requested"),
        ("practice_call", "practice_call_requested"),
        ("status", "status_requested"),
        ("quit", "quit_requested"),
    ],
)
def test_other_entries_ask_for_what_they_say(tray: Tray, qtbot: QtBot, entry: str, signal: str) -> None:
    with qtbot.waitSignal(getattr(tray, signal)):
        getattr(tray.menu, entry).trigger()


def test_showing_a_view_asks_for_nothing(tray: Tray, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tray.action_requested), qtbot.assertNotEmitted(tray.presence_requested):
        tray.show_view(in_call(muted=True))
        tray.show_view(idle(is_do_not_disturb=True))
