"""Keeps both directions of a call's line working, whatever becomes of the devices.

    look, every 20 ms ──something is wrong──→ repair, in a thread ──→ notices to the operator

- A stream that has ended, calls back no more, or was moved to where no device is, is opened anew: what
  the setting means, else the system's default, else any device.
- A stand-in is given up as soon as the first choice can be opened.
- The system's list of devices is frozen; making it anew ends all streams. That is done when a device has
  come or gone and somebody needs one, in a pause of the agent if one comes soon, and not often.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from connector_gui.core.conversation import NoticeGiven
from connector_gui.core.errors import AudioError
from connector_gui.voice import device_notices
from connector_gui.voice.line import Line
from connector_gui.voice.line_end import LineEnd
from connector_gui.voice.sound import DeviceNews, DeviceWatch, Stream, Whereabouts

log = logging.getLogger(__name__)

LOOK_S: Final = 0.02
STALL_S: Final = 0.4
"""A device that has called back and does so no more for this long has gone, or slept."""
FIRST_BLOCK_S: Final = 2.0
"""A headset may take this long to wake up."""
RETRY_S: Final = 0.25
EAGER_S: Final = 2.0
"""How long after news what failed is tried again and again: news may come before the device is ready."""
RETURN_S: Final = 5.0
"""How often the first choice is tried without a sign that it is back: it may have been busy."""
RENEW_S: Final = 1.0
"""The least time between two renewals of the list that interrupt a working device."""
BLIND_RENEW_S: Final = 5.0
"""The same where nothing tells that a device has come."""
SETTLE_S: Final = 0.1
"""How long after news a renewal begins at the earliest: a headset comes as several devices."""
PAUSE_WAIT_S: Final = 0.6
"""How long a renewal waits for the agent to pause."""
KEEP_S: Final = 3.0
"""What the agent says while no speaker works is kept this long; older speech is passed over."""
AVOID_S: Final = 10.0
CALL_QUALITY_HZ: Final = 16_000
STUTTERS: Final = 10
STUTTER_WINDOW_S: Final = 10.0
STUTTER_QUIET_S: Final = 60.0
_LOST: Final = "nothing"


class LineKeeper:
    """Belongs to one call. `look` is for the voice loop, `repair` for a thread; never both at once.

    Args:
        tell: Takes what the operator should know; called in the voice loop.
        clock: Monotonic seconds.
    """

    def __init__(
        self, line: Line, tell: Callable[[NoticeGiven], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._tell = tell
        self._clock = clock
        now_s = clock()
        self._sides = (_Side(line.input, now_s), _Side(line.output, now_s))
        self._watch: DeviceWatch | None = None
        self._news = DeviceNews()
        self._looked_s = now_s
        self._is_list_stale = False
        self._stale_since_s = 0.0
        self._renewed_s = float("-inf")
        self._skipped_s = 0.0
        self._unheard_ms = 0.0

    async def run(self) -> None:
        """Look after the line until cancelled."""
        await asyncio.to_thread(self.start)
        try:
            while True:
                if self.look():
                    for notice in await asyncio.to_thread(self.repair):
                        log.info("line.notice", extra={"code": notice.code})
                        self._tell(notice)
                await asyncio.sleep(LOOK_S)
        finally:
            await asyncio.shield(asyncio.to_thread(self.stop))

    def start(self) -> None:
        """Begin to watch the devices."""
        self._watch = self._line.watch()
        self._news = self._watch.news()

    def stop(self) -> None:
        """Watch no longer."""
        if self._watch is not None:
            self._watch.close()

    # --- in the voice loop ------------------------------------------------------------------------

    def look(self) -> bool:
        """Whether `repair` has something to do. Also passes over what the agent says to nobody."""
        now_s = self._clock()
        unwatched_s = max(0.0, now_s - self._looked_s - 2 * LOOK_S)
        self._looked_s = now_s
        self._take_news(now_s)
        for side in self._sides:
            side.look(now_s, unwatched_s)
        self._skip_unheard(now_s)
        is_doubted = self._line.is_input_doubted
        return is_doubted or any(side.needs_repair(now_s) for side in self._sides) or self._renewal_is_due(now_s)

    def _take_news(self, now_s: float) -> None:
        news, old = self._known_watch.news(), self._news
        if news == old:
            return
        self._news = news
        if news.streams != old.streams and self._line.is_input_open:
            self._line.is_input_doubted = True
        for side in self._sides:
            side.is_to_be_placed = True
            side.try_at_once(now_s)
            if news.default(side.end.direction) != old.default(side.end.direction) and not side.end.wanted:
                side.follows_default = True
                self._mark_stale(now_s)
        if news.devices != old.devices:
            self._mark_stale(now_s)

    @property
    def _known_watch(self) -> DeviceWatch:
        if self._watch is None:
            raise RuntimeError("the keeper has not been started")
        return self._watch

    def _mark_stale(self, now_s: float) -> None:
        self._is_list_stale = True
        self._stale_since_s = now_s

    def _skip_unheard(self, now_s: float) -> None:
        """The conversation must not fall behind for minutes: speech older than `KEEP_S` goes by at its own pace."""
        output = self._line.output
        if output.stream is not None or not output.is_wanted or self._line.playout.is_held:
            self._skipped_s = now_s
            return
        due_s = now_s - self._skipped_s - KEEP_S
        if due_s > 0:
            self._skipped_s += due_s
            self._unheard_ms += self._line.skip_playout(round(due_s * 1000))

    def _renewal_is_due(self, now_s: float) -> bool:
        """Whether to make the list anew: somebody needs a device, there may be one, and the moment is good."""
        needy = [side for side in self._sides if side.needs_another]
        if not needy:
            return False
        working = [side for side in self._sides if side.end.is_wanted and side.is_working]
        since_s = now_s - self._renewed_s
        if not working:
            return since_s >= RETRY_S
        if not self._known_watch.is_informed:
            self._is_list_stale = self._is_list_stale or since_s >= BLIND_RENEW_S
        if not self._is_list_stale or since_s < RENEW_S:
            return False
        waited_s = now_s - self._stale_since_s
        is_pause = not (self._line.playout.is_playing and self._line.is_output_open)
        return waited_s >= (SETTLE_S if is_pause else PAUSE_WAIT_S)

    # --- in a thread --------------------------------------------------------------------------------

    def repair(self) -> list[NoticeGiven]:
        """Do what is due; what the operator should know about it. Takes as long as the devices do."""
        now_s = self._clock()
        notices: list[NoticeGiven] = []
        for side in self._sides:
            if side.is_broken and now_s >= side.next_try_s:
                notices += self._reopen(side, now_s)
            elif side.is_standing_in and now_s >= side.next_return_s:
                notices += self._return(side, now_s)
        if self._renewal_is_due(now_s):
            notices += self._renew(now_s)
        for side in self._sides:
            if side.is_to_be_placed and side.is_working:
                notices += self._place(side, now_s)
            notices += side.stutter_notice(now_s)
        self._line.is_input_doubted = False
        return notices

    def _reopen(self, side: _Side, now_s: float) -> list[NoticeGiven]:
        try:
            self._line.reopen(side.end, side.avoided(now_s))
        except AudioError as error:
            side.next_try_s = now_s + RETRY_S
            return side.lost(error)
        return side.opened(now_s, self._take_unheard_s(side))

    def _return(self, side: _Side, now_s: float) -> list[NoticeGiven]:
        side.next_return_s = now_s + (RETRY_S if now_s < side.eager_until_s else RETURN_S)
        try:
            is_back = self._line.switch_to_first_choice(side.end)
        except AudioError as error:
            log.debug("line.first_choice_unavailable", extra={"reason": str(error)})
            return []
        return side.opened(now_s, self._take_unheard_s(side)) if is_back else []

    def _renew(self, now_s: float) -> list[NoticeGiven]:
        self._renewed_s = now_s
        if not self._line.renew_list():
            return []
        # So soon after the news the device may have been missing from the list still: then once more.
        self._is_list_stale = now_s - self._stale_since_s < PAUSE_WAIT_S
        log.debug("line.list_renewed")
        notices: list[NoticeGiven] = []
        for side in self._sides:
            side.follows_default = False
            if side.end.is_wanted:
                notices += self._reopen(side, now_s)
        return notices

    def _place(self, side: _Side, now_s: float) -> list[NoticeGiven]:
        """Find out where the stream really is: a server may have moved it."""
        side.is_to_be_placed = False
        place = self._known_watch.whereabouts(side.end.direction, side.stream_number)
        if place is not None and place.is_dead_end:
            log.info("line.stream_astray", extra={"direction": str(side.end.direction), "place": place.name})
            side.is_astray = True
            notices = self._reopen(side, now_s)
            if side.end is self._line.input:
                self._line.forget_captured()
            return notices
        return side.placed(place)

    def _take_unheard_s(self, side: _Side) -> float:
        if side.end is not self._line.output:
            return 0.0
        unheard_ms, self._unheard_ms = self._unheard_ms, 0.0
        return unheard_ms / 1000


class _Side:
    """What the keeper knows of one end of the line.

    Attributes:
        is_astray: Its stream was moved to where no device is.
        is_to_be_placed: Where its stream really is, is to be asked.
        stream_number: The sound server's number of its stream, once known.
        follows_default: The system has another default device now, and the setting follows it.
        next_try_s: When to try again to open what is not open.
        next_return_s: When to try again to return to the first choice.
        eager_until_s: Until when to try often.
    """

    def __init__(self, end: LineEnd, now_s: float) -> None:
        self.end = end
        self.is_astray = False
        self.is_to_be_placed = True
        self.stream_number: int | None = None
        self.follows_default = False
        self.next_try_s = now_s
        self.next_return_s = now_s
        self.eager_until_s = now_s
        self._stream: Stream | None = None
        self._callbacks = 0
        self._moved_s = now_s
        self._is_stalled = False
        self._avoid: dict[str, float] = {}
        self._first_name = end.wanted or ""  # of the device that the operator means
        self._told = ""  # what stands in, as the operator was told; empty while all is as it should be
        self._place = ""
        self._quality_told = ""
        self._xruns = 0
        self._xruns_since_s = now_s
        self._stutter_told_s = float("-inf")
        self._has_begun = False

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
        """It works, with another device than the setting means."""
        return self.end.is_wanted and self.is_working and not self.end.is_first_choice

    @property
    def needs_another(self) -> bool:
        """A device that is not in the list may serve it better."""
        return self.end.is_wanted and (self.is_broken or self.is_standing_in or self.follows_default)

    def look(self, now_s: float, unwatched_s: float) -> None:
        """Notice whether the stream still calls back; time in which nobody looked does not count."""
        stream = self.end.stream
        if stream is not self._stream or stream is None:
            self._begin(stream, now_s)
            return
        callbacks = stream.stats.callbacks
        if callbacks != self._callbacks:
            self._callbacks, self._moved_s = callbacks, now_s
            self._is_stalled = False
            return
        self._moved_s += unwatched_s
        patience_s = STALL_S if callbacks else FIRST_BLOCK_S
        if now_s - self._moved_s > patience_s and not self._is_stalled:
            log.info("line.stalled", extra={"direction": str(self.end.direction), "device": stream.device.name})
            self._is_stalled = True
            if not callbacks:
                self._avoid[stream.device.name] = now_s + AVOID_S

    def _begin(self, stream: Stream | None, now_s: float) -> None:
        self._stream = stream
        self.stream_number = None
        self._callbacks = self._xruns = 0
        self._moved_s = self._xruns_since_s = now_s
        self._is_stalled = False
        if stream is not None:
            self.is_to_be_placed = True

    def needs_repair(self, now_s: float) -> bool:
        """Whether there is something to do at this side."""
        if self.is_broken:
            return now_s >= self.next_try_s
        if self.is_standing_in and now_s >= self.next_return_s:
            return True
        return self.end.is_wanted and (self.is_to_be_placed or self._stutters(now_s))

    def try_at_once(self, now_s: float) -> None:
        """Something has changed: what failed may succeed."""
        self.next_try_s = self.next_return_s = now_s
        self.eager_until_s = now_s + EAGER_S
        self._avoid.clear()

    def avoided(self, now_s: float) -> list[str]:
        """Devices that opened and then did nothing."""
        self._avoid = {name: until_s for name, until_s in self._avoid.items() if now_s < until_s}
        return list(self._avoid)

    # --- what to tell ---------------------------------------------------------------------------------

    def lost(self, error: AudioError) -> list[NoticeGiven]:
        """No device could be opened."""
        self._place = ""
        return self._tell_once(_LOST, device_notices.lost(self.end.direction, error))

    def opened(self, now_s: float, unheard_s: float) -> list[NoticeGiven]:
        """A device was opened, the same or another."""
        stream = self.end.stream
        if stream is None:  # closed meanwhile
            return []
        self._begin(stream, now_s)
        self.is_astray = False
        self._place = ""
        self.next_try_s = now_s + RETRY_S
        self.next_return_s = now_s + (RETRY_S if now_s < self.eager_until_s else RETURN_S)
        name = stream.device.name
        if not self.end.is_first_choice:
            return self._tell_once(name, self._replaced(name))
        told, self._told = self._told, ""
        if not told or (
            told == name and not self.end.wanted
        ):  # the same again; or what stood in for the old default is the new one
            is_new_default = not told and bool(self._first_name) and name != self._first_name
            self._first_name = name
            return [device_notices.changed(self.end.direction, name)] if is_new_default else []
        self._first_name = name
        return [device_notices.back(self.end.direction, name, unheard_s)]

    def placed(self, whereabouts: Whereabouts | None) -> list[NoticeGiven]:
        """The stream is where the server says, if there is one to say it."""
        stream = self.end.stream
        if stream is None:
            return []
        self.stream_number = whereabouts.stream if whereabouts else None
        place = whereabouts.name if whereabouts else ""
        return [*self._began(stream), *self._moved(stream, place), *self._sounds(stream, whereabouts)]

    def _began(self, stream: Stream) -> list[NoticeGiven]:
        """At the beginning of the call: whether it is a stand-in already."""
        if self._has_begun:
            return []
        self._has_begun = True
        if self.end.is_first_choice:
            self._first_name = stream.device.name
            return []
        return self._tell_once(stream.device.name, self._replaced(stream.device.name))

    def _moved(self, stream: Stream, place: str) -> list[NoticeGiven]:
        """Whether the server has moved the stream away from the device that is set, or back."""
        is_away = self.end.is_first_choice and bool(self.end.wanted and self._place and place) and place != self._place
        self._place = self._place or place
        if is_away:
            return self._tell_once(place, self._replaced(place))
        if self._told and self.end.is_first_choice:
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
        return device_notices.replaced(self.end.direction, self._first_name or now_used, now_used, self.end.refusal)

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
