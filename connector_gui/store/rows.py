"""Records to rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from sqlalchemy import Insert, RowMapping, Select, Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from connector_gui.core.errors import StoreError
from connector_gui.core.record import LIST_OMITS, CallRecord, SessionEvent, TranscriptEntry
from connector_gui.core.sentence import sentence
from connector_gui.store.tables import Utc, calls, fits_integer
from connector_gui.store.words import SEARCHABLE_FIELDS, search_text_of_record

Row = Mapping[str, Any] | RowMapping
TIME_COLUMNS: Final = frozenset(column.name for column in calls.c if isinstance(column.type, Utc))
NOT_IN_RECORD: Final = frozenset({"id", "search_text"})
IS_OVER: Final = calls.c.status == literal_column("'ended'")
IS_OPEN: Final = calls.c.status != literal_column("'ended'")
"""Literally as in the partial indexes, or SQLite does not see that they fit."""
LIST_COLUMNS: Final = (
    calls.c.id,
    *(column for column in calls.c if column.name not in LIST_OMITS | NOT_IN_RECORD),
)


def row_of(record: CallRecord) -> dict[str, Any]:
    """The columns of *record*; its transcript has rows of its own, and what passes with the call has none."""
    row: dict[str, Any] = record.model_dump(mode="json", exclude={"transcript", "hold"})
    for name in TIME_COLUMNS:
        row[name] = getattr(record, name)
    row["search_text"] = search_text_of_record(record)
    return row


def columns_of(record: CallRecord, names: Iterable[str]) -> dict[str, Any]:
    """Those columns that change when *names* do."""
    wanted = set(names)
    if wanted & SEARCHABLE_FIELDS:
        wanted.add("search_text")
    row = row_of(record)
    return {name: row[name] for name in wanted}


def entry_row(call_id: int, position: int, entry: TranscriptEntry) -> dict[str, Any]:
    """The row of one turn."""
    values = entry.model_dump(mode="json")
    if not fits_integer(values["event_id"]):
        values["event_id"] = None  # a number that no service of ours ever gave
    return {"call_id": call_id, "position": position, **values}


def event_row(call_id: int, event: SessionEvent) -> dict[str, Any]:
    """The row of one event."""
    return {"call_id": call_id, "at": event.at, "kind": event.kind, "data": event.model_dump(mode="json")["data"]}


def record_of(row: Row, entries: Sequence[Row] = ()) -> CallRecord:
    """The record in *row*; columns that were not read have their default.

    Raises:
        StoreError: What is stored is no call (the file was changed by hand, or is damaged).
    """
    try:
        return CallRecord.model_validate({**dict(row), "transcript": [dict(entry) for entry in entries]})
    except ValidationError as exc:
        fields = ", ".join(sorted({str(error["loc"][0]) for error in exc.errors() if error["loc"]}))
        raise StoreError(sentence("A call in the record cannot be understood ({fields}).", fields=fields)) from None


Query = TypeVar("Query", bound=Select[Any])


def by_index(query: Query, name: str) -> Query:
    """Have SQLite read by the index *name*: without figures about the rows its planner likes the larger one better."""
    return query.with_hint(calls, f"INDEXED BY {name}", "sqlite")


@cache
def upsert(dialect: str, table: Table, key: tuple[str, ...]) -> Insert:
    """Insert a row, or replace the one with the same *key*; a row keeps its place and its id."""
    # Both have it in the same words, but SQLAlchemy has two classes for it.
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    kept = {*key, "id"}
    values = {column.name: insert.excluded[column.name] for column in table.c if column.name not in kept}
    return insert.on_conflict_do_update(index_elements=key, set_=values)
