"""Which call is meant where none is named: the one that the operator would reach for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connector_gui.core.call import CallState
from connector_gui.core.errors import RefusedError
from connector_gui.core.lines import DESK_LINE
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView

_NOTHING: Final = {
    Action.ACCEPT: "No call rings.",
    Action.DECLINE: "No call rings.",
    Action.END: "There is no conversation to end.",
    Action.MUTE: "There is no conversation.",
    Action.UNMUTE: "There is no conversation.",
    Action.HOLD: "There is no conversation.",
    Action.RESUME: "No call is on hold.",
    Action.MOVE: "There is no conversation to move there.",
}


def choose_call(view: DeskView, action: Action, line: str | None = None) -> str:
    """The session id of the call that *action* is for.

    Args:
        line: For `Action.MOVE`: where to, by name; the desk unless given.

    Raises:
        RefusedError: ``wrong_state``: there is none, or it could be any of several.
    """
    fitting = _fitting(view, action, line or DESK_LINE)
    if len(fitting) == 1:
        return fitting[0].record.session_id
    sentence = "It could be any of several calls: name one with its session id." if fitting else _NOTHING[action]
    raise RefusedError(sentence, code="wrong_state", status=409)


def _fitting(view: DeskView, action: Action, line: str) -> Sequence[CallView]:
    held = [call for call in view.calls if call.record.status is CallState.HELD]
    match action:
        case Action.ACCEPT | Action.DECLINE:
            return view.ringing[:1]  # the next one to answer
        case Action.RESUME:
            return held
        case Action.END:
            return held if view.talking is None else [view.talking]
        case Action.MOVE:
            return [call for call in view.calls if call.record.status in _RUNNING and not _is_on(call, line)]
        case _:
            return [] if view.talking is None else [view.talking]


_RUNNING: Final = frozenset({CallState.ACTIVE, CallState.HELD})


def _is_on(call: CallView, line: str) -> bool:
    """It runs there already; at the desk a call on hold does not."""
    if call.line is not None:
        return call.line.casefold() == line.casefold()
    return line.casefold() == DESK_LINE and call.record.status is CallState.ACTIVE
