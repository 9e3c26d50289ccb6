from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_request import CallRequest
from connector_gui.core.webhook import (
    InvalidRequestError,
    NoQuery,
    SessionsQuery,
    digest,
    parse_initiate_call,
    parse_query,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The machine may be busy.
FULL: dict[str, Any] = {
    "agent_id": "agent_123",
    "session_id": "crm-42",
    "metadata": {"customer_name": "Mara", "balance": 12.5},
    "user_id": "crm-1",
    "callback_url": "http://127.0.0.1:5678/webhook-waiting/77",
    "ring_timeout_s": 45,
    "priority": 2,
    "overrides": {"agent": {"language": "de"}},
}


def request_of(body: dict[str, Any]) -> CallRequest:
    parsed = parse_initiate_call(body)
    return parsed.to_request(parsed.session_id or "made", placed_by="n8n", default_ring_timeout_s=30)


def test_every_field_of_the_contract_arrives() -> None:
    assert request_of(FULL) == CallRequest(
        session_id="crm-42",
        agent_id="agent_123",
        ring_timeout_s=45,
        metadata={"customer_name": "Mara", "balance": 12.5},
        dynamic_variables={"customer_name": "Mara", "balance": 12.5},
        user_id="crm-1",
        overrides={"agent": {"language": "de"}},
        callback_url="http://127.0.0.1:5678/webhook-waiting/77",
        priority=2,
        placed_by="n8n",
    )


@pytest.mark.parametrize("name", [name for name in FULL if name != "agent_id"])
def test_all_but_the_agent_may_be_absent_or_null(name: str) -> None:
    absent = request_of({key: value for key, value in FULL.items() if key != name})
    assert request_of({**FULL, name: None}) == absent


def test_requests_of_the_earlier_service_are_understood() -> None:
    old = request_of({"agent_id": "agent_1", "metadata": {"dynamic_variables": {"name": "Mara"}, "lead": 7}})
    assert old.dynamic_variables == {"name": "Mara"}
    assert old.metadata == {"dynamic_variables": {"name": "Mara"}, "lead": 7}
    assert old.ring_timeout_s == 30
    assert old.overrides is None


def test_numbers_may_come_as_texts() -> None:
    request = request_of(
        {"agent_id": "a", "ring_timeout_s": "30", "priority": "5", "overrides": {"tts": {"speed": "1.1"}}}
    )
    assert (request.ring_timeout_s, request.priority, request.overrides) == (30.0, 5, {"tts": {"speed": 1.1}})


def test_blanks_around_an_agent_id_are_copying_mistakes() -> None:
    assert request_of({"agent_id": " agent_1\n"}).agent_id == "agent_1"


def test_secrets_go_to_the_agent_and_nowhere_else() -> None:
    request = request_of({"agent_id": "a", "metadata": {"secret__pin": "4711", "list": [{"secret__x": "4711"}]}})
    assert request.dynamic_variables["secret__pin"] == "4711"
    assert request.metadata == {"secret__pin": "***", "list": [{"secret__x": "***"}]}
    assert "4711" not in repr(request)
    assert "4711" not in repr(parse_initiate_call({"agent_id": "a", "metadata": {"secret__pin": "4711"}}))


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ([], "", "must be a JSON object"),
        ({}, "agent_id", "is missing"),
        ({"agent_id": None}, "agent_id", "must be the id"),
        ({"agent_id": ""}, "agent_id", "must be the id"),
        ({"agent_id": 5}, "agent_id", "must be the id"),
        ({"agent_id": "../user"}, "agent_id", "must be the id"),
        ({"agent_id": "a b"}, "agent_id", "must be the id"),
        ({"agent_id": "a" * 129}, "agent_id", "must be the id"),
        ({"session_id": ""}, "session_id", "1 to 128"),
        ({"session_id": "a/b"}, "session_id", "1 to 128"),
        ({"session_id": "crm-42\n"}, "session_id", "1 to 128"),
        ({"session_id": "a" * 129}, "session_id", "1 to 128"),
        ({"session_id": 42}, "session_id", "1 to 128"),
        ({"metadata": []}, "metadata", "must be an object"),
        ({"metadata": "{}"}, "metadata", "must be an object"),
        ({"metadata": {"system__x": 1}}, "metadata.system__x", "belong to ElevenLabs"),
        ({"metadata": {str(n): n for n in range(65)}}, "metadata", "65 names"),
        ({"user_id": ""}, "user_id", "1 to 256"),
        ({"user_id": 7}, "user_id", "1 to 256"),
        ({"callback_url": "ftp://x"}, "callback_url", "http:// or https://"),
        ({"callback_url": ""}, "callback_url", "http:// or https://"),
        ({"ring_timeout_s": 0}, "ring_timeout_s", "from 1 to 3600"),
        ({"ring_timeout_s": "soon"}, "ring_timeout_s", "from 1 to 3600"),
        ({"ring_timeout_s": "nan"}, "ring_timeout_s", "from 1 to 3600"),
        ({"ring_timeout_s": True}, "ring_timeout_s", "from 1 to 3600"),
        ({"priority": 1.5}, "priority", "a whole number"),
        ({"priority": 10**30}, "priority", "a whole number"),
        ({"overrides": "de"}, "overrides", "an object"),
        ({"overrides": {"agent": {"language": 7}}}, "overrides.agent.language", "is wrong"),
        ({"overrides": {"agent": {"langauge": "de"}}}, "overrides.agent.langauge", "is not known"),
        ({"overrides": {"tool": {}}}, "overrides.tool", "is not known"),
        ({"agent": "a"}, "agent", "is not known here"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do(body: Any, field: str, message: str) -> None:
    whole = {"agent_id": "agent_1", **body} if isinstance(body, dict) and body else body
    with pytest.raises(InvalidRequestError) as caught:
        request_of(whole)
    error = caught.value
    assert (error.status, error.code) == (422, "invalid_request")
    assert error.details[0].field == field
    assert message in error.details[0].message
    assert str(error).startswith(field or "The body")


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(InvalidRequestError, match="2 more fields are wrong: see details") as caught:
        parse_initiate_call({"agent_id": "a", "x": 1, "priority": "high", "user_id": 1})
    assert {problem.field for problem in caught.value.details} == {"x", "priority", "user_id"}


def test_an_unknown_member_is_shown_what_is_known() -> None:
    with pytest.raises(InvalidRequestError, match=r"agentId is not known here.*agent_id, session_id, metadata"):
        parse_initiate_call({"agent_id": "a", "agentId": "a"})


@UNHURRIED
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*FULL, "secret__x", "x"]) | st.text(), inner),
        max_leaves=15,
    )
)
def test_any_json_that_is_no_request_is_refused_in_words_without_its_values(value: Any) -> None:
    if isinstance(value, dict):
        value["user_id"] = ["canary-4711"]
    with pytest.raises(InvalidRequestError) as caught:
        request_of(value)
    assert all(problem.message for problem in caught.value.details)
    assert "canary-4711" not in str(caught.value)


def test_equal_bodies_have_one_digest_however_they_are_written() -> None:
    first = digest(json.loads('{"agent_id": "a", "metadata": {"x": 1.0, "y": [1, 2]}}'))
    assert digest(json.loads('{ "metadata":{"y":[1,2],"x":1},"agent_id":"\\u0061"}')) == first
    assert len(first) == 64


@pytest.mark.parametrize(
    "other", [{"agent_id": "b"}, {"metadata": {"x": "1"}}, {"metadata": {"x": [2, 1]}}, {"x": None}]
)
def test_other_bodies_have_other_digests(other: dict[str, Any]) -> None:
    body = {"agent_id": "a", "metadata": {"x": [1, 2]}}
    assert digest({**body, **other}) != digest(body)


def test_a_digest_gives_no_secret_away() -> None:
    """A short secret could be found by trying all of them against a stored digest."""
    one = {"agent_id": "a", "metadata": {"secret__pin": "0001"}}
    two = {"agent_id": "a", "metadata": {"secret__pin": "0002"}}
    assert digest(one) == digest(two)


def test_the_query_of_the_list_is_typed() -> None:
    assert parse_query(SessionsQuery, []) == SessionsQuery(limit=50)
    query = parse_query(SessionsQuery, [("limit", "2"), ("cursor", "c"), ("status", "ended"), ("outcome", "missed")])
    assert query == SessionsQuery(limit=2, cursor="c", status=CallState.ENDED, outcome=Outcome.MISSED)


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("limit", "0")], "limit"),
        ([("limit", "201")], "limit"),
        ([("limit", "ten")], "limit"),
        ([("status", "over")], "status"),
        ([("outcome", "ended")], "outcome"),
        ([("cursor", "")], "cursor"),
        ([("page", "2")], "page"),
        ([("limit", "1"), ("limit", "2")], "limit"),
    ],
)
def test_a_wrong_query_is_refused_by_name(pairs: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_query(SessionsQuery, pairs)
    assert caught.value.details[0].field == field


def test_a_route_without_a_query_takes_none() -> None:
    with pytest.raises(InvalidRequestError, match="wait is not known here"):
        parse_query(NoQuery, [("wait", "ended")])
