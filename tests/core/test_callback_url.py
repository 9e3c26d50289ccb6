from __future__ import annotations

import pytest

from connector_gui.core.callback_url import CallbackRules, literal_address, split_callback_url

N8N = "http://127.0.0.1:5678/webhook-waiting/77?signature=0f"


@pytest.mark.parametrize("url", [N8N, "https://n8n.example/webhook/1", "http://[::1]:5678/x", "HTTP://n8n/x"])
def test_an_address_that_can_be_posted_to_is_taken(url: str) -> None:
    assert split_callback_url(url).hostname


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/webhook",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://user:pass@127.0.0.1/",
        "http://evil@127.0.0.1/",
        "http://127.0.0.1:70000/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:port/",
        "http://[::1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1\\@evil.example/",
        "http://127.0.0.1/\r\nX: 1",
        "http://ex\u00e4mple/",
        "http://127.0.0.1/" + "x" * 2048,
    ],
)
def test_what_cannot_be_posted_to_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|is |has "):
        split_callback_url(url)


@pytest.mark.parametrize(
    ("addresses", "is_allowed"),
    [
        (["127.0.0.1"], True),
        (["127.8.9.1"], True),
        (["::1"], True),
        (["10.1.2.3"], True),
        (["172.16.0.1"], True),
        (["172.32.0.1"], False),
        (["192.168.7.7"], True),
        (["fd00::7"], True),
        (["::ffff:192.168.7.7"], True),
        (["8.8.8.8"], False),
        (["2001:4860:4860::8888"], False),
        (["169.254.169.254"], False),
        (["::ffff:169.254.169.254"], False),
        (["fe80::1%eth0"], False),
        (["224.0.0.1"], False),
        (["ff02::1"], False),
        (["0.0.0.0"], False),
        (["::"], False),
        (["255.255.255.255"], False),
        (["64:ff9b::7f00:1"], False),
        (["127.0.0.1", "8.8.8.8"], False),
        ([], False),
    ],
)
def test_by_default_only_this_computer_and_private_networks_are_called_back(
    addresses: list[str], is_allowed: bool
) -> None:
    assert CallbackRules.of([]).allows("n8n.example", addresses) is is_allowed


@pytest.mark.parametrize(
    ("host", "address", "is_allowed"),
    [
        ("n8n.example", "203.0.113.7", True),
        ("N8N.Example.", "203.0.113.7", True),
        ("evil.n8n.example", "203.0.113.7", False),
        ("n8n.example", "169.254.169.254", False),
        ("other", "198.51.100.9", True),
        ("other", "198.51.101.9", False),
        ("other", "2001:db8::1", True),
        ("localhost", "127.0.0.1", False),
    ],
)
def test_named_hosts_and_networks_take_the_place_of_the_default(host: str, address: str, is_allowed: bool) -> None:
    rules = CallbackRules.of(["n8n.example", "198.51.100.0/24", "[2001:db8::1]"])
    assert rules.allows(host, [address]) is is_allowed


def test_link_local_is_never_allowed_even_when_it_is_named() -> None:
    assert not CallbackRules.of(["169.254.0.0/16", "metadata"]).allows("metadata", ["169.254.169.254"])


def test_only_plain_addresses_are_literals() -> None:
    assert literal_address("127.0.0.1") == "127.0.0.1"
    assert literal_address("fe80::1%eth0") == "fe80::1"
    for odd in ("127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost"):
        assert literal_address(odd) is None
