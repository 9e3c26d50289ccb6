"""The service's REST interface, as far as a desk needs it: signed URLs, agents, the key, conversations afterwards."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from connector_gui.core import agent_api
from connector_gui.core.agent_api import (
    Agent,
    AgentPage,
    AgentSummary,
    ConversationDetails,
    SignedUrlReply,
    parse_reply,
)
from connector_gui.core.errors import AgentError
from connector_gui.core.sentence import sentence
from connector_gui.elevenlabs.http_client import ApiTiming, HttpClient, Question
from connector_gui.elevenlabs.refusals import agent_not_found
from connector_gui.elevenlabs.signed_url import SignedUrl, check_signed_url

PAGE_SIZE: Final = 100
"""The greatest the service gives."""
MAX_PAGES: Final = 100


class KeyState(StrEnum):
    """What became of checking a key."""

    USABLE = "usable"
    INVALID = "invalid"
    PERMISSION_MISSING = "permission_missing"
    """A scoped key that may not read agents; it may still be able to place calls."""
    QUOTA_EXCEEDED = "quota_exceeded"
    UNKNOWN = "unknown"
    """ElevenLabs could not be asked."""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Whether a key works, with a sentence to show."""

    state: KeyState
    message: str


_KEY_STATES: Final = {
    "no_api_key": KeyState.INVALID,
    "elevenlabs_key_invalid": KeyState.INVALID,
    "elevenlabs_permission_missing": KeyState.PERMISSION_MISSING,
    "elevenlabs_quota_exceeded": KeyState.QUOTA_EXCEEDED,
}


class ElevenLabsApi:
    """REST client of one service: ElevenLabs, or the practice agent at another base URL.

    All methods raise `AgentError` (`AuthError`, `ProtocolError`) with stable codes, within
    ``timing.total_s``; neither keys nor signed URLs are in any of their texts. Used from one event loop.

    Args:
        base_url: Where the service is, as `Settings.elevenlabs_base_url` allows it.
        key: Asked for the key at each request; ``None`` while there is none.
        is_practice: It is the built-in agent that answers there.
        tls: Certificates to trust; the system's by default.
        chance: Numbers in 0–1 that spread the retries.
        clock: The monotonic clock.
    """

    def __init__(
        self,
        base_url: str,
        key: Callable[[], SecretStr | None],
        *,
        is_practice: bool = False,
        timing: ApiTiming | None = None,
        tls: ssl.SSLContext | None = None,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_practice = is_practice
        self._base_url = base_url
        self._http = HttpClient(base_url, key, timing or ApiTiming(), tls=tls, chance=chance)
        self._clock = clock

    async def signed_url(self, agent_id: str) -> SignedUrl:
        """Where a conversation with the agent can be had; proves that key and agent are good."""
        asked_s = self._clock()
        question = Question(
            agent_api.SIGNED_URL_PATH,
            {"agent_id": agent_id},
            route=agent_api.SIGNED_URL_PATH,
            unknown=agent_not_found(agent_id),
        )
        reply = parse_reply(SignedUrlReply, await self._http.get(question))
        check_signed_url(reply.signed_url, self._base_url)
        return SignedUrl(reply.signed_url, asked_s)

    async def agent(self, agent_id: str) -> Agent:
        """The agent with its settings."""
        return parse_reply(Agent, await self._http.get(_agent_question(agent_id)))

    async def agent_name(self, agent_id: str) -> str | None:
        """The agent's name; ``None`` where it has none."""
        return parse_reply(AgentSummary, await self._http.get(_agent_question(agent_id))).name or None

    async def agents(self, search: str = "") -> AsyncIterator[AgentSummary]:
        """All agents that the key may see, or those with *search* in their names, page by page."""
        query = {"page_size": str(PAGE_SIZE)} | ({"search": search} if search else {})
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = await self._agent_page(query)
            for summary in page.agents:
                yield summary
            cursor = page.next_cursor
            # A cursor that comes again would lead round in circles.
            if not page.has_more or not cursor or cursor in seen:
                return
            seen.add(cursor)
            query["cursor"] = cursor

    async def check_key(self, key: SecretStr | None = None) -> KeyCheck:
        """Whether *key* (or the one in use) works; raises nothing.

        The list of agents is asked for, not the account: scoped keys that work for calls may not read that.
        """
        query = {"page_size": "1"}
        try:
            parse_reply(AgentPage, await self._http.get(_agents_question(query, key)))
        except AgentError as error:
            return KeyCheck(_KEY_STATES.get(error.code, KeyState.UNKNOWN), str(error))
        return KeyCheck(KeyState.USABLE, sentence("ElevenLabs takes this key."))

    async def conversation(self, conversation_id: str) -> ConversationDetails:
        """What the service recorded of a conversation; code ``not_found`` while it does not know it (yet)."""
        unknown = AgentError(
            sentence("ElevenLabs has no record of this conversation (yet)."), code="not_found", status=404
        )
        question = Question(
            _below(agent_api.CONVERSATIONS_PATH, conversation_id, unknown),
            route=f"{agent_api.CONVERSATIONS_PATH}/{{conversation_id}}",
            unknown=unknown,
        )
        return parse_reply(ConversationDetails, await self._http.get(question))

    async def aclose(self) -> None:
        """Close idle connections; safe to call twice."""
        await self._http.aclose()

    async def _agent_page(self, query: dict[str, str]) -> AgentPage:
        return parse_reply(AgentPage, await self._http.get(_agents_question(query)))


def _agents_question(query: dict[str, str], key: SecretStr | None = None) -> Question:
    return Question(agent_api.AGENTS_PATH, dict(query), route=agent_api.AGENTS_PATH, key=key)


def _agent_question(agent_id: str) -> Question:
    unknown = agent_not_found(agent_id)
    path = _below(agent_api.AGENTS_PATH, agent_id, unknown)
    return Question(path, route=f"{agent_api.AGENTS_PATH}/{{agent_id}}", unknown=unknown)


def _below(path: str, name: str, unknown: AgentError) -> str:
    """*path* with *name* as its last part, whatever characters are in it."""
    if name in {"", ".", ".."}:  # no name of anything, and a way up in a path
        raise unknown
    return f"{path}/{quote(name, safe='', errors='replace')}"
