"""Buttons that cannot be used for a while."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton


def disable(button: QAbstractButton, *, is_disabled: bool) -> None:
    """Let *button* be used, or not; its parent has the keyboard meanwhile.

    Qt would give it to the next button, which may do the opposite of what somebody is about to press Return for.
    """
    if is_disabled == (not button.isEnabled()):
        return
    parent, has_keyboard = button.parentWidget(), button.window().focusWidget()
    if is_disabled and has_keyboard is button:
        parent.setFocus()
    button.setEnabled(not is_disabled)
    if not is_disabled and has_keyboard is parent:
        button.setFocus()
