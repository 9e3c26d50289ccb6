"""Where the virtual environment keeps its programs, by operating system."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.layout import Layout

ROOT = Path("/project")


@pytest.mark.parametrize(
    ("platform", "python", "ruff"),
    [
        ("linux", ".venv/bin/python", ".venv/bin/ruff"),
        ("darwin", ".venv/bin/python", ".venv/bin/ruff"),
        ("win32", ".venv/Scripts/python.exe", ".venv/Scripts/ruff.exe"),
    ],
)
def test_tools_are_where_the_platform_puts_them(platform: str, python: str, ruff: str) -> None:
    layout = Layout(ROOT, platform)
    assert layout.python == ROOT / python
    assert layout.tool("ruff") == ROOT / ruff


def test_only_linux_has_the_virtual_desktop() -> None:
    assert [Layout(ROOT, platform).has_rig for platform in ("linux", "darwin", "win32")] == [True, False, False]
