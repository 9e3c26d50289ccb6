"""The panel during a call, by real keys: a tool is approved, text is sent, a note is noted; the agent gets it all."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector_gui.core.messages import ContextualUpdate, McpToolApprovalResult, UserActivity, UserMessage
from connector_gui.practice.scenarios import SCENARIOS
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import press_keys

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

CALL = "crm-42"
PANEL = "^(In call|Connecting)"


def type_text(text: str, env: Mapping[str, str]) -> None:
    subprocess.run(["xdotool", "type", "--delay", "20", text], env=env, check=True)


def go_to_panel(program: Program, env: Mapping[str, str]) -> None:
    """The panel came up by itself, for the question; the operator goes to it."""
    find = ["xdotool", "search", "--onlyvisible", "--name", PANEL]
    program.until(lambda: subprocess.run(find, env=env, capture_output=True, check=False).stdout, "the panel")
    subprocess.run([*find, "windowactivate", "--sync"], env=env, check=True)


def test_the_operator_helps_the_agent_by_keys(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    agent.control.script_all(SCENARIOS["mcp_approval"])
    with running(desk, tmp_path / "data", **agent.settings) as program:
        assert program.place(CALL).status == 202
        assert program.request("POST", f"/sessions/{CALL}/accept").status == 200
        program.until(
            lambda: [tool["state"] for tool in program.session(CALL)["tool_calls"]] == ["asked"], "a question"
        )
        go_to_panel(program, desk)
        time.sleep(0.7)  # a question is not answered by what was meant for something else
        press_keys("alt+a", env=desk)
        program.until(lambda: program.session(CALL)["tool_calls"][0]["state"] == "requested", "the approval")
        press_keys("t", env=desk)
        type_text("Mark him as VIP", desk)
        press_keys("alt+Return", env=desk)
        type_text("hmm", desk)
        press_keys("Return", env=desk)

        def written() -> list[tuple[str, str]]:
            entries = program.session(CALL)["transcript"]
            return [(entry["kind"], entry["text"]) for entry in entries if entry["kind"] != "speech"]

        wanted = [("contextual_update", "Mark him as VIP"), ("user_message", "hmm")]
        program.until(lambda: written() == wanted, "what was written")
        # None of those letters muted or held the call.
        session = program.session(CALL)
        assert (session["status"], session["muted"], session["held"]) == ("active", False, False)
        press_keys("Escape", "m", env=desk)
        program.until(lambda: program.session(CALL)["muted"], "the key that mutes")
        assert program.request("POST", f"/sessions/{CALL}/end").status == 200
        program.until_status(CALL, "ended")
    (conversation,) = agent.control.conversations
    assert [answer.is_approved for answer in conversation.messages(McpToolApprovalResult)] == [True]
    assert [note.text for note in conversation.messages(ContextualUpdate)] == ["Mark him as VIP"]
    assert [said.text for said in conversation.messages(UserMessage)] == ["hmm"]
    assert conversation.messages(UserActivity)
