"""The REST bodies: what the service sends, in its various shapes."""

from __future__ import annotations

import json

import pytest

from connector_gui.core.agent_api import (
    Agent,
    AgentPage,
    ApiError,
    ConversationDetails,
    OverrideSettings,
    SignedUrlReply,
    parse_reply,
    read_error,
)
from connector_gui.core.errors import ProtocolError

CANARY = "sekrit-canary"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"detail": {"type": "validation_error", "code": "invalid_parameters", "message": "Bad.", "status": "old"}},
            ApiError("invalid_parameters", "Bad."),
        ),
        ({"detail": {"status": "invalid_api_key", "message": "No."}}, ApiError("invalid_api_key", "No.")),
        (
            {
                "detail": [
                    {"loc": ["query", "agent_id"], "msg": "Field required", "type": "missing"},
                    {"msg": "Too."},
                    7,
                ]
            },
            ApiError("", "Field required; Too."),
        ),
        ({"detail": "Not Found"}, ApiError("", "Not Found")),
        ({"detail": {"code": 7, "message": None}}, ApiError()),
        ({"error": "other"}, ApiError()),
        (["odd"], ApiError()),
    ],
    ids=["new", "legacy", "faults", "plain", "odd members", "no detail", "list"],
)
def test_an_error_is_read_in_every_shape(body: object, expected: ApiError) -> None:
    assert read_error(json.dumps(body)) == expected


@pytest.mark.parametrize("body", [b"<html>502 Bad Gateway</html>", b"", b"\xff"])
def test_an_error_that_is_not_json_says_nothing(body: bytes) -> None:
    assert read_error(body) == ApiError()


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"signed_url": null}', b'{"signed_url": ""}', b"[]", b"<html>", f'{{"signed_url": "{CANARY}'.encode()],
)
def test_an_answer_without_a_signed_url_is_a_protocol_error_that_quotes_nothing(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="answer cannot be read") as caught:
        parse_reply(SignedUrlReply, body)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_signed_url_stands_in_no_repr() -> None:
    assert CANARY not in repr(SignedUrlReply(signed_url=f"wss://host/?conversation_signature={CANARY}"))


def test_a_page_of_an_older_service_is_read() -> None:
    page = parse_reply(
        AgentPage, '{"agents": [{"agent_id": "a1", "name": "Billing", "tags": null}], "has_more": false}'
    )
    assert [agent.name for agent in page.agents] == ["Billing"]
    assert page.next_cursor is None


def test_an_agent_has_the_services_defaults_where_nothing_is_said() -> None:
    agent = parse_reply(Agent, '{"agent_id": "a1", "conversation_config": {"agent": {"first_message": "Hi {{name}}"}}}')
    assert agent.conversation_config.agent.first_message == "Hi {{name}}"
    assert agent.conversation_config.tts.agent_output_audio_format == "pcm_16000"
    assert agent.conversation_config.conversation.max_duration_seconds == 600


def test_overrides_are_off_unless_their_leaf_is_allowed() -> None:
    settings = OverrideSettings(conversation_config_override={"agent": {"language": True, "prompt": {"prompt": False}}})
    assert settings.allows("agent.language")
    assert not settings.allows("agent.prompt.prompt")
    assert not settings.allows("agent")
    assert not settings.allows("tts.voice_id")
    assert not settings.allows("agent.language.deeper")


def test_a_conversation_in_progress_has_no_analysis_yet() -> None:
    details = parse_reply(
        ConversationDetails,
        '{"conversation_id": "c", "agent_id": "a", "status": "in-progress", "analysis": null, "metadata": {}}',
    )
    assert details.analysis is None
    assert details.metadata.error is None
