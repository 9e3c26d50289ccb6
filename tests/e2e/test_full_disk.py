"""The disk fills up: before a call, and while one runs and is recorded. On a file system of a few megabytes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile

from tests.e2e.agent import Agent
from tests.e2e.program import START_TIMEOUT_S, Program, running
from tests.rig import press_keys

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

SIZE_MIB = 260
"""A recording wants 200 MiB of room to begin (`voice.recording.space`)."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """While inside, there is not a byte left."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 65536) == 65536:
                pass
            while file.write(b"\0"):
                pass
    except OSError:
        pass
    try:
        yield
    finally:
        ballast.unlink()


def talk(program: Program, session_id: str) -> None:
    assert program.place(session_id).status == 202
    assert program.request("POST", f"/sessions/{session_id}/accept").status == 200
    program.until_status(session_id, "active")


def reasons(program: Program) -> list[str]:
    return list(program.request("GET", "/health", key=None).body["reasons"])


def test_a_call_goes_on_while_the_disk_is_full_and_is_kept_once_there_is_space(
    desk: Mapping[str, str], agent: Agent, disk: Path
) -> None:
    with running(desk, disk / "data", RECORD_CALLS="true", **agent.settings) as program:
        talk(program, "kept")
        program.until(lambda: program.session("kept")["recording"]["state"] == "running", "the recording")
        with filled(disk):
            program.until(
                lambda: "recording_stopped" in [notice["code"] for notice in program.session("kept")["notices"]],
                "word of the recording's end",
                20,
            )
            assert program.session("kept")["status"] == "active"
            assert program.request("POST", "/sessions/kept/mute").body["muted"] is True
            program.until(lambda: "storage_full" in reasons(program), "health says so")
            refused = program.place("refused")
            assert (refused.status, refused.body["code"]) == (503, "storage_full")
            assert int(refused.headers["Retry-After"]) > 0
            assert program.request("POST", "/sessions/kept/end").status == 200
            program.until_status("kept", "ended")
        program.until(lambda: not reasons(program), "health is good again", 15)
        assert program.place("after").status == 202
        assert program.request("POST", "/sessions/after/decline").status == 200
    (recording,) = (disk / "data" / "recordings").iterdir()
    with soundfile.SoundFile(recording) as sound:
        assert sound.frames > 0
    with running(desk, disk / "data", **agent.settings) as program:
        kept = program.session("kept")
        assert (kept["status"], kept["outcome"], kept["muted"]) == ("ended", "completed", True)
        assert program.session("after")["outcome"] == "declined"


def test_a_disk_without_space_at_the_start_is_said_in_words(desk: Mapping[str, str], agent: Agent, disk: Path) -> None:
    program: Program | None = None
    try:
        with filled(disk):
            program = Program(desk, disk, **agent.settings)
            program.until(lambda: "app.cannot_start" in said(program), "the reason", START_TIMEOUT_S)
            program.until(lambda: has_window(desk, "Agent Connector cannot start"), "the window")
            assert "There is no space left" in said(program)
            assert "Traceback" not in said(program)
        press_keys("Return", env=desk)  # “Try again”, now that there is space
        program.until_listening()
    finally:
        assert program is not None
        assert program.stop() == 0, said(program)


def said(program: Program) -> str:
    return program.output.read_text()


def has_window(env: Mapping[str, str], title: str) -> bool:
    """Whether a window of that title has the keyboard."""
    found = subprocess.run(
        ["xdotool", "getactivewindow", "getwindowname"], env=dict(env), capture_output=True, text=True, check=False
    )
    return found.stdout.strip().startswith(title)
