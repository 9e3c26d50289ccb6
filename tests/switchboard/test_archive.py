"""Calls that are over: annotated, deleted with their recordings, and forgotten when their time has come."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connector_gui.core.history import Deleted
from connector_gui.core.record import Recording
from connector_gui.switchboard import archive
from connector_gui.switchboard.archive import NOTES_LIMIT
from connector_gui.voice.recording.folder import RecordingsFolder
from connector_gui.voice.recording.place import prepare_folder
from tests.fakes.shelf import Shelf


async def test_notes_and_tags_are_kept_and_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    await shelf.add("crm-1")
    await shelf.archive.annotate("crm-1", notes="Calls back on Monday.", tags=[" vip ", "", "vip", "late  payer"])
    record = await shelf.archive.call("crm-1")
    assert record is not None
    assert (record.notes, record.tags) == ("Calls back on Monday.", ("vip", "late payer"))
    assert [event.kind for event in shelf.events] == ["session"]
    assert shelf.changes == 1


async def test_notes_have_a_limit(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    await shelf.add("crm-1")
    await shelf.archive.annotate("crm-1", notes="x" * 2 * NOTES_LIMIT)
    assert len(shelf.store.records["crm-1"].notes) == NOTES_LIMIT


async def test_a_deleted_call_takes_its_recording_along(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    await shelf.add("crm-1", recording_file="a.flac")
    await shelf.add("crm-2")
    assert await shelf.archive.delete(["crm-1", "gone-already"]) == Deleted(1)
    assert shelf.recordings.deleted == ["a.flac"]
    assert set(shelf.store.records) == {"crm-2"}


async def test_only_a_finished_recording_that_is_there_can_be_heard(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    await shelf.add("whole", recording=Recording(state="done"), recording_file="a.flac")
    await shelf.add("lost", recording=Recording(state="done"), recording_file="b.flac")
    await shelf.add("running", recording=Recording(state="running"), recording_file="a.flac")
    assert await shelf.archive.recording_path("whole") == tmp_path / "a.flac"
    assert await shelf.archive.recording_path("lost") is None
    assert await shelf.archive.recording_path("running") is None
    assert await shelf.archive.recording_path("nobody") is None


async def test_what_is_too_old_is_forgotten_at_the_start(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, retention_days=90)
    await shelf.add("old", days_ago=91, recording_file="old.flac")
    await shelf.add("last-day", days_ago=90)
    await shelf.add("new")
    async with shelf.forgetting():
        await shelf.until_left("last-day", "new")
    assert shelf.recordings.deleted == ["old.flac"]


async def test_a_shorter_retention_forgets_at_once_and_none_forgets_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, retention_days=0)
    await shelf.add("old", days_ago=4000)
    await shelf.add("new")
    async with shelf.forgetting():
        await asyncio.sleep(0.02)
        assert set(shelf.store.records) == {"old", "new"}
        shelf.archive.set_retention(30)
        await shelf.until_left("new")


@pytest.mark.parametrize("count", [1, 450])
async def test_many_calls_are_deleted_in_batches(tmp_path: Path, count: int) -> None:
    shelf = Shelf(tmp_path)
    names = [f"crm-{number}" for number in range(count)]
    for name in names:
        await shelf.add(name)
    assert await shelf.archive.delete(names) == Deleted(count)
    assert not shelf.store.records


async def test_a_recording_that_somebody_has_open_is_told_of_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LET_GO_S", (0.001,))
    monkeypatch.setattr(archive, "LOOK_INTERVAL_S", 0.01)
    shelf = Shelf(tmp_path)
    await shelf.add("crm-1", recording_file="a.flac")
    await shelf.add("crm-2", recording_file="b.flac")
    shelf.recordings.held.add("a.flac")
    assert await shelf.archive.delete(["crm-1", "crm-2"]) == Deleted(2, recordings_left=1)
    assert shelf.recordings.deleted == ["b.flac"]
    shelf.recordings.held.clear()
    async with shelf.forgetting():
        await shelf.until(lambda: shelf.recordings.deleted == ["b.flac", "a.flac"])


async def test_the_next_day_forgets_however_long_the_computer_slept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LOOK_INTERVAL_S", 0.01)
    shelf = Shelf(tmp_path, retention_days=90)
    await shelf.add("last-day", days_ago=90)
    await shelf.add("new")
    async with shelf.forgetting():
        await shelf.until(lambda: shelf.recordings.swept_before)
        assert set(shelf.store.records) == {"last-day", "new"}
        shelf.now += timedelta(days=1)
        await shelf.until_left("new")
        await shelf.until(lambda: len(shelf.store.copies_forgotten_before) > 1)  # the last of a day's work
    assert len(set(shelf.recordings.swept_before)) == len(shelf.recordings.swept_before) == 2
    assert shelf.store.copies_forgotten_before == shelf.recordings.swept_before


async def test_what_a_crash_left_of_a_recording_is_forgotten_too(tmp_path: Path) -> None:
    folder = RecordingsFolder(tmp_path / "recordings")
    assert folder.delete_before(date(2026, 4, 1)) == 0
    prepare_folder(tmp_path / "recordings")
    old, of_that_day = (folder.new_path(datetime(2026, month, 1, 12, tzinfo=UTC)) for month in (3, 4))
    note = tmp_path / "recordings" / "20200101-000000-mine.txt"
    for file in (old, of_that_day, note):
        file.touch()
    assert folder.delete_before(date(2026, 4, 1)) == 1
    assert [file.exists() for file in (old, of_that_day, note)] == [False, True, True]
