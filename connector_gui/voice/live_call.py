"""One conversation in the voice thread: its link, its sound, and the line that it has at the moment.

    line (`pair`) ⇄ sound (`call_sound`) ⇄ link
                          │  messages
                     conversation → reports to the desk

Two tasks share the work and end together: the receiver follows the agent's messages, the pump moves
sound as messages become complete (`pace`). What the desk wants comes as method calls, in the voice loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from connector_gui.core import conversation as talk
from connector_gui.core.call_commands import Cue
from connector_gui.core.call_events import CloseFrame, Failure, LineFailed, LinkClosed, PlayedOut
from connector_gui.core.call_reports import AgentCutOff, NoticeGiven, OperatorTyped, Report, TurnRated
from connector_gui.core.conversation import Conversation
from connector_gui.core.endings import CONNECTION_LOST, explain
from connector_gui.core.errors import AgentError, AudioError
from connector_gui.core.link import Link, LinkOpener
from connector_gui.core.messages import (
    ClientMessage,
    ContextualUpdate,
    Feedback,
    UserActivity,
    UserAudioChunk,
    UserMessage,
)
from connector_gui.core.record import Score
from connector_gui.core.sentence import sentence
from connector_gui.core.service import MessageKind
from connector_gui.core.view import FULL_VOLUME, Levels
from connector_gui.core.voice import CallSetup
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.voice.agent_watch import AGENT_SILENT_S, AgentWatch
from connector_gui.voice.call_sound import CallSound
from connector_gui.voice.call_watch import CallWatch
from connector_gui.voice.cues import CUE_TONES, WARNING_S
from connector_gui.voice.pace import LINE_LONGEST_S, LONGEST_S
from connector_gui.voice.pair import Pair
from connector_gui.voice.recording.call_recording import CallRecording

log = logging.getLogger(__name__)

STEP_S: Final = 0.01
"""Calls on lines look at multiples of this, so that several of them wake the loop together."""
FAULT: Final = Failure(
    "internal_error", sentence("The call stopped because of a fault in this program. The log has the details.")
)


class LiveCall:
    """A call from its acceptance to its release.

    Args:
        pair: The microphone and speaker that it is to have.
        open_link: Opens the socket at a signed URL.
        tell: Reports to the desk; called in the voice loop, must not block.
        tell_levels: Takes both meters, at most 30 times a second, while the call has a line.
        chunk_ms: Length of one wire message.
        agent_patience_s: How long an agent that pings may say nothing at all.
        cue: What the speaker plays first.
    """

    def __init__(
        self,
        session_id: str,
        pair: Pair,
        open_link: LinkOpener,
        *,
        tell: Callable[[Report], None],
        tell_levels: Callable[[Levels], None],
        chunk_ms: int,
        agent_patience_s: float = AGENT_SILENT_S,
        cue: Cue | None = None,
    ) -> None:
        self.session_id = session_id
        self.tell = tell
        self.is_listening = True
        self._pair = pair
        self._open_link = open_link
        self._first_cue = cue
        self._conversation = Conversation()
        self._recording = CallRecording(tell)
        self._sound = CallSound(chunk_ms, self._recording)
        self._watch = CallWatch(self._sound, tell, tell_levels)
        self._agent_watch = AgentWatch(agent_patience_s)
        self._setup: asyncio.Future[CallSetup] = asyncio.get_running_loop().create_future()
        self._is_settled = asyncio.Event()
        self._link: Link | None = None
        self._started_s = time.monotonic()
        self._is_muted = False
        self._is_held = False
        self._is_playing_out = False
        self._is_over = False
        self._tasks: asyncio.TaskGroup | None = None
        self._left: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Hold the conversation until cancelled; devices and socket are released on the way out."""
        self._pair.join(self)
        if self._is_held:
            self._is_settled.set()
        else:
            self._pair.give_to(self)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._receive(), name="call.receive")
                tasks.create_task(self._pump(), name="call.pump")
        finally:
            self._tasks = None
            self.is_listening = False
            self._recording.stop()
            log.info("call.sound", extra={"session_id": self.session_id, **self._sound.counters})
            try:
                await self._pair.leave(self)
                await asyncio.gather(*self._left, return_exceptions=True)
            finally:
                await self._recording.finish()

    # --- what the desk wants --------------------------------------------------------------------

    def connect(self, setup: CallSetup) -> None:
        """The signed URL is at hand: open the link."""
        if not self._setup.done():
            self._setup.set_result(setup)
            if setup.recording is not None:
                self._recording.use(setup.recording)

    def set_recording(self, path: Path | None) -> None:
        """Record to the new file *path* from now on, or no longer."""
        self._recording.use(path)

    def set_muted(self, is_muted: bool) -> None:
        """Send zeros in place of the microphone, or stop doing so."""
        self._is_muted = is_muted
        self._sound.set_muted(is_muted)

    def set_held(self, is_held: bool) -> None:
        """Take the devices from the conversation or give them back; silence goes on at the real pace."""
        if is_held == self._is_held:
            return
        self._is_held = is_held
        if is_held:
            self._give_line_back()
        elif self._tasks is not None:
            self._take_line()

    def move(self, pair: Pair) -> None:
        """Go on with *pair*'s devices in place of the present ones; a held call does so once it is resumed."""
        if pair is self._pair or self._tasks is None:
            return
        before, self._pair = self._pair, pair
        self._finish_line(before)
        pair.join(self)
        self._left.append(asyncio.get_running_loop().create_task(before.leave(self), name="call.leave"))
        if not self._is_held:
            self._take_line()

    def _take_line(self) -> None:
        self._sound.resume()
        self._watch.begin_line(time.monotonic())
        self._pair.give_to(self)

    def _give_line_back(self) -> None:
        self._finish_line(self._pair)
        self._pair.take_from(self)
        self._first_cue = None  # it told of something that has just happened
        self._is_settled.set()

    def _finish_line(self, pair: Pair) -> None:
        """What its microphone heard up to now goes out; then there is silence."""
        now_s = time.monotonic()
        if pair.holder is self and self._link is not None:
            chunks = self._sound.move(pair, now_s, is_sending=self._is_sending)
            self._start(self._send_all(chunks), "call.last_sound")
        self._sound.hold(now_s)

    @property
    def is_at_desk(self) -> bool:
        """It runs on the desk's own devices."""
        return self._pair.is_desk

    # --- as the pair sees it --------------------------------------------------------------------

    @property
    def wire_hz(self) -> int | None:
        """See `PairUser`."""
        return self._sound.wire_hz

    def seat(self, rate_hz: int | None) -> PlayoutBuffer:
        """See `PairUser`."""
        return self._sound.settle(rate_hz)

    def greet(self) -> float:
        """See `PairUser`."""
        cue, self._first_cue = self._first_cue, None
        if cue is not None:
            self.play_cue(cue)
        return WARNING_S if cue is Cue.ANSWERED else 0.0  # nobody is on air unwarned

    def line_is_ready(self, problem: AudioError | None) -> None:
        """See `PairUser`."""
        if problem is None:
            self._is_settled.set()
        elif self._is_settled.is_set():
            self.tell(NoticeGiven("microphone_lost", str(problem)))
        else:
            self.tell(LineFailed(Failure("no_audio_device", str(problem))))

    def lose_line(self) -> None:
        """See `PairUser`."""
        self._sound.hold(time.monotonic())
        self._is_settled.set()

    def line_broke(self) -> None:
        """See `PairUser`."""
        self.give_up(FAULT)

    def send_text(self, text: str, kind: MessageKind) -> None:
        """Send text to the agent, once the conversation runs; it is reported when it is on its way."""
        self._start(self._send_text(text, kind), "call.text")

    async def _send_text(self, text: str, kind: MessageKind) -> None:
        if await self._send(UserMessage(text=text) if kind == "user_message" else ContextualUpdate(text=text)):
            self.tell(OperatorTyped(text, kind, self._at_ms()))

    async def _send(self, message: ClientMessage) -> bool:
        """Send something once the conversation runs; whether it was sent."""
        if self._link is None or self._sound.wire_hz is None or self._is_over:
            return False
        await self._link.send(message)
        return True

    def send_activity(self) -> None:
        """Somebody is busy typing: the agent should not butt in."""
        self._start(self._send(UserActivity()), "call.activity")

    def rate_turn(self, event_id: int, score: Score) -> None:
        """Send the operator's liking of a turn; reported when it is on its way."""
        self._start(self._rate_turn(event_id, score), "call.rating")

    async def _rate_turn(self, event_id: int, score: Score) -> None:
        if await self._send(Feedback(event_id=event_id, score=score)):
            self.tell(TurnRated(event_id, score))

    def answer_approval(self, tool_call_id: str, is_approved: bool) -> None:
        """The operator's word on a tool that waits for it."""
        answer = self._conversation.answer_approval(tool_call_id, is_approved, self._at_ms())
        self._start(self._perform_all(answer), "call.approval")

    def set_volume(self, percent: int) -> None:
        """Play the agent that loud, from 0 to 100. Squared: half the number sounds half as loud."""
        self._sound.set_volume((percent / FULL_VOLUME) ** 2)

    def close_microphone(self) -> None:
        """Nothing the operator says from now on leaves the desk."""
        if self.is_listening:
            self.is_listening = False
            self._pair.stop_listening(self)

    def hang_up(self) -> None:
        """Silence both ways at once, and say goodbye."""
        self.silence()
        if self._link is None:
            self._setup.cancel()
            self._close(None, None)
        else:
            self._start(self._link.close(), "call.goodbye")

    def silence(self) -> None:
        """Neither side hears the other from now on."""
        self.close_microphone()
        self._sound.silence()

    def play_cue(self, cue: Cue) -> None:
        """Let the operator hear *cue* at once; what the microphone makes of it is not sent."""
        if self._pair.holder is self:
            self._pair.line.play_cue(CUE_TONES[cue])

    def give_up(self, failure: Failure) -> None:
        """The conversation is over because of *failure*; no news if it was over before."""
        self._close(None, failure)

    def play_out(self) -> None:
        """The agent is leaving: let its last words be heard."""
        self.close_microphone()
        self._is_playing_out = True

    def _start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        if self._tasks is None:  # not running yet, or released already: nothing is open
            work.close()
        else:
            self._tasks.create_task(work, name=name)

    # --- receiving ----------------------------------------------------------------------------------

    async def _receive(self) -> None:
        try:
            setup = await self._setup
        except asyncio.CancelledError:
            if self._is_over:
                return  # hung up before the link was opened
            raise
        try:
            await self._follow(setup)
        except AgentError as error:
            self._close(self._link.close_frame if self._link else None, Failure(error.code, str(error)))

    async def _follow(self, setup: CallSetup) -> None:
        initiation = Conversation.initiation(setup.dynamic_variables, setup.user_id, setup.overrides)
        async with self._open_link(setup.signed_url) as link:
            self._link = link
            await link.send(initiation)
            async for message in link.messages():
                self._agent_watch.heard(message, time.monotonic())
                for action in self._conversation.handle(message, self._at_ms()):
                    if isinstance(action, talk.GiveUp):
                        self._close(None, action.failure)
                        return
                    await self._perform(action, link)
        self._close(link.close_frame, explain(link.close_frame, self._conversation.error_before_close(self._at_ms())))

    async def _perform(self, action: talk.Action, link: Link) -> None:
        match action:
            case talk.Begin():
                await self._begin(action)
            case talk.Play(payload, event_id):
                self._sound.play(payload, event_id, time.monotonic())
            case talk.FlushPlayout(event_id):
                self._flush(event_id)
            case talk.Send(message):
                await link.send(message)
            case talk.Tell(report):
                self.tell(report)

    async def _perform_all(self, actions: list[talk.Action]) -> None:
        """What nobody at the other end asked for just now."""
        if self._link is not None and not self._is_over:
            for action in actions:
                await self._perform(action, self._link)

    async def _begin(self, begin: talk.Begin) -> None:
        """Sound flows once the formats are known; the speaker's rate is known once it is open."""
        await self._is_settled.wait()
        self._started_s = time.monotonic()
        self._sound.begin(begin, self._started_s)
        if self._pair.holder is self:
            self._pair.microphone.begin(begin.input_format.rate_hz)

    def _flush(self, event_id: int) -> None:
        self.tell(AgentCutOff(event_id, self._at_ms(), self._sound.flush(event_id)))

    def _at_ms(self) -> int:
        return round((time.monotonic() - self._started_s) * 1000)

    def _close(self, close: CloseFrame | None, failure: Failure | None) -> None:
        """Report the end of the link, once."""
        if not self._is_over:
            self._is_over = True
            self.tell(LinkClosed(close, failure))

    # --- the pump -------------------------------------------------------------------------------------

    async def _pump(self) -> None:
        await self._is_settled.wait()
        self._watch.begin_line(time.monotonic())
        while True:
            now_s = time.monotonic()
            has_line = self._pair.holder is self
            microphone = self._pair.line.input_stream if has_line else None
            last_block_s = microphone.stats.last_callback_s if microphone else None
            await self._send_all(self._move(now_s) if has_line else self._wait(now_s))
            self._sound.play_tail(now_s)
            await self._perform_all(self._conversation.refuse_overdue(self._at_ms()))
            if self._agent_watch.has_lost(now_s):
                self.give_up(CONNECTION_LOST)
            self._watch_last_words(now_s, has_line=has_line)
            await asyncio.sleep(self._pause_s(last_block_s))

    def _move(self, now_s: float) -> list[UserAudioChunk]:
        chunks = self._sound.move(self._pair, now_s, is_sending=self._is_sending)
        self._watch.look(self._pair, now_s, is_listening=self.is_listening, is_muted=self._is_muted)
        return chunks

    def _wait(self, now_s: float) -> list[UserAudioChunk]:
        chunks = self._sound.wait(now_s, is_sending=self._is_sending, is_left=self._pair.line.is_handed_over)
        self._watch.look_without(now_s)
        return chunks

    async def _send_all(self, chunks: list[UserAudioChunk]) -> None:
        if self._link is not None:
            for chunk in chunks:
                await self._link.send(chunk)

    def _pause_s(self, last_block_s: float | None) -> float:
        now_s = time.monotonic()
        longest_s = LONGEST_S if self._pair.is_desk else LINE_LONGEST_S
        block_s = self._pair.line.block_ms / 1000
        pause_s = self._sound.pause_s(
            last_block_s, now_s, is_sending=self._is_sending, longest_s=longest_s, block_s=block_s
        )
        if self._pair.is_desk:
            return pause_s  # somebody sits there and waits for an answer
        return math.ceil((now_s + pause_s) / STEP_S) * STEP_S - now_s

    @property
    def _is_sending(self) -> bool:
        return self.is_listening and not self._is_over and not self._conversation.is_waiting_for_line

    def _watch_last_words(self, now_s: float, *, has_line: bool) -> None:
        """Tell once they have been heard; without a line nobody hears them."""
        is_over = not has_line or self._sound.has_played_out(now_s, is_over=self._is_over)
        if self._is_playing_out and is_over:
            self._is_playing_out = False
            self.tell(PlayedOut())  # the device's own last blocks are played when it is closed
