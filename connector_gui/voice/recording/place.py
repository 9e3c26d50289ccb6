"""Where recordings lie, and what they are called: nothing that a caller sent is ever part of a path."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence

NAME_PATTERN: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}\.flac")
"""Every recording is called so, and nothing else in the folder is one."""


def new_name(at: datetime) -> str:
    """A name for a recording that begins *at*, by the clock of that moment's zone; never the same twice."""
    return f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.flac"


def recording_path(folder: Path, name: str) -> Path:
    """The file of the recording *name*.

    Raises:
        ValueError: No recording is called so.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(sentence("This is no name of a recording."))
    return folder / name


def prepare_folder(folder: Path) -> None:
    """Make the folder, for this user alone.

    Raises:
        StoreError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            sentence("The folder for recordings cannot be made: {reason}.", reason=error.strerror or error)
        ) from error
