"""The folder of recordings, as the desk knows it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from connector_gui.voice.recording.place import NAME_PATTERN, new_name, recording_path
from connector_gui.voice.recording.repair import repair


class RecordingsFolder:
    """Names, finds, finishes and deletes recordings; every method may block for as long as the disk does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_path(self, now: datetime) -> Path:
        """Where a recording that begins *now* (timezone-aware) goes; named by the local time of the desk."""
        return self._folder / new_name(now.astimezone())

    def path(self, name: str) -> Path:
        """Where the recording *name* lies.

        Raises:
            ValueError: No recording is called so.
        """
        return recording_path(self._folder, name)

    def delete(self, name: str) -> None:
        """Delete it; nothing when it is gone already.

        Raises:
            OSError: The disk does not let go of it.
        """
        self.path(name).unlink(missing_ok=True)

    def delete_before(self, day: date) -> int:
        """Delete all recordings that were begun before *day*, whoever they belong to; how many there were.

        Raises:
            OSError: The folder cannot be looked at, or the disk does not let go of one.
        """
        if not self._folder.is_dir():
            return 0
        first = f"{day:%Y%m%d}"
        old = [file for file in self._folder.iterdir() if NAME_PATTERN.fullmatch(file.name) and file.name < first]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def repair(self, name: str) -> float:
        """Finish a recording that was cut off; its length in s, 0 when nothing of it can be heard.

        Raises:
            StoreError: The disk does not let it be read or changed.
        """
        return repair(self.path(name))
