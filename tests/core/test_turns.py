"""Turns behave like a tuple, share what they can, and know where they differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.turns import BLOCK, Turns

LENGTHS = st.integers(0, 3 * BLOCK)


@given(LENGTHS, st.data())
def test_turns_are_what_a_tuple_would_be(length: int, data: st.DataObject) -> None:
    turns, same = Turns(range(length)), tuple(range(length))
    for _ in range(3):
        turns, same = turns.append(-1), (*same, -1)
        position = data.draw(st.integers(0, len(same) - 1))
        turns, same = turns.with_item(position, -2), (*same[:position], -2, *same[position + 1 :])
    assert turns == same
    assert list(turns) == list(same)
    assert (len(turns), turns[-1], turns[0]) == (len(same), same[-1], same[0])
    start = data.draw(st.integers(0, len(same)))
    assert tuple(turns.since(start)) == same[start:]
    assert turns[start:] == same[start:]


@given(LENGTHS, LENGTHS, st.data())
def test_a_difference_names_every_place(length: int, other_length: int, data: st.DataObject) -> None:
    one, two = list(range(length)), list(range(other_length))
    if two:
        for position in data.draw(st.lists(st.integers(0, other_length - 1), max_size=3)):
            two[position] = -1
    expected = [place for place, (mine, theirs) in enumerate(zip(one, two, strict=False)) if mine != theirs]
    assert Turns(one).difference(Turns(two)) == expected


def test_a_change_copies_one_block_alone() -> None:
    class Counted:
        asked = 0

        def __eq__(self, other: object) -> bool:
            Counted.asked += 1
            return self is other

        def __hash__(self) -> int:
            return id(self)

    turns = Turns(Counted() for _ in range(50 * BLOCK))
    changed = turns.append(Counted()).with_item(7 * BLOCK, Counted())
    assert turns.difference(changed) == [7 * BLOCK]
    # Items of the other blocks are not looked at: those are shared.
    assert Counted.asked <= BLOCK


def test_a_place_that_is_not_there_is_an_error() -> None:
    turns = Turns("ab")
    for position in (2, -3):
        with pytest.raises(IndexError):
            turns[position]
    assert Turns.of(turns) is turns
    assert Turns("ab") != ("a",)
    assert hash(Turns("ab")) == hash(Turns("a").append("b"))
