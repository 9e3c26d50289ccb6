"""The words of the command line: what they ask for, and that the light path stays light."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connector_gui.app.command_line import parse
from connector_gui.core.desk_command import DeskCommand, parse_request, request_line

HEAVY = ("PySide6", "pydantic", "numpy", "aiohttp", "asyncio", "sqlalchemy", "keyring", "logging")


@pytest.mark.parametrize(
    ("words", "name", "members"),
    [
        ([], "open", {"window": "panel"}),
        (["--at-login"], "ping", {}),
        (["open"], "open", {"window": "panel"}),
        (["open", "settings"], "open", {"window": "settings"}),
        (["status"], "status", {}),
        (["accept"], "accept", {}),
        (["end", "--session-id", "crm-1"], "end", {"session_id": "crm-1"}),
        (["accept", "--line", "Line 2"], "accept", {"line": "Line 2"}),
        (["move"], "move", {}),
        (["move", "--line", "desk", "--session-id", "crm-1"], "move", {"session_id": "crm-1", "line": "desk"}),
        (["dnd"], "dnd", {"is_on": True}),
        (["dnd", "off"], "dnd", {"is_on": False}),
        (["dnd", "45"], "dnd", {"is_on": True, "minutes": 45}),
        (["--link", "agent-connector://call/a"], "link", {"url": "agent-connector://call/a"}),
        (
            ["call", "a", "--metadata", "n=x=y", "--metadata", "m=", "--priority", "-3", "--ring-timeout", "4.5"],
            "call",
            {"agent_id": "a", "metadata": {"n": "x=y", "m": ""}, "priority": -3, "ring_timeout_s": 4.5},
        ),
    ],
)
def test_words_become_commands(words: list[str], name: str, members: dict[str, Any]) -> None:
    command = parse(words).command
    assert command == DeskCommand(name, members)
    assert parse_request(request_line(command)) == command


@pytest.mark.parametrize("words", [["--data-dir", "/x", "status"], ["status", "--data-dir", "/x"]])
def test_the_folder_may_stand_on_either_side(words: list[str]) -> None:
    assert parse(words).data_dir == Path("/x")


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["--stat"],
        ["call"],
        ["call", "a", "--metadata", "x"],
        ["call", "a", "--metadata", "=x"],
        ["call", "a", "--metadata", "x=1", "--metadata", "x=2"],
        ["call", "a", "--priority", "high"],
        ["end", "--line", "desk"],
        ["move", "--line"],
        ["dnd", "0"],
        ["dnd", "-5"],
        ["dnd", "1441"],
        ["dnd", "9" * 5000],
        ["dnd", "1.5"],
        ["open", "door"],
        ["status", "--link", "agent-connector://call/a"],
    ],
)
def test_other_words_are_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*words, "--json"])
    assert ended.value.code == 2
    said = json.loads(capsys.readouterr().out)
    assert (said["success"], said["exit_code"], said["code"]) == (False, 2, "usage")


def test_a_secret_is_refused_in_words_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["call", "a", "--metadata", "secret__pin=4711"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "can read it" in said
    assert "4711" not in said


def run(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "connector_gui", *words],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, **env},
    )


def test_a_command_loads_nothing_heavy(tmp_path: Path) -> None:
    ended = run("--data-dir", str(tmp_path), "status", "--json", cwd=tmp_path)
    assert ended.returncode == 3
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines() if "|" in line}
    assert "argparse" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("words", [["status"], ["call", "a"], ["quit"], ["end"], ["dnd", "off"]])
def test_where_nothing_runs_it_is_said_with_status_3_and_nothing_is_made(words: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ended = run("--data-dir", str(folder), "--json", *words, cwd=tmp_path)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["exit_code"], said["code"]) == (3, 3, "not_running")
    assert "agent-connector open" in said["message"]
    assert not folder.exists()


def test_a_link_that_is_none_starts_nothing(tmp_path: Path) -> None:
    ended = run("--data-dir", str(tmp_path / "data"), "--json", "--link", "agent-connector://accept/x", cwd=tmp_path)
    assert (ended.returncode, json.loads(ended.stdout)["code"]) == (1, "invalid_request")
    assert not (tmp_path / "data").exists()
