"""Which call is meant where none is named: the one that the operator would reach for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connector_gui.core.call import CallState
from connector_gui.core.errors import RefusedError
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
}


def choose_call(view: DeskView, action: Action) -> str:
    """The session id of the call that *action* is for.

    Raises:
        RefusedError: ``wrong_state``: there is none, or it could be any of several.
    """
    fitting = _fitting(view, action)
    if len(fitting) == 1:
        return fitting[0].record.session_id
    sentence = "It could be any of several calls: name one with its session id." if fitting else _NOTHING[action]
    raise RefusedError(sentence, code="wrong_state", status=409)


def _fitting(view: DeskView, action: Action) -> Sequence[CallView]:
    held = [call for call in view.calls if call.record.status is CallState.HELD]
    match action:
        case Action.ACCEPT | Action.DECLINE:
            return view.ringing[:1]  # the next one to answer
        case Action.RESUME:
            return held
        case Action.END:
            return held if view.talking is None else [view.talking]
        case _:
            return [] if view.talking is None else [view.talking]
