"""The open devices of a line: one call has them at a time, others may wait for their turn with them.

    call A ── holds ──→ Pair: line (microphone, speaker), filters, keeper ←── wait, on hold ── call B, call C

The pair outlives the calls' turns: when the operator turns from A to B nothing is closed or opened, B is simply what
the speaker plays from the next block on. The filters stay too: they have learned the room, not the call. The
microphone is open while somebody holds the pair and listens; the speaker as long as any call is here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from connector_gui.core.call_reports import NoticeGiven, Report, SoundLimited
from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.core.voice import Filters
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.dsp.webrtc import ALL_OFF
from connector_gui.voice.call_microphone import CallMicrophone
from connector_gui.voice.cues import GOODBYE_S, cue_over
from connector_gui.voice.line import Line
from connector_gui.voice.line_keeper import LineKeeper

log = logging.getLogger(__name__)

GRACE_S: Final = 0.05
"""How long the microphone of a pair that nobody holds stays open: the next call may take it at once."""


class PairUser(Protocol):
    """A call, as its pair sees it; all of it in the voice loop."""

    @property
    def is_listening(self) -> bool:
        """It wants a microphone while it holds the pair."""

    @property
    def wire_hz(self) -> int | None:
        """The rate of what it sends; None while that is not known."""

    def seat(self, rate_hz: int | None) -> PlayoutBuffer:
        """What the speaker is to play; *rate_hz* is the speaker's, for a buffer that is not made yet."""

    def greet(self) -> float:
        """The speaker is open: play a first tone, if any; how long the microphone waits for it at most, in s."""

    def line_is_ready(self, problem: AudioError | None) -> None:
        """The devices are open, or not to be had."""

    def lose_line(self) -> None:
        """Another call holds the pair from now on."""

    def tell(self, report: Report) -> None:
        """Tell the operator."""

    def line_broke(self) -> None:
        """A fault in this program: the pair is of no use any more."""


class Pair:
    """Belongs to the voice loop.

    Args:
        line: Its devices, not yet open.
        filters: What the microphone's sound goes through first.
        name: Of the line; empty for the desk's own devices.
        is_filtered: Its microphone goes through filters at all.
        on_closed: Called as the last call leaves: who comes from now on needs a new pair.
    """

    def __init__(
        self,
        line: Line,
        filters: Filters,
        *,
        name: str = "",
        is_filtered: bool = True,
        on_closed: Callable[[Pair], None] = lambda _pair: None,
    ) -> None:
        self.line = line
        self.name = name
        self.holder: PairUser | None = None
        self._is_filtered = is_filtered
        self.microphone = CallMicrophone(filters if is_filtered else ALL_OFF, self._tell)
        self._on_closed = on_closed
        self._users: list[PairUser] = []
        self._nobody = PlayoutBuffer(48_000, prebuffer_ms=0.0)
        self._changed = asyncio.Event()
        self._keeper: LineKeeper | None = None
        self._preferred: tuple[str | None, str | None] | None = None
        self._limits: SoundLimited | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_desk(self) -> bool:
        """These are the desk's own devices."""
        return not self.name

    # --- who is here, and who holds it --------------------------------------------------------------

    def join(self, user: PairUser) -> None:
        """*user* may hold the pair from now on, until it leaves."""
        self._users.append(user)
        if self._limits is not None:
            user.tell(self._limits)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"voice.pair.{self.name or 'desk'}")

    def give_to(self, user: PairUser) -> None:
        """Let *user* hold the pair, and nobody else; heard with the next block where the speaker is open."""
        before, self.holder = self.holder, user
        if before is not None and before is not user:
            log.warning("pair.taken", extra={"line": self.name})
            before.lose_line()
        self._forget_sound()
        if user.wire_hz is not None:
            self.microphone.begin(user.wire_hz)
        if self.line.is_output_open:
            self.line.play(user.seat(self.line.played_hz))
        self._changed.set()

    def take_from(self, user: PairUser) -> None:
        """*user* does not hold the pair any more; nothing if it did not."""
        if self.holder is user:
            self.holder = None
            self.line.play(self._nobody)
            self._changed.set()

    def stop_listening(self, user: PairUser) -> None:
        """*user* wants no microphone any more; whose turn it is not has none."""
        if self.holder is user:
            self.line.input.is_wanted = False  # at once, for a repair that begins now
            self._changed.set()

    async def leave(self, user: PairUser) -> None:
        """*user* needs the pair no more. The last one waits for the tone at the end, and closes the devices."""
        self.take_from(user)
        try:
            if self._users == [user]:
                await cue_over(self.line, GOODBYE_S)
        finally:
            if user in self._users:
                self._users.remove(user)
            if not self._users:
                await self._close()

    async def _close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            self._on_closed(self)
            task.cancel()
            await asyncio.shield(asyncio.gather(task, return_exceptions=True))

    def _forget_sound(self) -> None:
        """What the microphone heard before was for somebody else; the filters learn from it all the same."""
        captured, played = self.line.take_captured(), self.line.take_played()
        self.microphone.move(captured, played, self.line, time.monotonic())
        self.line.take_levels()

    # --- settings ---------------------------------------------------------------------------------------

    def set_filters(self, filters: Filters) -> None:
        """Switch what the microphone's sound goes through, if it goes through any."""
        if self._is_filtered:
            self.microphone.filters = filters

    def use_devices(self, input_device: str | None, output_device: str | None) -> None:
        """Turn to these devices, as `Line` takes them; the ones in use go on until the others work."""
        self._preferred = (input_device, output_device)
        if self._keeper is not None:
            self._keeper.prefer(input_device, output_device)

    # --- the devices ------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.microphone.load(), name="pair.filters")
                while True:
                    await self._changed.wait()
                    self._changed.clear()
                    await self._follow()
                    if self._keeper is None and self.line.output.is_wanted:
                        tasks.create_task(self._keep(), name="pair.keeper")
        except Exception:
            log.exception("pair.failed", extra={"line": self.name})
            for user in list(self._users):
                user.line_broke()
        finally:
            await asyncio.shield(asyncio.to_thread(self.line.close, drain=True))

    async def _keep(self) -> None:
        """See to it that both devices work."""
        self._keeper = LineKeeper(self.line, self._tell)
        if self._preferred is not None:
            self._keeper.prefer(*self._preferred)
        await self._keeper.run()

    async def _follow(self) -> None:
        """Open and close what the holder wants, or nobody."""
        holder = self.holder
        if holder is not None:
            problem = await self._open(holder)
            if self.holder is holder:
                # A line's device may come yet, or come free: its keeper tells, and takes it then.
                holder.line_is_ready(problem if self.is_desk else None)
        if not self._is_microphone_wanted:
            if holder is None:
                await asyncio.sleep(GRACE_S)
            if not self._is_microphone_wanted:
                await asyncio.to_thread(self.line.close_input)

    @property
    def _is_microphone_wanted(self) -> bool:
        return self.holder is not None and self.holder.is_listening

    async def _open(self, holder: PairUser) -> AudioError | None:
        """Open both devices for *holder*, as far as it is still there; why one of them is not to be had."""
        problem: AudioError | None = None
        try:
            await asyncio.to_thread(self.line.open_output)
        except AudioError as error:
            problem = error
        if self.holder is not holder:
            return problem
        self.line.play(holder.seat(self.line.played_hz))
        if problem is not None and self.is_desk:
            return problem  # nobody is to talk to an agent that cannot be heard
        await self._warned(holder)
        if self.holder is not holder or not holder.is_listening:
            return problem
        try:
            await asyncio.to_thread(self.line.open_input)
        except AudioError as error:
            problem = problem or error
        return problem

    async def _warned(self, holder: PairUser) -> None:
        """Until the tone is over that tells somebody who did nothing that they are on air."""
        limit_s = holder.greet()
        if limit_s:
            await cue_over(self.line, limit_s, while_=lambda: self.holder is holder and holder.is_listening)

    def _tell(self, report: NoticeGiven | SoundLimited) -> None:
        """To whom it may concern: the call that holds the pair, or all that wait for it."""
        if isinstance(report, SoundLimited):
            self._limits = report
        elif self.name:
            report = replace(
                report, message=sentence("Line “{name}”: {message}", name=self.name, message=report.message)
            )
        is_for_all = self.holder is None or isinstance(report, SoundLimited)
        for user in list(self._users) if is_for_all else [self.holder]:
            if user is not None:
                user.tell(report)
