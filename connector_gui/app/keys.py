"""The keys in use: read from the keyring beside the windows, and tried again while it cannot be read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import SecretStr

from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.system.credentials import Credentials

log = logging.getLogger(__name__)

RETRY_S: Final = 10.0
PATIENCE_S: Final = 2.0
NO_KEYRING: Final = (
    "This system has no keyring, so keys cannot be kept: the webhook key is a new one at each start. "
    "Install one (GNOME Keyring, KWallet), or set API_KEYS and ELEVENLABS_API_KEY in the environment."
)


class Keys:
    """What is known of the keys now.

    Attributes:
        elevenlabs: The key for ElevenLabs; ``None`` while there is none, or none can be read.
        webhook: The keys that callers may use, by name.
        status: Whether calls can go to ElevenLabs.
        trouble: What is wrong with the keyring; ``None`` while it answers.
        problem: The same in words, with the way out.
        on_change: Called in the main loop when any of these changed.
    """

    def __init__(self, credentials: Credentials, hide: Callable[[SecretStr], None]) -> None:
        """*hide* keeps a key out of the log."""
        self.credentials = credentials
        self._hide = hide
        self.elevenlabs: SecretStr | None = None
        self.webhook: Mapping[str, SecretStr] = {}
        self.status = KeyStatus.UNREADABLE
        self.trouble: KeyringReason | None = None
        self.problem: str | None = None
        self.on_change: list[Callable[[], None]] = []
        self._have_been_read = asyncio.Event()

    async def first_read(self) -> None:
        """Wait until the keyring has been asked once, or is so slow that callers had better be told."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._have_been_read.wait()

    async def watch(self) -> None:
        """Read the keys, and read them again while something is wrong, until cancelled."""
        await self.read()
        while True:
            await asyncio.sleep(RETRY_S)
            if self.status is KeyStatus.UNREADABLE or not self.webhook:
                self.credentials.forget()
                await self.read()

    async def read(self, *, may_prompt: bool = False) -> None:
        """Ask for both keys once; *may_prompt* lets the system show its password window."""
        self.trouble = self.problem = None
        await self._read_elevenlabs(may_prompt)
        await self._read_webhook(may_prompt)
        self._have_been_read.set()
        for key in (self.elevenlabs, *self.webhook.values()):
            if key is not None:
                self._hide(key)
        for listener in self.on_change:
            listener()

    async def _read_elevenlabs(self, may_prompt: bool) -> None:
        try:
            self.elevenlabs = await self.credentials.elevenlabs_key(may_prompt=may_prompt)
        except KeyringError as error:
            self.elevenlabs = None
            # Where there is no keyring there is no key in it either: the practice agent may answer.
            self.status = KeyStatus.NONE if error.reason is KeyringReason.ABSENT else KeyStatus.UNREADABLE
            self._complain(error)
        else:
            self.status = KeyStatus.STORED if self.elevenlabs is not None else KeyStatus.NONE

    async def _read_webhook(self, may_prompt: bool) -> None:
        try:
            self.webhook = await self.credentials.webhook_keys(may_prompt=may_prompt)
        except KeyringError as error:
            self._complain(error)
            self.webhook = {}
            if error.reason is KeyringReason.ABSENT:
                await self.credentials.new_webhook_key(for_session=True)
                self.webhook = await self.credentials.webhook_keys()

    def _complain(self, error: KeyringError) -> None:
        problem = NO_KEYRING if error.reason is KeyringReason.ABSENT else str(error)
        if problem != self.problem:
            log.warning("keyring.unreadable", extra={"reason": error.reason})
        self.trouble, self.problem = error.reason, problem
