"""Calls that are over: annotated, deleted with their recordings, and forgotten when their time has come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector_gui.core.record import Recording
from connector_gui.switchboard.archive import NOTES_LIMIT
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
    assert await shelf.archive.delete(["crm-1"]) == 1
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
    assert await shelf.archive.delete(names) == count
    assert not shelf.store.records
