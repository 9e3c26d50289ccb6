"""One watch for all lines: begun once, ended with the last."""

from __future__ import annotations

from connector_gui.voice.shared_watch import SharedWatch
from tests.fakes.sound import FakeSound


def test_it_begins_with_the_first_and_ends_with_the_last() -> None:
    sound = FakeSound()
    shared = SharedWatch(sound.watch)
    first, second = shared.begin(), shared.begin()
    assert sound.watches == 1
    first.close()
    first.close()  # closing twice is once
    assert sound.watches == 1
    second.close()
    assert sound.watches == 0
    third = shared.begin()
    assert sound.watches == 1
    third.close()


def test_each_sees_what_there_is_to_see() -> None:
    sound = FakeSound()
    shared = SharedWatch(sound.watch)
    first, second = shared.begin(), shared.begin()
    before = first.news()
    sound.devices_changed()
    assert first.news() == second.news() != before
    assert first.is_informed
    assert first.streams == second.streams
    for watch in (first, second):
        watch.close()
