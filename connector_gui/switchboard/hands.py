"""The hands of the desk: carries out what it commands, in order, through voice thread, timers and listeners."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from connector_gui.core import call_commands
from connector_gui.core.call import CallState
from connector_gui.core.call_commands import (
    Connect,
    GiveNotice,
    HangUpLink,
    MoveLine,
    PlayCue,
    PlayOut,
    Release,
    SetHeld,
    SetMuted,
    StartTimer,
    StopTimer,
    TellAgent,
)
from connector_gui.core.call_events import Failure, LinkClosed, TimerExpired
from connector_gui.core.desk import CallCommand, Command, Desk, SetRinging
from connector_gui.core.errors import AgentError, RefusedError
from connector_gui.core.presence import KeepPresence, KeptPresence, TimePassed, WatchTime
from connector_gui.core.voice import CallSetup
from connector_gui.switchboard.jobs import Jobs
from connector_gui.switchboard.ports import Clock, Recordings, VoicePort
from connector_gui.switchboard.presence_watch import PresenceWatch
from connector_gui.switchboard.reception import Reception
from connector_gui.switchboard.timers import Timers

log = logging.getLogger(__name__)

HoldsEvent = Callable[[str, LinkClosed | TimerExpired], None]
ENDS: Final = HangUpLink | PlayOut | Release
"""After one of these nothing the operator says may leave the desk."""


class Hands:
    """Carries out commands; what comes of them is posted as the next event.

    Args:
        post: Takes an event of a call, to be handled in its turn.
        attend: Called when the time of the operator's presence may be up.

    Attributes:
        records_calls: Every call is recorded from its beginning.
        on_presence: Called with what the next start must know of the operator's presence.
    """

    def __init__(
        self,
        desk: Desk,
        voice: VoicePort,
        reception: Reception,
        recordings: Recordings,
        clock: Clock,
        jobs: Jobs,
        *,
        post: HoldsEvent,
        attend: Callable[[TimePassed], None],
    ) -> None:
        self._desk = desk
        self._voice = voice
        self._reception = reception
        self._recordings = recordings
        self._clock = clock
        self._jobs = jobs
        self._post = post
        self._timers = Timers(lambda session_id, timer: post(session_id, TimerExpired(timer)))
        self._presence_watch = PresenceWatch(desk, clock, lambda: attend(TimePassed()))
        self.records_calls = False
        self.on_presence: list[Callable[[KeptPresence | None], None]] = []

    def stop_clocks(self) -> None:
        """The program ends: no deadline matters any more."""
        self._timers.stop_all()
        self._presence_watch.stop()

    def stop_listening(self, commands: Sequence[Command]) -> None:
        """Close microphones before anything is written: a slow disk must not keep one open."""
        for command in commands:
            if isinstance(command, CallCommand) and isinstance(command.command, ENDS):
                self._voice.close_microphone(command.session_id)

    def carry_out(self, commands: Sequence[Command]) -> None:
        """Do what is commanded, in order."""
        for command in commands:
            match command:
                case SetRinging(volume):
                    self._voice.ring(volume)
                case WatchTime():
                    self._presence_watch.start()
                case KeepPresence(kept):
                    for listener in self.on_presence:
                        listener(kept)
                case CallCommand(session_id, of_call):
                    self._of_call(session_id, of_call)

    def _of_call(self, session_id: str, command: call_commands.Command) -> None:
        match command:
            case StartTimer(timer, after_s):
                self._timers.start(session_id, timer, after_s)
            case StopTimer(timer):
                self._timers.stop(session_id, timer)
            case Connect(cue, line):
                log.info("call.accepted", extra={"session_id": session_id, "line": line.name if line else None})
                self._voice.open_line(session_id, cue, line)
                self._jobs.spawn(lambda: self._connect(session_id), f"switchboard.connect.{session_id}")
            case PlayCue(cue):
                self._voice.play_cue(session_id, cue)
            case SetMuted(is_muted):
                self._voice.set_muted(session_id, is_muted)
            case SetHeld(is_held):
                self._voice.set_held(session_id, is_held)
            case MoveLine(line):
                log.info("call.moved", extra={"session_id": session_id, "line": line.name if line else None})
                self._voice.move_line(session_id, line)
            case TellAgent(text):
                self._voice.send_text(session_id, text, "contextual_update")
            case HangUpLink():
                self._voice.hang_up(session_id)
            case PlayOut():
                self._voice.play_out(session_id)
            case Release():
                self._voice.release(session_id)
            case GiveNotice():
                pass  # Written down with the change that it belongs to.

    async def _connect(self, session_id: str) -> None:
        call = self._desk.find(session_id)
        if call is None:
            return
        request = call.request
        try:
            signed = await self._reception.signed_url(request)
        except (RefusedError, AgentError) as error:
            self._post(session_id, LinkClosed(None, Failure(error.code, str(error))))
            return
        if call.state is CallState.CONNECTING:
            self._voice.connect(
                CallSetup(
                    session_id,
                    signed.url,
                    request.dynamic_variables,
                    request.overrides,
                    request.user_id,
                    self._recording_path() if self.records_calls else None,
                )
            )

    # --- recordings ---------------------------------------------------------------------------------

    def set_recording(self, session_id: str, *, is_on: bool) -> None:
        """Record that call from now on, or no longer."""
        self._voice.set_recording(session_id, self._recording_path() if is_on else None)

    def _recording_path(self) -> Path:
        return self._recordings.new_path(self._clock().utc)
