"""“Copy n8n workflow”: what lands on the clipboard, and what is said then."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from connector_gui.core.n8n_workflow import N8nPlace, N8nTemplate
from connector_gui.core.settings import Settings
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.n8n_copy import N8nCopy
from connector_gui.ui.theme import Theme
from tests.fakes.settings_dialog import Shown

URL = "http://127.0.0.1:8123"
KEY = "wk_secret_0123456789"


@pytest.fixture
def n8n(qtbot: QtBot, theme: Theme) -> Iterator[N8nCopy]:
    dialog = SettingsDialog(theme)
    qtbot.addWidget(dialog)
    dialog.show_settings(Shown())
    dialog.show_webhook(URL, None, {"default": SecretStr(KEY)})
    dialog.open_at(SettingsPage.WEBHOOK)
    QGuiApplication.clipboard().setText("nothing")
    yield dialog.webhook.n8n
    dialog.hide()


def choose(n8n: N8nCopy, template: N8nTemplate, place: N8nPlace) -> None:
    n8n.template.setCurrentIndex(n8n.template.findData(template.value))
    n8n.place.setCurrentIndex(n8n.place.findData(place.value))


def copied(n8n: N8nCopy) -> str:
    QTest.mouseClick(n8n.copy, Qt.MouseButton.LeftButton)
    return QGuiApplication.clipboard().text()


@pytest.mark.parametrize("template", N8nTemplate)
def test_each_workflow_is_copied_with_the_address_and_without_the_key(n8n: N8nCopy, template: N8nTemplate) -> None:
    choose(n8n, template, N8nPlace.HERE)
    text = copied(n8n)
    urls = [node["parameters"].get("url", "") for node in json.loads(text)["nodes"]]
    assert [url for url in urls if url.startswith(f"{URL}/webhook/initiate-call")]
    assert KEY not in text


def test_after_copying_it_says_how_to_go_on(n8n: N8nCopy) -> None:
    assert not n8n.next_steps.isVisible()
    copied(n8n)
    assert n8n.next_steps.isVisible()
    said = n8n.next_steps.text()
    assert all(word in said for word in (URL, "Ctrl+V", "Header Auth", "X-API-Key", "Agent Connector key"))
    assert n8n.next_steps.accessibleName() == said
    choose(n8n, N8nTemplate.WAIT, N8nPlace.ELSEWHERE)
    assert not n8n.next_steps.isVisible()


def test_for_docker_it_says_what_is_missing_by_the_settings_that_hold(n8n: N8nCopy) -> None:
    choose(n8n, N8nTemplate.WAIT, N8nPlace.DOCKER)
    assert "http://host.docker.internal:8123/webhook/initiate-call" in copied(n8n)
    assert "“Further names”" in n8n.next_steps.text()
    n8n.show_settings(Settings(allowed_hosts=("host.docker.internal",)))
    copied(n8n)
    assert "“Further names”" not in n8n.next_steps.text()


def test_nothing_can_be_copied_while_the_webhook_does_not_listen(n8n: N8nCopy) -> None:
    n8n.show_webhook(None)
    assert copied(n8n) == "nothing"


def test_the_wheel_scrolls_the_page_and_leaves_the_choice(n8n: N8nCopy) -> None:
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(n8n.place, event)
    assert n8n.place.currentData() == N8nPlace.HERE
