"""Why the desk does not do what it is asked, in words that whoever asked can act on."""

from __future__ import annotations

import math
from typing import Final

from connector_gui.core.call import Call, CallState
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Availability, Presence
from connector_gui.core.sentence import Sentence, sentence

_STATES: Final = {
    CallState.RINGING: sentence("ringing"),
    CallState.CONNECTING: sentence("connecting"),
    CallState.ACTIVE: sentence("active"),
    CallState.HELD: sentence("held"),
    CallState.ENDING: sentence("ending"),
    CallState.ENDED: sentence("ended"),
}
"""Each state in “A call that is … cannot be …”."""
_NOTHING_TO: Final = {
    "accept": sentence("This call is over: there is nothing to accept."),
    "decline": sentence("This call is over: there is nothing to decline."),
    "end": sentence("This call is over: there is nothing to end."),
    "mute": sentence("This call is over: there is nothing to mute."),
    "hold": sentence("This call is over: there is nothing to hold."),
    "resume": sentence("This call is over: there is nothing to resume."),
    "talk in": sentence("This call is over: there is nothing to talk in."),
    "move": sentence("This call is over: there is nothing to move."),
    "let ring": sentence("This call is over: there is nothing to let ring."),
}
NO_PLACE: Final = sentence("The desk is full: end a call before you accept the next one.")
"""Why a call that rings cannot be accepted; windows say it beforehand."""
# Whole sentences: other languages bend the verb, or place it elsewhere.
_CANNOT_BE: Final = {
    "accepted": sentence("A call that is {state} cannot be accepted."),
    "declined": sentence("A call that is {state} cannot be declined."),
    "muted": sentence("A call that is {state} cannot be muted."),
    "held": sentence("A call that is {state} cannot be held."),
    "resumed": sentence("A call that is {state} cannot be resumed."),
    "moved": sentence("A call that is {state} cannot be moved."),
    "brought to the front": sentence("A call that is {state} cannot be brought to the front; accept it first."),
}


def by_presence(reason: str, presence: Presence, now: Moment) -> RefusedError:
    """*reason* in words with when to ask again; ``desk_full`` while they finish up."""
    code = "do_not_disturb" if presence.availability is Availability.DO_NOT_DISTURB else "desk_full"
    left_s = presence.left_s(now)
    if left_s is None:
        told = sentence("{reason}. Try again later.", reason=reason)
    else:
        told = sentence("{reason}. Try again in {wait}.", reason=reason, wait=_in_words(left_s))
    return RefusedError(told, code=code, status=503, retry_after_s=presence.retry_after_s(now))


def queue_full(size: int) -> RefusedError:
    """As many calls ring as may."""
    told = sentence("{size} calls are ringing already. Try again when some are answered.", size=size)
    return RefusedError(told, code="queue_full", status=503, retry_after_s=10)


def busy() -> RefusedError:
    """The desk is full, and calls are not to wait."""
    told = sentence("The operator is in a call. Try again when it is over.")
    return RefusedError(told, code="desk_full", status=503, retry_after_s=30)


def no_place() -> RefusedError:
    """A call is to be accepted, and no conversation more fits."""
    return RefusedError(NO_PLACE, code="desk_full", status=409)


def name_taken() -> RefusedError:
    """A live call has that name."""
    told = sentence("A call with this session_id is going on. Use another session_id for another call.")
    return RefusedError(told, code="session_conflict", status=422)


def over(verb: str) -> RefusedError:
    """The call is not live (any more); *verb* is one of `_NOTHING_TO`."""
    return RefusedError(_NOTHING_TO[verb], code="wrong_state", status=409)


def wrong_state(call: Call, verb: str) -> RefusedError:
    """The call is live, but cannot do that now; *verb* is one of `_CANNOT_BE`."""
    told = Sentence(_CANNOT_BE[verb].template, {"state": _STATES[call.state]})
    return RefusedError(told, code="wrong_state", status=409)


def nothing_held() -> RefusedError:
    """There is nothing to change over to."""
    return RefusedError(sentence("No call is on hold."), code="wrong_state", status=409)


def no_such_line(name: str, names: tuple[str, ...]) -> RefusedError:
    """No line is called so."""
    asked = name[:40]
    if names:
        told = sentence(
            "No line is called “{name}”. There are {names}; “desk” means the desk's own devices.",
            name=asked,
            names=", ".join(names),
        )
    else:
        told = sentence("No line is called “{name}”. None is set up; “desk” means the desk's own devices.", name=asked)
    return RefusedError(told, code="invalid_request", status=422)


def line_busy(name: str) -> RefusedError:
    """Another call has the line."""
    told = sentence("Line “{name}” is in use by another call. Choose another line, or end that call first.", name=name)
    return RefusedError(told, code="line_busy", status=409)


def _in_words(seconds: float) -> str:
    """A while for a sentence to a caller, never too short: ``25 s``, ``5 minutes``, ``15 hours``."""
    if seconds <= 90:
        return sentence("{number} s", number=max(1, math.ceil(seconds)))
    if seconds <= 90 * 60:
        return sentence("{number} minutes", number=math.ceil(seconds / 60))
    return sentence("{number} hours", number=math.ceil(seconds / 3600))
