"""A record as a busy desk has it after a quarter: 100,000 calls with 2 million turns.

Words are as frequent as in a language (Zipf), the frequent ones short; every call has a name, a number and a city.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from connector_gui.core.record import CallRecord
from connector_gui.store import Store
from connector_gui.store.rows import row_of
from connector_gui.store.tables import calls

CALLS: Final = 100_000
TURNS: Final = 20
DAYS: Final = 80
AGENTS: Final = ("Billing", "Reception", "Surveys", "Renewals", "Support")
OUTCOMES: Final = ("completed",) * 14 + ("missed", "missed", "declined", "cancelled", "failed", "interrupted")
FREQUENT: Final = (
    "the", "to", "you", "i", "a", "and", "of", "that", "is", "it", "in", "for", "your", "have", "on", "we", "this",
    "can", "be", "with", "not", "what", "are", "my", "yes", "so", "at", "will", "do", "please", "would", "thank",
    "hello", "invoice", "number", "account", "when", "could", "need", "there", "about", "call", "from", "one",
    "okay", "right", "sorry",
)  # fmt: skip
SYLLABLES: Final = (
    "ka", "lo", "mi", "ren", "ta", "vor", "shi", "bel", "dun", "gra", "pes", "ol", "wy", "nat", "fi", "zu", "har",
    "com", "in", "ter",
)  # fmt: skip
RARE_WORDS: Final = 20_000
SESSION_EVENTS: Final = 3


def make(file: Path) -> None:
    """Write the record to *file*."""
    asyncio.run(_make_tables(file))
    chance = random.Random(4)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        connection.execute("BEGIN")
        triggers = _without_triggers(connection)
        names = [column.name for column in calls.c]
        places = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO calls ({', '.join(names)}) VALUES ({places})", _calls(chance))
        connection.executemany(
            "INSERT INTO transcript_entries (call_id, position, role, text, at_ms, event_id, interrupted, kind)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, 'speech')",
            _turns(chance),
        )
        connection.executemany(
            "INSERT INTO session_events (call_id, at, kind, data) VALUES (?, ?, 'session', '{}')",
            (
                (
                    call,
                    _at(call).isoformat(),
                )
                for call in range(1, CALLS + 1)
                for _ in range(SESSION_EVENTS)
            ),
        )
        _fill_words(connection)
        for trigger in triggers:
            connection.execute(trigger)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def person(number: int) -> str:
    """The name of whom call *number* was about."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))


def vocabulary() -> list[str]:
    """All words that are said, the most frequent first."""
    chance = random.Random(5)
    rare = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(RARE_WORDS)}
    return [*FREQUENT, *sorted(rare, key=lambda word: (len(word), word))]


def _without_triggers(connection: sqlite3.Connection) -> list[str]:
    """Drop all triggers: one by one rows take ten times as long. How to make them again."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in triggers]


def _fill_words(connection: sqlite3.Connection) -> None:
    for table, rows in (
        ("call_words", "SELECT id, search_text FROM calls"),
        ("entry_words", "SELECT call_id * 1048576 + position, text FROM transcript_entries"),
    ):
        connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', {64 * 1024 * 1024})")
        connection.execute(f"INSERT INTO {table}(rowid, text) {rows}")
        connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', {1024 * 1024})")
        connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")


async def _make_tables(file: Path) -> None:
    await (await Store.open(file)).close()


def _at(number: int) -> datetime:
    newest = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return newest - timedelta(days=DAYS) * ((CALLS - number) / CALLS)


def _calls(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(1, CALLS + 1):
        row = row_of(_record(number, chance)) | {"id": number}
        yield {name: _bound(name, value) for name, value in row.items()}


def _bound(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return json.dumps(value) if isinstance(value, dict | list) else value


def _record(number: int, chance: random.Random) -> CallRecord:
    at, agent, outcome = _at(number), chance.randrange(len(AGENTS)), chance.choice(OUTCOMES)
    return CallRecord.model_validate(
        {
            "session_id": f"crm-{number}",
            "status": "ended",
            "outcome": outcome,
            "agent_id": f"agent_{agent}",
            "agent_name": AGENTS[agent],
            "conversation_id": f"conv_{number}",
            "user_id": f"customer-{number % 30_000}",
            "metadata": {"customer_name": person(number % 30_000), "balance": number % 977 / 4, "secret__pin": "***"},
            "created_at": at,
            "ring_expires_at": at + timedelta(seconds=30),
            "ended_at": at + timedelta(seconds=90),
            "duration_s": 61.2,
            "elevenlabs": {"status": "done", "summary": "They spoke about an invoice.", "cost": 120},
            "digest": "0" * 64,
            "placed_by": "crm",
            "day": at.astimezone().date(),
            "is_seen": number < CALLS - 50 or outcome != "missed",
        }
    )


def _turns(chance: random.Random) -> Iterator[tuple[Any, ...]]:
    words = vocabulary()
    weights = [1 / (rank + 2.7) for rank in range(len(words))]
    # Drawn once: what is said is cut out of one long speech.
    speech = chance.choices(words, weights, k=400_000)
    for call in range(1, CALLS + 1):
        for position in range(TURNS):
            start = chance.randrange(len(speech) - 24)
            text = " ".join(speech[start : start + chance.randint(3, 22)])
            role = "user" if position % 2 else "agent"
            yield call, position, role, text, position * 3000, position + 1
