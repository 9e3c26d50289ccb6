"""The rows of a transcript; only what changed is told to the view."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from connector_gui.core.record import Score, ToolCall, TranscriptEntry
from connector_gui.core.turns import Turns
from connector_gui.ui import words
from connector_gui.ui.plain_text import paragraphs

ROW_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


Item = TranscriptEntry | ToolCall


class Row:
    """One turn, or one use of a tool, as it is shown.

    Attributes:
        tool: The tool; ``None`` for a turn.
        height_px: The place it takes in a view; right while *measured_for* is what the delegate measures for.
    """

    # Most rows of a long conversation are never looked at: what it takes to draw one is made when it is asked for.
    __slots__ = ("_lost", "_text", "entry", "height_px", "is_tentative", "item", "measured_for", "tool")

    def __init__(self, item: Item, *, is_tentative: bool = False) -> None:
        self.item = item
        self.tool = item if isinstance(item, ToolCall) else None
        self.entry = _NO_TURN if isinstance(item, ToolCall) else item
        self.is_tentative = is_tentative
        self.height_px = 0
        self.measured_for = 0
        self._text: str | None = None
        self._lost: str | None = None

    @property
    def text(self) -> str:
        """What was spoken; of a tool its name and what became of it."""
        if self._text is None:
            self._text = words.tool(self.tool) if self.tool else paragraphs(self.entry.text)
        return self._text

    @property
    def lost(self) -> str:
        """What the agent would have said after that; nobody heard it."""
        if self._lost is None:
            self._lost = _lost_part(self.text, paragraphs(self.entry.said_text or ""))
        return self._lost

    @property
    def score(self) -> Score:
        """What the operator thinks of the turn."""
        return self.entry.rating

    @property
    def is_operator(self) -> bool:
        """Said on our side of the line."""
        return self.entry.role == "user"

    @property
    def turn_id(self) -> int | None:
        """The service's number of an agent's turn, by which it can be rated."""
        return self.entry.event_id if self.entry.role == "agent" else None


_NO_TURN: Final = TranscriptEntry(role="agent", text="")
"""Stands where a tool has no turn."""


class TranscriptModel(QAbstractListModel):
    """The conversation in focus, and what the service believes is being said as its last row.

    A tool stands before the first turn that began later. What changed is found by what two pictures of the
    conversation do not share; rows before it are left alone, so that a turn costs the same however long it gets.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._entries: Turns[TranscriptEntry] = Turns()
        self._tools: tuple[ToolCall, ...] = ()
        self._tentative_text = ""
        # The tools in the order of their times, and how many turns each has before it.
        self._in_time: list[ToolCall] = []
        self._turns_before: list[int] = []
        # The latest time up to each turn: turns need not stand in the order of their times.
        self._latest_ms: list[int] = []

    def show_entries(
        self, entries: Sequence[TranscriptEntry], tentative_text: str = "", tools: Sequence[ToolCall] = ()
    ) -> bool:
        """Become *entries*, *tools* at their times, and *tentative_text* last; return whether anything changed."""
        turns, tools = Turns.of(entries), tuple(tools)
        has_new_tools = tools is not self._tools and tools != self._tools
        in_time = sorted(tools, key=lambda tool: tool.at_ms) if has_new_tools else self._in_time
        moved, changed = self._compare(turns, in_time if has_new_tools else None)
        for position, item in changed:
            self._rows[position] = Row(item)
            self.dataChanged.emit(self.index(position), self.index(position))
        if len(turns) != len(self._entries) or tentative_text != self._tentative_text:
            moved.append(min(len(turns), len(self._entries)))
        self._entries, self._tools, self._in_time = turns, tools, in_time
        self._tentative_text = tentative_text
        if moved:
            self._lay_from(min([*moved, len(turns)]))
        return bool(moved or changed)

    def _compare(
        self, turns: Turns[TranscriptEntry], in_time: list[ToolCall] | None
    ) -> tuple[list[int], list[tuple[int, Item]]]:
        """From which turns on there are other rows now, and which rows only look different."""
        moved, changed = list[int](), list[tuple[int, Item]]()
        for number in self._entries.difference(turns):
            if turns[number].at_ms != self._entries[number].at_ms:
                moved.append(number)
                break
            changed.append((number + bisect_right(self._turns_before, number), turns[number]))
        for number, (one, two) in enumerate(zip_longest(self._in_time, in_time)) if in_time is not None else ():
            if one is None or two is None or one.at_ms != two.at_ms:
                # From the first tool that comes, goes or moves on, those behind it move too.
                moved += self._turns_before[number : number + 1]
                moved += [bisect_right(self._latest_ms, two.at_ms)] if two is not None else []
                break
            if one != two:
                changed.append((self._turns_before[number] + number, two))
        return moved, changed

    def _lay_from(self, turn: int) -> None:
        """Lay all rows from the turn of that number on anew, with the tools that stand right before it."""
        kept = bisect_left(self._turns_before, turn)
        del self._turns_before[kept:], self._latest_ms[turn:]
        latest_ms = self._latest_ms[-1] if self._latest_ms else -sys.maxsize
        rows, first = list[Row](), turn + kept
        waiting = iter(self._in_time[kept:])
        tool = next(waiting, None)
        for number, entry in enumerate(self._entries.since(turn), turn):
            while tool is not None and tool.at_ms < entry.at_ms:
                self._turns_before.append(number)
                rows.append(Row(tool))
                tool = next(waiting, None)
            latest_ms = max(latest_ms, entry.at_ms)
            self._latest_ms.append(latest_ms)
            rows.append(Row(entry))
        while tool is not None:
            self._turns_before.append(len(self._entries))
            rows.append(Row(tool))
            tool = next(waiting, None)
        if self._tentative_text:
            entry = TranscriptEntry(role="user", text=self._tentative_text)
            rows.append(Row(entry, is_tentative=True))
        self._replace(first, rows)

    def _replace(self, first: int, rows: list[Row]) -> None:
        """Put *rows* in the place of all from *first* on."""
        old_count, new_count = len(self._rows), first + len(rows)
        kept = min(old_count, new_count)
        if kept > first:
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

    def rows_from(self, first: int) -> list[Row]:
        """All rows from *first* on."""
        return self._rows[first:]

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
        seconds = row.item.at_ms // 1000
        time = "" if row.is_tentative else f" · {seconds // 60}:{seconds % 60:02}"
        if row.tool:
            return self.tr("Tool") + time
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
