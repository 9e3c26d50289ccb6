from __future__ import annotations

import asyncio

import keyring.errors
import pytest
from pydantic import SecretStr

from connector_gui.core.errors import ConfigError, KeyringError
from connector_gui.core.settings import Settings
from connector_gui.system.api_keys import new_api_key, parse_api_keys
from connector_gui.system.credentials import Credentials, KeyOrigin
from connector_gui.system.secret_store import KeyringStore
from tests.fakes.keyring_backends import FailingKeyring, MemoryKeyring

CANARY = "sk_canary_7f3a9b"


def credentials(backend: MemoryKeyring | FailingKeyring | None = None, **given: str) -> Credentials:
    """Credentials over *backend*, with *given* settings from the environment."""
    found = MemoryKeyring() if backend is None else backend
    return Credentials(KeyringStore(lambda: found), Settings.model_validate(given))


def plain(keys: object) -> dict[str, str]:
    assert isinstance(keys, dict)
    return {name: key.get_secret_value() for name, key in keys.items()}


async def test_the_first_start_makes_one_webhook_key_and_keeps_it() -> None:
    backend = MemoryKeyring()
    first = plain(await credentials(backend).webhook_keys())
    again = plain(await credentials(backend).webhook_keys())
    assert first == again
    assert first.keys() == {"default"}
    assert len(first["default"]) >= 43  # 32 random bytes


async def test_two_askers_at_once_make_one_key() -> None:
    ours = credentials()
    one, two = await asyncio.gather(ours.webhook_keys(), ours.webhook_keys())
    assert plain(one) == plain(two)


async def test_a_new_webhook_key_replaces_the_old_one() -> None:
    backend = MemoryKeyring()
    ours = credentials(backend)
    old = plain(await ours.webhook_keys())
    new = await ours.new_webhook_key()
    assert plain(await ours.webhook_keys()) == {"default": new.get_secret_value()}
    assert plain(await credentials(backend).webhook_keys()) != old


async def test_keys_from_the_environment_rule_and_are_not_stored() -> None:
    backend = MemoryKeyring()
    ours = credentials(backend, elevenlabs_api_key=CANARY, api_keys="crm=one,two")
    assert await ours.elevenlabs_key() == SecretStr(CANARY)
    assert plain(await ours.webhook_keys()) == {"crm": "one", "default": "two"}
    assert await ours.origin_of_elevenlabs_key() is KeyOrigin.ENVIRONMENT
    assert await ours.origin_of_webhook_keys() is KeyOrigin.ENVIRONMENT
    assert backend.stored == {}


async def test_an_entered_key_is_kept_and_forgotten() -> None:
    backend = MemoryKeyring()
    ours = credentials(backend)
    assert await ours.elevenlabs_key() is None
    await ours.set_elevenlabs_key(SecretStr(f"  {CANARY}\n"))
    assert await credentials(backend).elevenlabs_key() == SecretStr(CANARY)
    assert await ours.origin_of_elevenlabs_key() is KeyOrigin.KEYRING
    await ours.delete_elevenlabs_key()
    assert await ours.elevenlabs_key() is None
    assert await ours.origin_of_elevenlabs_key() is None


async def test_a_locked_keyring_leaves_the_session_as_a_way_out() -> None:
    backend = FailingKeyring(keyring.errors.KeyringLocked)
    ours = credentials(backend)
    for question in (ours.elevenlabs_key(), ours.webhook_keys(), ours.set_elevenlabs_key(SecretStr(CANARY))):
        with pytest.raises(KeyringError):
            await question
    await ours.set_elevenlabs_key(SecretStr(CANARY), for_session=True)
    made = await ours.new_webhook_key(for_session=True)
    assert await ours.elevenlabs_key() == SecretStr(CANARY)
    assert plain(await ours.webhook_keys()) == {"default": made.get_secret_value()}
    assert await ours.origin_of_elevenlabs_key() is KeyOrigin.SESSION


async def test_retry_asks_the_keyring_again() -> None:
    backend = FailingKeyring(keyring.errors.KeyringLocked)
    ours = credentials(backend)
    with pytest.raises(KeyringError):
        await ours.elevenlabs_key()
    backend.is_working = True
    assert await ours.elevenlabs_key() is None


async def test_what_the_keyring_said_is_remembered_until_forgotten() -> None:
    backend = MemoryKeyring()
    ours = credentials(backend)
    assert await ours.elevenlabs_key() is None
    backend.stored["agent-connector", "elevenlabs-api-key"] = CANARY
    assert await ours.elevenlabs_key() is None
    ours.forget()
    assert await ours.elevenlabs_key() == SecretStr(CANARY)


@pytest.mark.parametrize("entered", ["", "  ", "two\nlines", "Schlüssel"])
async def test_what_is_no_key_is_refused_without_being_repeated(entered: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await credentials().set_elevenlabs_key(SecretStr(entered))
    assert not entered.strip() or entered not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("one", {"default": "one"}),
        (" one , two,, three ", {"default": "one", "default-2": "two", "default-3": "three"}),
        ("crm=one,two", {"crm": "one", "default": "two"}),
        ("crm=a=b==", {"crm": "a=b=="}),
    ],
)
def test_api_keys_are_read(text: str, keys: dict[str, str]) -> None:
    assert plain(parse_api_keys(SecretStr(text))) == keys


@pytest.mark.parametrize("text", ["one,crm=", f"{CANARY}=", "a=x,a=y", "operator=x", f"k={CANARY}\0"])
def test_wrong_api_keys_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^API_KEYS: key \d") as caught:
        parse_api_keys(SecretStr(text))
    assert CANARY not in str(caught.value)


def test_new_keys_differ() -> None:
    assert len({new_api_key().get_secret_value() for _ in range(100)}) == 100
