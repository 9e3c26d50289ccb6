"""The quick way to the data folder leads where the settings lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector_gui.core.errors import ConfigError
from connector_gui.system.data_folder import find_data_dir
from connector_gui.system.settings_sources import load


@pytest.mark.parametrize("dotenv", ["", "DATA_DIR=/from/dotenv", "export data_dir='/a b'", "DATA_DIR=", "DATA_DIR=~/x"])
@pytest.mark.parametrize("environment", [{}, {"DATA_DIR": "/from/env"}, {"DATA_DIR": ""}, {"data_dir": "rel"}])
@pytest.mark.parametrize("chosen", [None, Path("/chosen")])
def test_it_is_the_folder_of_the_settings(
    chosen: Path | None, environment: dict[str, str], dotenv: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / ".env"
    file.write_text(dotenv)
    given = {} if chosen is None else {"data_dir": chosen}
    assert find_data_dir(chosen, dotenv=file) == load(given, dotenv=file).data_dir


def test_an_unreadable_dotenv_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DATA_DIR=\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        find_data_dir(dotenv=tmp_path / ".env")
