"""The program's keys: where each one is taken from, and how the operator changes it.

A key from the environment wins over one entered for this session, and that over the keyring's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import SecretStr

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.core.settings import Settings
from connector_gui.system.api_keys import DEFAULT_KEY_NAME, new_api_key, parse_api_keys
from connector_gui.system.secret_store import SecretStore, SessionStore, usable_secret

log = logging.getLogger(__name__)

ELEVENLABS_KEY: Final = "elevenlabs-api-key"
WEBHOOK_KEY: Final = "webhook-api-key"


class KeyOrigin(StrEnum):
    """Where a key is kept."""

    ENVIRONMENT = "environment"
    SESSION = "session"
    KEYRING = "keyring"


class Credentials:
    """All keys in use. Once read they stay in memory; `forget` makes the next reading ask the keyring again.

    Args:
        store: The keyring.
        settings: May hold keys from the environment, which then rule.

    Raises:
        ConfigError: ``API_KEYS`` or ``ELEVENLABS_API_KEY`` cannot be used.
    """

    def __init__(self, store: SecretStore, settings: Settings) -> None:
        self._store = store
        self._session = SessionStore()
        self._read: dict[str, SecretStr | None] = {}
        self._making_webhook_key = asyncio.Lock()
        self._given_elevenlabs_key = _checked(settings.elevenlabs_api_key)
        self._given_webhook_keys = parse_api_keys(settings.api_keys) if settings.api_keys else {}

    async def elevenlabs_key(self, *, may_prompt: bool = False) -> SecretStr | None:
        """The key for ElevenLabs; ``None`` if none is stored.

        Args:
            may_prompt: The operator asked for it, so the system may show its password window.

        Raises:
            KeyringError: The keyring cannot tell.
        """
        if self._given_elevenlabs_key is not None:
            return self._given_elevenlabs_key
        return await self._key(ELEVENLABS_KEY, may_prompt)

    async def webhook_keys(self, *, may_prompt: bool = False) -> Mapping[str, SecretStr]:
        """The keys that callers may use, by name. The first time of all, one is made and stored.

        Raises:
            KeyringError: The keyring cannot tell, or cannot keep the new key.
        """
        if self._given_webhook_keys:
            return self._given_webhook_keys
        async with self._making_webhook_key:  # two askers at once must not make two keys
            key = await self._key(WEBHOOK_KEY, may_prompt)
            if key is None:
                key = await self.new_webhook_key(may_prompt=may_prompt)
        return {DEFAULT_KEY_NAME: key}

    async def origin_of_elevenlabs_key(self) -> KeyOrigin | None:
        """Where the ElevenLabs key comes from; ``None`` while there is none or it is not known."""
        return await self._origin(ELEVENLABS_KEY, self._given_elevenlabs_key is not None)

    async def origin_of_webhook_keys(self) -> KeyOrigin | None:
        """Where the webhook keys come from; ``None`` while there are none or it is not known."""
        return await self._origin(WEBHOOK_KEY, bool(self._given_webhook_keys))

    async def set_elevenlabs_key(self, key: SecretStr, *, for_session: bool = False) -> None:
        """Keep the operator's ElevenLabs key, in the keyring or for this session only.

        Raises:
            ConfigError: It is no key: empty, or unfit for a header.
            KeyringError: The keyring cannot keep it; what held before still holds.
        """
        checked = _checked(key)
        if checked is None:
            raise ConfigError(sentence("Enter the key first."))
        await self._keep(ELEVENLABS_KEY, checked, for_session=for_session, may_prompt=True)

    async def delete_elevenlabs_key(self) -> None:
        """Forget the ElevenLabs key, wherever it is kept (the environment's stays).

        Raises:
            KeyringError: The keyring still has it.
        """
        await self._session.delete(ELEVENLABS_KEY)
        await self._store.delete(ELEVENLABS_KEY, may_prompt=True)
        self._read[ELEVENLABS_KEY] = None

    async def new_webhook_key(self, *, for_session: bool = False, may_prompt: bool = False) -> SecretStr:
        """Make a new webhook key; the old one no longer works.

        Raises:
            KeyringError: The keyring cannot keep it; the old one still works.
        """
        key = new_api_key()
        await self._keep(WEBHOOK_KEY, key, for_session=for_session, may_prompt=may_prompt)
        log.info("credentials.webhook_key_made", extra={"kept_in": "session" if for_session else "keyring"})
        return key

    def forget(self) -> None:
        """Drop what the keyring has said so far; the next question goes to it again."""
        self._read.clear()

    async def _key(self, name: str, may_prompt: bool) -> SecretStr | None:
        for_session = await self._session.get(name)
        if for_session is not None:
            return for_session
        if name not in self._read:
            self._read[name] = await self._store.get(name, may_prompt=may_prompt)
        return self._read[name]

    async def _keep(self, name: str, key: SecretStr, *, for_session: bool, may_prompt: bool) -> None:
        if for_session:
            await self._session.set(name, key)
            return
        await self._store.set(name, key, may_prompt=may_prompt)
        await self._session.delete(name)
        self._read[name] = key

    async def _origin(self, name: str, is_given: bool) -> KeyOrigin | None:
        if is_given:
            return KeyOrigin.ENVIRONMENT
        if await self._session.get(name) is not None:
            return KeyOrigin.SESSION
        return KeyOrigin.KEYRING if self._read.get(name) is not None else None


def _checked(key: SecretStr | None) -> SecretStr | None:
    """*key* without blanks around it; ``None`` for none.

    Raises:
        ConfigError: It has characters that no header can carry.
    """
    if key is None or not key.get_secret_value().strip():
        return None
    usable = usable_secret(key.get_secret_value())
    if usable is None:
        raise ConfigError(sentence("The ElevenLabs key has characters that no key has. Copy it again."))
    return usable
