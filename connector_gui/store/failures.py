"""What the database reports, as errors of ours in words."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connector_gui.core.errors import StorageFullError, StoreError

DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PRIMARY_CODE_MASK: Final = 0xFF
"""The low byte of SQLite's extended result codes is the plain one (sqlite.org/rescode.html)."""
LITTLE_SPACE_BYTES: Final = 64 * 1024


@contextmanager
def translated(action: str, file: Path | None) -> Iterator[None]:
    """Turn errors of the database inside the context into `StoreError`.

    Args:
        action: What was being done, for the sentence: “read” or “written”.
        file: The SQLite file, if it is one.

    Raises:
        StorageFullError: There is no space left.
        StoreError: Anything else that the database or the disk reports.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, sqlite3.Error) as exc:
        where = f" in {file}" if file else ""
        if _is_full(exc, file):
            raise StorageFullError(f"There is no space left for the record of calls{where}. Free some space.") from exc
        raise StoreError(f"The record of calls{where} cannot be {action} ({_reason(exc)}).") from exc


def is_damaged(error: BaseException) -> bool:
    """Whether the file is no (longer a) SQLite database."""
    return _sqlite_code(error) in DAMAGED


def _is_full(error: Exception, file: Path | None) -> bool:
    code = _sqlite_code(error)
    if code == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}):
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


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, DBAPIError) and error.orig is not None:
        return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
    return type(error).__name__
