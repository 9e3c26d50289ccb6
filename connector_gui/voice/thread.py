"""The voice thread, and the one place where the two loops meet.

    main loop                                   voice loop (a thread of its own)
    VoiceThread.connect(…) ── commands down ──→ VoiceLoop → LiveCall.connect(…)
    Listeners.report, levels, … ←── events up, coalesced ── Telling ←── LiveCall

Nobody else calls across. Commands return at once; a frozen window delays no sound, and a slow
device delays no window.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, Final

from connector_gui.core.call_commands import Cue
from connector_gui.core.desk import RingVolume
from connector_gui.core.lines import LineDevices
from connector_gui.core.link import LinkOpener
from connector_gui.core.record import Score
from connector_gui.core.service import MessageKind
from connector_gui.core.voice import CallSetup, SoundSettings
from connector_gui.voice.agent_watch import AGENT_SILENT_S
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.live_call import LiveCall
from connector_gui.voice.playback import Player
from connector_gui.voice.preview import Preview
from connector_gui.voice.sound import Direction, SoundSystem
from connector_gui.voice.sound_check import Speech
from connector_gui.voice.telling import Listeners, Telling
from connector_gui.voice.voice_loop import VoiceLoop

log = logging.getLogger(__name__)

STOP_TIMEOUT_S: Final = 3.0
SWITCH_S: Final = 0.0005
"""How long another thread may keep the interpreter from the voice thread and the devices' callbacks. With Python's
own 5 ms, and the filters letting go of it three times a block, a window that computes would delay the sound."""

__all__ = ["Listeners", "VoiceThread"]


class VoiceThread:
    """A plain asyncio loop in a thread, with the conversations in it.

    Args:
        sound: The sound system: lists and opens devices.
        open_link: Opens sockets to agents.
        agent_patience_s: How long an agent that pings may say nothing at all.
    """

    def __init__(self, sound: SoundSystem, open_link: LinkOpener, *, agent_patience_s: float = AGENT_SILENT_S) -> None:
        self._sound = sound
        self._catalog = DeviceCatalog(sound)
        self._open_link = open_link
        self._agent_patience_s = agent_patience_s
        self._settings = SoundSettings()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: VoiceLoop | None = None
        self._thread: threading.Thread | None = None

    # --- life: main thread ------------------------------------------------------------------------

    def start(self, listeners: Listeners) -> None:
        """Start the thread; what it reports reaches *listeners* in the loop that runs now."""
        self._telling = Telling(asyncio.get_running_loop(), listeners)
        started = threading.Event()
        sys.setswitchinterval(SWITCH_S)
        self._thread = threading.Thread(target=self._run, args=(started,), name="voice", daemon=True)
        self._thread.start()
        started.wait()

    async def stop(self) -> None:
        """End every conversation, release every device, end the thread."""
        if self._thread is None:
            return
        self._post(VoiceLoop.stop)
        await asyncio.to_thread(self._thread.join, STOP_TIMEOUT_S)
        await asyncio.to_thread(self._catalog.close)
        if self._thread.is_alive():
            log.error("voice.did_not_stop")

    def _run(self, started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._live(started))

    async def _live(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = VoiceLoop(
            self._sound, self._catalog, self._open_link, self._telling, agent_patience_s=self._agent_patience_s
        )
        self._work.configure(self._settings)
        await self._work.run(started.set)

    # --- commands: main thread ----------------------------------------------------------------------

    def configure(self, settings: SoundSettings) -> None:
        """Use *settings* for what is opened from now on, and their filters and devices in the calls that run."""
        self._settings = settings
        self._post(VoiceLoop.configure, settings)

    def open_line(self, session_id: str, cue: Cue | None = None, devices: LineDevices | None = None) -> None:
        """Open speaker and microphone for a call that was just accepted; *cue* is heard first, if any is wanted.

        Args:
            devices: The line that the call runs on; ``None``: the desk's own devices, which are the call's alone
                until another one is opened or resumed there.
        """
        wanted = cue if self._settings.has_cues else None
        self._post(VoiceLoop.open_call, session_id, self._settings, wanted, devices)

    def move_line(self, session_id: str, devices: LineDevices | None) -> None:
        """Let a running call go on with *devices*: a line's, or the desk's own for ``None``."""
        self._post(VoiceLoop.move_call, session_id, devices)

    def play_cue(self, session_id: str, cue: Cue) -> None:
        """Let the operator hear *cue* in that call's speaker, if cues are wanted."""
        if self._settings.has_cues:
            self._post(VoiceLoop.with_call, session_id, LiveCall.play_cue, cue)

    def connect(self, setup: CallSetup) -> None:
        """Open the link of that call."""
        self._post(VoiceLoop.with_call, setup.session_id, LiveCall.connect, setup)

    def set_muted(self, session_id: str, is_muted: bool) -> None:
        """Send zeros in place of the microphone, or stop doing so."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.set_muted, is_muted)

    def set_held(self, session_id: str, is_held: bool) -> None:
        """Take the devices from a call or give them back."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.set_held, is_held)

    def set_recording(self, session_id: str, path: Path | None) -> None:
        """Record that call to the new file *path* from now on, or no longer."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.set_recording, path)

    def close_microphone(self, session_id: str) -> None:
        """Nothing the operator says from now on leaves the desk."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.close_microphone)

    def send_text(self, session_id: str, text: str, kind: MessageKind) -> None:
        """Send text to the agent of a call."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.send_text, text, kind)

    def send_activity(self, session_id: str) -> None:
        """Let the agent of a call know that somebody is busy typing."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.send_activity)

    def answer_approval(self, session_id: str, tool_call_id: str, is_approved: bool) -> None:
        """The operator's word on a tool that waits for it."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.answer_approval, tool_call_id, is_approved)

    def rate_turn(self, session_id: str, event_id: int, score: Score) -> None:
        """Send the operator's liking of a turn."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.rate_turn, event_id, score)

    def set_volume(self, session_id: str, percent: int) -> None:
        """Play the agent of a call that loud, from 0 to 100."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.set_volume, percent)

    def hang_up(self, session_id: str) -> None:
        """Silence both ways, and say goodbye on the socket."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.hang_up)

    def play_out(self, session_id: str) -> None:
        """Play the agent's last words, then report `PlayedOut`."""
        self._post(VoiceLoop.with_call, session_id, LiveCall.play_out)

    def release(self, session_id: str) -> None:
        """Let go of everything the call has, in whatever state it is."""
        self._post(VoiceLoop.release, session_id)

    def ring(self, volume: RingVolume) -> None:
        """Ring this loud from now on."""
        self._post(VoiceLoop.ring, volume, self._settings)
        if volume is not RingVolume.OFF and any(astuple(self._settings.filters)):
            self._post(VoiceLoop.prepare_filters)

    def start_meter(self, device: str) -> None:
        """Try out a microphone: its level is told until `stop_meter`."""
        self._post(VoiceLoop.with_preview, Preview.start_meter, device)

    def stop_meter(self) -> None:
        """Let go of the microphone that is tried out."""
        self._post(VoiceLoop.with_preview, Preview.stop_meter)

    def play_test_tone(self, device: str) -> None:
        """Let a speaker be heard."""
        self._post(VoiceLoop.with_preview, Preview.play_test_tone, device)

    def test_ring(self, device: str) -> None:
        """Ring on *device* for a moment, as a call would."""
        self._post(VoiceLoop.ring_once, replace(self._settings, ring_device=device))

    def check_sound(self, speech: Speech) -> None:
        """Try out the devices of calls with *speech*: see `SoundChecker`. A call comes first, also later on."""
        self._post(VoiceLoop.begin_check, self._settings, speech)

    def stop_sound_check(self) -> None:
        """Break off `check_sound`."""
        self._post(VoiceLoop.stop_check)

    def play_recording(self, path: Path, from_s: float = 0.0) -> None:
        """Let a recording be heard on the speaker of calls; an earlier one stops, and a call stops it."""
        self._post(VoiceLoop.play_recording, path, from_s, self._settings.output_device)

    def pause_playback(self) -> None:
        """Fall silent, and stay where it is."""
        self._post(VoiceLoop.with_player, Player.pause)

    def resume_playback(self) -> None:
        """Go on after `pause_playback`."""
        self._post(VoiceLoop.with_player, Player.resume)

    def seek_playback(self, to_s: float) -> None:
        """Go on from *to_s*."""
        self._post(VoiceLoop.with_player, Player.seek, to_s)

    def stop_playback(self) -> None:
        """Let go of the speaker."""
        self._post(VoiceLoop.with_player, Player.stop)

    async def device_names(self) -> tuple[Sequence[str], Sequence[str]]:
        """Names of all microphones and of all speakers, listed anew where that disturbs no open stream.

        Raises:
            AudioError: There is no sound system.
        """
        return await asyncio.to_thread(self._list_names)

    async def check_devices(self) -> str | None:
        """What keeps a call from having sound, in words with the cure; ``None`` when nothing does."""
        if self._loop is None or self._work is None:
            return None
        check = asyncio.run_coroutine_threadsafe(self._work.check_devices(self._settings), self._loop)
        return await asyncio.wrap_future(check)

    def _list_names(self) -> tuple[Sequence[str], Sequence[str]]:
        self._catalog.refresh()
        return self._catalog.names(Direction.INPUT), self._catalog.names(Direction.OUTPUT)

    def _post(self, command: Callable[..., None], *args: Any) -> None:
        """Let the voice loop carry out a method of `VoiceLoop`."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(command, self._work, *args)
