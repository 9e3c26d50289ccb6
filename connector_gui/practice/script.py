"""How the practice agent behaves in one conversation, as a value: what a test writes, and reads again in the report.

Script(output_format="ulaw_8000", steps=(Step(Close(1011, "crash"), after_s=2, on=On.SPEAKING),))
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Base64Bytes, Field, TypeAdapter

from connector_gui.core.agent_api import Agent
from connector_gui.core.messages import WireMessage

NEVER: Final = math.inf
"""For times in s that do not come."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Send *text* as one text frame, whatever it is."""

    text: str
    kind: Literal["send_text"] = "send_text"

    @classmethod
    def of(cls, message: WireMessage) -> SendText:
        """The frame of a regular *message*."""
        return cls(message.to_json())


@dataclass(frozen=True, slots=True)
class SendBinary:
    """Send *data* as one binary frame, of which the protocol has none."""

    data: Base64Bytes
    kind: Literal["send_binary"] = "send_binary"


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Write *data* to the TCP stream, past the WebSocket: broken frames, reserved bits."""

    data: Base64Bytes
    kind: Literal["send_raw"] = "send_raw"


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Send a tone of *duration_ms* as one audio event, under the id of the agent's last turn unless one is given."""

    duration_ms: float
    event_id: int | None = None
    with_alignment: bool = False
    kind: Literal["send_audio"] = "send_audio"


@dataclass(frozen=True, slots=True)
class SendBadAudio:
    """Send an audio event with *payload* as it stands: base64 that is none, an odd byte count, emptiness."""

    payload: str
    kind: Literal["send_bad_audio"] = "send_bad_audio"


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Send *count* interruptions at once, under the id of the agent's last turn unless one is given."""

    count: int = 1
    event_id: int | None = None
    kind: Literal["interrupt"] = "interrupt"


@dataclass(frozen=True, slots=True)
class Speak:
    """Say one of the shipped sentences as a turn of the agent, with *text* shown in its place if given."""

    sentence: Literal["greeting", "you_said", "message", "farewell"] = "message"
    text: str | None = None
    kind: Literal["speak"] = "speak"


@dataclass(frozen=True, slots=True)
class CallTool:
    """Ask the client to run a tool."""

    tool_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    tool_call_id: str = "call_1"
    kind: Literal["call_tool"] = "call_tool"


@dataclass(frozen=True, slots=True)
class SayGoodbye:
    """Hang up as the agent does: farewell, `end_call`, close 1000."""

    kind: Literal["say_goodbye"] = "say_goodbye"


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket with *code* and *reason*."""

    code: int = 1000
    reason: str = ""
    kind: Literal["close"] = "close"


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the TCP connection without a close frame: 1006 at the other end."""

    kind: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Neither read nor write any more, and keep the connection open: what a half-open TCP connection looks like."""

    kind: Literal["freeze"] = "freeze"


@dataclass(frozen=True, slots=True)
class StopReading:
    """Take nothing from the client for *for_s*, and go on sending: its way up has become too narrow."""

    for_s: float
    kind: Literal["stop_reading"] = "stop_reading"


@dataclass(frozen=True, slots=True)
class FallSilent:
    """Send nothing more of the agent's own accord, pings included, but go on reading and answering WebSocket pings."""

    kind: Literal["fall_silent"] = "fall_silent"


Action: TypeAlias = (
    SendText
    | SendBinary
    | SendRaw
    | SendAudio
    | SendBadAudio
    | Interrupt
    | Speak
    | CallTool
    | SayGoodbye
    | Close
    | Drop
    | Freeze
    | StopReading
    | FallSilent
)


class On(StrEnum):
    """What a step counts its time from; each happens once in a conversation, when it is first so."""

    CONNECTED = "connected"
    """The client's first frame has come and was found in order."""

    STARTED = "started"
    """The metadata has been sent."""

    SPEAKING = "speaking"
    """The first audio has been sent."""

    HEARD = "heard"
    """The user has finished a turn."""

    INTERRUPTED = "interrupted"
    """The user has cut in on the agent."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, *after_s* after *on* has happened."""

    do: Annotated[Action, Field(discriminator="kind")]
    after_s: float = 0.0
    on: On = On.STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One conversation of the practice agent. The defaults are its everyday self.

    Attributes:
        agent: Settings of the agent: events, permissions, variables, greeting, limits. None: it takes everything.
        output_format: Announced format of the agent's audio; None: the agent's. An unknown one is announced as it is.
        input_format: Announced format of the user's audio; None: the agent's.
        names_input_format: Whether the metadata names the input format (clients then assume pcm_16000).
        handshake_delay_s: How long the WebSocket handshake takes.
        handshake_status: HTTP status to refuse the handshake with; None takes it.
        metadata_delay_s: From the client's first frame to the metadata; `NEVER` sends none.
        speed: How much faster than real time audio is sent.
        ping_interval_s: Between pings; `NEVER` sends none.
        turn_end_s: Quiet that ends the user's turn.
        late_audio_ms: How much audio of an interrupted turn is still sent after the interruption.
        practice_s: When the agent takes its leave of its own accord.
        initiation_timeout_s: How long it waits for the client's first frame.
        input_timeout_s: How long it bears no input at all.
        end_call_delay_s: From `end_call` to the close, less than the farewell takes to hear.
        answers_close: Whether it answers the client's close frame.
        processing_s: How long the conversation's details are in processing after its end.
        steps: What happens besides.
    """

    agent: Agent | None = None
    output_format: str | None = None
    input_format: str | None = None
    names_input_format: bool = True
    handshake_delay_s: float = 0.0
    handshake_status: int | None = None
    metadata_delay_s: float = 0.0
    speed: float = 10.0
    ping_interval_s: float = 2.0
    turn_end_s: float = 0.6
    late_audio_ms: float = 0.0
    practice_s: float = 180.0
    initiation_timeout_s: float = 10.0
    input_timeout_s: float = 60.0
    end_call_delay_s: float = 0.5
    answers_close: bool = True
    processing_s: float = 1.0
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a REST route answers instead of its own.

    Attributes:
        status: HTTP status; None: the route's own answer, after the delay.
        body: Sent as it is.
        content_type: Of the body.
        headers: Further headers, e.g. ``Retry-After`` or ``Location``.
        delay_s: Before anything is sent; `NEVER` hangs until the client gives up.
    """

    status: int | None = None
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


SCRIPT: Final = TypeAdapter(Script)
ACTION: Final[TypeAdapter[Action]] = TypeAdapter(Annotated[Action, Field(discriminator="kind")])
ANSWER: Final = TypeAdapter(Answer)
"""Read the above from JSON; bytes are base64, `NEVER` is ``"Infinity"``."""
