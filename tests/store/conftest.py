from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from connector_gui.store import Store
from tests.store.postgresql import Server, programs, running_server

Place = Path | SecretStr
SHARED: Final = "record"
"""The database that tests use one after the other."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the SQLite file is; it does not exist yet."""
    return tmp_path / "connector.db"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server that tests share."""
    tools = programs()
    if tools is None:
        reason = "PostgreSQL's server is not installed"
        if sys.platform == "linux" and os.environ.get("CONNECTOR_TEST_RIG") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_server(tools) as server:
        server.create(SHARED)
        yield server


@pytest.fixture
def new_database(postgresql: Server) -> Iterator[SecretStr]:
    """A database without any tables."""
    postgresql.create("new")
    yield SecretStr(postgresql.url("new"))
    postgresql.drop("new")


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no call in it; to be copied."""
    file = tmp_path_factory.mktemp("empty") / "connector.db"

    async def make() -> None:
        await (await Store.open(file)).close()

    asyncio.run(make())
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, file: Path, empty_record: Path) -> Iterator[Place]:
    """Where a record can be kept: a file, then a database on the server; without any call."""
    if request.param == "sqlite":
        shutil.copy(empty_record, file)
        yield file
        return
    server: Server = request.getfixturevalue("postgresql")
    yield SecretStr(server.url(SHARED))
    # A new database for each test would take most of its time.
    server.sql(SHARED, "TRUNCATE calls, session_events RESTART IDENTITY CASCADE")


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """An open store, on each database in turn."""
    store = await Store.open(place)
    yield store
    await store.close()
