"""What the server remembers, and what it forgets again."""

from __future__ import annotations

import pytest

from connector_gui.core.agent_api import Agent
from connector_gui.practice.conversation import Closing
from connector_gui.practice.registry import CONVERSATIONS_KEPT, RECORDINGS_KEPT, TICKETS_KEPT, Registry, Ticket
from connector_gui.practice.script import Script


@pytest.fixture
def registry() -> Registry:
    return Registry(ticket_life_s=60, keeps_evidence=False, on_change=lambda: None)


def hold_a_call(registry: Registry) -> str:
    conversation = registry.open_conversation(Ticket("a", 0.0), Script())
    conversation.recording.user_spoke(b"\x01\x00", 0.0)
    conversation.close(Closing(1000, "", "client", 0.0))
    return conversation.conversation_id


def test_the_oldest_conversations_and_recordings_are_forgotten(registry: Registry) -> None:
    ids = [hold_a_call(registry) for _ in range(CONVERSATIONS_KEPT + 10)]
    hold_a_call(registry)
    known = list(registry.conversations())
    assert len(known) <= CONVERSATIONS_KEPT + 1
    assert registry.conversation(ids[0]) is None
    assert registry.conversation(ids[-1]) is not None
    assert sum(not conversation.recording.is_empty for conversation in known) <= RECORDINGS_KEPT + 1


def test_a_conversation_that_lasts_is_never_forgotten(registry: Registry) -> None:
    live = registry.open_conversation(Ticket("a", 0.0), Script())
    for _ in range(CONVERSATIONS_KEPT + 10):
        hold_a_call(registry)
    assert registry.conversation(live.conversation_id) is live
    assert not registry.delete(live.conversation_id)


def test_no_frame_is_kept_without_evidence(registry: Registry) -> None:
    conversation = registry.open_conversation(Ticket("a", 0.0), Script())
    conversation.note_bad_frame(1.0)
    assert conversation.received == []
    assert conversation.bad_frames == 1


def test_signed_urls_are_bounded_in_number(registry: Registry) -> None:
    first, _ = registry.issue_ticket("a", with_conversation_id=False)
    tokens = {registry.issue_ticket("a", with_conversation_id=False)[0] for _ in range(TICKETS_KEPT)}
    assert len(tokens) == TICKETS_KEPT
    assert registry.redeem(first, "a") is None
    assert all(registry.redeem(token, "a") is not None for token in tokens)


def test_a_ticket_holds_for_its_agent_and_again_and_again(registry: Registry) -> None:
    token, _ = registry.issue_ticket("a", with_conversation_id=False)
    assert registry.redeem(token, "b") is None
    assert registry.redeem("made up", "a") is None
    assert registry.redeem(token, "a") is not None
    assert registry.redeem(token, "a") is not None


def test_a_ticket_with_a_conversation_id_holds_once(registry: Registry) -> None:
    token, ticket = registry.issue_ticket("a", with_conversation_id=True)
    conversation = registry.open_conversation(ticket, Script())
    assert conversation.conversation_id == ticket.conversation_id
    assert registry.redeem(token, "a") == ticket
    assert registry.redeem(token, "a") is None


def test_scripts_are_followed_one_by_one_then_the_default(registry: Registry) -> None:
    registry.next_scripts.extend((Script(speed=1), Script(speed=2)))
    registry.default_script = Script(speed=3)
    assert [registry.next_script().speed for _ in range(4)] == [1, 2, 3, 3]


def test_agents_that_are_set_come_before_the_everyday_one(registry: Registry) -> None:
    registry.agents = {"a": Agent(agent_id="a", name="Billing")}
    known = registry.agent("a")
    other = registry.agent("b")
    assert known is not None
    assert other is not None
    assert (known.name, other.name) == ("Billing", "Practice agent")
    registry.takes_any_agent = False
    assert registry.agent("b") is None
