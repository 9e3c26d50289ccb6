"""What is there at the start is not looked through again; what comes later is."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from connector_gui.system import garbage


class Ring:
    """Refers to itself: only a look finds that nobody needs it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_looked_through_while_modules_are_loaded() -> None:
    garbage.hold_off()
    assert not gc.isenabled()


def test_what_is_made_at_the_start_is_left_alone() -> None:
    garbage.hold_off()
    before = gc.get_freeze_count()
    kept = weakref.ref(Ring())
    garbage.settle()
    gc.collect()
    assert gc.get_freeze_count() > before
    assert kept() is not None


def test_what_is_made_later_goes() -> None:
    garbage.hold_off()
    garbage.settle()
    gone = weakref.ref(Ring())
    gc.collect()
    assert gc.isenabled()
    assert gone() is None
