"""The recording of a call over HTTP: whole, in parts, and when there is none."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from connector_gui.core.record import Recording
from connector_gui.webhook.recordings import Span, wanted_span
from connector_gui.webhook.replies import RangeNotSatisfiableError
from tests.fakes.raw_http import connect, request
from tests.fakes.webhook import KEY, KEY_LINE, Served, assert_common, assert_error, serving

SOUND = bytes(range(256)) * 1_000
TARGET = "/sessions/crm:42/recording"


@asynccontextmanager
async def recorded(folder: Path, content: bytes = SOUND) -> AsyncIterator[Served]:
    """A desk with a call that is over and was recorded."""
    file = folder / "2026-11-22.flac"
    file.write_bytes(content)
    async with serving() as served:
        await served.place(session_id="crm:42")
        served.desk.change("crm:42", recording=Recording(state="done", duration_s=1.0))
        served.desk.recordings["crm:42"] = file
        yield served


async def test_it_comes_whole_with_a_name_of_ours(tmp_path: Path) -> None:
    async with recorded(tmp_path) as served:
        answer = await served.get(TARGET)
        assert_common(answer)
        assert (answer.status, answer.body) == (200, SOUND)
        assert answer.headers["content-type"] == "audio/flac"
        assert answer.headers["accept-ranges"] == "bytes"
        name = re.fullmatch(r'attachment; filename="(.+)"', answer.headers["content-disposition"])
        assert name is not None
        assert re.fullmatch(r"call 20\d\d-\d\d-\d\d \d\d\.\d\d crm_42\.flac", name[1])
        head = await served.ask("HEAD", TARGET, KEY_LINE)
        assert (head.status, head.headers["content-length"], head.body) == (200, str(len(SOUND)), b"")
        assert head.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(SOUND)),
        ("bytes=-1", len(SOUND) - 1, len(SOUND)),
        ("bytes=-999999999", 0, len(SOUND)),
        ("bytes=255999-", 255_999, 256_000),
        ("bytes=1000-99999999", 1_000, len(SOUND)),
        ("bytes = 5 - 9", 5, 10),
    ],
)
async def test_a_part_of_it_comes_alone(tmp_path: Path, asked: str, start: int, end: int) -> None:
    async with recorded(tmp_path) as served:
        answer = await served.ask("GET", TARGET, KEY_LINE, f"Range: {asked}")
        assert (answer.status, answer.body) == (206, SOUND[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(SOUND)}"
        assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-9999999", "bytes=-0"])
async def test_a_part_outside_of_it_is_refused_with_its_size(tmp_path: Path, asked: str) -> None:
    async with recorded(tmp_path) as served:
        answer = await served.ask("GET", TARGET, KEY_LINE, f"Range: {asked}")
        assert_error(answer, 416, "invalid_request", "256000 bytes")
        assert answer.headers["content-range"] == "bytes */256000"


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=x-", "", "bytes=1--2"])
async def test_what_is_no_part_or_several_is_all_of_it(tmp_path: Path, asked: str) -> None:
    async with recorded(tmp_path) as served:
        answer = await served.ask("GET", TARGET, KEY_LINE, f"Range: {asked}")
        assert (answer.status, len(answer.body)) == (200, len(SOUND))


def test_an_empty_file_has_no_parts() -> None:
    with pytest.raises(RangeNotSatisfiableError):
        wanted_span("bytes=0-", 0)
    assert wanted_span(None, 0) is None
    assert wanted_span("bytes=0-0", 1) == Span(0, 1)


async def test_a_download_that_goes_on_gets_the_rest_of_the_same_file_or_all_of_another(tmp_path: Path) -> None:
    async with recorded(tmp_path) as served:
        first = await served.get(TARGET)
        etag, modified = first.headers["etag"], first.headers["last-modified"]
        for condition in (etag, modified):
            more = await served.ask("GET", TARGET, KEY_LINE, "Range: bytes=10-", f"If-Range: {condition}")
            assert (more.status, more.body) == (206, SOUND[10:])
        file = served.desk.recordings["crm:42"]
        file.write_bytes(b"another")
        os.utime(file, (time.time() + 100, time.time() + 100))
        for condition in (etag, modified, 'W/"x"', "yesterday"):
            anew = await served.ask("GET", TARGET, KEY_LINE, "Range: bytes=3-", f"If-Range: {condition}")
            assert (anew.status, anew.body) == (200, b"another")


@pytest.mark.parametrize(
    ("state", "status", "code", "sentence"),
    [
        ("off", 404, "not_found", "RECORD_CALLS"),
        ("running", 409, "wrong_state", "when the call is over"),
        ("failed", 404, "not_found", "no recording"),
        ("deleted", 404, "not_found", "was deleted"),
    ],
)
async def test_where_there_is_none_it_says_why(state: str, status: int, code: str, sentence: str) -> None:
    async with serving() as served:
        await served.place(session_id="crm:42")
        served.desk.change("crm:42", recording=Recording.model_validate({"state": state}))
        assert_error(await served.get(TARGET), status, code, sentence)
        assert_error(await served.get("/sessions/unknown/recording"), 404, "not_found", "no call")


async def test_a_file_that_was_deleted_meanwhile_is_said_to_be(tmp_path: Path) -> None:
    async with recorded(tmp_path) as served:
        served.desk.recordings["crm:42"].unlink()
        assert_error(await served.get(TARGET), 404, "not_found", "has been deleted")


async def test_a_file_that_ends_too_early_breaks_the_connection_off(tmp_path: Path) -> None:
    """A part must not pass for the whole."""
    async with recorded(tmp_path, b"x" * 40_000_000) as served:
        async with connect(served.port) as connection:
            await connection.send(request("GET", TARGET, KEY_LINE))
            await connection.until(b"\r\n\r\n")
            os.truncate(served.desk.recordings["crm:42"], 1_000_000)
            assert len(await connection.rest()) < 40_000_000
        assert (await served.ask("GET", "/health")).status == 200


async def test_a_long_one_does_not_pass_through_memory_at_once(tmp_path: Path) -> None:
    async with recorded(tmp_path, os.urandom(1_000_000) * 64) as served:
        url = f"http://127.0.0.1:{served.port}{TARGET}"
        async with aiohttp.ClientSession() as session, session.get(url, headers={"X-API-Key": KEY}) as answer:
            size, before = 0, psutil.Process().memory_info().rss
            async for piece in answer.content.iter_chunked(65_536):
                size += len(piece)
            assert size == 64_000_000
            assert psutil.Process().memory_info().rss - before < 30_000_000
