"""What goes on in the voice thread's loop: the conversations, the ring, trials, recordings heard again.

`thread.VoiceThread` is its counterpart in the main thread, and the only one that calls it, by way of the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from connector_gui.core.call_commands import Cue
from connector_gui.core.desk import RingVolume
from connector_gui.core.errors import AudioError
from connector_gui.core.lines import LineDevices
from connector_gui.core.link import LinkOpener
from connector_gui.core.sentence import sentence
from connector_gui.core.sound_check import CheckStep
from connector_gui.core.view import Levels
from connector_gui.core.voice import Playback, SoundSettings
from connector_gui.dsp import webrtc
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.live_call import FAULT, LiveCall
from connector_gui.voice.pairs import Pairs
from connector_gui.voice.playback import Player
from connector_gui.voice.preview import Preview
from connector_gui.voice.ringer import Ringer
from connector_gui.voice.sound import SoundSystem
from connector_gui.voice.sound_check import SoundChecker, Speech
from connector_gui.voice.telling import Telling

log = logging.getLogger(__name__)

TEST_RING_S: Final = 2.5
RING_GAIN: Final = {RingVolume.QUIET: 0.25, RingVolume.LOUD: 1.0}
HELPERS: Final = 16
"""Threads for what blocks, each started as it is needed: one line's slow device must not keep another's waiting."""


class VoiceLoop:
    """Every method is for the voice loop, but for those that say otherwise.

    Args:
        sound: The sound system: lists and opens devices.
        catalog: Its devices as people see them.
        open_link: Opens sockets to agents.
        telling: The way up.
        agent_patience_s: How long an agent that pings may say nothing at all.
    """

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        open_link: LinkOpener,
        telling: Telling,
        *,
        agent_patience_s: float,
    ) -> None:
        self._sound = sound
        self._catalog = catalog
        self._open_link = open_link
        self._telling = telling
        self._agent_patience_s = agent_patience_s
        self._stopped = asyncio.Event()
        self._pairs = Pairs(sound, catalog)
        self._calls: dict[str, tuple[LiveCall, asyncio.Task[None]]] = {}
        self._ringer = Ringer(sound, catalog, telling.tell_problem)
        self._preview = Preview(sound, catalog, on_level=telling.tell_preview_level, on_problem=telling.tell_problem)
        self._player = Player(sound, catalog, telling.tell_playback)
        self._checker = SoundChecker(
            sound,
            catalog,
            on_news=telling.tell_check,
            on_level=telling.tell_preview_level,
            on_problem=telling.tell_problem,
        )
        self._trial_end: asyncio.TimerHandle | None = None

    @property
    def calls(self) -> Sequence[str]:
        """The conversations there are, by their sessions. From any thread."""
        return tuple(self._calls)

    async def run(self, on_started: Callable[[], None]) -> None:
        """Work until `stop`; then end every conversation and release every device."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(HELPERS, thread_name_prefix="voice-helper"))
        standing = [
            loop.create_task(self._ringer.run(), name="voice.ringer"),
            loop.create_task(self._preview.run(), name="voice.preview"),
            loop.create_task(self._player.run(), name="voice.player"),
            loop.create_task(self._checker.run(), name="voice.sound_check"),
        ]
        on_started()
        await self._stopped.wait()
        tasks = [*standing, *(task for _call, task in self._calls.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopped.set()

    # --- conversations --------------------------------------------------------------------------------

    def configure(self, settings: SoundSettings) -> None:
        """Use *settings* from now on."""
        self._pairs.configure(settings)

    def open_call(self, session_id: str, settings: SoundSettings, cue: Cue | None, devices: LineDevices | None) -> None:
        """A call was accepted: see `VoiceThread.open_line`."""
        self._player.stop()
        self._checker.stop()
        self._pairs.configure(settings)
        call = LiveCall(
            session_id,
            self._pairs.find(devices),
            self._open_link,
            tell=lambda report: self._telling.tell(session_id, report),
            tell_levels=lambda levels: self._tell_levels(session_id, levels),
            chunk_ms=settings.chunk_ms,
            agent_patience_s=self._agent_patience_s,
            cue=cue,
        )
        task = asyncio.get_running_loop().create_task(self._hold(call), name=f"voice.call.{session_id}")
        self._calls[session_id] = (call, task)
        # Not in the task itself: one that is released before its first step never takes it.
        task.add_done_callback(lambda task: self._forget(session_id, task))

    def _tell_levels(self, session_id: str, levels: Levels) -> None:
        live = self._calls.get(session_id)
        if live is not None and live[0].is_at_desk:
            self._telling.tell_levels(levels)
        else:
            self._telling.tell_line_levels(session_id, levels)

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
            call.give_up(FAULT)

    def with_call(self, session_id: str, command: Callable[..., None], *args: Any) -> None:
        """Let that call do *command*, if there is one by that name."""
        live = self._calls.get(session_id)
        if live is not None:
            command(live[0], *args)

    def move_call(self, session_id: str, devices: LineDevices | None) -> None:
        """Let that call go on with other devices."""
        self.with_call(session_id, lambda call: call.move(self._pairs.find(devices)))

    def release(self, session_id: str) -> None:
        """Let go of everything the call has."""
        live = self._calls.get(session_id)
        if live is not None:
            call, task = live
            call.silence()
            task.cancel()

    # --- ring, trials, recordings -----------------------------------------------------------------------

    def ring(self, volume: RingVolume, settings: SoundSettings) -> None:
        """Ring that loud from now on."""
        if self._trial_end is not None:  # a call that rings now must not end with the trial
            self._trial_end.cancel()
            self._trial_end = None
        self._ringer.stop()
        if volume is not RingVolume.OFF:
            self._checker.stop()
            self._ringer.device = settings.ring_device or None
            # Squared: half the number sounds half as loud.
            self._ringer.volume = RING_GAIN[volume] * (settings.ring_volume / 100) ** 2
            self._ringer.tone = settings.ring_tone
            self._ringer.is_everywhere = settings.rings_everywhere
            self._ringer.start()

    def prepare_filters(self) -> None:
        """Import the filters' library while it rings, so that accepting does not wait for it."""
        asyncio.get_running_loop().run_in_executor(None, webrtc.prepare)

    def ring_once(self, settings: SoundSettings) -> None:
        """Ring for a moment, unless somebody calls."""
        if not self._calls and not self._ringer.is_wanted:
            self.ring(RingVolume.LOUD, settings)
            self._trial_end = asyncio.get_running_loop().call_later(TEST_RING_S, self._ringer.stop)

    def with_preview(self, command: Callable[..., None], *args: Any) -> None:
        """Try out a device."""
        command(self._preview, *args)

    def begin_check(self, settings: SoundSettings, speech: Speech) -> None:
        """Begin a sound check, unless somebody calls."""
        if self._calls or self._ringer.is_wanted:
            self._telling.tell_problem(AudioError(sentence("A call is going on: try the sound out afterwards.")))
            self._telling.tell_check(CheckStep.STOPPED)
        else:
            self._player.stop()
            self._checker.start(settings, speech)

    def stop_check(self) -> None:
        """Break off `begin_check`."""
        self._checker.stop()

    def play_recording(self, path: Path, from_s: float, device: str) -> None:
        """Let a recording be heard, unless a call is going on."""
        if self._calls:
            problem = sentence("A call is going on: listen to the recording afterwards.")
            self._telling.tell_playback(Playback(path, from_s, is_over=True, problem=problem))
        else:
            self._player.play(path, from_s, device)

    def with_player(self, command: Callable[..., None], *args: Any) -> None:
        """Deal with the recording that is heard."""
        command(self._player, *args)

    # --- devices ------------------------------------------------------------------------------------------

    async def check_devices(self, settings: SoundSettings) -> str | None:
        """See `VoiceThread.check_devices`."""
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
