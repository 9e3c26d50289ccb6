"""What the strip, the menus and the tray say of several calls at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector_gui.core.call import CallState
from connector_gui.core.strip import StripCall, strip_of
from connector_gui.core.view import CallView, DeskView
from connector_gui.ui import words
from connector_gui.ui.plain_text import plain
from connector_gui.ui.translation import tr

LINE_NAME_LIMIT: Final = 40
WORTH_TELLING_S: Final = 0.5
"""Less speech than this waits whenever a call is put on hold in the middle of a word."""


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line that a call can be put on.

    Attributes:
        is_free: No other call has it.
    """

    name: str
    is_free: bool = True


def line_choices(names: Sequence[str], view: DeskView) -> tuple[LineChoice, ...]:
    """The lines of those *names*, as they are in *view*."""
    busy = {call.line for call in view.calls if call.line is not None}
    return tuple(LineChoice(name, name not in busy) for name in names)


def conversations(view: DeskView) -> tuple[StripCall, ...]:
    """The calls that somebody or something talks in, or that are on hold, in the order they were taken."""
    return tuple(call for call in strip_of(view) if call.number)


def is_several(view: DeskView) -> bool:
    """Whether there is more to look after than one conversation at the desk."""
    every = conversations(view)
    return len(every) > 1 or any(call.line is not None for call in every)


def who(call: CallView) -> str:
    """Caller and agent, in a few words: where there is no room for both, several calls often have one agent."""
    return " · ".join(filter(None, (words.caller(call.record, 1), words.agent(call.record))))


def line_name(name: str) -> str:
    """A line's name among other words."""
    return plain(name, LINE_NAME_LIMIT)


def state(call: CallView) -> str:
    """State, line, and how much speech waits: ``On hold · 4 s to hear``, ``In call · Softphone``."""
    word = words.status_of(call).word
    parts = [word, line_name(call.line) if call.line is not None else "", unheard(call)]
    return " · ".join(filter(None, parts))


def unheard(call: CallView) -> str:
    """How much of the agent's speech waits to be heard; empty while none does."""
    is_held, waits = call.held_since_s is not None, call.waiting_s >= WORTH_TELLING_S
    return tr("{s} s to hear").format(s=max(1, round(call.waiting_s))) if is_held and waits else ""


def widest_states() -> list[str]:
    """The longest lines of our own words that `state` comes to, for which there must be room."""
    held = " · ".join((tr("On hold"), tr("{s} s to hear").format(s=88)))
    return [held, tr("Asks you"), tr("Connecting…"), tr("With a person"), tr("Ending…"), tr("Muted")]


def details(call: CallView, now_s: float) -> list[str]:
    """All that there is to say of a call in the strip, as lines."""
    lines = [who(call), state(call)]
    if call.held_since_s is not None:
        lines.append(tr("On hold for {time}").format(time=words.clock(now_s - call.held_since_s)))
    if call.hold_ends_s is not None:
        left = words.clock(max(0.0, call.hold_ends_s - now_s))
        lines.append(tr("The limit for that is reached in {time}").format(time=left))
    return lines


def at_the_tray(view: DeskView) -> str:
    """How many calls there are, where the icon's other words do not tell; else empty."""
    if not is_several(view):
        return ""
    count = len(conversations(view))
    is_anybody_at_desk = any(call.line is None for call in view.calls if call.record.status is not CallState.RINGING)
    return tr("%n call(s)", None, count) if is_anybody_at_desk else tr("%n call(s) on lines", None, count)
