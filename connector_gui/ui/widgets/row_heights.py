"""Where the rows of a long list stand: heights that may be changed one by one, and the places that follow from them.

A binary indexed tree (P. Fenwick, *A new data structure for cumulative frequency tables*, 1994): a change, a place and
the row at a place all take as many steps as the number of rows has binary digits.
"""

from __future__ import annotations

from collections.abc import Iterable


class RowHeights:
    """Heights in px, in the order of the rows."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        # Entry n - 1 has the sum of as many heights up to row n - 1 as the lowest set bit of n says.
        self._sums: list[int] = []

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    def extend(self, heights: Iterable[int]) -> None:
        """Add rows at the end."""
        for height in heights:
            self._heights.append(height)
            number, total = len(self._heights), height
            below, end = number - 1, number - (number & -number)
            while below > end:
                total += self._sums[below - 1]
                below -= below & -below
            self._sums.append(total)

    def cut(self, count: int) -> None:
        """Keep the first *count* rows alone."""
        del self._heights[count:]
        del self._sums[count:]

    def change(self, row: int, height: int) -> int:
        """Give *row* another height; by how much it has grown."""
        grown = height - self._heights[row]
        self._heights[row] = height
        number = row + 1
        while grown and number <= len(self._sums):
            self._sums[number - 1] += grown
            number += number & -number
        return grown

    def top(self, row: int) -> int:
        """Where *row* begins; for the number of rows, where the last one ends."""
        total = 0
        while row > 0:
            total += self._sums[row - 1]
            row -= row & -row
        return total

    @property
    def total(self) -> int:
        """The height of all rows together."""
        return self.top(len(self._heights))

    def row_at(self, place: int) -> int:
        """The row that has *place* in it; -1 above the first and below the last."""
        if place < 0:
            return -1
        passed, step = 0, 1 << len(self._sums).bit_length()
        while step:
            further = passed + step
            if further <= len(self._sums) and self._sums[further - 1] <= place:
                passed, place = further, place - self._sums[further - 1]
            step >>= 1
        return passed if passed < len(self._sums) else -1
