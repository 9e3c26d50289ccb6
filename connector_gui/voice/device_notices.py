"""What the operator is told about devices during a call; codes are stable, words are for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector_gui.core.call_reports import NoticeGiven
from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import Sentence, sentence
from connector_gui.voice.sound import DeviceBusyError, Direction

_NOUN: Final = {Direction.INPUT: "microphone", Direction.OUTPUT: "speaker"}
# Whole sentences for each: other languages bend what stands beside the noun.
_REPLACED: Final = {
    Direction.INPUT: sentence("Your microphone “{lost}” is gone. The call goes on with “{now_used}” until it is back."),
    Direction.OUTPUT: sentence("Your speaker “{lost}” is gone. The call goes on with “{now_used}” until it is back."),
}
_CHANGED: Final = {
    Direction.INPUT: sentence("The call uses the microphone “{name}” now: it is the system's new default."),
    Direction.OUTPUT: sentence("The call uses the speaker “{name}” now: it is the system's new default."),
}
_LOST: Final = {
    Direction.INPUT: sentence("The call has no microphone. {error} Until then the agent hears silence."),
    Direction.OUTPUT: sentence("The call has no speaker. {error} Until then you do not hear the agent."),
}
_BACK: Final = {
    Direction.INPUT: sentence("The call uses your microphone “{name}” again."),
    Direction.OUTPUT: sentence("The call uses your speaker “{name}” again."),
}


def replaced(direction: Direction, lost: str, now_used: str, refusal: AudioError | None) -> NoticeGiven:
    """Another device stands in for the one called *lost*."""
    noun = _NOUN[direction]
    if isinstance(refusal, DeviceBusyError):
        told = sentence(
            "Another program is using “{lost}”. The call goes on with “{now_used}” until it is free again.",
            lost=lost,
            now_used=now_used,
        )
        return NoticeGiven(f"{noun}_busy", told)
    return NoticeGiven(f"{noun}_replaced", _about(direction, _REPLACED, lost=lost, now_used=now_used))


def changed(direction: Direction, name: str) -> NoticeGiven:
    """The system has another default device, and the call follows it."""
    return NoticeGiven(f"{_NOUN[direction]}_changed", _about(direction, _CHANGED, name=name))


def lost(direction: Direction, error: AudioError) -> NoticeGiven:
    """No device works in *direction*."""
    return NoticeGiven(f"{_NOUN[direction]}_lost", _about(direction, _LOST, error=str(error)))


def back(direction: Direction, name: str, unheard_s: float = 0.0) -> NoticeGiven:
    """The device the operator wanted, or any at all, works again."""
    words = _about(direction, _BACK, name=name)
    if unheard_s >= 1:
        words = sentence(
            "{words} {seconds} s of what the agent said could not be played.", words=words, seconds=f"{unheard_s:.0f}"
        )
    return NoticeGiven(f"{_NOUN[direction]}_back", words)


def call_quality(direction: Direction, name: str, rate_hz: int) -> NoticeGiven:
    """A headset has turned to the profile that telephones use."""
    told = sentence(
        "“{name}” has fallen to call quality ({rate_khz} kHz). Use its ears with another microphone, or a cable, "
        "for a better sound.",
        name=name,
        rate_khz=f"{rate_hz / 1000:g}",
    )
    return NoticeGiven(f"{_NOUN[direction]}_call_quality", told)


def stutters(direction: Direction, name: str) -> NoticeGiven:
    """The device reports block after block as late."""
    told = sentence(
        "The sound of “{name}” stutters: this computer does not keep up. Close programs that keep it busy.", name=name
    )
    return NoticeGiven(f"{_NOUN[direction]}_stutters", told)


def _about(direction: Direction, sentences: Mapping[Direction, Sentence], **values: object) -> Sentence:
    return Sentence(sentences[direction].template, values)
