"""Links to calls: read strictly, and asking for no more than to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.call_link import MAX_LINK_CHARS, MAX_NAMES, MAX_VALUE_CHARS, CallLink, LinkError, parse_link
from connector_gui.core.metadata import dynamic_variables
from connector_gui.core.webhook import parse_initiate_call


def test_agent_and_values_are_read() -> None:
    link = parse_link("agent-connector://call/agent_123?customer_name=Mara%20Lind&city=K%C3%B6ln&note=a+b%26c&empty=")
    assert link == CallLink("agent_123", {"customer_name": "Mara Lind", "city": "Köln", "note": "a b&c", "empty": ""})


@pytest.mark.parametrize("link", ["agent-connector://call/a", "AGENT-CONNECTOR://CALL/a", "agent-connector://call/a?"])
def test_the_shortest_links(link: str) -> None:
    assert parse_link(link) == CallLink("a")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "agent-connector:call/a",
        "agent-connector:///call/a",
        "https://call/a",
        "agent-connector://",
        "agent-connector://call",
        "agent-connector://call/",
        "agent-connector://call/a/",
        "agent-connector://call/a/b",
        "agent-connector://call/../accept",
        "agent-connector://call/%61",
        "agent-connector://call/a b",
        "agent-connector://call/-a",
        "agent-connector://accept/a",
        "agent-connector://quit",
        "agent-connector://call:80/a",
        "agent-connector://me@call/a",
        "agent-connector://[call/a",
        "agent-connector://call/a#top",
        "agent-connector://call/a?x",
        "agent-connector://call/a?=1",
        "agent-connector://call/a?x=1&",
        "agent-connector://call/a?x=1&x=2",
        "agent-connector://call/a?x=%",
        "agent-connector://call/a?x=%zz",
        "agent-connector://call/a?x=%ff",
        "agent-connector://call/a?x=%00",
        "agent-connector://call/a?x=a%0Ab",
        "agent-connector://call/a?x=%E2%80%AE",
        "agent-connector://call/a?%20=1",
        "agent-connector://call/a?secret__pin=1",
        "agent-connector://call/a?system__time=1",
        "agent-connector://call/a?dynamic_variables=1",
        "agent-connector://call/a?x=é",
        "agent-connector://call/a\n--quit",
        " agent-connector://call/a",
        "--data-dir=/tmp",
        "agent-connector://call/a?" + "&".join(f"n{number}=1" for number in range(MAX_NAMES + 1)),
        "agent-connector://call/a?x=" + "y" * (MAX_VALUE_CHARS + 1),
        "agent-connector://call/a?x=" + "y" * MAX_LINK_CHARS,
    ],
)
def test_anything_else_is_refused_in_words(link: str) -> None:
    with pytest.raises(LinkError) as refused:
        parse_link(link)
    assert str(refused.value)[0].isupper()


@given(st.text(max_size=200))
def test_what_is_taken_can_be_placed(tail: str) -> None:
    try:
        link = parse_link("agent-connector://call/" + tail)
    except LinkError:
        return
    parse_initiate_call({"agent_id": link.agent_id, "metadata": dict(link.metadata)})
    assert dynamic_variables(link.metadata) == link.metadata
