"""What a call wants to be done; the switchboard carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector_gui.core.lines import LineDevices


class Cue(StrEnum):
    """Short tones in the operator's ear."""

    ACCEPTED = "accepted"
    ANSWERED = "answered"
    """The call was answered by itself: the operator is warned before the microphone opens."""
    ENDED = "ended"


class Timer(StrEnum):
    """Deadlines a call can ask for."""

    RING = "ring"
    AUTO_ANSWER = "auto_answer"
    METADATA = "metadata"
    HOLD = "hold"
    HANG_UP = "hang_up"
    PLAY_OUT = "play_out"


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Post `TimerExpired` after *after_s*; replaces a running timer of that name."""

    timer: Timer
    after_s: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget a timer; one that is not running is no error."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Connect:
    """Open speaker, microphone and link, and send the initiation.

    Attributes:
        cue: The first that the speaker plays; after `Cue.ANSWERED` alone the microphone waits for its end. On a
            line there is none: whoever is at its other end did not ask for tones.
        line: Where; ``None``: the desk's own devices.
    """

    cue: Cue | None = Cue.ACCEPTED
    line: LineDevices | None = None


@dataclass(frozen=True, slots=True)
class PlayCue:
    """Let the operator hear *cue* in the call's speaker."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class SetMuted:
    """Send zeros instead of the microphone, or stop doing so."""

    is_muted: bool


@dataclass(frozen=True, slots=True)
class SetHeld:
    """Take the devices from the call or give them back; its link stays."""

    is_held: bool


@dataclass(frozen=True, slots=True)
class MoveLine:
    """Let the call go on with other devices: a line's, or the desk's own for ``None``."""

    line: LineDevices | None


@dataclass(frozen=True, slots=True)
class TellAgent:
    """Send *text* to the agent as a contextual update."""

    text: str


@dataclass(frozen=True, slots=True)
class GiveNotice:
    """Keep with the call, and show, what happened to it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class HangUpLink:
    """Close the microphone and silence the speaker now, say goodbye on the socket (1000)."""


@dataclass(frozen=True, slots=True)
class PlayOut:
    """Close the microphone, play what is queued, then post `PlayedOut`."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let go of link, microphone and speaker, whatever state they are in."""


Command = (
    StartTimer
    | StopTimer
    | Connect
    | PlayCue
    | SetMuted
    | SetHeld
    | MoveLine
    | TellAgent
    | GiveNotice
    | HangUpLink
    | PlayOut
    | Release
)
