"""Requests as commands: to be pasted without fear, and taken by curl as they were sent."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.activity import ShownRequest, curl_command

URL = "http://127.0.0.1:8000"


def request(**values: Any) -> ShownRequest:
    made: dict[str, Any] = {
        "number": 1,
        "at": datetime(2026, 11, 22, tzinfo=UTC),
        "method": "GET",
        "path": "/sessions",
        "query": (),
        "status": 200,
        "code": "",
        "reason": "",
        "key_name": "n8n",
        "remote_address": "127.0.0.1",
        "request_id": "r1",
        "duration_ms": 1.5,
    }
    return ShownRequest(**{**made, **values})


def words(command: str) -> list[str]:
    """What a POSIX shell makes of *command*."""
    return shlex.split(command.replace("\\\n", ""))


def windows_arguments(command: str) -> list[str]:
    """What a program on Windows makes of *command*.

    Source: “Parsing C command-line arguments” of Microsoft's C runtime: backslashes count only before a quotation mark.
    """
    arguments, current, is_quoted, position = [], "", False, 0
    text = command.replace("^\n", "") + " "
    while position < len(text):
        backslashes = len(text[position:]) - len(text[position:].lstrip("\\"))
        position += backslashes
        character = text[position]
        if character == '"':
            current += "\\" * (backslashes // 2)
            if backslashes % 2:
                current += '"'
            else:
                is_quoted = not is_quoted
        else:
            current += "\\" * backslashes
            if character == " " and not is_quoted:
                arguments.append(current)
                current = ""
            else:
                current += character
        position += 1
    return [argument for argument in arguments if argument]


def test_a_call_is_one_command_with_a_placeholder_for_the_key() -> None:
    body = '{"agent_id": "agent_1"}'
    made = curl_command(request(method="POST", path="/webhook/initiate-call", body=body), URL, "linux")
    assert made == (
        'curl "http://127.0.0.1:8000/webhook/initiate-call" \\\n  -H "X-API-Key: $CONNECTOR_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n  --data-raw \'{"agent_id": "agent_1"}\''
    )


def test_query_and_method_come_along() -> None:
    made = curl_command(request(method="DELETE", query=(("limit", "5"), ("cursor", "a b&c"))), URL, "linux")
    assert words(made)[:4] == ["curl", "-X", "DELETE", f"{URL}/sessions?limit=5&cursor=a+b%26c"]
    assert words(curl_command(request(method="HEAD"), URL, "linux"))[:2] == ["curl", "--head"]
    assert words(curl_command(request(method="POST"), URL, "linux"))[:3] == ["curl", "-X", "POST"]


def test_health_needs_no_key() -> None:
    assert curl_command(request(path="/health"), URL) == 'curl "http://127.0.0.1:8000/health"'


def test_on_windows_the_variable_is_written_as_there() -> None:
    assert '"X-API-Key: %CONNECTOR_KEY%"' in curl_command(request(), URL, "win32")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)
)


@given(JSON)
def test_any_body_is_one_argument_and_means_what_it_meant(value: object) -> None:
    body = json.dumps(value, ensure_ascii=False)
    for platform, take_apart in (("linux", words), ("win32", windows_arguments)):
        made = curl_command(request(method="POST", body=body), URL, platform)
        *_, name, sent = take_apart(made)
        assert (name, json.loads(sent)) == ("--data-raw", value)
        assert made.isascii()


@given(JSON)
def test_windows_finds_nothing_to_act_upon_in_a_body(value: object) -> None:
    made = curl_command(request(method="POST", body=json.dumps(value)), URL, "win32")
    sent = made.partition("--data-raw")[2]
    assert not set(sent) & set("&|<>^%!\n")


@pytest.mark.parametrize("path", ["/a'$(id)'b", '/"; id; "', "/`id`", "/a\x1b[201~b", "/%41 b", "/ü!!"])
def test_a_path_cannot_leave_its_quotes(path: str) -> None:
    made = curl_command(request(path=path), URL, "linux")
    assert made.isascii()
    assert made.isprintable() or "\n" in made
    assert len(words(made)) == 4
    assert not set(made.splitlines()[0]) & set("$`!\\") - {"\\"}


def test_what_is_no_json_is_sent_as_it_is_but_for_control_characters() -> None:
    made = curl_command(request(method="POST", body='{"agent_id": "a",}\x1b[201~\nid'), URL, "linux")
    assert words(made)[-1] == '{"agent_id": "a",} [201~ id'
