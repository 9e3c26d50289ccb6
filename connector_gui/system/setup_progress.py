"""How far the guided start has come, kept between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings

FILE_NAME: Final = "setup.ini"
_STEP: Final = "step"
_IS_OVER: Final = "over"


class SetupProgress:
    """In a file of its own, like the places of windows: it is no setting, and losing it costs one more look.

    A guide that was never begun in this folder is not missed: `was_begun` is false, and whoever finds a folder in
    use leaves it at that.
    """

    def __init__(self, folder: Path) -> None:
        self._file = QSettings(str(folder / FILE_NAME), QSettings.Format.IniFormat)

    @property
    def was_begun(self) -> bool:
        """The guide has been on the screen."""
        return self._file.contains(_STEP)

    @property
    def is_over(self) -> bool:
        """It was finished, or skipped as a whole."""
        return self._file.value(_IS_OVER, "") == "yes"

    @property
    def step(self) -> str:
        """The page it was left at; empty before it was begun."""
        kept = self._file.value(_STEP, "")
        return kept if isinstance(kept, str) else ""

    def keep(self, step: str) -> None:
        """Remember the page that is on the screen."""
        self._file.setValue(_STEP, step)
        self._file.sync()

    def finish(self) -> None:
        """It need not come up by itself any more."""
        self._file.setValue(_IS_OVER, "yes")
        self._file.sync()
