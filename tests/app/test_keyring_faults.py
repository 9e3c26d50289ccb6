"""What callers and the operator get while the system's keyring misbehaves, and once it behaves again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import keyring.errors
import pytest
from pydantic import SecretStr

from connector_gui.app import keys as keys_module
from connector_gui.app.keys import Keys
from connector_gui.app.services import AnsweringServices
from connector_gui.core.errors import KeyringError, RefusedError
from connector_gui.core.settings import Settings
from connector_gui.system.credentials import ELEVENLABS_KEY, Credentials
from connector_gui.system.paths import APP_NAME
from connector_gui.system.secret_store import Backend, KeyringStore
from tests.fakes.keyring_backends import FailingKeyring, MemoryKeyring, SlowKeyring


class Desk:
    """Keys and services over one keyring, asked again every few milliseconds."""

    def __init__(self, backend: Backend) -> None:
        settings = Settings()
        store = KeyringStore(lambda: backend, timeout_s=0.2)
        self.hidden: list[SecretStr] = []
        self.keys = Keys(Credentials(store, settings), self.hidden.append)
        self.services = AnsweringServices(self.keys, settings.elevenlabs_base_url, "auto")

    def refusal(self) -> RefusedError:
        with pytest.raises(RefusedError) as refused:
            self.services.choose()
        return refused.value


@asynccontextmanager
async def watching(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(keys_module, "RETRY_S", 0.02)
    desk = Desk(backend)
    watch = asyncio.create_task(desk.keys.watch())
    try:
        yield desk
    finally:
        watch.cancel()
        await desk.services.aclose()


async def until_known(desk: Desk) -> None:
    async with asyncio.timeout(5):
        while desk.keys.problem is not None or not desk.keys.webhook:
            await asyncio.sleep(0.01)


async def test_before_the_keyring_has_answered_nobody_is_called_a_stranger() -> None:
    desk = Desk(MemoryKeyring())
    with pytest.raises(KeyringError, match="has not answered yet"):
        desk.keys.of_callers()
    assert desk.refusal().code == "keyring_locked"
    await desk.keys.read()
    assert len(desk.keys.of_callers()) == 1
    assert desk.services.choose().is_practice
    await desk.services.aclose()


async def test_a_locked_keyring_is_told_to_callers_and_works_once_it_is_unlocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend = FailingKeyring(keyring.errors.KeyringLocked)
    async with watching(backend, monkeypatch) as desk:
        await desk.keys.first_read()
        with pytest.raises(KeyringError, match="locked"):
            desk.keys.of_callers()
        assert (desk.refusal().code, desk.refusal().status) == ("keyring_locked", 503)
        assert desk.refusal().retry_after_s
        backend.is_working = True
        await until_known(desk)
        assert len(desk.keys.of_callers()) == 1
        assert desk.services.choose().is_practice


async def test_a_slow_keyring_stops_nothing_and_is_used_when_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = SlowKeyring()
    backend.stored[APP_NAME, ELEVENLABS_KEY] = "sk_0123456789"
    async with watching(backend, monkeypatch) as desk:
        longest_s = 0.0
        for _ in range(100):
            before_s = time.monotonic()
            await asyncio.sleep(0.005)
            longest_s = max(longest_s, time.monotonic() - before_s)
        assert longest_s < 0.15
        assert "does not answer" in str(desk.keys.problem)
        assert desk.refusal().code == "keyring_locked"
        backend.answered.set()
        await until_known(desk)
        assert not desk.services.choose().is_practice
        assert SecretStr("sk_0123456789") in desk.hidden


@pytest.mark.parametrize("rubbish", ["", " \n", "sk_\x00\x01", "ключ", "x" * 100_000, b"bytes", 17])
async def test_rubbish_in_the_keyring_is_no_key(rubbish: object) -> None:
    backend = MemoryKeyring()
    for name in (ELEVENLABS_KEY, "webhook-api-key"):
        backend.stored[APP_NAME, name] = rubbish
    desk = Desk(backend)
    await desk.keys.read()
    assert desk.services.choose().is_practice
    (key,) = desk.keys.of_callers().values()  # a new one was made
    assert key.get_secret_value().isascii()
    await desk.services.aclose()


async def test_a_keyring_in_trouble_is_one_line_in_the_log_however_often_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    backend = FailingKeyring(keyring.errors.KeyringLocked)
    async with watching(backend, monkeypatch) as desk:
        reads: list[None] = []
        desk.keys.on_change.append(lambda: reads.append(None))
        async with asyncio.timeout(5):
            while len(reads) < 5:
                await asyncio.sleep(0.01)
        backend.is_working = True
        await until_known(desk)
    events = [record.getMessage() for record in caplog.records if record.name == "connector_gui.app.keys"]
    assert events == ["keyring.unreadable", "keyring.readable"]
