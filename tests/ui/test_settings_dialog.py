"""The settings dialog: what it shows, allows and asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from connector_gui.core.settings import AFTER_RESTART, Settings
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.contents import CONTENTS, find
from connector_gui.ui.settings_pages.contents import places as marked
from connector_gui.ui.settings_pages.rows import SettingRow
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    yield made
    made.hide()


def test_a_page_is_made_without_a_window_of_its_own(dialog: SettingsDialog) -> None:
    """A part that is shown before it has a parent stands on the screen for a moment, and costs what a window costs."""
    shown: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(repr(watched))
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)  # type: ignore[union-attr]  # qtbot made one
    for page in SettingsPage:
        dialog.page(page)
    QApplication.instance().removeEventFilter(watch)  # type: ignore[union-attr]
    assert shown == []


def places(dialog: SettingsDialog) -> dict[str, Any]:
    """Every setting of every page, and what stands there for it."""
    return {name: part for page in SettingsPage for name, part in dialog.page(page).places.items()}


def rows(dialog: SettingsDialog) -> dict[str, Any]:
    """Every row of every page, by setting."""
    return {name: part for name, part in places(dialog).items() if isinstance(part, SettingRow)}


# --- every setting -----------------------------------------------------------------------------

WITHOUT_A_ROW = {
    "elevenlabs_api_key": "a secret: it is entered, checked and deleted, and never shown",
    "api_keys": "secrets: they are copied, and made anew by a button",
    "lines": "pairs of devices with rules: a page of their own",
    "data_dir": "the settings file is in it, so it is shown and chosen at the start",
    "database_url": "may hold a password, and is chosen at the start",
}


def test_every_setting_of_the_schema_has_a_row_or_a_place_of_its_own(dialog: SettingsDialog) -> None:
    assert set(rows(dialog)) == set(Settings.model_fields) - set(WITHOUT_A_ROW)
    for name in WITHOUT_A_ROW:
        assert places(dialog)[name].window() is dialog


def test_the_table_of_contents_is_that_of_the_pages(dialog: SettingsDialog) -> None:
    for page in SettingsPage:
        assert set(dialog.page(page).places) == set(CONTENTS[page]), page
        assert dialog.page(page).accessibleName() == dialog.names.item(page).text()


def test_every_row_says_what_holds_by_default_and_when_a_change_holds(dialog: SettingsDialog) -> None:
    for name, row in rows(dialog).items():
        assert " Default: " in row.help.text(), name
        assert ("after a restart" in row.help.text()) is (name in AFTER_RESTART), name
        assert name.upper() in {row.title.toolTip(), row.control.toolTip()}
    said = {name: row.help.text().rpartition(" Default: ")[2] for name, row in rows(dialog).items()}
    assert said["ring_timeout_s"] == "30 s."
    assert said["record_calls"] == "off."
    assert said["ring_surface"] == "Card and notification."
    assert said["rate_limit"] == "60/minute."
    assert said["allowed_hosts"] == "empty."
    assert said["input_device"] == "System default."


def test_every_row_shows_title_and_help_of_the_schema(dialog: SettingsDialog) -> None:
    for name, row in rows(dialog).items():
        declared = Settings.model_fields[name]
        assert row.control.accessibleName() == declared.title
        assert row.help.text().startswith(f"{declared.description} ")


def test_numbers_have_the_limits_and_units_of_the_schema(dialog: SettingsDialog) -> None:
    spin = rows(dialog)["ring_timeout_s"].control
    assert isinstance(spin, QDoubleSpinBox)
    assert (spin.minimum(), spin.maximum(), spin.text()) == (1, 3600, "30 s")
    assert rows(dialog)["audio_chunk_ms"].control.text() == "100 ms"
    assert rows(dialog)["port"].control.text() == "8000"


def test_values_are_shown_as_they_hold(dialog: SettingsDialog) -> None:
    settings = Settings(auto_answer=True, auto_answer_delay_s=2.5, practice="never", allowed_hosts=("a.test", "b.test"))
    dialog.show_settings(Shown(settings))
    assert rows(dialog)["auto_answer"].control.isChecked()
    assert rows(dialog)["auto_answer_delay_s"].control.value() == 2.5
    assert rows(dialog)["practice"].control.currentText() == "Never answers"
    assert rows(dialog)["allowed_hosts"].control.text() == "a.test, b.test"


def test_a_value_from_outside_is_shown_with_its_source_and_cannot_be_changed(dialog: SettingsDialog) -> None:
    fixed = {name: f"Set by {name.upper()} in the environment" for name in rows(dialog)}
    dialog.show_settings(Shown(fixed=fixed))
    for name, row in rows(dialog).items():
        assert not row.control.isEnabled(), name
        assert row.fixed.text() == fixed[name]
        assert row.fixed.isVisibleTo(row)
        assert fixed[name] in row.control.accessibleDescription()
    dialog.show_settings(Shown())
    assert all(not row.fixed.isVisibleTo(row) for row in rows(dialog).values())
    assert rows(dialog)["port"].control.isEnabled()


def test_the_delay_can_be_set_only_while_calls_are_answered_by_themselves(dialog: SettingsDialog) -> None:
    delay = rows(dialog)["auto_answer_delay_s"].control
    assert not delay.isEnabled()
    dialog.show_settings(Shown(Settings(auto_answer=True)))
    assert delay.isEnabled()


# --- changes -----------------------------------------------------------------------------------


def test_a_switch_asks_for_its_change_at_once(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.CALLS)
    box = rows(dialog)["auto_answer"].control
    assert isinstance(box, QCheckBox)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert heard == [{"auto_answer": True}]


def test_a_choice_asks_for_the_value_of_the_schema(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    box = rows(dialog)["tray_click_ends_call"].control
    assert isinstance(box, QComboBox)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert heard == [{"tray_click_ends_call": False}]


def test_several_steps_of_a_number_are_one_change(dialog: SettingsDialog, qtbot: QtBot) -> None:
    heard = Heard(dialog.changes_requested)
    spin = rows(dialog)["ring_queue_size"].control
    for _ in range(3):
        QTest.keyClick(spin, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [{"ring_queue_size": 23}]


def test_text_is_sent_once_when_it_is_finished(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.WEBHOOK)
    line = rows(dialog)["allowed_hosts"].control
    line.setFocus()
    QTest.keyClicks(line, "desk.test")
    assert heard == []
    QTest.keyClick(line, Qt.Key.Key_Return)
    line.clearFocus()
    assert heard == [{"allowed_hosts": "desk.test"}]
    assert Settings().changed(**heard[0]).allowed_hosts == ("desk.test",)


def test_showing_settings_asks_for_nothing(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    settings = Settings(
        ring_timeout_s=5, auto_answer=True, host="::1", port=9000, input_device="USB", log_level="DEBUG"
    )
    dialog.show_settings(Shown(settings))
    assert heard == []
    assert not any(timer.isActive() for timer in dialog.findChildren(QTimer))


def test_the_wheel_scrolls_past_a_control_without_changing_it(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.CALLS)
    spin = rows(dialog)["ring_timeout_s"].control
    spin.clearFocus()
    nowhere, down, no_button = QPointF(5, 5), QPoint(0, -120), Qt.MouseButton.NoButton
    no_key, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(nowhere, nowhere, QPoint(), down, no_button, no_key, phase, False)
    QApplication.sendEvent(spin, turn)
    assert spin.value() == 30


def test_names_of_pages_and_controls_are_there_for_screen_readers(dialog: SettingsDialog) -> None:
    assert [dialog.names.item(row).text() for row in SettingsPage] == [
        "Sound", "Calls", "Lines", "Webhook", "ElevenLabs", "Recording and privacy", "Appearance", "Keyboard",
        "Advanced",
    ]  # fmt: skip
    controls = [one for kind in (QLineEdit, QComboBox, QDoubleSpinBox) for one in dialog.pages.findChildren(kind)]
    nameless = [one for one in controls if one.objectName() != "qt_spinbox_lineedit" and not one.accessibleName()]
    assert not nameless


def test_enter_presses_the_focused_button_and_no_other(dialog: SettingsDialog) -> None:
    tones = Heard(dialog.test_tone_requested)
    dialog.open_at(SettingsPage.SOUND)
    dialog.sound.microphone.control.setFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert tones == []
    dialog.sound.test_tone.setFocus()
    QTest.keyClick(dialog.sound.test_tone, Qt.Key.Key_Return)
    assert tones == [""]


def test_escape_hides_it_and_its_page_is_kept(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.ADVANCED)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    dialog.open_at()
    assert dialog.pages.currentWidget() is dialog.advanced
    assert not dialog.isModal()


def test_a_problem_stands_at_its_field_until_a_value_holds(dialog: SettingsDialog) -> None:
    row = rows(dialog)["elevenlabs_base_url"]
    dialog.show_problems({"elevenlabs_base_url": "must be an https:// address", "": "The disk is full."})
    assert row.problem.text() == "Must be an https:// address."
    assert row.problem.isVisibleTo(row)
    assert "Must be an https:// address." in row.control.accessibleDescription()
    assert dialog.problem.text == "The disk is full."
    assert not rows(dialog)["allowed_hosts"].problem.isVisibleTo(dialog)
    dialog.show_settings(Shown())
    assert not row.problem.isVisibleTo(row)
    assert dialog.problem.text == ""


def test_where_it_listens_changes_as_a_whole(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    listening = dialog.webhook.listening
    assert not listening.apply.isEnabled()
    host = listening.rows["host"].control
    assert isinstance(host, QLineEdit)
    host.selectAll()
    QTest.keyClicks(host, "0.0.0.0")
    listening.rows["allow_insecure_lan"].control.click()  # type: ignore[attr-defined]  # a check box
    assert heard == []
    # Another change that is applied meanwhile leaves the draft alone.
    dialog.show_settings(Shown(Settings(auto_answer=True)))
    assert host.text() == "0.0.0.0"
    listening.apply.click()
    assert heard == [{"host": "0.0.0.0", "allow_insecure_lan": True}]
    dialog.show_settings(Shown(Settings().changed(**heard[0])))
    assert not listening.apply.isEnabled()


def test_a_draft_can_be_taken_back(dialog: SettingsDialog) -> None:
    listening = dialog.webhook.listening
    host = listening.rows["host"].control
    assert isinstance(host, QLineEdit)
    QTest.keyClicks(host, "9")
    assert listening.apply.isEnabled()
    listening.revert.click()
    assert host.text() == "127.0.0.1"
    assert not listening.apply.isEnabled()


# --- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ring volume", "ring_volume"),
        ("RING_TIMEOUT_S", "ring_timeout_s"),
        ("RING_TIMEOUT_S=20", None),
        ("hostn", None),
        ("micro", "input_device"),
        ("MÍCRO", "input_device"),
        ("residency", "elevenlabs_base_url"),
        ("appearance dark", "color_scheme"),
        ("database", "database_url"),
        ("no such thing", None),
        ("   ", None),
        ("%_*[", None),
    ],
)
def test_settings_are_found_by_title_sentence_page_and_name(text: str, first: str | None) -> None:
    hits = find(text)
    assert (hits[0].name if hits else None) == first


def test_what_was_looked_for_is_marked_where_it_stands() -> None:
    assert marked("Ring on every ring", ("ring",)) == [(0, 4), (14, 4)]
    assert marked("Straße über", ("uber", "straße")) == [(0, 6), (7, 4)]
    assert marked("ringing", ("ring", "ringing")) == [(0, 7)]


def test_ctrl_f_types_into_the_search_and_enter_goes_to_the_first_hit(dialog: SettingsDialog, qtbot: QtBot) -> None:
    with qtbot.waitExposed(dialog):
        dialog.open_at(SettingsPage.SOUND)
    QTest.keyClick(dialog, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    dialog.search.setFocus()
    QTest.keyClicks(dialog.search, "retention")
    assert dialog.pages.currentWidget() is dialog.found
    assert dialog.found.list.item(0).text() == "Keep calls for"
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    row = rows(dialog)["retention_days"]
    assert dialog.names.currentRow() == SettingsPage.PRIVACY
    assert row.isVisible()
    assert row._found.is_on
    assert dialog.search.text() == ""


def test_the_arrows_choose_among_what_was_found(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    QTest.keyClicks(dialog.search, "ring")
    first, second = (dialog.found.list.item(row).text() for row in (0, 1))
    assert first != second
    QTest.keyClick(dialog.search, Qt.Key.Key_Up)  # there is nothing above the first
    QTest.keyClick(dialog.search, Qt.Key.Key_Down)
    item = dialog.found.list.currentItem()
    assert item is not None
    assert item.text() == second


def test_where_nothing_is_found_it_says_what_to_do_and_escape_leads_back(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.CALLS)
    QTest.keyClicks(dialog.search, "<b>qwxz</b>")
    assert dialog.found.title.text() == "Nothing found"
    assert "<b>qwxz</b>" in dialog.found.nothing.text()
    assert not dialog.found.list.isVisible()
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)  # nothing to go to
    QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.pages.currentWidget() is dialog.page(SettingsPage.CALLS)


def test_every_setting_can_be_found_by_its_name_and_gone_to(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    for name in Settings.model_fields:
        hit = next(hit for hit in find(name.upper()) if hit.name == name)
        dialog.reveal(hit)
        assert dialog.pages.currentWidget() is dialog.page(hit.page)
        part = places(dialog)[name]
        assert not part.visibleRegion().isEmpty(), name


def test_a_page_that_is_made_late_shows_what_the_others_were_told(dialog: SettingsDialog) -> None:
    dialog.show_settings(Shown(Settings(retention_days=7), {"retention_days": "Set by RETENTION_DAYS"}))
    dialog.show_webhook("http://127.0.0.1:8000", None, {})
    assert dialog._made == {}
    assert rows(dialog)["retention_days"].control.text() == "7 days"
    assert not rows(dialog)["retention_days"].control.isEnabled()
    assert dialog.webhook.address.isEnabled()


def test_the_window_comes_up_before_its_first_page_is_made(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.come_up(SettingsPage.CALLS)
    assert dialog.isVisible()
    assert dialog._made == {}
    qtbot.waitUntil(lambda: SettingsPage.CALLS in dialog._made)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.page(SettingsPage.CALLS))
    dialog.hide()
    dialog.come_up()
    assert dialog.pages.currentWidget() is dialog.page(SettingsPage.CALLS)
