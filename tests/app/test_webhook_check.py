"""The test of the webhook: against the real one, and against all that can be in its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from connector_gui.app import webhook_check
from connector_gui.app.webhook_check import NO_KEY, check_webhook
from connector_gui.core.service import Health
from tests.fakes.webhook import KEYS, serving

TLS = Path(__file__).parents[1] / "fakes/tls"
MINE = {"n8n": KEYS["n8n"]}

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def other_server(answer: Answering) -> AsyncIterator[str]:
    """Somebody else's server; its address."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def test_a_webhook_that_works_is_said_to_with_the_key_and_the_time() -> None:
    async with serving() as served:
        assert served.server.url is not None
        seen: list[str] = []
        served.server.on_exchange.append(lambda exchange: seen.append(exchange.target))
        finding = await check_webhook(served.server.url, MINE)
        assert finding.is_good
        assert finding.text.startswith(f"Listening at {served.server.url}. The key “n8n” was accepted in ")
        assert finding.text.endswith("ms. Calls can be placed.")
        assert seen == ["/health", "/sessions?limit=1"]
        assert served.desk.requests == []
        assert KEYS["n8n"].get_secret_value() not in finding.text


async def test_why_no_call_is_taken_is_said_in_words() -> None:
    async with serving() as served:
        assert served.server.url is not None
        served.desk.health_now = Health("unavailable", ready=False, reasons=("do_not_disturb", "something_new"))
        finding = await check_webhook(served.server.url, MINE)
    assert finding.is_good
    assert finding.text.endswith("But no call is taken now: the operator takes no calls now, something_new.")


async def test_a_key_that_is_not_taken_is_said_with_the_cure() -> None:
    async with serving() as served:
        assert served.server.url is not None
        wrong = await check_webhook(served.server.url, {"old": SecretStr("k-of-yesterday")})
        none = await check_webhook(served.server.url, {})
    assert (wrong.is_good, none.is_good) == (False, False)
    assert wrong.text.startswith("The key “old” was refused. The X-API-Key is not one of this desk's keys.")
    assert "k-of-yesterday" not in wrong.text
    assert none.text == NO_KEY


async def test_nothing_there_is_said() -> None:
    async with serving() as served:
        url = served.server.url
    assert url is not None
    finding = await check_webhook(url, MINE)
    assert (finding.is_good, finding.text.split(".")[0]) == (False, "Nothing answers at http://127")


@pytest.mark.parametrize("body", ["<html>hello</html>", "[1]", "{}"])
async def test_another_program_is_told_apart_and_gets_no_key(body: str) -> None:
    sent: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        sent.extend(request.headers.getall("X-API-Key", []))
        return web.Response(text=body, content_type="application/json")

    async with other_server(answer) as url:
        finding = await check_webhook(url, MINE)
    assert finding.text.startswith(f"Another program answers at {url}.")
    assert not finding.is_good
    assert sent == []


async def test_silence_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_check, "TIMEOUT_S", 0.2)

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async with other_server(answer) as url:
        finding = await check_webhook(url, MINE)
    assert (finding.is_good, finding.text.startswith("There was no answer at")) == (False, True)


async def test_our_own_certificate_is_taken_whoever_signed_it() -> None:
    certificate = TLS / "localhost.pem"
    async with serving(tls_cert_file=certificate, tls_key_file=TLS / "localhost.key") as served:
        assert served.server.url is not None
        assert served.server.url.startswith("https://")
        finding = await check_webhook(served.server.url, MINE, certificate)
        assert finding.is_good, finding.text
        strange = await check_webhook(served.server.url, MINE)
    assert (strange.is_good, strange.text.startswith("The certificate at https://")) == (False, True)


async def test_a_certificate_that_is_gone_is_said() -> None:
    finding = await check_webhook("https://127.0.0.1:1", MINE, TLS / "gone.pem")
    assert not finding.is_good
