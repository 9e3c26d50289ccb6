"""Which addresses may be asked, and which only mean this computer."""

from __future__ import annotations

import pytest

from connector_gui.core.addresses import is_loopback, is_web_address


@pytest.mark.parametrize(
    "url", ["https://example.org/a.json?x=1", "http://127.0.0.1:8/x", "http://[::1]/", "http://localhost/"]
)
def test_addresses_that_may_be_asked(url: str) -> None:
    assert is_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "http://example.org",
        "ftp://example.org",
        "https://",
        "https://a b",
        "https://a\\@b",
        "https://[a",
        "https://a:x",
        "https://ä",
        "https://me:pw@example.org",
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    assert not is_web_address(url)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"])
def test_names_and_addresses_of_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.0.2", "localhost.example.org", "127.0.0.1.example.org"])
def test_those_that_may_be_another(host: str) -> None:
    assert not is_loopback(host)
