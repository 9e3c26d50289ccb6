"""What the voice thread tells the desk of a call: what was said and done in it, and what became of its sound.

Some of it is an event of the call itself (`core.call_events`), some goes into the record, the rest is only shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from connector_gui.core.approvals import Approval
from connector_gui.core.call_events import AgentHangingUp, AgentReady, Interrupted, LineFailed, LinkClosed, PlayedOut
from connector_gui.core.record import Score, ToolState
from connector_gui.core.view import Speaker


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The whole text of an agent's turn, or as much as has been streamed of it; replaces an earlier one of that id."""

    text: str = field(repr=False)
    at_ms: int
    event_id: int | None


@dataclass(frozen=True, slots=True)
class AgentCorrected:
    """What was really spoken of the agent's turn before it was cut."""

    original_text: str = field(repr=False)
    text: str = field(repr=False)
    at_ms: int
    event_id: int | None


@dataclass(frozen=True, slots=True)
class AgentCutOff:
    """The operator talked over the agent.

    Attributes:
        event_id: The last event that is cut.
        heard_ms: How much of that event had left the speaker, in ms.
    """

    event_id: int
    at_ms: int
    heard_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class OperatorSaid:
    """What the service understood of the operator; a tentative text is replaced by the next one."""

    text: str = field(repr=False)
    at_ms: int
    event_id: int | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class OperatorTyped:
    """Text that was sent to the agent: in the operator's place, or as a note that it takes into account silently."""

    text: str = field(repr=False)
    kind: Literal["user_message", "contextual_update"]
    at_ms: int


@dataclass(frozen=True, slots=True)
class ToolUsed:
    """The agent used a tool, or asked us to use one."""

    tool_call_id: str
    tool_name: str
    state: ToolState
    at_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """The operator is asked whether the agent may use a tool."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class ApprovalSettled:
    """That question is over: answered, refused because nobody did, or of no interest any more."""

    tool_call_id: str


@dataclass(frozen=True, slots=True)
class TurnRated:
    """The operator's liking of a turn has been sent; ``None``: it was taken back."""

    event_id: int
    score: Score


@dataclass(frozen=True, slots=True)
class HumanSpeaks:
    """A person has taken over from the agent, or has left again."""

    is_human: bool


@dataclass(frozen=True, slots=True)
class HumanTypes:
    """That person is typing for the next *for_s* seconds, or until told otherwise; 0: no longer."""

    for_s: float


@dataclass(frozen=True, slots=True)
class DevicesUsed:
    """The devices that the call has now, by name; empty for one that is not open."""

    microphone: str
    speaker: str


@dataclass(frozen=True, slots=True)
class RoundTripMeasured:
    """The service's estimate of the time to us and back, in ms."""

    round_trip_ms: int


@dataclass(frozen=True, slots=True)
class LineWaited:
    """The service keeps the call in its queue (``True``), or has let it through."""

    is_waiting: bool


@dataclass(frozen=True, slots=True)
class HeldSpeech:
    """How much of the agent's speech waits for a held call to be resumed, in s; told once a second at most."""

    waiting_s: float


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """Somebody began or stopped to be heard."""

    speaker: Speaker


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """The call's recording is being written to *file*, from *at_ms* of the conversation on; silence stands before that.

    What a former file of the call had is in this one.
    """

    at_ms: int
    file: str


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The call's recording is complete, or could not be begun.

    Attributes:
        duration_s: Length of the file, counted from the beginning of the conversation; 0: there is nothing to hear.
        file: Where it is; ``None`` when nothing was begun: a former recording of the call is still the one there is.
        problem: Why it ended before it was asked to, in words; the operator has been given notice of it.
    """

    duration_s: float
    file: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """Something the operator should know, in words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SoundLimited:
    """What the call's sound cannot do from now on, in words; replaces what was told before, nothing: all is well."""

    sentences: tuple[str, ...]


CallEvent = AgentReady | Interrupted | AgentHangingUp | LinkClosed | LineFailed | PlayedOut
"""Reports that move the call's state machine."""


TranscriptReport = AgentSaid | AgentCorrected | AgentCutOff | OperatorSaid | OperatorTyped | TurnRated


RecordingReport = RecordingStarted | RecordingEnded


PassingReport = (
    ApprovalAsked
    | ApprovalSettled
    | HumanTypes
    | HumanSpeaks
    | DevicesUsed
    | RoundTripMeasured
    | LineWaited
    | HeldSpeech
    | SpeakerChanged
    | SoundLimited
)
"""What is shown as long as the call lives, but not kept."""


Report = CallEvent | TranscriptReport | ToolUsed | RecordingReport | NoticeGiven | PassingReport
