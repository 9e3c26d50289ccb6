"""Combinations of keys: one spelling for each, and none that takes a letter from whoever types."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from connector_gui.core.settings import Settings
from connector_gui.core.shortcut import ALONE, KEYS, MODIFIERS, Shortcut


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("ctrl+alt+a", "Ctrl+Alt+A"),
        ("Alt + Control + a", "Ctrl+Alt+A"),
        ("F9", "F9"),
        ("shift+f9", "Shift+F9"),
        ("Cmd+Option+Space", "Alt+Super+Space"),
        ("win+.", "Super+Period"),
        ("pause", "Pause"),
        ("Ctrl+Enter", "Ctrl+Return"),
        ("MEDIAPLAY", "MediaPlay"),
    ],
)
def test_each_combination_has_one_spelling(text: str, canonical: str) -> None:
    assert str(Shortcut.parse(text)) == canonical


@pytest.mark.parametrize(
    "text", ["", "+", "Ctrl", "Ctrl+", "Ctrl+Ctrl+A", "A+B", "Ctrl+Alt+Hyper", "Ctrl+F25", "Ctrl++"]
)
def test_what_is_no_combination_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a combination of keys, e\.g\. Ctrl\+Alt\+A"):
        Shortcut.parse(text)


@pytest.mark.parametrize("text", ["A", "Shift+A", "Space", "Return", "Shift+Left", "7"])
def test_a_key_that_is_typed_with_is_not_taken_from_everybody(text: str) -> None:
    with pytest.raises(ValueError, match="needed for typing"):
        Shortcut.parse(text)


@given(st.sampled_from(KEYS), st.sets(st.sampled_from(MODIFIERS)))
def test_what_is_written_is_read_as_the_same(key: str, held: set[str]) -> None:
    made = Shortcut(key, tuple(name for name in MODIFIERS if name in held))
    if made.may_be_taken:
        assert Shortcut.parse(str(made)) == made
    else:
        assert key not in ALONE


def test_settings_keep_the_one_spelling_and_refuse_the_rest() -> None:
    assert Settings().hot_key_accept == ""
    assert Settings(hot_key_accept=" control+alt+a ").hot_key_accept == "Ctrl+Alt+A"
    with pytest.raises(ValueError, match="needed for typing"):
        Settings(hot_key_talk="A")
