from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_gui.store import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the SQLite file is; it does not exist yet."""
    return tmp_path / "connector.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    """An open store on a new file."""
    store = await Store.open(file)
    yield store
    await store.close()
