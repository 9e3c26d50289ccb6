"""Listening: where, alone on the port, with a certificate; and stopping."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from connector_gui.core.settings import Settings
from connector_gui.webhook import AddressInUseError, ListenError, WebhookConfig, WebhookServer, WebhookState
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import connect, exchange, request
from tests.fakes.webhook import JSON_LINE, KEY_LINE, KEYS, serving

TLS = Path(__file__).parents[1] / "fakes/tls"


def has_ipv6_loopback() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6_loopback(), reason="this computer has no ::1")


def webhook(**config: object) -> WebhookServer:
    return WebhookServer(MemoryDesk(), WebhookConfig(**{"port": 0, **config}), lambda: KEYS)  # type: ignore[arg-type]


def test_the_settings_become_a_configuration() -> None:
    settings = Settings(
        host="localhost",
        port=9000,
        allowed_hosts=("a",),
        allowed_origins=("http://b",),
        callback_allowed_hosts=("n8n.example",),
        expose_signed_url=False,
        ring_timeout_s=12,
        rate_limit="5/second",
    )
    config = WebhookConfig.of(settings)
    assert (config.host, config.port, config.allowed_hosts, config.scheme) == ("localhost", 9000, ("a",), "http")
    assert config.allowed_origins == ("http://b",)
    assert config.callback_rules.allows_name("n8n.example")
    assert (config.expose_signed_url, config.ring_timeout_s, config.rate_limit) == (False, 12, "5/second")
    assert WebhookConfig.of(settings.changed(environment="production")).allowed_origins == ()


# --- where --------------------------------------------------------------------------------------


@needs_ipv6
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "127.0.0.2"])
async def test_a_loopback_host_is_reached_over_both_protocols(host: str) -> None:
    async with serving(host=host) as served:
        own = "127.0.0.2" if host == "127.0.0.2" else "127.0.0.1"
        for address, named in ((own, own), ("::1", "[::1]"), ("::1", "localhost")):
            data = request("GET", "/health", host=f"{named}:{served.port}")
            assert (await exchange(served.port, data, address)).status == 200


@needs_ipv6
async def test_ipv6_alone_is_ipv6_alone() -> None:
    async with serving(host="::1") as served:
        assert served.server.url == f"http://[::1]:{served.port}"
        assert (await exchange(served.port, request("GET", "/health", host="[::1]"), "::1")).status == 200
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await exchange(served.port, request("GET", "/health"))


async def test_a_computer_without_ipv6_is_served_over_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    class WithoutIpv6(real):  # type: ignore[misc,valid-type]
        def __init__(self, family: int = socket.AF_INET, *rest: object, **named: object) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *rest, **named)

    monkeypatch.setattr("connector_gui.webhook.sockets.socket.socket", WithoutIpv6)
    async with serving() as served:
        assert (await served.ask("GET", "/health")).status == 200


async def test_bound_to_every_address_the_one_called_is_ours() -> None:
    async with serving(host="0.0.0.0") as served:
        assert served.server.url == f"http://127.0.0.1:{served.port}"
        data = request("GET", "/health", host=f"127.0.0.2:{served.port}")
        assert (await exchange(served.port, data, "127.0.0.2")).status == 200
        data = request("GET", "/health", host=f"127.0.0.3:{served.port}")
        assert (await exchange(served.port, data, "127.0.0.2")).status == 421


@pytest.mark.parametrize(
    ("host", "sentence"), [("203.0.113.7", "no address of this computer"), ("no-such-host.invalid", "cannot be found")]
)
async def test_an_address_that_is_not_ours_is_told_in_words(host: str, sentence: str) -> None:
    server = webhook(host=host)
    with pytest.raises(ListenError, match=sentence):
        await server.start()
    assert server.url is None


# --- alone --------------------------------------------------------------------------------------


@asynccontextmanager
async def foreign_listener(address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        foreign.bind((address, port))
        foreign.listen()
        yield foreign.getsockname()[1]


async def test_a_port_of_another_program_is_named() -> None:
    async with foreign_listener() as port:
        server = webhook(port=port)
        with pytest.raises(AddressInUseError, match=f"Port {port} is taken by another program") as caught:
            await server.start()
        assert caught.value.port == port
        offered = re.search(r"(\d+) is free", str(caught.value))
        assert offered is not None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", int(offered[1])))
        assert server.url is None
        if sys.platform == "linux":
            assert f"process {os.getpid()})" in str(caught.value)


@needs_ipv6
async def test_a_port_that_another_program_has_on_ipv6_alone_is_not_ours_either() -> None:
    """`localhost` would lead half of the callers to that program."""
    async with foreign_listener("::1") as port:
        with pytest.raises(AddressInUseError):
            await webhook(port=port).start()
        with socket.socket() as probe:  # Nothing is left listening on the other address.
            probe.bind(("127.0.0.1", port))


@pytest.mark.parametrize("reuse", ["SO_REUSEADDR", "SO_REUSEPORT"])
async def test_no_other_program_can_share_our_port(reuse: str) -> None:
    if not hasattr(socket, reuse):
        pytest.skip(f"no {reuse} here")
    async with serving() as served:
        with socket.socket() as foreign:
            foreign.setsockopt(socket.SOL_SOCKET, getattr(socket, reuse), 1)
            assert not can_listen(foreign, served.port)


def can_listen(on: socket.socket, port: int) -> bool:
    try:
        on.bind(("127.0.0.1", port))
        on.listen()
    except OSError:
        return False
    return True


async def test_a_taken_port_is_tried_again_until_it_is_free(caplog: pytest.LogCaptureFixture) -> None:
    states: list[WebhookState] = []
    told = asyncio.Event()

    def on_state(state: WebhookState) -> None:
        states.append(state)
        told.set()

    async with foreign_listener() as port:
        server = webhook(port=port)
        serving_task = asyncio.create_task(server.serve(on_state, retry_s=0.05))
        async with asyncio.timeout(5):
            await told.wait()
        assert states == [WebhookState(problem=states[0].problem)]
        assert str(port) in (states[0].problem or "")
        await asyncio.sleep(0.2)  # Several tries.
        assert len(states) == 1, "the same problem is told once"
        told.clear()
    async with asyncio.timeout(5):
        await told.wait()
    assert states[1:] == [WebhookState(url=f"http://127.0.0.1:{port}")]
    assert (await exchange(port, request("GET", "/health"))).status == 200
    serving_task.cancel()
    await asyncio.gather(serving_task, return_exceptions=True)
    assert server.url is None
    (error,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert str(port) in error.problem  # type: ignore[attr-defined]


async def test_a_restart_has_its_port_back_at_once() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(request("GET", "/health"))
        await connection.answer()
        await served.server.stop()  # We close first: the connection is in TIME_WAIT on our side.
        again = webhook(port=served.port)
        await again.start()
        await again.stop()


# --- TLS ----------------------------------------------------------------------------------------


async def test_with_a_certificate_it_is_https() -> None:
    trust = ssl.create_default_context(cafile=TLS / "localhost.pem")
    async with serving(tls_cert_file=TLS / "localhost.pem", tls_key_file=TLS / "localhost.key") as served:
        assert served.server.url == f"https://127.0.0.1:{served.port}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            url = f"https://localhost:{served.port}/webhook/initiate-call"
            key = {"X-API-Key": KEYS["n8n"].get_secret_value()}
            async with session.post(url, json={"agent_id": "a"}, headers=key) as answer:
                assert answer.status == 202
                assert (await answer.json())["links"]["self"].startswith(f"https://localhost:{served.port}/")


@pytest.mark.parametrize(
    ("cert", "key", "sentence"),
    [
        ("missing.pem", "localhost.key", r"TLS_CERT_FILE cannot be read \(No such file or directory\)"),
        ("localhost.pem", "missing.key", "TLS_KEY_FILE cannot be read"),
        (".", "localhost.key", "TLS_CERT_FILE cannot be read"),
        ("localhost.key", "localhost.key", "give a PEM certificate and its key"),
        ("localhost.pem", "localhost.pem", "give a PEM certificate and its key"),
        ("localhost.pem", "other.key", "do not belong together"),
        ("localhost.pem", "locked.key", "without a passphrase"),
        ("expired.pem", "localhost.key", "TLS_CERT_FILE has expired"),
        ("future.pem", "localhost.key", "TLS_CERT_FILE is not valid yet"),
    ],
)
async def test_a_certificate_that_cannot_be_used_is_told_in_words(cert: str, key: str, sentence: str) -> None:
    server = webhook(tls_cert_file=TLS / cert, tls_key_file=TLS / key)
    with pytest.raises(ListenError, match=sentence):
        await server.start()
    assert server.url is None


# --- stopping -----------------------------------------------------------------------------------


async def stopping_takes_s(stop: Callable[[], object]) -> float:
    started_s = time.monotonic()
    await stop()  # type: ignore[misc]
    return time.monotonic() - started_s


async def test_idle_connections_do_not_hold_up_the_end() -> None:
    async with serving() as served, connect(served.port) as silent, connect(served.port) as kept:
        await kept.send(request("GET", "/health"))
        await kept.answer()
        assert await stopping_takes_s(served.server.stop) < 0.5
        assert await silent.rest() == b""
        assert await kept.rest() == b""
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await served.ask("GET", "/health")


async def test_a_request_under_way_is_answered_before_the_end() -> None:
    async with serving() as served, connect(served.port) as caller:
        served.desk.is_open.clear()
        await caller.send(request("POST", "/webhook/initiate-call", KEY_LINE, JSON_LINE, body=b'{"agent_id": "a"}'))
        await served.desk.is_asked.wait()
        stopping = asyncio.create_task(stopping_takes_s(served.server.stop))
        await asyncio.sleep(0.1)
        served.desk.is_open.set()
        assert (await caller.answer()).status == 202
        assert await stopping < 1


async def test_a_request_that_never_ends_does_not_hold_up_the_end() -> None:
    async with serving() as served, connect(served.port) as caller:
        served.desk.is_open.clear()
        await caller.send(request("POST", "/webhook/initiate-call", KEY_LINE, JSON_LINE, body=b'{"agent_id": "a"}'))
        await served.desk.is_asked.wait()
        assert await stopping_takes_s(served.server.stop) < 2
        assert await caller.rest() == b""


async def test_stopping_twice_or_before_the_start_is_no_error() -> None:
    server = webhook()
    await server.stop()
    await server.start()
    await server.stop()
    await server.stop()
    assert server.url is None
    assert server.connection_count == 0
