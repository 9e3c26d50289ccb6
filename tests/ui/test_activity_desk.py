"""Webhook activity joined to a real webhook: what comes is seen, live, and the test says what it found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from PySide6.QtWidgets import QApplication

from connector_gui.app.activity_desk import ActivityDesk
from connector_gui.app.keys import Keys
from connector_gui.core.settings import Settings
from connector_gui.core.view import DeskView
from connector_gui.system.credentials import Credentials
from connector_gui.system.redaction import Redactor
from connector_gui.system.secret_store import SessionStore
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.activity.window import ActivityWindow
from connector_gui.ui.theme import Theme
from tests.fakes.webhook import KEY, Served, serving

pytestmark = pytest.mark.usefixtures("qapp")


class Joined:
    """A desk that runs, with the webhook it follows."""

    def __init__(self, theme: Theme, folder: Path, served: Served, keys: Keys) -> None:
        redactor = Redactor()
        redactor.add_key(SecretStr(KEY))
        self.served = served
        self.places = WindowPlaces(folder)
        self.desk = ActivityDesk(theme, self.places, keys, redactor.clean, lambda: None)
        self.desk.watch(served.server)
        self.desk.show_view(DeskView(webhook_url=served.server.url))
        self.found: list[tuple[str, bool]] = []
        self.desk.on_check.append(lambda text, is_good: self.found.append((text, is_good)))

    @property
    def window(self) -> ActivityWindow:
        assert self.desk._window is not None
        return self.desk._window

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                QApplication.processEvents()
                await asyncio.sleep(0.005)


@asynccontextmanager
async def joined(theme: Theme, folder: Path) -> AsyncIterator[Joined]:
    credentials = Credentials(SessionStore(), Settings(api_keys=f"n8n={KEY}"))
    keys = Keys(credentials, lambda _key: None)
    await keys.read()
    async with serving() as served, asyncio.TaskGroup() as tasks:
        made = Joined(theme, folder, served, keys)
        running = tasks.create_task(made.desk.run(), name="test.desk")
        yield made
        running.cancel()
        if made.desk._window is not None:
            made.desk._window.hide()
            made.desk._window.deleteLater()


async def test_what_came_before_the_window_was_opened_is_in_it(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        await made.served.place(session_id="crm-42")
        made.desk.open()
        request = made.window.rows.request(0)
        assert request is not None
        assert (request.path, request.status, request.key_name) == ("/webhook/initiate-call", 202, "n8n")


async def test_what_comes_while_it_is_open_appears(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        assert made.window.empty_text
        for _ in range(3):
            await made.served.get("/sessions")
        await made.until(lambda: made.window.rows.rowCount() == 3)


async def test_a_flood_is_drawn_a_few_times_a_second(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        pictures: list[int] = []
        made.window.rows.rowsInserted.connect(lambda *_: pictures.append(1))
        for _ in range(60):
            await made.served.ask("GET", "/health")
        await made.until(lambda: made.window.rows.rowCount() == 60)
        assert len(pictures) < 20


async def test_requests_that_are_not_for_us_are_counted_live(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        await made.served.ask("GET", "/health", host="evil.example")
        await made.until(lambda: made.window.strangers.text().startswith("1 request"))
        assert made.window.rows.rowCount() == 0


async def test_the_test_asks_over_http_and_is_seen_itself(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        made.window.test.click()
        assert not made.window.test.isEnabled()
        await made.until(lambda: bool(made.found))
        text, is_good = made.found[0]
        assert is_good, text
        assert "The key “n8n” was accepted" in text
        assert made.window.told.text == text
        await made.until(lambda: made.window.rows.rowCount() == 2)
        assert made.served.desk.requests == []


async def test_without_a_webhook_the_test_says_why(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.show_view(DeskView(webhook_url=None, problems=("Port 8000 is taken by another program.",)))
        made.desk.test()
        await made.until(lambda: bool(made.found))
        assert made.found == [("Port 8000 is taken by another program.", False)]


async def test_the_window_stands_where_it_stood(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        made.window.resize(900, 500)
        made.window.hide()
        kept = made.places.place("activity")
        assert kept is not None
        assert kept.width() == 900
