"""The command line of dev.py, down to the Pythons that cannot run the rest of it."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

import dev
import pytest

from connector_gui import __version__

ROOT = Path(__file__).parents[2]
DEV = ROOT / "packaging" / "dev.py"


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(DEV), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_which_one_is_needed(version: tuple[int, ...]) -> None:
    this = ".".join(map(str, version[:2]))
    assert dev.complaint(version) == (
        f"Agent Connector needs Python 3.11 or later; this one is {this}. Start dev.py with a newer python3.\n"
    )


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2), (4, 0, 0)])
def test_a_python_that_will_do_hears_nothing(version: tuple[int, ...]) -> None:
    assert dev.complaint(version) == ""


def test_an_old_python_can_read_the_file_that_tells_it() -> None:
    ast.parse(DEV.read_text(encoding="ascii"), feature_version=(3, 6))


@pytest.mark.parametrize("arguments", [[], ["walk"], ["--version"]])
def test_an_unknown_command_gets_the_usage_and_status_2(arguments: list[str]) -> None:
    result = run_dev(*arguments)
    assert result.returncode == 2
    assert "dev.py run [ARGUMENT...]" in result.stderr
    assert result.stdout == ""


def test_help_is_no_error() -> None:
    result = run_dev("--help")
    assert result.returncode == 0
    assert "dev.py test [ARGUMENT...]" in result.stdout


@pytest.mark.skipif(sys.prefix != str(ROOT / ".venv"), reason="these tests were not started by dev.py")
def test_with_nothing_to_do_the_program_starts_within_two_seconds() -> None:
    durations_s = []
    for _ in range(3):  # the best of three: the machine may be busy with something else
        start_s = time.monotonic()
        result = run_dev("run", "--version")
        durations_s.append(time.monotonic() - start_s)
        assert result.returncode == 0
        assert result.stdout.splitlines() == [f"agent-connector {__version__}"]
    assert min(durations_s) < 2
