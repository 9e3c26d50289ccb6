"""What the practice server remembers: agents, signed URLs that still hold, conversations of late, scripts to follow."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from connector_gui.core.agent_api import (
    Agent,
    AgentConfig,
    AgentSettings,
    ConversationConfig,
    OverrideSettings,
    PlatformSettings,
)
from connector_gui.core.messages import DEFAULT_CLIENT_EVENTS
from connector_gui.practice.conversation import Conversation
from connector_gui.practice.script import Script
from connector_gui.practice.voice import Sentence, text_of

PRACTICE_AGENT_ID: Final = "practice"
CONVERSATIONS_KEPT: Final = 50
RECORDINGS_KEPT: Final = 3
"""A recording of a long call takes up to 20 MB."""
TICKETS_KEPT: Final = 1_000

PRACTICE_EVENTS: Final = (
    *DEFAULT_CLIENT_EVENTS,
    "agent_response_correction",
    "agent_tool_response",
    "client_tool_call",
    "mcp_tool_call",
)


def practice_agent(agent_id: str = PRACTICE_AGENT_ID) -> Agent:
    """The agent as it is when nobody scripts it."""
    return Agent(
        agent_id=agent_id,
        name="Practice agent",
        conversation_config=AgentSettings(
            agent=AgentConfig(first_message=text_of(Sentence.GREETING)),
            conversation=ConversationConfig(client_events=PRACTICE_EVENTS),
        ),
        platform_settings=PlatformSettings(overrides=OverrideSettings(custom_llm_extra_body=True)),
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signature in a signed URL stands for."""

    agent_id: str
    expires_s: float
    conversation_id: str | None = None
    """Given out with the URL, which then holds only once."""


class Registry:
    """The server's memory. Belongs to the server's loop."""

    def __init__(self, *, ticket_life_s: float, keeps_evidence: bool, on_change: Callable[[], None]) -> None:
        self.agents: dict[str, Agent] = {}
        self.takes_any_agent = True
        self.default_script = Script()
        self.next_scripts: deque[Script] = deque()
        self.on_change = on_change
        self._ticket_life_s = ticket_life_s
        self._keeps_evidence = keeps_evidence
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    # Agents

    def agent(self, agent_id: str) -> Agent | None:
        """The agent of that id; None where only known ones are taken and this is none."""
        known = self.agents.get(agent_id)
        return practice_agent(agent_id) if known is None and self.takes_any_agent else known

    def listed_agents(self) -> list[Agent]:
        """The agents to choose from."""
        return list(self.agents.values()) or [practice_agent()]

    # Signed URLs

    def issue_ticket(self, agent_id: str, *, with_conversation_id: bool) -> tuple[str, Ticket]:
        """A fresh signature, and what it stands for."""
        now_s = time.monotonic()
        for token in [token for token, ticket in self._tickets.items() if ticket.expires_s <= now_s]:
            del self._tickets[token]
        while len(self._tickets) >= TICKETS_KEPT:
            self._tickets.popitem(last=False)
        token = secrets.token_urlsafe(24)
        conversation_id = new_conversation_id() if with_conversation_id else None
        self._tickets[token] = Ticket(agent_id, now_s + self._ticket_life_s, conversation_id)
        return token, self._tickets[token]

    def redeem(self, token: str, agent_id: str) -> Ticket | None:
        """The ticket of *token* if it holds for *agent_id*; a single one is used up by this."""
        ticket = self._tickets.get(token)
        if ticket is None or ticket.agent_id != agent_id or time.monotonic() >= ticket.expires_s:
            return None
        if ticket.conversation_id is not None:
            del self._tickets[token]
        return ticket

    # Conversations

    def open_conversation(self, ticket: Ticket, script: Script) -> Conversation:
        """A new conversation; the oldest that are over are forgotten."""
        conversation_id = ticket.conversation_id or new_conversation_id()
        conversation = Conversation(
            conversation_id,
            ticket.agent_id,
            processing_s=script.processing_s,
            keeps_evidence=self._keeps_evidence,
            on_change=self.on_change,
        )
        self._conversations[conversation_id] = conversation
        self._forget_old()
        self.on_change()
        return conversation

    def _forget_old(self) -> None:
        over = [conversation for conversation in self._conversations.values() if conversation.is_over]
        for conversation in over[: max(0, len(over) - CONVERSATIONS_KEPT)]:
            del self._conversations[conversation.conversation_id]
        for conversation in over[: max(0, len(over) - RECORDINGS_KEPT)]:
            conversation.recording.forget()

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id, if it is still known."""
        return self._conversations.get(conversation_id)

    def conversations(self) -> Iterator[Conversation]:
        """All that are known, oldest first."""
        return iter(list(self._conversations.values()))

    def delete(self, conversation_id: str) -> bool:
        """Forget a conversation that is over; false if it is not known or still lasts."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None or not conversation.is_over:
            return False
        del self._conversations[conversation_id]
        return True

    def next_script(self) -> Script:
        """How the conversation that begins now goes."""
        return self.next_scripts.popleft() if self.next_scripts else self.default_script


def new_conversation_id() -> str:
    """An id like the service's."""
    return f"conv_{secrets.token_hex(14)}"
