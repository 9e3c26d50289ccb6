"""Who answers a call: every mode with every state of the key."""

from __future__ import annotations

from typing import Literal

import pytest

from connector_gui.core.answering import KeyStatus, is_practice
from connector_gui.core.errors import RefusedError

Mode = Literal["auto", "always", "never"]


@pytest.mark.parametrize(
    ("mode", "key", "practises"),
    [
        ("auto", KeyStatus.STORED, False),
        ("auto", KeyStatus.NONE, True),
        ("always", KeyStatus.STORED, True),
        ("always", KeyStatus.NONE, True),
        ("always", KeyStatus.UNREADABLE, True),
        ("never", KeyStatus.STORED, False),
    ],
)
def test_somebody_answers(mode: Mode, key: KeyStatus, practises: bool) -> None:
    assert is_practice(mode, key) is practises


@pytest.mark.parametrize(
    ("mode", "key", "code"),
    [
        ("never", KeyStatus.NONE, "no_api_key"),
        ("auto", KeyStatus.UNREADABLE, "keyring_locked"),
        ("never", KeyStatus.UNREADABLE, "keyring_locked"),
    ],
)
def test_nobody_can_answer(mode: Mode, key: KeyStatus, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        is_practice(mode, key)
    assert (refused.value.code, refused.value.status) == (code, 503)
    assert refused.value.retry_after_s


def test_the_keyrings_own_words_are_passed_on() -> None:
    with pytest.raises(RefusedError, match="Unlock it"):
        is_practice("auto", KeyStatus.UNREADABLE, "The keyring is locked. Unlock it.")
