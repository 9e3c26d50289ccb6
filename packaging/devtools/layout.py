"""Where things are in this source tree, on each operating system."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Each lock file holds all of the one before it, so a command installs exactly one of them.
LOCK_NAMES: Final = ("run", "test", "bench")


class SetupError(Exception):
    """The machine cannot be set up; the message says what the user can do about it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one source tree on one platform (a value of ``sys.platform``)."""

    root: Path
    platform: str = sys.platform

    @property
    def is_windows(self) -> bool:
        return self.platform == "win32"

    @property
    def has_rig(self) -> bool:
        """Whether the virtual desktop and sound server of tests/rig can run here."""
        return self.platform == "linux"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def tool(self, name: str) -> Path:
        """The path of a command that the virtual environment has once it is filled."""
        if self.is_windows:
            return self.venv / "Scripts" / f"{name}.exe"
        return self.venv / "bin" / name

    @property
    def python(self) -> Path:
        return self.tool("python")

    @property
    def stamp(self) -> Path:
        """Says what the virtual environment was last filled with."""
        return self.venv / "agent-connector.json"

    @property
    def project_file(self) -> Path:
        return self.root / "pyproject.toml"

    def lock(self, name: str) -> Path:
        return self.root / "packaging" / "locks" / f"{name}.txt"
