"""A program that crashed says so at its next start, and hands over a report of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e import typing_window
from tests.e2e.program import KEY, Program, running
from tests.rig import press_keys

pytestmark = [pytest.mark.desktop, pytest.mark.sound]


def activate(name: str, env: Mapping[str, str]) -> bool:
    """Bring the window of that name to the front, if it is there."""
    search = ["xdotool", "search", "--onlyvisible", "--name", name, "windowactivate", "--sync"]
    return subprocess.run(search, env=env, capture_output=True, check=False, timeout=10).returncode == 0


def is_shown(name: str, env: Mapping[str, str]) -> bool:
    search = ["xdotool", "search", "--onlyvisible", "--name", name]
    return subprocess.run(search, env=env, capture_output=True, check=False).returncode == 0


@contextmanager
def somebody_types(env: Mapping[str, str], text: Path) -> Iterator[None]:
    """A window that has the keyboard; the file *text* gets what it holds, after each key."""
    command = [sys.executable, "-m", typing_window.__name__]
    root = Path(__file__).parents[2]
    with text.open("w") as out, subprocess.Popen(command, env=dict(env), cwd=root, stdout=out) as process:
        try:
            search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", f"^{typing_window.TITLE}$"]
            subprocess.run([*search, "windowactivate", "--sync"], env=env, check=True, capture_output=True)
            yield
        finally:
            process.terminate()


def crash(program: Program) -> None:
    program.process.send_signal(signal.SIGSEGV)
    assert program.process.wait(15) == -signal.SIGSEGV


def test_a_crash_is_offered_as_a_report_at_the_next_start(desk: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AssertionError), running(desk, tmp_path / "data") as program:
        crash(program)
    report = tmp_path / "report.zip"
    with running(desk, tmp_path / "data") as program:
        program.until(lambda: activate("^The last run$", desk), "the offer")
        assert program.place("rings-meanwhile").status == 202
        press_keys("Return", env=desk)
        program.until(lambda: activate("^Save the report", desk), "where to save")
        subprocess.run(["xdotool", "type", "--delay", "20", str(report)], env=desk, check=True)
        press_keys("Return", env=desk)
        program.until(report.exists, "the report", 15)
    with zipfile.ZipFile(report) as bundle:
        names = bundle.namelist()
        everything = "\n".join(bundle.read(name).decode() for name in names)
        crashed = bundle.read(next(name for name in names if name.startswith("crash-"))).decode()
    assert "Segmentation fault" in crashed
    assert "run_forever" in crashed
    assert "webhook: good" in everything
    assert "app.started" in everything
    assert KEY not in everything
    with running(desk, tmp_path / "data") as program:
        time.sleep(1)
        assert not activate("^The last run$", desk)


@pytest.mark.parametrize("arguments", [("--at-login",), ()])
def test_the_offer_takes_no_key_from_what_is_typed_meanwhile(
    arguments: tuple[str, ...], desk: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(AssertionError), running(desk, tmp_path / "data") as program:
        crash(program)
    text = tmp_path / "typed"
    with somebody_types(desk, text):
        press_keys("a", env=desk)
        with running(desk, tmp_path / "data", *arguments) as program:
            program.until(lambda: is_shown("^The last run$", desk), "the offer")
            # What would answer it: the default button, the way out.
            for key in ("b", "Return", "Escape", "space", "c"):
                press_keys(key, env=desk)
            program.until(lambda: "ab c" in text.read_text().splitlines(), "typing on")
            assert "return" in text.read_text().splitlines()
            assert is_shown("^The last run$", desk)
            assert not is_shown("^Save the report", desk)
