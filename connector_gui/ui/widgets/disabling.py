"""Buttons that cannot be used for a while."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton


def disable(button: QAbstractButton, *, is_disabled: bool) -> None:
    """Let *button* be used, or not; what it stands on has the keyboard meanwhile.

    Qt would give it to the next button, which may do the opposite of what somebody is about to press Return for.
    """
    ground = button.parentWidget()
    assert ground is not None, "a button stands on something"
    if button.isEnabled() is not is_disabled:
        return
    has_keyboard = button.window().focusWidget()
    if is_disabled and has_keyboard is button:
        ground.setFocus()
    button.setEnabled(not is_disabled)
    if not is_disabled and has_keyboard is ground:
        button.setFocus()
