"""A window that comes up is no larger than the screen has room for: at 300 % a screen is small."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from connector_gui.ui.theme import GAP_L

FRAME: Final = QSize(2 * GAP_L, 3 * GAP_L)
"""Room for the window's frame, which is only known once it is there."""


def fit_screen(window: QWidget) -> None:
    """Make *window*, which is about to be shown, small enough for its screen; one that is there is left alone."""
    if not window.isVisible():
        window.resize(window.size().boundedTo(window.screen().availableGeometry().size() - FRAME))
