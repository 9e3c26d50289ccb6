"""The ways to the activity window, and the test on the webhook's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.panel import Panel
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from tests.fakes.settings_dialog import Heard, Shown


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[SettingsDialog]:
    made = SettingsDialog(theme)
    qtbot.addWidget(made)
    made.show_settings(Shown())
    made.show_webhook("http://127.0.0.1:8000", None, {})
    made.open_at(SettingsPage.WEBHOOK)
    yield made
    made.hide()


def test_the_menu_of_tray_and_panel_leads_there(qtbot: QtBot, theme: Theme) -> None:
    tray, panel = Tray(theme), Panel(theme)
    qtbot.addWidget(panel)
    for source in (tray, panel):
        heard = Heard(source.activity_requested)
        menu = source.menu
        assert isinstance(menu, DeskMenu)
        assert menu.activity.isVisible()
        assert menu.activity.isEnabled()
        menu.activity.trigger()
        assert len(heard) == 1


def test_the_page_leads_there_and_to_a_practice_call(dialog: SettingsDialog) -> None:
    activity, practice = Heard(dialog.activity_requested), Heard(dialog.practice_call_requested)
    QTest.keyClick(dialog.webhook.activity, Qt.Key.Key_Space)
    QTest.mouseClick(dialog.webhook.practice_call, Qt.MouseButton.LeftButton)
    assert (len(activity), len(practice)) == (1, 1)


def test_the_test_is_asked_for_once_and_answered_in_words(dialog: SettingsDialog) -> None:
    heard = Heard(dialog.webhook_test_requested)
    page = dialog.webhook
    for _ in range(2):
        QTest.mouseClick(page.test, Qt.MouseButton.LeftButton)
    assert len(heard) == 1
    assert not page.found.isVisible()
    dialog.show_webhook_test("Nothing answers.", False)
    assert page.test.isEnabled()
    assert page.found.isVisible()
    assert (page.found.text(), page.found.property("role")) == ("Nothing answers.", "error")
    dialog.show_webhook_test("Listening.", True)
    assert (page.found.text(), page.found.property("role")) == ("Listening.", "live")
