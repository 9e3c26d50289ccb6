"""Why the desk does not do what it is asked, in words that whoever asked can act on."""

from __future__ import annotations

import math

from connector_gui.core.call import Call
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Availability, Presence


def by_presence(reason: str, presence: Presence, now: Moment) -> RefusedError:
    """*reason* in words with when to ask again; ``desk_full`` while they finish up."""
    code = "do_not_disturb" if presence.availability is Availability.DO_NOT_DISTURB else "desk_full"
    left_s = presence.left_s(now)
    when = "later" if left_s is None else f"in {_in_words(left_s)}"
    return RefusedError(
        f"{reason}. Try again {when}.", code=code, status=503, retry_after_s=presence.retry_after_s(now)
    )


def queue_full(size: int) -> RefusedError:
    """As many calls ring as may."""
    sentence = f"{size} calls are ringing already. Try again when some are answered."
    return RefusedError(sentence, code="queue_full", status=503, retry_after_s=10)


def busy() -> RefusedError:
    """The desk is full, and calls are not to wait."""
    sentence = "The operator is in a call. Try again when it is over."
    return RefusedError(sentence, code="desk_full", status=503, retry_after_s=30)


def no_place() -> RefusedError:
    """A call is to be accepted, and no conversation more fits."""
    sentence = "The desk is full: end a call before you accept the next one."
    return RefusedError(sentence, code="desk_full", status=409)


def name_taken() -> RefusedError:
    """A live call has that name."""
    sentence = "A call with this session_id is going on. Use another session_id for another call."
    return RefusedError(sentence, code="session_conflict", status=422)


def over(verb: str) -> RefusedError:
    """The call is not live (any more)."""
    return RefusedError(f"This call is over: there is nothing to {verb}.", code="wrong_state", status=409)


def wrong_state(call: Call, verb: str) -> RefusedError:
    """The call is live, but cannot do that now."""
    return RefusedError(f"A call that is {call.state} cannot be {verb}.", code="wrong_state", status=409)


def nothing_held() -> RefusedError:
    """There is nothing to change over to."""
    return RefusedError("No call is on hold.", code="wrong_state", status=409)


def no_such_line(name: str, names: tuple[str, ...]) -> RefusedError:
    """No line is called so."""
    known = f"There are {', '.join(names)}" if names else "None is set up"
    sentence = f"No line is called “{name[:40]}”. {known}; “desk” means the desk's own devices."
    return RefusedError(sentence, code="invalid_request", status=422)


def line_busy(name: str) -> RefusedError:
    """Another call has the line."""
    sentence = f"Line “{name}” is in use by another call. Choose another line, or end that call first."
    return RefusedError(sentence, code="line_busy", status=409)


def _in_words(seconds: float) -> str:
    """A while for a sentence to a caller, never too short: ``25 s``, ``5 minutes``, ``15 hours``."""
    if seconds <= 90:
        return f"{max(1, math.ceil(seconds))} s"
    if seconds <= 90 * 60:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{math.ceil(seconds / 3600)} hours"
