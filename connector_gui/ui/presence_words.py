"""What the windows say about whether calls are taken, and until when not."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QDateTime, QLocale, QTime, QTimeZone

from connector_gui.core.presence import MORNING, Wish
from connector_gui.core.view import CallView, DeskView
from connector_gui.ui.translation import tr


def wish(one: Wish) -> str:
    """What a menu offers, with the key that chooses it."""
    if one is Wish.TOMORROW:
        morning = QLocale().toString(QTime(MORNING.hour, MORNING.minute), QLocale.FormatType.ShortFormat)
        return tr("Until &tomorrow, {time}").format(time=morning)
    return {
        Wish.TAKE_CALLS: tr("Take &calls"),
        Wish.HALF_HOUR: tr("For &30 minutes"),
        Wish.HOUR: tr("For &1 hour"),
        Wish.UNTIL_BACK: tr("Until I come &back"),
        Wish.MORE_TIME: tr("&More time"),
    }[one]


def no_calls(view: DeskView, now: datetime | None = None) -> str:
    """That new calls are refused, and until when: ``No calls until 14:30``."""
    if view.quiet_until is None:
        return tr("Do not disturb")
    return tr("No calls until {time}").format(time=_until(view.quiet_until, now or datetime.now(UTC)))


def menu_title(view: DeskView, now: datetime) -> str:
    """The entry that the choices are behind, with what holds now and the time that is left; always by the same key."""
    if view.wrap_up is not None:
        return tr("Wrappi&ng up")
    if view.quiet_until is None:
        return tr("Do &not disturb (on)") if view.is_do_not_disturb else tr("Do &not disturb")
    left = left_words((view.quiet_until - now).total_seconds())
    return tr("&No calls until {time} ({left} left)").format(time=_until(view.quiet_until, now), left=left)


def left_words(seconds: float) -> str:
    """A while in words, rounded up: ``45 s``, ``25 min``, ``14 h 5 min``."""
    if seconds <= 60:
        return tr("{s} s").format(s=max(0, math.ceil(seconds)))
    minutes = math.ceil(seconds / 60)
    if minutes <= 90:
        return tr("{min} min").format(min=minutes)
    return tr("{h} h {min} min").format(h=minutes // 60, min=minutes % 60)


def answering(call: CallView, now_s: float) -> str:
    """That *call* is answered by itself soon: ``Answers in 3 s``; empty where it is not."""
    if call.answers_at_s is None:
        return ""
    return tr("Answers in {s} s").format(s=max(0, math.ceil(call.answers_at_s - now_s)))


_FORMAT: Final = QLocale.FormatType.ShortFormat


def _until(moment: datetime, now: datetime) -> str:
    local, today = _local(moment), _local(now).date()
    time = QLocale().toString(local.time(), _FORMAT)
    if local.date() == today:
        return time
    if local.date() == today.addDays(1):
        return tr("tomorrow, {time}").format(time=time)
    return f"{QLocale().toString(local.date(), _FORMAT)}, {time}"


def _local(moment: datetime) -> QDateTime:
    # Rounded: half an hour from 14:00:00.9 ends at 14:30 for everybody.
    return QDateTime.fromSecsSinceEpoch(round(moment.timestamp()), QTimeZone.systemTimeZone())
