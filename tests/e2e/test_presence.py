"""Do not disturb, chosen in the tray's menu by keyboard: what callers get, over a restart too."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.program import Program, running
from tests.rig import press_keys, tray_click

pytestmark = pytest.mark.desktop


def choose(env: Mapping[str, str], *keys: str) -> None:
    """Open the menu at the tray icon, and press *keys* in it."""
    tray_click("right", env=env)
    press_keys(*keys, env=env)


def is_refusing(program: Program) -> bool:
    """Whether health says that nobody wants to be disturbed."""
    health = program.request("GET", "/health", key=None)
    return health.status == 503 and health.body["reasons"] == ["do_not_disturb"]


def test_half_an_hour_without_calls_from_the_tray_and_over_a_restart(desk: dict[str, str], tmp_path: Path) -> None:
    with running(desk, tmp_path / "data", PRACTICE="always") as program:
        choose(desk, "n", "3")
        program.until(lambda: is_refusing(program), "do not disturb")
        refused = program.place("crm-1")
        assert (refused.status, refused.body["code"]) == (503, "do_not_disturb")
        assert 1700 <= int(refused.headers["Retry-After"]) <= 1800
    with running(desk, tmp_path / "data", PRACTICE="always") as program:
        assert is_refusing(program)
        choose(desk, "n", "c")
        program.until(lambda: program.request("GET", "/health", key=None).status == 200, "calls again")
        assert program.place("crm-2").status == 202


def test_the_status_page_opens_from_the_tray(desk: dict[str, str], tmp_path: Path) -> None:
    def titles() -> list[str]:
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^Status"], env=desk, capture_output=True, text=True
        )
        return found.stdout.split()

    with running(desk, tmp_path / "data", PRACTICE="always") as program:
        choose(desk, "t")
        program.until(titles, "the status page")
