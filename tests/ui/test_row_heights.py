"""Places of rows follow from their heights, whatever is changed in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector_gui.ui.widgets.row_heights import RowHeights

HEIGHTS = st.lists(st.integers(1, 400), max_size=70)


@given(HEIGHTS, HEIGHTS, st.data())
def test_places_are_sums_of_heights(first: list[int], then: list[int], data: st.DataObject) -> None:
    heights, plain = RowHeights(), list(first)
    heights.extend(first)
    kept = data.draw(st.integers(0, len(plain)))
    heights.cut(kept)
    plain = [*plain[:kept], *then]
    heights.extend(then)
    if plain:
        for row in data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=5)):
            height = data.draw(st.integers(1, 400))
            assert heights.change(row, height) == height - plain[row]
            plain[row] = height
    tops = [sum(plain[:row]) for row in range(len(plain) + 1)]
    assert [heights.top(row) for row in range(len(plain) + 1)] == tops
    assert (heights.total, len(heights)) == (tops[-1], len(plain))
    for row, height in enumerate(plain):
        assert heights.row_at(tops[row]) == heights.row_at(tops[row] + height - 1) == row
    assert heights.row_at(-1) == heights.row_at(tops[-1]) == -1
