"""The way out: the system's proxy for the service, none for this computer itself."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from pydantic import SecretStr

from connector_gui.core.errors import AgentError
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.api import ElevenLabsApi
from connector_gui.elevenlabs.http_client import ApiTiming
from connector_gui.elevenlabs.link import open_link
from connector_gui.elevenlabs.proxies import proxy_for
from tests.fakes.agent_server import Peer, agent_server
from tests.fakes.rest_server import Reply, rest_server
from tests.fakes.tcp_server import tcp_server

HOST: Final = "api.elevenlabs.io"
VARIABLES: Final = ("https_proxy", "http_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy")


@pytest.fixture(autouse=True)
def no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_setting_the_way_is_direct() -> None:
    assert proxy_for(HOST) is None


@pytest.mark.parametrize(
    ("name", "setting", "url"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("https_proxy", "https://proxy.example", "https://proxy.example:443"),
        ("https_proxy", "proxy.example:3128", "http://proxy.example:3128"),
        ("ALL_PROXY", "http://[fd00::1]:3128/", "http://[fd00::1]:3128"),
    ],
)
def test_the_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, name: str, setting: str, url: str
) -> None:
    monkeypatch.setenv(name, setting)
    proxy = proxy_for(HOST)
    assert proxy is not None
    assert proxy.url == proxy.full_url == url
    assert proxy.authorization is None


def test_name_and_password_are_used_and_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://mara:p%40ss-canary@proxy.example:3128")
    proxy = proxy_for(HOST)
    assert proxy is not None
    assert proxy.url == "http://proxy.example:3128"
    assert proxy.authorization == "Basic " + base64.b64encode(b"mara:p@ss-canary").decode()
    assert "canary" not in repr(proxy)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.0.0.8", "::1"])
def test_this_computer_is_reached_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_for(host) is None


def test_no_proxy_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", ".elevenlabs.io")
    assert proxy_for(HOST) is None
    assert proxy_for("gateway.example") is not None


@pytest.mark.parametrize("setting", ["socks5://proxy.example:1080", "http://", "http://proxy.example:x", "ftp://p"])
def test_a_setting_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", setting)
    with pytest.raises(AgentError, match="HTTPS_PROXY"):
        proxy_for(HOST)


@asynccontextmanager
async def connect_proxy(answer: bytes) -> AsyncIterator[tuple[int, list[str]]]:
    """A proxy that answers every CONNECT with *answer* and hangs up; yields its port and what it was asked."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with tcp_server(serve) as port:
        yield port, heads


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "name and password"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "HTTP 403"),
    ],
)
async def test_both_go_through_the_proxy_and_say_when_it_refuses(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str
) -> None:
    async with connect_proxy(answer) as (port, heads):
        monkeypatch.setenv("HTTPS_PROXY", f"http://mara:p%40ss@127.0.0.1:{port}")
        api = ElevenLabsApi(f"https://{HOST}", lambda: SecretStr("key"), timing=ApiTiming(total_s=3))
        with pytest.raises(AgentError) as rest:
            await api.signed_url("a")
        await api.aclose()
        with pytest.raises(AgentError) as link:
            async with open_link(f"wss://{HOST}/?conversation_signature=sekrit-canary", timing=LinkTiming(open_s=3)):
                pytest.fail("the link opened")
    assert words in str(rest.value)
    assert words in str(link.value)
    assert len(heads) == 2
    for head in heads:
        assert head.startswith(f"CONNECT {HOST}:443 HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic " + base64.b64encode(b"mara:p@ss").decode() in head
        assert "sekrit-canary" not in head


async def test_a_proxy_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connect_proxy(b"") as (port, _):
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    api = ElevenLabsApi(f"https://{HOST}", lambda: SecretStr("key"), timing=ApiTiming(total_s=3))
    with pytest.raises(AgentError, match="proxy"):
        await api.signed_url("a")
    await api.aclose()


async def test_on_loopback_neither_asks_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(peer: Peer) -> None:
        await peer.close()

    for name in VARIABLES[:3]:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with agent_server(script) as agent, rest_server(Reply(body={"signed_url": agent.url})) as server:
        api = ElevenLabsApi(server.url, lambda: SecretStr("key"), timing=ApiTiming(total_s=3))
        signed = await api.signed_url("a")
        async with open_link(signed.url) as link:
            assert [message async for message in link.messages()] == []
        await api.aclose()
