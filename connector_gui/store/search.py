"""Full text: which calls have all words of a query in one place.

There are two indexes of words, ``call_words`` (names, metadata, notes, tags) and ``entry_words`` (one row a
turn). In SQLite both are contentless FTS5 tables: they hold words alone, and triggers keep them up with the
tables they belong to, whoever writes. In PostgreSQL they are tables with a ``tsvector``, which `commit` fills.

A word that stands everywhere would find millions of turns, and nobody reads them: only the newest `MOST_LINES`
count. That keeps the time of a search bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CTE, BigInteger, Connection, column, text
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.store.words import query_words, words_of

MOST_LINES: Final = 20_000
"""How many turns one search looks at, the newest first."""
POSITION_BITS: Final = 20
"""A turn's row in ``entry_words`` is ``call_id * 2**20 + position``: they lie in the order of calls."""
LAST_ID: Final = 2**40
"""No call has a higher row id; shifted by `POSITION_BITS` it still fits."""
LEXEME_BYTES: Final = 500
TSVECTOR_BYTES: Final = 500_000
"""PostgreSQL takes words of up to 2,046 bytes, and 1 MiB of them together."""

_TABLES: Final = ("call_words", "entry_words")


@dataclass(frozen=True, slots=True)
class Matches:
    """Parts of a query for calls that have some words, and what has to be bound to it.

    Attributes:
        lines: Row ids of calls, in the column ``call_id``: one row for every place in a turn, newest first.
        names: The same of their own words.
        bound: Values of the parameters.
    """

    lines: CTE
    names: CTE
    bound: Mapping[str, str | int]


def matches(dialect: str, typed: str, first_id: int = 0, last_id: int = LAST_ID) -> Matches | None:
    """Calls from *first_id* to *last_id* that have what was *typed*; ``None`` when no word was.

    Of more than `MOST_LINES` lines or names there are only the newest, and one more.
    """
    words = query_words(typed)
    if not words:
        return None
    query = _tsquery(words) if dialect == "postgresql" else _match(words)
    bound: dict[str, str | int] = {"query": query, "first_id": first_id, "last_id": last_id, "most": MOST_LINES + 1}
    names, lines = _PARTS[dialect]
    return Matches(lines, names, bound)


async def keep_words(
    connection: AsyncConnection, call_id: int, searchable: str | None, turns: Mapping[int, str]
) -> None:
    """Bring the indexes up to date with what was written; SQLite's triggers have done so already."""
    if connection.dialect.name == "postgresql":
        await connection.run_sync(keep_words_now, call_id, searchable, turns)


def keep_words_now(connection: Connection, call_id: int, searchable: str | None, turns: Mapping[int, str]) -> None:
    """Fill PostgreSQL's indexes for one call: its own words unless ``None``, and those of *turns* by position."""
    if searchable is not None:
        connection.execute(_KEEP_CALL, {"call_id": call_id, "words": _lexemes(searchable)})
    if turns:
        rows = [
            {"call_id": call_id, "position": position, "words": _lexemes(spoken)} for position, spoken in turns.items()
        ]
        connection.execute(_KEEP_ENTRY, rows)


def _match(words: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"*' for word in words)


def _tsquery(words: Sequence[str]) -> str:
    return " & ".join(f"'{_cut(word)}':*" for word in words)


def _cut(word: str) -> str:
    return word.encode()[:LEXEME_BYTES].decode(errors="ignore")


def _lexemes(spoken: str) -> list[str]:
    kept, size = [], 0
    for word in words_of(spoken):
        lexeme = _cut(word)
        size += len(lexeme.encode()) + 8
        if size > TSVECTOR_BYTES:
            break
        kept.append(lexeme)
    return kept


def _in_sqlite(table: str, bits: int) -> CTE:
    return _part(
        f"SELECT rowid >> {bits} AS call_id FROM {table} WHERE {table} MATCH :query"  # noqa: S608 - names of ours
        f" AND rowid BETWEEN (:first_id << {bits}) AND ((:last_id << {bits}) + {2**bits - 1})"
        " ORDER BY rowid DESC LIMIT :most",
        table,
    )


def _in_postgresql(table: str) -> CTE:
    return _part(
        f"SELECT call_id FROM {table} WHERE words @@ CAST(:query AS tsquery)"  # noqa: S608 - names of ours
        " AND call_id BETWEEN :first_id AND :last_id ORDER BY call_id DESC LIMIT :most",
        table,
    )


def _part(statement: str, table: str) -> CTE:
    return text(statement).columns(column("call_id", BigInteger)).cte(f"found_{table}")


_PARTS: Final[Mapping[str, Sequence[CTE]]] = {
    "sqlite": [_in_sqlite(table, bits) for table, bits in zip(_TABLES, (0, POSITION_BITS), strict=True)],
    "postgresql": [_in_postgresql(table) for table in _TABLES],
}
_KEEP_CALL: Final = text(
    "INSERT INTO call_words (call_id, words) VALUES (:call_id, array_to_tsvector(CAST(:words AS text[])))"
    " ON CONFLICT (call_id) DO UPDATE SET words = excluded.words"
)
_KEEP_ENTRY: Final = text(
    "INSERT INTO entry_words (call_id, position, words)"
    " VALUES (:call_id, :position, array_to_tsvector(CAST(:words AS text[])))"
    " ON CONFLICT (call_id, position) DO UPDATE SET words = excluded.words"
)
