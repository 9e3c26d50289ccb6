"""Which call is meant where none is named."""

from __future__ import annotations

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.call_choice import choose_call
from connector_gui.core.errors import RefusedError
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView
from tests.fakes.desk_views import record


def call(name: str, status: CallState = CallState.ACTIVE, line: str | None = None) -> CallView:
    return CallView(record(name, status), line=line, has_focus=line is None and status is CallState.ACTIVE)


AT_DESK = call("at-desk")
HELD = call("held", CallState.HELD)
ON_LINE = call("on-line", line="Café")
RINGING = call("rings", CallState.RINGING)


@pytest.mark.parametrize(
    ("calls", "line", "chosen"),
    [
        ((AT_DESK, ON_LINE, RINGING), None, "on-line"),
        ((AT_DESK, ON_LINE), "DESK", "on-line"),
        ((AT_DESK, ON_LINE), "café", "at-desk"),
        ((AT_DESK, RINGING), "Line 2", "at-desk"),
        ((AT_DESK, HELD), None, "held"),
        ((call("other", CallState.HELD, "Café"),), None, "other"),
    ],
)
def test_the_call_to_move_is_the_one_that_is_elsewhere(
    calls: tuple[CallView, ...], line: str | None, chosen: str
) -> None:
    assert choose_call(DeskView(calls=calls), Action.MOVE, line) == chosen


@pytest.mark.parametrize(
    ("calls", "line", "said"),
    [
        ((AT_DESK, RINGING), None, "no conversation to move there"),
        ((ON_LINE,), "Café", "no conversation to move there"),
        ((AT_DESK, ON_LINE), "Line 2", "any of several"),
        ((HELD, ON_LINE), None, "any of several"),
    ],
)
def test_a_call_that_cannot_be_told_is_asked_for(calls: tuple[CallView, ...], line: str | None, said: str) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        choose_call(DeskView(calls=calls), Action.MOVE, line)
    assert refused.value.code == "wrong_state"
