"""Presence in tray, panel and card: what holds is said with the time left, and every wish can be made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.presence import Wish
from connector_gui.core.view import DeskView, WrapUp
from connector_gui.ui import presence_words
from connector_gui.ui.card_window import CardWindow
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import Shape
from connector_gui.ui.panel import Panel
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from connector_gui.ui.widgets.wrap_up_bar import WrapUpBar
from tests.fakes.desk_views import NOW, idle, ringing, talking
from tests.fakes.settings_dialog import Heard

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged")

QUIET = idle(is_do_not_disturb=True, quiet=Wish.HALF_HOUR, quiet_until=NOW + timedelta(minutes=25))
UNTIL_BACK = idle(is_do_not_disturb=True, quiet=Wish.UNTIL_BACK)
WRAP_UP = idle(wrap_up=WrapUp(45.0, 60.0))
ANSWERING = idle(calls=(ringing(until_s=30.0, answers_at_s=3.0),))


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tray(theme: Theme, qtbot: QtBot, clock: Clock) -> Tray:
    tray = Tray(theme, clock_s=clock)
    qtbot.addWidget(tray.menu)
    return tray


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot, clock: Clock) -> Panel:
    panel = Panel(theme, clock, lambda: NOW)
    qtbot.addWidget(panel)
    return panel


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (44.2, "45 s"), (60, "60 s"), (61, "2 min"), (25 * 60, "25 min"), (50_000, "13 h 54 min")],
)
def test_a_while_is_never_said_too_short(seconds: float, words: str) -> None:
    assert presence_words.left_words(seconds) == words


def test_until_when_is_said_with_the_day_unless_it_is_today() -> None:
    assert presence_words.no_calls(UNTIL_BACK, NOW) == "Do not disturb"
    today = presence_words.no_calls(QUIET, NOW)
    assert today.startswith("No calls until ")
    assert "tomorrow" not in today
    later = idle(is_do_not_disturb=True, quiet=Wish.TOMORROW, quiet_until=NOW + timedelta(hours=20))
    assert "tomorrow" in presence_words.no_calls(later, NOW)


# --- the menu --------------------------------------------------------------------------------


def test_every_wish_can_be_made_from_the_menu(tray: Tray) -> None:
    heard = Heard(tray.presence_requested)
    tray.show_view(WRAP_UP)
    for entry in tray.menu.presence.actions():
        if not entry.isSeparator():
            entry.trigger()
    assert list(heard) == [
        Wish.TAKE_CALLS,
        Wish.MORE_TIME,
        Wish.HALF_HOUR,
        Wish.HOUR,
        Wish.TOMORROW,
        Wish.UNTIL_BACK,
    ]


def test_wishes_are_made_by_keyboard(tray: Tray, qtbot: QtBot) -> None:
    heard = Heard(tray.presence_requested)
    tray.show_view(idle())
    menu = tray.menu
    menu.popup(menu.pos())
    qtbot.waitUntil(menu.isVisible)
    QTest.keyClick(menu, Qt.Key.Key_N)  # Do &not disturb
    qtbot.waitUntil(menu.presence.isVisible)
    QTest.keyClick(menu.presence, Qt.Key.Key_3)  # For &30 minutes
    assert list(heard) == [Wish.HALF_HOUR]


def checked(menu: DeskMenu) -> list[Wish]:
    return [wish for wish, entry in menu.wishes.items() if entry.isChecked()]


@pytest.mark.parametrize("view", [idle(), QUIET, UNTIL_BACK, WRAP_UP])
def test_one_key_leads_to_the_wishes_whatever_holds(view: DeskView) -> None:
    assert "&n" in presence_words.menu_title(view, NOW).lower()


@pytest.mark.parametrize(
    ("view", "wishes"),
    [(idle(), [Wish.TAKE_CALLS]), (QUIET, [Wish.HALF_HOUR]), (UNTIL_BACK, [Wish.UNTIL_BACK]), (WRAP_UP, [])],
)
def test_what_holds_is_checked_and_not_what_was_asked_for(tray: Tray, view: DeskView, wishes: list[Wish]) -> None:
    tray.show_view(view)
    assert checked(tray.menu) == wishes
    tray.menu.wishes[Wish.HOUR].trigger()
    assert checked(tray.menu) == wishes


def test_the_menu_says_how_long_it_lasts(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    title = presence_words.menu_title(QUIET, NOW)
    assert title.startswith("&No calls until ")
    assert title.endswith("(25 min left)")
    tray.show_view(UNTIL_BACK)
    assert tray.menu.presence.title().replace("&", "") == "Do not disturb (on)"
    assert not tray.menu.wishes[Wish.MORE_TIME].isVisible()
    tray.show_view(WRAP_UP)
    assert tray.menu.wishes[Wish.MORE_TIME].isVisible()
    assert tray.menu.wishes[Wish.TAKE_CALLS].text().replace("&", "") == "I’m ready"


def test_the_icon_has_a_dash_or_a_pause_and_says_why(tray: Tray) -> None:
    tray.show_view(QUIET)
    assert tray.glyph.shape is Shape.DO_NOT_DISTURB
    assert tray.tooltip.startswith("No calls until ")
    tray.show_view(WRAP_UP)
    assert (tray.glyph.shape, tray.tooltip) == (Shape.WRAP_UP, "Wrapping up · calls wait")
    assert not tray.is_animated


# --- the panel -------------------------------------------------------------------------------


def test_the_idle_page_says_until_when_and_how_long(panel: Panel) -> None:
    panel.show_view(QUIET)
    assert panel.idle_page.title.text().startswith("No calls until ")
    assert "25 min" in panel.idle_page.hint.text()
    assert not panel.banners.do_not_disturb.isVisibleTo(panel), "once is enough"


def test_other_pages_have_a_line_for_it(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(),), is_do_not_disturb=True, quiet_until=QUIET.quiet_until))
    assert panel.banners.do_not_disturb.text.startswith("No calls until ")
    assert panel.banners.do_not_disturb.button.text() == "Take calls"


def test_a_wrap_up_counts_down_and_has_two_buttons_for_the_keyboard(panel: Panel, clock: Clock, qtbot: QtBot) -> None:
    heard = Heard(panel.presence_requested)
    panel.show_view(WRAP_UP)
    panel.open()
    bar: WrapUpBar = panel.wrap_up
    assert bar.isVisibleTo(panel)
    assert bar.countdown.text == "0:45"
    clock.now_s = 5.2
    qtbot.waitUntil(lambda: bar.countdown.text == "0:40", timeout=2_000)
    assert bar.countdown.accessibleName() == "0:40 to wrap up"
    for button, wish in ((bar.more_time, Wish.MORE_TIME), (bar.ready, Wish.TAKE_CALLS)):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert heard[-1] is wish
    assert bar.hint.text() == "New calls ring quietly."
    panel.show_view(idle(wrap_up=WrapUp(45.0, 60.0, is_refusing=True)))
    assert bar.hint.text() == "New calls are refused."
    panel.show_view(idle())
    assert not bar.isVisibleTo(panel)


# --- answering by itself ---------------------------------------------------------------------


def test_the_tray_counts_the_seconds_until_a_call_is_answered(tray: Tray, clock: Clock) -> None:
    tray.show_view(ANSWERING)
    assert tray.tooltip == "Ringing · Billing · Answers in 3 s"
    clock.now_s = 1.5
    assert tray.tooltip == "Ringing · Billing · Answers in 2 s"
    assert tray._seconds.isActive()
    tray.show_view(idle(calls=(ringing(),)))
    assert tray.tooltip == "Ringing · Billing"
    assert not tray._seconds.isActive()


@pytest.mark.parametrize("by_key", [False, True])
def test_the_ring_page_counts_too_and_can_be_told_not_now(
    panel: Panel, clock: Clock, qtbot: QtBot, by_key: bool
) -> None:
    heard = Heard(panel.ring_on_requested)
    panel.show_view(ANSWERING)
    panel.open()
    card = panel.ring_page.card
    assert card.answering.text() == "Answers in 3 s"
    clock.now_s = 2.1
    qtbot.waitUntil(lambda: card.answering.text() == "Answers in 1 s", timeout=2_000)
    if by_key:
        QTest.keyClick(panel, Qt.Key.Key_N)
    else:
        card.not_now.click()
    assert heard == ["crm-42"]
    panel.show_view(idle(calls=(ringing(),)))
    assert not card.answering.isVisibleTo(panel)
    QTest.keyClick(panel, Qt.Key.Key_N)
    assert len(heard) == 1


def test_the_card_window_counts_too_and_can_be_told_not_now(theme: Theme, qtbot: QtBot, clock: Clock) -> None:
    window = CardWindow(theme, clock)
    qtbot.addWidget(window)
    heard = Heard(window.ring_on_requested)
    window.show_calls(ANSWERING.ringing, None, below_notices=False)
    assert window.card.answering.text() == "Answers in 3 s"
    height = window.height()
    QTest.keyClick(window, Qt.Key.Key_N)
    window.card.not_now.click()
    assert heard == ["crm-42", "crm-42"]
    window.show_calls(idle(calls=(ringing(),)).ringing, None, below_notices=False)
    assert window.height() < height
