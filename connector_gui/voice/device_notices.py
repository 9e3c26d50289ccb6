"""What the operator is told about devices during a call; codes are stable, words are for people."""

from __future__ import annotations

from typing import Final

from connector_gui.core.conversation import NoticeGiven
from connector_gui.core.errors import AudioError
from connector_gui.voice.sound import DeviceBusyError, Direction

_NOUN: Final = {Direction.INPUT: "microphone", Direction.OUTPUT: "speaker"}
_MEANWHILE: Final = {
    Direction.INPUT: "Until then the agent hears silence.",
    Direction.OUTPUT: "Until then you do not hear the agent.",
}


def replaced(direction: Direction, lost: str, now_used: str, refusal: AudioError | None) -> NoticeGiven:
    """Another device stands in for the one called *lost*."""
    noun = _NOUN[direction]
    if isinstance(refusal, DeviceBusyError):
        return NoticeGiven(
            f"{noun}_busy",
            f"Another program is using “{lost}”. The call goes on with “{now_used}” until it is free again.",
        )
    return NoticeGiven(
        f"{noun}_replaced", f"Your {noun} “{lost}” is gone. The call goes on with “{now_used}” until it is back."
    )


def changed(direction: Direction, name: str) -> NoticeGiven:
    """The system has another default device, and the call follows it."""
    noun = _NOUN[direction]
    return NoticeGiven(f"{noun}_changed", f"The call uses the {noun} “{name}” now: it is the system's new default.")


def lost(direction: Direction, error: AudioError) -> NoticeGiven:
    """No device works in *direction*."""
    words = f"The call has no {_NOUN[direction]}. {error}"
    return NoticeGiven(f"{_NOUN[direction]}_lost", f"{words} {_MEANWHILE[direction]}")


def back(direction: Direction, name: str, unheard_s: float = 0.0) -> NoticeGiven:
    """The device the operator wanted, or any at all, works again."""
    words = f"The call uses your {_NOUN[direction]} “{name}” again."
    if unheard_s >= 1:
        words = f"{words} {unheard_s:.0f} s of what the agent said could not be played."
    return NoticeGiven(f"{_NOUN[direction]}_back", words)


def call_quality(direction: Direction, name: str, rate_hz: int) -> NoticeGiven:
    """A headset has turned to the profile that telephones use."""
    cure = "Use its ears with another microphone, or a cable, for a better sound."
    return NoticeGiven(
        f"{_NOUN[direction]}_call_quality", f"“{name}” has fallen to call quality ({rate_hz / 1000:g} kHz). {cure}"
    )


def stutters(direction: Direction, name: str) -> NoticeGiven:
    """The device reports block after block as late."""
    return NoticeGiven(
        f"{_NOUN[direction]}_stutters",
        f"The sound of “{name}” stutters: this computer does not keep up. Close programs that keep it busy.",
    )
