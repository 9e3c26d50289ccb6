"""The parts of an open store. Importing this loads SQLAlchemy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from connector_gui.store.calls import Calls
from connector_gui.store.database import Database
from connector_gui.store.history import History
from connector_gui.store.outbox import Outbox
from connector_gui.store.recovery import recover, unfinished_recordings


class Parts:
    """All that works on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.calls = Calls(database)
        self.history = History(database)
        self.outbox = Outbox(database)

    @classmethod
    async def open(cls, place: Path | SecretStr) -> Self:
        """Open the database at *place*; see `Database.open`."""
        return cls(await Database.open(place))

    async def recover(self, now: datetime) -> list[str]:
        """End the calls that a former run left open; see `recover`."""
        return await recover(self.database, now)

    async def unfinished_recordings(self) -> list[tuple[str, str]]:
        """Calls whose recording was never finished; see `unfinished_recordings`."""
        return await unfinished_recordings(self.database)
