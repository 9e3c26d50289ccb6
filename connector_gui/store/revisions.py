"""Which schemas this version of the program knows; told without loading Alembic."""

from __future__ import annotations

from typing import Final

REVISIONS: Final = ("0001", "0002", "0003", "0004")
"""Alembic's revisions in `migrations/versions`, oldest first."""
HEAD: Final = REVISIONS[-1]
