"""What a server may say about new versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.settings import Settings, is_web_address
from connector_gui.core.update import Update, UpdateError, parse_update


def test_version_and_page_are_taken_and_nothing_else() -> None:
    body = b'{"version": "1.2.0", "url": "https://example.org/new", "run": "rm"}'
    assert parse_update(body) == Update("1.2.0", "https://example.org/new")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"version": "1.2"}',
        b'{"version": 1.2, "url": "https://example.org"}',
        b'{"version": "newest", "url": "https://example.org"}',
        b'{"version": "1.2", "url": "http://example.org"}',
        b'{"version": "1.2", "url": "file:///etc/passwd"}',
        b'{"version": "1.2", "url": "javascript:alert(1)"}',
        b'{"version": "1.2", "url": "https://me:pw@example.org"}',
        b'{"version": "1.2", "version": "1.3", "url": "https://example.org"}',
        b'{"version": "1.2", "url": "https://example.org/' + b"x" * 2048 + b'"}',
        b"[" * 100_000,
    ],
)
def test_anything_else_is_no_news(body: bytes) -> None:
    with pytest.raises(UpdateError):
        parse_update(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    with pytest.raises(UpdateError):
        parse_update(body)


@pytest.mark.parametrize(
    "url", ["https://example.org/a.json?x=1", "http://127.0.0.1:8/x", "http://[::1]/", "http://localhost/"]
)
def test_addresses_that_may_be_asked(url: str) -> None:
    assert is_web_address(url)
    assert Settings(update_url=f" {url} ").update_url == url


@pytest.mark.parametrize(
    "url",
    [
        "example.org",
        "http://example.org",
        "ftp://example.org",
        "https://",
        "https://a b",
        "https://a\\@b",
        "https://[a",
        "https://a:x",
        "https://ä",
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Settings(update_url=url)


def test_nobody_is_asked_unless_it_was_set() -> None:
    assert Settings().update_url == ""
