"""No display is one clear line, however it is missing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from connector_gui.system.display import NO_DISPLAY_EXIT, missing_display


@pytest.mark.parametrize(
    ("environ", "platform", "is_missing"),
    [
        ({}, "linux", True),
        ({"DISPLAY": ""}, "linux", True),
        ({"DISPLAY": ":0"}, "linux", False),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", False),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", True),
        ({}, "win32", False),
        ({}, "darwin", False),
    ],
)
def test_a_missing_display_is_known_beforehand(environ: dict[str, str], platform: str, is_missing: bool) -> None:
    assert (missing_display(environ, platform) is not None) == is_missing


@pytest.mark.skipif(sys.platform != "linux", reason="only X11 can be named without being there")
def test_a_display_that_is_not_there_ends_with_one_line() -> None:
    code = (
        "from connector_gui.system.display import route_qt_messages; route_qt_messages();"
        "from PySide6.QtWidgets import QApplication; QApplication([])"
    )
    environ = {**os.environ, "DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"}
    environ.pop("WAYLAND_DISPLAY", None)
    ended = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=30)
    assert ended.returncode == NO_DISPLAY_EXIT
    lines = [text for text in ended.stderr.splitlines() if text.startswith("agent-connector:")]
    assert len(lines) == 1
    assert "display" in lines[0]
