"""The keys in use follow the keyring: read, unreadable, readable again."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from connector_gui.app import keys as keys_module
from connector_gui.app.keys import Keys
from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.core.settings import Settings
from connector_gui.system.credentials import Credentials
from connector_gui.system.secret_store import SessionStore


class Keyring(SessionStore):
    """A keyring in memory that can be in trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: KeyringReason | None = None

    def _check(self) -> None:
        if self.trouble is not None:
            raise KeyringError(self.trouble, f"The keyring is {self.trouble}.")

    async def get(self, name: str, *, may_prompt: bool = False) -> SecretStr | None:
        self._check()
        return await super().get(name, may_prompt=may_prompt)

    async def set(self, name: str, secret: SecretStr, *, may_prompt: bool = False) -> None:
        self._check()
        await super().set(name, secret, may_prompt=may_prompt)


class Desk:
    def __init__(self, settings: Settings | None = None) -> None:
        self.keyring = Keyring()
        self.hidden: list[str] = []
        self.changes = 0
        credentials = Credentials(self.keyring, settings or Settings())
        self.keys = Keys(credentials, lambda key: self.hidden.append(key.get_secret_value()))
        self.keys.on_change.append(self._count)

    def _count(self) -> None:
        self.changes += 1


async def test_at_the_first_start_a_webhook_key_is_made_and_kept() -> None:
    desk = Desk()
    await desk.keys.read()
    (key,) = desk.keys.webhook.values()
    again = Keys(Credentials(desk.keyring, Settings()), lambda _key: None)
    await again.read()
    assert list(again.webhook.values()) == [key]
    assert desk.keys.status is KeyStatus.NONE
    assert desk.changes == 1


async def test_every_key_is_kept_out_of_the_log() -> None:
    desk = Desk()
    await desk.keys.credentials.set_elevenlabs_key(SecretStr("sk_1234567890"))
    await desk.keys.read()
    assert desk.keys.status is KeyStatus.STORED
    assert set(desk.hidden) == {"sk_1234567890", *(key.get_secret_value() for key in desk.keys.webhook.values())}


@pytest.mark.parametrize("reason", [KeyringReason.LOCKED, KeyringReason.DENIED, KeyringReason.TIMEOUT])
async def test_a_keyring_in_trouble_is_not_taken_for_an_empty_one(reason: KeyringReason) -> None:
    desk = Desk()
    desk.keyring.trouble = reason
    await desk.keys.read()
    assert desk.keys.status is KeyStatus.UNREADABLE
    assert desk.keys.webhook == {}
    assert desk.keys.trouble is reason
    assert desk.keys.problem


async def test_without_any_keyring_there_is_a_key_for_this_session_and_a_word_about_it() -> None:
    desk = Desk()
    desk.keyring.trouble = KeyringReason.ABSENT
    await desk.keys.read()
    assert desk.keys.status is KeyStatus.NONE
    assert len(desk.keys.webhook) == 1
    assert "API_KEYS" in (desk.keys.problem or "")


async def test_an_unlocked_keyring_is_noticed_without_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "RETRY_S", 0.01)
    desk = Desk()
    await desk.keys.credentials.set_elevenlabs_key(SecretStr("sk_1234567890"))
    desk.keys.credentials.forget()
    desk.keyring.trouble = KeyringReason.LOCKED
    watching = asyncio.create_task(desk.keys.watch())
    await desk.keys.first_read()
    assert not desk.keys.webhook
    desk.keyring.trouble = None
    async with asyncio.timeout(5):
        while desk.keys.problem or not desk.keys.webhook:
            await asyncio.sleep(0.01)
    assert desk.keys.status is KeyStatus.STORED
    watching.cancel()


async def test_keys_from_the_environment_need_no_keyring() -> None:
    desk = Desk(Settings(elevenlabs_api_key=SecretStr("sk_env"), api_keys=SecretStr("n8n=abc,crm=def")))
    desk.keyring.trouble = KeyringReason.LOCKED
    await desk.keys.read()
    assert desk.keys.status is KeyStatus.STORED
    assert set(desk.keys.webhook) == {"n8n", "crm"}
    assert desk.keys.problem is None
