"""The rows of the history: days with their calls, of which only those near the eye are in memory.

The counts of a `HistoryIndex` lay out all rows; calls come in pages, once rows of theirs are looked at:

    row 0   Today                  ┐ day 0
    row 1   call, offset 0         │
    row 2   call, offset 1         ┘
    row 3   Yesterday              ┐ day 1
    row 4   call, offset 2         ┘

A call's place is its day and how many calls of that day are older, so that newer ones change neither.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from connector_gui.core.history import DayCount, HistoryIndex
from connector_gui.core.record import CallRecord
from connector_gui.ui.history import words
from connector_gui.ui.translation import tr

PAGE_CALLS: Final = 100
KEPT_CALLS: Final = 4_000
"""Calls in memory; the ones that came first go first."""
MOST_STEPS: Final = 40
"""More changes between two indexes than this are not told one by one."""

Index = QModelIndex | QPersistentModelIndex


class Place(NamedTuple):
    """Where a call lies, whatever comes in above it."""

    day: date
    older: int


class HistoryModel(QAbstractListModel):
    """Headings of days, which cannot be selected, and calls, which may still be on their way."""

    def __init__(self, today: Callable[[], date] = words.today, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self.days: tuple[DayCount, ...] = ()
        self._heading_rows: list[int] = []
        self._row_count = 0
        self._records: dict[Place, CallRecord] = {}
        self._places: dict[str, Place] = {}
        self._outdated: set[Place] = set()

    # --- what is shown -----------------------------------------------------------------------

    def show_index(self, index: HistoryIndex, *, is_same_question: bool) -> None:
        """Lay out the rows for *index*; with *is_same_question* known calls and the selection stay."""
        if not is_same_question:
            self._reset(index.days)
            return
        self._outdated = set(self._records)
        steps = list(_steps(self.days, index.days))
        if len(steps) > MOST_STEPS or not all(step.is_clear for step in steps):
            self._reset(index.days)
            return
        for step in steps:
            self._take(step)

    def show_calls(self, offset: int, records: Sequence[CallRecord]) -> None:
        """Fill in calls from *offset* on."""
        rows = []
        for position, record in enumerate(records, offset):
            row = self.row_of_offset(position)
            place = self.place(row) if row is not None else None
            if row is None or place is None:
                break
            rows.append(row)
            self._keep(place, record)
        self._forget_oldest()
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))

    def update_call(self, record: CallRecord) -> None:
        """Show *record* where it is known already."""
        place = self._places.get(record.session_id)
        row = self.row_of(record.session_id)
        if place is not None and row is not None:
            self._records[place] = record
            self.dataChanged.emit(self.index(row), self.index(row))

    # --- what a row is -----------------------------------------------------------------------

    def is_heading(self, row: int) -> bool:
        """Whether *row* names a day."""
        position = bisect_right(self._heading_rows, row) - 1
        return position >= 0 and self._heading_rows[position] == row

    def day_at(self, row: int) -> DayCount | None:
        """The day that *row* belongs to."""
        position = bisect_right(self._heading_rows, row) - 1
        return self.days[position] if 0 <= position < len(self.days) else None

    def title(self, row: int) -> str:
        """The name of the day that *row* belongs to."""
        day = self.day_at(row)
        return words.day_title(day.day, self._today()) if day else ""

    def headings_before(self, row: int) -> int:
        """How many rows above *row* are headings."""
        return bisect_right(self._heading_rows, row - 1)

    def heading_row(self, number: int) -> int:
        """The row of heading *number*."""
        return self._heading_rows[number]

    def record(self, row: int) -> CallRecord | None:
        """The call in *row*; ``None`` for headings and for what is not there yet."""
        place = self.place(row)
        return self._records.get(place) if place is not None else None

    def place(self, row: int) -> Place | None:
        """Where the call of *row* lies; ``None`` for headings."""
        number = bisect_right(self._heading_rows, row) - 1
        if not 0 <= row < self._row_count or self._heading_rows[number] == row:
            return None
        day, count = self.days[number].day, self.days[number].count
        return Place(day, count - (row - self._heading_rows[number]))

    def row_of(self, session_id: str) -> int | None:
        """The row of a call that is in memory."""
        place = self._places.get(session_id)
        return None if place is None else self.row_of_place(place)

    def row_of_place(self, place: Place) -> int | None:
        """The row of *place*; ``None`` when it is gone."""
        for number, day in enumerate(self.days):
            if day.day == place.day:
                is_there = 0 <= place.older < day.count
                return self._heading_rows[number] + day.count - place.older if is_there else None
        return None

    def offset_of(self, row: int) -> int:
        """How many calls are above *row*."""
        return row - self.headings_before(row)

    def row_of_offset(self, offset: int) -> int | None:
        """The row of call *offset*; ``None`` past the last."""
        if not 0 <= offset < self._row_count - len(self.days):
            return None
        # Rows and headings grow together: the heading that is last at or above the call.
        first, last = 0, len(self.days) - 1
        while first < last:
            middle = (first + last + 1) // 2
            if self._heading_rows[middle] - middle <= offset:
                first = middle
            else:
                last = middle - 1
        return offset + first + 1

    def missing_pages(self, first_row: int, last_row: int) -> tuple[int, ...]:
        """Offsets of the pages that rows *first_row* to *last_row* are still waiting for."""
        offsets: dict[int, None] = {}
        for row in range(max(0, first_row), min(last_row + 1, self._row_count)):
            place = self.place(row)
            if place is not None and (place not in self._records or place in self._outdated):
                offsets[self.offset_of(row) // PAGE_CALLS * PAGE_CALLS] = None
        return tuple(offsets)

    @property
    def total(self) -> int:
        """How many calls there are."""
        return self._row_count - len(self.days)

    # --- Qt's questions ------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default; it is empty and never changed
        return 0 if parent.isValid() else self._row_count

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.is_heading(index.row()):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        if self.is_heading(index.row()):
            return self.title(index.row())
        record = self.record(index.row())
        return words.spoken_row(record) if record is not None else tr("Call, loading")

    # --- inside --------------------------------------------------------------------------------

    def _reset(self, days: tuple[DayCount, ...]) -> None:
        self.beginResetModel()
        self._records.clear()
        self._places.clear()
        self._outdated.clear()
        self._lay_out(days)
        self.endResetModel()

    def _lay_out(self, days: tuple[DayCount, ...]) -> None:
        self.days = days
        sizes = [day.count + 1 for day in days]
        ends = list(accumulate(sizes))
        self._heading_rows = [end - size for end, size in zip(ends, sizes, strict=True)]
        self._row_count = ends[-1] if ends else 0

    def _take(self, step: _Step) -> None:
        """Grow or shrink by one step, so that views keep their place and selection."""
        at, root = step.position, QModelIndex()
        heading = self._heading_rows[at] if at < len(self.days) else self._row_count
        rest = self.days[at + 1 :] if step.before else self.days[at:]
        days = (*self.days[:at], *([DayCount(step.day, step.calls)] if step.calls else ()), *rest)
        if not step.calls:
            self.beginRemoveRows(root, heading, heading + step.before)
            self._lay_out(days)
            self._forget_day(step.day)
            self.endRemoveRows()
            return
        first = heading + 1 if step.before else heading
        self.beginInsertRows(root, first, heading + step.calls - step.before)
        self._lay_out(days)
        self.endInsertRows()

    def _forget_day(self, day: date) -> None:
        for place in [place for place in self._records if place.day == day]:
            self._places.pop(self._records.pop(place).session_id, None)

    def _keep(self, place: Place, record: CallRecord) -> None:
        before = self._records.pop(place, None)
        if before is not None and before.session_id != record.session_id:
            self._places.pop(before.session_id, None)
        self._records[place] = record
        self._places[record.session_id] = place
        self._outdated.discard(place)

    def _forget_oldest(self) -> None:
        while len(self._records) > KEPT_CALLS:
            place = next(iter(self._records))
            record = self._records.pop(place)
            self._outdated.discard(place)
            if self._places.get(record.session_id) == place:
                del self._places[record.session_id]


class _Step(NamedTuple):
    """A day at *position* that has *calls* now and had *before*."""

    position: int
    day: date
    calls: int
    before: int

    @property
    def is_clear(self) -> bool:
        """A day that lost some of its calls does not say which."""
        return self.calls == 0 or self.calls > self.before


def _steps(old: Sequence[DayCount], new: Sequence[DayCount]) -> Iterator[_Step]:
    """What turns *old* into *new*, in an order in which positions hold when it is their turn."""
    before = {day.day: day.count for day in old}
    now = {day.day: day.count for day in new}
    position = 0
    for day in sorted({*before, *now}, reverse=True):
        was, is_now = before.get(day, 0), now.get(day, 0)
        if was != is_now:
            yield _Step(position, day, is_now, was)
        position += is_now > 0
