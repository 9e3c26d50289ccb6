"""What the operator is told of a call while it runs: meters, who speaks, its devices, what waits on hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connector_gui.core.call_reports import DevicesUsed, HeldSpeech, NoticeGiven, Report, SpeakerChanged
from connector_gui.core.level import SILENCE, Level
from connector_gui.core.sentence import sentence
from connector_gui.core.view import Levels, Speaker
from connector_gui.voice.call_sound import HELD_LIMIT_S, CallSound
from connector_gui.voice.pair import Pair

LEVEL_INTERVAL_S: Final = 1 / 30
HELD_INTERVAL_S: Final = 1.0
HELD_STEP_S: Final = 0.05
"""A change of less is not worth a word."""
OPERATOR_SPEAKS_DBFS: Final = -45.0
OPERATOR_PAUSE_S: Final = 0.4
MICROPHONE_SILENT_S: Final = 1.0
NO_DEVICES: Final = DevicesUsed("", "")


class CallWatch:
    """Belongs to the voice loop. Times are of one monotonic clock, in s.

    Args:
        tell: Reports to the desk.
        tell_levels: Takes both meters, at most 30 times a second, while the call has a line.
    """

    def __init__(self, sound: CallSound, tell: Callable[[Report], None], tell_levels: Callable[[Levels], None]) -> None:
        self._sound = sound
        self._tell = tell
        self._tell_levels = tell_levels
        self._captured_s = 0.0
        self._level_s = 0.0
        self._operator_spoke_s = 0.0
        self._speaker = Speaker.NOBODY
        self._devices = NO_DEVICES
        self._callbacks = 0
        self._held_s = float("-inf")
        self._told_waiting_s = 0.0
        self._has_told_dropped = False

    def begin_line(self, now_s: float) -> None:
        """The call has a line from now on."""
        self._captured_s = now_s
        self._has_told_dropped = False

    def look(self, pair: Pair, now_s: float, *, is_listening: bool, is_muted: bool) -> None:
        """While the call has *pair*."""
        microphone = pair.line.input_stream
        callbacks = microphone.stats.callbacks if microphone is not None else 0
        if callbacks != self._callbacks:
            self._callbacks, self._captured_s = callbacks, now_s
        if now_s - self._level_s < LEVEL_INTERVAL_S:
            return
        self._level_s = now_s
        self._watch_devices(pair)
        heard = pair.line.take_levels()
        operator = heard.microphone if is_listening and not is_muted else SILENCE
        self._tell_levels(Levels(operator, heard.speaker))
        self._watch_speaker(operator, now_s)
        may_speak = is_listening and not is_muted and self._speaker is not Speaker.AGENT
        pair.microphone.watch(operator, pair.line, operator_may_speak=may_speak, now_s=now_s)
        self._watch_microphone(pair, now_s, is_listening=is_listening)
        self._watch_backlog(now_s)

    def look_without(self, now_s: float) -> None:
        """While the call has no line."""
        if self._devices != NO_DEVICES:
            self._devices = NO_DEVICES
            self._tell(NO_DEVICES)
        self._show_speaker(Speaker.NOBODY)
        self._watch_backlog(now_s)

    def _watch_microphone(self, pair: Pair, now_s: float, *, is_listening: bool) -> None:
        # A device that is gone is the keeper's business; this one is there, and mute.
        is_mute = is_listening and pair.line.is_input_open
        if is_mute and now_s - self._captured_s > MICROPHONE_SILENT_S:
            self._captured_s = float("inf")
            message = sentence(
                "Your microphone delivers no sound: the agent hears silence. Check that it is plugged in."
            )
            self._tell(NoticeGiven("microphone_silent", message))

    def _watch_devices(self, pair: Pair) -> None:
        microphone, speaker = pair.line.input_stream, pair.line.output_stream
        used = DevicesUsed(
            microphone.device.name if microphone else "",
            speaker.device.name if speaker else "",
        )
        if used != self._devices:
            self._devices = used
            self._tell(used)

    def _watch_speaker(self, operator: Level, now_s: float) -> None:
        if operator.rms_dbfs > OPERATOR_SPEAKS_DBFS:
            self._operator_spoke_s = now_s
        playout = self._sound.playout
        if playout is not None and playout.is_playing:
            self._show_speaker(Speaker.AGENT)
        elif now_s - self._operator_spoke_s < OPERATOR_PAUSE_S:
            self._show_speaker(Speaker.OPERATOR)
        else:
            self._show_speaker(Speaker.NOBODY)

    def _show_speaker(self, speaker: Speaker) -> None:
        if speaker is not self._speaker:
            self._speaker = speaker
            self._tell(SpeakerChanged(speaker))

    def _watch_backlog(self, now_s: float) -> None:
        """How much waits, once a second at most; and once a hold, that not all of it will be heard."""
        waiting_s = self._sound.waiting_s
        change_s = abs(waiting_s - self._told_waiting_s)
        is_news = change_s > HELD_STEP_S or (change_s > 0 and not waiting_s)
        if is_news and now_s - self._held_s >= HELD_INTERVAL_S:
            self._held_s, self._told_waiting_s = now_s, waiting_s
            self._tell(HeldSpeech(round(waiting_s, 1)))
        if self._sound.take_dropped_s() and not self._has_told_dropped:
            self._has_told_dropped = True
            message = sentence(
                "The agent has said more during the hold than is kept: you will hear the "
                "last {held_limit_s} seconds of it. The transcript has everything.",
                held_limit_s=f"{HELD_LIMIT_S:.0f}",
            )
            self._tell(NoticeGiven("held_speech_dropped", message))
