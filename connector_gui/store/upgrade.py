"""Bring a database to the schema of this version. Loaded only when there is something to do."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from connector_gui.core.errors import StorageFullError
from connector_gui.core.sentence import sentence
from connector_gui.store.failures import translated

log = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
KEPT_COPIES: Final = 3
ROOM: Final = 3
"""How many times the file's size has to be free: for the copy, for the changes, and for what is added."""
SPARE_BYTES: Final = 8 * 1024 * 1024
MIB: Final = 1024 * 1024


def alembic_config() -> Config:
    """Alembic's configuration without a file: the migrations lie in this package."""
    config = Config()
    # Alembic reads it with interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run all migrations up to *revision* that *connection*'s database does not have yet, in its transaction."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def keep_copy(file: Path, revision: str) -> Path:
    """Copy *file* as it is before it becomes *revision*; only the newest `KEPT_COPIES` copies stay.

    Blocks for as long as the disk takes.

    Raises:
        StorageFullError: There is no room for an upgrade; nothing was changed.
        StoreError: The file cannot be read, or the copy not be written; nothing was changed.
    """
    copy = file.with_name(f"{file.name}.before-{revision}")
    _check_room(file)
    unfinished = copy.with_name(f"{copy.name}.part")
    try:
        with translated("copied", file):
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600)
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
                source.backup(target)
            _flush(unfinished)
            unfinished.replace(copy)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    log.info("store.copied", extra={"copy": copy.name})
    _drop_old_copies(file, copy)
    return copy


def _check_room(file: Path) -> None:
    needed = ROOM * file.stat().st_size + SPARE_BYTES
    free = shutil.disk_usage(file.parent).free
    if free < needed:
        raise StorageFullError(
            sentence(
                "The record of calls in {file} has to be brought up to date, which needs "
                "{needed} MB of free space; {free} MB are free. Free some space and start "
                "again: nothing was changed.",
                file=file,
                needed=needed // MIB + 1,
                free=free // MIB,
            )
        )


def _flush(file: Path) -> None:
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _drop_old_copies(file: Path, newest: Path) -> None:
    copies = [copy for copy in file.parent.glob(f"{file.name}.before-*") if copy.suffix != ".part" and copy != newest]
    copies.sort(key=lambda copy: copy.stat().st_mtime, reverse=True)
    for copy in copies[KEPT_COPIES - 1 :]:
        copy.unlink(missing_ok=True)
