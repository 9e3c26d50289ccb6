"""The rows of a transcript; only what changed is told to the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt

from connector_gui.core.record import ToolCall, TranscriptEntry
from connector_gui.core.view import Score
from connector_gui.ui import words
from connector_gui.ui.plain_text import paragraphs

ROW_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


Item = TranscriptEntry | ToolCall


class Row:
    """One turn, or one use of a tool, as it is shown.

    Attributes:
        text: What was spoken; of a tool its name and what became of it.
        tool: The tool; ``None`` for a turn.
        score: What the operator thinks of the turn.
        lost: What the agent would have said after that; nobody heard it.
        size: The place it has in a view; right for one *size_for_px* wide. The delegate's notes.
    """

    __slots__ = ("entry", "is_tentative", "item", "lost", "score", "size", "size_for_px", "text", "tool")

    def __init__(self, item: Item, *, is_tentative: bool = False) -> None:
        self.item = item
        if isinstance(item, ToolCall):
            self.tool: ToolCall | None = item
            self.entry = entry = TranscriptEntry(role="agent", text="", at_ms=item.at_ms)
        else:
            self.tool, self.entry, entry = None, item, item
        self.is_tentative = is_tentative
        self.score: Score = None
        self.text = words.tool(self.tool) if self.tool else paragraphs(entry.text)
        self.lost = _lost_part(self.text, paragraphs(entry.said_text or ""))
        self.size = QSize()
        self.size_for_px = -1

    @property
    def is_operator(self) -> bool:
        """Said on our side of the line."""
        return self.entry.role == "user"

    @property
    def turn_id(self) -> int | None:
        """The service's number of an agent's turn, by which it can be rated."""
        return self.entry.event_id if self.entry.role == "agent" else None


class TranscriptModel(QAbstractListModel):
    """The conversation in focus, and what the service believes is being said as its last row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._ratings: Mapping[int, Score] = {}

    def show_entries(
        self, entries: Sequence[TranscriptEntry], tentative_text: str = "", tools: Sequence[ToolCall] = ()
    ) -> bool:
        """Become *entries*, *tools* at their times, and *tentative_text* last; return whether anything changed."""
        wanted: list[Item] = in_time(entries, tools) if tools else [*entries]
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

    def show_ratings(self, ratings: Mapping[int, Score]) -> None:
        """Show what the operator thinks of turns, by their `Row.turn_id`."""
        if ratings == self._ratings:
            return
        self._ratings = ratings
        for position, row in enumerate(self._rows):
            score = self._score_of(row)
            if row.score != score:
                row.score = score
                self.dataChanged.emit(self.index(position), self.index(position))

    def _score_of(self, row: Row) -> Score:
        return None if row.turn_id is None else self._ratings.get(row.turn_id)

    def _first_difference(self, wanted: list[Item], has_tentative: bool) -> int:
        for position, (row, entry) in enumerate(zip(self._rows, wanted, strict=False)):
            is_tentative = has_tentative and position == len(wanted) - 1
            # Entries are shared between records: most are the very same object.
            if row.is_tentative != is_tentative or (row.item is not entry and row.item != entry):
                return position
        return min(len(self._rows), len(wanted))

    def _replace(self, first: int, rows: list[Row]) -> None:
        """Put *rows* in the place of all from *first* on."""
        for row in rows:
            row.score = self._score_of(row)
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
            return self.in_words(row)
        return None

    def in_words(self, row: Row) -> str:
        """All of *row* as a line of words, for a screen reader or the clipboard."""
        rating = {"like": self.tr(" (good)"), "dislike": self.tr(" (bad)"), None: ""}[row.score]
        return f"{self.heading(row)}{rating}: {row.text}"

    def heading(self, row: Row) -> str:
        """Who said it, and when."""
        seconds = row.entry.at_ms // 1000
        time = "" if row.is_tentative else f" · {seconds // 60}:{seconds % 60:02}"
        if row.tool:
            return self.tr("Tool") + time
        if row.entry.kind == "contextual_update":
            return self.tr("Note to the agent") + time
        if row.entry.kind == "user_message":
            return self.tr("You, typed") + time
        return (self.tr("You") if row.is_operator else self.tr("Agent")) + time


def in_time(entries: Sequence[TranscriptEntry], tools: Sequence[ToolCall]) -> list[Item]:
    """*entries* in their order, and each of *tools* before the first one that began later."""
    items: list[Item] = []
    waiting = sorted(tools, key=lambda tool: tool.at_ms)
    for entry in entries:
        while waiting and waiting[0].at_ms < entry.at_ms:
            items.append(waiting.pop(0))
        items.append(entry)
    return items + waiting


def _lost_part(spoken: str, whole: str) -> str:
    """The end of *whole* that is not in *spoken*.

    The service cuts between words and may close what is left with dots of its own.
    """
    if not whole:
        return ""
    heard = spoken.rstrip(" .…")
    return whole[len(heard) :].strip() if whole.startswith(heard) else whole
