"""What can happen to a call; `core.call` has what each event means in which state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector_gui.core.call_commands import Timer
from connector_gui.core.lines import LineDevices


class Party(StrEnum):
    """Who did it."""

    OPERATOR = "operator"
    AGENT = "agent"
    CALLER = "caller"
    """Whoever placed the call: the dialer, over HTTP."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: a stable code and a sentence the operator can act on."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """How the agent's socket closed: the code and reason of RFC 6455 section 7.4 (1006: without a word)."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operator (or a rule of theirs, or the API) takes the call.

    Attributes:
        by_rule: Nobody clicked.
        line: The line that it runs on; ``None``: the desk's own devices.
    """

    by_rule: bool = False
    line: LineDevices | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The operator refuses the call."""


@dataclass(frozen=True, slots=True)
class AgentReady:
    """The agent announced the conversation; sound may flow."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The service says that the user cut in on the agent's event *event_id*."""

    event_id: int


@dataclass(frozen=True, slots=True)
class MuteChanged:
    """The operator's microphone is muted (zeros are sent) or not."""

    is_muted: bool


@dataclass(frozen=True, slots=True)
class PutOnHold:
    """Another call gets the devices, or the operator wants a pause."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The call gets the devices back."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The call goes on with other devices: a line's, or the desk's own for ``None``."""

    line: LineDevices | None


@dataclass(frozen=True, slots=True)
class HangUp:
    """Somebody on our side ends the call."""

    by: Party


@dataclass(frozen=True, slots=True)
class AgentHangingUp:
    """The agent is ending the conversation; its last words may still be coming."""


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """The socket is closed (or could not be opened): *failure* is ``None`` for a proper goodbye."""

    close: CloseFrame | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class LineFailed:
    """The call's microphone or speaker could not be opened at all."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class PlayedOut:
    """The speaker has played the last of the agent's words."""


@dataclass(frozen=True, slots=True)
class TimerExpired:
    """A deadline asked for with `StartTimer` has passed."""

    timer: Timer


Event = (
    Accepted
    | Declined
    | AgentReady
    | Interrupted
    | MuteChanged
    | PutOnHold
    | Resumed
    | Moved
    | HangUp
    | AgentHangingUp
    | LinkClosed
    | LineFailed
    | PlayedOut
    | TimerExpired
)
