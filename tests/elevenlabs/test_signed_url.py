"""Only an address on the service's own hosts is ever connected to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.errors import ProtocolError
from connector_gui.elevenlabs.signed_url import SignedUrl, check_signed_url

DEFAULT = "https://api.elevenlabs.io"
EU = "https://api.eu.residency.elevenlabs.io"
OWN = "https://gateway.example.co.uk:8443"
LOCAL = "http://127.0.0.1:9000"
LOCAL_TLS = "https://localhost:9443"
QUERY = "/v1/convai/conversation?agent_id=a&conversation_signature=sekrit-canary"


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        (DEFAULT, "wss://api.elevenlabs.io"),
        (DEFAULT, "wss://api.elevenlabs.io:443"),
        (DEFAULT, "WSS://API.ElevenLabs.IO"),
        (DEFAULT, "wss://api.elevenlabs.io."),
        (DEFAULT, "wss://api.us.elevenlabs.io"),
        (DEFAULT, "wss://elevenlabs.io"),
        ("https://API.ELEVENLABS.IO.", "wss://api.elevenlabs.io"),
        (EU, "wss://api.eu.residency.elevenlabs.io"),
        (EU, "wss://api.elevenlabs.io"),
        (OWN, "wss://gateway.example.co.uk:8443"),
        (OWN, "wss://gateway.example.co.uk"),
        (OWN, "wss://agents.gateway.example.co.uk:8443"),
        ("https://10.0.0.1", "wss://10.0.0.1"),
        ("https://[fd00::1]", "wss://[FD00::1]"),
        (LOCAL, "ws://127.0.0.1:9000"),
        (LOCAL, "ws://127.0.0.1:9001"),
        (LOCAL, "ws://localhost:9000"),
        (LOCAL, "ws://[::1]:9000"),
        (LOCAL, "wss://127.0.0.1:9000"),
        (LOCAL_TLS, "wss://localhost:9443"),
        (LOCAL_TLS, "wss://127.0.0.1:1234"),
    ],
)
def test_an_address_on_the_services_hosts_is_taken(base_url: str, address: str) -> None:
    check_signed_url(address + QUERY, base_url)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        # not encrypted, or something else altogether
        (DEFAULT, "ws://api.elevenlabs.io"),
        (DEFAULT, "https://api.elevenlabs.io"),
        (DEFAULT, "http://api.elevenlabs.io"),
        (DEFAULT, "file://api.elevenlabs.io"),
        (DEFAULT, "//api.elevenlabs.io"),
        (DEFAULT, ""),
        (DEFAULT, "api.elevenlabs.io"),
        # other hosts that look like it
        (DEFAULT, "wss://evil-elevenlabs.io"),
        (DEFAULT, "wss://evilelevenlabs.io"),
        (DEFAULT, "wss://api.elevenlabs.io.evil.example"),
        (DEFAULT, "wss://api.elevenlabs.com"),
        (DEFAULT, "wss://elevenlabs.io.co"),
        (DEFAULT, "wss://io"),
        (DEFAULT, "wss://127.0.0.1"),
        # user names
        (DEFAULT, "wss://api.elevenlabs.io@evil.example"),
        (DEFAULT, "wss://api.elevenlabs.io:443@evil.example"),
        (DEFAULT, "wss://user@api.elevenlabs.io"),
        (DEFAULT, "wss://evil.example\\@api.elevenlabs.io"),
        (DEFAULT, "wss://evil.example#@api.elevenlabs.io"),
        (DEFAULT, "wss://evil.example?@api.elevenlabs.io"),
        (DEFAULT, "wss://evil.example/@api.elevenlabs.io"),
        # ports
        (DEFAULT, "wss://api.elevenlabs.io:8443"),
        (DEFAULT, "wss://api.elevenlabs.io:0"),
        (DEFAULT, "wss://api.elevenlabs.io:99999"),
        (DEFAULT, "wss://api.elevenlabs.io:x"),
        (OWN, "wss://gateway.example.co.uk:9443"),
        # spellings that parsers read differently
        (DEFAULT, "wss://api.elevenlabs.io.."),
        (DEFAULT, "wss://.elevenlabs.io"),
        (DEFAULT, "wss://api..elevenlabs.io"),
        (DEFAULT, "wss://-.elevenlabs.io"),
        (DEFAULT, "wss://evil.example%2eelevenlabs.io"),
        (DEFAULT, "wss://evil.example%00.elevenlabs.io"),
        (DEFAULT, "wss://evil.example\t.elevenlabs.io"),
        (DEFAULT, " wss://api.elevenlabs.io"),
        (DEFAULT, "wss://api.elevenlabs.io\n"),
        (DEFAULT, "wss://api.elevenlabs。io"),
        (DEFAULT, "wss://аpi.elevenlabs.io"),
        (DEFAULT, "wss://evil。example/.elevenlabs.io"),
        (DEFAULT, "wss://xn--lvenlabs-53a.io"),
        (DEFAULT, "wss://[::1].elevenlabs.io"),
        (DEFAULT, "wss://" + "a" * 64 + ".elevenlabs.io"),
        # one's own gateway: its host and what is below it, not its neighbours
        (OWN, "wss://other.example.co.uk:8443"),
        (OWN, "wss://example.co.uk:8443"),
        (OWN, "wss://co.uk:8443"),
        (OWN, "wss://api.elevenlabs.io"),
        (OWN, "ws://gateway.example.co.uk:8443"),
        ("https://10.0.0.1", "wss://1.10.0.0.1"),
        ("https://10.0.0.1", "wss://10.0.0.2"),
        # from loopback to loopback only
        (LOCAL, "ws://10.0.0.1:9000"),
        (LOCAL, "ws://api.elevenlabs.io"),
        (LOCAL, "wss://api.elevenlabs.io"),
        (LOCAL, "ws://127.1:9000"),
        (LOCAL, "ws://localhost.evil.example:9000"),
        (LOCAL_TLS, "ws://localhost:9443"),
    ],
)
def test_any_other_address_is_refused_without_being_repeated(base_url: str, address: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        check_signed_url(address + QUERY, base_url)
    assert refused.value.code == "elevenlabs_error"
    assert "sekrit-canary" not in str(refused.value)


@given(st.text(max_size=80), st.text(alphabet="\\@/?#:.[]%abc", max_size=30))
def test_whatever_the_service_says_is_taken_or_refused_in_words(head: str, tail: str) -> None:
    for address in (head, f"wss://{head}{tail}.elevenlabs.io/", f"wss://api.elevenlabs.io{tail}{head}"):
        try:
            check_signed_url(address, DEFAULT)
        except ProtocolError:
            continue
        # Whoever takes the shortest way to the host must meet the same family.
        host = address.split("//")[1].split("/")[0].split("?")[0].lower().split(":")[0].rstrip(".")
        assert host == "elevenlabs.io" or host.endswith(".elevenlabs.io")


def test_a_signed_url_does_not_show_in_its_repr() -> None:
    signed = SignedUrl("wss://api.elevenlabs.io" + QUERY, 12.5)
    assert repr(signed) == str(signed) == "SignedUrl(fetched_at_s=12.5)"
