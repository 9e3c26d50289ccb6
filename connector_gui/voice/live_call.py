"""One conversation in the voice thread: its link and its line, joined.

    microphone → line → filters → uplink → link
                           ↑ far end
                                  │  messages
    speaker ← line ← playout ← conversation → reports to the desk

Two tasks share the work and end together: the receiver follows the agent's messages, the pump moves
sound as messages become complete (`pace`). What the desk wants comes as method calls, in the voice loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import numpy as np

from connector_gui.core import conversation as talk
from connector_gui.core.call import CloseFrame, Cue, Failure, LineFailed, LinkClosed, PlayedOut
from connector_gui.core.conversation import Conversation, Report
from connector_gui.core.endings import CONNECTION_LOST, explain
from connector_gui.core.errors import AgentError, AudioError
from connector_gui.core.level import SILENCE, Level
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
from connector_gui.core.service import MessageKind
from connector_gui.core.view import FULL_VOLUME, Levels, Speaker
from connector_gui.core.voice import CallSetup, Filters
from connector_gui.dsp.block import EMPTY
from connector_gui.dsp.downlink import Downlink
from connector_gui.dsp.microphone import processing_hz
from connector_gui.dsp.uplink import Uplink
from connector_gui.voice.agent_watch import AGENT_SILENT_S, AgentWatch
from connector_gui.voice.call_microphone import CallMicrophone
from connector_gui.voice.cues import CUE_TONES, GOODBYE_S, WARNING_S, cue_over
from connector_gui.voice.line import Line
from connector_gui.voice.line_keeper import LineKeeper
from connector_gui.voice.pace import pause_s
from connector_gui.voice.recording.call_recording import CallRecording

log = logging.getLogger(__name__)

LEVEL_INTERVAL_S: Final = 1 / 30
TAIL_S: Final = 0.15
"""No audio for this long may be the end of a reply: nothing more is waited for."""
REPLY_END_S: Final = 0.5
"""No audio for this long is the end: the converter's last millisecond is played. In an uneven network the
next piece would else not join the one before."""
LAST_WORDS_S: Final = 1.0
"""Quiet for this long after the agent said goodbye: nothing more will come, even if it does not hang up."""
NO_FILTERS: Final = Filters(echo_cancellation=False, noise_suppression=False, auto_gain=False)
OPERATOR_SPEAKS_DBFS: Final = -45.0
OPERATOR_PAUSE_S: Final = 0.4
MICROPHONE_SILENT_S: Final = 1.0


class LiveCall:
    """A call from its acceptance to its release.

    Args:
        line: Its microphone and speaker, not yet open.
        open_link: Opens the socket at a signed URL.
        tell: Reports to the desk; called in the voice loop, must not block.
        tell_levels: Takes both meters, at most 30 times a second.
        chunk_ms: Length of one wire message.
        filters: What the microphone's sound goes through first.
        agent_patience_s: How long an agent that pings may say nothing at all.
        cue: What the speaker plays first.
    """

    def __init__(
        self,
        session_id: str,
        line: Line,
        open_link: LinkOpener,
        *,
        tell: Callable[[Report], None],
        tell_levels: Callable[[Levels], None],
        chunk_ms: int,
        filters: Filters = NO_FILTERS,
        agent_patience_s: float = AGENT_SILENT_S,
        cue: Cue | None = None,
    ) -> None:
        self.session_id = session_id
        self._line = line
        self._open_link = open_link
        self._tell = tell
        self._tell_levels = tell_levels
        self._chunk_ms = chunk_ms
        self._first_cue = cue
        self._conversation = Conversation()
        self._microphone = CallMicrophone(filters, tell)
        self._recording = CallRecording(tell)
        self._agent_watch = AgentWatch(agent_patience_s)
        self._setup: asyncio.Future[CallSetup] = asyncio.get_running_loop().create_future()
        self._line_open = asyncio.Event()
        self._link: Link | None = None
        self._uplink: Uplink | None = None
        self._downlink: Downlink | None = None
        self._started_s = time.monotonic()
        self._last_audio_s = 0.0
        self._last_capture_s = 0.0
        self._last_level_s = 0.0
        self._operator_spoke_s = 0.0
        self._speaker = Speaker.NOBODY
        self._is_listening = True
        self._is_muted = False
        self._is_held = False
        self._is_silenced = False
        self._is_playing_out = False
        self._is_over = False
        self._volume = 1.0
        self._devices = talk.DevicesUsed("", "")
        self._keeper: LineKeeper | None = None
        self._preferred: tuple[str | None, str | None] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Hold the conversation until cancelled; devices and socket are released on the way out."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._open_line(), name="call.line")
                tasks.create_task(self._receive(), name="call.receive")
                tasks.create_task(self._microphone.load(), name="call.filters")
                tasks.create_task(self._pump(), name="call.pump")
                tasks.create_task(self._keep_line(), name="call.line_keeper")
        finally:
            self._tasks = None
            self._is_listening = False
            self._recording.stop()
            try:
                await cue_over(self._line, GOODBYE_S)
            finally:
                await asyncio.shield(asyncio.to_thread(self._line.close, drain=True))
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
        if self._uplink is not None:
            self._uplink.is_muted = is_muted

    def set_filters(self, filters: Filters) -> None:
        """Switch what the microphone's sound goes through."""
        self._microphone.filters = filters

    def use_devices(self, input_device: str | None, output_device: str | None) -> None:
        """Turn to these devices, as `Line` takes them; the ones in use go on until the others work."""
        self._preferred = (input_device, output_device)
        if self._keeper is not None:
            self._keeper.prefer(input_device, output_device)

    def set_held(self, is_held: bool) -> None:
        """Take the devices from the conversation or give them back; silence goes on at the real pace."""
        if is_held == self._is_held:
            return
        self._is_held = is_held
        self._start(self._follow_hold(), "call.hold")

    def send_text(self, text: str, kind: MessageKind) -> None:
        """Send text to the agent, once the conversation runs; it is reported when it is on its way."""
        self._start(self._send_text(text, kind), "call.text")

    async def _send_text(self, text: str, kind: MessageKind) -> None:
        if await self._send(UserMessage(text=text) if kind == "user_message" else ContextualUpdate(text=text)):
            self._tell(talk.OperatorTyped(text, kind, self._at_ms()))

    async def _send(self, message: ClientMessage) -> bool:
        """Send something once the conversation runs; whether it was sent."""
        if self._link is None or self._uplink is None or self._is_over:
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
            self._tell(talk.TurnRated(event_id, score))

    def answer_approval(self, tool_call_id: str, is_approved: bool) -> None:
        """The operator's word on a tool that waits for it."""
        answer = self._conversation.answer_approval(tool_call_id, is_approved, self._at_ms())
        self._start(self._perform_all(answer), "call.approval")

    def set_volume(self, percent: int) -> None:
        """Play the agent that loud, from 0 to 100. Squared: half the number sounds half as loud."""
        self._volume = (percent / FULL_VOLUME) ** 2
        self._follow_volume()

    def _follow_volume(self) -> None:
        if self._line_open.is_set():
            self._line.playout.volume = self._volume

    def close_microphone(self) -> None:
        """Nothing the operator says from now on leaves the desk."""
        if self._is_listening:
            self._is_listening = False
            # Not a task of the group: being released must not keep the microphone open.
            self._closing = asyncio.get_running_loop().run_in_executor(None, self._line.close_input)

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
        self._is_silenced = True
        self._drop_playout()

    def play_cue(self, cue: Cue) -> None:
        """Let the operator hear *cue* at once; what the microphone makes of it is not sent."""
        self._line.play_cue(CUE_TONES[cue])

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

    # --- line -------------------------------------------------------------------------------------

    async def _open_line(self) -> None:
        try:
            await asyncio.to_thread(self._line.open_output)
            if self._is_held:
                self._line.playout.hold()
            if self._first_cue is not None:
                self.play_cue(self._first_cue)
            if self._first_cue is Cue.ANSWERED:  # nobody is on air unwarned
                await cue_over(self._line, WARNING_S)
            if self._is_listening and not self._is_held:
                await asyncio.to_thread(self._line.open_input)
        except AudioError as error:
            self._tell(LineFailed(Failure("no_audio_device", str(error))))
            return
        if not self._is_listening:  # ended while the microphone was being opened
            await asyncio.to_thread(self._line.close_input)
        self._line_open.set()
        self._follow_volume()

    async def _keep_line(self) -> None:
        """From the opening on, see to it that both devices work."""
        await self._line_open.wait()
        self._keeper = LineKeeper(self._line, self._tell)
        if self._preferred is not None:
            self._keeper.prefer(*self._preferred)
        await self._keeper.run()

    async def _follow_hold(self) -> None:
        await self._line_open.wait()
        try:
            if self._is_held:
                self._line.playout.hold()
                await asyncio.to_thread(self._line.close_input)
                return
            self._line.playout.resume()
            if self._is_listening:
                await asyncio.to_thread(self._line.open_input)
        except AudioError as error:
            self._tell(talk.NoticeGiven("microphone_lost", str(error)))

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
                self._play(payload, event_id)
            case talk.FlushPlayout(event_id):
                self._flush(event_id)
            case talk.Send(message):
                await link.send(message)
            case talk.Tell(report):
                self._tell(report)

    async def _perform_all(self, actions: list[talk.Action]) -> None:
        """What nobody at the other end asked for just now."""
        if self._link is not None and not self._is_over:
            for action in actions:
                await self._perform(action, self._link)

    async def _begin(self, begin: talk.Begin) -> None:
        """Sound flows once the formats are known; the speaker's rate is known once it is open."""
        await self._line_open.wait()
        self._started_s = time.monotonic()
        self._downlink = Downlink(begin.output_format, self._line.playout.rate_hz)
        self._uplink = Uplink(begin.input_format, self._chunk_ms, now_s=self._started_s)
        self._uplink.is_muted = self._is_muted
        self._microphone.begin(begin.input_format.rate_hz)
        self._recording.begin(processing_hz(begin.input_format.rate_hz), self._started_s)

    def _play(self, payload: bytes, event_id: int) -> None:
        # What was on its way when the operator hung up is not heard any more.
        if self._downlink is not None and not self._is_silenced:
            self._last_audio_s = time.monotonic()
            self._line.playout.write(self._downlink.feed(payload), event_id)

    def _flush(self, event_id: int) -> None:
        # Before the formats are known there may be no speaker yet, and nothing was heard.
        heard_ms = self._line.playout.heard_ms(event_id) if self._downlink is not None else 0.0
        self._drop_playout()
        self._tell(talk.AgentCutOff(event_id, self._at_ms(), heard_ms))

    def _drop_playout(self) -> None:
        if self._downlink is not None:
            self._line.playout.flush()
            self._downlink.clear()

    def _at_ms(self) -> int:
        return round((time.monotonic() - self._started_s) * 1000)

    def _close(self, close: CloseFrame | None, failure: Failure | None) -> None:
        """Report the end of the link, once."""
        if not self._is_over:
            self._is_over = True
            self._tell(LinkClosed(close, failure))

    # --- the pump -------------------------------------------------------------------------------------

    async def _pump(self) -> None:
        await self._line_open.wait()
        self._last_capture_s = time.monotonic()
        while True:
            now_s = time.monotonic()
            microphone = self._line.input_stream
            last_block_s = microphone.stats.last_callback_s if microphone else None
            await self._move_captured(now_s)
            self._play_tail(now_s)
            self._watch(now_s)
            await self._perform_all(self._conversation.refuse_overdue(self._at_ms()))
            if self._agent_watch.has_lost(now_s):
                self.give_up(CONNECTION_LOST)
            if self._is_playing_out and self._has_played_out(now_s):
                self._is_playing_out = False
                self._tell(PlayedOut())  # the device's own last blocks are played when it is closed
            await asyncio.sleep(pause_s(self._missing_s(), last_block_s, time.monotonic()))

    async def _move_captured(self, now_s: float) -> None:
        captured = self._line.take_captured()
        if captured.size:
            self._last_capture_s = now_s
        played = self._line.take_played()
        captured = self._microphone.move(captured, played, self._line, now_s)
        is_silent = self._is_held or self._line.is_cue_playing
        is_sent = self._is_sending and not (self._is_muted or is_silent)
        # The tone at the end is no part of the conversation.
        heard = np.zeros_like(played) if self._is_silenced else played
        delay_ms = self._microphone.delay_ms
        self._recording.add(captured, heard, self._line, now_s, is_sent=is_sent, delay_ms=delay_ms)
        if self._uplink is not None and self._microphone.rate_hz is not None:
            self._uplink.use_device(self._microphone.rate_hz)
        if self._uplink is None or self._link is None or not self._is_sending:
            return
        for chunk in self._uplink.feed(EMPTY if is_silent else captured, now_s):
            await self._link.send(UserAudioChunk.of(chunk))

    @property
    def _is_sending(self) -> bool:
        return self._is_listening and not self._is_over and not self._conversation.is_waiting_for_line

    def _missing_s(self) -> float | None:
        """Sound that the next message still needs; None while none is sent."""
        return self._uplink.missing_s if self._uplink is not None and self._is_sending else None

    def _play_tail(self, now_s: float) -> None:
        if self._downlink is not None and now_s - self._last_audio_s > REPLY_END_S:
            tail = self._downlink.finish()
            if tail.size and not self._line.playout.is_empty:  # on its own it would be a click
                self._line.playout.write(tail)

    def _has_played_out(self, now_s: float) -> bool:
        is_complete = self._is_over or now_s - self._last_audio_s > LAST_WORDS_S
        return is_complete and now_s - self._last_audio_s > TAIL_S and self._line.playout.is_empty

    def _watch(self, now_s: float) -> None:
        """Meters, who speaks, and a microphone that delivers nothing."""
        if now_s - self._last_level_s < LEVEL_INTERVAL_S:
            return
        self._last_level_s = now_s
        self._watch_devices()
        heard = self._line.take_levels()
        operator, agent = heard.microphone, heard.speaker
        expects_sound = self._is_listening and not self._is_held
        if self._is_muted or self._is_held or not self._is_listening:
            operator = SILENCE
        if not self._is_held:
            self._tell_levels(Levels(operator, agent))
        self._watch_speaker(operator, now_s)
        may_speak = expects_sound and not self._is_muted and self._speaker is not Speaker.AGENT
        self._microphone.watch(operator, self._line, operator_may_speak=may_speak, now_s=now_s)
        # A device that is gone is the keeper's business; this one is there, and mute.
        is_mute = expects_sound and self._line.is_input_open
        if is_mute and now_s - self._last_capture_s > MICROPHONE_SILENT_S:
            self._last_capture_s = float("inf")
            message = "Your microphone delivers no sound: the agent hears silence. Check that it is plugged in."
            self._tell(talk.NoticeGiven("microphone_silent", message))

    def _watch_devices(self) -> None:
        microphone, speaker = self._line.input_stream, self._line.output_stream
        used = talk.DevicesUsed(
            microphone.device.name if microphone else "",
            speaker.device.name if speaker else "",
        )
        if used != self._devices:
            self._devices = used
            self._tell(used)

    def _watch_speaker(self, operator: Level, now_s: float) -> None:
        if operator.rms_dbfs > OPERATOR_SPEAKS_DBFS:
            self._operator_spoke_s = now_s
        speaker = Speaker.NOBODY
        if self._line.playout.is_playing:
            speaker = Speaker.AGENT
        elif now_s - self._operator_spoke_s < OPERATOR_PAUSE_S:
            speaker = Speaker.OPERATOR
        if speaker is not self._speaker:
            self._speaker = speaker
            self._tell(talk.SpeakerChanged(speaker))
