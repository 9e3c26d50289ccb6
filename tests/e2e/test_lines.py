"""The whole program with a line: a call that a rule leads there runs beside the conversation at the desk."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.agent import Agent
from tests.e2e.program import KEY, Program, running
from tests.rig import plug_mic, plug_speaker

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

CABLE_OUT, CABLE_IN = "cable_out", "cable_in"
LINE = {"name": "Softphone", "input_device": CABLE_OUT, "output_device": CABLE_IN, "auto_answer": True}


def figures(program: Program) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{program.port}/metrics", headers={"X-API-Key": KEY})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return str(reply.read().decode())


def move(env: Mapping[str, str], program: Program, *words: str) -> tuple[int, str]:
    """Exit status and code of ``agent-connector move``."""
    ran = subprocess.run(
        [sys.executable, "-m", "connector_gui", "--data-dir", str(program.data_dir), "--json", "move", *words],
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ran.returncode, json.loads(ran.stdout)["code"]


def test_a_line_takes_its_call_by_itself_beside_the_conversation_at_the_desk(
    desk: dict[str, str], agent: Agent, tmp_path: Path
) -> None:
    plug_mic(CABLE_OUT, env=desk, is_default=False)
    plug_speaker(CABLE_IN, env=desk, is_default=False)
    lines = json.dumps([{**LINE, "rules": [{"metadata": {"queue": "night"}}]}])
    settings = {**agent.settings, "MAX_CONCURRENT_CALLS": "3", "LINES": lines}
    with running(desk, tmp_path / "data", **settings) as program:
        program.place("at-desk")
        program.request("POST", "/sessions/at-desk/accept")
        program.until_status("at-desk", "active")

        placed = program.place("on-line", metadata={"queue": "night"})
        assert placed.body["status"] == "ringing"
        assert program.until_status("on-line", "active")["line"] == "Softphone"
        assert program.session("at-desk")["status"] == "active"
        assert 'agent_connector_line_calls{line="Softphone"} 1.0' in figures(program)
        assert 'agent_connector_live_calls{state="active"} 2.0' in figures(program)

        program.place("too-many", metadata={"queue": "night"})
        busy = program.request("POST", "/sessions/too-many/accept?line=softphone")
        assert (busy.status, busy.body["code"]) == (409, "line_busy")
        unknown = program.request("POST", "/sessions/too-many/accept?line=nowhere")
        assert (unknown.status, unknown.body["code"]) == (422, "invalid_request")

        assert program.request("POST", "/sessions/on-line/end").status == 200
        program.until_status("on-line", "ended", 3)
        assert program.until_status("too-many", "active")["line"] == "Softphone"
        moved = program.request("POST", "/sessions/too-many/move?line=desk")
        assert (moved.status, moved.body["line"]) == (200, None)
        assert program.until_status("at-desk", "held")["hold"]["since"]

        # From the command line, where it is asked which call is meant.
        assert move(desk, program, "--line", "softphone") == (1, "wrong_state")
        assert move(desk, program, "--line", "softphone", "--session-id", "too-many") == (0, "done")
        assert program.session("too-many")["line"] == "Softphone"
        for name in ("too-many", "at-desk"):
            program.request("POST", f"/sessions/{name}/end")
            assert program.until_status(name, "ended", 3)["outcome"] == "completed"
