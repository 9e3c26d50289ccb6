"""Tools that wait for the operator's word: what is asked, how long it waits, and that it is answered once.

    asked ──answered──→ over
      ├────patience────→ over, refused
      └──went on by itself (or asked again) ──→ nothing is sent

Source: `mcp_tool_call` and `mcp_tool_approval_result`, one answer per id; only an explicit yes approves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector_gui.core.messages import McpToolCall

PATIENCE_S: Final = 30.0
"""How long the operator is asked where the service does not say."""
LONGEST_S: Final = 600.0
EARLY_S: Final = 1.0
"""The refusal of what nobody answered must arrive before the service gives up by itself."""
MOST: Final = 8
"""Questions that stand at once; nobody reads more, what comes beyond is refused."""
ARGUMENTS_LIMIT: Final = 4_000
WORDS_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Approval:
    """A tool that the agent may use only if the operator says so.

    Attributes:
        description: What the tool is for, as its server says; may be empty.
        arguments: What it is to be given, as indented JSON of bounded length.
        patience_s: How long the question stands; then it counts as refused.
    """

    tool_call_id: str
    tool_name: str
    description: str = ""
    arguments: str = field(default="", repr=False)
    patience_s: float = PATIENCE_S


class Approvals:
    """Which questions stand, and which have been answered."""

    def __init__(self) -> None:
        self._standing: dict[str, tuple[Approval, int]] = {}
        self._answered: set[str] = set()

    def ask(self, call: McpToolCall, at_ms: int) -> Approval | None:
        """The question that *call* is; ``None`` when it stands or was answered already."""
        if call.tool_call_id in self._answered or call.tool_call_id in self._standing:
            return None
        approval = Approval(
            call.tool_call_id,
            call.tool_name,
            (call.tool_description or "")[:WORDS_LIMIT],
            readable(call.parameters),
            patience_s(call.approval_timeout_secs),
        )
        self._standing[call.tool_call_id] = (approval, at_ms + round(approval.patience_s * 1000))
        return approval

    @property
    def is_crowded(self) -> bool:
        """More questions stand than anybody reads."""
        return len(self._standing) > MOST

    def take(self, tool_call_id: str) -> Approval | None:
        """Answer a question, now and for good; ``None`` when none of that id stands."""
        standing = self._standing.pop(tool_call_id, None)
        if standing is None:
            return None
        self._answered.add(tool_call_id)
        return standing[0]

    def overdue(self, at_ms: int) -> list[Approval]:
        """Questions that nobody has answered in time, at *at_ms* of the conversation."""
        return [approval for approval, until_ms in self._standing.values() if at_ms >= until_ms]


def patience_s(named_s: float | None) -> float:
    """How long to ask, where the service waits for *named_s* (``None``: it does not say)."""
    if named_s is None:
        return PATIENCE_S
    return min(LONGEST_S, max(named_s - EARLY_S, named_s / 2, 0.0))


def readable(parameters: Mapping[str, Any], limit: int = ARGUMENTS_LIMIT) -> str:
    """*parameters* as indented JSON, at most *limit* characters of it; empty where there are none."""
    if not parameters:
        return ""
    parts: list[str] = []
    length = 0
    # Piece by piece: arguments of megabytes are not written out to show a page of them.
    for part in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(parameters):
        parts.append(part[: limit + 1])
        length += len(part)
        if length > limit:
            break
    text = "".join(parts)
    return text if length <= limit else text[: limit - 1] + "…"
