"""Events up: what the voice loop has to tell reaches the main loop, and no more of it than is looked at.

    voice loop: report, level, position ──→ one slot each, one flag ──→ main loop: `Listeners`

A frozen window finds the newest levels when it wakes, not thousands of old ones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connector_gui.core.call_reports import Report
from connector_gui.core.errors import AudioError
from connector_gui.core.level import Level
from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.core.view import Levels
from connector_gui.core.voice import Playback
from connector_gui.dsp.level import louder


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
        line_levels: Both meters of a call on a line, by its session; the newest, a few times a second.
        check: The sound check that is under way: its steps, then what it found.
    """

    report: Callable[[str, Report], None]
    levels: Callable[[Levels], float | None]
    preview_level: Callable[[Level], None]
    problem: Callable[[str], None]
    playback: Callable[[Playback], None] = lambda _state: None
    check: Callable[[CheckStep | SoundCheck], None] = lambda _news: None
    line_levels: Callable[[str, Levels], None] = lambda _session_id, _levels: None


LINE_LEVELS_S: Final = 0.2
"""The meters of calls on lines are small, and nobody watches them closely."""


class Telling:
    """The way up. Every `tell…` is for the voice loop, and returns at once."""

    def __init__(self, main_loop: asyncio.AbstractEventLoop, listeners: Listeners) -> None:
        self._main_loop = main_loop
        self._listeners = listeners
        # Shared: a slot and a flag each.
        self._levels = Levels()
        self._are_levels_on_their_way = False
        self._levels_due_s = 0.0
        self._playback: Playback | None = None
        self._is_playback_on_its_way = False
        # The voice loop's.
        self._are_levels_kept = False
        self._line_levels: dict[str, Levels] = {}
        self._line_levels_s = 0.0

    def tell(self, session_id: str, report: Report) -> None:
        """What happened in a conversation."""
        self._main_loop.call_soon_threadsafe(self._listeners.report, session_id, report)

    def tell_problem(self, error: AudioError) -> None:
        """A ring or a trial could not be played or heard."""
        self._main_loop.call_soon_threadsafe(self._listeners.problem, str(error))

    def tell_preview_level(self, level: Level) -> None:
        """Of the microphone that is tried out."""
        self._main_loop.call_soon_threadsafe(self._listeners.preview_level, level)

    def tell_check(self, news: CheckStep | SoundCheck) -> None:
        """Of the sound check."""
        self._main_loop.call_soon_threadsafe(self._listeners.check, news)

    def tell_playback(self, state: Playback) -> None:
        """Of the recording that is heard."""
        self._playback = state
        if not self._is_playback_on_its_way:
            self._is_playback_on_its_way = True
            self._main_loop.call_soon_threadsafe(self._hand_over_playback)

    def _hand_over_playback(self) -> None:
        """In the main loop: however late it is, only the newest state arrives."""
        self._is_playback_on_its_way = False
        if self._playback is not None:
            self._listeners.playback(self._playback)

    def tell_levels(self, levels: Levels) -> None:
        """Of the conversation at the desk's own devices."""
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

    def tell_line_levels(self, session_id: str, levels: Levels) -> None:
        """Of a conversation on a line; those of all lines go up together."""
        earlier = self._line_levels.get(session_id)
        self._line_levels[session_id] = louder(earlier, levels) if earlier is not None else levels
        now_s = time.monotonic()
        if now_s - self._line_levels_s >= LINE_LEVELS_S:
            self._line_levels_s = now_s
            every, self._line_levels = self._line_levels, {}
            self._main_loop.call_soon_threadsafe(self._hand_over_line_levels, every)

    def _hand_over_line_levels(self, every: dict[str, Levels]) -> None:
        for session_id, levels in every.items():
            self._listeners.line_levels(session_id, levels)
