"""A start loads what it needs, and nothing looks into it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

HEAVY = ("aiohttp", "keyring", "numpy", "sounddevice", "sqlalchemy", "websockets")


def run(code: str) -> Any:
    """What *code* prints as JSON, in an interpreter of its own."""
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout
    return json.loads(out)


def test_qt_leaves_the_import_statement_as_it_was() -> None:
    code = (
        "import builtins, json; plain = builtins.__import__\n"
        "from connector_gui.system.qt_import import load_qt; load_qt()\n"
        "from PySide6 import QtWidgets; import html, linecache\n"
        "print(json.dumps([builtins.__import__ is plain, html.__file__ in linecache.cache]))"
    )
    assert run(code) == [True, False]


def test_without_that_every_source_is_read() -> None:
    """Else `load_qt` has no reason any more."""
    code = "import PySide6.QtCore; import html, json, linecache\nprint(json.dumps(html.__file__ in linecache.cache))"
    assert run(code) is True


def test_the_tray_waits_for_nothing_heavy() -> None:
    code = (
        "import json, sys; import connector_gui.app.start\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    assert run(code) == []
