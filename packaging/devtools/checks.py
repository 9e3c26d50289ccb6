"""What `dev.py test` runs: lint, types, imports, and every test on a real desktop with real sound."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from devtools.layout import Layout
from devtools.processes import Command, call, say

# With one of these pytest only tells something; the checks would push that off the screen.
_PYTEST_ONLY_TELLS = {"-h", "--help", "--version", "-V", "--co", "--collect-only", "--markers", "--fixtures"}

N8N = "--n8n"
"""Chooses the tests against a real n8n."""

# What `call` returns when somebody wanted us to stop: SIGINT, SIGTERM.
_INTERRUPTED = {130, 143}


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a run; *env* is added to our own environment."""

    name: str
    command: Command
    env: Mapping[str, str] = field(default_factory=dict)


def steps_of_test(layout: Layout, pytest_arguments: Sequence[str]) -> list[Step]:
    """The steps of `dev.py test`; *pytest_arguments* choose tests, the checks always see the whole tree."""
    tests = pytest_step(layout, pytest_arguments)
    if _PYTEST_ONLY_TELLS.intersection(pytest_arguments):
        return [tests]
    return [
        Step("lint", [layout.tool("ruff"), "check"]),
        Step("format", [layout.tool("ruff"), "format", "--check"]),
        Step("types", [layout.tool("mypy")]),
        Step("imports", [layout.tool("lint-imports"), "--no-logo"]),
        tests,
    ]


def pytest_step(layout: Layout, arguments: Sequence[str]) -> Step:
    """pytest, inside the virtual desktop and sound server where the platform has them.

    There a missing rig fails the tests that need it; elsewhere these are skipped, with the reason shown.
    """
    pytest: Command = [layout.python, "-m", "pytest", *arguments]
    if layout.has_rig:
        return Step("tests", [layout.python, "-m", "tests.rig", *pytest], {"CONNECTOR_TEST_RIG": "required"})
    return Step("tests", pytest, {"QT_QPA_PLATFORM": "offscreen"})


def steps_of_n8n(layout: Layout, arguments: Sequence[str]) -> list[Step]:
    """The steps of `dev.py test --n8n`: install n8n where it is kept, then the tests with it.

    The folder is named for both, because the tests have a home and a cache of their own.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = {"RIG_N8N_DIR": os.environ.get("RIG_N8N_DIR") or str(Path(cache) / "rig-n8n")}
    tests = pytest_step(layout, ["tests/n8n", *(one for one in arguments if one != N8N)])
    return [
        Step("n8n", [layout.python, "-m", "tests.rig.n8n_install"], folder),
        replace(tests, env={**tests.env, **folder}),
    ]


def steps_of_bench(layout: Layout, arguments: Sequence[str]) -> list[Step]:
    """The steps of `dev.py bench`; *arguments* choose figures, without any the official SDK has its turn too."""
    figures = Step("figures", [layout.python, "-m", "tests.bench", *arguments])
    sdk = Step("official SDK", [layout.python, "-m", "tests.bench.sdk_conversation"])
    return [figures] if arguments else [figures, sdk]


def run_steps(layout: Layout, steps: Sequence[Step], *, stops_at_failure: bool = False) -> int:
    """Run all *steps*, also after one that failed, but not after an interrupted one; return 0 if all passed, else 1.

    Args:
        stops_at_failure: Each step needs the one before it.
    """
    failed = []
    for step in steps:
        status = _run(layout, step)
        if status != 0:
            failed.append(step.name)
        if status in _INTERRUPTED or (status != 0 and stops_at_failure):
            break
    say(f"\nFailed: {', '.join(failed)}" if failed else f"\nNothing failed: {', '.join(step.name for step in steps)}")
    return 1 if failed else 0


def _run(layout: Layout, step: Step) -> int:
    say(f"\n=== {step.name}: {' '.join(_short(layout, part) for part in step.command)}")
    start_s = time.monotonic()
    status = call(step.command, cwd=layout.root, env={**os.environ, **step.env})
    result = "passed" if status == 0 else f"FAILED ({status})"
    say(f"=== {step.name}: {result} after {time.monotonic() - start_s:.1f} s")
    return status


def _short(layout: Layout, part: str | Path) -> str:
    return str(part).removeprefix(f"{layout.root}{os.sep}")
