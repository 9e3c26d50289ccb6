"""The guided start: its pages clicked through, skipped, and left; a sound check in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from connector_gui.core.level import Level
from connector_gui.core.settings import Settings
from connector_gui.core.sound_check import CheckStep, EchoFigures, SoundCheck, VoiceFigures
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.setup.check_words import findings
from connector_gui.ui.setup.window import STEPS, SetupWindow
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown, texts

DEVICES = (["Built-in Audio", "Jabra Evolve 65"], ["Built-in Audio", "HDMI"])
GOOD = SoundCheck(EchoFigures(-70, -18, -55, 37, 80), VoiceFigures(-27), 40)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[SetupWindow]:
    made = SetupWindow(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    made.show_key_state(KeyShown.NONE, "")
    made.open_at()
    yield made
    made.hide()


def click(button: QAbstractButton) -> None:
    assert button.isVisible(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def at_sound(window: SetupWindow) -> None:
    window.open_at("sound")
    window.show_devices(*DEVICES)


class TestTheWay:
    def test_every_page_can_be_skipped_to_the_end(self, window: SetupWindow) -> None:
        stepped, over = Heard(window.stepped), Heard(window.finished_with)
        for _ in STEPS[1:]:
            click(window.next)
        assert stepped == list(STEPS[1:])
        click(window.next)
        assert over == [False]
        assert not window.isVisible()

    def test_one_can_go_back(self, window: SetupWindow) -> None:
        assert not window.back.isVisible()
        click(window.next)
        click(window.back)
        assert window.step == "key"

    @pytest.mark.parametrize("step", STEPS)
    def test_it_goes_on_where_it_was_left(self, window: SetupWindow, step: str) -> None:
        window.close()
        window.open_at(step)
        assert window.step == step

    def test_an_unknown_page_is_the_first(self, window: SetupWindow) -> None:
        window.open_at("of a later version")
        assert window.step == "key"

    def test_skipping_all_is_the_end(self, window: SetupWindow) -> None:
        over = Heard(window.finished_with)
        click(window.skip_all)
        assert over == [False]

    def test_closing_is_not_the_end(self, window: SetupWindow) -> None:
        over = Heard(window.finished_with)
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert not window.isVisible()
        assert over == []

    def test_by_itself_it_takes_no_focus_and_stands_above_nothing(self, qtbot: QtBot, theme: Theme) -> None:
        window = SetupWindow(theme)
        qtbot.addWidget(window)
        window.open_at(takes_focus=False)
        assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        assert not window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
        assert not window.isModal()

    def test_where_one_stands_is_said_to_those_who_do_not_see_it(self, window: SetupWindow) -> None:
        click(window.next)
        assert window.signs[1].accessibleName() == "Step 2 of 4: Sound, now"


class TestKey:
    def test_a_key_is_kept_and_then_checked(self, window: SetupWindow) -> None:
        entered, checked = Heard(window.key_entered), Heard(window.key_check_requested)
        window.key.field.setText("sk_test_0123456789")
        click(window.key.save)
        assert entered == [(SecretStr("sk_test_0123456789"), False)]
        assert checked == []
        window.show_key_state(KeyShown.KEYRING, "")
        assert checked == [None]
        window.show_key_check("The key works. 2 agents found: Billing, Support.", is_good=True)
        assert window.key.result.text() == "✓ The key works. 2 agents found: Billing, Support."
        window.show_key_state(KeyShown.KEYRING, "")
        assert checked == [None]

    def test_a_locked_keyring_is_said_with_the_ways_out(self, window: SetupWindow) -> None:
        retried, entered = Heard(window.keyring_retry_requested), Heard(window.key_entered)
        window.show_key_state(KeyShown.LOCKED, "The keyring is locked.")
        said = " ".join(texts(window.key))
        assert "The keyring is locked" in said
        assert "password" in said
        click(window.key.retry)
        assert len(retried) == 1
        window.key.field.setText("sk_test_0123456789")
        click(window.key.for_session)
        assert entered == [(SecretStr("sk_test_0123456789"), True)]

    def test_without_a_key_one_practises_and_goes_on(self, window: SetupWindow) -> None:
        wished = Heard(window.practise_requested)
        click(window.key.practise)
        assert len(wished) == 1
        assert window.step == "sound"

    def test_who_has_a_key_is_not_asked_to_practise(self, window: SetupWindow) -> None:
        window.show_key_state(KeyShown.ENVIRONMENT, "")
        assert not window.key.practise.isVisible()
        assert window.key.check.isVisible()


class TestSound:
    def test_devices_are_chosen_and_tried(self, window: SetupWindow) -> None:
        metered, changed = Heard(window.meter_wanted), Heard(window.changes_requested)
        tone, ring = Heard(window.test_tone_requested), Heard(window.ring_test_requested)
        at_sound(window)
        assert metered == [""]
        window.sound.speaker.edited.emit("HDMI")
        window.show_settings(Shown(Settings(output_device="HDMI")))
        click(window.sound.test_tone)
        click(window.sound.test_ring)
        assert (changed, tone, ring) == ([{"output_device": "HDMI"}], ["HDMI"], [""])

    def test_a_check_takes_the_microphone_from_the_meter_and_gives_it_back(self, window: SetupWindow) -> None:
        at_sound(window)
        metered, wanted = Heard(window.meter_wanted), Heard(window.check_requested)
        click(window.sound.card.start)
        assert (metered, len(wanted)) == ([None], 1)
        assert not window.sound.test_tone.isEnabled()
        window.show_level(Level(-9, -20))
        assert window.sound.meter.lit_segments > 0
        window.show_check(GOOD)
        assert metered == [None, ""]
        assert window.sound.test_tone.isEnabled()

    def test_each_step_says_what_to_do(self, window: SetupWindow) -> None:
        at_sound(window)
        click(window.sound.card.start)
        said = []
        for step in (CheckStep.QUIET, CheckStep.AGENT, CheckStep.OPERATOR):
            window.show_check(step)
            said.append(window.sound.card.state.text())
        assert "quiet" in said[0]
        assert "agent" in said[1]
        assert "say a sentence" in said[2]

    def test_what_was_found_is_three_lines(self, window: SetupWindow) -> None:
        at_sound(window)
        window.show_check(GOOD)
        assert [line.shown for line in window.sound.card.lines] == [
            "Your voice is loud enough · −27 dBFS",
            "Almost no echo · −55 dB left, 37 dB removed",
            "The sound is quick · 80 ms",
        ]

    def test_a_check_is_stopped_by_its_button_and_by_leaving_the_page(self, window: SetupWindow) -> None:
        at_sound(window)
        stopped = Heard(window.check_stop_requested)
        click(window.sound.card.start)
        click(window.sound.card.start)
        assert len(stopped) == 1
        window.show_check(CheckStep.STOPPED)
        click(window.sound.card.start)
        click(window.next)
        assert len(stopped) == 2


class TestFindings:
    def test_what_is_poor_comes_with_a_cure(self) -> None:
        poor = SoundCheck(EchoFigures(-60, -8, -20, 12, 320), VoiceFigures(-55), 40, is_cancelling=False)
        voice, echo, delay = findings(poor)
        assert (voice.words, echo.words, delay.words) == (
            "Your voice is too low",
            "Much echo: the agent hears itself",
            "The sound is late",
        )
        assert "closer" in voice.cure
        assert "echo cancelling on" in echo.cure
        assert "Bluetooth" in delay.cure

    @pytest.mark.parametrize(
        ("voice", "words"),
        [
            (VoiceFigures(-8), "Your voice is too loud"),
            (VoiceFigures(-20, is_clipping=True), "Your voice is too loud"),
            (VoiceFigures(), "Your voice was not heard"),
            (VoiceFigures(is_silent=True), "The microphone gives only silence"),
        ],
    )
    def test_a_voice_in_words(self, voice: VoiceFigures, words: str) -> None:
        found = findings(SoundCheck(GOOD.echo, voice, 40))[0]
        assert found.words == words
        assert found.cure

    def test_a_headset_is_no_fault(self) -> None:
        found = findings(SoundCheck(EchoFigures(-75), VoiceFigures(-25), 38))
        assert [one.role for one in found] == ["live", "live", "live"]
        assert found[2].figure == "38 ms, as the devices say"

    def test_a_silent_microphone_says_nothing_about_the_echo(self) -> None:
        found = findings(SoundCheck(EchoFigures(-96, is_silent=True), VoiceFigures(is_silent=True), 40))
        assert found[0].words == "The microphone gives only silence"
        assert found[1].words == "Whether there is an echo cannot be told"

    def test_no_meaning_is_in_colour_alone(self) -> None:
        signs = {one.role: one.sign for one in findings(GOOD)}
        poor = SoundCheck(EchoFigures(-60, -8, -20, 12, 320), VoiceFigures(-55), 40)
        signs |= {one.role: one.sign for one in findings(poor)}
        assert len(set(signs.values())) == len(signs) == 3


class TestWebhookAndLast:
    def test_address_key_and_a_test_from_here(self, window: SetupWindow) -> None:
        tested = Heard(window.webhook_test_requested)
        window.open_at("webhook")
        window.show_webhook("http://127.0.0.1:8000", None, {"default": SecretStr("k-1")})
        assert window.webhook.address.text == "http://127.0.0.1:8000/webhook/initiate-call"
        click(window.webhook.test)
        window.show_webhook_test("Listening. The key was accepted.", is_good=True)
        assert len(tested) == 1
        assert window.webhook.found.text() == "Listening. The key was accepted."
        assert not any("k-1" in text for text in texts(window))
        for one in (window.webhook.example_part, window.webhook.practice_call, window.webhook.new_key):
            assert not one.isVisible()
            assert one.window() is window

    def test_start_at_login_is_asked_for_and_shown(self, window: SetupWindow) -> None:
        wished = Heard(window.autostart_requested)
        window.open_at("last")
        box = window.last.autostart
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))
        assert wished == [True]
        window.show_autostart(False, "Start at login could not be changed (Permission denied).")
        assert not window.last.autostart.isChecked()
        assert "Permission denied" in window.last.problem.text()

    def test_a_practice_call_ends_the_guide(self, window: SetupWindow) -> None:
        over = Heard(window.finished_with)
        window.open_at("last")
        click(window.last.practice_call)
        assert over == [True]
        assert not window.isVisible()
