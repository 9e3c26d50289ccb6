"""What the history needs: days, marks, the outbox, events, and words to search for.

Written out instead of taken from `store.tables`: a migration says what the schema was then. Which words a
call is found by is what the program thinks today: only they are taken from it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from connector_gui.store.search import keep_words_now
from connector_gui.store.words import search_text_of

revision = "0002"
down_revision = "0001"

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AT_ONCE = 500
# Which rows have a word, not where in them: a fifth of the size. The starts of words are kept up to four letters;
# what begins with more is rare enough to be put together when asked for (sqlite.org/fts5.html).
INDEX_OF_WORDS = "content='', columnsize=0, detail=none, prefix='1 2 3 4', tokenize='unicode61 remove_diacritics 2'"


def upgrade() -> None:
    """Add columns, tables and indexes, and fill them for the calls that are there."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _add_columns()
    _add_events()
    if not is_sqlite:
        _add_words_postgresql()
    _fill()
    if is_sqlite:
        _add_words_sqlite()
    _add_indexes()


def _add_columns() -> None:
    for column in (
        sa.Column("body_digest", sa.String(64), nullable=False, server_default=""),
        sa.Column("is_answer_delivered", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("callback_due_at", sa.String(32)),
        sa.Column("recording_file", sa.Text),
        sa.Column("details", sa.String(16), nullable=False, server_default="none"),
        sa.Column("day", sa.String(10), nullable=False, server_default="0001-01-01"),
        sa.Column("is_seen", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("search_text", sa.Text, nullable=False, server_default=""),
    ):
        op.add_column("calls", column)
    op.add_column("transcript_entries", sa.Column("heard_ms", sa.BigInteger))


def _add_events() -> None:
    op.create_table(
        "session_events",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("call_id", ROW_ID, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_events_call_id_id", "session_events", ["call_id", "id"])


def _add_words_sqlite() -> None:
    # Without content of their own: a row is taken out by giving the words it was made of once more.
    for table, owner, row, column in (
        ("call_words", "calls", "{0}.id", "search_text"),
        ("entry_words", "transcript_entries", "{0}.call_id * 1048576 + {0}.position", "text"),
    ):
        op.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(text, {INDEX_OF_WORDS})")
        # Before the triggers: one by one rows take ten times as long.
        op.execute(f"INSERT INTO {table}(rowid, text) SELECT {row.format(owner)}, {column} FROM {owner}")  # noqa: S608
        # In one piece: else one of the next calls would wait until all pieces are joined.
        op.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")  # noqa: S608
        new, old = f"{row.format('new')}, new.{column}", f"{row.format('old')}, old.{column}"
        add = f"INSERT INTO {table}(rowid, text) VALUES ({new});"  # noqa: S608 - names of ours
        take_out = f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', {old});"  # noqa: S608
        op.execute(f"CREATE TRIGGER {table}_added AFTER INSERT ON {owner} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {table}_deleted AFTER DELETE ON {owner} BEGIN {take_out} END")
        op.execute(
            f"CREATE TRIGGER {table}_changed AFTER UPDATE OF {column} ON {owner}"
            f" WHEN old.{column} IS NOT new.{column} BEGIN {take_out} {add} END"
        )


def _add_words_postgresql() -> None:
    op.execute(
        "CREATE TABLE call_words ("
        " call_id BIGINT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
    )
    op.execute(
        "CREATE TABLE entry_words ("
        " call_id BIGINT, position INTEGER, words TSVECTOR NOT NULL, PRIMARY KEY (call_id, position),"
        " FOREIGN KEY (call_id, position) REFERENCES transcript_entries (call_id, position) ON DELETE CASCADE)"
    )
    for table in ("call_words", "entry_words"):
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")


def _fill() -> None:
    """Give every call its day at the desk and its words, a few hundred at a time."""
    connection = op.get_bind()
    last_id = 0
    while True:
        query = sa.text("SELECT * FROM calls WHERE id > :last_id ORDER BY id LIMIT :most")
        rows = connection.execute(query, {"last_id": last_id, "most": AT_ONCE}).mappings().all()
        if not rows:
            break
        for row in rows:
            _fill_call(connection, row)
        last_id = rows[-1]["id"]
    connection.execute(
        # Reported now if the caller can still want it: whoever sends has an end to trying.
        sa.text(
            "UPDATE calls SET callback_due_at = ended_at WHERE status = 'ended' AND callback_url IS NOT NULL"
            " AND CAST(callback AS TEXT) LIKE '%\"pending\"%'"
        )
    )


def _fill_call(connection: sa.Connection, row: sa.RowMapping) -> None:
    values: dict[str, Any] = {**row, "metadata": _json(row["metadata"]), "tags": _json(row["tags"])}
    searchable = search_text_of(values)
    day = datetime.fromisoformat(row["created_at"]).astimezone().date().isoformat()
    connection.execute(
        sa.text("UPDATE calls SET day = :day, search_text = :searchable WHERE id = :id"),
        {"id": row["id"], "day": day, "searchable": searchable},
    )
    if connection.dialect.name == "postgresql":
        query = sa.text("SELECT position, text FROM transcript_entries WHERE call_id = :id")
        turns = connection.execute(query, {"id": row["id"]}).all()
        keep_words_now(connection, row["id"], searchable, {turn.position: turn.text for turn in turns})


def _json(value: Any) -> Any:
    # Without a table SQLAlchemy does not know the type: SQLite's text comes as it is, PostgreSQL's decoded or not.
    return json.loads(value) if isinstance(value, str) else value


def _add_indexes() -> None:
    op.drop_index("ix_calls_status_id", "calls")
    for name, columns, where in (
        ("ix_calls_open", ["id"], "status <> 'ended'"),
        ("ix_calls_history", ["day", "id", "outcome", "agent_id", "status"], "status = 'ended'"),
        ("ix_calls_unseen", ["id"], "NOT is_seen"),
        ("ix_calls_callback_due_at", ["callback_due_at"], "callback_due_at IS NOT NULL"),
        ("ix_calls_details_pending", ["id"], "details = 'pending'"),
        ("ix_calls_unanswered", ["body_digest", "id"], "NOT is_answer_delivered"),
    ):
        # SQLite's planner compares conditions by their words, and SQLAlchemy says "= 0".
        sqlite = f"{where.removeprefix('NOT ')} = 0" if where.startswith("NOT ") else where
        op.create_index(name, "calls", columns, sqlite_where=sa.text(sqlite), postgresql_where=sa.text(where))
