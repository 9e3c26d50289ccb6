"""The turns of a conversation as an immutable sequence that a change makes anew without copying it.

A record is a picture, and one is made at each turn: copied whole, a conversation would cost more the longer it
gets. So turns lie in blocks that pictures share; a change makes one block anew, and two pictures are compared by
the blocks they do not share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Generic, TypeVar, overload

T = TypeVar("T")
BLOCK: Final = 128
"""Turns to a block: so many are copied by a change, and one reference for each block there is."""


class Turns(Sequence[T], Generic[T]):
    """Like a tuple; equal to any sequence of equal items."""

    __slots__ = ("_blocks", "_length")

    def __init__(self, items: Iterable[T] = ()) -> None:
        whole = tuple(items)
        self._blocks = tuple(whole[start : start + BLOCK] for start in range(0, len(whole), BLOCK))
        self._length = len(whole)

    @classmethod
    def of(cls, items: Sequence[T]) -> Turns[T]:
        """*items* themselves where they are turns already."""
        return items if isinstance(items, Turns) else cls(items)

    @classmethod
    def _made(cls, blocks: tuple[tuple[T, ...], ...], length: int) -> Turns[T]:
        turns = cls()
        turns._blocks, turns._length = blocks, length
        return turns

    def append(self, item: T) -> Turns[T]:
        """These and *item*."""
        if self._length % BLOCK == 0:
            return self._made((*self._blocks, (item,)), self._length + 1)
        return self._made((*self._blocks[:-1], (*self._blocks[-1], item)), self._length + 1)

    def with_item(self, position: int, item: T) -> Turns[T]:
        """These with *item* in the place at *position*."""
        number, place = divmod(position, BLOCK)
        block = self._blocks[number]
        changed = (*block[:place], item, *block[place + 1 :])
        return self._made((*self._blocks[:number], changed, *self._blocks[number + 1 :]), self._length)

    def difference(self, other: Turns[T]) -> list[int]:
        """The positions, rising, at which *other* has another item, as far as both reach."""
        positions: list[int] = []
        for number, (mine, theirs) in enumerate(zip(self._blocks, other._blocks, strict=False)):
            if mine is not theirs and mine != theirs:
                start = number * BLOCK
                pairs = zip(mine, theirs, strict=False)
                positions += [start + place for place, (one, two) in enumerate(pairs) if one is not two and one != two]
        return positions

    def since(self, position: int) -> Iterator[T]:
        """The items from *position* on."""
        number, place = divmod(position, BLOCK)
        for block in self._blocks[number:]:
            yield from block[place:]
            place = 0

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[T, ...]: ...
    def __getitem__(self, position: int | slice) -> T | tuple[T, ...]:
        if isinstance(position, slice):
            return tuple(self)[position]
        at = position + self._length if position < 0 else position
        if not 0 <= at < self._length:
            raise IndexError(position)
        return self._blocks[at // BLOCK][at % BLOCK]

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for block in self._blocks:
            yield from block

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, Turns):
            return self._blocks == other._blocks
        return isinstance(other, Sequence) and self._length == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Turns({list(self)!r})"
