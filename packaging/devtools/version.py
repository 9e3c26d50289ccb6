"""The version that a build carries: from the tag in git, so that one commit always makes the same one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TAG: Final = "v[0-9]*"
_DESCRIBED: Final = re.compile(r"v(?P<release>\d+(?:\.\d+)*)-(?P<since>\d+)-g(?P<commit>[0-9a-f]+)(?P<dirty>-dirty)?")
_WRITTEN: Final = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """A version.

    Attributes:
        text: ``0.2.0`` at its tag; ``0.2.0+5.g1a2b3c4`` five commits later (and ``.dirty`` with changes that are not
            committed), which sorts after it everywhere: Python, Debian.
        epoch_s: When its commit was made, for whatever a build writes a time into; seconds since 1970.
    """

    text: str
    epoch_s: int

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """As Windows wants it: three of the release, and the commits since."""
        release, _, since = self.text.partition("+")
        parts = [int(part) for part in re.findall(r"\d+", release)[:3]]
        count = int(match[0]) if (match := re.match(r"\d+", since)) else 0
        major, minor, patch = (*parts, 0, 0, 0)[:3]
        return (major, minor, patch, min(count, 65535))


def version_of(root: Path) -> Version:
    """The version of the source tree in *root*; without git or a tag it is what the package itself says."""
    written = _WRITTEN.search((root / "connector_gui" / "__init__.py").read_text(encoding="utf-8"))
    if written is None:
        raise ValueError("connector_gui/__init__.py names no version")
    described = _git(root, "describe", "--tags", "--long", "--dirty", "--match", _TAG)
    stamp = _git(root, "log", "-1", "--format=%ct")
    # 1980 is the first year that a zip archive knows.
    return Version(from_description(described) or written[1], int(stamp) if stamp else 315_532_800)


def from_description(described: str) -> str | None:
    """The version in an answer of ``git describe --long``; ``None`` where it holds none."""
    match = _DESCRIBED.fullmatch(described)
    if match is None:
        return None
    since = int(match["since"])
    dirty = ".dirty" if match["dirty"] else ""
    return match["release"] if not since and not dirty else f"{match['release']}+{since}.g{match['commit']}{dirty}"


def with_version(source: str, version: str) -> str:
    """The text of ``connector_gui/__init__.py`` that names *version*."""
    return _WRITTEN.sub(f'__version__ = "{version}"', source)


def _git(root: Path, *arguments: str) -> str:
    """What git answers; empty without git, or where *root* is no work tree of its own."""
    if not (root / ".git").exists():
        return ""
    try:
        # A tree that was cloned by another user, as CI does, is refused without a word from us.
        command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
