"""One application, one theme; a warning of Qt's fails the test that caused it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from connector_gui.ui.theme import Theme

# The off-screen platform has no window manager to tell sizes to.
_HARMLESS = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(session_theme: Theme) -> Theme:
    """The theme, in light."""
    session_theme.force_scheme(Qt.ColorScheme.Light)
    return session_theme


@pytest.fixture(autouse=True)
def no_qt_warning(request: pytest.FixtureRequest) -> Iterator[None]:
    qtlog = request.getfixturevalue("qtlog")
    yield
    said = [record.message for record in qtlog.records if not record.message.startswith(_HARMLESS)]
    assert not said, f"Qt warned: {said}"
