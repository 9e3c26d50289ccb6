"""The commands of dev.py: each sets up what it needs, then does its work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from devtools import apt, checks, environment, locks, needs
from devtools import audit as auditing
from devtools import package as packaging
from devtools.layout import Layout, SetupError
from devtools.processes import Command, become, say


def main(arguments: Sequence[str], usage: str) -> int:
    """Carry out one command line; return the exit status (2 when it could not be understood)."""
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        print(usage)
        return 0
    if name not in COMMANDS:
        sys.stderr.write(usage)
        return 2
    layout = Layout(Path(__file__).resolve().parents[2])
    try:
        return COMMANDS[name](layout, arguments[1:])
    except SetupError as problem:
        sys.stderr.write(f"dev.py: {problem}\n")
        return 1


def set_up(layout: Layout, lock_name: str) -> None:
    apt.provide(needs.needs_for(lock_name, layout.platform))
    environment.provide(layout, lock_name)


def run(layout: Layout, arguments: Sequence[str]) -> int:
    set_up(layout, "run")
    become([layout.python, "-m", "connector_gui", *arguments], is_windows=layout.is_windows)


def test(layout: Layout, arguments: Sequence[str]) -> int:
    set_up(layout, "test")
    if checks.N8N in arguments:
        apt.provide(needs.n8n_needs(layout.platform))
        return checks.run_steps(layout, checks.steps_of_n8n(layout, arguments), stops_at_failure=True)
    return checks.run_steps(layout, checks.steps_of_test(layout, arguments))


def bench(layout: Layout, arguments: Sequence[str]) -> int:
    set_up(layout, "bench")
    return checks.run_steps(layout, checks.steps_of_bench(layout, arguments))


def translations(layout: Layout, arguments: Sequence[str]) -> int:
    set_up(layout, "run")
    env = {"PYTHONPATH": str(layout.root / "packaging")}
    command: Command = [layout.python, "-m", "devtools.translations", str(layout.root), *arguments]
    return checks.run_steps(layout, [checks.Step("translations", command, env)])


def lock(layout: Layout, arguments: Sequence[str]) -> int:
    apt.provide(needs.needs_for("run", layout.platform))
    # Empty will do: the locks that would fill it may be the ones to write.
    environment.make(layout)
    locks.write_locks(layout, arguments)
    return 0


def package(layout: Layout, arguments: Sequence[str]) -> int:
    packaging.package(set_up_apart(layout, "package"), arguments)
    return 0


def audit(layout: Layout, _arguments: Sequence[str]) -> int:
    build = set_up_apart(layout, "package")
    try:
        tools = set_up_apart(layout, "audit")
    except SetupError as problem:
        # Without a network the rest can still be looked at.
        say(f"The tools for it cannot be installed from here: {problem}")
        tools = None
    return auditing.audit(tools, build)


def set_up_apart(layout: Layout, name: str) -> Layout:
    """Set up one of `layout.APART`; return the layout of its environment."""
    apart = layout.apart(name)
    set_up(apart, name)
    return apart


COMMANDS: Final[Mapping[str, Callable[[Layout, Sequence[str]], int]]] = {
    "run": run,
    "test": test,
    "bench": bench,
    "translations": translations,
    "lock": lock,
    "package": package,
    "audit": audit,
}
