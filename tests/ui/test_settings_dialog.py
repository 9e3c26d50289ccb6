"""The settings dialog: what it shows, allows and asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit
from pytestqt.qtbot import QtBot

from connector_gui.core.settings import Settings
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    yield made
    made.hide()


def rows(dialog: SettingsDialog) -> dict[str, Any]:
    """Every row of every page, by setting."""
    return {name: row for page in dialog._all for name, row in page.rows.items()} | dialog.webhook.listening.rows


# --- every setting -----------------------------------------------------------------------------


def test_every_row_shows_title_and_help_of_the_schema(dialog: SettingsDialog) -> None:
    for name, row in rows(dialog).items():
        declared = Settings.model_fields[name]
        assert row.control.accessibleName() == declared.title
        assert row.help.text() == declared.description


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
        "Sound", "Calls", "Webhook", "ElevenLabs", "Recording and privacy", "Advanced",
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
