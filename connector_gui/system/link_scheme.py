"""Takes back that ``agent-connector://`` links lead to this program, as far as this user's own files say so.

Linux    lines of mimeapps.list that name our desktop entry (the entry itself belongs to the package)
Windows  HKEY_CURRENT_USER\\Software\\Classes\\agent-connector, written by the installer
macOS    nothing: it goes with the bundle
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connector_gui.core.call_link import SCHEME
from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence

CLASS_KEY: Final = rf"Software\Classes\{SCHEME}"
_LINE: Final = re.compile(rf"^x-scheme-handler/{SCHEME}=.*\n?", re.MULTILINE)


def forget_links(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> bool:
    """Let links lead nowhere; whether there was something to take back.

    Raises:
        ConfigError: The system refuses.
    """
    try:
        if platform == "win32":
            return _delete_key(CLASS_KEY)
        if platform == "darwin":
            return False
        return sum(_forget_in(folder / "mimeapps.list") for folder in _xdg_folders(environ)) > 0
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            sentence("What opens agent-connector:// links could not be changed ({reason}).", reason=reason)
        ) from error


def _xdg_folders(environ: Mapping[str, str]) -> list[Path]:
    """Where MIME Application Associations 1.0.1 looks for a user's own choices, the former place included."""
    config, data = Path(environ.get("XDG_CONFIG_HOME", "")), Path(environ.get("XDG_DATA_HOME", ""))
    return [
        config if config.is_absolute() else Path.home() / ".config",
        (data if data.is_absolute() else Path.home() / ".local" / "share") / "applications",
    ]


def _forget_in(file: Path) -> bool:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    kept = _LINE.sub("", text)
    if kept == text:
        return False
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(kept, encoding="utf-8")
    draft.replace(file)
    return True


def _delete_key(key: str) -> bool:
    """Delete *key* of the current user with all below it."""
    import winreg  # only there on Windows

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined,unused-ignore]
            below = [winreg.EnumKey(opened, index) for index in range(winreg.QueryInfoKey(opened)[0])]  # type: ignore[attr-defined,unused-ignore]
    except FileNotFoundError:
        return False
    for name in below:
        _delete_key(rf"{key}\{name}")
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)  # type: ignore[attr-defined,unused-ignore]
    return True
