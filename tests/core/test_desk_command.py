"""The protocol between two starts of the program: what is understood, and that nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.desk_command import (
    CommandError,
    DeskAnswer,
    DeskCommand,
    answer_line,
    parse_answer,
    parse_request,
    request_line,
)


@pytest.mark.parametrize(
    "command",
    [
        DeskCommand("status"),
        DeskCommand("call", {"agent_id": "a", "metadata": {"name": "Mära\n"}, "priority": 3, "ring_timeout_s": 5}),
        DeskCommand("accept", {"session_id": "crm-1"}),
        DeskCommand("accept", {"line": "Café"}),
        DeskCommand("move", {"session_id": "crm-1", "line": "desk"}),
        DeskCommand("dnd", {"is_on": True, "minutes": 45}),
        DeskCommand("open", {"window": "history"}),
    ],
)
def test_what_is_sent_is_what_is_understood(command: DeskCommand) -> None:
    line = request_line(command)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_request(line) == command


def test_an_answer_survives_the_way_back() -> None:
    answer = DeskAnswer(False, "wrong_state", "No call rings.", {"calls": [1]})
    assert parse_answer(answer_line(answer)) == answer


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"show\n",
        b"[]\n",
        b'{"v": 2, "command": "status"}',
        b'{"command": "status"}',
        b'{"v": 1}',
        b'{"v": 1, "command": ["status"]}',
        b'{"v": 1, "command": "exec"}',
        b'{"v": 1, "command": "status", "session_id": "x"}',
        b'{"v": 1, "command": "call", "agent_id": 7}',
        b'{"v": 1, "command": "call", "priority": true}',
        b'{"v": 1, "command": "call", "ring_timeout_s": true}',
        b'{"v": 1, "command": "dnd", "is_on": 1}',
        b'{"v": 1, "command": "dnd", "minutes": 1.5}',
        b'{"v": 1, "v": 1, "command": "status"}',
        b'{"v": 1, "command": "accept", "session_id": null}',
        b'{"v": 1, "command": "move", "line": 1}',
        b'{"v": 1, "command": "decline", "line": "desk"}',
        b"\xff\xfe",
    ],
)
def test_anything_else_is_no_command(line: bytes) -> None:
    with pytest.raises(CommandError):
        parse_request(line)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(line: bytes) -> None:
    for parse in (parse_request, parse_answer):
        with pytest.raises(CommandError):
            parse(line)


@given(
    st.dictionaries(
        st.sampled_from(["v", "success", "code", "message", "data", "x"]), st.none() | st.booleans() | st.text()
    )
)
def test_no_object_is_mistaken_for_an_answer(body: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        parse_answer(json.dumps(body).encode())
