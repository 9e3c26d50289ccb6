"""Bring a database to the schema of this version. Loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """Alembic's configuration without a file: the migrations lie in this package."""
    config = Config()
    # Alembic reads it with interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection) -> None:
    """Run all migrations that *connection*'s database does not have yet, in its transaction."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
