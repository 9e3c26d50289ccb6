"""Keyrings that behave, and keyrings that do what real ones do on a bad day.

They do not inherit from `keyring.backend.KeyringBackend`: python-keyring offers every class that does as the system's.
"""

from __future__ import annotations

import threading
from typing import Any

import keyring.errors


class MemoryKeyring:
    """A keyring that works."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Any] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.stored.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.stored[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.stored.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("No such password!")


class FailingKeyring:
    """A keyring that answers everything with one error; its text holds the secret, as foreign errors may."""

    def __init__(self, error: type[Exception], cause: Exception | None = None) -> None:
        self._error = error
        self._cause = cause
        self.is_working = False
        self._works = MemoryKeyring()

    def _fail(self, text: str) -> None:
        if not self.is_working:
            raise self._error(text) from self._cause

    def get_password(self, service: str, username: str) -> str | None:
        self._fail(f"cannot get {username}")
        return self._works.get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail(f"cannot set {username} to {password}")
        self._works.set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._fail(f"cannot delete {username}")
        self._works.delete_password(service, username)


class SlowKeyring(MemoryKeyring):
    """A keyring behind a password window: every call waits until it is answered, 60 s at most."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.waiting = threading.Semaphore(0)

    def _wait(self) -> None:
        self.waiting.release()
        self.answered.wait(60)

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._wait()
        super().delete_password(service, username)


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that takes everything and keeps nothing, like python-keyring's `null`."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass
