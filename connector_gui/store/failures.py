"""What the database reports, as errors of ours in words."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.sentence import Sentence, sentence

DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PRIMARY_CODE_MASK: Final = 0xFF
"""The low byte of SQLite's extended result codes is the plain one (sqlite.org/rescode.html)."""
READ_ONLY: Final = sentence("it is read-only; let this user write to the file and its folder")
SQLITE_WORDS: Final = {
    sqlite3.SQLITE_BUSY: sentence(
        "another program keeps it locked; close backups and database viewers that have it open"
    ),
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: sentence(
        "it is damaged; at the next start it is kept aside, and what can be read is carried over"
    ),
    sqlite3.SQLITE_NOTADB: sentence("it is damaged; at the next start it is kept aside"),
}
"""What to do, where SQLite's own words do not say it."""
Action = Literal["read", "written", "opened", "copied", "moved"]
# Whole sentences: other languages bend the verb, or place it elsewhere.
_NOT_DONE: Final[Mapping[Action, Sentence]] = {
    "read": sentence("The record of calls{where} cannot be read ({reason})."),
    "written": sentence("The record of calls{where} cannot be written ({reason})."),
    "opened": sentence("The record of calls{where} cannot be opened ({reason})."),
    "copied": sentence("The record of calls{where} cannot be copied before its upgrade ({reason})."),
    "moved": sentence("The record of calls{where} cannot be moved aside ({reason})."),
}
POSTGRESQL_DISK_FULL: Final = "53100"
LITTLE_SPACE_BYTES: Final = 64 * 1024


@contextmanager
def translated(action: Action, file: Path | None) -> Iterator[None]:
    """Turn errors of the database inside the context into `StoreError`.

    Args:
        action: What was being done, for the sentence.
        file: The SQLite file, if it is one.

    Raises:
        StorageFullError: There is no space left.
        StoreError: Anything else that the database or the disk reports.
    """
    try:
        yield
    except Exception as exc:
        if not _is_the_databases(exc):
            raise
        if _is_full(exc, file):
            raise StorageFullError(_no_space(file)) from exc
        where: str = sentence(" in {file}", file=file) if file else ""
        values: dict[str, object] = {"where": where, "reason": _reason(exc)}
        raise StoreError(Sentence(_NOT_DONE[action].template, values)) from exc


def _no_space(file: Path | None) -> str:
    if file:
        return sentence("There is no space left for the record of calls in {file}. Free some space.", file=file)
    return sentence("There is no space left for the record of calls. Free some space.")


def _is_the_databases(error: Exception) -> bool:
    # While it connects, SQLAlchemy lets errors of asyncpg through; importing that only to name them takes time.
    is_drivers = type(error).__module__.partition(".")[0] == "asyncpg"
    return is_drivers or isinstance(error, SQLAlchemyError | OSError | sqlite3.Error)


def is_damaged(error: BaseException) -> bool:
    """Whether the file is no (longer a) SQLite database."""
    return _sqlite_code(error) in DAMAGED


def _is_full(error: Exception, file: Path | None) -> bool:
    code = _sqlite_code(error)
    if code == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}):
        return True
    if _sqlstate(error) == POSTGRESQL_DISK_FULL:
        return True
    # Where SQLite cannot tell (shared memory, a journal that cannot grow) it reports an I/O error.
    if code not in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} or file is None:
        return False
    try:
        return shutil.disk_usage(file.parent).free < LITTLE_SPACE_BYTES
    except OSError:
        return False


def _sqlite_code(error: BaseException) -> int | None:
    """SQLite's plain result code behind *error*, if SQLite is behind it."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None:
        if isinstance(cause, sqlite3.Error):
            code: int | None = getattr(cause, "sqlite_errorcode", None)
            return None if code is None else code & PRIMARY_CODE_MASK
        cause = cause.__cause__
    return None


def _sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code behind *error*, if PostgreSQL is behind it (its manual, appendix A)."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    state: str | None = getattr(cause, "sqlstate", None)
    return state


def _reason(error: Exception) -> str:
    words = SQLITE_WORDS.get(_sqlite_code(error) or 0)
    return f"{words}: {_own_words(error)}" if words else _own_words(error)


def _own_words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    cause = error.orig if isinstance(error, DBAPIError) else error
    # SQLAlchemy's own errors repeat statements; the driver's first line does not.
    if cause is None or isinstance(cause, SQLAlchemyError):
        return type(error).__name__
    return str(cause).splitlines()[0].removeprefix(f"{type(cause)}: ") if str(cause) else type(cause).__name__
