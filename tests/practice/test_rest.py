"""The REST side over a real socket on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import time
import wave
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest

from connector_gui.core.agent_api import (
    KEY_HEADER,
    Agent,
    AgentPage,
    ApiError,
    ConversationDetails,
    PlatformSettings,
    Subscription,
    parse_reply,
    read_error,
)
from connector_gui.core.messages import Audio, ConversationInitiation, UserMessage
from connector_gui.practice.control import Route
from connector_gui.practice.scenarios import ANSWERS
from connector_gui.practice.script import Answer, Script
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.voice import Sentence, samples_of
from tests.practice.client import conversation

SIGNED_URL = "/v1/convai/conversation/get-signed-url"
AGENTS = "/v1/convai/agents"
CONVERSATIONS = "/v1/convai/conversations"


class Http:
    """A client of the REST side."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, method: str, path: str, key: str = "any-key", **arguments: Any) -> tuple[int, bytes]:
        """One request: status and body."""
        headers = {KEY_HEADER: key} if key else {}
        async with self._session.request(method, path, headers=headers, allow_redirects=False, **arguments) as reply:
            return reply.status, await reply.read()

    async def get(self, path: str, **params: str) -> tuple[int, bytes]:
        """One GET with the usual key."""
        return await self.ask("GET", path, params=params)


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession(base_url) as session:
        yield Http(session)


@pytest.mark.parametrize(
    "path", [SIGNED_URL, AGENTS, f"{AGENTS}/a", CONVERSATIONS, "/v1/user", "/v1/user/subscription"]
)
@pytest.mark.parametrize("key", ["", " "])
async def test_without_a_key_there_is_no_way_in(http: Http, path: str, key: str) -> None:
    status, body = await http.ask("GET", path, key)
    assert status == 401
    assert read_error(body).code == "invalid_api_key"


async def test_any_key_will_do_until_some_are_set(http: Http, server: PracticeServer) -> None:
    assert (await http.ask("GET", AGENTS, "whatever"))[0] == 200
    server.control.set_keys("right")
    assert (await http.ask("GET", AGENTS, "whatever"))[0] == 401
    assert (await http.ask("GET", AGENTS, "right"))[0] == 200


async def test_a_signed_url_needs_an_agent(http: Http, server: PracticeServer) -> None:
    status, body = await http.get(SIGNED_URL)
    assert (status, read_error(body)) == (422, ApiError("", "Field required"))
    assert (await http.get(SIGNED_URL, agent_id="anything at all"))[0] == 200
    server.control.set_agents(Agent(agent_id="a1", name="Billing"))
    assert (await http.get(SIGNED_URL, agent_id="a1"))[0] == 200
    status, body = await http.get(SIGNED_URL, agent_id="a2")
    assert (status, read_error(body).code) == (404, "agent_not_found")


async def test_agents_come_in_pages(http: Http, server: PracticeServer) -> None:
    server.control.set_agents(*(Agent(agent_id=f"a{number}", name=f"Agent {number}") for number in range(5)))
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = parse_reply(AgentPage, (await http.get(AGENTS, page_size="2", **cursor))[1])
        found += [agent.agent_id for agent in page.agents]
        cursor = {"cursor": page.next_cursor} if page.next_cursor else {}
    assert found == ["a0", "a1", "a2", "a3", "a4"]
    assert not page.has_more
    assert page.next_cursor is None


async def test_agents_can_be_searched_and_archived(http: Http, server: PracticeServer) -> None:
    server.control.set_agents(
        Agent(agent_id="a1", name="Billing"),
        Agent(agent_id="a2", name="Support"),
        Agent(agent_id="a3", name="Old billing", platform_settings=PlatformSettings(archived=True)),
    )

    async def ids(**query: str) -> list[str]:
        return [agent.agent_id for agent in parse_reply(AgentPage, (await http.get(AGENTS, **query))[1]).agents]

    assert await ids(search="bill") == ["a1"]
    assert await ids(search="bill", archived="true") == ["a3"]


@pytest.mark.parametrize("query", [{"page_size": "0"}, {"page_size": "101"}, {"page_size": "many"}])
async def test_a_wrong_page_size_is_named(http: Http, query: dict[str, str]) -> None:
    status, body = await http.get(AGENTS, **query)
    assert status == 422
    assert json.loads(body)["detail"][0]["loc"] == ["query", "page_size"]


async def test_a_wrong_cursor_is_an_error_of_the_newer_shape(http: Http) -> None:
    status, body = await http.get(AGENTS, cursor="next")
    assert (status, read_error(body).code) == (400, "invalid_cursor")
    assert "request_id" in json.loads(body)["detail"]


async def test_one_agent_is_there_to_choose_and_any_other_too(http: Http, server: PracticeServer) -> None:
    (row,) = parse_reply(AgentPage, (await http.get(AGENTS))[1]).agents
    assert row.name == "Practice agent"
    agent = parse_reply(Agent, (await http.get(f"{AGENTS}/agent_77"))[1])
    assert (agent.agent_id, agent.name) == ("agent_77", "Practice agent")
    assert "audio" in agent.conversation_config.conversation.client_events
    server.control.set_agents(takes_any=False)
    assert (await http.get(f"{AGENTS}/agent_77"))[0] == 404


async def test_the_account_is_told(http: Http) -> None:
    assert parse_reply(Subscription, (await http.get("/v1/user/subscription"))[1]).tier == "practice"
    assert json.loads((await http.get("/v1/user"))[1])["subscription"]["tier"] == "practice"


async def test_a_conversation_is_told_of_while_it_lasts_and_afterwards(
    http: Http, base_url: str, server: PracticeServer
) -> None:
    server.control.script(Script(processing_s=0.5))
    async with conversation(base_url, ConversationInitiation(user_id="crm-1")) as client:
        await client.until_came(Audio)
        known = await server.control.conversation()
        path = f"{CONVERSATIONS}/{known.conversation_id}"
        await client.speak(samples_of(Sentence.YOU_SAID, 16_000))
        running = parse_reply(ConversationDetails, (await http.get(path))[1])
        await client.send(UserMessage(text="goodbye"))
        await client.until_closed()
    assert (running.status, running.analysis, running.has_audio) == ("in-progress", None, False)
    await server.control.until(lambda: known.is_over)
    processing = parse_reply(ConversationDetails, (await http.get(path))[1])
    assert (processing.status, processing.analysis) == ("processing", None)
    assert (await http.get(f"{path}/audio"))[0] == 404
    async with asyncio.timeout(5):
        while (done := parse_reply(ConversationDetails, (await http.get(path))[1])).status != "done":
            await asyncio.sleep(0.05)
    assert done.user_id == "crm-1"
    assert done.analysis is not None
    assert done.analysis.call_successful == "success"
    assert done.metadata.termination_reason == "end_call tool was called."
    assert done.transcript[0].role == "agent"
    assert done.transcript[-2].message == "goodbye"
    await _check_recording(http, path)


async def _check_recording(http: Http, path: str) -> None:
    status, body = await http.get(f"{path}/audio")
    assert status == 200
    with wave.open(io.BytesIO(body)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert np.abs(samples).max() > 5_000


async def test_conversations_are_listed_rated_summed_up_and_deleted(
    http: Http, base_url: str, server: PracticeServer
) -> None:
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        known = await server.control.conversation()
        path = f"{CONVERSATIONS}/{known.conversation_id}"
        assert (await http.ask("DELETE", path))[0] == 404
    await server.control.until(lambda: known.is_over)
    rows = json.loads((await http.get(CONVERSATIONS))[1])["conversations"]
    assert [row["conversation_id"] for row in rows] == [known.conversation_id]
    assert json.loads((await http.get(CONVERSATIONS, agent_id="another"))[1])["conversations"] == []
    summary = json.loads((await http.get(f"{path}/summary"))[1])
    assert summary["messages"][0]["role"] == "agent"
    # The official client rates without a key.
    assert (await http.ask("POST", f"{path}/feedback", "", json={"feedback": "like"}))[0] == 200
    assert known.feedback == '{"feedback": "like"}'
    assert (await http.ask("POST", f"{path}/feedback", "", data=b"{"))[0] == 422
    status, body = await http.ask("POST", f"{path}/files", "", data={"file": io.BytesIO(b"picture")})
    assert status == 200
    assert json.loads(body)["file_id"].startswith("file_")
    assert (await http.ask("DELETE", path))[0] == 200
    assert (await http.get(path))[0] == 404


@pytest.mark.parametrize("suffix", ["", "/summary", "/audio"])
async def test_an_unknown_conversation_is_not_found(http: Http, suffix: str) -> None:
    status, body = await http.get(f"{CONVERSATIONS}/conv_unknown{suffix}")
    assert (status, read_error(body).code) == (404, "conversation_not_found")


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"slow", "hangs"}))
async def test_a_scripted_answer_comes_once_and_as_it_is(http: Http, server: PracticeServer, name: str) -> None:
    answer = ANSWERS[name]
    server.control.answer_next(Route.SIGNED_URL, answer)
    status, body = await http.get(SIGNED_URL, agent_id="a")
    assert (status, body) == (answer.status, answer.body.encode())
    assert (await http.get(SIGNED_URL, agent_id="a"))[0] == 200


async def test_answers_can_be_slow_or_never_come(http: Http, server: PracticeServer) -> None:
    server.control.answer_next(Route.AGENTS, Answer(delay_s=0.3), ANSWERS["hangs"])
    started_s = time.monotonic()
    assert (await http.get(AGENTS))[0] == 200
    assert time.monotonic() - started_s >= 0.3
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(http.get(AGENTS), 0.2)


async def test_a_standing_fault_lasts_until_it_is_healed(http: Http, server: PracticeServer) -> None:
    server.control.answer_all(Route.AGENTS, ANSWERS["rate_limited"])
    assert [(await http.get(AGENTS))[0] for _ in range(3)] == [429, 429, 429]
    server.control.answer_all(Route.AGENTS, None)
    assert (await http.get(AGENTS))[0] == 200
    server.control.answer_all(Route.AGENTS, ANSWERS["server_error"])
    server.control.reset()
    assert (await http.get(AGENTS))[0] == 200


async def test_requests_are_noted_without_their_keys(http: Http, server: PracticeServer) -> None:
    await http.ask("GET", AGENTS, "sekrit-canary", params={"page_size": "1"})
    (seen,) = server.control.requests_to(Route.AGENTS)
    assert (seen.has_key, seen.query) == (True, "page_size=1")
    assert "canary" not in repr(seen)
