"""Settings at work: changes reach everyone they concern, the webhook listens by them, bad ones change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from connector_gui.app.keys import Keys
from connector_gui.app.office import Office
from connector_gui.app.preferences import Preferences
from connector_gui.app.services import AnsweringServices
from connector_gui.elevenlabs.link import open_link
from connector_gui.system import logs
from connector_gui.system.credentials import Credentials
from connector_gui.system.secret_store import SessionStore
from connector_gui.system.settings_sources import load
from connector_gui.voice.thread import VoiceThread
from tests.e2e.program import free_port
from tests.fakes.rooms import MemoryStore, RecordingsFolder
from tests.fakes.sound import FakeSound


class Program:
    """Everything behind the windows, without the windows."""

    def __init__(self, data_dir: Path) -> None:
        self.loaded = load({"data_dir": data_dir, "port": free_port()})
        self.loaded.data_dir.prepare()
        self.logs = logs.start(None)
        settings = self.loaded.settings
        self.keys = Keys(Credentials(SessionStore(), settings), self.logs.redactor.add_key)
        self.services = AnsweringServices(self.keys, settings.elevenlabs_base_url, settings.practice)
        self.voice = VoiceThread(FakeSound(), open_link)
        store = MemoryStore()
        self.office = Office.open(settings, store, self.voice, self.services, RecordingsFolder(data_dir))
        self.board = self.office.board
        self.preferences = Preferences(self.loaded, self.office, self.voice, self.keys, self.services, self.logs)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[Program]:
    program = Program(data_dir)
    await program.keys.read()
    serving = asyncio.create_task(program.preferences.serve())
    try:
        await program.until(lambda: program.board.views.current.webhook_url)
        yield program
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await program.services.aclose()
        program.logs.stop()


async def test_a_change_is_saved_and_in_force_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        assert await program.preferences.apply({"ring_queue_size": 3, "log_level": "DEBUG"}) == {}
        assert program.office.desk.rules.ring_queue_size == 3
        assert load({"data_dir": tmp_path}).settings.ring_queue_size == 3


async def test_a_wrong_value_is_named_and_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        problems = await program.preferences.apply({"ring_queue_size": 0, "audio_chunk_ms": 50})
        assert set(problems) == {"ring_queue_size"}
        assert program.preferences.settings.audio_chunk_ms == 100


async def test_what_the_command_line_sets_is_not_overwritten(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        problems = await program.preferences.apply({"port": 1234})
        assert "PORT" in problems[""]


async def test_two_changes_at_once_are_both_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        await asyncio.gather(
            program.preferences.apply({"ring_queue_size": 3}), program.preferences.apply({"audio_chunk_ms": 50})
        )
        kept = load({"data_dir": tmp_path}).settings
        assert (kept.ring_queue_size, kept.audio_chunk_ms) == (3, 50)


async def test_a_change_of_the_webhook_makes_a_new_server(tmp_path: Path) -> None:
    async with running(tmp_path) as program, aiohttp.ClientSession() as session:
        url = program.board.views.current.webhook_url
        assert url is not None
        headers = {"Host": "desk.example"}
        async with session.get(f"{url}/health", headers=headers) as refused:
            assert refused.status == 421
        assert await program.preferences.apply({"allowed_hosts": ("desk.example",)}) == {}

        async def status() -> int:
            try:
                async with session.get(f"{url}/health", headers=headers) as answer:
                    return answer.status
            except aiohttp.ClientError:
                return 0

        async with asyncio.timeout(10):
            while await status() == 421 or await status() == 0:
                await asyncio.sleep(0.02)


async def test_a_key_turns_practice_off(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        assert program.board.views.current.is_practice
        await program.keys.credentials.set_elevenlabs_key(SecretStr("sk_1234567890"))
        await program.keys.read()
        assert not program.board.views.current.is_practice
        assert program.services.choose() is program.services.elevenlabs
        assert await program.preferences.apply({"practice": "always"}) == {}
        assert program.board.views.current.is_practice


async def test_another_address_of_elevenlabs_is_used_from_then_on(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        before = program.services.elevenlabs
        assert await program.preferences.apply({"elevenlabs_base_url": "https://api.eu.residency.elevenlabs.io"}) == {}
        assert program.services.elevenlabs is not before


@pytest.mark.parametrize("url", ["http://api.elevenlabs.io", "ftp://x", "https://"])
async def test_an_unsafe_address_is_refused(tmp_path: Path, url: str) -> None:
    async with running(tmp_path) as program:
        assert set(await program.preferences.apply({"elevenlabs_base_url": url})) == {"elevenlabs_base_url"}
