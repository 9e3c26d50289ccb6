"""Notices an agent that hangs while its connection lives: a proxy on the way answers the socket's own pings for it.

The agent's pings come all through a conversation, so that their absence tells. How often they come is documented
nowhere; it is learned from the first few, and an agent that sends none is not judged.
"""

from __future__ import annotations

from typing import Final

from connector_gui.core.messages import Ping, ServerMessage

AGENT_SILENT_S: Final = 18.0
"""A dead connection is noticed within 20 s."""
PINGS_TO_LEARN: Final = 3
MISSED_PINGS: Final = 4
"""So many must be missing: agents that ping rarely get more time than `AGENT_SILENT_S`."""
STEP_S: Final = 0.5
"""A longer gap between two looks is our own: this computer slept, and the agent may have spoken meanwhile."""


class AgentWatch:
    """How long an agent that pings has said nothing. Times are of one monotonic clock, in s."""

    def __init__(self, patience_s: float = AGENT_SILENT_S) -> None:
        """Be patient for *patience_s*, or longer with an agent that pings rarely."""
        self._patience_s = patience_s
        self._pings = 0
        self._longest_pause_s = 0.0
        self._last_ping_s = 0.0
        self._looked_s = 0.0
        self._silent_s = 0.0

    def heard(self, message: ServerMessage, now_s: float) -> None:
        """The agent has said something."""
        self._silent_s = 0.0
        if not isinstance(message, Ping):
            return
        if self._pings:
            self._longest_pause_s = max(self._longest_pause_s, now_s - self._last_ping_s)
        self._pings += 1
        self._last_ping_s = now_s

    def has_lost(self, now_s: float) -> bool:
        """Whether it must be taken for dead; to be asked again and again."""
        self._silent_s += min(STEP_S, now_s - self._looked_s)
        self._looked_s = now_s
        limit_s = max(self._patience_s, MISSED_PINGS * self._longest_pause_s)
        return self._pings >= PINGS_TO_LEARN and self._silent_s > limit_s
