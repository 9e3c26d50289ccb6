"""Reports against receivers and networks that refuse, stall or lead astray."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Sequence
from typing import Any, Final

import pytest

from connector_gui.core.callback_url import CallbackRules
from connector_gui.webhook.callback_answer import Result, Verdict
from connector_gui.webhook.callback_check import CallbackCheck
from connector_gui.webhook.callback_post import READ_BYTES, CallbackPost, PostTiming
from tests.fakes.receiver import receiving
from tests.fakes.tcp_server import tcp_server
from tests.fakes.tls import client_tls, server_tls

IMPATIENT: Final = PostTiming(connect_s=1.0, total_s=1.0)
DEFAULT: Final = CallbackRules()
ELSEWHERE: Final = CallbackRules.of(["10.0.0.0/8"])


async def post(url: str, *, rules: CallbackRules = DEFAULT, body: bytes = b"{}", **options: Any) -> Result:
    sender = CallbackPost(lambda: rules, **options)
    try:
        result = await sender(url, body, "t=1,v0=ab")
    finally:
        await sender.aclose()
    assert "sekrit-canary" not in repr(result)
    return result


def assert_later(result: Result, words: str) -> None:
    assert result.verdict is Verdict.LATER
    assert words in (result.error or "")
    assert (result.error or "").endswith(".")


async def test_a_report_goes_out_as_one_plain_post_to_the_whole_address() -> None:
    async with receiving() as receiver:
        result = await post(receiver.url("/webhook-waiting/8?signature=a%2Fb%20c&x="), body="{“}".encode())
    assert result == Result(Verdict.DELIVERED)
    [got] = receiver.got
    assert (got.method, got.target) == ("POST", "/webhook-waiting/8?signature=a%2Fb%20c&x=")
    assert got.body == "{“}".encode()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-connector-signature"] == "t=1,v0=ab"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["user-agent"].startswith("agent-connector/")
    assert "x-api-key" not in got.headers


# --- where it may go ------------------------------------------------------------------------------


async def test_a_redirect_is_not_followed_wherever_it_leads() -> None:
    async with receiving() as inside, receiving() as receiver:
        for location in ("http://169.254.169.254/latest/meta-data/", inside.url()):

            async def redirect(_: object, writer: asyncio.StreamWriter, location: str = location) -> None:
                writer.write(f"HTTP/1.1 307 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()

            receiver.misbehave = redirect
            assert_later(await post(receiver.url()), "not followed")
    assert inside.got == []
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "0.0.0.0", "[ff02::1]"])
async def test_addresses_that_callbacks_never_go_to_are_not_connected_to(host: str) -> None:
    assert_later(await post(f"http://{host}/x"), "never go to")


async def test_addresses_that_callbacks_may_not_go_to_are_not_connected_to() -> None:
    assert_later(await post("http://8.8.8.8/x"), "CALLBACK_ALLOWED_HOSTS")


async def test_a_name_that_leads_elsewhere_once_the_door_has_let_it_pass_is_not_connected_to() -> None:
    answers = [["10.1.2.3"], ["127.0.0.1"]]

    async def at_the_door(_: str) -> Sequence[str]:
        return answers.pop(0)

    async with receiving() as receiver:
        url = receiver.url(host="rebound.example")
        await CallbackCheck(ELSEWHERE, at_the_door)(url)
        result = await post(url, rules=ELSEWHERE, lookup=lambda _: answers.pop(0))
    assert_later(result, "CALLBACK_ALLOWED_HOSTS")
    assert answers == [], "the name was looked up a second time"
    assert receiver.connections == 0


async def test_of_many_addresses_of_a_name_only_allowed_ones_are_connected_to() -> None:
    async with receiving() as receiver:
        url = receiver.url(host="two.example")
        result = await post(url, lookup=lambda _: ["169.254.169.254", "8.8.8.8", "127.0.0.1"])
    assert result.verdict is Verdict.DELIVERED
    assert receiver.connections == 1


async def test_a_named_host_is_reached_wherever_it_is_but_never_at_a_link_local_address() -> None:
    rules = CallbackRules.of(["hooks.example", "10.0.0.0/8"])
    async with receiving() as receiver:
        url = receiver.url(host="hooks.example")
        assert (await post(url, rules=rules, lookup=lambda _: ["127.0.0.1"])).verdict is Verdict.DELIVERED
        assert_later(await post(url, rules=rules, lookup=lambda _: ["169.254.169.254"]), "never go to")
        assert_later(await post(receiver.url(host="other.example"), rules=rules, lookup=lambda _: ["127.0.0.1"]), "may")
    assert receiver.connections == 1


async def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        result = await post(receiver.url())
    assert result.verdict is Verdict.DELIVERED
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "http://127.1:9/x", "http://", "nonsense", "http://u:p@127.0.0.1/"]
)
async def test_what_is_no_address_is_given_up(url: str) -> None:
    assert (await post(url, lookup=lambda _: [])).verdict is not Verdict.DELIVERED
    assert (await post(url)).error == "The callback_url is not an address that a report can be sent to."


# --- receivers that do not play by the rules --------------------------------------------------------


@pytest.mark.parametrize("status", [200, 409, 500])
async def test_an_answer_without_an_end_is_read_a_few_kilobytes_of(status: int) -> None:
    sent = 0

    async def endless(_: object, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            sent += 0x10000
            await writer.drain()

    async with receiving(misbehave=endless) as receiver:
        result = await post(receiver.url())
    assert result.verdict is (Verdict.DELIVERED if status == 200 else Verdict.LATER)
    assert "in time" not in (result.error or "")
    assert sent < 16 * 1024 * 1024, "what the sockets hold, not what the receiver has"


async def test_n8ns_word_is_found_at_the_beginning_of_a_long_answer_and_not_behind_it() -> None:
    async with receiving(answers=[(409, b"The execution is running already." + b" " * 100_000)]) as receiver:
        assert_later(await post(receiver.url()), "Wait node")
        receiver.answers = [(409, b" " * READ_BYTES + b"has finished already")]
        assert_later(await post(receiver.url()), "look into its log")


async def test_headers_that_drip_are_given_up_in_time() -> None:
    async def drip(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with receiving(misbehave=drip) as receiver:
        assert_later(await post(receiver.url(), timing=IMPATIENT), "respond immediately")


async def test_a_409_whose_body_drips_is_given_up_in_time() -> None:
    async def drip(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 409 X\r\nContent-Length: 1000\r\n\r\nhas")
        await asyncio.Event().wait()

    async with receiving(misbehave=drip) as receiver:
        assert_later(await post(receiver.url(), timing=IMPATIENT), "did not answer in time")


async def test_a_receiver_that_takes_nothing_in_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert_later(await post(url, body=b"x" * 20_000_000, timing=IMPATIENT), "did not answer in time")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 409 X\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"\x00\xff" * 5000,
        b"",
    ],
)
async def test_what_is_no_http_is_tried_again_later(data: bytes) -> None:
    async def say(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    async with receiving(misbehave=say) as receiver:
        result = await post(receiver.url())
    assert_later(result, f"127.0.0.1:{receiver.port}")


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert_later(await post(f"http://127.0.0.1:{port}/"), f"Nobody listens at 127.0.0.1:{port}")


async def test_a_name_that_stands_for_nothing() -> None:
    def unknown(_: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert_later(await post("http://gone.example/", lookup=unknown), "host of gone.example cannot be found")


async def test_a_name_server_that_keeps_silent_is_given_up_in_time() -> None:
    def silent(_: str) -> Sequence[str]:
        time.sleep(0.6)
        return []

    result = await post("http://slow.example/", timing=PostTiming(connect_s=0.2, total_s=5.0), lookup=silent)
    assert_later(result, "could not be reached in time")


async def test_a_receiver_that_cannot_prove_who_it_is_gets_nothing() -> None:
    async with receiving(tls=server_tls()) as receiver:
        assert_later(await post(receiver.url(host="localhost")), "could not prove who it is (self-signed certificate)")
        assert receiver.got == []
        trusting = await post(receiver.url(host="localhost"), tls=client_tls())
        assert trusting.verdict is Verdict.DELIVERED
        assert_later(await post(receiver.url(), tls=client_tls()), "could not prove who it is")
    assert len(receiver.got) == 1


async def test_plain_http_where_tls_was_expected() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with tcp_server(plain) as port:
        assert_later(await post(f"https://127.0.0.1:{port}/"), "begin its URL with http://")


async def test_the_log_never_has_the_address_whole(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(answers=[(409, b"x")]) as receiver:
        await post(receiver.url("/webhook-waiting/8?signature=sekrit-canary"))
        await post(receiver.url("/sekrit-canary"), rules=ELSEWHERE)
    await post("http://nowhere.invalid/sekrit-canary?sekrit-canary", lookup=lambda _: [])
    assert any(record.name.startswith("connector_gui") for record in caplog.records)
    for record in caplog.records:
        assert "sekrit-canary" not in record.getMessage() + repr(record.__dict__)
