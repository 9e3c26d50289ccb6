"""What is known of one conversation, while it lasts and afterwards: status, transcript, sound, evidence for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, TypeVar

from connector_gui.core.agent_api import (
    ConversationAnalysis,
    ConversationDetails,
    ConversationFacts,
    ConversationFault,
    ConversationTurn,
)
from connector_gui.core.errors import ProtocolError
from connector_gui.core.messages import ClientMessage, ConversationInitiation, UnknownMessage, WireMessage, decode_audio
from connector_gui.practice.recording import Recording
from connector_gui.practice.script import Action

REGULAR_CODES: Final = (1000, 1001)
"""Closes that are no failure."""

M = TypeVar("M", bound=WireMessage)


def _nobody_cares() -> None:
    pass


Closer: TypeAlias = Literal["client", "agent", "network"]
ENDINGS: Final[dict[Closer, str]] = {
    "client": "Client ended the call.",
    "agent": "Agent ended the call.",
    "network": "The connection was lost.",
}
"""What a conversation's details say of its ending where nothing better is known."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame that the client sent.

    Attributes:
        at_s: Arrival, on the clock of `time.monotonic`.
        message: What it said; None for audio (its sound is in the recording) and for what could not be read.
        audio_bytes: Size of the sound in it; 0 for anything else.
    """

    at_s: float
    message: ClientMessage | UnknownMessage | None
    audio_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the agent sent: when, of which type, under which event id."""

    at_s: float
    type: str
    event_id: int | None = None
    audio_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PongSeen:
    """A pong, and how long after its ping it came; None for a ping that was not outstanding."""

    event_id: int
    delay_s: float | None


@dataclass(frozen=True, slots=True)
class Closing:
    """How the socket closed. 1006: without a close frame."""

    code: int
    reason: str
    by: Closer
    at_s: float


@dataclass(slots=True, eq=False)
class Conversation:
    """One conversation.

    Attributes:
        keeps_evidence: Whether every frame is noted, for tests; off, only sound and transcript are kept.
        received: What the client sent, oldest first.
        sent: What the agent sent of its own accord or by its script, oldest first.
        recording: The sound of both sides; emptied when newer conversations have come.
        bad_frames: How many frames could not be read.
        termination: Why it ended, in words.
        feedback: The client's rating, as JSON text.
    """

    conversation_id: str
    agent_id: str
    processing_s: float = 1.0
    keeps_evidence: bool = False
    agent_name: str = ""
    initiation: ConversationInitiation | None = None
    status: Literal["initiated", "in-progress", "processing", "done", "failed"] = "initiated"
    started_at: float = field(default_factory=time.time)
    started_s: float = field(default_factory=time.monotonic)
    received: list[Received] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    pongs: list[PongSeen] = field(default_factory=list)
    recording: Recording = field(default_factory=Recording)
    transcript: list[ConversationTurn] = field(default_factory=list)
    bad_frames: int = 0
    closing: Closing | None = None
    termination: str = ""
    feedback: str | None = None
    perform: Callable[[Action], None] | None = None
    """Does something in the live conversation, from any thread; None once it is over."""

    on_change: Callable[[], None] = _nobody_cares
    """Called after each change, in the server's loop."""

    @property
    def is_over(self) -> bool:
        """The socket is closed."""
        return self.closing is not None

    def note_received(self, received: Received) -> None:
        """Keep a frame as evidence, if that is wanted."""
        if self.keeps_evidence:
            self.received.append(received)
            self.on_change()

    def note_sent(self, sent: Sent) -> None:
        """Keep what was sent as evidence, if that is wanted."""
        if self.keeps_evidence:
            self.sent.append(sent)
            self.on_change()

    def note_pong(self, pong: PongSeen) -> None:
        """Keep a pong as evidence, if that is wanted."""
        if self.keeps_evidence:
            self.pongs.append(pong)
            self.on_change()

    def messages(self, kind: type[M]) -> list[M]:
        """What the client sent of one kind, oldest first; needs evidence."""
        return [received.message for received in self.received if isinstance(received.message, kind)]

    def note_bad_frame(self, at_s: float) -> None:
        """Count a frame that could not be read."""
        self.bad_frames += 1
        self.note_received(Received(at_s, None))

    def note_audio(self, payload: str, at_s: float) -> int:
        """Record the agent's sound; its size in bytes. What is no base64 is sent on purpose, and has none."""
        try:
            samples = decode_audio(payload)
        except ProtocolError:
            return 0
        self.recording.agent_spoke(samples, at_s)
        return len(samples)

    def begin(self, transcript: list[ConversationTurn], recording: Recording) -> None:
        """The client was let in; both sides will be added to as it goes on."""
        self.transcript = transcript
        self.recording = recording
        self.status = "in-progress"
        self.on_change()

    def close(self, closing: Closing) -> None:
        """The connection has ended; the first word on it counts."""
        if self.closing is not None:
            return
        self.closing = closing
        self.termination = self.termination or ENDINGS[closing.by]
        self.status = "processing"
        self.perform = None
        self.on_change()

    def details(self, now_s: float) -> ConversationDetails:
        """What REST tells of it; in processing for a while after its end."""
        closing = self.closing
        ended_s = now_s if closing is None else closing.at_s
        is_done = closing is not None and now_s >= closing.at_s + self.processing_s
        failed = closing is not None and closing.code not in REGULAR_CODES
        status = ("failed" if failed else "done") if is_done else self.status
        duration_s = int(ended_s - self.started_s)
        fault = ConversationFault(code=closing.code, reason=self.termination) if closing and failed else None
        return ConversationDetails(
            conversation_id=self.conversation_id,
            agent_id=self.agent_id,
            status=status,
            user_id=self.initiation.user_id if self.initiation else None,
            has_audio=is_done and not self.recording.is_empty,
            transcript=tuple(self.transcript),
            metadata=ConversationFacts(
                start_time_unix_secs=int(self.started_at),
                call_duration_secs=duration_s,
                cost=0,
                termination_reason=self.termination or None,
                error=fault,
            ),
            analysis=self._analysis(failed=failed) if is_done else None,
        )

    def _analysis(self, *, failed: bool) -> ConversationAnalysis:
        turns = sum(turn.role == "user" for turn in self.transcript)
        return ConversationAnalysis(
            call_successful="failure" if failed else "success",
            transcript_summary=f"A practice call with {turns} turns of the caller.",
            call_summary_title="Practice call",
        )
