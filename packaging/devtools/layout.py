"""Where things are in this source tree, on each operating system."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

# Each lock file holds all of the one before it, so a command installs exactly one of them.
LOCK_NAMES: Final = ("run", "test", "bench")

# These stand apart, each with an environment of its own: what installers are made from, and what looks through it.
APART: Final = ("package", "audit")


class SetupError(Exception):
    """The machine cannot be set up; the message says what the user can do about it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one source tree on one platform (a value of ``sys.platform``)."""

    root: Path
    platform: str = sys.platform
    environment: str = ".venv"

    @property
    def is_windows(self) -> bool:
        return self.platform == "win32"

    @property
    def has_rig(self) -> bool:
        """Whether the virtual desktop and sound server of tests/rig can run here."""
        return self.platform == "linux"

    @property
    def venv(self) -> Path:
        return self.root / self.environment

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
    def build(self) -> Path:
        """What comes about while installers are made."""
        return self.root / "build" / "package"

    @property
    def dist(self) -> Path:
        """What is handed out: the frozen program, installers, the bill of materials."""
        return self.root / "dist"

    @property
    def frozen(self) -> Path:
        """The frozen program's folder."""
        return self.dist / "agent-connector"

    @property
    def frozen_program(self) -> Path:
        return self.frozen / ("agent-connector.exe" if self.is_windows else "agent-connector")

    def apart(self, name: str) -> Layout:
        """The same source tree with the environment for one of `APART`."""
        return replace(self, environment=f"build/{name}/venv")

    @property
    def project_file(self) -> Path:
        return self.root / "pyproject.toml"

    def lock(self, name: str) -> Path:
        return self.root / "packaging" / "locks" / f"{name}.txt"
