"""Where the files are that come with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[1]
# Beside the package in a checkout, inside it once installed.
_FOLDERS: Final = (_PACKAGE / "resources", _PACKAGE.parent / "resources")


def folder(name: str) -> Path:
    """The folder *name* of `resources`; where it is missing, the one in which it should be."""
    return next((one / name for one in _FOLDERS if (one / name).is_dir()), _FOLDERS[0] / name)
