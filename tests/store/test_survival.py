"""Real faults of the machine: the writer is killed, the disk is full or read-only, somebody holds the lock."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from connector_gui.core.errors import StoreError
from connector_gui.core.record import Change
from connector_gui.store import Store
from tests.store.records import START, record

ROOT: Final = Path(__file__).parents[2]
KILLS: Final = 100
SEED: Final = 4

WRITERS: Final = """
import asyncio, os, signal, sys
from pathlib import Path
from connector_gui.core.record import Change, SessionEvent, TranscriptEntry
from connector_gui.store import Store
from tests.store.records import START, record

# One process after another, each from a fork of this one, that has everything loaded: a start takes most of the time.
import connector_gui.store.parts

STATES = ("ringing", "connecting", "active", "active", "active", "ending", "ended")

async def write(file, run):
    store = await Store.open(file)
    call = 0
    while True:
        name = f"run{run}-{call}"
        for step, status in enumerate(STATES):
            told = SessionEvent(kind="session", session_id=name, at=START, data={"status": status})
            said = {step: TranscriptEntry(role="agent", text=f"step {step}")}
            await store.commit(Change(name, record(name, status=status, duration_s=step), said, (told,)))
            os.write(1, f"{name} {step}\\n".encode())
        call += 1

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(write(Path(sys.argv[1]), int(line)))
        finally:
            os._exit(1)
    os.write(1, f"pid {child}\\n".encode())
    os.waitpid(child, 0)
    os.write(1, b"dead\\n")
"""


def lives(file: Path, chance: random.Random) -> dict[str, int]:
    """Let `KILLS` writers work on *file*, one after the other, and kill each at a moment that nobody foresees.

    Returns:
        The last step of every call that a writer was told is kept.
    """
    acknowledged: dict[str, int] = {}
    command = [sys.executable, "-c", WRITERS, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        for run in range(KILLS):
            writers.stdin.write(f"{run}\n")
            writers.stdin.flush()
            word, pid = writers.stdout.readline().split()
            assert word == "pid"
            # Every tenth while it is still opening the file, the others in the middle of their work.
            heard = [writers.stdout.readline() for _ in range(0 if run % 10 == 0 else chance.randint(1, 20))]
            time.sleep(chance.uniform(0, 0.006 if heard else 0.05))
            os.kill(int(pid), 9)
            heard += iter(writers.stdout.readline, "dead\n")
            for name, step in map(str.split, heard):
                acknowledged[name] = int(step)
        writers.stdin.close()
    return acknowledged


@pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked from one that has everything loaded")
async def test_what_was_acknowledged_survives_a_hundred_deaths(file: Path) -> None:
    await (await Store.open(file)).close()
    chance = random.Random(SEED)
    acknowledged = await asyncio.to_thread(lives, file, chance)
    assert len(acknowledged) >= 0.9 * KILLS

    store = await Store.open(file)

    assert store.problem is None
    assert await store.check() is None
    for name, step in acknowledged.items():
        found = await store.get(name)
        assert found is not None, name
        # What was acknowledged, or the step after it that was committed but not yet heard of; never half of one.
        steps = int(found.duration_s) + 1
        assert steps - 1 in {step, step + 1}, name
        assert [entry.text for entry in found.transcript] == [f"step {number}" for number in range(steps)]
        states = [event.data["status"] for event in await store.events_after(0, name, 99)]
        assert len(states) == steps
        assert states[-1] == found.status.value
    await store.recover(START)
    await store.close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # The words too: this compares nothing for contentless tables but their own structure.
        for table in ("call_words", "entry_words"):
            connection.execute(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process that holds the right to write, as a careless backup does."""
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE');"
        "print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.kill()


async def test_a_lock_that_is_held_too_long_is_told_and_loses_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_gui.store.engine.BUSY_TIMEOUT_MS", 100)
    store = await Store.open(file)
    await store.commit(Change("before", record("before")))
    with locked(file):
        with pytest.raises(StoreError, match=r"cannot be written \(another program keeps it locked; close backups"):
            await store.commit(Change("meanwhile", record("meanwhile")))
        assert await store.get("before") is not None
        assert await store.get("meanwhile") is None
    await store.commit(Change("meanwhile", record("meanwhile")))
    assert [found.session_id for found in (await store.page(9))[0]] == ["meanwhile", "before"]
    await store.close()


async def test_a_lock_that_is_let_go_in_time_is_waited_for(file: Path) -> None:
    store = await Store.open(file)
    with locked(file):
        commit = asyncio.create_task(store.commit(Change("patient", record("patient"))))
        ticks = 0
        for _ in range(20):
            await asyncio.sleep(0.01)
            ticks += 1
        assert not commit.done()
    await commit
    # Whoever else lives in this thread was not kept waiting.
    assert ticks == 20
    assert await store.get("patient") is not None
    await store.close()


OPEN: Final = """
import asyncio, sys
from pathlib import Path
from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.store import Store
from tests.store.records import record

async def main():
    try:
        store = await Store.open(Path(sys.argv[1]) / "connector.db")
        found = await store.get("before")
        print("opened, and the call is", "there" if found else "not there")
        await store.save(record("x" * 100, notes="y" * 100_000))
    except StoreError as exc:
        print(type(exc).__name__, "|", exc)

asyncio.run(main())
"""


@pytest.fixture
def own_mounts() -> tuple[str, ...]:
    """A command that runs another one where it may mount file systems of its own."""
    prefix = ("unshare", "--map-root-user", "--mount")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system lets nobody mount file systems of his own (unshare)")
    return prefix


def opened_in(own_mounts: tuple[str, ...], folder: Path, script: str) -> list[str]:
    """What `OPEN` prints in *folder*, after *script* has prepared it (as ``$0``)."""
    command = [*own_mounts, "sh", "-c", f'{script} && exec "$@"', str(folder), sys.executable, "-c", OPEN, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


FILLED: Final = (
    'mount -t tmpfs -o size=1m tmpfs "$0" && {copy} dd if=/dev/zero of="$0/ballast" bs=4096 2>/dev/null; true'
)


def test_a_full_disk_at_the_first_start_is_told(tmp_path: Path, own_mounts: tuple[str, ...]) -> None:
    (told,) = opened_in(own_mounts, tmp_path, FILLED.format(copy=""))
    assert told.startswith("StorageFullError | There is no space left for the record of calls in ")


def test_a_full_disk_at_a_later_start_leaves_the_record_as_it_is(tmp_path: Path, own_mounts: tuple[str, ...]) -> None:
    async def make(file: Path) -> None:
        store = await Store.open(file)
        await store.commit(Change("before", record("before")))
        await store.close()

    data = tmp_path / "data"
    data.mkdir()
    asyncio.run(make(tmp_path / "connector.db"))
    before = (tmp_path / "connector.db").read_bytes()
    copy = f"cp {tmp_path}/connector.db $0/;"
    save = f'"$@"; cp $0/connector.db {tmp_path}/after.db; exit 0'
    script = f"{FILLED.format(copy=copy)}; {save}; true"
    told = opened_in(own_mounts, data, script)
    # WAL mode reads with a file of shared memory beside it; without room for that it cannot even read.
    assert told[-1].startswith("StorageFullError | There is no space left for the record of calls in ")
    assert (tmp_path / "after.db").read_bytes() == before


FULL_DISK: Final = """
import asyncio, sys
from pathlib import Path
from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.store import Store
from tests.store.records import record

async def main():
    folder = Path(sys.argv[1])
    store = await Store.open(folder / "connector.db")
    await store.save(record("before"))
    saved = 0
    try:
        while True:
            await store.save(record(f"call-{saved}", notes="x" * 20_000))
            saved += 1
    except StorageFullError as exc:
        print(type(exc).__name__, "|", exc)
    print(await store.get("before") is not None, await store.get(f"call-{saved}") is None)
    (folder / "ballast").unlink()
    await store.save(record("after"))
    print(len((await store.page(1000))[0]) == saved + 2)
    await store.close()

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_outlived(tmp_path: Path, own_mounts: tuple[str, ...]) -> None:
    script = 'mount -t tmpfs -o size=1m tmpfs "$0" && head -c 300000 /dev/zero > "$0/ballast" && exec "$@"'
    prefix = (*own_mounts, "sh", "-c", script, str(tmp_path))
    command = [*prefix, sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first.startswith("StorageFullError | There is no space left for the record of calls in ")
    assert rest == ["True True", "True"]


@pytest.mark.parametrize("has_file", [True, False])
def test_a_read_only_folder_says_so(tmp_path: Path, own_mounts: tuple[str, ...], has_file: bool) -> None:
    if has_file:

        async def make(file: Path) -> None:
            await (await Store.open(file)).close()

        asyncio.run(make(tmp_path / "connector.db"))
    (told,) = opened_in(own_mounts, tmp_path, 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"')
    assert told.startswith(f"StoreError | The record of calls in {tmp_path / 'connector.db'} cannot be opened (")
    assert "read-only; let this user write" in told


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_says_so(file: Path) -> None:
    file.touch(mode=0o400)
    with pytest.raises(StoreError, match="read-only; let this user write"):
        asyncio.run(Store.open(file))
