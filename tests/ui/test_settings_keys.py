"""Keys: entered and never shown again, or shown only on request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.errors import KeyringReason
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.curl import curl_example
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Heard, Shown, texts

KEY = "sk_0123456789abcdef"
URL = "http://127.0.0.1:8000"


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    yield made
    made.hide()


def enter(dialog: SettingsDialog, key: str = KEY) -> None:
    dialog.open_at(SettingsPage.ELEVENLABS)
    QTest.keyClicks(dialog.elevenlabs.field, key)


# --- the ElevenLabs key ------------------------------------------------------------------------


def test_a_saved_key_can_never_be_read_again(dialog: SettingsDialog) -> None:
    entered = Heard(dialog.key_entered)
    dialog.show_key_state(KeyShown.NONE, "")
    enter(dialog, f" {KEY} ")
    QTest.mouseClick(dialog.elevenlabs.save, Qt.MouseButton.LeftButton)
    assert entered == [(SecretStr(KEY), False)]
    dialog.show_key_state(KeyShown.KEYRING, "")
    QTest.keyClick(dialog.elevenlabs.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not any(KEY in text for text in texts(dialog))
    assert dialog.elevenlabs.field.text() == ""


def test_enter_in_the_field_saves(dialog: SettingsDialog) -> None:
    entered = Heard(dialog.key_entered)
    enter(dialog)
    QTest.keyClick(dialog.elevenlabs.field, Qt.Key.Key_Return)
    assert entered == [(SecretStr(KEY), False)]


def test_a_key_that_was_not_saved_goes_with_the_window(dialog: SettingsDialog) -> None:
    enter(dialog)
    dialog.close()
    assert dialog.elevenlabs.field.text() == ""


@pytest.mark.parametrize("reason", list(KeyringReason))
def test_each_trouble_of_the_keyring_is_told_apart_and_has_ways_out(
    dialog: SettingsDialog, reason: KeyringReason
) -> None:
    entered, retries = Heard(dialog.key_entered), Heard(dialog.keyring_retry_requested)
    enter(dialog)
    page = dialog.elevenlabs
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    dialog.show_key_state(KeyShown(reason), "What to do.")
    assert page.details.text() == "What to do."
    QTest.mouseClick(page.for_session, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.retry, Qt.MouseButton.LeftButton)
    assert entered == [(SecretStr(KEY), False), (SecretStr(KEY), True)]
    assert len(retries) == 1


def test_every_state_has_words_of_its_own(dialog: SettingsDialog) -> None:
    said = set()
    for state in KeyShown:
        dialog.show_key_state(state, "")
        said.add(dialog.elevenlabs.state.text())
    assert len(said) == len(KeyShown)


def test_a_key_from_the_environment_is_not_changed_here(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.ELEVENLABS)
    dialog.show_key_state(KeyShown.ENVIRONMENT, "Set by ELEVENLABS_API_KEY in .env")
    page = dialog.elevenlabs
    assert not page.field.isEnabled()
    assert not page.delete.isVisible()
    assert page.check.isEnabled()


def test_the_check_takes_the_key_in_the_field_or_the_one_in_use(dialog: SettingsDialog) -> None:
    checks = Heard(dialog.key_check_requested)
    dialog.show_key_state(KeyShown.NONE, "")
    page = dialog.elevenlabs
    assert not page.check.isEnabled()
    enter(dialog)
    QTest.mouseClick(page.check, Qt.MouseButton.LeftButton)
    assert not page.check.isEnabled()
    dialog.show_key_check("It has 2 agents: Billing, <b>Sales</b>.", True)
    assert page.result.text() == "✓ It has 2 agents: Billing, <b>Sales</b>."
    assert page.result.textFormat() is Qt.TextFormat.PlainText
    page.field.clear()
    dialog.show_key_state(KeyShown.KEYRING, "")
    QTest.mouseClick(page.check, Qt.MouseButton.LeftButton)
    assert checks == [SecretStr(KEY), None]


def test_deleting_asks_first(dialog: SettingsDialog) -> None:
    deletions = Heard(dialog.key_deletion_requested)
    dialog.open_at(SettingsPage.ELEVENLABS)
    dialog.show_key_state(KeyShown.KEYRING, "")
    page = dialog.elevenlabs
    QTest.mouseClick(page.delete, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.delete_question.keep, Qt.MouseButton.LeftButton)
    assert deletions == []
    QTest.mouseClick(page.delete, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.delete_question.confirm, Qt.MouseButton.LeftButton)
    assert len(deletions) == 1


# --- the webhook's keys ------------------------------------------------------------------------


def test_a_webhook_key_is_hidden_until_asked_for_and_again_with_its_page(dialog: SettingsDialog) -> None:
    dialog.show_webhook(URL, None, {"default": SecretStr(KEY)})
    dialog.open_at(SettingsPage.WEBHOOK)
    (row,) = dialog.webhook.key_rows
    assert not any(KEY in text for text in texts(dialog))
    QTest.mouseClick(row.show_button, Qt.MouseButton.LeftButton)
    assert row.line.text() == KEY
    dialog.show_webhook(URL, None, {"default": SecretStr(KEY)})
    assert row.line.text() == KEY
    dialog.open_at(SettingsPage.CALLS)
    assert not any(KEY in text for text in texts(dialog))


def test_a_key_is_copied_without_being_shown(dialog: SettingsDialog) -> None:
    dialog.show_webhook(URL, None, {"crm": SecretStr("first"), "n8n": SecretStr(KEY)})
    dialog.open_at(SettingsPage.WEBHOOK)
    QTest.mouseClick(dialog.webhook.key_rows[1].copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().mimeData()
    assert copied.text() == KEY
    assert copied.data("x-kde-passwordManagerHint").data() == b"secret"
    assert not any(KEY in text for text in texts(dialog))


def test_a_new_key_takes_two_steps(dialog: SettingsDialog) -> None:
    wanted = Heard(dialog.new_webhook_key_requested)
    dialog.show_webhook(URL, None, {"default": SecretStr(KEY)})
    dialog.open_at(SettingsPage.WEBHOOK)
    page = dialog.webhook
    QTest.mouseClick(page.new_key, Qt.MouseButton.LeftButton)
    assert wanted == []
    QTest.mouseClick(page.new_key_question.confirm, Qt.MouseButton.LeftButton)
    assert len(wanted) == 1
    dialog.show_webhook(URL, None, {"default": SecretStr("another")})
    assert len(page.key_rows) == 1


def test_an_unanswered_question_is_gone_when_the_page_comes_back(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.WEBHOOK)
    QTest.mouseClick(dialog.webhook.new_key, Qt.MouseButton.LeftButton)
    dialog.close()
    dialog.open_at()
    assert not dialog.webhook.new_key_question.isVisible()
    assert dialog.webhook.new_key.isEnabled()


def test_keys_from_the_environment_are_not_replaced_here(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.WEBHOOK)
    dialog.show_settings(Shown(fixed={"api_keys": "Set by API_KEYS in the environment"}))
    assert not dialog.webhook.new_key.isVisible()
    assert dialog.webhook.keys_fixed.text() == "Set by API_KEYS in the environment"


def test_the_example_has_the_real_address_and_no_key(dialog: SettingsDialog) -> None:
    dialog.show_webhook("https://[::1]:9000", None, {"default": SecretStr(KEY)})
    assert dialog.webhook.address.text == "https://[::1]:9000/webhook/initiate-call"
    example = dialog.webhook.example.lines.toPlainText()
    assert example == curl_example("https://[::1]:9000")
    assert '"https://[::1]:9000/webhook/initiate-call"' in example
    assert KEY not in example


@pytest.mark.parametrize(("platform", "end"), [("linux", " \\"), ("win32", " ^")])
def test_the_example_is_continued_as_the_systems_shell_wants_it(platform: str, end: str) -> None:
    first, *_, last = curl_example(URL, platform).splitlines()
    assert first.endswith(end)
    assert last.endswith('}"')


def test_a_webhook_that_does_not_listen_says_why(dialog: SettingsDialog) -> None:
    dialog.open_at(SettingsPage.WEBHOOK)
    dialog.show_webhook(None, "Port 8000 is taken by another program.", {})
    page = dialog.webhook
    assert page.problem.text == "Port 8000 is taken by another program."
    assert not page.address.isEnabled()
    assert not page.example.isVisible()
    assert page.no_key.isVisible()
