"""The history window joined to a record: what is read and written, when, and what a failure leaves behind."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from connector_gui.app.history_desk import HistoryDesk, read_peaks
from connector_gui.app.history_files import ExportError, HistoryFiles, ListChangedError
from connector_gui.core.call import Outcome
from connector_gui.core.errors import ConnectorError, StoreError
from connector_gui.core.history import HistoryFilter
from connector_gui.core.record import CallRecord
from connector_gui.core.view import DeskView
from connector_gui.core.voice import Playback
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.history.call_page import ExportKind
from connector_gui.ui.history.chosen import Chosen
from connector_gui.ui.history.window import HistoryWindow, file_stem
from connector_gui.ui.theme import Theme
from tests.fakes.desk_views import idle, in_call
from tests.fakes.history import FakeHistory, MadeCalls, made, wave

NOW = datetime.now().astimezone().replace(hour=23, minute=30).astimezone(UTC)
"""Late today: the eight calls of a day stand under one heading, at whatever hour this is run."""
BROKEN = StoreError("The record cannot be read: the disk is gone.")


class Player:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def play_recording(self, path: Path, from_s: float = 0.0) -> None:
        self.asked.append(("play", path.name, from_s))

    def pause_playback(self) -> None:
        self.asked.append(("pause",))

    def seek_playback(self, to_s: float) -> None:
        self.asked.append(("seek", to_s))

    def stop_playback(self) -> None:
        self.asked.append(("stop",))


class Joined:
    """A desk with all it needs, running."""

    def __init__(self, theme: Theme, folder: Path, count: int = 20) -> None:
        self.recording = folder / "call.ogg"
        self.recording.write_bytes(b"OggS sound")
        self.port = FakeHistory.of(count, NOW)
        self.port.recording = self.recording
        self.player = Player()
        self.peaks_of: list[str] = []
        self.desk = HistoryDesk(theme, self.port, self.player, WindowPlaces(folder), self._peaks)

    async def _peaks(self, path: Path, columns: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        self.peaks_of.append(path.name)
        return wave(columns), wave(columns, is_agent=True)

    @property
    def window(self) -> HistoryWindow:
        assert self.desk._window is not None
        return self.desk._window

    async def open(self) -> HistoryWindow:
        self.desk.open()
        await until(lambda: self.window.left.rows.record(1) is not None or self.window.problem.isVisible())
        return self.window

    async def select(self, row: int) -> CallRecord:
        """Select a call and wait for its page."""
        record = self.window.left.rows.record(row)
        assert record is not None
        self.window.left.list.select_row(row)
        await until(lambda: self.window.page.record is not None and self.shown_id == record.session_id)
        return record

    @property
    def shown_id(self) -> str:
        return self.window.page.record.session_id if self.window.page.record else ""


async def until(is_so: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Let Qt and asyncio take turns until *is_so*."""
    async with asyncio.timeout(timeout_s):
        while not is_so():
            QApplication.processEvents()
            await asyncio.sleep(0.002)


@pytest.fixture
async def joined(theme: Theme, tmp_path: Path) -> AsyncIterator[Joined]:
    made_desk = Joined(theme, tmp_path)
    running = asyncio.create_task(made_desk.desk.run())
    yield made_desk
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if made_desk.desk._window is not None:
        made_desk.window.hide()
        made_desk.window.deleteLater()


def row_of(joined: Joined, outcome: Outcome) -> int:
    """The first call that ended so."""
    rows = joined.window.left.rows
    found = ((row, rows.record(row)) for row in range(rows.rowCount()))
    return next(row for row, record in found if record is not None and record.outcome is outcome)


# --- the list -----------------------------------------------------------------------------------


async def test_nothing_is_read_before_the_window_is_wanted(joined: Joined) -> None:
    joined.desk.show_view(idle(unseen_missed=2))
    await asyncio.sleep(0)
    assert joined.port.asked == []
    await joined.open()
    assert set(joined.port.names) >= {"index", "window", "agents"}


async def test_a_list_of_any_length_reads_only_what_is_looked_at(joined: Joined) -> None:
    joined.port.calls = MadeCalls(100_000, NOW)
    window = await joined.open()
    window.left.list.verticalScrollBar().setValue(3_000_000)
    await until(lambda: window.left.rows.record(window.left.list.rows_in_sight[0] + 1))
    assert joined.port.names.count("window") <= 6
    assert window.left.rows.total == 100_000


async def test_typing_asks_once_and_what_is_overtaken_is_never_shown(joined: Joined) -> None:
    window = await joined.open()
    before = joined.port.names.count("index")
    gate = joined.port.gate = asyncio.Event()
    window.left.filters.search.setText("jo")
    await until(lambda: joined.port.names.count("index") == before + 1)
    QTest.keyClicks(window.left.filters.search, "xyz")
    await until(lambda: joined.port.names.count("index") == before + 2)
    assert joined.port.asked[-1][1].text == "joxyz"
    gate.set()
    await until(lambda: window.left.empty_text)
    assert window.left.empty_text == "Try fewer words or other days."
    assert joined.port.names.count("index") == before + 2


async def test_a_call_that_ends_comes_into_the_list_and_nothing_moves(joined: Joined) -> None:
    window = await joined.open()
    joined.desk.show_view(idle(recent=()))
    chosen = await joined.select(3)
    joined.port.add(made(0, NOW, session_id="new", per_day=8))
    joined.desk.show_view(idle(recent=(made(0, NOW, session_id="new"),)))
    await until(lambda: window.left.rows.total == 21)
    await until(lambda: window.left.rows.row_of("new") is not None)
    assert window.left.rows.row_of(chosen.session_id) == window.left.list.selected_row
    assert joined.shown_id == chosen.session_id


async def test_a_mark_stays_while_it_is_looked_at(joined: Joined) -> None:
    await joined.open()
    missed = made(0, NOW, per_day=8)
    joined.desk.show_view(idle(recent=(missed,), unseen_missed=1))
    await until(lambda: joined.port.names.count("index") == 2)
    joined.desk.show_view(idle(recent=(missed.model_copy(update={"is_seen": True}),)))
    await asyncio.sleep(0.02)
    assert joined.port.names.count("index") == 2


async def test_a_closed_window_reads_nothing_and_is_fresh_when_it_opens(joined: Joined) -> None:
    window = await joined.open()
    window.close()
    before = len(joined.port.asked)
    joined.port.add(made(0, NOW, session_id="new"))
    joined.desk.show_view(idle(recent=(made(0, NOW, session_id="new"),)))
    await asyncio.sleep(0.02)
    assert len(joined.port.asked) == before
    joined.desk.open()
    await until(lambda: window.left.rows.total == 21)


async def test_a_record_that_cannot_be_read_is_said_and_can_be_tried_again(joined: Joined) -> None:
    joined.port.problem = BROKEN
    window = await joined.open()
    assert window.problem.text == str(BROKEN)
    joined.port.problem = None
    window.retry_requested.emit()
    await until(lambda: window.left.rows.record(1))
    assert window.problem.isHidden()


async def test_missed_calls_that_were_seen_are_marked_so(joined: Joined) -> None:
    await joined.open()
    await joined.select(row_of(joined, Outcome.MISSED))
    await until(lambda: "mark_seen" in joined.port.names)
    assert joined.port.calls[0].is_seen


# --- one call -----------------------------------------------------------------------------------


async def test_a_call_is_read_with_its_recording(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(row_of(joined, Outcome.COMPLETED))
    await until(lambda: window.page.player.waveform.has_peaks)
    assert joined.peaks_of == ["call.ogg"]
    await joined.select(row_of(joined, Outcome.DECLINED))
    assert window.page.player.isHidden()


async def test_the_recording_plays_and_stops_with_its_page(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(row_of(joined, Outcome.COMPLETED))
    window.page.player.waveform.seek_requested.emit(12.0)
    assert joined.player.asked == [], "nothing is loaded that could be moved"
    window.page.player.play_requested.emit(12.0)
    joined.desk.show_playback(Playback(joined.recording, 12.4, is_playing=True))
    assert window.page.player.is_playing
    window.page.player.seek_requested.emit(20.0)
    await joined.select(row_of(joined, Outcome.DECLINED))
    assert joined.player.asked == [("play", "call.ogg", 12.0), ("seek", 20.0), ("stop",)]
    joined.desk.show_playback(Playback(joined.recording, 13.0, is_playing=True))  # was on its way
    assert not window.page.player.is_playing


async def test_closing_the_window_stops_the_recording(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(row_of(joined, Outcome.COMPLETED))
    window.page.player.play_requested.emit(0.0)
    window.close()
    assert joined.player.asked[-1] == ("stop",)


async def test_a_call_that_comes_in_silences_the_recording(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(row_of(joined, Outcome.COMPLETED))
    joined.desk.show_view(in_call())
    assert joined.player.asked == []
    joined.desk.show_view(DeskView())
    window.page.player.play_requested.emit(0.0)
    joined.desk.show_playback(Playback(joined.recording, 0.1, is_playing=True))
    joined.desk.show_view(in_call())
    assert joined.player.asked[-1] == ("pause",)


# --- notes and tags -----------------------------------------------------------------------------


async def test_notes_and_tags_are_kept_with_the_call(joined: Joined) -> None:
    window = await joined.open()
    record = await joined.select(2)
    window.page.details.notes.setPlainText("call back")
    window.page.details.notes.save()
    window.page.details.tags.field.setText("late")
    window.page.details.tags.field.returnPressed.emit()
    await until(lambda: any("late" in call.tags for call in joined.port.calls))
    kept = next(call for call in joined.port.calls if call.session_id == record.session_id)
    assert (kept.notes, kept.tags[-1]) == ("call back", "late")


async def test_notes_that_could_not_be_kept_stay_and_are_kept_with_the_next_try(joined: Joined) -> None:
    window = await joined.open()
    record = await joined.select(2)
    joined.port.problem = BROKEN
    window.page.details.notes.setPlainText("precious")
    window.page.details.notes.save()
    await until(window.problem.isVisible)
    joined.port.problem = None
    await joined.select(3)
    await joined.select(2)
    assert window.page.details.notes.toPlainText() == "precious"
    window.retry_requested.emit()
    await until(lambda: any(call.notes == "precious" for call in joined.port.calls))
    assert joined.port.asked[-1] != ("annotate", (record.session_id, None, None))


async def test_what_was_typed_last_is_kept_when_the_program_ends(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(2)
    window.page.details.notes.setPlainText("last words")
    await joined.desk.save()
    assert any(call.notes == "last words" for call in joined.port.calls)


# --- deeds --------------------------------------------------------------------------------------


async def test_deleted_calls_are_gone_and_the_next_one_is_shown(joined: Joined) -> None:
    window = await joined.open()
    record = await joined.select(2)
    following = window.left.rows.record(3)
    window.deletion_requested.emit(window.chosen)
    await until(lambda: window.left.rows.total == 19)
    assert window.told.text == "1 call deleted."
    await until(lambda: following is not None and joined.shown_id == following.session_id)
    assert ("delete", (record.session_id,)) in joined.port.asked


async def test_a_recording_that_could_not_be_deleted_is_told_of(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(2)
    joined.port.recordings_left = 1
    window.deletion_requested.emit(window.chosen)
    await until(lambda: "keeps recordings of them open (1 left)" in window.problem.text)
    assert window.left.rows.total == 19


async def test_everything_of_a_person_goes(joined: Joined) -> None:
    window = await joined.open()
    await joined.select(2)
    window.page.deletions[1].trigger()
    window.person_wanted.emit("name", "Jo Park")
    await until(lambda: "find_person" in joined.port.names)
    found = await joined.port.find_person("name", "Jo Park")
    window.person_deletion_requested.emit(tuple(found))
    await until(lambda: window.left.rows.total == 20 - len(found))
    assert not any(call.metadata.get("name") == "Jo Park" for call in joined.port.calls)


async def test_a_call_is_placed_again(joined: Joined) -> None:
    window = await joined.open()
    record = await joined.select(2)
    window.call_again_requested.emit(record.session_id)
    assert joined.port.asked[-1] == ("call_again", record.session_id)


async def test_the_window_comes_back_where_it_was(joined: Joined) -> None:
    window = await joined.open()
    window.geometry_changed.emit(QRect(30, 40, 1111, 700), QRect(0, 0, 380, 280))
    assert joined.desk._places.place("history") == QRect(30, 40, 1111, 700)
    assert joined.desk._places.place("history-columns") == QRect(0, 0, 380, 280)


# --- files --------------------------------------------------------------------------------------


async def test_a_transcript_and_a_recording_are_written(joined: Joined, tmp_path: Path) -> None:
    window = await joined.open()
    record = await joined.select(row_of(joined, Outcome.COMPLETED))
    one = Chosen((record.session_id,))
    copy = f"{file_stem(record)}.ogg"
    for kind, name in (
        (ExportKind.TEXT, "a.txt"),
        (ExportKind.SUBTITLES, "a.srt"),
        (ExportKind.AUDIO, file_stem(record)),
        (ExportKind.AUDIO, "b.OGG"),
    ):
        window.export_requested.emit(one, kind, str(tmp_path / name))
    await until(lambda: set(files(tmp_path)) >= {"a.txt", "a.srt", "b.OGG", copy})
    assert "Number 4711" in (tmp_path / "a.txt").read_text("utf-8")
    assert (tmp_path / "a.srt").read_text("utf-8").startswith("1\n00:00:00,400 --> ")
    assert (tmp_path / copy).read_bytes() == joined.recording.read_bytes()
    assert window.told.text.startswith("Written to ")


def files(folder: Path) -> list[str]:
    """What lies in *folder*, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


async def written(port: FakeHistory, calls: Chosen, kind: ExportKind, path: Path) -> list[int]:
    """Export; how far it said it was."""
    told: list[int] = []
    index = await port.index(HistoryFilter())
    await HistoryFiles(port).write(calls, kind, path, HistoryFilter(), index, told.append)
    return told


async def test_a_selection_becomes_a_table_or_json(tmp_path: Path) -> None:
    port = FakeHistory.of(20, NOW)
    calls = Chosen(("call-1", "call-4"), gaps=((10, 3),))
    await written(port, calls, ExportKind.TABLE, tmp_path / "calls.csv")
    with (tmp_path / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ["call-10", "call-11", "call-12", "call-1", "call-4"]
    assert [row["session_id"] for row in rows] == names
    await written(port, calls, ExportKind.JSON, tmp_path / "calls.json")
    sessions = json.loads((tmp_path / "calls.json").read_text("utf-8"))
    assert [session["session_id"] for session in sessions] == names
    assert len(sessions[3]["transcript"]) == 5
    await written(port, Chosen(), ExportKind.JSON, tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text("utf-8")) == []


async def test_a_long_export_says_how_far_it_is(tmp_path: Path) -> None:
    port = FakeHistory(MadeCalls(1_000, NOW))
    told = await written(port, Chosen(gaps=((0, 1_000),)), ExportKind.JSON, tmp_path / "all.json")
    assert told == [200, 400, 600, 800, 1_000]
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))) == 1_000


async def test_calls_that_moved_meanwhile_are_not_taken_for_others(tmp_path: Path) -> None:
    port = FakeHistory.of(20, NOW)
    index = await port.index(HistoryFilter())
    port.add(made(0, NOW, session_id="new"))
    calls = Chosen(gaps=((3, 2),))
    with pytest.raises(ListChangedError):
        await HistoryFiles(port).names(calls, HistoryFilter(), index)
    with pytest.raises(ListChangedError):
        await HistoryFiles(port).write(calls, ExportKind.JSON, tmp_path / "x", HistoryFilter(), index, lambda _n: None)
    assert files(tmp_path) == []


@pytest.mark.parametrize("kind", [ExportKind.TEXT, ExportKind.TABLE, ExportKind.JSON, ExportKind.AUDIO])
async def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, kind: ExportKind) -> None:
    port = FakeHistory.of(20, NOW)
    port.recording = tmp_path / "call.ogg"
    port.recording.write_bytes(b"OggS")
    (tmp_path / "taken.ogg").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        await written(port, Chosen(("call-1",)), kind, tmp_path / "taken.ogg")
    with pytest.raises(ExportError, match="cannot be written"):
        await written(port, Chosen(("call-1",)), kind, tmp_path / "nowhere" / "a.x")
    assert files(tmp_path) == ["call.ogg", "taken.ogg"]


async def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    port = FakeHistory.of(20, NOW)
    target = tmp_path / "calls.json"
    target.write_text("old")
    index = await port.index(HistoryFilter())
    port.problem = BROKEN
    with pytest.raises(StoreError):
        await HistoryFiles(port).write(
            Chosen(("call-1",)), ExportKind.JSON, target, HistoryFilter(), index, lambda _n: None
        )
    assert target.read_text() == "old"
    assert files(tmp_path) == ["calls.json"]


# --- a real recording ---------------------------------------------------------------------------


async def test_the_picture_of_a_recording_has_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    sound = np.zeros((16_000, 2), dtype=np.int16)
    sound[:8_000, 0], sound[8_000:, 1] = 16_384, -8_192
    soundfile.write(path, sound, 16_000)
    operator, agent = await read_peaks(path, 100)
    assert len(operator) == len(agent) == 100
    assert list(operator[10]) == [0.5, 0.5]
    assert list(agent[10]) == [0.0, 0.0]
    assert list(agent[90]) == [-0.25, -0.25]


async def test_a_recording_without_a_picture_can_still_be_played(joined: Joined) -> None:
    async def no_peaks(path: Path, _columns: int) -> Any:
        return await read_peaks(path.with_name("gone.flac"), 100)

    with pytest.raises(ConnectorError):
        await no_peaks(joined.recording, 1)
    joined.desk._peaks = no_peaks
    window = await joined.open()
    await joined.select(row_of(joined, Outcome.COMPLETED))
    window.page.player.button.click()
    assert joined.player.asked == [("play", "call.ogg", 0.0)]
    assert window.problem.isHidden()
