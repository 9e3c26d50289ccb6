"""Starting other programs: their status comes back, signals reach them, one can take our place."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.layout import SetupError
from devtools.processes import call, check

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals and no exec")
DEVTOOLS = Path(__file__).parents[2] / "packaging"


def start_python(code: str) -> subprocess.Popen[str]:
    """Run *code* where devtools can be imported."""
    head = f"import sys; sys.path.insert(0, {str(DEVTOOLS)!r})\n"
    return subprocess.Popen([sys.executable, "-c", head + code], stdout=subprocess.PIPE, text=True)


def test_the_exit_status_comes_back() -> None:
    assert call([sys.executable, "-c", "raise SystemExit(7)"]) == 7


@posix_only
def test_the_end_by_a_signal_is_told_as_a_shell_does() -> None:
    assert call(["sh", "-c", "kill -KILL $$"]) == 128 + signal.SIGKILL


def test_a_failure_is_told_with_its_command() -> None:
    with pytest.raises(SetupError, match=r"No luck \(exit status 3\)\. Command: .*SystemExit\(3\)"):
        check([sys.executable, "-c", "raise SystemExit(3)"], failure="No luck")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_a_signal_is_passed_on_and_waited_for(number: signal.Signals) -> None:
    command = ["sh", "-c", "trap 'echo tidied; exit 5' TERM; echo ready; while :; do sleep 0.05; done"]
    with start_python(f"from devtools.processes import call; raise SystemExit(call({command!r}))") as outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == "ready\n"
        outer.send_signal(number)
        assert outer.stdout.readline() == "tidied\n"
        assert outer.wait() == 5


@posix_only
def test_on_posix_the_command_takes_our_place() -> None:
    become = "become(['/bin/sh', '-c', 'echo $$; exit 4'], is_windows=False)"
    with start_python(f"from devtools.processes import become; {become}") as process:
        said, _ = process.communicate()
    assert said == f"{process.pid}\n"
    assert process.returncode == 4


def test_on_windows_the_exit_status_is_handed_on() -> None:
    command = [sys.executable, "-c", "raise SystemExit(4)"]
    with start_python(f"from devtools.processes import become; become({command!r}, is_windows=True)") as process:
        process.communicate()
    assert process.returncode == 4
