"""What the history says: outcomes, days, facts of a call, questions before a deed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QLocale, QTime

from connector_gui.core.call import Outcome
from connector_gui.core.call_events import Party
from connector_gui.core.record import CallRecord
from connector_gui.ui import words
from connector_gui.ui.plain_text import for_other_programs, one_line, plain
from connector_gui.ui.translation import shown, tr

ROLES: Final = {
    Outcome.COMPLETED: "live",
    Outcome.DECLINED: "muted",
    Outcome.MISSED: "ring",
    Outcome.CANCELLED: "muted",
    Outcome.FAILED: "error",
    Outcome.INTERRUPTED: "error",
}
"""The colour role of each outcome; shape and word say the same."""


# --- outcomes --------------------------------------------------------------------------------


def outcome_word(outcome: Outcome | None) -> str:
    """One word for how a call went."""
    match outcome:
        case Outcome.COMPLETED:
            return tr("Completed")
        case Outcome.DECLINED:
            return tr("Declined")
        case Outcome.MISSED:
            return tr("Missed")
        case Outcome.CANCELLED:
            return tr("Withdrawn")
        case Outcome.INTERRUPTED:
            return tr("Cut off")
        case Outcome.FAILED:
            return tr("Failed")
    return tr("Running")


def is_news(record: CallRecord) -> bool:
    """A missed call that the operator has not seen."""
    return record.outcome is Outcome.MISSED and not record.is_seen


def outcome_line(record: CallRecord) -> str:
    """How it went and how long it was: ``Completed · 2 min 41 s``, ``Missed · new``."""
    word = outcome_word(record.outcome)
    if record.duration_s > 0:
        return f"{word} · {words.duration_words(record.duration_s)}"
    return " · ".join((word, tr("new"))) if is_news(record) else word


def marks(record: CallRecord) -> list[str]:
    """What a row says of recording, notes and tags, in words."""
    said = []
    if has_recording(record):
        said.append(tr("recording"))
    if record.notes.strip():
        said.append(tr("note"))
    said += [f"#{plain(tag, 24)}" for tag in record.tags[:3]]
    return said


def has_recording(record: CallRecord) -> bool:
    """Whether there is something to hear."""
    return record.recording.state in {"done", "failed"} and record.recording.duration_s > 0


def caller(record: CallRecord) -> str:
    """Whom the call was about, or where it came from; a dash when nobody said."""
    practice = tr("Practice call") if record.practice else ""
    return words.caller(record) or practice or words.sender(record) or "–"


def spoken_row(record: CallRecord) -> str:
    """A row for a screen reader."""
    parts = [words.agent(record), caller(record), outcome_line(record), time_of_day(record.created_at), *marks(record)]
    return ", ".join(for_other_programs(part) for part in parts)


# --- time ------------------------------------------------------------------------------------


def today() -> date:
    """The day it is at the desk."""
    return datetime.now().astimezone().date()


def day_title(day: date, today: date) -> str:
    """``Today``, ``Yesterday``, else the date as the system writes it."""
    if day == today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    date_of = QDate(day.year, day.month, day.day)
    if today - timedelta(days=6) <= day < today:
        return (
            f"{QLocale().dayName(date_of.dayOfWeek())}, {QLocale().toString(date_of, QLocale.FormatType.ShortFormat)}"
        )
    return QLocale().toString(date_of, QLocale.FormatType.LongFormat)


def time_of_day(moment: datetime) -> str:
    """The time at the desk, as the system writes it."""
    local = moment.astimezone()
    return QLocale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)


def exact(moment: datetime) -> str:
    """Date and time at the desk to the second, both as the system writes them."""
    local, locale = moment.astimezone(), QLocale()
    day = locale.toString(QDate(local.year, local.month, local.day), QLocale.FormatType.ShortFormat)
    # The long format would say the time zone.
    to_the_second = re.sub(r"(\W?)mm", r"\1mm\1ss", locale.timeFormat(QLocale.FormatType.ShortFormat))
    return f"{day} {locale.toString(QTime(local.hour, local.minute, local.second), to_the_second)}"


# --- one call --------------------------------------------------------------------------------


def call_facts(record: CallRecord) -> list[tuple[str, str]]:
    """When, how long, by whom: names and values."""
    facts = [(tr("Rang"), exact(record.created_at))]
    if record.accepted_at is not None:
        waited_s = (record.accepted_at - record.created_at).total_seconds()
        facts.append((tr("Accepted after"), words.duration_words(waited_s)))
    if record.started_at is not None:
        facts.append((tr("Talked for"), words.duration_words(record.duration_s)))
    if record.ended_at is not None:
        facts.append((tr("Ended"), exact(record.ended_at)))
    if record.ended_by is not None:
        facts.append((tr("Ended by"), party(record.ended_by)))
    sender = record.placed_by not in words.NAMELESS
    facts.append((tr("Placed by"), plain(record.placed_by, 60) if sender else placed_here(record)))
    if record.user_id:
        facts.append((tr("User"), plain(record.user_id, 120)))
    if record.callback.state != "none":
        facts.append((tr("Callback"), callback(record)))
    if record.practice:
        facts.append((tr("Kind"), tr("practice call")))
    return facts


def placed_here(record: CallRecord) -> str:
    """Who placed a call whose sender has no name."""
    return tr("you, at this desk") if record.placed_by == "operator" else tr("the dialer")


def party(who: Party) -> str:
    """One side of a call."""
    return {Party.OPERATOR: tr("you"), Party.AGENT: tr("the agent"), Party.CALLER: tr("the dialer")}[who]


def callback(record: CallRecord) -> str:
    """How far the report to the dialer has come."""
    state = record.callback
    if state.state == "delivered":
        return tr("delivered")
    if state.state == "failed":
        why = one_line(shown(state.last_error or ""), 200)
        return tr("could not be delivered: {why}").format(why=why) if why else tr("could not be delivered")
    if not state.attempts:
        return tr("waits to be sent")
    if state.attempts == 1:
        return tr("not delivered yet, 1 try so far")
    return tr("not delivered yet, {n} tries so far").format(n=state.attempts)


def account_summary(record: CallRecord) -> str:
    """The service's summary of the conversation; empty when there is none."""
    return one_line(_text(record, "summary"), 1_200)


def account_facts(record: CallRecord) -> list[tuple[str, str]]:
    """What the service says of the conversation besides."""
    account = record.elevenlabs or {}
    found = {
        tr("Status"): _account_status(record),
        tr("Successful"): _known(_SUCCESS, _text(record, "call_successful")),
        tr("Why it ended"): _known(_ENDINGS, _text(record, "termination_reason")),
        tr("Cost"): _cost(account.get("cost")),
    }
    return [(name, plain(value, 200)) for name, value in found.items() if value]


def _account_status(record: CallRecord) -> str:
    """How far the service is with its account, or why there is none."""
    if record.details == "pending":
        return tr("on its way")
    if record.details == "failed":
        why = one_line(shown(_text(record, "error")), 160)
        return tr("could not be fetched: {why}").format(why=why) if why else tr("could not be fetched")
    return _known(_STATUS, _text(record, "status"))


# As ElevenLabs says them; whatever else it says is shown in its own words.
_STATUS: Final[Mapping[str, Callable[[], str]]] = {
    "done": lambda: tr("complete"),
    "failed": lambda: tr("the conversation failed"),
}
_SUCCESS: Final[Mapping[str, Callable[[], str]]] = {
    "success": lambda: tr("yes"),
    "failure": lambda: tr("no"),
    "unknown": lambda: tr("not known"),
}
_ENDINGS: Final[Mapping[str, Callable[[], str]]] = {
    "client disconnected": lambda: tr("this side hung up"),
    "client ended the call": lambda: tr("this side hung up"),
    "agent ended the call": lambda: tr("the agent hung up"),
    "end_call tool was called": lambda: tr("the agent hung up"),
    "the connection was lost": lambda: tr("the connection was lost"),
}


def _known(names: Mapping[str, Callable[[], str]], value: str) -> str:
    """*value* in the operator's language where it is one of *names*."""
    said = names.get(value.strip().rstrip(".").casefold())
    return said() if said is not None else value


def _text(record: CallRecord, member: str) -> str:
    """What the account has as *member*; empty when it has none, or no text."""
    value = (record.elevenlabs or {}).get(member)
    return value if isinstance(value, str) else ""


def _cost(value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    number = QLocale().toString(float(value), "f", 0 if value == round(value) else 2)
    return tr("{n} credits").format(n=number)


# --- many calls ------------------------------------------------------------------------------


def count(number: int, is_cut: bool = False) -> str:
    """``1 call``, ``1,204 calls``."""
    text = tr("1 call") if number == 1 else tr("{n} calls").format(n=QLocale().toString(number))
    return tr("{calls} or more").format(calls=text) if is_cut else text


def deletion(number: int) -> str:
    """What deleting *number* calls takes away."""
    if number == 1:
        return tr(
            "Delete this call? Its transcript, notes and recording go with it, for good. "
            "What ElevenLabs keeps of it stays there."
        )
    return tr(
        "Delete {calls}? Their transcripts, notes and recordings go with them, for good. "
        "What ElevenLabs keeps of them stays there."
    ).format(calls=count(number))


def call_again(record: CallRecord) -> str:
    """What “Call again” will do."""
    if record.practice:
        return tr("Starts a practice call with the same details")
    return tr("Calls {agent} again with the same details; it is accepted at once").format(agent=words.agent(record))
