"""Keeps both directions of a call's line working, whatever becomes of the devices.

    look, every 50 ms ──something is wrong──→ repair, in a thread ──→ notices to the operator

- A stream that has ended, calls back no more, or was moved to where no device is, is opened anew: what
  the setting names, in its order, else the system's default, else any device.
- A device that opens and does not call back is replaced after half a second, but not given up: headsets
  wake slowly, and it is taken as soon as it does call back.
- A device is given up once one that the setting prefers has been opened beside it and calls back.
- The system's list of devices is frozen; making it anew ends all streams. That is done when a device has
  come or gone and somebody needs one, in a pause of the agent if one comes soon, and not often.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from connector_gui.core.call_reports import NoticeGiven
from connector_gui.core.errors import AudioError
from connector_gui.voice.line import Line
from connector_gui.voice.line_side import RETRY_S, LineSide
from connector_gui.voice.sound import DeviceNews, DeviceWatch

log = logging.getLogger(__name__)

LOOK_S: Final = 0.05
"""Each look costs a wake-up; a device that is gone is noticed soon enough for both directions to work within 1 s."""
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
        self._sides = (LineSide(line.input, now_s), LineSide(line.output, now_s))
        self._watch: DeviceWatch | None = None
        self._news = DeviceNews()
        self._looked_s = now_s
        self._is_list_stale = False
        self._stale_since_s = 0.0
        self._renewed_s = float("-inf")
        self._skipped_s = 0.0
        self._unheard_ms = 0.0
        self._preferred: tuple[str | None, str | None] | None = None

    async def run(self) -> None:
        """Look after the line until cancelled."""
        await asyncio.to_thread(self.start)
        try:
            while True:
                if self.look():
                    for notice in await asyncio.to_thread(self.repair):
                        log.info("line.notice", extra={"code": notice.code})
                        self._tell(notice)
                # With the clock's steps: the keepers of several lines wake together.
                await asyncio.sleep(LOOK_S - time.monotonic() % LOOK_S)
        finally:
            await asyncio.shield(asyncio.to_thread(self.stop))

    def start(self) -> None:
        """Begin to watch the devices."""
        self._watch = self._line.watch()
        self._news = self._watch.news()
        self._line.has_moved = self._has_moved

    def stop(self) -> None:
        """Watch no longer."""
        self._line.has_moved = lambda: False
        if self._watch is not None:
            self._watch.close()

    def prefer(self, input_device: str | None, output_device: str | None) -> None:
        """Use these devices from now on, as `Line` takes them; what is heard meanwhile goes on."""
        self._preferred = (input_device, output_device)

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
        is_urgent = self._line.is_input_doubted or self._preferred is not None
        is_urgent = is_urgent or any(self._line.trespasses(side.end) for side in self._sides)
        return is_urgent or any(side.needs_repair(now_s) for side in self._sides) or self._renewal_is_due(now_s)

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

    def _has_moved(self) -> bool:
        """The microphone's stream may be on the speaker's monitor since the last look."""
        return self._line.is_input_open and self._known_watch.streams != self._news.streams

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
        if output.stream is not None or not output.is_wanted or self._line.is_on_hold:
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
        is_pause = not (self._line.is_output_open and self._line.playout.is_playing)
        return waited_s >= (SETTLE_S if is_pause else PAUSE_WAIT_S)

    # --- in a thread --------------------------------------------------------------------------------

    def repair(self) -> list[NoticeGiven]:
        """Do what is due; what the operator should know about it. Takes as long as the devices do."""
        now_s = self._clock()
        notices: list[NoticeGiven] = []
        self._follow_preference(now_s)
        for side in self._sides:
            if side.trial_is_over(now_s):
                notices += self._end_trial(side, now_s)
            elif side.is_broken and now_s >= side.next_try_s:
                notices += self._reopen(side, now_s)
            elif side.may_return(now_s):
                notices += self._return(side, now_s)
        if self._renewal_is_due(now_s):
            notices += self._renew(now_s)
        for side in self._sides:
            if side.is_to_be_placed and side.is_working:
                notices += self._place(side, now_s)
            if words := self._line.trespasses(side.end):
                self._line.give_way(side.end, words)
                self._line.forget_captured()
                notices += side.lost(AudioError(words))
            notices += side.stutter_notice(now_s)
        self._line.is_input_doubted = False
        return notices

    def _reopen(self, side: LineSide, now_s: float) -> list[NoticeGiven]:
        try:
            if side.is_asleep:
                self._line.open_stand_in(side.end, side.avoided(now_s))
            else:
                self._line.reopen(side.end, side.avoided(now_s))
        except AudioError as error:
            side.next_try_s = now_s + RETRY_S
            return side.lost(error)
        return side.opened(now_s, self._take_unheard_s(side))

    def _follow_preference(self, now_s: float) -> None:
        preferred, self._preferred = self._preferred, None
        for side, wanted in zip(self._sides, preferred or (), strict=False):
            if wanted != side.end.wanted:
                self._line.prefer(side.end, wanted)
                side.chosen(now_s)

    def _return(self, side: LineSide, now_s: float) -> list[NoticeGiven]:
        side.will_return_later(now_s)
        try:
            if self._line.try_better(side.end, side.avoided(now_s)):
                return []
        except AudioError as error:
            log.debug("line.better_unavailable", extra={"reason": str(error)})
        return side.not_taken()

    def _end_trial(self, side: LineSide, now_s: float) -> list[NoticeGiven]:
        if not side.trial_works:
            side.avoid_trial(now_s)
            self._line.drop_trial(side.end)
            return side.not_taken()
        self._line.take_trial(side.end)
        return side.opened(now_s, self._take_unheard_s(side))

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

    def _place(self, side: LineSide, now_s: float) -> list[NoticeGiven]:
        """Find out where the stream really is: a server may have moved it."""
        side.is_to_be_placed = False
        taken, newer = self._line.others_streams(side.end)
        place = self._known_watch.whereabouts(
            side.end.direction, side.end.client, taken=taken, near=side.end.place, newer=newer
        )
        side.end.place = place.name if place is not None else ""
        if place is not None and place.is_dead_end:
            log.info("line.stream_astray", extra={"direction": str(side.end.direction), "place": place.name})
            side.is_astray = True
            notices = self._reopen(side, now_s)
            if side.end is self._line.input:
                self._line.forget_captured()
            return notices
        return side.placed(place)

    def _take_unheard_s(self, side: LineSide) -> float:
        if side.end is not self._line.output:
            return 0.0
        unheard_ms, self._unheard_ms = self._unheard_ms, 0.0
        return unheard_ms / 1000
