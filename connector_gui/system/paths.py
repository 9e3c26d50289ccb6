"""Where the program keeps its things: one data folder, readable by its owner alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence

APP_NAME: Final = "agent-connector"


@dataclass(frozen=True, slots=True)
class DataDir:
    """The data folder and the places in it."""

    path: Path

    @property
    def database(self) -> Path:
        """The record of calls."""
        return self.path / "connector.db"

    @property
    def recordings(self) -> Path:
        """Folder of the recordings."""
        return self.path / "recordings"

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.path / "logs"

    @property
    def settings_file(self) -> Path:
        """What was chosen in the settings dialog."""
        return self.path / "settings.json"

    def prepare(self) -> None:
        """Make the folders that are missing, closed to other users.

        Raises:
            ConfigError: The folder cannot be made or written to; says what to do.
        """
        try:
            for folder in (self.path, self.logs, self.recordings):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Permission bits do not tell for a read-only disk or a foreign owner: writing does.
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as exc:
            raise ConfigError(
                sentence(
                    "The data folder {path} cannot be written to ({reason}). Make it "
                    "writable, or name another one with --data-dir or DATA_DIR.",
                    path=self.path,
                    reason=exc.strerror or type(exc).__name__,
                )
            ) from exc


def data_dir(chosen: Path | None = None) -> DataDir:
    """The data folder: *chosen*, with ``~`` meaning the home folder, else the platform's place for data."""
    if chosen is None:
        return DataDir(platformdirs.user_data_path(APP_NAME, appauthor=False))
    try:
        return DataDir(chosen.expanduser().absolute())
    except RuntimeError as exc:  # “~” without a home folder
        raise ConfigError(
            sentence("DATA_DIR starts with ~, but this user has no home folder. Give the whole path.")
        ) from exc
