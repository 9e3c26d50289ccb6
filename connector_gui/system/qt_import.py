"""Qt's binding, without its look into every module that is imported after it."""

from __future__ import annotations

import builtins
import importlib


def load_qt() -> None:
    """Import PySide6, and leave the import statement as it was. Before any other import of it.

    PySide6 puts an import function of its own in place, which reads the source of each module in search of
    ``from __feature__ import`` (shibokensupport/feature.py, PYSIDE-2029). We choose no such features, a frozen program
    has no sources to look at; and all of them together are 0.2 s of a start and 30 MiB that `linecache` never gives
    back.
    """
    plain = builtins.__import__
    importlib.import_module("PySide6.QtCore")
    builtins.__import__ = plain
