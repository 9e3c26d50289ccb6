from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import create_engine

from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.record import CallRecord
from connector_gui.store import Store
from connector_gui.store.database import Database
from connector_gui.store.revisions import HEAD, REVISIONS
from connector_gui.store.tables import calls, metadata
from connector_gui.store.upgrade import alembic_config
from tests.store.records import record, whole_record

ROOT: Final = Path(__file__).parents[2]
DAMAGED_FILES: Final = {
    "no database": b"This is no database at all. " * 400,
    "half a header": b"SQLite format 3\0",
    "zeros": b"\0" * 8192,
    "a torn page": None,
}


@pytest.fixture
def place(file: Path) -> Path:
    """What is said here is about files alone."""
    return file


def run_python(program: str, *, prefix: tuple[str, ...] = (), timeout_s: float = 60) -> str:
    """Run *program* in a process of its own and return what it printed."""
    command = [*prefix, sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def database_of(store: Store) -> Database:
    return store._database


def read(file: Path) -> bytes:
    return file.read_bytes()


def write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def overwritten(file: Path, offset: int) -> bytes:
    """The content of *file* with rubbish over 1,000 bytes."""
    content = file.read_bytes()
    return content[:offset] + b"\xff" * 1000 + content[offset + 1000 :]


def is_of_records(_object: object, name: str | None, *_: object) -> bool:
    """The indexes of words are no tables that SQLAlchemy knows."""
    return name is None or not name.startswith(("call_words", "entry_words", "ix_call_words", "ix_entry_words"))


def test_importing_the_store_is_cheap() -> None:
    loaded = run_python("import sys, connector_gui.store; print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)")
    assert loaded.split() == ["False", "False"]


def test_an_up_to_date_file_is_opened_without_alembic(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from connector_gui.store import Store

async def main():
    store = await Store.open(Path({str(tmp_path / "connector.db")!r}))
    print("alembic" in sys.modules)
    await store.close()

asyncio.run(main())
"""
    assert run_python(program).strip() == "True"
    assert run_python(program).strip() == "False"


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    run_python(f"""
import asyncio
from pathlib import Path
from connector_gui.store import Store

async def main():
    await (await Store.open(Path({str(tmp_path / "x.db")!r}))).close()

asyncio.run(main())
""")
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_of_records})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_known_revisions_are_those_of_the_migrations() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_current_head() == HEAD


def test_every_field_of_a_record_has_its_column() -> None:
    assert {column.name for column in calls.c} == CallRecord.model_fields.keys() - {"transcript", "hold"} | {
        "id",
        "search_text",
    }


async def test_the_file_is_the_owners_alone(store: Store, file: Path) -> None:
    await store.save(record())
    for path in file.parent.glob("connector.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


async def test_commits_are_synchronous(store: Store) -> None:
    async with database_of(store).reading() as connection:
        mode = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
        synchronous = (await connection.exec_driver_sql("PRAGMA synchronous")).scalar()
    assert (mode, synchronous) == ("wal", 2)


@pytest.mark.parametrize("kind", DAMAGED_FILES)
async def test_a_damaged_file_is_kept_aside_and_a_new_one_started(file: Path, kind: str) -> None:
    content = DAMAGED_FILES[kind]
    if content is None:
        store = await Store.open(file)
        await store.save(record())
        await store.close()
        content = overwritten(file, 100)
    write(file, content)

    store = await Store.open(file)

    assert store.problem is not None
    (aside,) = file.parent.glob("connector.db.broken-*")
    assert read(aside) == content
    assert aside.name in store.problem
    await store.save(record())
    assert await store.get("crm-42") == record()
    await store.close()


async def test_damage_found_later_is_an_error_in_words(store: Store, file: Path) -> None:
    await store.save(whole_record())
    await store.close()
    with sqlite3.connect(file) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'calls'").fetchone()
    connection.close()
    write(file, overwritten(file, (page - 1) * 4096))
    again = await Store.open(file)
    with pytest.raises(StoreError, match=r"cannot be read .*malformed"):
        await again.page(1)
    await again.close()


async def test_a_newer_schema_is_refused_politely(store: Store, file: Path) -> None:
    await store.close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = read(file)
    with pytest.raises(StoreError, match="newer version of Agent Connector"):
        await Store.open(file)
    assert read(file) == before


async def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened \(No such file or directory\)"):
        await Store.open(tmp_path / "missing" / "connector.db")


@pytest.mark.parametrize(
    "url",
    [
        "canary",
        "canary://x",
        "mysql://u:canary@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:canary@h:port/d",
    ],
)
async def test_a_wrong_database_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL") as caught:
        await Store.open(SecretStr(url))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_sqlite_url_names_a_file(tmp_path: Path) -> None:
    store = await Store.open(SecretStr(f"sqlite:///{tmp_path / 'elsewhere.db'}"))
    await store.save(record())
    await store.close()
    assert (tmp_path / "elsewhere.db").exists()


async def test_two_programs_may_have_the_file_open(store: Store, file: Path) -> None:
    other = await Store.open(file)
    await store.save(record("one"))
    await other.save(record("two"))
    assert [found.session_id for found in (await store.page(9))[0]] == ["two", "one"]
    await other.close()


async def test_an_error_does_not_repeat_what_was_said(store: Store) -> None:
    async with database_of(store).writing() as connection:
        await connection.exec_driver_sql("DROP TABLE calls")
    with pytest.raises(StoreError) as caught:
        await store.save(record(agent_name="canary"))
    assert "canary" not in f"{caught.value} {caught.value.__cause__}"


async def test_sqlites_own_limit_counts_as_a_full_disk(store: Store) -> None:
    await store.save(record())
    async with database_of(store).writing() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFullError):
        await store.save(record("long", notes="x" * 50_000))
    assert await store.get("crm-42") is not None


async def test_what_one_connection_is_enough_for_does_not_fill_the_memory_of_all(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "connector.db")
    try:
        async with database.reading() as first, database.reading() as second:
            drivers = [(await one.get_raw_connection()).driver_connection for one in (first, second)]
        assert drivers[0] is not drivers[1]
        used = []
        for _ in range(4):
            async with database.reading() as connection:
                used.append((await connection.get_raw_connection()).driver_connection)
        assert all(one is used[0] for one in used)
    finally:
        await database.close()
