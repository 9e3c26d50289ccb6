"""Room on the disk for a recording."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.sentence import sentence

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpaceRules:
    """How much must be free where recordings lie.

    A call of an hour takes some 60 to 90 MiB at 16 kHz, three times as much at 48 kHz; the record of calls lies on
    the same disk as a rule, and matters more.

    Attributes:
        start_bytes: To begin a recording.
        stop_bytes: To go on with one.
    """

    start_bytes: int = 200 * MIB
    stop_bytes: int = 50 * MIB


def free_bytes(folder: Path) -> int:
    """What this user may still write in *folder*.

    Raises:
        StoreError: There is no such folder, or it cannot be looked at.
    """
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise StoreError(sentence("The folder for recordings cannot be reached.")) from error


def check_space(folder: Path, needed_bytes: int) -> None:
    """Make sure that *needed_bytes* are free.

    Raises:
        StorageFullError: They are not.
        StoreError: The folder cannot be looked at.
    """
    free = free_bytes(folder)
    if free < needed_bytes:
        raise StorageFullError(
            sentence(
                "There is too little space on the disk for a recording: {free} MiB are free, "
                "{needed_bytes} MiB are kept for the record of calls.",
                free=free // MIB,
                needed_bytes=needed_bytes // MIB,
            )
        )
