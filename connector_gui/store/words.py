"""Words: what of a call a search looks at, and how text is cut into words.

SQLite's own tokenizer cuts, for both databases: the same text is found by the same words everywhere,
and a query consists of words that the index can really hold, whatever was typed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from connector_gui.core.metadata import SECRET_PREFIX
from connector_gui.core.record import CallRecord
from connector_gui.store.tables import readable

TOKENIZER: Final = "unicode61 remove_diacritics 2"
"""Upper and lower case and accents do not matter (sqlite.org/fts5.html#unicode61_tokenizer)."""
SEARCHABLE_FIELDS: Final = frozenset({"session_id", "agent_id", "agent_name", "user_id", "metadata", "notes", "tags"})
QUERY_CHARS: Final = 1_000
QUERY_WORDS: Final = 16
"""More words than this do not narrow a search further."""


def search_text_of(values: Mapping[str, Any]) -> str:
    """The names, metadata, notes and tags in the fields of a call, one a line; no value of a ``secret__…`` name."""
    parts = [
        *(values.get(name) or "" for name in ("session_id", "agent_id", "agent_name", "user_id")),
        *_leaves(values.get("metadata")),
        values.get("notes") or "",
        *(values.get("tags") or ()),
    ]
    return "\n".join(part for part in parts if part)


def search_text_of_record(record: CallRecord) -> str:
    """The same of a record."""
    return search_text_of({name: getattr(record, name) for name in SEARCHABLE_FIELDS})


def words_of(text: str) -> list[str]:
    """The words in *text*, each once, folded as the index folds them."""
    if not text:
        return []
    cutter = _cutter()
    cutter.execute("INSERT INTO cut(rowid, text) VALUES (1, ?)", (readable(text),))
    try:
        return [str(term) for (term,) in cutter.execute("SELECT term FROM word")]
    finally:
        cutter.execute("INSERT INTO cut(cut) VALUES ('delete-all')")


def query_words(text: str) -> list[str]:
    """The words to look for when somebody typed *text*; empty when there is no word in it."""
    # The longest are the rarest: they narrow most.
    words = sorted(words_of(text[:QUERY_CHARS]), key=len, reverse=True)
    return words[:QUERY_WORDS]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if not str(name).startswith(SECRET_PREFIX):
                yield from _leaves(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _leaves(inner)


@cache
def _cutter() -> sqlite3.Connection:
    """An index in memory that holds one text at a time, and the list of its words."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute(f"CREATE VIRTUAL TABLE cut USING fts5(text, content='', tokenize='{TOKENIZER}')")
    connection.execute("CREATE VIRTUAL TABLE word USING fts5vocab(cut, row)")
    return connection
