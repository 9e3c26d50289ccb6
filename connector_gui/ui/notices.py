"""What the system's notifications say of the desk: the call that rings, and those that were missed."""

from __future__ import annotations

from typing import Final

from connector_gui.core.call import Outcome
from connector_gui.core.desk_refusals import NO_PLACE
from connector_gui.core.notice import Notice
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView
from connector_gui.ui import words
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.translation import shown, tr

RING: Final = "ring:"
"""Begins the key of a call that rings; the rest is its session."""
MISSED: Final = "missed"
_LISTED: Final = 4
"""How many missed calls are named in one notification."""
_REMEMBERED: Final = 200


class DeskNotices:
    """Follows the desk from view to view, and says which notifications belong to it now."""

    def __init__(self) -> None:
        # Calls that rang and whose end is not known yet; the record tells it a little later.
        self._rang: dict[str, None] = {}
        self._missed: list[CallRecord] = []
        self._unseen = 0

    def notices(self, view: DeskView, *, with_ring: bool) -> list[Notice]:
        """The notifications for *view*; those that ring only if *with_ring*."""
        self._follow(view)
        ring = [ring_notice(view)] if with_ring and view.ringing else []
        return [*ring, *([missed_notice(self._missed)] if self._missed else [])]

    def mark_seen(self) -> None:
        """The operator knows of the missed calls."""
        self._missed = []

    def _follow(self, view: DeskView) -> None:
        if view.unseen_missed < self._unseen:
            self._missed = []
        self._unseen = view.unseen_missed
        self._rang |= dict.fromkeys(call.record.session_id for call in view.ringing)
        live = {call.record.session_id for call in view.calls}
        over = {record.session_id: record for record in (*view.recent, view.last_ended) if record is not None}
        for session_id in [one for one in self._rang if one not in live and one in over]:
            del self._rang[session_id]
            if over[session_id].outcome is Outcome.MISSED:
                self._missed.insert(0, over[session_id])
        for session_id in list(self._rang)[:-_REMEMBERED]:
            del self._rang[session_id]


def ring_notice(view: DeskView) -> Notice:
    """The next call to answer; it can be declined, and accepted where there is a place for it."""
    call = view.ringing[0]
    waits = view.talking is not None
    title = tr("Another call waits: {agent}") if waits else tr("Incoming call: {agent}")
    lines = [words.caller(call.record), words.sender(call.record), more_waiting(view.ringing)]
    buttons = [(Action.ACCEPT.value, tr("Accept")), (Action.DECLINE.value, tr("Decline"))]
    if not call.has_place:
        lines.append(shown(NO_PLACE))
        del buttons[0]
    return Notice(
        key=RING + call.record.session_id,
        title=for_other_programs(title.format(agent=words.agent(call.record))),
        text=for_other_programs("\n".join(line for line in lines if line)),
        buttons=tuple(buttons),
        stays=True,
    )


def missed_notice(missed: list[CallRecord]) -> Notice:
    """Calls that nobody answered, newest first."""
    if len(missed) == 1:
        title = tr("Missed call · {agent}").format(agent=words.agent(missed[0]))
        lines = [words.caller(missed[0]), words.sender(missed[0])]
    else:
        title = tr("%n missed call(s)", None, len(missed))
        lines = [_listed(record) for record in missed[:_LISTED]]
        if len(missed) > _LISTED:
            lines.append(tr("and %n more", None, len(missed) - _LISTED))
    text = "\n".join(line for line in lines if line)
    return Notice(MISSED, for_other_programs(title), for_other_programs(text))


def more_waiting(ringing: tuple[CallView, ...]) -> str:
    """How many calls ring behind the first; empty when none does."""
    more = len(ringing) - 1
    return tr("%n more waiting", None, more) if more > 0 else ""


def _listed(record: CallRecord) -> str:
    return " · ".join(part for part in (words.agent(record), words.caller(record, count=1)) if part)
