"""Where secrets can be kept: the OS keyring, or memory for this session only.

Both fulfil `SecretStore` and pass one contract test. What a keyring can do to its caller, and what
comes of it here (seen with gnome-keyring, see also python-keyring's own errors):

    locked                           LOCKED at once; with `may_prompt` the system's password window
                                     opens and is waited for; LOCKED again if it is dismissed
    none on this system              ABSENT; it is looked for anew the next time
    refused, broken, keeps nothing   DENIED
    no answer                        TIMEOUT
    rubbish stored                   as if nothing was stored
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

from pydantic import SecretStr

from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.core.sentence import sentence
from connector_gui.system.daemon_thread import in_daemon_thread
from connector_gui.system.paths import APP_NAME

log = logging.getLogger(__name__)

T = TypeVar("T")

READ_TIMEOUT_S: Final = 5.0
PROMPT_TIMEOUT_S: Final = 120.0
"""How long a person may take to answer the system's password window."""
MAX_SECRET_CHARS: Final = 4096
MAX_BLOCKED_THREADS: Final = 4
"""A keyring that blocks every caller gets no more threads than this."""

SENTENCES: Final[Mapping[KeyringReason, str]] = {
    KeyringReason.LOCKED: sentence(
        "The system's keyring is locked. Unlock it and press Try again, or enter the key for this session only."
    ),
    KeyringReason.ABSENT: (
        sentence(
            "This system has no keyring to keep keys in. Enter the key for this session only, "
            "or give it in the environment (ELEVENLABS_API_KEY, API_KEYS)."
        )
    ),
    KeyringReason.DENIED: (
        sentence(
            "The system's keyring refused. Allow Agent Connector to use it and press Try again, or "
            "enter the key for this session only."
        )
    ),
    KeyringReason.TIMEOUT: (
        sentence(
            "The system's keyring does not answer; a password window may be waiting for you. "
            "Answer it and press Try again, or enter the key for this session only."
        )
    ),
}


class SecretStore(Protocol):
    """A place for named secrets. Every method may raise `KeyringError`."""

    async def get(self, name: str, *, may_prompt: bool = False) -> SecretStr | None:
        """The secret called *name*, or ``None``."""

    async def set(self, name: str, secret: SecretStr, *, may_prompt: bool = False) -> None:
        """Keep *secret* under *name*, in place of an earlier one."""

    async def delete(self, name: str, *, may_prompt: bool = False) -> None:
        """Forget *name*; one that is not there is no error."""


class Backend(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the secret, or ``None``."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""


class SessionStore:
    """Memory: gone when the program ends."""

    def __init__(self) -> None:
        self._secrets: dict[str, SecretStr] = {}

    async def get(self, name: str, *, may_prompt: bool = False) -> SecretStr | None:  # noqa: ARG002 - never asks
        """The secret called *name*, or ``None``."""
        return self._secrets.get(name)

    async def set(self, name: str, secret: SecretStr, *, may_prompt: bool = False) -> None:  # noqa: ARG002
        """Keep *secret* under *name*."""
        self._secrets[name] = secret

    async def delete(self, name: str, *, may_prompt: bool = False) -> None:  # noqa: ARG002
        """Forget *name*."""
        self._secrets.pop(name, None)


class KeyringStore:
    """The OS keyring, service ``agent-connector``, asked in daemon threads.

    Args:
        find_backend: Finds the keyring to use; runs in a worker thread, where it may block.
        timeout_s: How long a keyring may take that asks nobody.
        prompt_timeout_s: How long one may take that shows a password window.
    """

    def __init__(
        self,
        find_backend: Callable[[], Backend] | None = None,
        *,
        timeout_s: float = READ_TIMEOUT_S,
        prompt_timeout_s: float = PROMPT_TIMEOUT_S,
    ) -> None:
        self._find_backend = find_backend or find_system_backend
        self._timeout_s = timeout_s
        self._prompt_timeout_s = prompt_timeout_s
        self._finding = threading.Lock()
        self._backend: Backend | None = None
        self._free_threads = threading.BoundedSemaphore(MAX_BLOCKED_THREADS)

    async def get(self, name: str, *, may_prompt: bool = False) -> SecretStr | None:
        """The secret called *name*; ``None`` if there is none or it is rubbish.

        Args:
            may_prompt: A password window may open and is waited for; else a locked keyring raises at once.

        Raises:
            KeyringError: The keyring is locked, absent, denied or slow.
        """
        stored = await self._ask(lambda backend: backend.get_password(APP_NAME, name), may_prompt)
        if stored is None:
            return None
        secret = usable_secret(stored)
        if secret is None:
            log.warning("credentials.unusable", extra={"credential": name})
        return secret

    async def set(self, name: str, secret: SecretStr, *, may_prompt: bool = False) -> None:
        """Keep *secret* under *name* and make sure that the keyring really did.

        Raises:
            KeyringError: The keyring is locked, absent, denied or slow.
        """

        def keep(backend: Backend) -> bool:
            backend.set_password(APP_NAME, name, secret.get_secret_value())
            return backend.get_password(APP_NAME, name) == secret.get_secret_value()

        if not await self._ask(keep, may_prompt):
            raise _keyring_error(KeyringReason.DENIED)

    async def delete(self, name: str, *, may_prompt: bool = False) -> None:
        """Forget *name*; one that is not there is no error.

        Raises:
            KeyringError: The keyring is locked, absent, denied or slow.
        """

        def forget(backend: Backend) -> None:
            if backend.get_password(APP_NAME, name) is not None:
                backend.delete_password(APP_NAME, name)

        await self._ask(forget, may_prompt)

    async def _ask(self, question: Callable[[Backend], T], may_prompt: bool) -> T:
        """Put *question* to the keyring in a thread; translate everything that can go wrong."""
        if not self._free_threads.acquire(blocking=False):
            raise _keyring_error(KeyringReason.TIMEOUT)
        try:
            return await in_daemon_thread(
                lambda: self._ask_here(question, may_prompt),
                name="keyring",
                timeout_s=self._prompt_timeout_s if may_prompt else self._timeout_s,
            )
        except TimeoutError as exc:
            raise _keyring_error(KeyringReason.TIMEOUT) from exc

    def _ask_here(self, question: Callable[[Backend], T], may_prompt: bool) -> T:
        """The worker thread's part."""
        try:
            with self._finding:
                backend = self._backend = self._backend or self._find_backend()
            if not may_prompt:
                _refuse_to_prompt(backend)
            return question(backend)
        except KeyringError:
            raise
        except Exception as exc:
            reason = _reason_of(exc)
            if reason is KeyringReason.ABSENT:
                # It may start later (a desktop that is still logging in): look again next time.
                self._backend = None
            log.warning("credentials.keyring_failed", extra={"reason": str(reason), "error": type(exc).__name__})
            # The text of a foreign error may hold the secret, so it is neither kept nor chained.
            raise _keyring_error(reason) from None
        finally:
            self._free_threads.release()


def usable_secret(stored: object) -> SecretStr | None:
    """*stored* as a secret fit for an HTTP header, or ``None`` if it is rubbish."""
    if not isinstance(stored, str):
        return None
    text = stored.strip()
    if not 0 < len(text) <= MAX_SECRET_CHARS or not text.isascii() or not text.isprintable():
        return None
    return SecretStr(text)


def find_system_backend() -> Backend:
    """The system's keyring, looked for anew. Takes up to 0.3 s: only for worker threads.

    Raises:
        KeyringError: There is none, or none that is safe.
    """
    # Imported here, in the worker thread: it takes longer than everything else that start has to wait for.
    import keyring.backend
    import keyring.core

    # Forget which ones were missing the last time: the answer is kept on the function.
    vars(keyring.backend.get_all_keyring).pop("saved_result", None)
    keyring.core.init_backend()
    backend = keyring.core.get_keyring()
    # python-keyring gives makeshift ones, such as plain files, a priority below 1.
    if backend.priority < 1:
        raise _keyring_error(KeyringReason.ABSENT)
    return backend


def _refuse_to_prompt(backend: Backend) -> None:
    """Make sure that asking *backend* opens no password window.

    Raises:
        KeyringError: The Secret Service behind it is locked.
    """
    members = [backend, *getattr(backend, "backends", ())]
    if not sys.platform.startswith("linux") or not any(
        type(member).__module__ == "keyring.backends.SecretService" for member in members
    ):
        return
    import secretstorage  # Linux alone has it; loaded by the back end already

    connection = secretstorage.dbus_init()
    try:
        is_locked = secretstorage.Collection(connection).is_locked()
    except secretstorage.ItemNotFoundException:
        is_locked = False  # no keyring was ever made; nothing is stored
    finally:
        connection.close()
    if is_locked:
        raise _keyring_error(KeyringReason.LOCKED)


def _reason_of(error: Exception) -> KeyringReason:
    import keyring.errors  # in the worker thread, see `find_system_backend`

    causes = {type(cause).__name__ for cause in (error, error.__cause__) if cause is not None}
    if isinstance(error, keyring.errors.NoKeyringError):
        return KeyringReason.ABSENT
    # macOS reports a refusal as a locked keychain; a dismissed window of the Secret Service is a refusal too.
    if causes & {"KeychainDenied", "PromptDismissedException"}:
        return KeyringReason.DENIED
    if isinstance(error, keyring.errors.KeyringLocked) or "LockedException" in causes:
        return KeyringReason.LOCKED
    if causes & {"SecretServiceNotAvailableException", "ItemNotFoundException"}:
        return KeyringReason.ABSENT
    return KeyringReason.DENIED


def _keyring_error(reason: KeyringReason) -> KeyringError:
    return KeyringError(reason, SENTENCES[reason])
