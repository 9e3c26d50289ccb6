"""Connections to a database: what `DATABASE_URL` may say, and how each one is set up."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence
from connector_gui.store import quick_sqlite

DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
BUSY_TIMEOUT_MS: Final = 5000
"""How long a backup or another reader of the file may keep it locked before that is an error."""
CONNECT_TIMEOUT_S: Final = 10
CACHE_KIB: Final = 8 * 1024
"""Of each connection."""
JOURNAL_BYTES: Final = 64 * 1024 * 1024
"""What the journal shrinks to after it had to be larger."""


def url_of(place: Path | SecretStr) -> URL:
    """The address of the database at *place*, with the driver that we use.

    Raises:
        StoreError: It is no address of a database that can be used; it is not repeated.
    """
    if isinstance(place, Path):
        return URL.create("sqlite+aiosqlite", database=str(place.absolute()))
    problem = sentence(
        "DATABASE_URL must be an address like sqlite:////path/to/file or "
        "postgresql://user:password@host/name; this one cannot be used."
    )
    # Neither the address nor SQLAlchemy's words about it are repeated: there may be a password in it.
    try:
        url = make_url(place.get_secret_value())
        url = url.set(drivername=DRIVERS[url.get_backend_name()])
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, KeyError, ValueError):
        raise StoreError(problem) from None
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise StoreError(problem)
    return url


def engine_for(url: URL, begin: str, connections: int) -> AsyncEngine:
    """What opens up to so many *connections* to *url*, and begins transactions with the word *begin* in SQLite.

    Raises:
        StoreError: The driver is not installed.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    # Python's own idea of when a transaction begins leaves changes of the schema out of it.
    arguments: dict[str, Any] = {"timeout": CONNECT_TIMEOUT_S}
    if is_sqlite:
        arguments = {"isolation_level": None, "async_creator_fn": quick_sqlite.connect}
    try:
        engine = create_async_engine(
            url,
            hide_parameters=True,  # they are what people said: they stay out of errors and logs
            pool_size=connections,
            max_overflow=0,
            pool_use_lifo=True,  # what one is enough for fills the memory of one (`CACHE_KIB`)
            pool_pre_ping=not is_sqlite,  # a server may have been started anew
            connect_args=arguments,
        )
    except ModuleNotFoundError as exc:
        raise StoreError(
            sentence("DATABASE_URL needs the Python package {name}, which is not installed.", name=exc.name)
        ) from exc
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)

        @event.listens_for(engine.sync_engine, "begin")
        def begin_transaction(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set up each new connection so that a commit is on the disk when it returns.

    The file is not mapped into memory, which would be faster: an error of the disk would then end the program
    (sqlite.org/mmap.html). Source: sqlite.org/pragma.html.
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    # Sorting needs no file: it would hold what was said, and a full disk would stop a search.
    cursor.execute("PRAGMA temp_store=MEMORY")
    # What is deleted is gone from the file too.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute(f"PRAGMA journal_size_limit={JOURNAL_BYTES}")
    cursor.close()
