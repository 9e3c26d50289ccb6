"""The page of hot keys: what is recorded, refused, reported."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.hands_free import HeadsetProblem, HotKey, KeyProblem
from connector_gui.core.settings import Settings
from connector_gui.core.shortcut import KEYS, Shortcut
from connector_gui.ui import shortcuts
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.settings_pages.keyboard_page import KeyboardPage
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown, texts

Mod = Qt.KeyboardModifier


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> KeyboardPage:
    page = KeyboardPage(theme)
    qtbot.addWidget(page)
    page.show_settings(Shown(Settings(hot_key_accept="Ctrl+Alt+A")))
    page.show()
    return page


def press(page: KeyboardPage, key: Qt.Key, held: Mod = Mod.NoModifier, row: HotKey = HotKey.ACCEPT) -> None:
    QTest.keyClick(page.hot_keys[row].field, key, held)


def begin(page: KeyboardPage, row: HotKey = HotKey.ACCEPT) -> None:
    QTest.keyClick(page.hot_keys[row].field, Qt.Key.Key_Space)
    assert page.hot_keys[row].field.is_recording


def test_a_combination_is_recorded_once_the_field_was_pressed(page: KeyboardPage) -> None:
    changes, recording = Heard(page.changes_requested), Heard(page.recording)
    press(page, Qt.Key.Key_B, Mod.ControlModifier)
    assert changes == [], "it was not asked to record"
    begin(page)
    press(page, Qt.Key.Key_Control, Mod.ControlModifier)
    assert page.hot_keys[HotKey.ACCEPT].field.is_recording, "a modifier alone is no combination"
    press(page, Qt.Key.Key_B, Mod.ControlModifier | Mod.ShiftModifier)
    assert changes == [{"hot_key_accept": "Ctrl+Shift+B"}]
    assert recording == [True, False]


def test_escape_leaves_it_and_backspace_or_clear_take_it_away(page: KeyboardPage) -> None:
    changes = Heard(page.changes_requested)
    begin(page)
    press(page, Qt.Key.Key_Escape)
    assert changes == []
    assert page.hot_keys[HotKey.ACCEPT].field.text() == "Ctrl+Alt+A"
    begin(page)
    press(page, Qt.Key.Key_Backspace)
    page.hot_keys[HotKey.ACCEPT].clear.click()
    assert changes == [{"hot_key_accept": ""}] * 2
    assert page.hot_keys[HotKey.END].clear.isHidden(), "there is nothing to clear"


def test_what_is_typed_with_is_refused_by_the_settings_and_unknown_keys_by_the_field(page: KeyboardPage) -> None:
    changes = Heard(page.changes_requested)
    begin(page)
    press(page, Qt.Key.Key_A)
    assert changes == [{"hot_key_accept": "A"}]
    begin(page)
    field = page.hot_keys[HotKey.ACCEPT].field
    QTest.keyPress(field, Qt.Key.Key_VolumeUp, Mod.ControlModifier)
    assert field.is_recording
    assert field.text() == "Not this key…"
    QTest.keyRelease(field, Qt.Key.Key_VolumeUp, Mod.ControlModifier)
    assert field.text() == "Press the keys…"


def test_a_hot_key_of_our_own_that_is_pressed_meanwhile_is_the_choice(page: KeyboardPage) -> None:
    changes = Heard(page.changes_requested)
    page.take(Shortcut.parse("F9"))
    assert changes == []
    begin(page, HotKey.TALK)
    page.take(Shortcut.parse("F9"))
    assert changes == [{"hot_key_talk": "F9"}]


def test_a_combination_that_never_arrives_is_explained(page: KeyboardPage) -> None:
    name = page.hot_keys[HotKey.ACCEPT].name
    assert name.isHidden()
    begin(page)
    assert "another program has the combination" in name.text()
    press(page, Qt.Key.Key_Escape)
    assert name.isHidden()


def test_leaving_the_page_ends_the_recording(page: KeyboardPage) -> None:
    recording = Heard(page.recording)
    begin(page)
    page.hide()
    assert recording == [True, False]


def test_what_does_not_work_is_said_at_its_row_and_stays_said(page: KeyboardPage) -> None:
    page.show_keys({HotKey.END: KeyProblem.TAKEN}, {HotKey.ACCEPT: "Meta+J"}, [HeadsetProblem.NO_PERMISSION])
    taken = page.hot_keys[HotKey.END].problem
    assert "another program has this combination" in taken.text()
    page.show_settings(Shown(Settings(hot_key_accept="Ctrl+Alt+A")))
    assert "another program has this combination" in taken.text()
    assert page.hot_keys[HotKey.ACCEPT].name.text() == "The system has it as Meta+J."
    assert "udev" in page.headset.problem.text()
    page.show_keys({}, {}, [])
    assert taken.isHidden()
    assert page.hot_keys[HotKey.ACCEPT].name.isHidden()


def test_push_to_talk_without_a_key_is_said(page: KeyboardPage) -> None:
    page.show_settings(Shown(Settings(push_to_talk=True)))
    assert "Choose a key for talking" in page.push_to_talk.problem.text()
    page.show_settings(Shown(Settings(push_to_talk=True, hot_key_talk="F9")))
    assert page.push_to_talk.problem.isHidden()


def test_every_key_of_our_windows_is_listed(page: KeyboardPage) -> None:
    read = texts(page)
    for key in shortcuts.Key:
        assert key.words in read
        assert shortcuts.meaning(key) in read


@pytest.mark.parametrize("key", KEYS)
def test_every_key_can_be_written_and_read(key: str) -> None:
    sequence = shortcuts.sequence(Shortcut(key, ("Ctrl", "Shift")))
    assert sequence.count() == 1
    assert shortcuts.written(Shortcut(key)) != ""


@pytest.mark.parametrize(
    ("key", "held", "text"),
    [
        (Qt.Key.Key_Space, Mod.MetaModifier, "Super+Space"),
        (Qt.Key.Key_PageUp, Mod.ControlModifier | Mod.AltModifier, "Ctrl+Alt+PageUp"),
        (Qt.Key.Key_MediaPlay, Mod.NoModifier, "MediaPlay"),
        (Qt.Key.Key_MediaTogglePlayPause, Mod.NoModifier, "MediaPlay"),
        (Qt.Key.Key_F13, Mod.ShiftModifier, "Shift+F13"),
        (Qt.Key.Key_Enter, Mod.ControlModifier, "Ctrl+Return"),
        (Qt.Key.Key_BracketLeft, Mod.ControlModifier, "Ctrl+BracketLeft"),
        (Qt.Key.Key_Comma, Mod.ControlModifier, "Ctrl+Comma"),
    ],
)
def test_what_is_pressed_has_our_name(key: Qt.Key, held: Mod, text: str) -> None:
    assert str(shortcuts.pressed(key, held)) == text


def test_the_trays_menu_names_hot_keys_and_not_those_of_the_panel(qtbot: QtBot, theme: Theme) -> None:
    tray = DeskMenu(theme)
    qtbot.addWidget(tray)
    tray.show_hot_keys({HotKey.ACCEPT: Shortcut.parse("Ctrl+Alt+A"), HotKey.MUTE: Shortcut.parse("F9")})
    assert (keys_of(tray.accept), keys_of(tray.end), keys_of(tray.mute)) == ("Ctrl+Alt+A", "", "F9")
    assert keys_of(tray.history) == "", "it would not work there"
    tray.show_hot_keys({})
    assert keys_of(tray.accept) == ""


def keys_of(entry: QAction) -> str:
    return entry.shortcut().toString()
