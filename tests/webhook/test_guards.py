from __future__ import annotations

import random
import statistics
import time

import pytest
from pydantic import SecretStr

from connector_gui.core.errors import RefusedError
from connector_gui.webhook.guards import HostRules, check_content_type, check_host, check_key, check_origin

RULES = HostRules.of("127.0.0.1", 8000, ["desk.example", "Host.Docker.Internal.", "fd00::7", "proxy.example:9999"])

OURS = [
    *("localhost", "LOCALHOST", "localhost.", "LocalHost.:8000", "localhost:8000"),
    *("127.0.0.1", "127.0.0.1:8000", "127.0.0.1.:8000", "[::1]", "[::1]:8000"),
    *("desk.example", "desk.example:1", "DESK.EXAMPLE.:65535", "host.docker.internal:8000"),
    *("[fd00::7]", "[FD00::7]:443", "proxy.example", "proxy.example:1"),
]
OTHERS = [
    *("evil.example", "evil.example:8000", "localhost.evil", "evil.localhost", "localhost.evil.example:8000"),
    *("127.1", "127.0.1", "0x7f000001", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.000.000.001", "127.0.0.2"),
    *(
        "0.0.0.0",
        "0.0.0.0:8000",
        "[::]",
        "::1",
        "::1:8000",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::1].",
        "[::1",
    ),
    *("localhost:8001", "localhost:80", "localhost:08000", "localhost:", "localhost:8000x", "localhost:8000:8000"),
    *("localhost..", ".localhost", "localhost ", " localhost", "local host", "localhost\t", "localhost\x00"),
    *(
        "",
        ":8000",
        "user@localhost",
        "localhost@evil.example",
        "localhost/",
        "localhost#",
        "localhost?x",
        "localhost,x",
    ),
    *("l\u043ecalhost", "localhost\u3002", "\uff11\uff12\uff17.0.0.1", "notdesk.example", "a.desk.example"),
]


@pytest.mark.parametrize("host", OURS)
def test_our_names_pass(host: str) -> None:
    assert RULES.accept(host, "127.0.0.1")


@pytest.mark.parametrize("host", OTHERS)
def test_other_names_and_odd_spellings_of_ours_do_not(host: str) -> None:
    assert not RULES.accept(host, "127.0.0.1")


def test_the_bound_address_is_ours_with_our_port() -> None:
    rules = HostRules.of("192.168.7.7", 8000, [])
    assert rules.accept("192.168.7.7:8000", "192.168.7.7")
    assert not rules.accept("192.168.7.7:8001", "192.168.7.7")
    assert not rules.accept("192.168.7.8:8000", "192.168.7.7")
    assert HostRules.of("fd00::7", 8000, []).accept("[fd00::7]:8000", "fd00::7")


def test_bound_to_every_address_the_one_that_was_called_is_ours() -> None:
    rules = HostRules.of("0.0.0.0", 8000, [])
    assert rules.accept("192.168.7.7:8000", "192.168.7.7")
    assert not rules.accept("192.168.7.8:8000", "192.168.7.7")


def test_a_request_names_us_once_and_its_target_names_nobody_else() -> None:
    check_host(RULES, ["localhost"], "/health", "127.0.0.1")
    check_host(RULES, ["localhost"], "http://127.0.0.1:8000/health", "127.0.0.1")
    for hosts, target in (
        ([], "/health"),
        (["localhost", "localhost"], "/health"),
        (["localhost", "evil.example"], "/health"),
        (["localhost"], "http://evil.example/health"),
        (["evil.example"], "http://localhost/health"),
        (["localhost"], "ftp://localhost/health"),
        (["localhost"], "http://user@localhost/health"),
        (["localhost"], "http://[::1/health"),
        (["localhost"], "localhost:8000"),
        (["localhost"], "*"),
    ):
        with pytest.raises(RefusedError) as caught:
            check_host(RULES, hosts, target, "127.0.0.1")
        assert (caught.value.status, caught.value.code) == (421, "host_not_allowed")


OWN = "http://localhost:8000"
PAGES = ["https://app.example", "http://localhost:3000/"]


@pytest.mark.parametrize(
    ("origins", "sites", "passes"),
    [
        ([], [], True),
        ([], ["none"], True),
        ([], ["same-origin"], True),
        ([], ["same-site"], False),
        ([], ["cross-site"], False),
        ([], ["unheard-of"], False),
        ([], ["none", "cross-site"], False),
        ([OWN], ["same-origin"], True),
        ([OWN], [], True),
        (["HTTP://LOCALHOST:8000"], [], True),
        ([OWN, OWN], [], False),
        (["null"], [], False),
        ([""], [], False),
        (["https://localhost:8000"], [], False),
        (["http://localhost"], [], False),
        (["http://127.0.0.1:8000"], ["cross-site"], False),
        (["http://evil.example"], ["cross-site"], False),
        (["http://evil.example"], ["none"], False),
        (["https://app.example"], ["cross-site"], True),
        (["http://localhost:3000"], ["same-site"], True),
        (["https://app.example.evil"], [], False),
        (["https://app.example/"], [], False),
    ],
)
def test_only_our_own_page_and_listed_ones_get_past(origins: list[str], sites: list[str], passes: bool) -> None:
    def check() -> None:
        check_origin(origins, sites, own_origin=OWN, allowed=PAGES)

    if passes:
        check()
    else:
        with pytest.raises(RefusedError) as caught:
            check()
        assert (caught.value.status, caught.value.code) == (403, "origin_not_allowed")


KEYS = {"default": SecretStr("abc"), "n8n": SecretStr("k-1")}


def test_a_key_is_known_by_its_name() -> None:
    assert check_key(KEYS, ["abc"]) == "default"
    assert check_key(KEYS, ["k-1"]) == "n8n"


@pytest.mark.parametrize(
    "sent", [[], [""], ["k-2"], ["k-1 "], ["K-1"], ["n8n"], ["n8n=k-1"], ["k-1", "k-1"], ["\udcff"]]
)
def test_anything_else_is_no_key_and_is_not_quoted(sent: list[str]) -> None:
    with pytest.raises(RefusedError) as caught:
        check_key(KEYS, sent)
    assert (caught.value.status, caught.value.code) == (401, "unauthorized")
    assert not any(value and value in str(caught.value) for value in sent if len(value) > 2)


def test_without_keys_nobody_gets_in() -> None:
    with pytest.raises(RefusedError):
        check_key({}, [""])


def test_the_time_a_guess_takes_does_not_tell_how_much_of_it_is_right() -> None:
    key = "a" * 64
    keys = {"n8n": SecretStr(key)}
    guesses = {"first": "b" + "a" * 63, "last": "a" * 63 + "b"}
    taken: dict[str, list[int]] = {name: [] for name in guesses}
    for _ in range(4_000):
        name = random.choice(list(guesses))
        started = time.perf_counter_ns()
        with pytest.raises(RefusedError):
            check_key(keys, [guesses[name]])
        taken[name].append(time.perf_counter_ns() - started)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    assert medians["first"] == pytest.approx(medians["last"], rel=0.2)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=utf8; x=1",
    ],
)
def test_plain_json_is_taken(content_type: str) -> None:
    check_content_type([content_type], [])
    check_content_type([content_type], ["identity"])


@pytest.mark.parametrize(
    ("types", "encodings", "sentence"),
    [
        ([], [], "Content-Type: application/json"),
        ([""], [], "Content-Type: application/json"),
        (["text/plain"], [], "Content-Type: application/json"),
        (["application/x-www-form-urlencoded"], [], "Content-Type: application/json"),
        (["text/plain; application/json"], [], "Content-Type: application/json"),
        (["application/jsonp"], [], "Content-Type: application/json"),
        (["application/vnd.api+json"], [], "Content-Type: application/json"),
        (["application/json; charset=utf-16"], [], "Content-Type: application/json"),
        (["application/json", "application/json"], [], "Content-Type: application/json"),
        (["application/json"], ["gzip"], "without Content-Encoding"),
        (["application/json"], ["identity", "br"], "without Content-Encoding"),
    ],
)
def test_what_a_form_could_send_or_needs_unpacking_is_not(
    types: list[str], encodings: list[str], sentence: str
) -> None:
    with pytest.raises(RefusedError, match=sentence) as caught:
        check_content_type(types, encodings)
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media_type")
