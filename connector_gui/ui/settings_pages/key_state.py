"""What is known of the ElevenLabs key, as the dialog says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.ui.translation import tr


class KeyShown(StrEnum):
    """Where the key is, or why that cannot be told.

    The values are those of `system.credentials.KeyOrigin` and `core.errors.KeyringReason`, so either
    turns into one of these.
    """

    UNKNOWN = "unknown"
    """The keyring has not answered yet."""
    NONE = "none"
    KEYRING = "keyring"
    SESSION = "session"
    ENVIRONMENT = "environment"
    LOCKED = "locked"
    ABSENT = "absent"
    DENIED = "denied"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class KeyWords:
    """How a state is shown: a sign, words, the role of its colour."""

    sign: str
    words: str
    role: str


KEYRING_TROUBLE: Final = frozenset({KeyShown.LOCKED, KeyShown.ABSENT, KeyShown.DENIED, KeyShown.TIMEOUT})
"""The keyring cannot be used now: to try again, or to do without it, are the ways out."""
HAS_KEY: Final = frozenset({KeyShown.KEYRING, KeyShown.SESSION, KeyShown.ENVIRONMENT})


def words_for(state: KeyShown) -> KeyWords:
    """What to show for *state*."""

    return {
        KeyShown.UNKNOWN: KeyWords("○", tr("Asking the system's keyring…"), "muted"),
        KeyShown.NONE: KeyWords("○", tr("Not stored"), "muted"),
        KeyShown.KEYRING: KeyWords("●", tr("Stored in the system's keyring"), "live"),
        KeyShown.SESSION: KeyWords("◐", tr("For this session only"), "ring"),
        KeyShown.ENVIRONMENT: KeyWords("●", tr("From the environment"), "live"),
        KeyShown.LOCKED: KeyWords("▲", tr("The keyring is locked"), "error"),
        KeyShown.ABSENT: KeyWords("▲", tr("This system has no keyring"), "error"),
        KeyShown.DENIED: KeyWords("▲", tr("The keyring denied access"), "error"),
        KeyShown.TIMEOUT: KeyWords("▲", tr("The keyring does not answer"), "error"),
    }[state]
