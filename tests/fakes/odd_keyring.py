"""A system keyring for a program under test, chosen by ``PYTHON_KEYRING_BACKEND``: it takes a minute for everything.

Never to be imported by tests: python-keyring would offer it as the keyring of this system.
"""

from __future__ import annotations

import time

from keyring.backend import KeyringBackend

ANSWER_S = 60.0


class SlowKeyring(KeyringBackend):
    """Behind a password window that nobody looks at."""

    priority = 9

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        time.sleep(ANSWER_S)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password
        time.sleep(ANSWER_S)
