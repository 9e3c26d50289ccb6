"""SQLite's connections with one way to their thread and back for each statement.

aiosqlite takes four (cursor, execute, fetch, close), and each waits for two threads to wake, which takes longer than
most statements do. A caller who lets a call ring waits for some ten of them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final, Self

import aiosqlite

CHUNK_ROWS: Final = 64


def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """As `aiosqlite.connect`, for SQLAlchemy's ``async_creator_fn``."""
    connection = QuickConnection(lambda: sqlite3.connect(database, **options), CHUNK_ROWS)
    # As SQLAlchemy does where it connects itself; before 0.22 a connection is a thread, later it has one.
    thread: threading.Thread = vars(connection).get("_thread", connection)
    thread.daemon = True
    return connection


class QuickConnection(aiosqlite.Connection):
    """One whose cursors fetch what they find at once."""

    def cursor(self) -> QuickCursor:  # type: ignore[override]  # a cursor of SQLAlchemy's liking
        """A new cursor; of no cost before it executes."""
        return QuickCursor(self)

    async def run(
        self, work: Callable[[sqlite3.Cursor], list[Any]], keep: Callable[[sqlite3.Cursor], None]
    ) -> list[Any]:
        """Do *work* with a cursor in the connection's thread, and let *keep* see the cursor before it is closed."""

        def do() -> list[Any]:
            cursor = self._conn.cursor()
            try:
                rows = work(cursor)
                keep(cursor)
                return rows
            finally:
                cursor.close()

        rows: list[Any] = await self._execute(do)  # type: ignore[no-untyped-call]
        return rows


class QuickCursor:
    """What SQLAlchemy asks of a cursor; see `sqlite3.Cursor` for the attributes."""

    def __init__(self, connection: QuickConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        # SQLAlchemy 2.0 waits for its cursors, 2.1 enters them.
        return self.__aenter__().__await__()

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run *statement* and fetch its rows."""

        def work(cursor: sqlite3.Cursor) -> list[Any]:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

        self._rows = await self._connection.run(work, self._keep)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run *statement* once for each of *parameters*."""

        def work(cursor: sqlite3.Cursor) -> list[Any]:
            cursor.executemany(statement, parameters)
            return []

        self._rows = await self._connection.run(work, self._keep)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""
        self._rows = []

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
