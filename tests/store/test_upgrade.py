"""From the schema of an earlier version to today's, with all that is in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.history import HistoryFilter
from connector_gui.core.record import TranscriptEntry
from connector_gui.store import Store
from connector_gui.store.engine import engine_for, url_of
from connector_gui.store.revisions import HEAD
from connector_gui.store.upgrade import upgrade
from tests.store.records import START, whole_record

FIRST_VERSION: Final = {
    "session_id": "crm-42",
    "status": "ended",
    "outcome": "failed",
    "ended_by": "agent",
    "error": '{"code": "agent_closed", "message": "The agent hung up."}',
    "close": '{"code": 1011, "reason": "internal"}',
    "agent_id": "agent_123",
    "agent_name": "Billing",
    "practice": True,
    "conversation_id": "conv_9",
    "user_id": "crm-1",
    "metadata": (
        '{"customer_name": "Mara Lindqvist", "balance": 12.5, "tags": ["a", null, {"b": true}], "secret__k": "***"}'
    ),
    "created_at": "2026-11-22T12:41:00.250000+00:00",
    "ring_expires_at": "2026-11-22T12:41:30.250000+00:00",
    "accepted_at": "2026-11-22T12:41:03.250000+00:00",
    "started_at": "2026-11-22T12:41:03.750000+00:00",
    "ended_at": "2026-11-22T12:42:04.950000+00:00",
    "duration_s": 61.2,
    "muted": True,
    "held": False,
    "tool_calls": '[{"tool_call_id": "t1", "tool_name": "lookup", "at_ms": 900, "state": "done", "detail": "ok"}]',
    "notices": '[{"code": "slow", "message": "The line is slow.", "at": "2026-11-22T12:41:00.250000Z"}]',
    "notes": "call back\nat five",
    "tags": '["invoice", "\\u00fcberf\\u00e4llig"]',
    "recording": '{"state": "done", "duration_s": 61.0}',
    "elevenlabs": '{"status": "done", "cost": 120}',
    "callback": '{"state": "delivered", "attempts": 2, "last_error": "503"}',
    "priority": 5,
    "placed_by": "crm",
    "digest": "0" * 64,
    "callback_url": "http://127.0.0.1:5678/webhook-waiting/77",
}
"""`whole_record` as the first version kept it."""
JSON_COLUMNS: Final = {
    "error",
    "close",
    "metadata",
    "tool_calls",
    "notices",
    "tags",
    "recording",
    "elevenlabs",
    "callback",
}


async def first_version(place: Path | SecretStr, *changes: Mapping[str, Any]) -> None:
    """A record of the first version: one call for each of *changes*, every one with one turn."""
    engine = engine_for(url_of(place), "BEGIN IMMEDIATE", 1)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, "0001")
        for number, change in enumerate(changes, 1):
            values = {**FIRST_VERSION, **change, "id": number}
            places = (f"CAST(:{name} AS JSON)" if name in JSON_COLUMNS else f":{name}" for name in values)
            if engine.dialect.name == "sqlite":
                places = (f":{name}" for name in values)
            await connection.execute(
                text(f"INSERT INTO calls ({', '.join(values)}) VALUES ({', '.join(places)})"), values
            )
            await connection.execute(
                text(
                    "INSERT INTO transcript_entries (call_id, position, role, text, at_ms, interrupted, kind)"
                    " VALUES (:number, 0, 'agent', 'Hello Mara', 410, :no, 'speech')"
                ),
                {"number": number, "no": False},
            )
    await engine.dispose()


def read(file: Path) -> bytes:
    return file.read_bytes()


@pytest.fixture
def old_place(request: pytest.FixtureRequest) -> Any:
    """A place without tables, on each database in turn."""
    return request.getfixturevalue("file" if request.param == "sqlite" else "new_database")


on_both = pytest.mark.parametrize("old_place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def far_east() -> Iterator[None]:
    """A desk whose days begin nine hours before those of UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@on_both
async def test_calls_of_the_first_version_are_carried_over(old_place: Path | SecretStr, far_east: None) -> None:
    late = {"session_id": "late", "created_at": "2026-11-22T16:00:00.000000+00:00", "notes": ""}
    await first_version(old_place, {}, late)
    store = await Store.open(old_place)
    try:
        said = TranscriptEntry(role="agent", text="Hello Mara", at_ms=410)
        expected = whole_record().model_copy(update={"transcript": (said,), "day": START.date()})
        assert await store.get("crm-42") == expected
        assert [day.day for day in (await store.index(HistoryFilter())).days] == [
            START.date() + timedelta(days=1),
            START.date(),
        ]
        assert (await store.index(HistoryFilter(text="hello"))).total == 2
        assert (await store.index(HistoryFilter(text="lindqvist five"))).total == 1
        assert (await store.index(HistoryFilter(text="uberfallig"))).total == 2
        assert await store.unseen_count() == 0
        assert await store.details_pending() == []
        # The words fit what is deleted: the indexes have no content of their own.
        await store.delete(["crm-42"])
        assert (await store.index(HistoryFilter(text="lindqvist hello"))).total == 0
        assert (await store.index(HistoryFilter(text="hello"))).total == 1
    finally:
        await store.close()


@on_both
async def test_reports_that_the_first_version_left_are_due(old_place: Path | SecretStr) -> None:
    pending = '{"state": "pending", "attempts": 0, "last_error": null}'
    changes: list[dict[str, Any]] = [
        {"session_id": "due", "callback": pending},
        {"session_id": "delivered"},
        {"session_id": "running", "callback": pending, "status": "active", "outcome": None, "ended_at": None},
    ]
    await first_version(old_place, *changes)
    store = await Store.open(old_place)
    due = await store.callbacks_due(START + timedelta(days=9), 9)
    await store.close()
    assert [(call.session_id, call.callback_due_at) for call in due] == [("due", whole_record().ended_at)]


async def test_the_file_is_copied_before_it_is_changed(file: Path) -> None:
    await first_version(file, {})
    await (await Store.open(file)).close()
    copy = file.with_name(f"connector.db.before-{HEAD}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT session_id FROM calls").fetchall() == [("crm-42",)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_neither_a_new_file_nor_one_of_today_is_copied(file: Path) -> None:
    for _ in range(2):
        await (await Store.open(file)).close()
    assert [path.name for path in file.parent.iterdir()] == ["connector.db"]


async def test_the_newest_three_copies_are_kept(file: Path) -> None:
    for age in range(5):
        old = file.with_name(f"connector.db.before-old{age}")
        old.touch()
        os.utime(old, (1_700_000_000 - age, 1_700_000_000 - age))
    await first_version(file, {})
    await (await Store.open(file)).close()
    kept = sorted(path.name for path in file.parent.glob("*.before-*"))
    assert kept == [f"connector.db.before-{HEAD}", "connector.db.before-old0", "connector.db.before-old1"]


async def test_copies_in_which_all_calls_are_too_old_are_forgotten(store: Store, place: Path | SecretStr) -> None:
    if not isinstance(place, Path):
        assert await store.forget_copies(date(2100, 1, 1)) == 0
        return
    old, new = (datetime(2026, month, 1, 12, tzinfo=UTC).timestamp() for month in (3, 4))
    for name, at_s in (
        ("before-0001", old),
        ("before-0002", new),
        ("broken-20260301-120000", old),
        ("broken-20260301-120000-wal", old),
        ("mine", old),
    ):
        copy = place.with_name(f"connector.db.{name}")
        copy.touch()
        os.utime(copy, (at_s, at_s))
    assert await store.forget_copies(date(2026, 4, 1)) == 3
    assert {path.name for path in place.parent.glob("connector.db.*")} >= {
        "connector.db.before-0002",
        "connector.db.mine",
    }
    assert not [*place.parent.glob("*.broken-*"), *place.parent.glob("*-0001")]


async def test_without_room_nothing_is_changed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await first_version(file, {})
    before = read(file)
    usage = shutil.disk_usage(file.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2_000_000))
    with pytest.raises(StorageFullError, match=r"needs \d+ MB of free space; 1 MB are.*nothing was changed"):
        await Store.open(file)
    assert read(file) == before
    assert list(file.parent.glob("*before*")) == []


async def test_an_upgrade_that_fails_changes_nothing(file: Path) -> None:
    # What the second version names a column is there already: its first statement passes, a later one does not.
    await first_version(file, {})
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE session_events (x)")
        before = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with pytest.raises(StoreError, match="session_events already exists"):
        await Store.open(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == before
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        connection.execute("DROP TABLE session_events")
    store = await Store.open(file)
    assert await store.get("crm-42") is not None
    await store.close()


async def test_a_copy_that_was_cut_short_is_no_copy(file: Path) -> None:
    await first_version(file, {})
    left = file.with_name(f"connector.db.before-{HEAD}.part")
    left.write_bytes(b"half a copy")
    await (await Store.open(file)).close()
    assert not left.exists()
    assert file.with_name(f"connector.db.before-{HEAD}").exists()
