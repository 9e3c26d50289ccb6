"""The voice thread, and the one place where the two loops meet.

    main loop                                   voice loop (a thread of its own)
    VoiceThread.connect(…) ── commands down ──→ LiveCall.connect(…)
    deliver(session_id, report) ←── events up ── LiveCall tells
    deliver_levels(levels) ←── coalesced: at most one on its way, at most 30 a second

Nobody else calls across. Commands return at once; a frozen window delays no sound, and a slow
device delays no window.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, Final

from connector_gui.core.call import Cue, Failure
from connector_gui.core.conversation import Report
from connector_gui.core.desk import RingVolume
from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.link import LinkOpener
from connector_gui.core.record import Score
from connector_gui.core.service import MessageKind
from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.core.view import Levels
from connector_gui.core.voice import CallSetup, Playback, SoundSettings
from connector_gui.dsp import webrtc
from connector_gui.dsp.level import louder
from connector_gui.voice.agent_watch import AGENT_SILENT_S
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.live_call import LiveCall
from connector_gui.voice.playback import Player
from connector_gui.voice.preview import Preview
from connector_gui.voice.ringer import Ringer
from connector_gui.voice.sound import Direction, SoundSystem
from connector_gui.voice.sound_check import SoundChecker, Speech

log = logging.getLogger(__name__)

STOP_TIMEOUT_S: Final = 3.0
SWITCH_S: Final = 0.0005
"""How long another thread may keep the interpreter from the voice thread and the devices' callbacks. With Python's
own 5 ms, and the filters letting go of it three times a block, a window that computes would delay the sound."""
TEST_RING_S: Final = 2.5
RING_GAIN: Final = {RingVolume.QUIET: 0.25, RingVolume.LOUD: 1.0}


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears what in the main loop.

    Attributes:
        report: What happened in a conversation, by its session.
        levels: Both meters of the conversation that has the devices. What it returns is for how many seconds it
            wants no more: what comes meanwhile is put together, the louder counts.
        preview_level: The microphone that the settings dialog tries out.
        problem: A ring or a trial that could not be played or heard, in words.
        playback: The recording that is being heard again; the newest state, at most 25 times a second.
        check: The sound check that is under way: its steps, then what it found.
    """

    report: Callable[[str, Report], None]
    levels: Callable[[Levels], float | None]
    preview_level: Callable[[Level], None]
    problem: Callable[[str], None]
    playback: Callable[[Playback], None] = lambda _state: None
    check: Callable[[CheckStep | SoundCheck], None] = lambda _news: None


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
        self._thread: threading.Thread | None = None
        # The voice loop's.
        self._calls: dict[str, tuple[LiveCall, asyncio.Task[None]]] = {}
        self._ringer: Ringer | None = None
        self._preview: Preview | None = None
        self._player: Player | None = None
        self._checker: SoundChecker | None = None
        self._trial_end: asyncio.TimerHandle | None = None
        # Shared: one slot, one flag.
        self._levels = Levels()
        self._are_levels_on_their_way = False
        self._levels_due_s = 0.0
        self._playback: Playback | None = None
        self._is_playback_on_its_way = False
        self._are_levels_kept = False  # the voice loop's

    # --- life: main thread ------------------------------------------------------------------------

    def start(self, listeners: Listeners) -> None:
        """Start the thread; what it reports reaches *listeners* in the loop that runs now."""
        self._main_loop = asyncio.get_running_loop()
        self._listeners = listeners
        started = threading.Event()
        sys.setswitchinterval(SWITCH_S)
        self._thread = threading.Thread(target=self._run, args=(started,), name="voice", daemon=True)
        self._thread.start()
        started.wait()

    async def stop(self) -> None:
        """End every conversation, release every device, end the thread."""
        if self._thread is None:
            return
        self._post(self._stopped.set)
        await asyncio.to_thread(self._thread.join, STOP_TIMEOUT_S)
        await asyncio.to_thread(self._catalog.close)
        if self._thread.is_alive():
            log.error("voice.did_not_stop")

    def _run(self, started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._live(started))

    async def _live(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._ringer = Ringer(self._sound, self._catalog, self._tell_problem)
        self._preview = Preview(
            self._sound, self._catalog, on_level=self._tell_preview_level, on_problem=self._tell_problem
        )
        self._player = Player(self._sound, self._catalog, self._tell_playback)
        self._checker = SoundChecker(
            self._sound,
            self._catalog,
            on_news=self._tell_check,
            on_level=self._tell_preview_level,
            on_problem=self._tell_problem,
        )
        standing = [
            self._loop.create_task(self._ringer.run(), name="voice.ringer"),
            self._loop.create_task(self._preview.run(), name="voice.preview"),
            self._loop.create_task(self._player.run(), name="voice.player"),
            self._loop.create_task(self._checker.run(), name="voice.sound_check"),
        ]
        started.set()
        await self._stopped.wait()
        tasks = [*standing, *(task for _call, task in self._calls.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- commands: main thread ----------------------------------------------------------------------

    def configure(self, settings: SoundSettings) -> None:
        """Use *settings* for what is opened from now on, and their filters and devices in the calls that run."""
        self._settings = settings
        self._post(self._follow, settings)

    def open_line(self, session_id: str, cue: Cue | None = None) -> None:
        """Open speaker and microphone for a call that was just accepted; *cue* is heard first, if any is wanted."""
        self._post(self._open, session_id, self._settings, cue if self._settings.has_cues else None)

    def play_cue(self, session_id: str, cue: Cue) -> None:
        """Let the operator hear *cue* in that call's speaker, if cues are wanted."""
        if self._settings.has_cues:
            self._post(self._with_call, session_id, LiveCall.play_cue, cue)

    def connect(self, setup: CallSetup) -> None:
        """Open the link of that call."""
        self._post(self._with_call, setup.session_id, LiveCall.connect, setup)

    def set_muted(self, session_id: str, is_muted: bool) -> None:
        """Send zeros in place of the microphone, or stop doing so."""
        self._post(self._with_call, session_id, LiveCall.set_muted, is_muted)

    def set_held(self, session_id: str, is_held: bool) -> None:
        """Take the devices from a call or give them back."""
        self._post(self._with_call, session_id, LiveCall.set_held, is_held)

    def set_recording(self, session_id: str, path: Path | None) -> None:
        """Record that call to the new file *path* from now on, or no longer."""
        self._post(self._with_call, session_id, LiveCall.set_recording, path)

    def close_microphone(self, session_id: str) -> None:
        """Nothing the operator says from now on leaves the desk."""
        self._post(self._with_call, session_id, LiveCall.close_microphone)

    def send_text(self, session_id: str, text: str, kind: MessageKind) -> None:
        """Send text to the agent of a call."""
        self._post(self._with_call, session_id, LiveCall.send_text, text, kind)

    def send_activity(self, session_id: str) -> None:
        """Let the agent of a call know that somebody is busy typing."""
        self._post(self._with_call, session_id, LiveCall.send_activity)

    def answer_approval(self, session_id: str, tool_call_id: str, is_approved: bool) -> None:
        """The operator's word on a tool that waits for it."""
        self._post(self._with_call, session_id, LiveCall.answer_approval, tool_call_id, is_approved)

    def rate_turn(self, session_id: str, event_id: int, score: Score) -> None:
        """Send the operator's liking of a turn."""
        self._post(self._with_call, session_id, LiveCall.rate_turn, event_id, score)

    def set_volume(self, session_id: str, percent: int) -> None:
        """Play the agent of a call that loud, from 0 to 100."""
        self._post(self._with_call, session_id, LiveCall.set_volume, percent)

    def hang_up(self, session_id: str) -> None:
        """Silence both ways, and say goodbye on the socket."""
        self._post(self._with_call, session_id, LiveCall.hang_up)

    def play_out(self, session_id: str) -> None:
        """Play the agent's last words, then report `PlayedOut`."""
        self._post(self._with_call, session_id, LiveCall.play_out)

    def release(self, session_id: str) -> None:
        """Let go of everything the call has, in whatever state it is."""
        self._post(self._release, session_id)

    def ring(self, volume: RingVolume) -> None:
        """Ring this loud from now on."""
        self._post(self._ring, volume, self._settings)
        if volume is not RingVolume.OFF and any(astuple(self._settings.filters)):
            self._post(self._prepare_filters)

    def start_meter(self, device: str) -> None:
        """Try out a microphone: its level is told until `stop_meter`."""
        self._post(self._with_preview, Preview.start_meter, device)

    def stop_meter(self) -> None:
        """Let go of the microphone that is tried out."""
        self._post(self._with_preview, Preview.stop_meter)

    def play_test_tone(self, device: str) -> None:
        """Let a speaker be heard."""
        self._post(self._with_preview, Preview.play_test_tone, device)

    def test_ring(self, device: str) -> None:
        """Ring on *device* for a moment, as a call would."""
        self._post(self._ring_once, replace(self._settings, ring_device=device))

    def check_sound(self, speech: Speech) -> None:
        """Try out the devices of calls with *speech*: see `SoundChecker`. A call comes first, also later on."""
        self._post(self._begin_check, self._settings, speech)

    def stop_sound_check(self) -> None:
        """Break off `check_sound`."""
        self._post(self._stop_check)

    def play_recording(self, path: Path, from_s: float = 0.0) -> None:
        """Let a recording be heard on the speaker of calls; an earlier one stops, and a call stops it."""
        self._post(self._play_recording, path, from_s, self._settings.output_device)

    def pause_playback(self) -> None:
        """Fall silent, and stay where it is."""
        self._post(self._with_player, Player.pause)

    def resume_playback(self) -> None:
        """Go on after `pause_playback`."""
        self._post(self._with_player, Player.resume)

    def seek_playback(self, to_s: float) -> None:
        """Go on from *to_s*."""
        self._post(self._with_player, Player.seek, to_s)

    def stop_playback(self) -> None:
        """Let go of the speaker."""
        self._post(self._with_player, Player.stop)

    async def device_names(self) -> tuple[Sequence[str], Sequence[str]]:
        """Names of all microphones and of all speakers, listed anew where that disturbs no open stream.

        Raises:
            AudioError: There is no sound system.
        """
        return await asyncio.to_thread(self._list_names)

    async def check_devices(self) -> str | None:
        """What keeps a call from having sound, in words with the cure; ``None`` when nothing does."""
        if self._loop is None:
            return None
        check = asyncio.run_coroutine_threadsafe(self._check(self._settings), self._loop)
        return await asyncio.wrap_future(check)

    def _post(self, command: Callable[..., None], *args: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(command, *args)

    # --- commands: voice loop -------------------------------------------------------------------------

    def _open(self, session_id: str, settings: SoundSettings, cue: Cue | None) -> None:
        self._with_player(Player.stop)
        self._stop_check()
        line = Line(
            self._sound,
            self._catalog,
            input_device=settings.input_device or None,
            output_device=settings.output_device or None,
        )
        call = LiveCall(
            session_id,
            line,
            self._open_link,
            tell=lambda report: self._tell(session_id, report),
            tell_levels=self._tell_levels,
            chunk_ms=settings.chunk_ms,
            filters=settings.filters,
            agent_patience_s=self._agent_patience_s,
            cue=cue,
        )
        task = asyncio.get_running_loop().create_task(self._hold(call), name=f"voice.call.{session_id}")
        self._calls[session_id] = (call, task)
        # Not in the task itself: one that is released before its first step never takes it.
        task.add_done_callback(lambda task: self._forget(session_id, task))

    def _forget(self, session_id: str, task: asyncio.Task[None]) -> None:
        live = self._calls.get(session_id)
        if live is not None and live[1] is task:
            del self._calls[session_id]

    async def _hold(self, call: LiveCall) -> None:
        """Run one conversation; a fault in it ends it, and no other."""
        try:
            await call.run()
        except Exception:
            log.exception("voice.call_failed", extra={"session_id": call.session_id})
            message = "The call stopped because of a fault in this program. The log has the details."
            call.give_up(Failure("internal_error", message))

    def _follow(self, settings: SoundSettings) -> None:
        for call, _task in self._calls.values():
            call.set_filters(settings.filters)
            call.use_devices(settings.input_device or None, settings.output_device or None)

    def _with_call(self, session_id: str, command: Callable[..., None], *args: Any) -> None:
        live = self._calls.get(session_id)
        if live is not None:
            command(live[0], *args)

    def _release(self, session_id: str) -> None:
        live = self._calls.get(session_id)
        if live is not None:
            call, task = live
            call.silence()
            task.cancel()

    def _ring(self, volume: RingVolume, settings: SoundSettings) -> None:
        if self._ringer is None:
            return
        if self._trial_end is not None:  # a call that rings now must not end with the trial
            self._trial_end.cancel()
            self._trial_end = None
        self._ringer.stop()
        if volume is not RingVolume.OFF:
            self._stop_check()
            self._ringer.device = settings.ring_device or None
            # Squared: half the number sounds half as loud.
            self._ringer.volume = RING_GAIN[volume] * (settings.ring_volume / 100) ** 2
            self._ringer.tone = settings.ring_tone
            self._ringer.is_everywhere = settings.rings_everywhere
            self._ringer.start()

    def _prepare_filters(self) -> None:
        """Import the filters' library while it rings, so that accepting does not wait for it."""
        asyncio.get_running_loop().run_in_executor(None, webrtc.prepare)

    def _ring_once(self, settings: SoundSettings) -> None:
        if not self._calls and self._ringer is not None and not self._ringer.is_wanted:
            self._ring(RingVolume.LOUD, settings)
            self._trial_end = asyncio.get_running_loop().call_later(TEST_RING_S, self._ringer.stop)

    def _begin_check(self, settings: SoundSettings, speech: Speech) -> None:
        if self._calls or (self._ringer is not None and self._ringer.is_wanted):
            self._tell_problem(AudioError("A call is going on: try the sound out afterwards."))
            self._tell_check(CheckStep.STOPPED)
        elif self._checker is not None:
            self._with_player(Player.stop)
            self._checker.start(settings, speech)

    def _stop_check(self) -> None:
        if self._checker is not None:
            self._checker.stop()

    def _play_recording(self, path: Path, from_s: float, device: str) -> None:
        if self._calls:
            problem = "A call is going on: listen to the recording afterwards."
            self._tell_playback(Playback(path, from_s, is_over=True, problem=problem))
        elif self._player is not None:
            self._player.play(path, from_s, device)

    def _with_player(self, command: Callable[..., None], *args: Any) -> None:
        if self._player is not None:
            command(self._player, *args)

    def _with_preview(self, command: Callable[..., None], *args: Any) -> None:
        if self._preview is not None:
            command(self._preview, *args)

    def _list_names(self) -> tuple[Sequence[str], Sequence[str]]:
        self._catalog.refresh()
        return self._catalog.names(Direction.INPUT), self._catalog.names(Direction.OUTPUT)

    async def _check(self, settings: SoundSettings) -> str | None:
        return await asyncio.to_thread(self._find_devices, settings)

    def _find_devices(self, settings: SoundSettings) -> str | None:
        wanted = (settings.input_device or None, settings.output_device or None)
        try:
            self._catalog.check(*wanted)
        except AudioError:
            try:
                self._catalog.refresh()  # does nothing while a stream is open: it would be ended
                self._catalog.check(*wanted)
            except AudioError as error:
                return str(error)
        return None

    # --- events up: voice loop ----------------------------------------------------------------------------

    def _tell(self, session_id: str, report: Report) -> None:
        self._main_loop.call_soon_threadsafe(self._listeners.report, session_id, report)

    def _tell_problem(self, error: AudioError) -> None:
        self._main_loop.call_soon_threadsafe(self._listeners.problem, str(error))

    def _tell_preview_level(self, level: Level) -> None:
        self._main_loop.call_soon_threadsafe(self._listeners.preview_level, level)

    def _tell_check(self, news: CheckStep | SoundCheck) -> None:
        self._main_loop.call_soon_threadsafe(self._listeners.check, news)

    def _tell_playback(self, state: Playback) -> None:
        self._playback = state
        if not self._is_playback_on_its_way:
            self._is_playback_on_its_way = True
            self._main_loop.call_soon_threadsafe(self._hand_over_playback)

    def _hand_over_playback(self) -> None:
        """In the main loop: however late it is, only the newest state arrives."""
        self._is_playback_on_its_way = False
        if self._playback is not None:
            self._listeners.playback(self._playback)

    def _tell_levels(self, levels: Levels) -> None:
        self._levels = louder(self._levels, levels) if self._are_levels_kept else levels
        # To wake the main loop takes a third of what a call without filters does: not more often than is looked.
        self._are_levels_kept = time.monotonic() < self._levels_due_s
        if not self._are_levels_kept and not self._are_levels_on_their_way:
            self._are_levels_on_their_way = True
            self._main_loop.call_soon_threadsafe(self._hand_over_levels)

    def _hand_over_levels(self) -> None:
        """In the main loop: however late it is, only the newest levels arrive."""
        self._are_levels_on_their_way = False
        self._levels_due_s = time.monotonic() + (self._listeners.levels(self._levels) or 0.0)
