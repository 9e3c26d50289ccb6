"""The strip of calls: one small picture per call that is not over, in an order that stays while the operator looks.

Conversations stand in the order they were taken, whoever is in focus; calls that ring follow, the next one to answer
first. Levels come by another way, far more often: `Levels` per session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector_gui.core.call import CallState
from connector_gui.core.view import CallView, DeskView


@dataclass(frozen=True, slots=True)
class StripCall:
    """One call of the strip. Moments are on the monotonic clock of the main thread.

    Attributes:
        name: Of the agent, or its id where the name is not known.
        since_s: When the conversation began; ``None`` while it rings or connects.
        rings_until_s: When its ring ends; ``None`` once it does not ring.
        line: The line that it runs on; ``None``: the desk's own devices, unless it is held.
        has_focus: The operator talks in it at the desk.
        held_since_s: When it was put on hold; ``None`` while it is not.
        hold_ends_s: When it has been so for as long as it may; ``None`` where there is no such limit.
        waiting_s: How much of the agent's speech waits to be heard, in s.
        number: Its place among the conversations, from 1 on, for a key that brings it to the front; 0: it rings.
    """

    session_id: str
    state: CallState
    name: str
    since_s: float | None = None
    rings_until_s: float | None = None
    line: str | None = None
    has_focus: bool = False
    held_since_s: float | None = None
    hold_ends_s: float | None = None
    waiting_s: float = 0.0
    number: int = 0

    @property
    def is_held(self) -> bool:
        """On hold, also while it still connects."""
        return self.held_since_s is not None


def strip_of(view: DeskView) -> tuple[StripCall, ...]:
    """The strip that belongs to *view*; empty while there is no call."""
    conversations = sorted((call for call in view.calls if call.rings_until_s is None), key=_taken)
    numbered = [_of(call, number) for number, call in enumerate(conversations, 1)]
    return (*numbered, *(_of(call, 0) for call in view.ringing))


def _taken(call: CallView) -> tuple[datetime, str]:
    return call.record.accepted_at or call.record.created_at, call.record.session_id


def _of(call: CallView, number: int) -> StripCall:
    record = call.record
    return StripCall(
        record.session_id,
        record.status,
        record.agent_name or record.agent_id,
        since_s=call.started_s,
        rings_until_s=call.rings_until_s,
        line=call.line,
        has_focus=call.has_focus,
        held_since_s=call.held_since_s,
        hold_ends_s=call.hold_ends_s,
        waiting_s=call.waiting_s,
        number=number,
    )
