"""Objects that only refer to each other are taken apart in the main thread, and in no other."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator

import pytest

from connector_gui.system import garbage

PLENTY = 5_000
"""Far more new objects than Python waits for before it looks by itself."""


class Knot:
    """Refers to itself, and notes in which thread it goes."""

    def __init__(self, went_in: list[threading.Thread]) -> None:
        self.itself = self
        self._went_in = went_in

    def __del__(self) -> None:
        self._went_in.append(threading.current_thread())


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def make_plenty() -> None:
    kept = [[number] for number in range(PLENTY)]
    assert len(kept) == PLENTY


async def test_another_thread_takes_nothing_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.01)
    went_in: list[threading.Thread] = []
    garbage.hold_off()
    garbage.settle()
    Knot(went_in)
    thread = threading.Thread(target=make_plenty)
    thread.start()
    thread.join()
    assert went_in == []
    kept = [[number] for number in range(PLENTY)]
    collecting = asyncio.create_task(garbage.collect())
    async with asyncio.timeout(5):
        while not went_in:
            await asyncio.sleep(0.01)
    collecting.cancel()
    assert went_in == [threading.main_thread()]
    assert len(kept) == PLENTY


async def test_what_has_lived_for_a_while_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.01)
    monkeypatch.setattr(garbage, "ALL_S", 0.05)
    went_in: list[threading.Thread] = []
    garbage.hold_off()
    knot = Knot(went_in)
    gc.collect()  # it is old now
    del knot
    collecting = asyncio.create_task(garbage.collect())
    async with asyncio.timeout(5):
        while not went_in:
            await asyncio.sleep(0.01)
    collecting.cancel()
