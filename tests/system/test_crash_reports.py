"""What went wrong is found by the next run, whatever it was, and no secret is in it."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from connector_gui.system import crash_reports
from connector_gui.system.crash_reports import CRASH_FILE, HANG_FILE, REPORTS_KEPT, CrashReports

CANARY = "sk_canary7f3a9b"
ROOT = Path(__file__).parents[2]


def run(folder: Path, body: str) -> int:
    """A run of a program with reports in *folder*; its exit status."""
    head = f"""
import ctypes, os, time
from pathlib import Path
from connector_gui.system.crash_reports import CrashReports
reports = CrashReports(Path({str(folder)!r}), lambda text: text.replace({CANARY!r}, "***"), hang_s=0.4)
reports.begin()
"""
    done = subprocess.run([sys.executable, "-c", head + body], cwd=ROOT, timeout=60, check=False, capture_output=True)
    return done.returncode


def found_by_next_run(folder: Path) -> str | None:
    """What the next run finds, which itself ends well; ``None``: nothing."""
    probe = folder / "found"
    body = f"Path({str(probe)!r}).write_text(reports.last.read_text() if reports.last else '')\nreports.end()\n"
    assert run(folder, body) == 0
    return probe.read_text() or None


def test_a_run_that_ends_well_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "reports.beat()\nreports.end()\n") == 0
    assert found_by_next_run(tmp_path) is None
    assert not (tmp_path / CRASH_FILE).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_in_c_leaves_the_stacks_of_all_threads(tmp_path: Path) -> None:
    body = """
import threading
def waits_elsewhere():
    time.sleep(30)
threading.Thread(target=waits_elsewhere, daemon=True).start()
time.sleep(0.2)
def touches_nowhere():
    ctypes.string_at(0)
touches_nowhere()
"""
    assert run(tmp_path, body) == -signal.SIGSEGV
    report = found_by_next_run(tmp_path)
    assert report is not None
    assert "Segmentation fault" in report
    assert "touches_nowhere" in report
    assert "waits_elsewhere" in report
    assert found_by_next_run(tmp_path) is None  # it is offered once


def test_an_error_that_nobody_caught_is_kept_without_its_secrets_though_the_run_ends_well(tmp_path: Path) -> None:
    assert run(tmp_path, f"reports.note(ValueError('the key was {CANARY}'))\nreports.end()\n") == 0
    report = found_by_next_run(tmp_path)
    assert report is not None
    assert "ValueError: the key was ***" in report
    assert CANARY not in report


def test_errors_without_end_do_not_fill_the_disk(tmp_path: Path) -> None:
    assert run(tmp_path, "for _ in range(3000): reports.note(ValueError('x' * 1000))\nreports.end()\n") == 0
    assert (tmp_path / CRASH_FILE).stat().st_size < crash_reports.MAX_FILE_BYTES + 10_000


def test_a_thread_that_hangs_is_written_down_even_while_it_holds_the_interpreter(tmp_path: Path) -> None:
    body = """
def holds_everything():
    ctypes.PyDLL(None).usleep(1_500_000)
reports.beat()
holds_everything()
os._exit(3)
"""
    assert run(tmp_path, body) == 3
    report = found_by_next_run(tmp_path)
    assert report is not None
    assert "holds_everything" in report
    assert not (tmp_path / HANG_FILE).exists() or "holds_everything" not in (tmp_path / HANG_FILE).read_text()


def test_a_hang_that_ended_is_on_record_and_is_no_crash(tmp_path: Path) -> None:
    assert run(tmp_path, "reports.beat()\ntime.sleep(1.2)\nreports.beat()\nreports.end()\n") == 0
    assert "went on after 1." in (tmp_path / HANG_FILE).read_text()
    assert found_by_next_run(tmp_path) is None


def test_the_newest_reports_are_kept(tmp_path: Path) -> None:
    body = f"""
reports.end()
for number in range({REPORTS_KEPT + 2}):
    Path({str(tmp_path / CRASH_FILE)!r}).write_text(f"crash {{number}}")
    reports.begin()
    reports.end()
"""
    assert run(tmp_path, body) == 0
    kept = sorted(tmp_path.glob("crash-*.log"))
    assert [file.read_text() for file in kept] == [f"crash {number}" for number in range(2, REPORTS_KEPT + 2)]


def test_the_bundle_holds_reports_log_and_diagnostics_without_secrets(tmp_path: Path) -> None:
    for name, text in (
        ("crash-20261122-100000-0.log", "a crash"),
        (HANG_FILE, "a hang"),
        ("connector.log", f"key {CANARY}"),
    ):
        (tmp_path / name).write_text(text)
    reports = CrashReports(tmp_path, lambda text: text.replace(CANARY, "***"))
    into = tmp_path / "report.zip"
    reports.bundle(into, "webhook: good\n")
    with zipfile.ZipFile(into) as bundle:
        content = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert content == {
        "diagnostics.txt": "webhook: good\n",
        "crash-20261122-100000-0.log": "a crash",
        HANG_FILE: "a hang",
        "connector.log": "key ***",
    }


def test_a_bundle_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    reports = CrashReports(tmp_path, str)
    with pytest.raises(OSError, match=r"No such file|cannot find"):
        reports.bundle(tmp_path / "missing" / "report.zip", "")
    assert not list(tmp_path.glob("**/report.zip*"))


def test_a_folder_that_cannot_be_written_means_no_reports_and_no_trouble(tmp_path: Path) -> None:
    reports = CrashReports(tmp_path / "missing", str)
    reports.begin()
    reports.note(ValueError("x"))
    reports.beat()
    reports.end()
    assert reports.last is None
