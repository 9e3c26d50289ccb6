from __future__ import annotations

import stat
from pathlib import Path

import pytest

from connector_gui.core.errors import ConfigError
from connector_gui.system.paths import data_dir


def test_the_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    folder = data_dir(tmp_path / "deep" / "data")
    folder.prepare()
    for path in (folder.path, folder.logs, folder.recordings):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert folder.database == folder.path / "connector.db"
    folder.prepare()


def test_a_file_in_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be written to .* --data-dir or DATA_DIR"):
        data_dir(tmp_path / "data").prepare()


def test_a_folder_that_takes_no_files_is_a_sentence() -> None:
    # /proc is read-only even for root, who may write anywhere else.
    with pytest.raises(ConfigError, match="cannot be written to"):
        data_dir(Path("/proc/self")).prepare()


def test_a_tilde_without_a_home_folder_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="starts with ~"):
        data_dir(Path("~nobody-of-that-name/data"))
