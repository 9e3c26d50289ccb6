"""The settings file: what the settings dialog has written, and nothing else.

It is replaced as a whole or not at all, so a crash leaves the old one. A file that cannot be used
is kept beside it under another name; the program never starts less because of it.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.core.settings import Settings

NOT_IN_FILE: Final = frozenset({"elevenlabs_api_key", "api_keys", "database_url", "data_dir"})
"""Settings the file never holds: secrets, and the folder that the file itself is in."""
FILE_FIELDS: Final = frozenset(Settings.model_fields) - NOT_IN_FILE
MAX_FILE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileContents:
    """What a settings file says.

    Attributes:
        values: Values by field name, not yet checked.
        problem: Why nothing could be read from it, in words; ``None`` if it was read or is absent.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None


def read_file(path: Path) -> FileContents:
    """Read the settings file at *path*; never raises."""
    try:
        if not path.exists():
            return FileContents()
        if not path.is_file():  # to open a named pipe would wait for ever
            return FileContents(problem=sentence("is not a file"))
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as exc:
        return FileContents(problem=sentence("could not be read ({reason})", reason=exc.strerror or type(exc).__name__))
    if len(raw) > MAX_FILE_BYTES:
        return FileContents(problem=sentence("is far too large"))
    try:
        values = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return FileContents(problem=sentence("is not valid JSON"))
    if not isinstance(values, dict):
        return FileContents(problem=sentence("does not hold a JSON object"))
    return FileContents(values)


def write_file(path: Path, values: Mapping[str, Any]) -> None:
    """Replace the settings file by one with *values* (JSON types), readable by its owner alone.

    Raises:
        ConfigError: The file cannot be written; the old one is untouched.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = json.dumps(dict(values), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as exc:
        with suppress(OSError):
            draft.unlink()
        raise ConfigError(
            sentence(
                "The settings could not be saved to {path} ({reason}). The earlier settings are unchanged.",
                path=path,
                reason=exc.strerror or type(exc).__name__,
            )
        ) from exc
    _sync_folder(path.parent)


def set_aside(path: Path) -> Path | None:
    """Rename the file at *path* to ``settings.json.broken-<time>``.

    Returns:
        Its new place; ``None`` if it could not be moved.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for suffix in ("", *(f"-{n}" for n in range(1, 100))):
        aside = path.with_name(f"{path.name}.broken-{stamp}{suffix}")
        if aside.exists():
            continue
        try:
            path.rename(aside)
        except OSError:
            return None
        return aside
    return None


def _sync_folder(folder: Path) -> None:
    """Make a rename in *folder* survive a power cut, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
