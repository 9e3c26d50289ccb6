"""Every error the program raises of its own, split by who can act on it.

ConnectorError
├── ConfigError          the user: a setting, a file, a key is wrong or missing
│   └── KeyringError     the OS keyring is locked, absent, denied or slow (`KeyringError.reason`)
├── AudioError           the device: missing, busy, refused
├── AgentError           the far end: ElevenLabs or the practice agent
│   ├── AuthError        it does not take our key
│   └── ProtocolError    it said something we cannot follow
├── StoreError           the disk: the record cannot be read or written
│   └── StorageFullError there is no space left
├── RefusedError         the desk does not take what was asked, with a stable code
└── InvalidTransition    us: an event that the state machine has no move for
"""

from __future__ import annotations

from enum import StrEnum


class ConnectorError(Exception):
    """Base of all errors here; ``str()`` is a sentence for the operator, a `Sentence` where it was made as one."""

    def __str__(self) -> str:
        text = self.args[0] if self.args else ""
        return text if isinstance(text, str) else super().__str__()


class ConfigError(ConnectorError):
    """A setting, file or key is wrong or missing; the text says which, and what to do."""


class KeyringReason(StrEnum):
    """Why the OS keyring did not answer."""

    LOCKED = "locked"
    ABSENT = "absent"
    DENIED = "denied"
    TIMEOUT = "timeout"


class KeyringError(ConfigError):
    """The OS keyring could not be used."""

    def __init__(self, reason: KeyringReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class AudioError(ConnectorError):
    """A sound device is missing, busy or refuses the format."""


class AgentError(ConnectorError):
    """ElevenLabs (or the practice agent) refused or failed.

    Attributes:
        code: Stable, e.g. ``agent_not_found``.
        status: HTTP status that we should answer our own caller with.
        retry_after_s: How long the far end asked us to wait, if it did.
    """

    def __init__(
        self, message: str, *, code: str = "elevenlabs_error", status: int = 502, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s


class AuthError(AgentError):
    """The key is wrong, revoked, of another region or lacks a permission."""


class ProtocolError(AgentError):
    """The far end sent something that the protocol does not allow or that we do not know."""


class StoreError(ConnectorError):
    """The record of calls cannot be read or written."""


class StorageFullError(StoreError):
    """There is no space left for the record."""


class RefusedError(ConnectorError):
    """The desk does not do what was asked, now or at all.

    Attributes:
        code: Stable, e.g. ``wrong_state``, ``desk_full``, ``queue_full``.
        status: HTTP status for a caller who asked over HTTP.
        retry_after_s: When asking again makes sense.
    """

    def __init__(self, message: str, *, code: str, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s


class InvalidTransition(ConnectorError):  # noqa: N818 - named as in the design: it is no fault of a user
    """The call does not take this event in its present state; the state is unchanged."""
