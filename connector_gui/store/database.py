"""The database itself: opened, checked, brought up to date, put aside if damaged."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self, TypeVar

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence
from connector_gui.store import damage
from connector_gui.store.engine import engine_for, url_of
from connector_gui.store.failures import READ_ONLY, Action, is_damaged, translated
from connector_gui.store.revisions import HEAD, REVISIONS

log = logging.getLogger(__name__)

READERS: Final = 3
"""How many may read at once; more wait for one of them."""
INTERRUPT_AGAIN_S: Final = 0.02

Read = TypeVar("Read")


class Database:
    """One open database.

    Reading and writing have connections of their own: whoever searches never makes a commit wait (SQLite's
    readers do not stop its writer in WAL mode, sqlite.org/wal.html).

    Attributes:
        file: The SQLite file; ``None`` for a server.
        problem: What was wrong with the file, in words; ``None`` if nothing.
        was_left_open: The last run did not close the file: it died, or the machine did.
    """

    def __init__(self, url: URL, file: Path | None) -> None:
        self._readers = engine_for(url, "BEGIN", READERS)
        # Takes the right to write at once: a transaction that only finds out later that it may not, is lost.
        self._writer = engine_for(url, "BEGIN IMMEDIATE", 1)
        # One writer at a time: SQLite allows no more, and would make the others wait in its own, coarser way.
        self._writing = asyncio.Lock()
        self.file = file
        self.problem: str | None = None
        self.was_left_open = False

    @classmethod
    async def open(cls, place: Path | SecretStr) -> Self:
        """Open the database at *place* and bring its schema up to date.

        Raises:
            StoreError: It cannot be opened, or its schema is newer than this program.
        """
        url = url_of(place)
        file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        if file is not None and damage.is_marked(file):
            return await cls._open_anew(url, file)
        try:
            return await cls._open(url, file)
        except StoreError as exc:
            if file is None or exc.__cause__ is None or not is_damaged(exc.__cause__):
                raise
            return await cls._open_anew(url, file)

    @classmethod
    async def _open(cls, url: URL, file: Path | None) -> Self:
        was_left_open = file is not None and _is_journal_left(file)
        with translated("opened", file):
            if file is not None:
                _require_writable(file)
                _create_private(file)
            database = cls(url, file)
        database.was_left_open = was_left_open
        try:
            await database._bring_up_to_date()
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    async def _open_anew(cls, url: URL, file: Path) -> Self:
        """Keep a damaged *file* aside, start a new one, and carry over what can be read."""
        aside = damage.put_aside(file)
        database = await cls._open(url, file)
        try:
            async with database.writing() as connection:
                carried = await connection.run_sync(damage.carry_over, aside)
        except StoreError:
            # The program starts without the old calls rather than not at all; they are in the file that was kept.
            log.exception("store.carried.nothing")
            carried = 0
        database.problem = sentence(
            "The record of calls in {file} was damaged. It was kept as {name}. {rest}",
            file=file,
            name=aside.name,
            rest=sentence("The newest {count} calls that can be read are in a new one.", count=carried)
            if carried
            else sentence("A new one was started."),
        )
        return database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the database, whatever is written meanwhile.

        Raises:
            StoreError: The database cannot be read.
        """
        with self._watched("read"):
            async with self._readers.connect() as connection:
                yield connection

    async def read(self, work: Callable[[AsyncConnection], Coroutine[None, None, Read]]) -> Read:
        """What *work* reads; when the caller is cancelled, a query that runs is broken off.

        Raises:
            StoreError: The database cannot be read.
        """
        async with self.reading() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            task = asyncio.create_task(work(connection), name="store.read")
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await _break_off(task, driver)
                raise

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed to the disk when the context ends well, else as if it had never been.

        Raises:
            StorageFullError: There is no space left.
            StoreError: The database cannot be written.
        """
        async with self._writing:
            with self._watched("written"):
                async with self._writer.begin() as connection:
                    yield connection

    async def check(self) -> str | None:
        """Look through the whole file; what is wrong with it, in words, ``None`` if nothing.

        Takes a second for every few hundred MB, in the thread of a connection for reading.

        Raises:
            StoreError: It cannot be read.
        """
        if self.file is None:
            return None
        found = await self.read(_quick_check)
        if found is None:
            return None
        log.error("store.damaged.found", extra={"finding": found})
        damage.mark(self.file)
        return sentence(
            "The record of calls in {file} is damaged ({found}). Calls are still kept in it "
            "as far as it can; at the next start of the program it is kept aside, and what "
            "can be read is carried over to a new one.",
            file=self.file,
            found=found,
        )

    async def close(self) -> None:
        """Close all connections; the last one empties the journal."""
        await self._readers.dispose()
        await self._writer.dispose()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @contextmanager
    def _watched(self, action: Action) -> Iterator[None]:
        """Errors in words; damage that shows is remembered for the next start."""
        try:
            with translated(action, self.file):
                yield
        except StoreError as exc:
            if self.file is not None and exc.__cause__ is not None and is_damaged(exc.__cause__):
                log.exception("store.damaged.met")
                damage.mark(self.file)
            raise

    async def _bring_up_to_date(self) -> None:
        revision = await self._revision()
        if revision == HEAD:
            return
        if revision is not None and revision not in REVISIONS:
            raise StoreError(
                sentence(
                    "The record of calls was written by a newer version of Agent Connector. "
                    "Update the program, or name another data folder with --data-dir."
                )
            )
        tools = await asyncio.to_thread(_load_upgrade)
        log.info("store.upgrade", extra={"from": revision or "nothing", "to": HEAD})
        if revision is not None and self.file is not None:
            await asyncio.to_thread(tools.keep_copy, self.file, HEAD)
        async with self.writing() as connection:
            await connection.run_sync(tools.upgrade)

    async def _revision(self) -> str | None:
        """The schema's revision, in one cheap query; ``None`` while there are no tables."""
        # Damage shows here as the error it is: the caller puts the file aside at once, no mark is needed.
        with translated("read", self.file):
            async with self._readers.connect() as connection:
                try:
                    revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
                except (OperationalError, ProgrammingError) as exc:
                    if "alembic_version" not in str(exc.orig):
                        raise
                    return None
                return None if revision is None else str(revision)


def _load_upgrade() -> ModuleType:
    # Alembic is loaded only now, since at almost every start there is nothing to do for it; and in a thread, since with
    # it come templates (mako) and, where it is installed, all that pygments can colour.
    from connector_gui.store import upgrade

    return upgrade


async def _break_off(task: asyncio.Future[Any], driver: Any) -> None:
    """End *task*, which reads through *driver*; wait until it has ended."""
    if not hasattr(driver, "interrupt"):
        task.cancel()  # asyncpg tells its server
    while not task.done():
        if hasattr(driver, "interrupt"):
            # The query ends as an error, and its connection stays good; again, because there may be one after it.
            await driver.interrupt()
        await asyncio.wait([task], timeout=INTERRUPT_AGAIN_S)
    if not task.cancelled():
        task.exception()  # that it was broken off is nobody's news


async def _quick_check(connection: AsyncConnection) -> str | None:
    # The first finding says enough. Source: sqlite.org/pragma.html#pragma_quick_check.
    found = str(await connection.scalar(text("PRAGMA quick_check(1)")))
    return None if found == "ok" else found.splitlines()[-1]


def _is_journal_left(file: Path) -> bool:
    """SQLite takes its journal away when the last connection closes; where it lies, none did."""
    try:
        return file.with_name(f"{file.name}-wal").stat().st_size > 0
    except OSError:
        return False


def _require_writable(file: Path) -> None:
    """Raise `OSError` where SQLite would only find out at the first commit, or not say why."""
    for path in (file.parent, file):
        if path.exists() and not os.access(path, os.W_OK):
            raise OSError(errno.EROFS, READ_ONLY)


def _create_private(file: Path) -> None:
    """Make a missing *file* for its owner alone; SQLite gives its side files the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
