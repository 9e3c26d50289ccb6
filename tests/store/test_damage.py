"""Files that are damaged: at the head, in the middle, and found out at the start or only later."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connector_gui.core.errors import StoreError
from connector_gui.core.history import HistoryFilter
from connector_gui.core.record import CallRecord, Change, SessionEvent, TranscriptEntry
from connector_gui.store import Store
from tests.store.records import START, record

CALLS = 400
PAGE_BYTES = 4096


def call(number: int) -> CallRecord:
    values = {"status": "ended", "outcome": "completed", "notes": f"canary {number} " + "x" * 300}
    return record(f"call-{number}", day="2026-11-22", **values)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of many pages, closed well; to be copied."""
    file = tmp_path_factory.mktemp("filled") / "connector.db"
    asyncio.run(fill(file))
    return file


@pytest.fixture
def file(tmp_path: Path, filled: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copy(filled, tmp_path / "connector.db"))


async def fill(file: Path) -> None:
    """Keep `CALLS` calls in *file*."""
    store = await Store.open(file)
    for number in range(CALLS):
        said = {position: TranscriptEntry(role="agent", text=f"turn {position} " * 8) for position in range(2)}
        told = SessionEvent(kind="session", session_id=f"call-{number}", at=START)
        await store.commit(Change(f"call-{number}", call(number), said, (told,)))
    await store.close()


def pages_of(file: Path, table: str) -> list[int]:
    """The pages of *table*, by their numbers, which begin with 1; its root first."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = ? ORDER BY path"
        return [number for (number,) in connection.execute(query, (table,))]


def damage(file: Path, *pages: int) -> None:
    """Write rubbish over whole pages."""
    with file.open("r+b") as opened:
        for page in pages:
            opened.seek((page - 1) * PAGE_BYTES)
            opened.write(b"\xa5" * PAGE_BYTES)


def aside_of(file: Path) -> Path:
    (aside,) = [path for path in file.parent.glob("connector.db.broken-*") if not path.name.endswith(("-wal", "-shm"))]
    return aside


async def numbers_in(store: Store) -> list[int]:
    found = await store.window(HistoryFilter(), 0, 2 * CALLS)
    return sorted(int(call.session_id.removeprefix("call-")) for call in found)


async def test_a_damaged_head_is_put_aside_at_the_start(file: Path) -> None:
    damage(file, 1)
    store = await Store.open(file)
    assert store.problem is not None
    assert aside_of(file).name in store.problem
    assert "A new one was started." in store.problem
    assert await numbers_in(store) == []
    await store.close()


async def test_damage_met_while_reading_is_cured_at_the_next_start(file: Path) -> None:
    damage(file, *pages_of(file, "calls")[20:22])
    store = await Store.open(file)
    assert store.problem is None
    with pytest.raises(StoreError, match=r"cannot be read .*damaged.*at the next start.*malformed"):
        await numbers_in(store)
    # What can be written still is.
    await store.commit(Change("new", record("new", notes="after the damage")))
    await store.close()

    store = await Store.open(file)

    assert store.problem is not None
    assert "was damaged" in store.problem
    assert "can be read are in a new one" in store.problem
    assert aside_of(file).exists()
    found = await numbers_in(store)
    assert CALLS * 0.9 < len(found) < CALLS
    for number in (found[0], found[-1]):
        kept = await store.get(f"call-{number}")
        assert kept is not None
        assert kept.model_copy(update={"transcript": ()}) == call(number)
        assert len(kept.transcript) == 2
    new = await store.get("new")
    assert new is not None
    assert new.notes == "after the damage"
    assert (await store.index(HistoryFilter(text="turn"))).total == len(found)
    # No number of an event comes again, and the cure is over.
    (told,) = await store.commit(Change("new", events=(SessionEvent(kind="session", session_id="new", at=START),)))
    assert told.id == CALLS + 1
    await store.close()
    store = await Store.open(file)
    assert store.problem is None
    await store.close()


async def test_damage_met_while_writing_is_an_error_in_words(file: Path) -> None:
    damage(file, *pages_of(file, "sqlite_autoindex_calls_1"))
    store = await Store.open(file)
    with pytest.raises(StoreError, match=r"cannot be written .*damaged.*at the next start"):
        await store.commit(Change("new", record("new")))
    await store.close()
    store = await Store.open(file)
    assert store.problem is not None
    assert await numbers_in(store) == list(range(CALLS))
    await store.close()


async def test_a_damaged_index_of_words_costs_no_call(file: Path) -> None:
    damage(file, *pages_of(file, "entry_words_data")[1:])
    store = await Store.open(file)
    with pytest.raises(StoreError, match="damaged"):
        await store.index(HistoryFilter(text="turn"))
    assert await numbers_in(store) == list(range(CALLS))
    await store.close()
    store = await Store.open(file)
    assert (await store.index(HistoryFilter(text="turn"))).total == CALLS
    await store.close()


async def test_a_transcript_that_cannot_be_read_does_not_cost_the_call(file: Path) -> None:
    damage(file, *pages_of(file, "transcript_entries"))
    store = await Store.open(file)
    with pytest.raises(StoreError, match="damaged"):
        await store.get("call-7")
    await store.close()
    store = await Store.open(file)
    assert await numbers_in(store) == list(range(CALLS))
    found = await store.get("call-7")
    assert found == call(7)
    await store.close()


async def test_a_file_that_was_not_closed_is_looked_through(file: Path) -> None:
    damage(file, pages_of(file, "calls")[30])
    closed_well = await Store.open(file)
    assert await closed_well.check() is None
    await closed_well.commit(Change("new", record("new")))
    # As after kill -9: another process finds journal and file as they are now.
    store = await Store.open(file)
    found = await store.check()
    assert found is not None
    assert "is damaged" in found
    assert "next start" in found
    await store.close()
    await closed_well.close()
    store = await Store.open(file)
    assert store.problem is not None
    await store.close()


async def test_a_sound_file_that_was_not_closed_is_said_to_be_sound(file: Path) -> None:
    first = await Store.open(file)
    await first.commit(Change("new", record("new")))
    store = await Store.open(file)
    assert await store.check() is None
    await store.close()
    await first.close()


async def test_carrying_over_ends_in_time(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.with_name("connector.db.damaged").touch()
    monkeypatch.setattr("connector_gui.store.damage.CARRY_S", 0)
    store = await Store.open(file)
    assert await numbers_in(store) == list(range(CALLS - 100, CALLS))
    assert store.problem is not None
    assert "The newest 100 calls" in store.problem
    await store.close()
