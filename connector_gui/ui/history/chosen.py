"""Which calls are selected, without having them all in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector_gui.ui.history.list_model import KEPT_CALLS, HistoryModel


@dataclass(frozen=True, slots=True)
class Chosen:
    """Selected calls.

    Attributes:
        session_ids: Those that are known by name.
        gaps: Offset and number of those that are not, as the list stands now.
    """

    session_ids: tuple[str, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.session_ids) + sum(number for _, number in self.gaps)


def chosen(model: HistoryModel, ranges: Sequence[tuple[int, int]]) -> Chosen:
    """What the row *ranges* of *model* stand for."""
    if sum(last - first + 1 for first, last in ranges) > KEPT_CALLS:
        gaps = [_calls_of(model, first, last) for first, last in ranges]
        return Chosen(gaps=tuple(gap for gap in gaps if gap[1]))
    names: list[str] = []
    unknown: list[tuple[int, int]] = []
    for first, last in ranges:
        for row in range(first, last + 1):
            record = model.record(row)
            if record is not None:
                names.append(record.session_id)
            elif not model.is_heading(row):
                _extend(unknown, model.offset_of(row))
    return Chosen(tuple(names), tuple(unknown))


def _calls_of(model: HistoryModel, first: int, last: int) -> tuple[int, int]:
    offset = model.offset_of(first)
    return offset, model.offset_of(last + 1) - offset


def _extend(gaps: list[tuple[int, int]], offset: int) -> None:
    if gaps and sum(gaps[-1]) == offset:
        gaps[-1] = (gaps[-1][0], gaps[-1][1] + 1)
    else:
        gaps.append((offset, 1))
