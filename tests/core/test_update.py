"""What a server may say about new versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.settings import Settings
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


def test_the_address_to_ask_is_one_that_may_be_asked() -> None:
    assert Settings(update_url=" https://example.org/a.json ").update_url == "https://example.org/a.json"
    with pytest.raises(ValueError, match="https://"):
        Settings(update_url="http://example.org")


def test_nobody_is_asked_unless_it_was_set() -> None:
    assert Settings().update_url == ""
