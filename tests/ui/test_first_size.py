"""Windows come up within the screen, however much of it each pixel of theirs takes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from connector_gui.ui.activity.window import ActivityWindow
from connector_gui.ui.settings_dialog import SettingsDialog
from connector_gui.ui.setup.window import SetupWindow
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import Theme


@pytest.mark.parametrize("kind", [ActivityWindow, SettingsDialog, SetupWindow, StatusWindow])
def test_a_window_comes_up_within_the_screen_and_is_not_changed_there(
    kind: type[QWidget], theme: Theme, qtbot: QtBot
) -> None:
    window = kind(theme)  # type: ignore[arg-type]  # windows of ours are made with the theme
    qtbot.addWidget(window)
    window.resize(9000, 9000)
    _open(window)
    assert window.screen().availableGeometry().size().boundedTo(window.frameGeometry().size()) == window.frameSize()
    chosen = QSize(window.width() - 10, 9000)
    window.resize(chosen)
    _open(window)
    assert window.size() == chosen


def test_settings_that_come_up_in_steps_do_so_too(theme: Theme, qtbot: QtBot) -> None:
    dialog = SettingsDialog(theme)
    qtbot.addWidget(dialog)
    dialog.resize(9000, 9000)
    dialog.come_up()
    assert dialog.height() <= dialog.screen().availableGeometry().height()


def _open(window: QWidget) -> None:
    if isinstance(window, SettingsDialog | SetupWindow):
        window.open_at()
    elif isinstance(window, ActivityWindow | StatusWindow):
        window.open()
