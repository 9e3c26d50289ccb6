"""What the window says about requests; what callers sent stands in it as plain text of one line."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from PySide6.QtCore import QDateTime, QLocale

from connector_gui.core.activity import Activity, ShownRequest
from connector_gui.core.call import Outcome
from connector_gui.core.metadata import REDACTED
from connector_gui.ui.plain_text import one_line, plain
from connector_gui.ui.plain_text import tooltip as tooltip_of
from connector_gui.ui.translation import shown, tr

PATH_LIMIT: Final = 120


def time_of_day(request: ShownRequest) -> str:
    """When it came, to the second, by the clock at the desk."""
    moment = QDateTime.fromMSecsSinceEpoch(round(request.at.timestamp() * 1000))
    return QLocale().toString(moment.time(), "HH:mm:ss")


def title(request: ShownRequest) -> str:
    """Method and path."""
    return f"{one_line(request.method, 16)} {plain(request.path, PATH_LIMIT)}"


def answer(request: ShownRequest) -> str:
    """What became of it, the status after the word."""
    if request.is_refused:
        word = tr("Failed") if request.status >= 500 and request.code == "internal_error" else tr("Refused")
    elif request.status == HTTPStatus.ACCEPTED:
        word = tr("Call placed")
    else:
        word = tr("Answered")
    return f"{word} · {request.status}"


def sign(request: ShownRequest) -> Outcome:
    """The sign that goes with `answer`, from those of calls."""
    return Outcome.DECLINED if request.is_refused else Outcome.COMPLETED


def role(request: ShownRequest) -> str:
    """The colour that goes with it."""
    return "error" if request.is_refused else "live"


def key(request: ShownRequest) -> str:
    """Who sent it."""
    return plain(request.key_name, 40) if request.key_name else "–"


def took(request: ShownRequest) -> str:
    """How long the answer took to make."""
    if request.duration_ms >= 1000:
        return tr("{n} s").format(n=QLocale().toString(request.duration_ms / 1000, "f", 1))
    return tr("{n} ms").format(n=QLocale().toString(request.duration_ms, "f", 1))


def facts(request: ShownRequest) -> list[tuple[str, str]]:
    """What else is known of it."""
    found = [
        (tr("Time"), time_of_day(request)),
        (tr("Key"), key(request)),
        (tr("From"), plain(request.remote_address, 60)),
        (tr("Took"), took(request)),
        (tr("Code"), one_line(request.code, 60)),
        (tr("Request ID"), plain(request.request_id, 140)),
    ]
    return [(name, value) for name, value in found if value]


def about_body(request: ShownRequest) -> str:
    """What to know before the command is run; empty where there is nothing."""
    if not request.has_whole_body:
        return tr("The body ({n} bytes) is too long, or too unclear, to be kept: the command comes without it.").format(
            n=request.body_bytes
        )
    if request.is_refused and request.body_bytes == 0 and request.method == "POST":
        return tr("It was refused before its body was read: the command comes without one.")
    notes = []
    if request.status == HTTPStatus.ACCEPTED and '"session_id"' in (request.body or ""):
        notes.append(tr("As it is, nothing rings again: the session_id names this call. Change it to place a new one."))
    if REDACTED in (request.body or ""):
        notes.append(tr("Secrets are *** here; put them back."))
    return " ".join(notes)


def tooltip(request: ShownRequest) -> str:
    """Why it was refused, to be shown over the list."""
    return tooltip_of([one_line(shown(request.reason), 400)])


def count(activity: Activity, shown: int) -> str:
    """How many there are."""
    kept = len(activity.requests)
    if shown != kept:
        return tr("{n} of {kept}").format(n=shown, kept=kept)
    if activity.total > kept:
        return tr("The last {kept} of {n}").format(kept=kept, n=QLocale().toString(activity.total))
    return tr("%n request(s)", None, kept)


def strangers(activity: Activity) -> str:
    """How many were not meant for us; empty where there were none."""
    if not activity.strangers:
        return ""
    return tr("%Ln request(s) for host names that are not this desk's, turned away.", None, activity.strangers)
