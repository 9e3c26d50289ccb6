"""The virtual environment: made once, filled from a lock file, left alone while nothing changes."""

from __future__ import annotations

import hashlib
import json
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

from devtools.layout import APART, LOCK_NAMES, Layout, SetupError
from devtools.processes import check, say

# What of pyproject.toml ends up in the installed project: its command, its metadata, its files.
_INSTALLED_TABLES = ("build-system", "project")


def provide(layout: Layout, lock_name: str) -> None:
    """Make sure that the environment holds what the lock file *lock_name* names, and the project itself.

    The project is installed as editable: the command and ``python -m connector_gui`` run this source tree. Not where
    the lock stands apart: installers are made from a copy of the sources.
    With nothing to do this takes milliseconds and no network.

    Raises:
        SetupError: A step failed; its own output stands above.
    """
    stamp = read_stamp(layout)
    wanted = digest(layout, lock_name)
    if stamp.get("made for") == made_for(layout) and stamp.get(lock_name) == wanted:
        return
    make(layout)
    _fill(layout, lock_name)
    # A larger lock holds all of the smaller ones, so these commands find nothing to do either.
    included = (lock_name,) if lock_name in APART else LOCK_NAMES[: LOCK_NAMES.index(lock_name) + 1]
    write_stamp(layout, {name: digest(layout, name) for name in included})


def made_for(layout: Layout) -> str:
    """The interpreter and the folder that an environment made now would belong to; it works with no others."""
    return f"{sysconfig.get_python_version()} {sysconfig.get_platform()} {sys.base_prefix} {layout.venv}"


def digest(layout: Layout, lock_name: str) -> str:
    """Changes when the lock file or the installed part of pyproject.toml does."""
    project: dict[str, Any] = tomllib.loads(layout.project_file.read_text(encoding="utf-8"))
    parts = {
        "lock": layout.lock(lock_name).read_text(encoding="utf-8"),
        "project": [project.get(table) for table in _INSTALLED_TABLES],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_stamp(layout: Layout) -> dict[str, str]:
    """What the environment holds, as last written; empty when that is not known."""
    try:
        stamp = json.loads(layout.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and layout.python.exists() else {}


def write_stamp(layout: Layout, digests: dict[str, str]) -> None:
    content = {"made for": made_for(layout), **digests}
    layout.stamp.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def make(layout: Layout) -> None:
    """Make an empty virtual environment, unless there is one of this Python in this place.

    Raises:
        SetupError: It cannot be made.
    """
    if read_stamp(layout).get("made for") == made_for(layout):
        return
    if sys.prefix == str(layout.venv):
        raise SetupError(f"This Python belongs to {layout.venv}, which is incomplete. Use the system's python3.")
    say(f"Making {layout.venv}")
    layout.venv.parent.mkdir(parents=True, exist_ok=True)
    check([sys.executable, "-m", "venv", "--clear", layout.venv], failure="The virtual environment could not be made")
    # Known from here on, though empty: an interrupted installation goes on where it was.
    write_stamp(layout, {})


def pip_install(layout: Layout, *arguments: str | Path, failure: str) -> None:
    """Install into the virtual environment, from wherever the user's own pip configuration says.

    Raises:
        SetupError: With the words of *failure*; pip's own stand above.
    """
    options = ["--disable-pip-version-check", "--no-input"]
    if not sys.stdout.isatty():
        options.append("--quiet")
    check([layout.python, "-m", "pip", "install", *options, *arguments], failure=failure)


def _fill(layout: Layout, lock_name: str) -> None:
    lock = layout.lock(lock_name)
    say(f"Installing the Python packages of {lock.relative_to(layout.root)} into {layout.venv}")
    # The lock is complete and nothing is left to resolve: --no-deps.
    pip_install(layout, "--no-deps", "--require-hashes", "--requirement", lock, failure="pip could not install them")
    if lock_name in APART:
        return
    # The build backend came with the lock, so this needs no network.
    project = ["--no-deps", "--no-index", "--no-build-isolation", "--editable", str(layout.root)]
    pip_install(layout, *project, failure="pip could not install the project itself")
