"""What the windows say about calls: short, about the person's world, codes never first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QDateTime, QLocale, QTimeZone

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Party
from connector_gui.core.record import CallRecord, ToolCall
from connector_gui.core.view import CallView, DeskView, Speaker, WrapUp
from connector_gui.ui import presence_words
from connector_gui.ui.icon import Shape
from connector_gui.ui.plain_text import isolated, one_line, plain
from connector_gui.ui.translation import shown, tr

NAME_LIMIT: Final = 60
VALUE_LIMIT: Final = 48
DETAILS_LIMIT: Final = 24
NAMELESS: Final = frozenset({"", "operator", "default"})
"""Placed at the desk, or with a webhook key that nobody gave a name."""
HIDDEN: Final = "***"
"""What the record has in place of a secret."""

# Which metadata tells an operator most, in this order; matched against the words of a name.
_TELLING: Final = (
    frozenset({"name", "caller", "customer", "contact", "patient", "client", "company"}),
    frozenset({"subject", "topic", "reason", "title", "purpose", "issue"}),
    frozenset({"invoice", "order", "ticket", "case", "booking", "appointment", "reference", "contract"}),
    frozenset({"amount", "balance", "total", "due", "price"}),
    frozenset({"phone", "number", "email", "city", "date", "time"}),
)


# --- who calls -------------------------------------------------------------------------------


def agent(record: CallRecord) -> str:
    """The agent's name, or its id where the name is not known."""
    name = record.agent_name or record.agent_id
    # Only the practice agent is named by us.
    return plain(shown(name) if record.practice else name, NAME_LIMIT)


def caller(record: CallRecord, count: int = 3) -> str:
    """The *count* most telling metadata, e.g. ``Mara Lindqvist · invoice 4711 · balance 12.5``."""
    ranked = sorted(_facts(record.metadata).items(), key=lambda fact: _rank(fact[0]))
    return " · ".join(_phrase(name, value) for name, value in ranked[:count])


def facts(record: CallRecord) -> list[tuple[str, str]]:
    """All metadata as names and values for people, `DETAILS_LIMIT` at most; empty when there is none."""
    every = list(_facts(record.metadata).items())[:DETAILS_LIMIT]
    return [(isolated(_label(name)), plain(value, VALUE_LIMIT * 3)) for name, value in every]


def details(record: CallRecord) -> list[str]:
    """The same as lines for a tooltip."""
    return [f"{name}: {value}" for name, value in facts(record)]


def sender(record: CallRecord) -> str:
    """Who placed the call, e.g. ``from n8n``; empty for one that the operator placed."""
    is_named = record.placed_by not in NAMELESS
    return tr("from {name}").format(name=plain(record.placed_by, 40)) if is_named else ""


def _facts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Names and values that can be shown; the members of ``dynamic_variables`` count as metadata's own."""
    inner = metadata.get("dynamic_variables")
    members = {name: value for name, value in metadata.items() if name != "dynamic_variables"}
    if isinstance(inner, Mapping):
        members.update(inner)
    return {name: _shown(value) for name, value in members.items() if value not in (None, "", HIDDEN)}


def _shown(value: object) -> str:
    match value:
        case bool():
            return tr("yes") if value else tr("no")
        case str():
            return value
        case float():
            return f"{value:.12g}"
        case _:
            # default=str: whatever a later record may hold, showing it must not fail.
            return json.dumps(value, ensure_ascii=False, default=str)[: VALUE_LIMIT * 8]


def _words_of(name: str) -> list[str]:
    return one_line(name, VALUE_LIMIT).replace("_", " ").replace("-", " ").lower().split()


def _rank(name: str) -> int:
    words = set(_words_of(name))
    return next((rank for rank, telling in enumerate(_TELLING) if words & telling), len(_TELLING))


def _label(name: str) -> str:
    return " ".join(_words_of(name))


def _phrase(name: str, value: str) -> str:
    text = plain(value, VALUE_LIMIT)
    # A name or a subject speaks for itself; "12.5" does not.
    return text if _rank(name) <= 1 else f"{isolated(_label(name))} {text}"


# --- how it stands ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status:
    """A state as shape and word; colour follows from the shape."""

    shape: Shape
    word: str


def status_of(call: CallView) -> Status:
    """The state of a live call."""
    record = call.record
    match record.status:
        case CallState.RINGING:
            return Status(Shape.RINGING, tr("Ringing"))
        case CallState.HELD:
            return Status(Shape.HELD, tr("Asks you") if call.approvals else tr("On hold"))
        case CallState.CONNECTING:
            return Status(Shape.CONNECTING, tr("Connecting…"))
        case CallState.ENDING:
            return Status(Shape.IN_CALL, tr("Ending…"))
        case CallState.ENDED:
            return ended_status(record)
    in_call = tr("With a person") if call.is_human else tr("In call")
    return Status(Shape.MUTED, tr("Muted")) if record.muted else Status(Shape.IN_CALL, in_call)


def ended_status(record: CallRecord) -> Status:
    """The state of a call that is over."""
    return Status(Shape.ERROR, tr("Failed")) if record.outcome is Outcome.FAILED else Status(Shape.IDLE, tr("Ended"))


def who_speaks(call: CallView) -> str:
    """Who is heard now, as a line of words."""
    record = call.record
    if record.status is CallState.HELD:
        return tr("The agent hears silence")
    if record.status is CallState.ENDING:
        return tr("The call is ending…")
    if call.is_waiting_for_line:
        return tr("ElevenLabs is busy. The call waits for a free line there")
    if record.status is CallState.CONNECTING:
        return tr("Calling the agent…")
    if call.types_until_s is not None and call.speaker is Speaker.NOBODY:
        line = tr("The person is typing…") if call.is_human else tr("The agent is typing…")
        return " · ".join((line, tr("You are muted"))) if record.muted else line
    line = {
        Speaker.AGENT: tr("The person is speaking") if call.is_human else tr("The agent is speaking"),
        Speaker.OPERATOR: tr("You are speaking") if call.line is None else tr("Somebody on the line is speaking"),
        Speaker.NOBODY: tr("Listening"),
    }[call.speaker]
    if not record.muted:
        return line
    if call.line is not None:
        return tr("The line is muted: the agent cannot hear it")
    # Who speaks is seen at the meters, too, and both together are too long for the line.
    is_agent = call.speaker is Speaker.AGENT
    return tr("You are muted") if is_agent else tr("You are muted: the agent cannot hear you")


def tool(used: ToolCall) -> str:
    """A tool and what became of it, e.g. ``search_docs · done``."""
    state = {
        "requested": tr("in use"),
        "asked": tr("waits for your answer"),
        "done": tr("done"),
        "failed": tr("failed"),
        "refused": tr("refused"),
    }[used.state]
    return f"{plain(used.tool_name, NAME_LIMIT)} · {state}"


GOOD_ROUND_TRIP_MS: Final = 150
"""Below this nobody notices a delay in conversation (ITU-T G.114: 150 ms one way is still fine)."""
FAIR_ROUND_TRIP_MS: Final = 400


def round_trip(milliseconds: int | None) -> str:
    """How quick the line is: a figure and one word."""
    if milliseconds is None:
        return ""
    if milliseconds <= GOOD_ROUND_TRIP_MS:
        return tr("{ms} ms · good").format(ms=milliseconds)
    if milliseconds <= FAIR_ROUND_TRIP_MS:
        return tr("{ms} ms · fair").format(ms=milliseconds)
    return tr("{ms} ms · slow").format(ms=milliseconds)


def round_trip_details(call: CallView) -> list[str]:
    """What the figure of `round_trip` means, and what can be done about it, as lines of a tooltip."""
    latest = call.round_trip_ms
    if latest is None:
        return [tr("The time to the agent and back has not been measured yet.")]
    lines = [tr("To the agent and back: {ms} ms.").format(ms=latest)]
    if len(call.round_trips) > 1:
        every = [one.ms for one in call.round_trips]
        lines.append(tr("In the last two minutes {least} to {most} ms.").format(least=min(every), most=max(every)))
    if latest <= GOOD_ROUND_TRIP_MS:
        lines.append(tr("Good: nobody notices it in conversation."))
    elif latest <= FAIR_ROUND_TRIP_MS:
        lines.append(tr("Fair: answers come a little late."))
    else:
        lines.append(tr("Slow: you may talk over each other. A cable is steadier than Wi-Fi; stop large downloads."))
    return lines + [one_line(shown(sentence), 300) for sentence in call.limits]


def desk_status(view: DeskView) -> Status:
    """The state of the whole desk, in the words of the tray's tooltip."""
    talking, ringing = view.talking, view.ringing
    if talking is not None:
        status = status_of(talking)
        word = tr("You are muted") if status.shape is Shape.MUTED else status.word
        if view.is_busy:
            word = " · ".join((word, tr("new calls are refused")))
        return Status(status.shape, f"{word} · {agent(talking.record)}")
    if ringing:
        return Status(Shape.RINGING, tr("Ringing · {agent}").format(agent=agent(ringing[0].record)))
    held = next((call for call in view.calls if call.line is None), None)
    if held is not None:
        return Status(Shape.HELD, tr("On hold · {agent}").format(agent=agent(held.record)))
    if view.problems:
        return Status(Shape.ERROR, one_line(shown(view.problems[0]), 100))
    if view.is_do_not_disturb:
        return Status(Shape.DO_NOT_DISTURB, presence_words.no_calls(view))
    if view.wrap_up is not None:
        return Status(Shape.WRAP_UP, _wrapping_up(view.wrap_up))
    return Status(Shape.IDLE, tr("Ready for calls · practice agent") if view.is_practice else tr("Ready for calls"))


def _wrapping_up(wrap_up: WrapUp) -> str:
    return tr("Wrapping up · calls are refused") if wrap_up.is_refusing else tr("Wrapping up · calls wait")


# --- how it ended ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a call is over, and what the operator can do about it, if anything."""

    title: str
    advice: str


def ending(record: CallRecord) -> Ending:
    """Why *record* is over."""
    match record.outcome:
        case Outcome.COMPLETED:
            return Ending(f"{_ended_by(record)} · {duration_words(record.duration_s)}", "")
        case Outcome.DECLINED:
            return Ending(tr("You declined the call"), "")
        case Outcome.MISSED:
            return Ending(tr("Missed call"), tr("Nobody answered it."))
        case Outcome.CANCELLED:
            return Ending(tr("The dialer withdrew the call"), tr("It was no longer needed, or answered elsewhere."))
        case Outcome.INTERRUPTED:
            return Ending(tr("Cut off when the program closed"), "")
    message = record.error.message if record.error is not None else ""
    return Ending(tr("The call failed"), one_line(shown(message), 400))


def _ended_by(record: CallRecord) -> str:
    match record.ended_by:
        case Party.AGENT:
            return tr("The agent ended the call")
        case Party.CALLER:
            return tr("The dialer ended the call")
    return tr("You ended the call")


def outcome(record: CallRecord) -> tuple[str, str]:
    """How a call went, for a list: one word or two, and its colour role."""
    match record.outcome:
        case Outcome.COMPLETED:
            return duration_words(record.duration_s), "live"
        case Outcome.DECLINED:
            return tr("Declined"), "muted"
        case Outcome.MISSED:
            return tr("Missed"), "ring"
        case Outcome.CANCELLED:
            return tr("Withdrawn"), "muted"
        case Outcome.INTERRUPTED:
            return tr("Cut off"), "error"
    return tr("Failed"), "error"


# --- time ------------------------------------------------------------------------------------


def clock(seconds: float) -> str:
    """A running duration: ``02:41``, ``1:02:41``."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def duration_words(seconds: float) -> str:
    """A duration in words: ``41 s``, ``2 min 41 s``, ``1 h 2 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return tr("{s} s").format(s=whole)
    if whole < 3600:
        return tr("{min} min {s} s").format(min=whole // 60, s=whole % 60)
    return tr("{h} h {min} min").format(h=whole // 3600, min=whole // 60 % 60)


def when(moment: datetime, now: datetime) -> str:
    """The time of day in the operator's zone and format, with the date unless it is today's."""
    local = QDateTime.fromMSecsSinceEpoch(int(moment.timestamp() * 1000), QTimeZone.systemTimeZone())
    today = QDateTime.fromMSecsSinceEpoch(int(now.timestamp() * 1000), QTimeZone.systemTimeZone()).date()
    time = QLocale().toString(local.time(), QLocale.FormatType.ShortFormat)
    if local.date() == today:
        return time
    if local.date() == today.addDays(-1):
        return tr("yesterday {time}").format(time=time)
    return f"{QLocale().toString(local.date(), QLocale.FormatType.ShortFormat)} {time}"
