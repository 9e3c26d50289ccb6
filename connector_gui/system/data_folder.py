"""The data folder alone, found as `settings_sources` finds it, without the half second that takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.system.paths import DataDir, data_dir

NAME: Final = "data_dir"


def find_data_dir(chosen: Path | None = None, *, dotenv: Path = Path(".env")) -> DataDir:
    """The data folder by the command line (*chosen*), the environment, `.env`, or the system's place for it.

    Raises:
        ConfigError: It cannot be told: `.env` cannot be read, or there is no home folder.
    """
    if chosen is None:
        found = _given(os.environ) or _given(_read(dotenv))
        chosen = Path(found) if found else None
    return data_dir(chosen)


def _given(values: Mapping[str, str | None]) -> str:
    """The value, whatever the case of its name; empty counts as not set."""
    return next((value for name, value in values.items() if value and name.lower() == NAME), "")


def _read(dotenv: Path) -> Mapping[str, str | None]:
    if not dotenv.is_file():
        return {}
    # As slow to import as everything else here together, and seldom needed.
    from dotenv import dotenv_values

    try:
        return dotenv_values(dotenv, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            sentence("The file {file} cannot be read: it must be a text in UTF-8.", file=dotenv.absolute())
        ) from exc
