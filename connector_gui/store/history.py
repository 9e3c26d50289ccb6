"""The calls that are over, as they are looked through, marked and deleted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, delete, false, func, literal_column, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.core.history import AgentName, DayCount, HistoryFilter, HistoryIndex
from connector_gui.core.metadata import VARIABLES_MEMBER
from connector_gui.core.record import CallRecord
from connector_gui.store.database import Database
from connector_gui.store.rows import LIST_COLUMNS, record_of
from connector_gui.store.search import LAST_ID, Found, find
from connector_gui.store.tables import calls

IS_OVER: Final = calls.c.status == literal_column("'ended'")
"""Literally as in the index, or SQLite does not see that it fits."""
NEWEST_FIRST: Final = (calls.c.day.desc(), calls.c.id.desc())
_AMONG: Final = {
    "sqlite": text("calls.id IN (SELECT value FROM json_each(:ids))"),
    "postgresql": text("calls.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS json)))"),
}
AT_ONCE: Final = 500
"""How many names go into one statement."""


class History:
    """The calls of one database that are over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Windows of the search that was indexed last: the list scrolls over what its index counted.
        self._searched: tuple[HistoryFilter, Sequence[int]] | None = None

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        """What *wanted* finds, by day; a search ends when its caller is cancelled, not when it is through."""
        return await self._database.read(lambda connection: self._index(connection, wanted))

    async def _index(self, connection: AsyncConnection, wanted: HistoryFilter) -> HistoryIndex:
        if (found := await self._find(connection, wanted)) is not None:
            matches = await _in_order(connection, wanted, found)
            self._searched = wanted, [call_id for call_id, _ in matches]
            return HistoryIndex(_day_counts(Counter(day for _, day in matches).items()), found.is_cut)
        counted = select(calls.c.day, func.count()).where(*_conditions(wanted)).group_by(calls.c.day)
        rows = (await connection.execute(counted.order_by(calls.c.day.desc()))).all()
        return HistoryIndex(_day_counts((day, count) for day, count in rows))

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        """Calls *offset* to *offset* + *limit* of what *wanted* finds, newest first."""
        async with self._database.reading() as connection:
            call_ids = await self._ids(connection, wanted, offset, limit)
            query = select(*LIST_COLUMNS).where(calls.c.id.in_(call_ids)).order_by(*NEWEST_FIRST)
            return [record_of(row) for row in (await connection.execute(query)).mappings()]

    async def agents(self) -> Sequence[AgentName]:
        """All agents that calls were placed to, by name."""
        newest = select(func.max(calls.c.id)).where(IS_OVER).group_by(calls.c.agent_id)
        query = select(calls.c.agent_id, calls.c.agent_name).where(calls.c.id.in_(newest))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        agents = [AgentName(agent_id, name or agent_id) for agent_id, name in rows]
        return sorted(agents, key=lambda agent: (agent.name.casefold(), agent.agent_id))

    async def unseen_count(self) -> int:
        """How many missed calls the operator has not seen."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.count()).where(IS_OVER, calls.c.is_seen == false())) or 0)

    async def mark_seen(self, session_ids: Sequence[str] | None) -> None:
        """The operator has seen these missed calls; all of them for ``None``."""
        mark = update(calls).where(calls.c.is_seen == false()).values(is_seen=true())
        async with self._database.writing() as connection:
            if session_ids is None:
                await connection.execute(mark.where(IS_OVER))
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
            .where(IS_OVER, *(position(stored, _as_stored(part)) > 0 for part in (member, value)))
            .order_by(calls.c.id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [session_id for session_id, metadata in rows if _has(metadata, member, value)]

    async def older_than(self, day: date, limit: int) -> Sequence[str]:
        """Up to *limit* calls of a day before *day*, oldest first."""
        query = select(calls.c.session_id).where(IS_OVER, calls.c.day < day.isoformat())
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(calls.c.day, calls.c.id).limit(limit))
            return [session_id for (session_id,) in rows]

    async def delete(self, session_ids: Sequence[str]) -> Sequence[str]:
        """Delete those that are over, with transcripts, events and words; the recordings that belonged to them."""
        recordings: list[str] = []
        async with self._database.writing() as connection:
            for some in _portions(session_ids):
                gone = delete(calls).where(IS_OVER, calls.c.session_id.in_(some)).returning(calls.c.recording_file)
                recordings += [name for (name,) in await connection.execute(gone) if name]
        return recordings

    async def _find(self, connection: AsyncConnection, wanted: HistoryFilter) -> Found | None:
        """What the words of *wanted* find; ``None`` when it has none to look for."""
        if not wanted.text.strip():
            return None
        if wanted.first_day is None and wanted.last_day is None:
            return await find(connection, wanted.text, 0, LAST_ID)
        # Rows of the indexes of words lie in the order of calls: days narrow a search before it begins.
        bounds = select(func.min(calls.c.id), func.max(calls.c.id)).where(*_day_conditions(wanted))
        first_id, last_id = (await connection.execute(bounds)).one()
        return await find(connection, wanted.text, first_id or 0, last_id or 0)

    async def _ids(self, connection: AsyncConnection, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[int]:
        if self._searched is not None and self._searched[0] == wanted:
            return self._searched[1][offset : offset + limit]
        if (found := await self._find(connection, wanted)) is not None:
            matches = await _in_order(connection, wanted, found)
            return [call_id for call_id, _ in matches[offset : offset + limit]]
        query = select(calls.c.id).where(*_conditions(wanted)).order_by(*NEWEST_FIRST).offset(offset).limit(limit)
        return (await connection.execute(query)).scalars().all()


async def _in_order(connection: AsyncConnection, wanted: HistoryFilter, found: Found) -> Sequence[tuple[int, str]]:
    """The ids and days of those *found* that the rest of *wanted* lets pass, newest first."""
    query = select(calls.c.id, calls.c.day).where(_AMONG[connection.dialect.name], *_conditions(wanted))
    # One value, however many there are: databases take only so many parameters.
    ids = {"ids": json.dumps(sorted(found.call_ids))}
    return [(call_id, day) for call_id, day in await connection.execute(query.order_by(*NEWEST_FIRST), ids)]


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


def _day_counts(rows: Iterable[tuple[str, int]]) -> tuple[DayCount, ...]:
    return tuple(DayCount(date.fromisoformat(day), count) for day, count in rows)


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))


def _as_stored(part: str) -> str:
    """*part* as it stands within the JSON of a row."""
    return json.dumps(part)[1:-1]


def _has(metadata: Mapping[str, Any], member: str, value: str) -> bool:
    inner = metadata.get(VARIABLES_MEMBER)
    places = (metadata, inner) if isinstance(inner, Mapping) else (metadata,)
    return any(member in place and _as_text(place[member]) == value for place in places)


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
