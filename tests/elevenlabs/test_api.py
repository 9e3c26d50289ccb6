"""The REST client: what it asks, what it makes of the answers."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from pydantic import SecretStr

from connector_gui.core.errors import AgentError, AuthError, ProtocolError
from connector_gui.elevenlabs.api import ElevenLabsApi, KeyState
from connector_gui.elevenlabs.http_client import ApiTiming
from tests.fakes.rest_server import Reply, RestServer, rest_server

KEY: Final = "sk_0123456789abcdef"
QUICK: Final = ApiTiming(total_s=2.0, backoff_s=0.01)
SOCKET_QUERY: Final = "/v1/convai/conversation?agent_id=a&conversation_signature=sekrit-canary"


def api(server: RestServer, **options: Any) -> ElevenLabsApi:
    return ElevenLabsApi(server.url, lambda: SecretStr(KEY), timing=QUICK, chance=lambda: 0.5, **options)


def signed(server_url: str = "ws://127.0.0.1:9") -> Reply:
    return Reply(body={"signed_url": server_url + SOCKET_QUERY})


def agents(*names: str, cursor: str | None = None, has_more: bool = False) -> Reply:
    rows = [{"agent_id": f"agent_{name}", "name": name} for name in names]
    return Reply(body={"agents": rows, "next_cursor": cursor, "has_more": has_more})


async def test_a_signed_url_comes_back_as_it_was_given() -> None:
    async with rest_server(signed()) as server:
        client = api(server, clock=lambda: 123.5)
        found = await client.signed_url("agent 1&x=2")
        await client.aclose()
    assert found.url == "ws://127.0.0.1:9" + SOCKET_QUERY
    assert found.fetched_at_s == 123.5
    path, headers = server.requests[0]
    assert path == "/v1/convai/conversation/get-signed-url?agent_id=agent+1%26x%3D2"
    assert headers["xi-api-key"] == KEY
    assert headers["User-Agent"].startswith("agent-connector/")


async def test_a_path_in_the_base_url_is_kept() -> None:
    async with rest_server(signed()) as server:
        client = ElevenLabsApi(server.url + "/mirror/", lambda: SecretStr(KEY), timing=QUICK)
        await client.signed_url("a")
        await client.aclose()
    assert server.requests[0][0].startswith("/mirror/v1/convai/conversation/get-signed-url?")


async def test_an_address_on_a_foreign_host_is_refused() -> None:
    async with rest_server(signed("wss://evil-elevenlabs.io"), signed("ws://10.0.0.1")) as server:
        client = api(server)
        for _ in range(2):
            with pytest.raises(ProtocolError) as refused:
                await client.signed_url("a")
            assert "sekrit-canary" not in str(refused.value)
        await client.aclose()


@pytest.mark.parametrize("body", [{}, {"signed_url": ""}, {"signed_url": 7}, [], "not json", '{"signed_url"', b"\xff"])
async def test_an_answer_without_an_address_is_no_answer(body: Any) -> None:
    async with rest_server(Reply(body=body)) as server:
        client = api(server)
        with pytest.raises(ProtocolError) as refused:
            await client.signed_url("a")
        await client.aclose()
    assert refused.value.code == "elevenlabs_error"
    assert len(server.requests) == 1


async def test_an_agent_is_read_with_its_settings() -> None:
    body = {
        "agent_id": "agent_1",
        "name": "Billing",
        "conversation_config": {"agent": {"first_message": "Hello {{name}}", "language": "de"}},
        "platform_settings": {"overrides": {"conversation_config_override": {"agent": {"language": True}}}},
        "new_member": {"x": 1},
    }
    async with rest_server(Reply(body=body)) as server:
        client = api(server)
        agent = await client.agent("agent_1")
        assert await client.agent_name("agent_1") == "Billing"
        await client.aclose()
    assert agent.conversation_config.agent.first_message == "Hello {{name}}"
    assert agent.platform_settings.overrides.allows("agent.language")
    assert server.requests[0][0] == "/v1/convai/agents/agent_1"


async def test_an_agents_name_is_read_even_when_its_settings_cannot_be() -> None:
    body = {"agent_id": "agent_1", "name": "Billing", "conversation_config": "changed"}
    async with rest_server(Reply(body=body), Reply(body={"agent_id": "agent_1"})) as server:
        client = api(server)
        assert await client.agent_name("agent_1") == "Billing"
        assert await client.agent_name("agent_1") is None
        await client.aclose()


@pytest.mark.parametrize(
    ("agent_id", "path"),
    [
        ("a/../../v1/user", "/v1/convai/agents/a%2F..%2F..%2Fv1%2Fuser"),
        ("a?key=1#x", "/v1/convai/agents/a%3Fkey%3D1%23x"),
        ("ä b", "/v1/convai/agents/%C3%A4%20b"),
        ("a\ud800", "/v1/convai/agents/a%3F"),
    ],
)
async def test_an_odd_agent_id_stays_one_part_of_the_path(agent_id: str, path: str) -> None:
    async with rest_server(Reply(404)) as server:
        client = api(server)
        for ask in (client.agent, client.signed_url):
            with pytest.raises(AgentError) as unknown:
                await ask(agent_id)
            assert unknown.value.code == "agent_not_found"
        await client.aclose()
    assert server.requests[0][0] == path


@pytest.mark.parametrize("agent_id", ["", ".", ".."])
async def test_an_agent_id_that_is_a_way_up_is_unknown_without_asking(agent_id: str) -> None:
    async with rest_server(Reply(200, {})) as server:
        client = api(server)
        with pytest.raises(AgentError) as unknown:
            await client.agent(agent_id)
        await client.aclose()
    assert (unknown.value.code, unknown.value.status) == ("agent_not_found", 404)
    assert server.requests == []


async def test_agents_come_page_by_page_until_there_are_no_more() -> None:
    pages = (
        agents("a", "b", cursor="1", has_more=True),
        agents(cursor="2", has_more=True),
        agents("c", cursor="3", has_more=False),
    )
    async with rest_server(*pages) as server:
        client = api(server)
        assert [agent.name async for agent in client.agents("bill & co")] == ["a", "b", "c"]
        await client.aclose()
    assert [path.partition("?")[2] for path, _ in server.requests] == [
        "page_size=100&search=bill+%26+co",
        "page_size=100&search=bill+%26+co&cursor=1",
        "page_size=100&search=bill+%26+co&cursor=2",
    ]


@pytest.mark.parametrize("cursor", [None, "", "again"])
async def test_paging_stops_when_the_cursor_is_missing_or_repeats(cursor: str | None) -> None:
    async with rest_server(agents("a", cursor=cursor, has_more=True)) as server:
        client = api(server)
        found = [agent.name async for agent in client.agents()]
        await client.aclose()
    assert found == (["a", "a"] if cursor else ["a"])
    assert len(server.requests) == len(found)


@pytest.mark.parametrize(
    ("reply", "state", "words"),
    [
        (agents(), KeyState.USABLE, "takes this key"),
        (Reply(401, {"detail": {"status": "invalid_api_key", "message": "No"}}), KeyState.INVALID, "wrong"),
        (
            Reply(401, {"detail": {"status": "missing_permissions", "message": "needs convai_read"}}),
            KeyState.PERMISSION_MISSING,
            "convai_read",
        ),
        (Reply(401, {"detail": {"code": "quota_exceeded"}}), KeyState.QUOTA_EXCEEDED, "credits"),
        (Reply(500), KeyState.UNKNOWN, "fault"),
        (Reply(200, "<html>"), KeyState.UNKNOWN, "sign in"),
    ],
)
async def test_a_key_is_checked_in_words(reply: Reply, state: KeyState, words: str) -> None:
    async with rest_server(reply) as server:
        client = api(server)
        checked = await client.check_key(SecretStr("another-key"))
        await client.aclose()
    assert checked.state is state
    assert words in checked.message
    path, headers = server.requests[0]
    assert path == "/v1/convai/agents?page_size=1"
    assert headers["xi-api-key"] == "another-key"


@pytest.mark.parametrize("key", ["sk_ä", "sk_1\nX-Evil: 1", "sk 1", "sk_1\x00"])
async def test_a_key_that_cannot_be_one_is_not_sent(key: str) -> None:
    async with rest_server(agents()) as server:
        client = api(server)
        checked = await client.check_key(SecretStr(key))
        await client.aclose()
    assert checked.state is KeyState.INVALID
    assert key not in checked.message
    assert server.requests == []


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("  ")])
async def test_without_a_key_nothing_is_asked(key: SecretStr | None) -> None:
    async with rest_server(signed()) as server:
        client = ElevenLabsApi(server.url, lambda: key)
        with pytest.raises(AuthError) as missing:
            await client.signed_url("a")
    assert (missing.value.code, missing.value.status) == ("no_api_key", 503)
    assert server.requests == []


async def test_a_key_changed_meanwhile_is_used_for_the_next_request() -> None:
    keys = [SecretStr(" first\n"), SecretStr("second")]
    async with rest_server(signed()) as server:
        client = ElevenLabsApi(server.url, lambda: keys.pop(0), timing=QUICK)
        await client.signed_url("a")
        await client.signed_url("a")
        await client.aclose()
    assert [headers["xi-api-key"] for _, headers in server.requests] == ["first", "second"]


async def test_a_conversation_is_read_afterwards() -> None:
    body = {
        "conversation_id": "conv_9",
        "agent_id": "a",
        "status": "done",
        "has_audio": True,
        "transcript": [{"role": "agent", "message": "Hi", "time_in_call_secs": 1}, {"role": "user", "message": None}],
        "metadata": {"call_duration_secs": 61, "cost": 120, "termination_reason": "quota", "error": {"code": 1002}},
        "analysis": None,
    }
    async with rest_server(Reply(body=body), Reply(404, {"detail": "no"})) as server:
        client = api(server)
        details = await client.conversation("conv_9")
        with pytest.raises(AgentError) as unknown:
            await client.conversation("conv_9")
        await client.aclose()
    assert details.status == "done"
    assert details.metadata.error is not None
    assert details.metadata.error.code == 1002
    assert (unknown.value.code, unknown.value.status) == ("not_found", 404)


async def test_requests_side_by_side_share_one_session_and_closing_twice_is_fine() -> None:
    async with rest_server(signed()) as server:
        client = api(server)
        await asyncio.gather(*(client.signed_url("a") for _ in range(20)))
        await client.aclose()
        await client.aclose()
        await client.signed_url("a")
        await client.aclose()
    assert len(server.requests) == 21
