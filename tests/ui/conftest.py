"""One application and one theme for all tests of windows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from connector_gui.ui.theme import Theme


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(session_theme: Theme) -> Theme:
    """The theme, in light."""
    session_theme.force_scheme(Qt.ColorScheme.Light)
    return session_theme
