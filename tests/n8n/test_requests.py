"""How a real n8n's HTTP Request node and the webhook get on: repeats, refusals in words, many rows at once."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from connector_gui.core.n8n_workflow import N8nTemplate
from tests.n8n.builder import Builder, node
from tests.n8n.relay import relaying

pytestmark = [pytest.mark.n8n, pytest.mark.desktop, pytest.mark.sound]

START = {
    "name": "Start",
    "type": "n8n-nodes-base.manualTrigger",
    "typeVersion": 1,
    "position": [0, 0],
    "parameters": {},
}


def request_node(builder: Builder, body: str, **node_settings: Any) -> dict[str, Any]:
    """The HTTP node of the shipped workflow with another body, without its retries."""
    made = node(builder.workflow(N8nTemplate.WAIT), "Ring the desk")
    made["parameters"]["jsonBody"] = body
    return {**made, "retryOnFail": False, **node_settings}


def workflow(*nodes: dict[str, Any]) -> dict[str, Any]:
    """*nodes* in a row behind a manual trigger."""
    row = [START, *nodes]
    links = {
        one["name"]: {"main": [[{"node": following["name"], "type": "main", "index": 0}]]}
        for one, following in pairwise(row)
    }
    placed = [{**one, "id": one["name"], "position": [200 * place, 0]} for place, one in enumerate(row)]
    return {"name": "Requests", "nodes": placed, "connections": links, "settings": {"executionOrder": "v1"}}


def rows(count: int) -> list[dict[str, Any]]:
    """Nodes that make *count* items."""
    listed = {"mode": "raw", "jsonOutput": json.dumps({"rows": [{"row": row} for row in range(count)]}), "options": {}}
    return [
        {"name": "Rows", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "parameters": listed},
        {"name": "Each", "type": "n8n-nodes-base.splitOut", "typeVersion": 1,
         "parameters": {"fieldToSplitOut": "rows", "options": {}}},
    ]  # fmt: skip


# --- repeats --------------------------------------------------------------------------------------


def test_retry_on_fail_does_not_ring_twice(builder: Builder) -> None:
    with relaying(builder.program, lost=2) as relay:
        made = builder.workflow(N8nTemplate.WAIT, relay.url)
        node(made, "Ring the desk")["waitBetweenTries"] = 200
        execution = builder.run(made)
        session_id = builder.next_call()
        builder.program.until(lambda: len(relay.bodies) == 3, "the third try", 20)
        builder.do("decline", session_id)
        assert builder.result(execution).status == "success"
    assert len(set(relay.bodies)) == 1
    assert [call["session_id"] for call in builder.calls()] == [session_id]


def test_a_retry_without_an_id_finds_the_call_whose_answer_n8n_did_not_wait_for(builder: Builder) -> None:
    ring = request_node(
        builder,
        '={{ JSON.stringify({ agent_id: "agent_123" }) }}',
        retryOnFail=True,
        maxTries=2,
        waitBetweenTries=200,
    )
    ring["parameters"]["url"] += "?wait=ended&timeout_s=60"
    ring["parameters"]["options"]["timeout"] = 2000
    execution = builder.run(workflow(ring))
    session_id = builder.next_call()
    result = builder.result(execution)  # given up twice
    assert result.status == "error"
    assert [call["session_id"] for call in builder.calls()] == [session_id]
    builder.do("decline", session_id)


# --- many at once ---------------------------------------------------------------------------------


def test_fifty_rows_are_fifty_calls(builder: Builder) -> None:
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: 'agent_123', session_id: 'row-' + $itemIndex }) }}")
    result = builder.result(builder.run(workflow(*rows(50), ring)))
    assert result.status == "success", result.error
    assert {item["session_id"] for item in result.items("Ring the desk")} == {f"row-{row}" for row in range(50)}
    assert {call["session_id"] for call in builder.calls()} == {f"row-{row}" for row in range(50)}


def test_fifty_equal_rows_without_an_id_are_fifty_calls(builder: Builder) -> None:
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: 'agent_123' }) }}")
    result = builder.result(builder.run(workflow(*rows(50), ring)))
    assert result.status == "success", result.error
    assert len({item["session_id"] for item in result.items("Ring the desk")}) == 50
    assert len(builder.calls()) == 50


# --- refusals in words ----------------------------------------------------------------------------


def described(builder: Builder, ring: dict[str, Any]) -> tuple[str, str]:
    """The status and the sentence that n8n shows its user."""
    result = builder.result(builder.run(workflow(ring)))
    assert result.status == "error"
    return str(result.error["httpCode"]), str(result.error["description"])


def sentence(builder: Builder, body: object, key: str | None = "k1") -> str:
    """What the desk itself says to the same request."""
    return str(builder.program.request("POST", "/webhook/initiate-call", body, key=key).body["error"])


def test_a_wrong_key_is_explained_in_our_words(builder: Builder) -> None:
    builder.n8n.add_header_key("Another key", "wrong")
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: 'agent_123' }) }}")
    ring["credentials"] = {"httpHeaderAuth": {"id": None, "name": "Another key"}}
    assert described(builder, ring) == ("401", sentence(builder, {"agent_id": "agent_123"}, key="wrong"))


def test_a_wrong_field_is_explained_in_our_words(builder: Builder) -> None:
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: '', colour: 'red' }) }}")
    status, words = described(builder, ring)
    assert (status, words) == ("422", sentence(builder, {"agent_id": "", "colour": "red"}))
    assert words.startswith("agent_id must be the id of an ElevenLabs agent")


@pytest.mark.parametrize("queue_size", [1])
def test_a_full_desk_is_explained_in_our_words(builder: Builder) -> None:
    assert builder.program.place("before").status == 202
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: 'agent_123' }) }}")
    assert described(builder, ring) == ("503", sentence(builder, {"agent_id": "agent_123"}))


@pytest.mark.parametrize("rate_limit", ["1/hour"])
def test_too_many_calls_are_explained_in_our_words(builder: Builder) -> None:
    assert builder.program.place("first").status == 202
    ring = request_node(builder, "={{ JSON.stringify({ agent_id: 'agent_123' }) }}")
    assert described(builder, ring) == ("429", sentence(builder, {"agent_id": "agent_123"}))
