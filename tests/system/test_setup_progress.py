"""The guided start goes on where it was left."""

from __future__ import annotations

from pathlib import Path

from connector_gui.system.setup_progress import FILE_NAME, SetupProgress


def test_where_it_was_left_survives_a_restart(tmp_path: Path) -> None:
    first = SetupProgress(tmp_path)
    assert (first.was_begun, first.is_over, first.step) == (False, False, "")
    first.keep("sound")
    again = SetupProgress(tmp_path)
    assert (again.was_begun, again.is_over, again.step) == (True, False, "sound")


def test_that_it_is_over_survives_a_restart(tmp_path: Path) -> None:
    SetupProgress(tmp_path).finish()
    assert SetupProgress(tmp_path).is_over


def test_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\x00\xff[[[step")
    again = SetupProgress(tmp_path)
    assert (again.is_over, again.step) == (False, "")
