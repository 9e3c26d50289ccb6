"""Who answers a call: ElevenLabs, or the practice agent.

By the setting PRACTICE (rows) and what is known of the key:

    PRACTICE   key stored     no key              keyring unreadable
    auto       ElevenLabs     practice agent      refused: a key may be in it
    always     practice       practice            practice
    never      ElevenLabs     refused             refused
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from connector_gui.core.errors import RefusedError
from connector_gui.core.sentence import sentence


class KeyStatus(StrEnum):
    """What is known of the ElevenLabs key."""

    STORED = "stored"
    NONE = "none"
    UNREADABLE = "unreadable"
    """The keyring is locked, slow or denied, or has not been asked yet."""


def is_practice(mode: Literal["auto", "always", "never"], key: KeyStatus, problem: str | None = None) -> bool:
    """Whether the practice agent answers a call that comes now.

    Args:
        problem: Why the keyring is unreadable, in words.

    Raises:
        RefusedError: ``no_api_key`` or ``keyring_locked``: nobody can answer, with the way out.
    """
    if mode == "always":
        return True
    if key is KeyStatus.UNREADABLE:
        why = problem or sentence("The system's keyring has not answered yet. Try again in a few seconds.")
        raise RefusedError(why, code="keyring_locked", status=503, retry_after_s=30)
    if key is KeyStatus.STORED:
        return False
    if mode == "auto":
        return True
    raise RefusedError(
        sentence(
            "No ElevenLabs key is stored at the operator's desk. Enter it under Settings, "
            "ElevenLabs, or set PRACTICE=auto to talk to the practice agent."
        ),
        code="no_api_key",
        status=503,
        retry_after_s=60,
    )
