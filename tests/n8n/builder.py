"""Somebody who takes the shipped workflows into n8n and runs them, and the operator at the other end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from connector_gui.core.n8n_workflow import N8nTemplate, workflow_for
from tests.e2e.program import Program
from tests.rig.n8n import Execution, N8n

_FOLDER: Final = Path(__file__).parents[2] / "resources" / "n8n"


class Builder:
    """Runs workflows in *n8n* that call *program*."""

    def __init__(self, n8n: N8n, program: Program) -> None:
        self.n8n = n8n
        self.program = program
        self._known: set[str] = set()

    @property
    def url(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{self.program.port}"

    def workflow(self, template: N8nTemplate, url: str | None = None) -> dict[str, Any]:
        """A shipped workflow as “Copy n8n workflow” gives it, for the desk itself or for *url*."""
        text = (_FOLDER / f"{template}.json").read_text(encoding="utf-8")
        made: dict[str, Any] = json.loads(workflow_for(text, url or self.url))
        return made

    def run(self, workflow: Mapping[str, Any]) -> str:
        """Save and execute it; the execution's id."""
        return self.n8n.execute(self.n8n.save(workflow))

    def result(self, execution_id: str, timeout_s: float = 60.0) -> Execution:
        """What came of it once it is over."""
        return self.n8n.result(execution_id, timeout_s)

    # --- the operator ---------------------------------------------------------------------------

    def next_call(self) -> str:
        """Wait until another call rings; its id."""
        self.program.until(lambda: self._new(), "another call", 30)
        (session_id,) = self._new()
        self._known.add(session_id)
        return session_id

    def calls(self) -> list[dict[str, Any]]:
        """All calls the desk ever had."""
        found: list[dict[str, Any]] = self.program.request("GET", "/sessions?limit=100").body["sessions"]
        return found

    def talk(self, session_id: str) -> None:
        """Accept, and hang up as soon as the agent is there."""
        self.do("accept", session_id)
        self.program.until_status(session_id, "active")
        self.do("end", session_id)

    def do(self, what: str, session_id: str) -> None:
        """Press a button."""
        answer = self.program.request("POST", f"/sessions/{session_id}/{what}")
        assert answer.status == 200, answer.body

    def _new(self) -> set[str]:
        return {call["session_id"] for call in self.calls()} - self._known


def node(workflow: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The node *name* of a workflow, to be changed."""
    found: dict[str, Any] = next(one for one in workflow["nodes"] if one["name"] == name)
    return found


def outcomes(execution: Execution, name: str) -> list[str]:
    """The outcomes of the items that came out of a node."""
    return [item["outcome"] for item in execution.items(name)]
