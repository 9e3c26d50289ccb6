"""The rows of a transcript; only what changed is told to the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt

from connector_gui.core.record import TranscriptEntry
from connector_gui.ui.plain_text import paragraphs

ROW_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class Row:
    """One turn as it is shown.

    Attributes:
        text: What was spoken.
        lost: What the agent would have said after that; nobody heard it.
        size: The place it has in a view; right for one *size_for_px* wide. The delegate's notes.
    """

    __slots__ = ("entry", "is_tentative", "lost", "size", "size_for_px", "text")

    def __init__(self, entry: TranscriptEntry, *, is_tentative: bool = False) -> None:
        self.entry = entry
        self.is_tentative = is_tentative
        self.text = paragraphs(entry.text)
        self.lost = _lost_part(self.text, paragraphs(entry.said_text or ""))
        self.size = QSize()
        self.size_for_px = -1

    @property
    def is_operator(self) -> bool:
        """Said on our side of the line."""
        return self.entry.role == "user"


class TranscriptModel(QAbstractListModel):
    """The conversation in focus, and what the service believes is being said as its last row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    def show_entries(self, entries: Sequence[TranscriptEntry], tentative_text: str = "") -> bool:
        """Become *entries* with *tentative_text* after them; return whether anything changed."""
        wanted = [*entries]
        if tentative_text:
            wanted.append(TranscriptEntry(role="user", text=tentative_text))
        first = self._first_difference(wanted, bool(tentative_text))
        if first == len(wanted) == len(self._rows):
            return False
        rows = [
            Row(entry, is_tentative=bool(tentative_text) and position == len(wanted) - 1)
            for position, entry in enumerate(wanted[first:], first)
        ]
        self._replace(first, rows)
        return True

    def _first_difference(self, wanted: list[TranscriptEntry], has_tentative: bool) -> int:
        for position, (row, entry) in enumerate(zip(self._rows, wanted, strict=False)):
            is_tentative = has_tentative and position == len(wanted) - 1
            # Entries are shared between records: most are the very same object.
            if row.is_tentative != is_tentative or (row.entry is not entry and row.entry != entry):
                return position
        return min(len(self._rows), len(wanted))

    def _replace(self, first: int, rows: list[Row]) -> None:
        """Put *rows* in the place of all from *first* on."""
        old_count, new_count = len(self._rows), first + len(rows)
        kept = min(old_count, new_count)
        if kept > first:
            for old, new in zip(self._rows[first:kept], rows, strict=False):
                new.size = old.size
            self._rows[first:kept] = rows[: kept - first]
            self.dataChanged.emit(self.index(first), self.index(kept - 1))
        if new_count > old_count:
            self.beginInsertRows(QModelIndex(), old_count, new_count - 1)
            self._rows[old_count:] = rows[old_count - first :]
            self.endInsertRows()
        elif new_count < old_count:
            self.beginRemoveRows(QModelIndex(), new_count, old_count - 1)
            del self._rows[new_count:]
            self.endRemoveRows()

    def row(self, index: Index) -> Row:
        """What stands at *index*."""
        return self._rows[index.row()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default; it is empty and never changed
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.heading(row)}: {row.text}"
        return None

    def heading(self, row: Row) -> str:
        """Who said it, and when."""
        seconds = row.entry.at_ms // 1000
        time = "" if row.is_tentative else f" · {seconds // 60}:{seconds % 60:02}"
        if row.entry.kind == "contextual_update":
            return self.tr("Note to the agent") + time
        if row.entry.kind == "user_message":
            return self.tr("You, typed") + time
        return (self.tr("You") if row.is_operator else self.tr("Agent")) + time


def _lost_part(spoken: str, whole: str) -> str:
    """The end of *whole* that is not in *spoken*.

    The service cuts between words and may close what is left with dots of its own.
    """
    if not whole:
        return ""
    heard = spoken.rstrip(" .…")
    return whole[len(heard) :].strip() if whole.startswith(heard) else whole
