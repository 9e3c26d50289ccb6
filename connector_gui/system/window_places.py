"""Where the operator put the windows, kept between runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSettings

FILE_NAME = "windows.ini"


class WindowPlaces:
    """Remembers places by window name, in a file of its own: it is no setting, and losing it harms nobody."""

    def __init__(self, folder: Path) -> None:
        self._file = QSettings(str(folder / FILE_NAME), QSettings.Format.IniFormat)

    def place(self, window: str) -> QRect | None:
        """Where *window* stood last; ``None`` when that is not known."""
        kept = self._file.value(window)
        return kept if isinstance(kept, QRect) and kept.isValid() else None

    def keep(self, window: str, place: QRect) -> None:
        """Remember where *window* stands."""
        self._file.setValue(window, place)
