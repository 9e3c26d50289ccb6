"""The history window, joined to the record, the player and the files it writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLocale, QObject, QRect, QTimer

from connector_gui.app.history_files import HistoryFiles
from connector_gui.core.errors import ConnectorError, StoreError
from connector_gui.core.history import HistoryFilter, HistoryIndex, HistoryPort
from connector_gui.core.sentence import sentence
from connector_gui.core.view import DeskView
from connector_gui.core.voice import Playback
from connector_gui.ui.history import words
from connector_gui.ui.history.call_page import ExportKind
from connector_gui.ui.history.chosen import Chosen
from connector_gui.ui.history.list_model import PAGE_CALLS
from connector_gui.ui.history.waveform import COLUMNS
from connector_gui.ui.history.window import HistoryWindow
from connector_gui.ui.theme import Theme
from connector_gui.ui.translation import tr
from connector_gui.voice.recording.overview import read_waveform

log = logging.getLogger(__name__)

WINDOW: Final = "history"
COLUMN_WIDTHS: Final = "history-columns"
TYPING_S: Final = 0.15
"""A search begins this long after the last key."""

FULL_SCALE: Final = 32_768.0

Job = Callable[[], Awaitable[None]]
Side = Sequence[Sequence[float]] | NDArray[np.floating[Any]]
PeaksReader = Callable[[Path, int], Awaitable[tuple[Side, Side]]]
"""Reads a recording's picture: for each side (operator, agent) as many columns as asked for, each the lowest and
the highest sample there, from -1 to 1; arrays of shape ``(columns, 2)`` will do. Raises `ConnectorError`, `OSError`."""


async def read_peaks(path: Path, columns: int) -> tuple[Side, Side]:
    """The picture of a recording, read in a thread; nobody waits for the rest of one that is not wanted any more."""
    is_wanted = True
    try:
        picture = await asyncio.to_thread(read_waveform, path, columns=columns, is_wanted=lambda: is_wanted)
    finally:
        is_wanted = False
    return picture.peaks[0] / FULL_SCALE, picture.peaks[1] / FULL_SCALE


class Player(Protocol):
    """Plays one recording at a time. Every method returns at once; what comes of it is told to `show_playback`."""

    def play_recording(self, path: Path, from_s: float = 0.0) -> None:
        """Play *path* from there on, in place of whatever plays."""
        ...

    def pause_playback(self) -> None:
        """Fall silent, and stay where it is."""
        ...

    def seek_playback(self, to_s: float) -> None:
        """Go on from there; a recording that is paused stays so."""
        ...

    def stop_playback(self) -> None:
        """Let go of file and speaker."""
        ...


class Places(Protocol):
    """Remembers where windows stand."""

    def place(self, window: str) -> QRect | None: ...
    def keep(self, window: str, place: QRect) -> None: ...


class HistoryDesk(QObject):
    """Opens the window and fulfils its wishes; the window is made when the operator first wants it.

    Of each kind of job only the latest counts: a search that is overtaken is cancelled.
    """

    def __init__(
        self, theme: Theme, port: HistoryPort, player: Player, places: Places, peaks: PeaksReader | None = None
    ) -> None:
        super().__init__()
        self._theme = theme
        self._port = port
        self._player = player
        self._peaks = peaks or read_peaks
        self._places = places
        self._files = HistoryFiles(port)
        self._window: HistoryWindow | None = None
        self._jobs: asyncio.Queue[tuple[str, Job]] = asyncio.Queue()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._filter = HistoryFilter()
        # What the list shows, and the question that it answers.
        self._index: HistoryIndex | None = None
        self._answered = HistoryFilter()
        self._shown_id = ""
        self._recording: Path | None = None
        self._is_loaded = False
        self._is_playing = False
        self._unsaved: dict[str, dict[str, Any]] = {}
        self._saving = asyncio.Lock()
        self._view = DeskView()

    # --- what the rest of the program calls ----------------------------------------------------------

    async def run(self) -> None:
        """Do what the window asks for, beside it, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                kind, job = await self._jobs.get()
                earlier = self._running.pop(kind, None)
                if earlier is not None:
                    earlier.cancel()
                task = tasks.create_task(self._guard(job), name=f"history.{kind or 'job'}")
                if kind:
                    self._running[kind] = task

    def open(self) -> None:
        """Show the window as it was left, with the calls there are now."""
        if self._window is not None:
            self._window.open()
            return
        self._window = self._make_window()
        self._window.restore(self._places.place(WINDOW), self._places.place(COLUMN_WIDTHS))
        # In the next turn of the event loop: both in one would keep the main thread too long.
        QTimer.singleShot(0, self._window, self._window.open)

    def show_view(self, view: DeskView) -> None:
        """Follow the desk: a call ended, or one begins and the recording falls silent."""
        has_news = view.recent is not self._view.recent and _news(view) != _news(self._view)
        self._view = view
        if has_news and self._window is not None and self._window.isVisible():
            self._reload()
        if view.calls and self._is_playing:
            self._player.pause_playback()

    def show_playback(self, state: Playback) -> None:
        """Show where the recording plays; the listener of the player, on the main thread."""
        # What is said of a recording that was left may still be on its way.
        if self._window is None or not self._is_loaded or state.path != self._recording:
            return
        self._is_playing = state.is_playing
        self._window.show_playback(state.position_s, state.is_playing, state.problem)

    async def save(self) -> None:
        """Keep what the operator wrote last; before the record is closed.

        What cannot be kept is logged: there is nobody left to be told.
        """
        if self._window is not None:
            self._window.page.leave()
        for session_id in [*self._unsaved]:
            try:
                await self._keep(session_id)
            except StoreError:
                log.exception("history.not_saved", extra={"session_id": session_id})

    # --- making --------------------------------------------------------------------------------------

    def _make_window(self) -> HistoryWindow:
        window = HistoryWindow(self._theme)
        window.opened.connect(self._on_opened)
        window.closed.connect(self._stop)
        window.filter_changed.connect(self._on_filter)
        window.pages_wanted.connect(lambda offsets: self._post("pages", lambda: self._fetch(offsets)))
        window.call_wanted.connect(self._on_call_wanted)
        window.call_left.connect(self._stop)
        window.seen.connect(lambda names: self._post("", lambda: self._mark_seen(names)))
        window.notes_entered.connect(lambda name, text: self._note(name, "notes", text))
        window.tags_entered.connect(lambda name, tags: self._note(name, "tags", tags))
        window.call_again_requested.connect(self._port.call_again)
        window.deletion_requested.connect(lambda calls: self._post("", lambda: self._delete_chosen(calls)))
        window.person_wanted.connect(lambda member, value: self._post("person", lambda: self._find(member, value)))
        window.person_deletion_requested.connect(lambda names: self._post("", lambda: self._delete(names)))
        window.export_requested.connect(
            lambda calls, kind, path: self._post("", lambda: self._export(calls, ExportKind(kind), Path(path)))
        )
        window.play_requested.connect(self._play)
        window.pause_requested.connect(self._player.pause_playback)
        window.seek_requested.connect(self._seek)
        window.retry_requested.connect(self._retry)
        window.geometry_changed.connect(self._keep_place)
        return window

    def _keep_place(self, place: QRect, columns: QRect) -> None:
        self._places.keep(WINDOW, place)
        self._places.keep(COLUMN_WIDTHS, columns)

    def _post(self, kind: str, job: Job) -> None:
        """Do *job* soon; it takes the place of an earlier one of the same *kind*, unless that is empty."""
        self._jobs.put_nowait((kind, job))

    async def _guard(self, job: Job) -> None:
        try:
            await job()
        except ConnectorError as error:
            log.info("history.refused", extra={"reason": type(error).__name__})
            self._tell_problem(str(error))
        except Exception:
            # The outermost frame of each job: a wish that fails must not take the window down.
            log.exception("history.failed")
            self._tell_problem(sentence("That did not work; the log says why."))

    def _tell_problem(self, problem: str) -> None:
        if self._window is not None:
            self._window.show_problem(problem)

    # --- the list ------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._post("agents", self._list_agents)
        self._reload()

    def _reload(self) -> None:
        """Look again, at the same question; the call on the screen too."""
        self._post("index", lambda: self._search(self._filter))
        if self._shown_id:
            session_id = self._shown_id
            self._post("call", lambda: self._read(session_id))

    def _retry(self) -> None:
        self._tell_problem("")
        for session_id in [*self._unsaved]:
            self._post("", partial(self._keep, session_id))
        self._post("agents", self._list_agents)
        self._reload()

    def _on_filter(self, wanted: HistoryFilter) -> None:
        is_typing = wanted.text != self._filter.text
        self._filter = wanted
        self._post("index", lambda: self._search(wanted, TYPING_S if is_typing else 0.0))

    async def _search(self, wanted: HistoryFilter, delay_s: float = 0.0) -> None:
        if delay_s:
            await asyncio.sleep(delay_s)
        index = await self._port.index(wanted)
        self._cancel("pages")
        is_same = self._index is not None and wanted == self._answered
        self._index, self._answered = index, wanted
        if self._window is not None:
            self._window.show_problem("")
            self._window.show_index(index, is_same_question=is_same)

    async def _fetch(self, offsets: Sequence[int]) -> None:
        wanted = self._answered
        for offset in offsets:
            records = await self._port.window(wanted, offset, PAGE_CALLS)
            if self._window is not None:
                self._window.show_calls(offset, records)
            if self._index is not None and len(records) < min(PAGE_CALLS, self._index.total - offset):
                # Calls went away under the list.
                self._post("index", lambda: self._search(wanted))
                return

    def _cancel(self, kind: str) -> None:
        task = self._running.pop(kind, None)
        if task is not None:
            task.cancel()

    async def _list_agents(self) -> None:
        agents = await self._port.agents()
        if self._window is not None:
            self._window.show_agents(agents)

    async def _mark_seen(self, session_ids: Sequence[str]) -> None:
        try:
            await self._port.mark_seen(session_ids)
        except StoreError:
            if self._window is not None:
                self._window.watch.forget()
            raise

    # --- one call ------------------------------------------------------------------------------------

    def _on_call_wanted(self, session_id: str) -> None:
        self._stop()
        self._shown_id = session_id
        self._post("call", lambda: self._read(session_id))

    async def _read(self, session_id: str) -> None:
        record = await self._port.call(session_id)
        path = await self._port.recording_path(session_id) if record is not None else None
        window = self._window
        if record is None or window is None or session_id != self._shown_id:
            return
        is_new = path != self._recording
        self._recording = path
        window.show_call(record.model_copy(update=self._unsaved.get(session_id, {})), has_audio=path is not None)
        if path is not None and (is_new or not window.page.player.waveform.has_peaks):
            self._post("peaks", lambda: self._draw(session_id, path))

    async def _draw(self, session_id: str, path: Path) -> None:
        try:
            operator, agent = await self._peaks(path, COLUMNS)
        except (OSError, ConnectorError) as error:
            # Without its picture the recording can still be heard, or the player says why not.
            log.info("history.no_waveform", extra={"reason": str(error)})
            return
        if self._window is not None:
            sides = [[(float(low), float(high)) for low, high in side] for side in (operator, agent)]
            self._window.show_peaks(session_id, sides[0], sides[1])

    def _play(self, from_s: float) -> None:
        if self._recording is not None:
            self._is_loaded = True
            self._player.play_recording(self._recording, from_s)

    def _seek(self, position_s: float) -> None:
        if self._is_loaded:
            self._player.seek_playback(position_s)
        elif self._window is not None:
            self._window.show_playback(position_s, is_playing=False, problem=None)

    def _stop(self) -> None:
        """Another call, or none: let go of the file."""
        if self._is_loaded:
            self._is_loaded = self._is_playing = False
            self._player.stop_playback()
            if self._window is not None:
                self._window.show_playback(self._window.page.player.position_s, is_playing=False, problem=None)

    def _note(self, session_id: str, field: str, value: object) -> None:
        self._unsaved.setdefault(session_id, {})[field] = value
        self._post("", lambda: self._keep(session_id))

    async def _keep(self, session_id: str) -> None:
        """Write what was noted; it stays noted until that has worked."""
        async with self._saving:
            values = dict(self._unsaved.get(session_id, {}))
            if not values:
                return
            await self._port.annotate(session_id, **values)
            left = {name: now for name, now in self._unsaved[session_id].items() if now != values.get(name)}
            self._unsaved[session_id] = left
            if not left:
                del self._unsaved[session_id]
        if self._window is not None:
            self._window.show_annotation(session_id, values)

    # --- deeds ---------------------------------------------------------------------------------------

    async def _delete_chosen(self, calls: Chosen) -> None:
        await self._delete(await self._files.names(calls, self._answered, self._index or HistoryIndex()))

    async def _delete(self, session_ids: Sequence[str]) -> None:
        if self._shown_id in session_ids:
            self._stop()
            self._shown_id = ""
        deleted = await self._port.delete(session_ids)
        for session_id in session_ids:
            self._unsaved.pop(session_id, None)
        if self._window is not None:
            self._window.show_deleted(frozenset(session_ids))
            self._window.tell(tr("{calls} deleted.").format(calls=words.count(deleted.calls)))
        if deleted.recordings_left:
            await self._search(self._filter)  # first, as it takes away what was told before
            raise StoreError(
                sentence(
                    "The calls are deleted, but another program keeps recordings of them open ({count} left). "
                    "Close it: they are deleted within a quarter of an hour.",
                    count=deleted.recordings_left,
                )
            )
        self._reload()

    async def _find(self, member: str, value: str) -> None:
        found = await self._port.find_person(member, value)
        if self._window is not None:
            self._window.show_person(tuple(found))

    async def _export(self, calls: Chosen, kind: ExportKind, path: Path) -> None:
        def tell(count: int) -> None:
            if self._window is not None:
                done, of = QLocale().toString(count), words.count(calls.count)
                self._window.tell(tr("Exporting: {done} of {calls} …").format(done=done, calls=of))

        index = self._index or HistoryIndex()
        written = await self._files.write(calls, kind, path, self._answered, index, tell)
        if self._window is not None:
            self._window.tell(tr("Written to {path}").format(path=written))


def _news(view: DeskView) -> list[tuple[object, ...]]:
    """What of the newest calls makes the list look again.

    Whether they were seen does not: the mark stays while the operator looks at it.
    """
    return [(one.session_id, one.ended_at, one.details, one.callback, one.recording) for one in view.recent]
