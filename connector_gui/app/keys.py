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
from connector_gui.core.sentence import sentence
from connector_gui.system.credentials import Credentials

log = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""How soon a keyring that could not be read is asked again."""
PATIENCE_S: Final = 2.0
NOT_READ_YET: Final = sentence("The system's keyring has not answered yet. Try again in a few seconds.")
NO_KEYRING: Final = sentence(
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
        self._webhook_fault: KeyringError | None = KeyringError(KeyringReason.TIMEOUT, NOT_READ_YET)
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

    def of_callers(self) -> Mapping[str, SecretStr]:
        """The keys that callers may use, by name.

        Raises:
            KeyringError: They are in a keyring that does not give them out, so that nobody can be told from a stranger.
        """
        fault = self._webhook_fault
        if not self.webhook and fault is not None:
            raise KeyringError(fault.reason, str(fault))
        return self.webhook

    async def read(self, *, may_prompt: bool = False) -> None:
        """Ask for both keys once; *may_prompt* lets the system show its password window."""
        elevenlabs, elevenlabs_fault = await self._ask_for_elevenlabs_key(may_prompt)
        webhook, webhook_fault = await self._ask_for_webhook_keys(may_prompt)
        # All at once: nobody is to find one key there and the other not yet.
        self.elevenlabs, self.webhook, self._webhook_fault = elevenlabs, webhook, webhook_fault
        self.status = _status(elevenlabs, elevenlabs_fault)
        self._show_trouble(elevenlabs_fault or webhook_fault)
        self._have_been_read.set()
        for key in (elevenlabs, *webhook.values()):
            if key is not None:
                self._hide(key)
        for listener in self.on_change:
            listener()

    async def _ask_for_elevenlabs_key(self, may_prompt: bool) -> tuple[SecretStr | None, KeyringError | None]:
        try:
            return await self.credentials.elevenlabs_key(may_prompt=may_prompt), None
        except KeyringError as error:
            return None, error

    async def _ask_for_webhook_keys(self, may_prompt: bool) -> tuple[Mapping[str, SecretStr], KeyringError | None]:
        try:
            return await self.credentials.webhook_keys(may_prompt=may_prompt), None
        except KeyringError as error:
            if error.reason is not KeyringReason.ABSENT:
                return {}, error
            await self.credentials.new_webhook_key(for_session=True)
            return await self.credentials.webhook_keys(), error

    def _show_trouble(self, fault: KeyringError | None) -> None:
        before = self.trouble
        self.trouble = fault.reason if fault is not None else None
        self.problem = None
        if fault is not None:
            self.problem = NO_KEYRING if fault.reason is KeyringReason.ABSENT else str(fault)
        if self.trouble is not before:  # it is asked every few seconds: one line is enough
            if self.trouble is not None:
                log.warning("keyring.unreadable", extra={"reason": self.trouble})
            else:
                log.info("keyring.readable")


def _status(key: SecretStr | None, fault: KeyringError | None) -> KeyStatus:
    if fault is not None:
        # Where there is no keyring there is no key in it either: the practice agent may answer.
        return KeyStatus.NONE if fault.reason is KeyringReason.ABSENT else KeyStatus.UNREADABLE
    return KeyStatus.NONE if key is None else KeyStatus.STORED
