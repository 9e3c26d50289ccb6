from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import qInstallMessageHandler, qWarning

from connector_gui.system.display import NO_DISPLAY, missing_display, route_qt_messages

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ""},
        {"DISPLAY": ":987"},
        {"DISPLAY": "nonsense"},
        {"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"},
        {"WAYLAND_DISPLAY": "wayland-0"},
        {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/nonexistent"},
        {"WAYLAND_DISPLAY": "/dev/null"},
        {"QT_QPA_PLATFORM": "wayland", "DISPLAY": ":0"},
    ],
    ids=str,
)
def test_what_leads_nowhere_is_no_display(environ: dict[str, str]) -> None:
    assert missing_display(environ) == NO_DISPLAY


@pytest.mark.parametrize(
    "platform", ["offscreen", "offscreen:configfile=x", "minimal", "xcb;offscreen", "vnc:size=1x1"]
)
def test_platforms_that_need_no_screen_count_as_one(platform: str) -> None:
    assert missing_display({"QT_QPA_PLATFORM": platform}) is None


def test_a_wayland_socket_that_answers_is_a_display(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert missing_display({"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}) is None


@pytest.mark.desktop
def test_a_real_x_server_is_a_display() -> None:
    assert missing_display() is None


def test_the_sentence_is_one_line() -> None:
    assert "\n" not in NO_DISPLAY


def test_qt_itself_would_abort_without_one() -> None:
    """The reason why we ask first: should Qt learn better, this module can go."""
    done = subprocess.run(
        [sys.executable, "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"],
        env={"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "xcb", "DISPLAY": ":987"},
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode < 0


def test_what_qt_reports_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    before = qInstallMessageHandler(None)
    route_qt_messages()
    try:
        qWarning("something odd")
    finally:
        qInstallMessageHandler(before)
    (record,) = caplog.records
    assert (record.message, record.levelno, vars(record)["text"]) == ("qt.message", logging.WARNING, "something odd")
