"""Asking for the newest version, of real servers that mean well and ill."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_gui.core.update import Update, UpdateError
from connector_gui.system import update_check
from connector_gui.system.update_check import MAX_ANSWER_BYTES, Asked, UpdateFile, ask_for_update

GOOD = b'{"version": "9.1", "url": "https://example.org/new"}'


@asynccontextmanager
async def serving(answer: bytes, *, hangs: bool = False) -> AsyncIterator[str]:
    """A server that sends *answer*, whatever it is asked, and may keep the connection; its address."""
    requests: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if hangs:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/newest.json"
    for writer in writers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    # A connection that breaks off at once is tried again once, by the library.
    assert 1 <= len(requests) <= 2
    assert all(b" /newest.json " in request for request in requests), "redirects are not followed"


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


async def test_version_and_page_are_read() -> None:
    async with serving(http(GOOD)) as url:
        assert await ask_for_update(url) == Update("9.1", "https://example.org/new")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(GOOD, "302 Found", "Location: https://example.org/elsewhere"), "HTTP 302"),
        (http(b"", "404 Not Found"), "HTTP 404"),
        (http(b"<html>"), "not JSON"),
        (http(b'"' + b"x" * MAX_ANSWER_BYTES + b'"'), "too long"),
        (http(gzip.compress(b" " * 10_000_000), "200 OK", "Content-Encoding: gzip"), "not JSON"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "no connection"),
        (b"SSH-2.0-OpenSSH\r\n", "no connection"),
        (b"", "no connection"),
    ],
    ids=["redirect", "missing", "page", "endless", "packed", "broken off", "stranger", "nothing"],
)
async def test_what_goes_wrong_is_no_news(answer: bytes, why: str) -> None:
    async with serving(answer) as url:
        with pytest.raises(UpdateError, match=why):
            await ask_for_update(url)


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_check, "TIMEOUT_S", 0.3)
    async with serving(b"", hangs=True) as url:
        with pytest.raises(UpdateError, match="no answer"):
            await ask_for_update(url)


async def test_nobody_there() -> None:
    async with asyncio.timeout(10):
        with pytest.raises(UpdateError, match="no connection"):
            await ask_for_update("http://127.0.0.1:9/")


@pytest.mark.parametrize("update", [None, Update("1.2", "https://example.org")])
def test_the_last_time_is_remembered(update: Update | None, tmp_path: Path) -> None:
    file = UpdateFile(tmp_path)
    assert file.read() is None
    asked = Asked(datetime(2026, 1, 2, 3, tzinfo=UTC), "https://example.org/x.json", update)
    file.write(asked)
    assert file.read() == asked


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"asked_at": "now", "asked": "x"}',
        '{"asked_at": "2026-01-01T00:00:00", "asked": "x"}',
        '{"asked_at": 5, "asked": "x"}',
        '{"asked_at": "2026-01-01T00:00:00Z", "asked": 5}',
    ],
)
def test_a_broken_file_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "update.json").write_text(text)
    assert UpdateFile(tmp_path).read() is None


def test_a_page_that_was_forged_in_the_file_is_not_opened(tmp_path: Path) -> None:
    text = '{"asked_at": "2026-01-01T00:00:00Z", "asked": "x", "version": "2", "page": "file:///etc/passwd"}'
    (tmp_path / "update.json").write_text(text)
    kept = UpdateFile(tmp_path).read()
    assert kept is not None
    assert kept.update is None
