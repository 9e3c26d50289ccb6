"""Lines in the settings: filled in, tried out, put in order, and applied as soon as they can be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from connector_gui.core.level import Level
from connector_gui.core.line_setting import MOST_LINES, MOST_RULES, lines_as_json, parse_lines
from connector_gui.core.settings import Settings
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.device_box import DeviceBox
from connector_gui.ui.settings_pages.line_card import LineCard
from connector_gui.ui.settings_pages.lines_page import LinesPage
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown

INPUTS = ["Headset", "Cable B", "Cable D"]
OUTPUTS = ["Headset", "Cable A", "Cable C"]
SOFTPHONE: dict[str, Any] = {
    "name": "Softphone",
    "input_device": "Cable B",
    "output_device": "Cable A",
    "filters": False,
    "auto_answer": True,
    "rules": [{"agent_id": "agent_1"}, {"metadata": {"queue": "night"}, "min_priority": 5}],
}
CONFERENCE: dict[str, Any] = {
    "name": "Conference",
    "input_device": "Cable D",
    "output_device": "Cable C",
    "filters": False,
    "auto_answer": False,
    "rules": [],
}
BOTH = Settings(lines=parse_lines([SOFTPHONE, CONFERENCE]), max_concurrent_calls=3)


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown(BOTH))
    made.open_at(SettingsPage.LINES)
    made.show_devices(INPUTS, OUTPUTS)
    yield made
    made.hide()


@pytest.fixture
def page(dialog: SettingsDialog) -> LinesPage:
    made = dialog.page(SettingsPage.LINES)
    assert isinstance(made, LinesPage)
    return made


def choose(box: DeviceBox, name: str) -> None:
    index = box.findText(name)
    assert index >= 0, name
    box.setCurrentIndex(index)
    box.activated.emit(index)


def enter(field: QLineEdit, text: str) -> None:
    field.setText(text)
    field.editingFinished.emit()


def fill_in(card: LineCard, name: str, microphone: str, speaker: str) -> None:
    enter(card.name, name)
    choose(card.microphone, microphone)
    choose(card.speaker, speaker)


def texts(card: LineCard) -> dict[str, str]:
    """What is said to be wrong, by place."""
    return {place: shown.text() for place, shown in card.problems.items() if shown.text()}


# --- what is shown -----------------------------------------------------------------------------


def test_each_line_is_shown_as_it_is_set_up(page: LinesPage) -> None:
    first, second = page.cards
    assert (first.name.text(), first.microphone.currentText(), first.speaker.currentText()) == (
        "Softphone", "Cable B", "Cable A",
    )  # fmt: skip
    assert first.auto_answer.isChecked()
    shown = [(row.agent.text(), row.metadata.text(), row.priority.text()) for row in first.rules]
    assert shown == [("agent_1", "", "any"), ("", "queue=night", "5")]
    assert (second.name.text(), second.rules) == ("Conference", [])
    assert second.rules_help.text().startswith("No rules")


def test_a_device_that_is_not_there_is_named_and_cannot_be_tried(page: LinesPage, dialog: SettingsDialog) -> None:
    dialog.show_devices(["Headset", "CABLE B (VB-Audio)"], ["Headset"])
    first, _ = page.cards
    assert first.microphone.currentText() == "CABLE B (VB-Audio) (set as “Cable B”)"
    assert first.try_microphone.isEnabled()
    assert first.speaker.currentText() == "Cable A – not connected"
    assert not first.try_speaker.isEnabled()


def test_lines_of_the_environment_are_shown_and_cannot_be_changed(dialog: SettingsDialog, page: LinesPage) -> None:
    words = "Set by LINES in the environment"
    dialog.show_settings(Shown(BOTH, {"lines": words}))
    assert page.fixed.text() == words
    assert page.fixed.isVisibleTo(page)
    assert not page.add_line.isEnabled()
    for card in page.cards:
        choices = [card.microphone, card.speaker, card.filters, card.auto_answer]
        assert not any(field.isEnabled() for field in [card.name, *choices, card.up, card.down, card.remove])
        assert card.try_speaker.isEnabled()
    dialog.show_settings(Shown(BOTH))
    assert page.add_line.isEnabled()
    assert page.cards[0].name.isEnabled()


def test_a_line_that_shares_a_device_with_the_desk_says_so(dialog: SettingsDialog, page: LinesPage) -> None:
    first, second = page.cards
    assert first.shared.isHidden()
    dialog.show_settings(Shown(BOTH.changed(input_device="Cable B; Headset")))
    assert "shares a device with the desk" in first.shared.text()
    assert second.shared.isHidden()


def test_one_conversation_at_a_time_is_told_where_it_matters(dialog: SettingsDialog, page: LinesPage) -> None:
    assert page.one_place.isHidden()
    dialog.show_settings(Shown(BOTH.changed(max_concurrent_calls=1)))
    assert not page.one_place.isHidden()
    dialog.show_settings(Shown(Settings()))
    assert page.one_place.isHidden()


def test_everything_has_a_name_of_its_own_for_screen_readers(page: LinesPage) -> None:
    kinds = (QLineEdit, QComboBox, QSpinBox, QAbstractButton)
    parts = [part for kind in kinds for card in page.cards for part in card.findChildren(kind)]
    named = [part for part in parts if part.objectName() != "qt_spinbox_lineedit"]
    assert all(part.accessibleName() or getattr(part, "text", str)() for part in named)
    assert page.cards[0].rules[1].remove.accessibleName() == "Remove rule 2 of line Softphone"


# --- changes -------------------------------------------------------------------------------------


def test_showing_lines_asks_for_nothing(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.show_settings(Shown(BOTH.changed(lines=[CONFERENCE])))
    dialog.show_settings(Shown(BOTH))
    assert heard == []
    assert len(page.cards) == 2


def test_a_change_is_asked_for_at_once_with_all_lines(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    page.cards[1].auto_answer.click()
    page.cards[0].filters.click()
    with_filters = {**SOFTPHONE, "filters": True}
    assert heard == [
        {"lines": [SOFTPHONE, {**CONFERENCE, "auto_answer": True}]},
        {"lines": [with_filters, {**CONFERENCE, "auto_answer": True}]},
    ]
    page.cards[0].filters.click()
    enter(page.cards[1].name, "Board room")
    choose(page.cards[0].microphone, "Headset")
    enter(page.cards[0].rules[0].agent, "agent_9")
    page.cards[0].rules[1].priority.setValue(7)
    last = heard[-1]["lines"]
    assert last[1]["name"] == "Board room"
    assert last[0]["input_device"] == "Headset"
    assert last[0]["rules"] == [{"agent_id": "agent_9"}, {"metadata": {"queue": "night"}, "min_priority": 7}]
    assert Settings().changed(**heard[-1]).lines == parse_lines(last)


def test_a_new_line_is_used_once_it_has_a_name_and_both_devices(qtbot: QtBot, theme: Theme) -> None:
    dialog = SettingsDialog(theme)
    qtbot.addWidget(dialog)
    dialog.show_settings(Shown())
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.LINES)
    dialog.show_devices(INPUTS, OUTPUTS)
    page = dialog.page(SettingsPage.LINES)
    assert isinstance(page, LinesPage)
    page.add_line.click()
    (card,) = page.cards
    fill_in(card, "Softphone", "Cable B", "Cable A")
    (asked,) = heard
    assert [line["name"] for line in asked["lines"]] == ["Softphone"]
    assert texts(card) == {}
    dialog.show_settings(Shown(Settings().changed(**asked)))
    assert page.cards == [card], "what is being filled in stays"
    assert card.kept is not None
    card.add_rule.click()
    assert len(heard) == 1, "an empty rule is none"
    enter(card.rules[0].metadata, "queue=night; vip = yes")
    assert heard[-1]["lines"][0]["rules"] == [{"metadata": {"queue": "night", "vip": "yes"}}]
    card.rules[0].remove.click()
    assert heard[-1]["lines"][0]["rules"] == []
    dialog.hide()


def test_answers_that_come_late_take_nothing_back(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    first, second = page.cards
    second.auto_answer.click()
    second.auto_answer.click()
    enter(second.name, "Studio")
    assert len(heard) == 3
    for asked in heard:
        dialog.show_settings(Shown(BOTH.changed(**asked)))
        assert page.cards == [first, second]
        assert second.name.text() == "Studio"
    assert second.kept is not None
    assert second.kept.name == "Studio"


def test_an_unfinished_line_keeps_none_of_the_others_from_changing(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    page.add_line.click()
    enter(page.cards[2].name, "Studio")
    assert heard == []
    page.cards[1].auto_answer.click()
    assert [line["name"] for line in heard[-1]["lines"]] == ["Softphone", "Conference"]
    dialog.show_settings(Shown(BOTH.changed(**heard[-1])))
    assert [card.name.text() for card in page.cards] == ["Softphone", "Conference", "Studio"]


def test_lines_are_put_in_order_and_removed(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    first, second = page.cards
    assert (first.up.isEnabled(), first.down.isEnabled()) == (False, True)
    assert (second.up.isEnabled(), second.down.isEnabled()) == (True, False)
    QTest.mouseClick(second.up, Qt.MouseButton.LeftButton)
    assert heard[-1] == {"lines": [CONFERENCE, SOFTPHONE]}
    assert page.cards == [second, first]
    dialog.show_settings(Shown(BOTH.changed(**heard[-1])))
    assert page.cards == [second, first]
    QTest.mouseClick(second.remove, Qt.MouseButton.LeftButton)
    assert heard[-1] == {"lines": [SOFTPHONE]}


def test_a_priority_begins_at_nought_and_any_is_below(dialog: SettingsDialog, page: LinesPage) -> None:
    spin = page.cards[0].rules[0].priority
    assert spin.text() == "any"
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert spin.text() == "0"
    QTest.keyClick(spin, Qt.Key.Key_Down)
    assert spin.text() == "any"
    spin.setValue(-5)
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert spin.text() == "-4"


def test_metadata_that_nobody_touched_stay_as_they_are(dialog: SettingsDialog, page: LinesPage) -> None:
    odd = {**CONFERENCE, "rules": [{"metadata": {"note": "a; b=c"}}]}
    dialog.show_settings(Shown(BOTH.changed(lines=[odd])))
    heard = Heard(dialog.changes_requested)
    page.cards[0].auto_answer.click()
    assert heard == [{"lines": [{**odd, "auto_answer": True}]}]


# --- what is wrong ---------------------------------------------------------------------------------


def test_what_is_wrong_stands_at_its_field_and_the_saved_way_holds(dialog: SettingsDialog, page: LinesPage) -> None:
    heard = Heard(dialog.changes_requested)
    first, second = page.cards
    enter(second.name, "softphone")
    assert texts(second) == {"name": "Has two lines called “softphone”: give each a name of its own."}
    assert texts(second)["name"] in second.name.accessibleDescription()
    enter(second.name, "Desk")
    assert "means the desk's own devices" in texts(second)["name"]
    enter(second.name, "")
    assert texts(second) == {"name": "A line needs a name, a microphone and a speaker."}
    enter(second.name, "Conference")
    choose(second.speaker, "Cable A")
    assert texts(second) == {"devices": "Lets lines “Softphone” and “Conference” share a device: each needs its own."}
    choose(second.speaker, "Cable C")
    assert (texts(first), texts(second), heard) == ({}, {}, [])
    enter(first.rules[1].metadata, "night")
    assert "name=value" in texts(first)["rules"]
    second.auto_answer.click()
    assert heard[-1] == {"lines": [SOFTPHONE, {**CONFERENCE, "auto_answer": True}]}


def test_what_the_settings_refuse_is_said(dialog: SettingsDialog, page: LinesPage) -> None:
    dialog.show_problems({"lines": "must be 8 lines at most"})
    assert page.wrong.text() == "Must be 8 lines at most"
    assert page.wrong.isVisibleTo(page)
    dialog.show_settings(Shown(BOTH))
    assert page.wrong.isHidden()


def test_no_more_lines_and_rules_than_there_may_be(dialog: SettingsDialog, page: LinesPage) -> None:
    many = [
        {"name": f"n{number}", "input_device": f"i{number}", "output_device": f"o{number}"}
        for number in range(MOST_LINES)
    ]
    rules = [{"agent_id": f"agent_{number}"} for number in range(MOST_RULES)]
    lines = parse_lines([{**many[0], "rules": rules}, *many[1:]])
    dialog.show_settings(Shown(BOTH.changed(lines=lines_as_json(lines))))
    assert not page.add_line.isEnabled()
    assert not page.cards[0].add_rule.isEnabled()
    page.cards[0].rules[3].remove.click()
    assert page.cards[0].add_rule.isEnabled()


# --- trials ----------------------------------------------------------------------------------------


def test_microphones_are_tried_one_at_a_time_while_the_page_is_seen(dialog: SettingsDialog, page: LinesPage) -> None:
    wanted = Heard(dialog.meter_wanted)
    first, second = page.cards
    first.try_microphone.click()
    dialog.show_level(Level(-6, -12))
    assert wanted == ["Cable B"]
    assert first.meter.isVisibleTo(page)
    assert first.meter.lit_segments > 0
    second.try_microphone.click()
    assert wanted[-1] == "Cable D"
    assert not first.try_microphone.isChecked()
    choose(second.microphone, "Headset")
    assert wanted[-1] == "Headset"
    dialog.open_at(SettingsPage.CALLS)
    assert wanted[-1] is None
    dialog.open_at(SettingsPage.LINES)
    dialog.show_devices(INPUTS, OUTPUTS)
    second.try_microphone.click()
    assert wanted[-1] is None
    assert second.meter.isHidden()


def test_speakers_play_a_tone(dialog: SettingsDialog, page: LinesPage) -> None:
    tones = Heard(dialog.test_tone_requested)
    QTest.mouseClick(page.cards[1].try_speaker, Qt.MouseButton.LeftButton)
    assert tones == ["Cable C"]


def test_a_line_that_is_removed_lets_go_of_its_microphone(dialog: SettingsDialog, page: LinesPage) -> None:
    wanted = Heard(dialog.meter_wanted)
    page.cards[0].try_microphone.click()
    page.cards[0].remove.click()
    assert wanted == ["Cable B", None]
    dialog.show_level(Level(-6, -12))
