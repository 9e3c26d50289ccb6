"""Devices by name, and a microphone that is wanted only while its meter is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.level import Level
from connector_gui.core.settings import Settings
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown

INPUTS = ["Built-in Audio", "Jabra Evolve 65"]
OUTPUTS = ["Built-in Audio", "HDMI"]


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    yield made
    made.hide()


def test_the_meter_runs_only_while_its_page_is_seen(dialog: SettingsDialog) -> None:
    wanted = Heard(dialog.meter_wanted)
    dialog.open_at(SettingsPage.CALLS)
    dialog.show_devices(INPUTS, OUTPUTS)
    assert wanted == []
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    assert wanted == [""]
    dialog.open_at(SettingsPage.CALLS)
    assert wanted == ["", None]


def test_closing_the_window_stops_the_meter(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    wanted = Heard(dialog.meter_wanted)
    dialog.show_level(Level(-6, -12))
    assert dialog.sound.meter.lit_segments > 0
    dialog.close()
    assert wanted == [None]
    dialog.show_level(Level(-6, -12))  # was on its way
    assert dialog.sound.meter.lit_segments == 0


def test_a_minimised_window_lets_go_of_the_microphone(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    wanted = Heard(dialog.meter_wanted)
    dialog.showMinimized()
    assert wanted == [None]


def test_the_meter_follows_the_chosen_microphone(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    wanted = Heard(dialog.meter_wanted)
    dialog.show_settings(Shown(Settings(input_device="Jabra Evolve 65")))
    dialog.show_settings(Shown(Settings(input_device="Jabra Evolve 65", auto_answer=True)))
    assert wanted == ["Jabra Evolve 65"]


def test_devices_are_looked_for_while_no_microphone_is_open(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    asked: list[object] = []
    dialog.meter_wanted.connect(asked.append)
    dialog.devices_wanted.connect(lambda: asked.append("look"))
    QTest.mouseClick(dialog.sound.refresh, Qt.MouseButton.LeftButton)
    assert asked == [None, "look"]
    assert not dialog.sound.refresh.isEnabled()
    dialog.show_devices(INPUTS, OUTPUTS)
    assert asked == [None, "look", ""]
    assert dialog.sound.refresh.isEnabled()


def test_devices_stand_below_the_systems_default(dialog: SettingsDialog) -> None:
    dialog.show_devices(INPUTS, OUTPUTS)
    assert dialog.sound.microphone.choices == ["System default", *INPUTS]
    assert dialog.sound.ring.choices == ["System default", *OUTPUTS]


def test_a_device_that_is_not_there_is_shown_as_such(dialog: SettingsDialog) -> None:
    dialog.show_settings(Shown(Settings(output_device="Jabra", input_device="jabra")))
    dialog.show_devices(INPUTS, OUTPUTS)
    assert dialog.sound.speaker.control.currentText() == "Jabra – not connected"  # type: ignore[attr-defined]  # a list
    assert dialog.sound.microphone.control.currentText() == "Jabra Evolve 65 (set as “jabra”)"  # type: ignore[attr-defined]


def test_a_choice_is_sent_by_the_devices_whole_name(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.show_devices([f"Microphone <b>{'long ' * 60}</b>"], OUTPUTS)
    QTest.keyClick(dialog.sound.microphone.control, Qt.Key.Key_Down)
    (change,) = heard
    assert change["input_device"].startswith("Microphone <b>long")
    assert Settings().changed(**change).input_device == change["input_device"].strip()  # no longer than may be
    assert len(dialog.sound.microphone.choices[1]) <= 60


def test_a_chosen_device_goes_before_those_chosen_earlier(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.show_settings(Shown(Settings(input_device="Jabra Evolve 65; Headset <3>")))
    dialog.show_devices(INPUTS, OUTPUTS)
    dialog.open_at(SettingsPage.SOUND)
    row = dialog.sound.microphone
    assert row.control.currentText() == "Jabra Evolve 65"  # type: ignore[attr-defined]  # a list
    assert row.then.text() == "Otherwise: Headset <3>"
    assert "Otherwise: Headset <3>" in row.control.accessibleDescription()
    QTest.keyClick(row.control, Qt.Key.Key_Up)
    QTest.keyClick(row.control, Qt.Key.Key_Home)
    assert heard == [{"input_device": "Built-in Audio; Jabra Evolve 65; Headset <3>"}, {"input_device": ""}]


def test_devices_behind_the_first_are_seen_and_forgotten_on_the_spot(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.SOUND)
    row = dialog.sound.speaker
    assert not row.forget.isVisible()
    dialog.show_settings(Shown(Settings(output_device="HDMI; Jabra; Built-in")))
    assert row.then.isVisible()
    assert row.forget.accessibleName() == "Forget Jabra, Built-in"
    QTest.mouseClick(row.forget, Qt.MouseButton.LeftButton)
    assert heard == [{"output_device": "HDMI"}]
    dialog.show_settings(Shown(Settings(output_device="HDMI")))
    assert not row.then.isVisible()
    assert "Otherwise" not in row.control.accessibleDescription()


def test_a_list_from_the_environment_is_shown_and_not_forgotten(dialog: SettingsDialog) -> None:
    dialog.show_settings(Shown(Settings(output_device="HDMI; Jabra"), fixed={"output_device": "Set by OUTPUT_DEVICE."}))
    dialog.open_at(SettingsPage.SOUND)
    assert dialog.sound.speaker.then.isVisible()
    assert not dialog.sound.speaker.forget.isVisible()


def test_the_whole_list_is_tried_out(dialog: SettingsDialog) -> None:
    wanted, tones = Heard(dialog.meter_wanted), Heard(dialog.test_tone_requested)
    dialog.show_settings(Shown(Settings(input_device="Jabra; Built-in", output_device="HDMI; Jabra")))
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_devices(INPUTS, OUTPUTS)
    QTest.mouseClick(dialog.sound.test_tone, Qt.MouseButton.LeftButton)
    assert (wanted, tones) == (["Jabra; Built-in"], ["HDMI; Jabra"])


def test_tones_are_played_on_the_devices_that_hold(dialog: SettingsDialog) -> None:
    tones, rings = Heard(dialog.test_tone_requested), Heard(dialog.ring_test_requested)
    dialog.show_settings(Shown(Settings(output_device="HDMI")))
    dialog.open_at(SettingsPage.SOUND)
    QTest.mouseClick(dialog.sound.test_tone, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.sound.test_ring, Qt.MouseButton.LeftButton)
    assert (tones, rings) == (["HDMI"], [""])


def test_low_latency_is_one_click_and_says_what_it_costs(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.SOUND)
    QTest.mouseClick(dialog.sound.low_latency, Qt.MouseButton.LeftButton)
    assert heard == [{"audio_chunk_ms": 20}]
    assert "five times as many messages" in dialog.sound.chunk.help.text()
    dialog.show_settings(Shown(Settings(audio_chunk_ms=20)))
    assert not dialog.sound.low_latency.isEnabled()
    dialog.show_settings(Shown(Settings(audio_chunk_ms=50)))
    assert dialog.sound.low_latency.isEnabled()


def test_short_tones_can_be_switched_off(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.changes_requested)
    dialog.open_at(SettingsPage.SOUND)
    QTest.keyClick(dialog.sound.rows["call_cues"].control, Qt.Key.Key_Space)
    assert heard == [{"call_cues": False}]


def test_a_problem_with_a_device_is_said_in_words(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.SOUND)
    dialog.show_sound_problem("No microphone was found. Plug one in.")
    dialog.show_level(Level(-60, -60))  # of the microphone, while the speaker has the problem
    assert dialog.sound.problem.text == "No microphone was found. Plug one in."
    dialog.show_sound_problem("")
    assert not dialog.sound.problem.isVisible()
