"""The program is taken off an account: nothing listens, nothing starts, and data and keys go where that was wanted."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connector_gui.system.autostart import XdgAutostart, own_command
from tests.e2e.program import Program, running

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

KEYS = ("elevenlabs-api-key", "webhook-api-key")


def remove(env: Mapping[str, str], data_dir: Path, *options: str) -> tuple[int, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "connector_gui", "--data-dir", str(data_dir), "--json", "remove", *options],
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert ran.stdout.count("\n") == 1, (ran.stdout, ran.stderr)
    return ran.returncode, json.loads(ran.stdout)


def keyring(env: Mapping[str, str], script: str) -> list[str]:
    """Run *script* on the desk's real keyring; what it printed."""
    lines = f"import keyring\nnames = {KEYS!r}\n{script}"
    ran = subprocess.run([sys.executable, "-c", lines], env=dict(env), capture_output=True, text=True, check=True)
    return ran.stdout.split()


def stored(env: Mapping[str, str]) -> list[str]:
    return keyring(env, "for n in names: print(keyring.get_password('agent-connector', n))")


@pytest.fixture
def set_up(desk: dict[str, str], tmp_path: Path) -> Path:
    """A program that was used: keys in the keyring, start at login; its data folder."""
    keyring(desk, "for n in names: keyring.set_password('agent-connector', n, 'sk_' + n)")
    XdgAutostart(own_command(), Path(desk["XDG_CONFIG_HOME"]) / "autostart").switch(is_on=True)
    return tmp_path / "data"


def autostart(env: Mapping[str, str]) -> Path:
    return Path(env["XDG_CONFIG_HOME"]) / "autostart" / "agent-connector.desktop"


def test_a_running_program_is_ended_and_all_is_gone_that_was_named(desk: dict[str, str], set_up: Path) -> None:
    program = Program(desk, set_up, PRACTICE="always")
    try:
        program.until_listening()
        program.place("rings")
        (set_up / "notes.txt").write_text("of the operator")
        status, said = remove(desk, set_up, "--data", "--keys", "--yes")
        assert (status, said["success"]) == (0, True), said
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", program.port)) != 0
        assert program.process.wait(10) == 0
    finally:
        program.stop()
    assert not autostart(desk).exists()
    assert stored(desk) == ["None", "None"]
    assert [path.name for path in set_up.iterdir()] == ["notes.txt"], "what is not the program's stays"
    assert any("notes" not in sentence and "stay" in sentence for sentence in said["data"]["kept"])


def test_an_entry_for_a_program_that_was_moved_is_made_anew(desk: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    gone = [str(tmp_path / "former place" / "agent-connector"), "--data-dir", str(folder), "--at-login"]
    XdgAutostart(gone, autostart(desk).parent).switch(is_on=True)
    with running(desk, folder, "--at-login") as program:
        program.until(lambda: "former place" not in autostart(desk).read_text(), "the new entry")
    assert f"TryExec={sys.executable}\n" in autostart(desk).read_text()
    assert f" --data-dir {folder} --at-login\n" in autostart(desk).read_text()
    autostart(desk).unlink()


def test_nothing_is_deleted_that_nobody_named(desk: dict[str, str], set_up: Path) -> None:
    program = Program(desk, set_up, PRACTICE="always")
    program.until_listening()
    assert program.stop() == 0
    before = sorted(path.name for path in set_up.iterdir())
    status, said = remove(desk, set_up)
    assert status == 0
    assert not autostart(desk).exists()
    assert "None" not in stored(desk)
    assert sorted(path.name for path in set_up.iterdir()) == before
    assert len(said["data"]["kept"]) == 2
    status, _ = remove(desk, set_up, "--data", "--keys")
    assert status == 0
    assert not set_up.exists()


def test_somebody_at_a_terminal_is_asked(desk: dict[str, str], set_up: Path) -> None:
    (set_up / "recordings").mkdir(parents=True)
    (set_up / "connector.db").write_text("calls")
    assert _at_terminal(desk, set_up, answers=b"n\ny\n") == 0
    assert "None" not in stored(desk)
    assert not set_up.exists()
    assert _at_terminal(desk, set_up, answers=b"y\n") == 0
    assert stored(desk) == ["None", "None"]


def test_what_a_folder_of_ours_leads_to_is_left_alone(desk: dict[str, str], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.flac").write_text("not ours")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "recordings").symlink_to(elsewhere)
    assert remove(desk, folder, "--data", "--yes")[0] == 0
    assert (elsewhere / "precious.flac").read_text() == "not ours"
    assert not folder.exists()


def _at_terminal(env: Mapping[str, str], data_dir: Path, *, answers: bytes) -> int:
    """Run it as a person would, who types *answers*; its exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_gui", "--data-dir", str(data_dir), "remove"],
        env=dict(env),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, answers)
    try:
        return process.wait(60)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
