"""What an agent is told while its call is on hold, and how long that may last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core.call import Call
from connector_gui.core.call_commands import Command, GiveNotice, StartTimer, StopTimer, TellAgent, Timer
from connector_gui.core.moment import Moment
from connector_gui.core.sentence import sentence

HOLD_LIMIT_HINT: Final = "The person you are talking to is still away and has been on hold for a long time."


class HoldLimitAction(StrEnum):
    """What happens to a call that has been on hold for too long."""

    TELL = "tell"
    """The agent is told, and may hang up."""
    END = "end"
    """The call is ended in the operator's name."""


@dataclass(frozen=True, slots=True)
class HoldRules:
    """The settings for holding; see `Settings` for what each means. An empty text is not sent.

    Attributes:
        limit_s: How long a call may be on hold; 0: for ever.
    """

    hint: str = ""
    resume_hint: str = ""
    limit_s: float = 0.0
    limit_action: HoldLimitAction = HoldLimitAction.TELL
    limit_hint: str = HOLD_LIMIT_HINT


def hold_began(rules: HoldRules) -> list[Command]:
    """What follows when a conversation is on hold."""
    limit: list[Command] = [StartTimer(Timer.HOLD, rules.limit_s)] if rules.limit_s > 0 else []
    return [*_tell(rules.hint), *limit]


def hold_ended(rules: HoldRules) -> list[Command]:
    """What follows when it goes on."""
    return [StopTimer(Timer.HOLD), *_tell(rules.resume_hint)]


def limit_reached(rules: HoldRules) -> list[Command]:
    """What is told, and to whom, of a hold that has lasted too long; ending the call is up to the desk."""
    lasted = in_words(rules.limit_s)
    if rules.limit_action is HoldLimitAction.END:
        told = sentence(
            "The call was on hold for {lasted}, which is as long as the settings allow, and was ended.", lasted=lasted
        )
        return [GiveNotice("hold_limit_ended", told)]
    hint = _tell(rules.limit_hint)
    if hint:
        told = sentence("The call has been on hold for {lasted}. The agent was told.", lasted=lasted)
    else:
        told = sentence("The call has been on hold for {lasted}.", lasted=lasted)
    return [*hint, GiveNotice("hold_limit", told)]


def limit_changed(rules: HoldRules, call: Call, now: Moment) -> list[Command]:
    """A held call by new *rules*: it has been on hold for a while already."""
    if call.held_since is None or rules.limit_s <= 0:
        return [StopTimer(Timer.HOLD)]
    return [StartTimer(Timer.HOLD, max(0.0, rules.limit_s - now.since_s(call.held_since)))]


def in_words(seconds: float) -> str:
    """A while for a sentence: ``45 s``, ``5 minutes``."""
    if seconds < 120:
        return sentence("{number} s", number=f"{seconds:g}")
    return sentence("{number} minutes", number=f"{seconds / 60:.3g}")


def _tell(text: str) -> list[Command]:
    return [TellAgent(text)] if text.strip() else []
