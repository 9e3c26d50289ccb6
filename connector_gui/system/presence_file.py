"""Not to be disturbed, kept from one run of the program to the next: ``presence.json`` in the data folder.

No setting: nobody sets it in the environment, and the settings file says only what the dialog wrote.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from connector_gui.core.errors import ConfigError
from connector_gui.core.moment import iso
from connector_gui.core.presence import QUIET, KeptPresence, Wish
from connector_gui.system.settings_file import read_file, write_file

log = logging.getLogger(__name__)

FILE_NAME: Final = "presence.json"


class PresenceFile:
    """Reads and writes it; both block for as long as the disk does. No file: calls are taken."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def read(self) -> KeptPresence | None:
        """What the last run left; ``None`` as well where that cannot be read, because calls must not stay away."""
        return _parsed(read_file(self._path).values)

    def write(self, kept: KeptPresence | None) -> None:
        """Replace it; a disk that does not take it is no reason to disturb anybody, and is said in the log."""
        try:
            if kept is None:
                with suppress(FileNotFoundError):
                    self._path.unlink()
            else:
                write_file(self._path, {"wish": str(kept.wish), "until": iso(kept.until) if kept.until else None})
        except (ConfigError, OSError) as error:
            log.warning("presence.not_kept", extra={"reason": type(error).__name__})


def _parsed(values: Any) -> KeptPresence | None:
    try:
        wish = Wish(values["wish"])
        until = None if values["until"] is None else datetime.fromisoformat(values["until"])
    except (KeyError, TypeError, ValueError):
        return None
    is_sane = wish in QUIET and (until is None or until.tzinfo is not None)
    return KeptPresence(wish, until) if is_sane else None
