"""A damaged SQLite file: noticed, kept aside at the next start, and what can be read of it carried over."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from connector_gui.core.errors import StoreError
from connector_gui.core.record import TranscriptEntry
from connector_gui.store.failures import translated
from connector_gui.store.rows import entry_row, record_of, row_of
from connector_gui.store.tables import calls, session_events, transcript_entries

log = logging.getLogger(__name__)

SIDE_FILES: Final = ("-wal", "-shm")
AT_ONCE: Final = 100
CARRY_S: Final = 10.0
"""How long a start may take for carrying over; what is older stays in the file that is kept aside."""


def mark(file: Path) -> None:
    """Have the next start put *file* aside: damage often shows only where nobody looks at a start."""
    with suppress(OSError):
        _mark_of(file).touch()


def is_marked(file: Path) -> bool:
    """Whether a former run found *file* damaged."""
    return _mark_of(file).exists()


def put_aside(file: Path) -> Path:
    """Give a damaged *file* and what belongs to it another name; the new name of the file itself.

    Raises:
        StoreError: The folder does not let it.
    """
    aside = file.with_name(f"{file.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    with translated("moved", file):
        for suffix in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                file.with_name(file.name + suffix).rename(aside.with_name(aside.name + suffix))
        _mark_of(file).unlink(missing_ok=True)
    log.error("store.damaged", extra={"kept_as": aside.name})
    return aside


def carry_over(connection: Connection, aside: Path, clock: Callable[[], float] = time.monotonic) -> int:
    """Copy what can be read of *aside* to the empty database of *connection*, the newest calls first.

    Returns:
        How many calls there were.
    """
    if not aside.exists():  # somebody deleted it, and left the mark
        return 0
    deadline_s = clock() + CARRY_S
    engine = create_engine("sqlite://", creator=lambda: _opened(aside), poolclass=NullPool, hide_parameters=True)
    carried = 0
    try:
        with engine.connect() as source:
            _carry_numbers(source, connection)
            for rows in _newest_first(source):
                carried += _carry(source, connection, rows)
                if clock() > deadline_s:
                    break
    except DBAPIError as exc:
        log.warning("store.carried.no_more", extra={"reason": str(exc.orig)})
    finally:
        engine.dispose()
    log.info("store.carried", extra={"calls": carried})
    return carried


def _mark_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.damaged")


def _opened(file: Path) -> sqlite3.Connection:
    # Journal and file together are the last state; reading both needs the right to write (sqlite.org/wal.html).
    connection = sqlite3.connect(file, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    return connection


def _carry_numbers(source: Connection, target: Connection) -> None:
    """No number of an event is given twice, even if the events themselves stay behind."""
    last = None
    with suppress(DBAPIError):
        last = source.scalar(select(func.max(session_events.c.id)))
    if last:
        target.execute(
            text("INSERT INTO sqlite_sequence(name, seq) VALUES (:name, :last)"),
            {"name": session_events.name, "last": last},
        )


def _newest_first(source: Connection) -> Iterator[Sequence[RowMapping]]:
    last_id = source.scalar(select(func.max(calls.c.id))) or 0
    for high in range(last_id, 0, -AT_ONCE):
        yield _readable_rows(source, select(calls).where(calls.c.id <= high), calls.c.id, high - AT_ONCE + 1, high)


def _readable_rows(source: Connection, query: Select[Any], key: Any, low: int, high: int) -> Sequence[RowMapping]:
    """The rows of *query* from *low* to *high*: all at once, or one by one past those that cannot be read."""
    with suppress(DBAPIError, ValueError):
        return source.execute(query.where(key.between(low, high))).mappings().all()
    rows: list[RowMapping] = []
    for number in range(high, max(low, 1) - 1, -1):
        with suppress(DBAPIError, ValueError):
            rows += source.execute(query.where(key == number)).mappings().all()
    return rows


def _carry(source: Connection, target: Connection, rows: Sequence[RowMapping]) -> int:
    carried = 0
    for row in rows:
        try:
            record = record_of(row)
        except StoreError:
            continue
        target.execute(calls.insert(), {"id": row["id"], **row_of(record)})
        _carry_transcript(source, target, row["id"])
        carried += 1
    return carried


def _carry_transcript(source: Connection, target: Connection, call_id: int) -> None:
    key = transcript_entries.c.call_id
    entries = _readable_rows(source, select(transcript_entries), key, call_id, call_id)
    for entry in entries:
        with suppress(ValueError):
            turn = TranscriptEntry.model_validate(dict(entry))
            target.execute(transcript_entries.insert(), entry_row(call_id, entry["position"], turn))
