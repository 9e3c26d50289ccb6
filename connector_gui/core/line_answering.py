"""Which calls lines take by themselves: those that a rule leads to a free line where nobody sits.

The last free place is not for them while a call that waits for the operator comes before them in the ring: a busy
line must not keep the operator's own calls out for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connector_gui.core.call import Call
from connector_gui.core.lines import LineDevices, LineSettings, is_free, matching_lines


def calls_to_answer(
    ringing: Sequence[Call],
    lines: Collection[LineSettings],
    busy: Collection[LineDevices],
    places: int,
    *,
    by_hand: Collection[str] = (),
) -> dict[str, LineDevices]:
    """The calls that lines answer now, by session id, each with its line.

    Args:
        ringing: The next one to answer first.
        busy: What other calls have.
        places: How many conversations more may be opened.
        by_hand: Calls that the operator does not want to be answered by themselves.
    """
    taken, found = list(busy), dict[str, LineDevices]()
    is_operator_next = False
    for call in ringing:
        # One place is the operator's while one of theirs is next.
        if len(found) >= places - is_operator_next:
            break
        matching = () if call.session_id in by_hand else matching_lines(call.request, lines)
        line = _first_free(matching, taken)
        if line is not None:
            found[call.session_id] = line
            taken.append(line)
        elif not any(line.is_auto_answer for line in matching):
            is_operator_next = True
    return found


def _first_free(matching: Sequence[LineSettings], taken: Collection[LineDevices]) -> LineDevices | None:
    """The first free line of those, if nobody sits there; where somebody does, the call waits for them."""
    free = next((line for line in matching if is_free(line.devices, taken)), None)
    return free.devices if free is not None and free.is_auto_answer else None
