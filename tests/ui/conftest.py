"""One application and one theme for all tests of windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from connector_gui.ui.theme import Theme


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(session_theme: Theme) -> Iterator[Theme]:
    """The theme, in light."""
    session_theme.force_scheme(Qt.ColorScheme.Light)
    yield session_theme
    # Windows of earlier tests would be dressed again and again: no event loop has taken them away yet.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
