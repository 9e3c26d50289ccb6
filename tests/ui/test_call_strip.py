"""Several calls at once, in the panel: the strip, its keys and menus, calls on lines, Accept on a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.level import SILENCE, Level
from connector_gui.core.look import Choice, ColorScheme, Look
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView, Levels
from connector_gui.ui import strip_words
from connector_gui.ui.card_window import CardWindow
from connector_gui.ui.panel import Panel
from connector_gui.ui.panel_place import DEFAULT_SIZE, SMALLEST_SIZE
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import TextSize, Theme
from connector_gui.ui.widgets.call_chip import METER_PX, CallChip
from tests.fakes.desk_views import ended, held, idle, on_line, ringing, talking
from tests.fakes.settings_dialog import Heard

LOUD = Levels(operator=SILENCE, agent=Level(-6, -12))
THREE = idle(calls=(talking(), held(), on_line()))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> Iterator[Panel]:
    panel = Panel(theme, lambda: 161.0)
    qtbot.addWidget(panel)
    panel.show_lines(("Softphone", "Conference"))
    panel.resize(DEFAULT_SIZE)
    yield panel
    panel.hide()


def read(chip: CallChip) -> tuple[str, ...]:
    return tuple(for_other_programs(text) for text in chip.lines)


def opened(panel: Panel, view: DeskView, qtbot: QtBot) -> list[CallChip]:
    """The panel on the screen, and its strip."""
    panel.show_view(view)
    panel.open()
    panel.resize(DEFAULT_SIZE)
    qtbot.waitExposed(panel)
    qtbot.waitUntil(panel.isActiveWindow)
    return panel.strip.chips


def entries(menu: QMenu) -> dict[str, bool]:
    """What a menu offers, and whether it can be chosen."""
    return {action.text(): action.isEnabled() for action in menu.actions() if action.text()}


def choose(menu: QMenu | None, text: str) -> None:
    assert menu is not None
    next(action for action in menu.actions() if action.text() == text).trigger()


# --- what is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "count"),
    [
        (idle(), 0),
        (idle(calls=(ringing(), ringing("b"))), 0),
        (idle(calls=(talking(),)), 0),
        (idle(calls=(held(), ringing())), 0),
        (idle(calls=(talking(), held())), 2),
        (idle(calls=(on_line(),)), 1),
        (THREE, 3),
    ],
)
def test_the_strip_is_there_for_several_calls_or_a_line(panel: Panel, view: DeskView, count: int) -> None:
    panel.show_view(view)
    assert len(panel.strip.chips) == count
    assert panel.strip.isVisibleTo(panel) is (count > 0)


def test_each_call_says_who_how_long_and_how_it_stands(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(muted=True), held(waiting_s=4.2), on_line(line="Softphone"))))
    assert [read(chip) for chip in panel.strip.chips] == [
        ("Mara Lindqvist · Billing", "02:41", "Muted"),
        ("Jo Park · Support", "02:41", "On hold · 4 s to hear"),
        ("Ana Ruiz · Dispatch", "02:01", "In call · Softphone"),
    ]
    assert [chip.isChecked() for chip in panel.strip.chips] == [True, False, False]
    spoken = [for_other_programs(chip.accessibleName()) for chip in panel.strip.chips]
    assert spoken[1] == "Jo Park · Support, On hold · 4 s to hear, 02:41"
    assert "Key: Ctrl+2" in panel.strip.chips[1].accessibleDescription()


def test_how_long_a_call_is_on_hold_and_may_be_is_on_hover(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(), held(hold_ends_s=401.0))))
    tip = panel.strip.chips[1].toolTip()
    assert "On hold for" in tip
    assert "The limit for that is reached in" in tip


def test_the_order_stays_whoever_is_in_focus(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(), held())))
    first = panel.strip.chips
    other = talking(session_id="crm-7", accepted_at=held().record.accepted_at, agent_name="Support")
    panel.show_view(idle(calls=(other, held("crm-42", accepted_at=talking().record.accepted_at))))
    assert panel.strip.chips == first
    assert [chip.isChecked() for chip in first] == [False, True]


def test_calls_that_ring_stay_rows_with_their_buttons(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(), ringing("b"), held(), on_line())))
    assert len(panel.strip.chips) == 3
    (row,) = panel.waiting.rows
    assert row.take.text() == "Accept"
    assert "Mara Lindqvist" in row.who.text().partition(" · ")[0], "the end may be cut, so who calls comes first"


def test_small_meters_follow_their_own_calls(panel: Panel, qtbot: QtBot) -> None:
    desk, hold, line = opened(panel, THREE, qtbot)
    panel.show_levels(LOUD)
    assert (desk.lit_segments > 0, hold.lit_segments, line.lit_segments) == (True, 0, 0)
    panel.show_line_levels("crm-9", LOUD)
    assert line.lit_segments > 0
    assert panel.call_page.agent_meter.lit_segments > 0
    before = panel.call_page.agent_meter.lit_segments
    panel.show_line_levels("crm-9", Levels())
    assert panel.call_page.agent_meter.lit_segments == before, "those of another call"


# --- who is before the operator ------------------------------------------------------------------


def test_a_click_on_a_held_call_asks_for_it(panel: Panel, qtbot: QtBot) -> None:
    asked = Heard(panel.focus_requested)
    chips = opened(panel, THREE, qtbot)
    QTest.mouseClick(chips[1], Qt.MouseButton.LeftButton)
    assert asked == ["crm-7"]
    assert not chips[1].isChecked(), "shown is what holds, not what was asked for"


def test_a_call_on_a_line_is_only_looked_at_and_the_desk_stays(panel: Panel, qtbot: QtBot) -> None:
    asked, acted = Heard(panel.focus_requested), Heard(panel.action_requested)
    chips = opened(panel, THREE, qtbot)
    QTest.mouseClick(chips[2], Qt.MouseButton.LeftButton)
    assert panel.call_page.session_id == "crm-9"
    assert [chip.isChecked() for chip in chips] == [False, False, True]
    assert asked == []
    panel.call_page.mute.click()
    assert acted == [("crm-9", Action.MUTE)]
    QTest.mouseClick(chips[2], Qt.MouseButton.LeftButton)
    assert panel.call_page.session_id == "crm-42"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_ctrl_and_a_digit_bring_a_call_to_the_front(panel: Panel, qtbot: QtBot, number: int) -> None:
    asked = Heard(panel.focus_requested)
    opened(panel, THREE, qtbot)
    panel.call_page.say.field.setFocus()
    QTest.keyClick(panel, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
    assert asked == (["crm-7"] if number == 2 else [])
    assert panel.call_page.session_id == ("crm-9" if number == 3 else "crm-42")


def test_arrows_go_through_the_strip_and_return_takes_a_call(panel: Panel, qtbot: QtBot) -> None:
    asked = Heard(panel.focus_requested)
    chips = opened(panel, THREE, qtbot)
    chips[0].setFocus()
    QTest.keyClick(chips[0], Qt.Key.Key_Right)
    assert chips[1].hasFocus()
    assert asked == [], "passing over a call does not open a microphone into it"
    QTest.keyClick(chips[1], Qt.Key.Key_Return)
    QTest.keyClick(chips[1], Qt.Key.Key_Space)
    assert asked == ["crm-7", "crm-7"]
    QTest.keyClick(chips[1], Qt.Key.Key_Left)
    QTest.keyClick(chips[0], Qt.Key.Key_Left)
    assert chips[2].hasFocus(), "round"


def test_arrows_follow_the_direction_of_writing(panel: Panel, qtbot: QtBot) -> None:
    panel.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    chips = opened(panel, THREE, qtbot)
    assert chips[0].x() > chips[1].x()
    assert chips[0].more.x() < chips[0].width() // 2
    chips[0].setFocus()
    QTest.keyClick(chips[0], Qt.Key.Key_Left)
    assert chips[1].hasFocus()


def test_escape_goes_back_from_a_call_on_a_line(panel: Panel, qtbot: QtBot) -> None:
    opened(panel, THREE, qtbot)
    panel.choose_call("crm-9")
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.call_page.session_id == "crm-42"


def test_the_keyboard_stays_with_the_call_after_a_click(panel: Panel, qtbot: QtBot) -> None:
    acted = Heard(panel.action_requested)
    chips = opened(panel, THREE, qtbot)
    QTest.mouseClick(chips[2], Qt.MouseButton.LeftButton)
    QTest.keyClick(panel.focusWidget(), Qt.Key.Key_H)
    assert acted == [("crm-9", Action.HOLD)]


@pytest.mark.parametrize(
    "news",
    [
        idle(calls=(talking(session_id="new"), held("crm-42"), on_line())),
        idle(calls=(ringing("new"), on_line())),
        idle(calls=(talking(),)),
    ],
)
def test_what_comes_to_the_desk_takes_the_place_of_a_line(panel: Panel, news: DeskView) -> None:
    before = (held(), on_line()) if news.talking is None else (talking(), held(), on_line())
    panel.show_view(idle(calls=before))
    panel.choose_call("crm-9")
    assert panel.call_page.session_id == "crm-9"
    panel.show_view(news)
    panel.show_view(news)
    assert panel.pages.currentWidget() is panel.ring_page or panel.call_page.session_id != "crm-9"


def test_a_call_that_rings_beside_a_conversation_leaves_the_line_where_it_is(panel: Panel) -> None:
    panel.show_view(THREE)
    panel.choose_call("crm-9")
    panel.show_view(idle(calls=(talking(), ringing("new"), held(), on_line())))
    assert panel.call_page.session_id == "crm-9"
    assert len(panel.waiting.rows) == 1


def test_with_calls_on_lines_alone_the_desk_is_ready_and_the_strip_stands_above(panel: Panel) -> None:
    panel.show_view(idle(calls=(on_line(), on_line("Conference", "crm-10"))))
    assert panel.pages.currentWidget() is panel.idle_page
    assert len(panel.strip.chips) == 2
    assert not any(chip.isChecked() for chip in panel.strip.chips)
    panel.choose_call("crm-10")
    assert panel.call_page.session_id == "crm-10"
    assert not panel.waiting.rows


@pytest.mark.parametrize(("outcome", "page"), [(Outcome.COMPLETED, "idle_page"), (Outcome.FAILED, "call_page")])
def test_the_end_of_a_call_on_a_line_is_told_only_where_it_failed(panel: Panel, outcome: Outcome, page: str) -> None:
    panel.show_view(idle(last_ended=ended(outcome, line="Softphone")))
    assert panel.pages.currentWidget() is getattr(panel, page)


def test_the_devices_of_a_line_are_not_chosen_in_the_panel(panel: Panel) -> None:
    panel.show_devices(["USB headset"], ["USB headset"])
    panel.show_view(THREE)
    assert all(entry.isEnabled() for side in panel.call_page.device_menu.choices for entry in side)
    panel.choose_call("crm-9")
    assert not any(entry.isEnabled() for side in panel.call_page.device_menu.choices for entry in side)


# --- menus ---------------------------------------------------------------------------------------


def test_a_call_has_a_menu_of_what_can_be_done_with_it(panel: Panel) -> None:
    panel.show_view(THREE)
    menus = {name: panel.strip.menu_of(name) for name in ("crm-42", "crm-7", "crm-9")}
    assert all(menu is not None for menu in menus.values())
    desk, hold, line = (menu for menu in menus.values() if menu is not None)
    assert list(entries(desk)) == ["&Hold", "&Mute", "Move &to", "&End"]
    assert list(entries(hold)) == ["&Resume", "&Mute", "Move &to", "&End"]
    assert list(entries(line)) == ["&Hold", "&Mute", "Move &to", "&End"]
    assert panel.strip.menu_of("gone") is None


def test_menus_ask_for_what_they_say(panel: Panel) -> None:
    acted, moved = Heard(panel.action_requested), Heard(panel.line_requested)
    panel.show_view(idle(calls=(talking(muted=True), held(), on_line())))
    choose(panel.strip.menu_of("crm-7"), "&Resume")
    choose(panel.strip.menu_of("crm-42"), "Un&mute")
    choose(panel.strip.menu_of("crm-9"), "&End")
    assert acted == [("crm-7", Action.RESUME), ("crm-42", Action.UNMUTE), ("crm-9", Action.END)]
    targets = submenu(panel, "crm-42")
    assert entries(targets) == {"The desk": True, "Softphone – in use": False, "Conference": True}
    assert [action.text() for action in targets.actions() if action.isChecked()] == ["The desk"]
    choose(targets, "Conference")
    choose(submenu(panel, "crm-9"), "The desk")
    assert moved == [("crm-42", Action.MOVE, "Conference"), ("crm-9", Action.MOVE, "desk")]


def submenu(panel: Panel, session_id: str) -> QMenu:
    menu = panel.strip.menu_of(session_id)
    assert menu is not None
    found = next(action for action in menu.actions() if action.text() == "Move &to").menu()
    assert isinstance(found, QMenu)
    return found


def test_without_lines_nothing_can_be_moved(panel: Panel) -> None:
    panel.show_lines(())
    panel.show_view(idle(calls=(talking(), held())))
    menu = panel.strip.menu_of("crm-42")
    assert menu is not None
    assert "Move &to" not in entries(menu)


def test_the_menu_opens_by_key_and_by_its_button(panel: Panel, qtbot: QtBot) -> None:
    chips = opened(panel, THREE, qtbot)
    wanted = Heard(chips[1].menu_wanted)
    QTest.keyClick(chips[1], Qt.Key.Key_Down)
    chips[1].more.click()
    assert len(wanted) == 2
    assert "Support" in chips[1].more.accessibleName()
    for menu in panel.strip.findChildren(QMenu):
        menu.close()


# --- accept on a line ------------------------------------------------------------------------------


def test_accept_has_a_menu_of_lines_where_there_are_any(panel: Panel) -> None:
    asked = Heard(panel.line_requested)
    panel.show_view(idle(calls=(ringing(), ringing("b"), on_line())))
    button = panel.ring_page.card.lines
    assert button.isVisibleTo(panel)
    assert entries(button.menu_now()) == {"The desk": True, "Softphone – in use": False, "Conference": True}
    choose(button.menu_now(), "Conference")
    row = panel.ring_page.waiting.rows[0]
    choose(row.lines.menu_now(), "The desk")
    assert asked == [("crm-42", Action.ACCEPT, "Conference"), ("b", Action.ACCEPT, "desk")]
    panel.show_lines(())
    assert not button.isVisibleTo(panel)
    assert not row.lines.isVisibleTo(panel)


def test_the_key_l_opens_it_on_the_card_too(theme: Theme, qtbot: QtBot) -> None:
    card = CardWindow(theme, lambda: 5.0)
    qtbot.addWidget(card)
    asked = Heard(card.line_requested)
    card.show_lines(strip_words.line_choices(("Softphone",), idle()))
    card.show_calls((ringing(),), None, below_notices=False)
    QTest.keyClick(card, Qt.Key.Key_L)
    (menu,) = card.card.lines.findChildren(QMenu)
    choose(menu, "Softphone")
    menu.close()
    assert asked == [("crm-42", Action.ACCEPT, "Softphone")]
    card.hide()


# --- room ----------------------------------------------------------------------------------------


def many(count: int) -> DeskView:
    others: Sequence[CallView] = [held(f"call-{number}", waiting_s=88.0) for number in range(count - 1)]
    return idle(calls=(talking(CallState.ACTIVE), *others))


@pytest.mark.parametrize("size", [SMALLEST_SIZE, DEFAULT_SIZE])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_words_of_ours_are_never_cut(panel: Panel, qtbot: QtBot, theme: Theme, count: int, size: QSize) -> None:
    opened(panel, many(count), qtbot)
    panel.resize(size)
    QTest.qWait(20)
    small = QFontMetrics(theme.font(TextSize.LABEL, tabular=True))
    for chip in panel.strip.chips:
        room = chip.width() - (METER_PX if chip is panel.strip.chips[0] else 0) - chip.more.width() - 16
        assert small.horizontalAdvance(strip_words.widest_states()[0]) <= room or chip is panel.strip.chips[0]
    tops = sorted({chip.y() for chip in panel.strip.chips})
    assert all(below - above > 40 for above, below in pairwise(tops))
    assert panel.size() == size, "the conversation has room beneath"
    assert panel.call_page.transcript.height() > 60


def test_longer_languages_get_one_column(panel: Panel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip_words, "widest_states", lambda: ["Wird gehalten · noch 88 s zu hören"])
    chips = opened(panel, THREE, qtbot)
    assert {chip.x() for chip in chips} == {0}


@pytest.mark.parametrize("scheme", [ColorScheme.LIGHT, ColorScheme.DARK])
@pytest.mark.parametrize("contrast", [Choice.OFF, Choice.ON])
def test_the_shown_call_is_told_by_its_edge_in_every_look(
    panel: Panel, qtbot: QtBot, theme: Theme, scheme: ColorScheme, contrast: Choice
) -> None:
    theme.use(Look(scheme, high_contrast=contrast))
    try:
        chips = opened(panel, idle(calls=(talking(), held())), qtbot)
        shown, other = (chip.grab().toImage() for chip in chips)
        y = shown.height() // 2

        def thickness(image: QImage, ink: QColor) -> int:
            return sum(image.pixelColor(x, y) == ink for x in range(4))

        assert thickness(shown, theme.colours.text) == 2
        assert thickness(other, theme.colours.text) <= 1
    finally:
        theme.use(Look())
