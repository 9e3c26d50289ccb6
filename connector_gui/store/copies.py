"""Copies of a SQLite file, damaged or from before an upgrade: what is forgotten is forgotten in them too."""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Final

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence

log = logging.getLogger(__name__)

KINDS: Final = (".before-", ".broken-")


def forget_copies(file: Path, day: date) -> int:
    """Delete the copies of *file* that nobody has written to since *day* began: all calls in them are older.

    Blocks for as long as the disk takes.

    Returns:
        How many files there were.

    Raises:
        StoreError: The disk does not let go of one.
    """
    try:
        names = tuple(file.name + kind for kind in KINDS)
        old = [copy for copy in file.parent.iterdir() if copy.name.startswith(names) and _day_of(copy) < day]
        for copy in old:
            copy.unlink(missing_ok=True)
            log.info("store.copy_forgotten", extra={"copy": copy.name})
    except OSError as error:
        raise StoreError(
            sentence("An old copy of the record of calls cannot be deleted ({reason}).", reason=error.strerror or error)
        ) from error
    return len(old)


def _day_of(copy: Path) -> date:
    """The day, at the desk, on which it was last written."""
    return datetime.fromtimestamp(copy.stat().st_mtime).astimezone().date()
