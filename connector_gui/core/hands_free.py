"""What hot keys and headset buttons mean now: presses in, actions of calls out.

    shown(view) ─┐
    pressed(key) ├──► HandsFree ──► what to do with which call
    released(key)┘

- Accept takes the next call that rings, and never places one. End ends the conversation in focus; within the guard
  of the tray click after the call was taken it does nothing, so that a key pressed twice does not undo itself.
- Push-to-talk: while its key is held the microphone is open, afterwards it is as it was; with the setting on, a call
  begins muted (`DeskRules.begins_muted`), and is muted whenever the key is up again.
- A headset's button is the hook of a telephone: it accepts what rings, else it ends the conversation.

Keys repeat while they are held, and systems tell of it as they like: a press without a release before it is no press.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core.call import CallState
from connector_gui.core.service import Action
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.tray_click import CLICK_GUARD_S
from connector_gui.core.view import CallView, DeskView

HAS_MICROPHONE: Final = frozenset({CallState.CONNECTING, CallState.ACTIVE, CallState.HELD})
"""States in which a call can be muted."""


class HotKey(StrEnum):
    """What a key can do wherever the operator is."""

    ACCEPT = "accept"
    END = "end"
    MUTE = "mute"
    TALK = "talk"


class HeadsetButton(StrEnum):
    """What a headset's buttons say, whichever way they reach us."""

    HOOK = "hook"
    """Accept or end, by what is going on."""
    PICK_UP = "pick_up"
    """Accept, and nothing else."""
    HANG_UP = "hang_up"
    """End, and nothing else."""
    MUTE = "mute"
    """The other way round."""


class KeyProblem(StrEnum):
    """Why a hot key does not work."""

    TAKEN = "taken"
    """Another program has the combination."""
    NO_SUCH_KEY = "no_such_key"
    """This keyboard, or this system, has no such key."""
    NOT_OFFERED = "not_offered"
    """The system lends nobody hot keys."""
    REFUSED = "refused"
    """The system, or the operator asked by it, did not want to."""
    TWICE = "twice"
    """Another of our own hot keys has the combination."""


class HeadsetProblem(StrEnum):
    """Why the buttons of a headset do not reach us."""

    NO_LIBRARY = "no_library"
    """The library for telephone buttons cannot be used here."""
    NO_PERMISSION = "no_permission"
    """The system does not let us talk to the headset."""
    NO_MEDIA_KEYS = "no_media_keys"
    """The desktop's media keys cannot be had."""


@dataclass(frozen=True, slots=True)
class HeadsetSigns:
    """What the lamps of a headset show, and what its buttons mean then."""

    is_ringing: bool = False
    is_talking: bool = False
    is_muted: bool = False

    @property
    def is_idle(self) -> bool:
        """Nothing rings and nobody talks: the buttons are somebody else's."""
        return not (self.is_ringing or self.is_talking)


@dataclass(frozen=True, slots=True)
class Wish:
    """Do *action* with the call of that name."""

    session_id: str
    action: Action


def twice(bindings: Mapping[HotKey, Shortcut]) -> set[HotKey]:
    """Those of *bindings* whose combination an earlier one has."""
    taken = list(bindings.values())
    return {key for place, (key, shortcut) in enumerate(bindings.items()) if shortcut in taken[:place]}


def headset_signs(view: DeskView) -> HeadsetSigns:
    """What a headset shows while the desk is as *view* has it."""
    talking = view.talking
    return HeadsetSigns(bool(view.ringing), talking is not None, talking is not None and talking.record.muted)


class HandsFree:
    """Remembers which keys are down, and since when the conversation in focus has been there."""

    def __init__(self) -> None:
        self._mutes_between = False
        self._view = DeskView()
        self._down: set[HotKey] = set()
        self._focus = ""
        self._focus_s = float("-inf")
        self._muted_before = False
        self._asked: tuple[str, bool] | None = None

    @property
    def is_talking_key_down(self) -> bool:
        """Whether push-to-talk is being held."""
        return HotKey.TALK in self._down

    def use(self, *, push_to_talk: bool) -> list[Wish]:
        """From now on whoever does not hold the key is muted, or is as they were; nobody is unmuted by this."""
        is_new = push_to_talk and not self._mutes_between
        self._mutes_between = push_to_talk
        focus = self._view.talking
        return self._mute(focus, is_muted=True) if is_new and focus and not self.is_talking_key_down else []

    def shown(self, view: DeskView, now_s: float) -> list[Wish]:
        """The desk is as *view* has it, from *now_s* on the monotonic clock."""
        self._view = view
        focus = view.talking
        name = focus.record.session_id if focus is not None else ""
        if focus is not None and self._asked == (name, focus.record.muted):
            self._asked = None
        if name == self._focus:
            return []
        # The key was held for the conversation that was there; one that it leaves is muted again.
        left = self._conversation(self._focus)
        wishes = self._shut(left) if left is not None and self.is_talking_key_down else []
        if self._took_no_focus_before(name):
            self._focus_s = now_s
        self._focus = name
        self._asked = None
        return wishes + (self._open() if self.is_talking_key_down else [])

    def pressed(self, key: HotKey, now_s: float) -> list[Wish]:
        """*key* went down, or repeats."""
        if key in self._down:
            return []
        self._down.add(key)
        match key:
            case HotKey.ACCEPT:
                return self._accept()
            case HotKey.END:
                return self._end(now_s)
            case HotKey.MUTE:
                return self._turn_mute()
            case HotKey.TALK:
                return self._open()

    def released(self, key: HotKey) -> list[Wish]:
        """*key* is up again."""
        if key not in self._down:
            return []
        self._down.discard(key)
        focus = self._conversation(self._focus)
        return self._shut(focus) if key is HotKey.TALK and focus is not None else []

    def let_go(self) -> list[Wish]:
        """No key is held any more as far as anybody can tell: hot keys have changed, or are gone."""
        return [wish for key in list(self._down) for wish in self.released(key)]

    def button(self, button: HeadsetButton, now_s: float) -> list[Wish]:
        """A button of a headset was pressed."""
        match button:
            case HeadsetButton.HOOK:
                return self._end(now_s) if self._is_kept_waiting() else self._accept() or self._end(now_s)
            case HeadsetButton.PICK_UP:
                return self._accept()
            case HeadsetButton.HANG_UP:
                return self._end(now_s)
            case HeadsetButton.MUTE:
                return self._turn_mute()

    # --- inside ----------------------------------------------------------------------------

    def _took_no_focus_before(self, name: str) -> bool:
        """Whether *name* comes from ringing: a resumed call was taken long ago, and may be ended at once."""
        call = self._conversation(name)
        return call is not None and call.record.status == CallState.CONNECTING

    def _conversation(self, name: str) -> CallView | None:
        return next((call for call in self._view.calls if call.record.session_id == name), None)

    def _accept(self) -> list[Wish]:
        return [Wish(call.record.session_id, Action.ACCEPT) for call in self._view.ringing[:1]]

    def _is_kept_waiting(self) -> bool:
        """Whether what rings has to wait for the end of the conversation at hand."""
        is_full = not any(call.has_place for call in self._view.ringing)
        return is_full and self._view.talking is not None

    def _end(self, now_s: float) -> list[Wish]:
        focus = self._view.talking
        if focus is None or now_s - self._focus_s < CLICK_GUARD_S:
            return []
        return [Wish(focus.record.session_id, Action.END)]

    def _turn_mute(self) -> list[Wish]:
        focus = self._view.talking
        # While push-to-talk is held, the key that is held decides.
        if focus is None or self.is_talking_key_down:
            return []
        return self._mute(focus, not self._is_muted(focus))

    def _open(self) -> list[Wish]:
        focus = self._view.talking
        if focus is None:
            return []
        self._muted_before = self._is_muted(focus)
        return self._mute(focus, is_muted=False)

    def _shut(self, call: CallView) -> list[Wish]:
        return self._mute(call, is_muted=True) if self._mutes_between or self._muted_before else []

    def _is_muted(self, call: CallView) -> bool:
        """How its microphone is, or will be once the desk has done what was asked for last."""
        if self._asked is not None and self._asked[0] == call.record.session_id:
            return self._asked[1]
        return call.record.muted

    def _mute(self, call: CallView, is_muted: bool) -> list[Wish]:
        if call.record.status not in HAS_MICROPHONE or self._is_muted(call) is is_muted:
            return []
        self._asked = (call.record.session_id, is_muted)
        return [Wish(call.record.session_id, Action.MUTE if is_muted else Action.UNMUTE)]
