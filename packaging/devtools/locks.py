"""Writing the lock files: every package with its exact version and the hashes of all its files.

One file serves all platforms and Python versions, by environment markers. It names no registry and
no folder, so that it can be installed from any mirror: the hashes say whether the files are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from devtools.environment import pip_install
from devtools.layout import APART, LOCK_NAMES, Layout
from devtools.processes import Command, check, say

# The dependency groups of pyproject.toml that each lock holds beside the project's dependencies.
# `build` is in all: with it the project itself is installed without a download.
GROUPS: Final = {"run": ("build",), "test": ("build", "test"), "bench": ("build", "test", "bench")}

# Those of the locks that stand apart; the build is made of what `run` names, the tools beside it of nothing else.
GROUPS_APART: Final = {"package": ("package",), "audit": ("audit",)}

_HEADER: Final = "# Written by `python3 packaging/dev.py lock`.\n"


def write_locks(layout: Layout, uv_arguments: Sequence[str]) -> None:
    """Resolve pyproject.toml anew; versions that still fit are kept (`--upgrade` takes the newest).

    Raises:
        SetupError: uv could not be installed, or found no solution.
    """
    pip_install(layout, "uv", failure="pip could not install uv")
    larger: str | None = None
    # The largest first: what satisfies all groups together satisfies each part of them.
    for name in reversed(LOCK_NAMES):
        _write(layout, name, larger, uv_arguments)
        larger = name
    for name in APART:
        _write(layout, name, larger, uv_arguments)


def _write(layout: Layout, name: str, larger: str | None, uv_arguments: Sequence[str]) -> None:
    lock = layout.lock(name)
    say(f"Resolving {lock.relative_to(layout.root)}")
    check(uv_command(layout, name, larger, uv_arguments), failure="uv found no solution")
    lock.write_text(_HEADER + without_places(lock.read_text(encoding="utf-8").splitlines()), encoding="utf-8")


def uv_command(layout: Layout, name: str, larger: str | None, arguments: Sequence[str]) -> Command:
    """The resolution of lock *name*, held to the versions of the lock *larger*."""
    groups = GROUPS.get(name) or GROUPS_APART[name]
    project = [] if name == "audit" else [str(layout.project_file)]
    command = [
        str(layout.tool("uv")), "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url",
        *(part for group in groups for part in ("--group", f"{layout.project_file}:{group}")),
        "--output-file", str(layout.lock(name)), *project, *arguments,
    ]  # fmt: skip
    return command if larger is None else [*command, "--constraint", str(layout.lock(larger))]


def without_places(lines: Iterable[str]) -> str:
    """The lines of a lock less comments and options, the only places for a host or a folder."""
    kept = (line for line in lines if line.strip().startswith("--hash=") or not line.strip().startswith(("#", "-")))
    return "".join(f"{line}\n" for line in kept)
