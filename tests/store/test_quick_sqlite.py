"""SQLite by one way to its thread and back for each statement, as SQLAlchemy uses it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from connector_gui.store.quick_sqlite import QuickConnection, connect


class Counting(QuickConnection):
    """Counts the ways to its thread."""

    ways = 0

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.ways += 1
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


@pytest.fixture
async def connection(file: Path) -> AsyncIterator[Counting]:
    """An empty database."""
    opened = Counting(lambda: sqlite3.connect(file, isolation_level=None), 64)
    async with opened:
        yield opened


async def test_a_statement_with_its_rows_is_one_way(connection: Counting) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
        await cursor.executemany("INSERT INTO t (word) VALUES (?)", [("one",), ("two",)])
        assert cursor.rowcount == 2
    connection.ways = 0
    async with connection.cursor() as cursor:
        await cursor.execute("INSERT INTO t (word) VALUES (?) RETURNING id", ("three",))
        assert cursor.description[0][0] == "id"
        assert await cursor.fetchall() == [(3,)]
        assert await cursor.fetchall() == []
        assert cursor.lastrowid == 3
    assert connection.ways == 1


async def test_an_error_is_sqlites_own_and_the_connection_stands(connection: Counting) -> None:
    cursor = await connection.cursor()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await cursor.execute("SELECT * FROM missing")
    await cursor.execute("SELECT 1")
    assert await cursor.fetchall() == [(1,)]


async def test_a_long_query_can_be_broken_off(connection: Counting) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    running = asyncio.create_task(connection.cursor().execute(endless))
    while not running.done():
        await connection.interrupt()
        await asyncio.sleep(0)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await running


async def test_it_does_not_keep_the_program_from_ending(file: Path) -> None:
    async with connect(str(file)) as opened:
        thread: threading.Thread = vars(opened).get("_thread", opened)
        assert thread.daemon
