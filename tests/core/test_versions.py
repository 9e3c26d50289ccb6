"""Versions are ordered as Python's own packaging orders them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version as Theirs

from connector_gui.core.versions import is_news, parse_version

ORDER = [
    "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0a2", "1.0b1", "1.0rc1.dev3", "1.0rc1", "1.0", "1.0.post1.dev1", "1.0.post1",
    "1.0.1", "1.1", "1.2", "1.10", "2", "1!0.1",
]  # fmt: skip

numbers = st.integers(0, 30).map(str)
texts = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["", "v", "1!"]),
    st.lists(numbers, min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", "a", "b2", "rc1", ".alpha.3", "-pre4", "c"]),
    st.sampled_from(["", ".post1", "-2", "post", "_rev3"]),
    st.sampled_from(["", ".dev1", "dev", "-dev9"]),
    st.sampled_from(["", "+local.1", "+abc"]),
)


def test_the_order_is_that_of_the_rules() -> None:
    parsed = [parse_version(text) for text in ORDER]
    assert all(one < other for one, other in pairwise(parsed))


@given(texts, texts)
def test_two_versions_compare_as_in_packaging(one: str, other: str) -> None:
    ours = [parse_version(text) for text in (one, other)]
    # What was built locally is no news to anybody.
    theirs = [Theirs(Theirs(text).public) for text in (one, other)]
    assert (ours[0] < ours[1], ours[0] == ours[1]) == (theirs[0] < theirs[1], theirs[0] == theirs[1])


@pytest.mark.parametrize("text", ["", "latest", "1..2", "1.0; rm", "1.0\n2", "१.०", "1" * 65, "-1", "1.0+"])
def test_other_texts_are_no_versions(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        parse_version(text)


@pytest.mark.parametrize(
    ("offered", "current", "is_it"),
    [
        ("1.1", "1.0", True),
        ("1.0", "1.0", False),
        ("0.9", "1.0", False),
        ("1.1rc1", "1.0", False),
        ("1.1rc2", "1.1rc1", True),
        ("1.1", "1.1rc1", True),
        ("1.1.dev1", "1.0", False),
    ],
)
def test_trial_versions_are_for_those_who_have_one(offered: str, current: str, is_it: bool) -> None:
    assert is_news(offered, current) is is_it
