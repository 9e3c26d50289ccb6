"""Measures the real program, and prints the figures.

python -m tests.bench [--only GROUP]... [--runs N] [--minutes M] [--calls N] [--json FILE]

Run it from the project's folder, on a quiet machine: each group says how quiet it was. A group takes about a
minute; `soak` takes as long as one likes, and runs only with ``--only soak``, as `frozen` does, which needs a build.
Exit status 1: a group could not be measured. A figure that misses what it should reach is marked, no more: how fast
a machine is, is no fault of the program's.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from connector_gui import __version__
from tests.bench import (
    cpu_memory,
    devices,
    echo,
    floor,
    frozen,
    growth,
    history,
    interruption,
    isolation,
    latency,
    recording,
    several,
    soak,
    start,
    store,
    webhook,
)
from tests.bench.figures import Figure, table
from tests.bench.surroundings import Bench, NoiseWatch, surroundings

GROUPS: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    "floor": floor.measure,
    "start": start.measure,
    "frozen": frozen.measure,
    "latency": latency.measure,
    "interruption": interruption.measure,
    "isolation": isolation.measure,
    "devices": devices.measure,
    "echo": echo.measure,
    "history": history.measure,
    "cpu_memory": cpu_memory.measure,
    "store": store.measure,
    "recording": recording.measure,
    "webhook": webhook.measure,
    "growth": growth.measure,
    "several": several.measure,
    "soak": soak.measure,
}
WHEN_ASKED: Final = frozenset({"frozen", "soak"})
"""Not measured unless named."""


def main(arguments: Sequence[str]) -> int:
    """Measure what *arguments* ask for."""
    wanted = _parser().parse_args(arguments)
    report: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "machine": _machine(), "groups": []}
    print(f"{report['machine']}\n", flush=True)
    with surroundings(runs=wanted.runs, minutes=wanted.minutes, calls=wanted.calls) as bench:
        failed = [name for name in wanted.only or _usual() if not _run(name, bench, report["groups"])]
    if wanted.json:
        wanted.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if failed:
        print(f"Could not be measured: {', '.join(failed)}")
    return 1 if failed else 0


def _usual() -> list[str]:
    return [name for name in GROUPS if name not in WHEN_ASKED]


def _run(name: str, bench: Bench, report: list[dict[str, Any]]) -> bool:
    """Measure one group and print it; whether that was possible to the end."""
    watch = NoiseWatch()
    figures: list[Figure] = []
    try:
        for figure in GROUPS[name](bench):
            figures.append(figure)  # noqa: PERF402 - what was found before a failure is kept
    except Exception:
        # The other groups are worth having; so is what this one found before it failed.
        traceback.print_exc()
        is_whole = False
    else:
        is_whole = True
    quiet = watch.read()
    print(f"{name} ({quiet})\n{table(figures)}\n", flush=True)
    noise = {"load_before": quiet.load_before, "load_after": quiet.load_after, "idle_share": quiet.idle_share}
    report.append({"group": name, **noise, "figures": [figure.as_json() for figure in figures]})
    return is_whole


def _machine() -> str:
    return (
        f"Agent Connector {__version__}, Python {platform.python_version()}, {platform.platform()}, "
        f"{psutil.cpu_count()} processors"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the real program.")
    parser.add_argument("--only", action="append", choices=list(GROUPS), metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--runs", type=int, default=5, help="trials of what is tried one by one (5)")
    parser.add_argument("--minutes", type=float, default=0.3, help="length of what is measured over time, each (0.3)")
    parser.add_argument("--calls", type=int, default=30, help="calls that are placed one after another (30)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
