"""A record on a PostgreSQL server: what goes wrong there is said in words, and passes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from connector_gui.core.errors import StoreError
from connector_gui.core.record import Change
from connector_gui.store import Store
from tests.store.postgresql import Server
from tests.store.records import record


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_a_connection_that_the_server_ended_is_made_anew(store: Store, postgresql: Server) -> None:
    await store.commit(Change("before", record("before")))
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'record'"
    await asyncio.to_thread(postgresql.sql, "postgres", end_all)
    await store.commit(Change("after", record("after")))
    assert [found.session_id for found in (await store.page(9))[0]] == ["after", "before"]


async def test_a_database_that_is_not_there_is_an_error_in_words(postgresql: Server) -> None:
    with pytest.raises(StoreError, match=r'cannot be read \(database "nowhere" does not exist\)'):
        await Store.open(SecretStr(postgresql.url("nowhere")))


async def test_a_server_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be read \(.+\)") as caught:
        await Store.open(SecretStr(f"postgresql://desk:canary@/record?host={tmp_path}"))
    assert "canary" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_newer_schema_is_refused_politely(new_database: SecretStr, postgresql: Server) -> None:
    await (await Store.open(new_database)).close()
    await asyncio.to_thread(postgresql.sql, "new", "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version of Agent Connector"):
        await Store.open(new_database)


async def test_a_search_uses_the_index_of_words(new_database: SecretStr, postgresql: Server) -> None:
    await (await Store.open(new_database)).close()
    plan = (
        "SET enable_seqscan = off; EXPLAIN SELECT call_id FROM entry_words WHERE words @@ CAST($$'mara':*$$ AS tsquery)"
    )
    assert "ix_entry_words_words" in await asyncio.to_thread(postgresql.sql, "new", plan)
