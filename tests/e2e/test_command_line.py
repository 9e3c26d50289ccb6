"""The command line against the running program: what each command does, says and exits with, and how soon."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector_gui import __version__
from tests.e2e.program import START_TIMEOUT_S, Program, free_port, running

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

HAND_OVER_S = 0.4


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    answer: dict[str, Any]
    took_s: float


def command(env: Mapping[str, str], data_dir: Path, *words: str) -> Said:
    """Run one command with ``--json``."""
    began_s = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "connector_gui", "--data-dir", str(data_dir), "--json", *words],
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    took_s = time.monotonic() - began_s
    assert ran.stdout.count("\n") == 1, (ran.stdout, ran.stderr)
    return Said(ran.returncode, json.loads(ran.stdout), took_s)


@pytest.fixture(scope="module")
def at_work(desk: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that several tests speak to, each about calls of its own."""
    with running(desk, tmp_path_factory.mktemp("shared") / "data", PRACTICE="always") as program:
        yield program


def titles(env: Mapping[str, str], pattern: str) -> list[str]:
    """Windows on the screen whose title fits *pattern*."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", pattern], env=dict(env), capture_output=True, text=True
    )
    return found.stdout.split()


def test_windows_come_to_the_front_and_a_second_start_is_quick(desk: dict[str, str], at_work: Program) -> None:
    program, data = at_work, at_work.data_dir
    assert not titles(desk, "^Agent Connector$")
    silent = command(desk, data, "--at-login")
    assert silent.status == 0
    assert not titles(desk, "^Agent Connector$"), "a start by the system shows no window"
    took_s = [command(desk, data).took_s for _ in range(5)]
    program.until(lambda: titles(desk, "^Agent Connector$"), "the panel in front")
    # The best of five: other programs of a busy machine are not what is measured.
    assert min(took_s) <= HAND_OVER_S, took_s
    assert command(desk, data, "open", "history").status == 0
    program.until(lambda: titles(desk, "^History"), "the history")
    assert command(desk, data, "open", "status").status == 0
    program.until(lambda: titles(desk, "^Status"), "the status page")
    assert command(desk, data, "open", "settings").status == 0
    program.until(lambda: titles(desk, "^Settings"), "the settings")


def test_a_call_from_the_first_command_to_the_last(desk: dict[str, str], at_work: Program) -> None:
    program, data = at_work, at_work.data_dir

    def run(*words: str) -> Said:
        return command(desk, data, *words)

    status = run("status")
    assert (status.status, status.answer["code"]) == (0, "done")
    assert status.answer["data"]["version"] == __version__
    assert status.answer["data"]["webhook_url"] == f"http://127.0.0.1:{program.port}"
    refused = run("accept")
    assert (refused.status, refused.answer["code"]) == (1, "wrong_state")

    placed = run("call", "agent_1", "--metadata", "customer_name=Mara", "--session-id", "crm-1", "--priority", "3")
    assert placed.status == 0, placed.answer
    assert placed.answer["data"]["session_id"] == "crm-1"
    assert placed.answer["data"]["replayed"] is False
    rings = program.session("crm-1")
    assert (rings["status"], rings["metadata"]) == ("ringing", {"customer_name": "Mara"})
    again = run("call", "agent_1", "--metadata", "customer_name=Mara", "--session-id", "crm-1", "--priority", "3")
    assert again.answer["data"]["replayed"] is True

    assert run("accept").status == 0
    program.until_status("crm-1", "active")
    assert run("mute").answer["data"]["muted"] is True
    assert program.session("crm-1")["muted"] is True
    assert run("unmute").answer["data"]["muted"] is False
    assert run("hold").status == 0
    program.until_status("crm-1", "held")
    assert run("resume").status == 0
    program.until_status("crm-1", "active")
    assert run("end").status == 0
    ended = program.until_status("crm-1", "ended")
    assert (ended["outcome"], ended["ended_by"]) == ("completed", "operator")

    assert run("call", "agent_1", "--session-id", "crm-2").status == 0
    assert run("decline", "--session-id", "crm-2").status == 0
    assert program.until_status("crm-2", "ended")["outcome"] == "declined"
    gone = run("accept", "--session-id", "nobody")
    assert (gone.status, gone.answer["code"]) == (1, "not_found")


def test_wrong_values_are_refused_in_the_webhooks_words(desk: dict[str, str], at_work: Program) -> None:
    program, data = at_work, at_work.data_dir
    before = [call["session_id"] for call in program.request("GET", "/sessions").body["sessions"]]
    odd = command(desk, data, "call", "no agent")
    assert (odd.status, odd.answer["code"]) == (1, "invalid_request")
    assert odd.answer["message"].startswith("agent_id must be the id of an ElevenLabs agent")
    system = command(desk, data, "call", "agent_1", "--metadata", "system__time=now")
    assert (system.status, system.answer["code"]) == (1, "invalid_request")
    assert "system__time" in system.answer["message"]
    huge = command(desk, data, "call", "agent_1", "--metadata", "x=" + "y" * 17_000)
    assert (huge.status, huge.answer["code"]) == (1, "invalid_request")
    assert [call["session_id"] for call in program.request("GET", "/sessions").body["sessions"]] == before


def test_a_link_shows_a_card_and_rings_nothing(desk: dict[str, str], at_work: Program) -> None:
    program, data = at_work, at_work.data_dir
    before = [call["session_id"] for call in program.request("GET", "/sessions").body["sessions"]]
    shown = command(desk, data, "--link", "agent-connector://call/agent_1?customer_name=Mara%20Lind")
    assert shown.status == 0, shown.answer
    program.until(lambda: titles(desk, "^Call from a link$"), "the card")
    assert [call["session_id"] for call in program.request("GET", "/sessions").body["sessions"]] == before
    wrong = command(desk, data, "--link", "agent-connector://accept/agent_1")
    assert (wrong.status, wrong.answer["code"]) == (1, "invalid_request")


def test_do_not_disturb_for_minutes_refuses_calls_here_and_over_http(desk: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(desk, data, PRACTICE="always") as program:
        assert command(desk, data, "dnd", "45").status == 0
        program.until(lambda: command(desk, data, "status").answer["data"]["do_not_disturb"], "do not disturb")
        refused = program.place("p")
        assert (refused.status, refused.body["code"]) == (503, "do_not_disturb")
        assert 2600 <= int(refused.headers["Retry-After"]) <= 2700
        here = command(desk, data, "call", "agent_1")
        assert (here.status, here.answer["code"]) == (1, "do_not_disturb")
    with running(desk, data, PRACTICE="always") as program:
        assert program.place("p").status == 503, "it outlives a restart"
        assert command(desk, data, "dnd", "off").status == 0
        program.until(lambda: program.place("q").status == 202, "calls again")


def test_quit_ends_calls_and_waits_until_nothing_listens(desk: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    program = Program(desk, data, PRACTICE="always")
    try:
        program.until_listening()
        program.place("talks")
        program.request("POST", "/sessions/talks/accept")
        program.until_status("talks", "active")
        ended = command(desk, data, "quit")
        assert ended.status == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", program.port)) != 0
        assert program.process.wait(10) == 0
        assert command(desk, data, "quit").status == 3
    finally:
        program.stop()


@pytest.mark.parametrize(("window", "title"), [("history", "^History"), ("panel", "^Agent Connector$")])
def test_open_starts_the_program_and_the_window_others_do_not(
    window: str, title: str, desk: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert command(desk, data, "status").status == 3
    assert not data.exists()
    program = Program(desk, data, "open", window, PRACTICE="always", PORT=str(free_port()))
    try:
        program.until(lambda: titles(desk, title), f"the {window}", START_TIMEOUT_S)
        program.until_listening()
    finally:
        assert program.stop() == 0


def test_a_start_at_login_shows_no_window_and_has_the_tray(desk: dict[str, str], tmp_path: Path) -> None:
    with running(desk, tmp_path / "data", "--at-login") as program:
        assert "tray.host_found" in program.output.read_text()
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(program.process.pid)],
            env=desk,
            capture_output=True,
            text=True,
        )
        assert not [window for window in found.stdout.split() if titles_of(desk, window)]


def titles_of(env: Mapping[str, str], window: str) -> str:
    """The title of *window*; the icon in the tray has none of ours."""
    said = subprocess.run(["xdotool", "getwindowname", window], env=dict(env), capture_output=True, text=True)
    return said.stdout.strip() if "Agent" in said.stdout or "start" in said.stdout.lower() else ""
