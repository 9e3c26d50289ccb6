"""Windows come back to where they were."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect

from connector_gui.system.window_places import FILE_NAME, WindowPlaces


def test_a_place_is_known_after_a_restart(tmp_path: Path) -> None:
    first = WindowPlaces(tmp_path)
    first.keep("panel", QRect(10, 20, 420, 640))
    del first
    assert WindowPlaces(tmp_path).place("panel") == QRect(10, 20, 420, 640)
    assert WindowPlaces(tmp_path).place("settings") is None


def test_a_broken_file_is_no_place(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"panel=\xff\xfe nonsense")
    assert WindowPlaces(tmp_path).place("panel") is None
