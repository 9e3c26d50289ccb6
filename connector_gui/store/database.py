"""The database itself: opened, checked, brought up to date, put aside if damaged."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Self

from pydantic import SecretStr
from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from connector_gui.core.errors import StoreError
from connector_gui.store.failures import is_damaged, translated
from connector_gui.store.revisions import HEAD, REVISIONS

log = logging.getLogger(__name__)

DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
BUSY_TIMEOUT_MS: Final = 5000
"""How long a backup or another reader of the file may keep it locked before that is an error."""
SIDE_FILES: Final = ("-wal", "-shm")


class Database:
    """One open database.

    Attributes:
        file: The SQLite file; ``None`` for a server.
        problem: What was wrong with the file, in words; ``None`` if nothing.
    """

    def __init__(self, engine: AsyncEngine, file: Path | None) -> None:
        self._engine = engine
        # One writer at a time: SQLite allows no more, and would make the others wait in its own, coarser way.
        self._writing = asyncio.Lock()
        self.file = file
        self.problem: str | None = None

    @classmethod
    async def open(cls, place: Path | SecretStr) -> Self:
        """Open the database at *place* and bring its schema up to date.

        Raises:
            StoreError: It cannot be opened, or its schema is newer than this program.
        """
        url = _url_of(place)
        file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        try:
            return await cls._open(url, file)
        except StoreError as exc:
            if file is None or exc.__cause__ is None or not is_damaged(exc.__cause__):
                raise
            database = await cls._open_anew(url, file)
        return database

    @classmethod
    async def _open(cls, url: URL, file: Path | None) -> Self:
        with translated("opened", file):
            if file is not None:
                _create_private(file)
            database = cls(_engine_for(url), file)
        try:
            await database._bring_up_to_date()
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    async def _open_anew(cls, url: URL, file: Path) -> Self:
        """Keep a damaged *file* aside and start a new one."""
        aside = file.with_name(f"{file.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
        with translated("moved aside", file):
            for suffix in ("", *SIDE_FILES):
                with suppress(FileNotFoundError):
                    file.with_name(file.name + suffix).rename(aside.with_name(aside.name + suffix))
        log.error("store.damaged", extra={"kept_as": aside.name})
        database = await cls._open(url, file)
        database.problem = (
            f"The record of calls in {file} was damaged. It was kept as {aside.name}, and a new one was started."
        )
        return database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with.

        Raises:
            StoreError: The database cannot be read.
        """
        with translated("read", self.file):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed to the disk when the context ends well, else as if it had never been.

        Raises:
            StorageFullError: There is no space left.
            StoreError: The database cannot be written.
        """
        async with self._writing:
            with translated("written", self.file):
                async with self._engine.begin() as connection:
                    yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    async def _bring_up_to_date(self) -> None:
        revision = await self._revision()
        if revision == HEAD:
            return
        if revision is not None and revision not in REVISIONS:
            raise StoreError(
                "The record of calls was written by a newer version of Agent Connector. "
                "Update the program, or name another data folder with --data-dir."
            )
        # Alembic is loaded only now: at almost every start there is nothing to do for it.
        from connector_gui.store.upgrade import upgrade

        log.info("store.upgrade", extra={"from": revision or "nothing", "to": HEAD})
        async with self.writing() as connection:
            await connection.run_sync(upgrade)

    async def _revision(self) -> str | None:
        """The schema's revision, in one cheap query; ``None`` while there are no tables."""
        async with self.reading() as connection:
            try:
                revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            except (OperationalError, ProgrammingError) as exc:
                if "alembic_version" not in str(exc.orig):
                    raise
                return None
            return None if revision is None else str(revision)


def _url_of(place: Path | SecretStr) -> URL:
    if isinstance(place, Path):
        return URL.create("sqlite+aiosqlite", database=str(place.absolute()))
    problem = (
        "DATABASE_URL must be an address like sqlite:////path/to/file or postgresql://user:password@host/name; "
        "this one cannot be used."
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


def _engine_for(url: URL) -> AsyncEngine:
    try:
        # Parameters are what people said: they stay out of errors and logs.
        engine = create_async_engine(url, hide_parameters=True, pool_size=2, max_overflow=3)
    except ModuleNotFoundError as exc:
        raise StoreError(f"DATABASE_URL needs the Python package {exc.name}, which is not installed.") from exc
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set up each new connection so that a commit is on the disk when it returns.

    Source: sqlite.org/pragma.html#pragma_synchronous.
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _create_private(file: Path) -> None:
    """Make a missing *file* for its owner alone; SQLite gives its side files the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
