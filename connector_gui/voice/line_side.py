"""What the keeper of a call's line knows of one direction: whether it works, and what the operator was told."""

from __future__ import annotations

import logging
from typing import Final

from connector_gui.core.call_reports import NoticeGiven
from connector_gui.core.device_order import in_order
from connector_gui.core.errors import AudioError
from connector_gui.voice import device_notices
from connector_gui.voice.devices import STAND_IN
from connector_gui.voice.line_end import LineEnd
from connector_gui.voice.sound import Stream, Whereabouts

log = logging.getLogger(__name__)

STALL_S: Final = 0.4
"""A device that has called back and does so no more for this long has gone, or slept."""
FIRST_BLOCK_S: Final = 2.0
"""A headset may take this long to wake up: the patience with one that the call begins with, or the only one."""
SOON_S: Final = 0.45
"""The same in the middle of a call, when there is another device: the two together are under a second."""
TRIAL_S: Final = 4.0
"""How long a better device may take to call back while another one stands in for it."""
RETRY_S: Final = 0.25
EAGER_S: Final = 2.0
"""How long after news what failed is tried again and again: news may come before the device is ready."""
RETURN_S: Final = 5.0
"""How often a better device is tried without a sign that it is back: it may have been busy."""
AVOID_S: Final = 10.0
MISSES: Final = 3
"""So often a known stream may not be found before another one is looked for: a gap ends within a look or two."""
CALL_QUALITY_HZ: Final = 16_000
STUTTERS: Final = 10
STUTTER_WINDOW_S: Final = 10.0
STUTTER_QUIET_S: Final = 60.0
_LOST: Final = "nothing"


class LineSide:
    """What the keeper knows of one end of the line.

    Attributes:
        is_astray: Its stream was moved to where no device is.
        is_asleep: Its device was opened and has not called back yet.
        is_to_be_placed: Where its stream really is, is to be asked.
        follows_default: The system has another default device now, and the setting follows it.
        next_try_s: When to try again to open what is not open.
        next_return_s: When to try again to return to a better device.
        eager_until_s: Until when to try often.
    """

    def __init__(self, end: LineEnd, now_s: float) -> None:
        self.end = end
        self.is_astray = False
        self.is_asleep = False
        self.is_to_be_placed = True
        self.follows_default = False
        self.next_try_s = now_s
        self.next_return_s = now_s
        self.eager_until_s = now_s
        self._stream: Stream | None = None
        self._callbacks = 0
        self._misses = 0
        self._moved_s = now_s
        self._is_stalled = False
        self._has_worked = False
        self._trial: Stream | None = None
        self._trial_since_s = now_s
        self._avoid: dict[str, float] = {}
        self._home_name = next(iter(in_order(end.wanted)), "")  # of the device that the operator counts with
        self._home_rank = 0  # its place in the setting
        self._told = ""  # what stands in, as the operator was told; empty while all is as it should be
        self._homes: dict[str, str] = {}  # where the server puts a stream on each device, by the device's name
        self._quality_told = ""
        self._xruns = 0
        self._xruns_since_s = now_s
        self._stutter_told_s = float("-inf")
        self._has_begun = False
        self._is_chosen = False  # the operator has just asked for another device

    @property
    def is_broken(self) -> bool:
        """A device is wanted, and there is none, or none that works."""
        return self.end.is_wanted and (not self.end.is_open or self._is_stalled or self.is_astray)

    @property
    def is_working(self) -> bool:
        """Sound goes in or out."""
        return self.end.is_open and not self._is_stalled and not self.is_astray

    @property
    def is_standing_in(self) -> bool:
        """It works, with another device than the first that the setting names."""
        return self.end.is_wanted and self.is_working and not self.end.is_first_choice

    @property
    def needs_another(self) -> bool:
        """A device that is not in the list may serve it better."""
        return self.end.is_wanted and (self.is_broken or self.is_standing_in or self.follows_default)

    def look(self, now_s: float, unwatched_s: float) -> None:
        """Notice whether the stream still calls back; time in which nobody looked does not count."""
        self._look_at_trial(now_s, unwatched_s)
        stream = self.end.stream
        if stream is not self._stream or stream is None:
            self._begin(stream, now_s)
            return
        callbacks = stream.stats.callbacks
        if callbacks != self._callbacks:
            self._callbacks, self._moved_s = callbacks, now_s
            self._is_stalled = self.is_asleep = False
            self._has_worked = True
            return
        self._moved_s += unwatched_s
        if now_s - self._moved_s > self._patience_s and not self._is_stalled:
            log.info("line.stalled", extra={"direction": str(self.end.direction), "device": stream.device.name})
            self._is_stalled = True
            if not callbacks:
                self.is_asleep = self.end.has_alternative
                self._avoid[stream.device.name] = now_s + AVOID_S

    @property
    def _patience_s(self) -> float:
        """How long the stream may not call back."""
        if self._callbacks:
            return STALL_S
        return SOON_S if self._has_worked and self.end.has_alternative else FIRST_BLOCK_S

    def _begin(self, stream: Stream | None, now_s: float) -> None:
        self._stream = stream
        self.end.client = None
        self._misses = 0
        self._callbacks = self._xruns = 0
        self._moved_s = self._xruns_since_s = now_s
        self._is_stalled = self.is_asleep = False
        if stream is not None:
            self.is_to_be_placed = True

    def _look_at_trial(self, now_s: float, unwatched_s: float) -> None:
        trial = self.end.trial
        self._trial_since_s = self._trial_since_s + unwatched_s if trial is self._trial else now_s
        self._trial = trial

    @property
    def trial_works(self) -> bool:
        """A better device has been tried beside the stand-in, and calls back."""
        trial = self.end.trial
        return trial is not None and trial.stats.callbacks > 0 and not trial.stats.is_finished

    def trial_is_over(self, now_s: float) -> bool:
        """A better device has been tried, for better or worse."""
        trial = self.end.trial
        if trial is None:
            return False
        return self.trial_works or trial.stats.is_finished or now_s - self._trial_since_s > TRIAL_S

    def may_return(self, now_s: float) -> bool:
        """It is time to try a better device again."""
        return self.is_standing_in and self.end.trial is None and now_s >= self.next_return_s

    def will_return_later(self, now_s: float) -> None:
        """Try a better device again after a while, a short one where something has just changed."""
        self.next_return_s = now_s + (RETRY_S if now_s < self.eager_until_s else RETURN_S)

    def needs_repair(self, now_s: float) -> bool:
        """Whether there is something to do at this side."""
        if self.trial_is_over(now_s):
            return True
        if self.is_broken:
            return now_s >= self.next_try_s
        if self.may_return(now_s):
            return True
        return self.end.is_wanted and (self.is_to_be_placed or self._stutters(now_s))

    def try_at_once(self, now_s: float) -> None:
        """Something has changed: what failed may succeed."""
        self.next_try_s = self.next_return_s = now_s
        self.eager_until_s = now_s + EAGER_S
        self._avoid.clear()
        self.end.try_again()

    def chosen(self, now_s: float) -> None:
        """The operator has chosen another device, during the call."""
        self._is_chosen = not self.end.is_first_choice
        self._home_name, self._home_rank = next(iter(in_order(self.end.wanted)), ""), 0
        self._told = ""
        self.follows_default = False
        self.try_at_once(now_s)

    def avoid_trial(self, now_s: float) -> None:
        """The better device opened and did nothing: the next trial is another's turn, if there is one."""
        if self.end.trial is not None:
            self._avoid[self.end.trial.device.name] = now_s + AVOID_S

    def avoided(self, now_s: float) -> list[str]:
        """Devices that opened and then did nothing."""
        self._avoid = {name: until_s for name, until_s in self._avoid.items() if now_s < until_s}
        return list(self._avoid)

    # --- what to tell ---------------------------------------------------------------------------------

    def lost(self, error: AudioError) -> list[NoticeGiven]:
        """No device could be opened."""
        return self._tell_once(_LOST, device_notices.lost(self.end.direction, error))

    def not_taken(self) -> list[NoticeGiven]:
        """A better device does not work; who has just chosen it is told."""
        was_chosen, self._is_chosen = self._is_chosen, False
        stream = self.end.stream
        if not was_chosen or stream is None:
            return []
        return self._tell_once(stream.device.name, self._replaced(stream.device.name))

    def opened(self, now_s: float, unheard_s: float) -> list[NoticeGiven]:
        """A device was opened, the same or another."""
        stream = self.end.stream
        if stream is None:  # closed meanwhile
            return []
        self._begin(stream, now_s)
        self._is_chosen = False
        self.is_astray = False
        self.next_try_s = now_s + RETRY_S
        self.will_return_later(now_s)
        name = stream.device.name
        if self.end.rank > self._home_rank:
            return self._tell_once(name, self._replaced(name))
        told, self._told = self._told, ""
        home_name, is_better = self._home_name, self.end.rank < self._home_rank
        self._home_name, self._home_rank = name, self.end.rank
        if is_better or (told and (told != name or self.end.wanted)):
            return [device_notices.back(self.end.direction, name, unheard_s)]
        # The same again; or what stood in for the old default is the new one.
        is_new_default = not told and bool(home_name) and name != home_name
        return [device_notices.changed(self.end.direction, name)] if is_new_default else []

    def placed(self, whereabouts: Whereabouts | None) -> list[NoticeGiven]:
        """The stream is where the server says, if there is one to say it."""
        stream = self.end.stream
        if stream is None:
            return []
        self._note_client(whereabouts)
        place = whereabouts.name if whereabouts else ""
        return [*self._began(stream), *self._moved(stream, place), *self._sounds(stream, whereabouts)]

    def _note_client(self, whereabouts: Whereabouts | None) -> None:
        """Whose the stream is. One that is not there may be between two streams; soon the newest one is asked for."""
        self.is_to_be_placed = whereabouts is None and self.end.client is not None
        self._misses = self._misses + 1 if self.is_to_be_placed else 0
        if whereabouts is not None:
            self.end.client = whereabouts.client
        elif self._misses >= MISSES:
            self.end.client = None

    def _began(self, stream: Stream) -> list[NoticeGiven]:
        """At the beginning of the call: whether it is a stand-in already."""
        if self._has_begun:
            return []
        self._has_begun = True
        # Of those that the setting names the operator expects the first that is there; a busy one is news.
        if self.end.rank < STAND_IN and (self.end.is_first_choice or not self.end.refusal):
            self._home_name, self._home_rank = stream.device.name, self.end.rank
            return []
        return self._tell_once(stream.device.name, self._replaced(stream.device.name))

    def _moved(self, stream: Stream, place: str) -> list[NoticeGiven]:
        """Whether the server has moved the stream away from the device that is set, or back."""
        if not place or self.end.rank > self._home_rank:
            return []
        # Also of a stream that has just been opened: its device may go in the same moment.
        home = self._homes.setdefault(stream.device.name, place)
        is_away = bool(self.end.wanted) and place != home
        if is_away:
            return self._tell_once(place, self._replaced(place))
        if self._told:
            self._told = ""
            return [device_notices.back(self.end.direction, stream.device.name)]
        return []

    def _sounds(self, stream: Stream, whereabouts: Whereabouts | None) -> list[NoticeGiven]:
        """Whether the device has fallen to the quality of a telephone."""
        rate_hz = min(stream.rate_hz, stream.device.default_rate_hz)
        name = stream.device.name
        if whereabouts is not None and whereabouts.rate_hz:
            rate_hz = whereabouts.rate_hz
        if rate_hz > CALL_QUALITY_HZ:
            self._quality_told = ""
        elif self._quality_told != name:
            self._quality_told = name
            return [device_notices.call_quality(self.end.direction, name, rate_hz)]
        return []

    def _replaced(self, now_used: str) -> NoticeGiven:
        return device_notices.replaced(self.end.direction, self._home_name or now_used, now_used, self.end.refusal)

    def _tell_once(self, now_used: str, notice: NoticeGiven) -> list[NoticeGiven]:
        if self._told == now_used:
            return []
        self._told = now_used
        return [notice]

    def _stutters(self, now_s: float) -> bool:
        stream = self.end.stream
        if stream is None or now_s - self._stutter_told_s < STUTTER_QUIET_S:
            return False
        if now_s - self._xruns_since_s > STUTTER_WINDOW_S:
            self._xruns, self._xruns_since_s = stream.stats.xruns, now_s
        return stream.stats.xruns - self._xruns >= STUTTERS

    def stutter_notice(self, now_s: float) -> list[NoticeGiven]:
        """That the device's blocks come late, again and again."""
        stream = self.end.stream
        if stream is None or not self._stutters(now_s):
            return []
        self._stutter_told_s = now_s
        return [device_notices.stutters(self.end.direction, stream.device.name)]
