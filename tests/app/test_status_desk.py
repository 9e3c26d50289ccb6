"""The status page joined to the rooms: what is wrong anywhere is on it, and nothing private can be copied from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from connector_gui.app.keys import Keys
from connector_gui.app.office import read_clocks
from connector_gui.app.status_desk import StatusDesk
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import AudioError
from connector_gui.core.presence import Wish
from connector_gui.core.settings import Settings
from connector_gui.core.status import Condition, Cure, StatusLine, Subject
from connector_gui.elevenlabs.api import KeyCheck, KeyState
from connector_gui.switchboard import Switchboard
from connector_gui.system.credentials import Credentials
from connector_gui.system.secret_store import SessionStore
from connector_gui.ui.settings_dialog import SettingsPage
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import Theme
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services

CANARIES = ("sk_canary_key", "wh_canary_key", "Mara", "Lindqvist", "0701234567", "mara@example.org", "crm-canary")


class Sound:
    def __init__(self) -> None:
        self.microphones: Sequence[str] = ["Mara Lindqvist's AirPods"]
        self.problem: AudioError | None = None

    async def device_names(self) -> tuple[Sequence[str], Sequence[str]]:
        if self.problem is not None:
            raise self.problem
        return self.microphones, ["Speakers"]


class Joined:
    """A desk that runs, with the rooms it asks."""

    def __init__(self, folder: Path) -> None:
        store = MemoryStore()
        self.board = Switchboard(
            Desk(DeskRules()), store, NotingVoice(store), Services(), RecordingsFolder(folder), read_clocks
        )
        self.settings = Settings(
            elevenlabs_api_key=CANARIES[0], api_keys=f"Mara={CANARIES[1]}", input_device="Mara Lindqvist's AirPods"
        )
        self.keys = Keys(Credentials(SessionStore(), self.settings), lambda _key: None)
        self.sound = Sound()
        self.check = KeyCheck(KeyState.USABLE, "Fine.")
        self.checks = 0
        self.pages: list[SettingsPage | None] = []
        self.desk: StatusDesk

    async def check_key(self) -> KeyCheck:
        self.checks += 1
        return self.check

    @property
    def window(self) -> StatusWindow:
        assert self.desk._window is not None
        return self.desk._window

    def line(self, subject: Subject) -> StatusLine:
        return next(row.line for row in self.window.rows if row.line is not None and row.line.subject is subject)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                QApplication.processEvents()
                await asyncio.sleep(0.005)

    async def until_looked(self) -> None:
        await self.until(
            lambda: (
                len(self.window.rows) >= 9
                and all(row.line and row.line.condition is not Condition.UNKNOWN for row in self.window.rows)
            )
        )


@asynccontextmanager
async def joined(theme: Theme, folder: Path) -> AsyncIterator[Joined]:
    made = Joined(folder)
    await made.keys.read()
    made.board.views.set_webhook_url("http://192.168.7.7:8000/webhook/initiate-call")
    made.desk = StatusDesk(
        theme,
        made.board,
        made.keys,
        made.sound,
        settings=lambda: made.settings,
        check_key=made.check_key,
        open_settings=made.pages.append,
        data_folder=folder,
    )
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(made.desk.run()), tasks.create_task(made.board.run())]
        yield made
        await made.board.shut_down()
        for task in running:
            task.cancel()
    if made.desk._window is not None:
        made.desk._window.hide()
        made.desk._window.deleteLater()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


async def test_everything_is_asked_when_the_page_is_opened(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        await made.until_looked()
        assert made.window.title.text() == "All is well"
        assert made.checks == 1
        assert made.line(Subject.KEY).code == "in_environment"
        assert made.line(Subject.MICROPHONE).detail == "Mara Lindqvist's AirPods"
        assert made.line(Subject.DISK).figures["free_mib"] > 0


async def test_what_goes_wrong_anywhere_is_on_the_page_and_its_button_goes_there(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.sound.problem = AudioError("There is no sound system.")
        made.check = KeyCheck(KeyState.UNKNOWN, "ElevenLabs cannot be reached.")
        made.board.views.set_problem("webhook", "Port 8000 is taken.")
        made.board.views.set_webhook_url(None)
        made.board.views.set_problem("record", "The record was damaged.")
        made.board.views.set_problem("log", "The log cannot be written.")
        made.board.set_presence(Wish.HALF_HOUR)
        await made.until(lambda: made.board.views.current.is_do_not_disturb)
        made.desk.open()
        await made.until_looked()
        wrong = {row.line.subject for row in made.window.rows if row.line and row.line.condition is Condition.PROBLEM}
        assert wrong == {
            Subject.ELEVENLABS,
            Subject.WEBHOOK,
            Subject.MICROPHONE,
            Subject.SPEAKER,
            Subject.RECORD,
            Subject.LOG,
        }
        for row in made.window.rows:
            if row.line is not None and row.line.cure not in {None, Cure.DATA_FOLDER, Cure.ASK_AGAIN}:
                row.cure.click()
        assert made.pages == [SettingsPage.WEBHOOK, SettingsPage.SOUND, SettingsPage.SOUND]
        await made.until(lambda: not made.board.views.current.is_do_not_disturb)


async def test_elevenlabs_is_not_asked_at_every_look_but_when_it_is_wished(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_gui.app.status_desk.LOOK_S", 0.01)
    async with joined(theme, tmp_path) as made:
        made.check = KeyCheck(KeyState.UNKNOWN, "ElevenLabs cannot be reached.")
        made.desk.open()
        await made.until_looked()
        made.sound.microphones = []
        await made.until(lambda: made.line(Subject.MICROPHONE).condition is Condition.PROBLEM)
        assert made.checks == 1
        made.check = KeyCheck(KeyState.USABLE, "Fine.")
        next(row for row in made.window.rows if row.line and row.line.cure is Cure.ASK_AGAIN).cure.click()
        await made.until(lambda: made.line(Subject.ELEVENLABS).condition is Condition.GOOD)
        assert made.checks == 2


async def test_nobody_is_asked_while_nobody_looks(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_gui.app.status_desk.LOOK_S", 0.01)
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        await made.until_looked()
        made.window.hide()
        await asyncio.sleep(0.05)
        made.sound.microphones = []
        await asyncio.sleep(0.1)
        assert made.line(Subject.MICROPHONE).condition is Condition.GOOD


async def test_copied_diagnostics_have_no_keys_names_numbers_or_addresses(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        await made.board.place_call(
            CallRequest(
                CANARIES[6],
                "billing",
                ring_timeout_s=30,
                metadata={"name": "Mara Lindqvist", "phone": CANARIES[4], "email": CANARIES[5]},
            )
        )
        made.board.views.set_problem("settings", f"The settings file {tmp_path}/Mara: {CANARIES[0]} is wrong.")
        made.board.views.set_problem("record", "Mara's record was damaged.")
        made.check = KeyCheck(KeyState.INVALID, f"ElevenLabs does not take {CANARIES[0]}.")
        made.desk.open()
        await made.until_looked()
        made.window.copy.click()
        text = QGuiApplication.clipboard().text()
        for secret in (*CANARIES, "192.168", str(tmp_path), "AirPods", "127.0.0.1"):
            assert secret.lower() not in text.lower(), secret
        assert "elevenlabs: problem invalid took_ms=" in text
        assert "webhook: good listening keys=1" in text
        assert "microphone: good chosen devices=1" in text
