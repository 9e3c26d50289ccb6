"""The calls that are over, as they are looked through, marked and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, cast, delete, false, func, select, true, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.core.history import AgentName, DayCount, HistoryFilter, HistoryIndex
from connector_gui.core.metadata import VARIABLES_MEMBER
from connector_gui.core.record import CallRecord
from connector_gui.store import search
from connector_gui.store.database import Database
from connector_gui.store.rows import IS_OVER, LIST_COLUMNS, Query, by_index, record_of
from connector_gui.store.search import Matches, matches
from connector_gui.store.tables import calls

HISTORY: Final = "ix_calls_history"
NEWEST_FIRST: Final = (calls.c.day.desc(), calls.c.id.desc())
AT_ONCE: Final = 500
"""How many names go into one statement."""


class History:
    """The calls of one database that are over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Windows of the search that was indexed last: the list scrolls over what its index counted.
        self._searched: _Searched | None = None

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        """What *wanted* finds, by day; a search ends when its caller is cancelled, not when it is through."""
        return await self._database.read(lambda connection: self._index(connection, wanted))

    async def _index(self, connection: AsyncConnection, wanted: HistoryFilter) -> HistoryIndex:
        self._searched = searched = await self._search(connection, wanted)
        if searched is not None:
            return HistoryIndex(_day_counts(searched.days), searched.is_cut)
        query = _reading(select(calls.c.day, func.count()), wanted).group_by(calls.c.day).order_by(calls.c.day.desc())
        return HistoryIndex(_day_counts(await connection.execute(query)))

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        """Calls *offset* to *offset* + *limit* of what *wanted* finds, newest first."""
        async with self._database.reading() as connection:
            call_ids = await self._ids(connection, wanted, offset, limit)
            query = select(*LIST_COLUMNS).where(calls.c.id.in_(call_ids)).order_by(*NEWEST_FIRST)
            return [record_of(row) for row in (await connection.execute(query)).mappings()]

    async def agents(self) -> Sequence[AgentName]:
        """All agents that calls were placed to, by name."""
        newest = by_index(select(func.max(calls.c.id)), HISTORY).where(IS_OVER).group_by(calls.c.agent_id)
        query = select(calls.c.agent_id, calls.c.agent_name).where(calls.c.id.in_(newest))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        agents = [AgentName(agent_id, name or agent_id) for agent_id, name in rows]
        return sorted(agents, key=lambda agent: (agent.name.casefold(), agent.agent_id))

    async def unseen_count(self) -> int:
        """How many missed calls the operator has not seen."""
        async with self._database.reading() as connection:
            query = _reading(select(func.count(calls.c.id)), HistoryFilter(is_unseen=True))
            return int(await connection.scalar(query) or 0)

    async def mark_seen(self, session_ids: Sequence[str] | None) -> None:
        """The operator has seen these missed calls; all of them for ``None``."""
        mark = update(calls).where(calls.c.is_seen == false()).values(is_seen=true())
        async with self._database.writing() as connection:
            if session_ids is None:
                await connection.execute(mark)
            else:
                for some in _portions(session_ids):
                    await connection.execute(mark.where(calls.c.session_id.in_(some)))

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        """Calls whose metadata (or its ``dynamic_variables``) has *value* as *member*, oldest first."""
        # Rows that cannot have it are left out by the database; which of the others do is seen here.
        stored = cast(calls.c.metadata, String)
        position = func.strpos if self._database.dialect == "postgresql" else func.instr
        query = (
            select(calls.c.session_id, calls.c.metadata)
            .where(IS_OVER, *(position(stored, _as_stored(part)) > 0 for part in (member, value.strip(" "))))
            .order_by(calls.c.id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [session_id for session_id, metadata in rows if _has(metadata, member, value)]

    async def older_than(self, day: date, limit: int) -> Sequence[str]:
        """Up to *limit* calls of a day before *day*, oldest first."""
        query = by_index(select(calls.c.session_id), HISTORY).where(IS_OVER, calls.c.day < day.isoformat())
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(calls.c.day, calls.c.id).limit(limit))
            return [session_id for (session_id,) in rows]

    async def delete(self, session_ids: Sequence[str]) -> Sequence[str | None]:
        """Delete those that are over, with transcripts, events and words; the recording of each that was deleted."""
        recordings: list[str | None] = []
        async with self._database.writing() as connection:
            for some in _portions(session_ids):
                gone = delete(calls).where(IS_OVER, calls.c.session_id.in_(some)).returning(calls.c.recording_file)
                recordings += [name for (name,) in await connection.execute(gone)]
        return recordings

    async def _search(self, connection: AsyncConnection, wanted: HistoryFilter) -> _Searched | None:
        """What the words of *wanted* find; ``None`` when it has none to look for."""
        # Rows of the indexes of words lie in the order of calls: days narrow a search before it begins.
        first_id, last_id = await _bounds(connection, wanted)
        found = matches(connection.dialect.name, wanted.text, first_id, last_id)
        if found is None:
            return None
        rows = (await connection.execute(_counted(found, wanted, connection.dialect.name), found.bound)).all()
        is_cut = max(rows[0].lines, rows[0].names) > search.MOST_LINES
        return _Searched(wanted, is_cut, tuple((row.day, row.calls, row.ids) for row in rows if row.day is not None))

    async def _ids(self, connection: AsyncConnection, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[int]:
        searched = self._searched
        if searched is None or searched.wanted != wanted:
            searched = await self._search(connection, wanted)
        if searched is not None:
            return searched.ids(offset, limit)
        query = _reading(select(calls.c.id), wanted).order_by(*NEWEST_FIRST).offset(offset).limit(limit)
        return (await connection.execute(query)).scalars().all()


@dataclass(frozen=True, slots=True)
class _Searched:
    """What a search found.

    Attributes:
        days: Newest first: the day, how many calls, and their row ids in any order, joined by commas. Most of
            them are never looked at, so they stay as the database wrote them.
    """

    wanted: HistoryFilter
    is_cut: bool
    days: tuple[tuple[str, int, str], ...]

    def ids(self, offset: int, limit: int) -> list[int]:
        """Row ids *offset* to *offset* + *limit*, newest first."""
        ids: list[int] = []
        before = 0
        for _, count, joined in self.days:
            if before + count > offset and before < offset + limit:
                of_day = sorted(map(int, joined.split(",")), reverse=True)
                ids += of_day[max(0, offset - before) : offset + limit - before]
            before += count
        return ids


async def _bounds(connection: AsyncConnection, wanted: HistoryFilter) -> tuple[int, int]:
    """The first and last row id on the days of *wanted*."""
    if wanted.first_day is None and wanted.last_day is None:
        return 0, search.LAST_ID
    query = by_index(select(func.min(calls.c.id), func.max(calls.c.id)), HISTORY).where(*_day_conditions(wanted))
    first_id, last_id = (await connection.execute(query)).one()
    return first_id or 0, last_id or 0


def _counted(found: Matches, wanted: HistoryFilter, dialect: str) -> Select[Any]:
    """Days and their calls, and in every row how many lines and names were found; one row at least."""
    joined = (
        func.string_agg(cast(calls.c.id, String), ",") if dialect == "postgresql" else func.group_concat(calls.c.id)
    )
    ids = union(select(found.lines.c.call_id), select(found.names.c.call_id))
    days = (
        by_index(select(calls.c.day, func.count().label("calls"), joined.label("ids")), HISTORY)
        .where(*_conditions(wanted), calls.c.id.in_(ids))
        .group_by(calls.c.day)
        .subquery("days")
    )
    counts = select(
        select(func.count()).select_from(found.lines).scalar_subquery().label("lines"),
        select(func.count()).select_from(found.names).scalar_subquery().label("names"),
    ).subquery("counts")
    return select(counts, days).select_from(counts.outerjoin(days, true())).order_by(days.c.day.desc())


def _reading(query: Query, wanted: HistoryFilter) -> Query:
    """*query* for the rows of *wanted*, by the index that has them."""
    return by_index(query, "ix_calls_unseen" if wanted.is_unseen else HISTORY).where(*_conditions(wanted))


def _conditions(wanted: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    """All that *wanted* asks but its words."""
    yield from _day_conditions(wanted)
    if wanted.outcomes:
        yield calls.c.outcome.in_(sorted(outcome.value for outcome in wanted.outcomes))
    if wanted.agent_id is not None:
        yield calls.c.agent_id == wanted.agent_id
    if wanted.is_unseen:
        yield calls.c.is_seen == false()


def _day_conditions(wanted: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    yield IS_OVER
    if wanted.first_day is not None:
        yield calls.c.day >= wanted.first_day.isoformat()
    if wanted.last_day is not None:
        yield calls.c.day <= wanted.last_day.isoformat()


def _day_counts(rows: Iterable[Sequence[Any]]) -> tuple[DayCount, ...]:
    return tuple(DayCount(date.fromisoformat(row[0]), row[1]) for row in rows)


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))


def _as_stored(part: str) -> str:
    """*part* as it stands within the JSON of a row."""
    return json.dumps(part)[1:-1]


def _has(metadata: Mapping[str, Any], member: str, value: str) -> bool:
    inner = metadata.get(VARIABLES_MEMBER)
    places = (metadata, inner) if isinstance(inner, Mapping) else (metadata,)
    return any(member in place and _as_text(place[member]) == value.strip(" ") for place in places)


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Spaces around it are not seen where it is read, so nobody enters them.
    return str(value).strip(" ") if isinstance(value, str | int | float) else None
