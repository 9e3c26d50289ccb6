"""The wire models against the machine-readable contract.

`data/agent-events.schema.json` is our own JSON Schema of the socket's messages, authored from the published AsyncAPI
contract (`@elevenlabs/types` 0.23.0), the official clients (JavaScript 1.25.0, Python 2.78.0) and observed traffic.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from connector_gui.core import client_messages, server_messages
from connector_gui.core.errors import ProtocolError
from connector_gui.core.messages import (
    AgentChatResponsePart,
    AgentOverride,
    AgentResponse,
    AgentResponseCorrection,
    Audio,
    AudioAlignment,
    ClientToolResult,
    ConfigOverride,
    ContextualUpdate,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Feedback,
    McpToolApprovalResult,
    PartKind,
    Ping,
    Pong,
    PromptOverride,
    SourceInfo,
    TtsOverride,
    UnknownMessage,
    UserActivity,
    UserAudioChunk,
    UserMessage,
    UserTranscript,
    WireMessage,
    decode_audio,
    encode_audio,
    parse_client_message,
    parse_server_message,
)
from connector_gui.core.pcm import AudioFormat, Codec

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data/agent-events.schema.json").read_text(encoding="utf-8")
)
CANARY = "sekrit-canary"


@cache
def validator(definition: str) -> Draft202012Validator:
    """Validates against one definition of the schema."""
    return Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{definition}"}]})


def examples(direction: str) -> list[ParameterSet]:
    """The schema's authored examples as parameters: name of the definition, frame."""
    return [
        pytest.param(name, frame, id=f"{name}-{number}")
        for name, definition in SCHEMA["$defs"].items()
        if definition.get("x-direction") == direction
        for number, frame in enumerate(definition["examples"])
    ]


# The contract's names where ours differ.
MODEL_OF = {
    "ClientConversationInitiation": "ConversationInitiation",
    "ClientClientToolResult": "ClientToolResult",
    "ServerClientToolCall": "ClientToolCall",
    "ServerClientError": "ClientError",
    "ServerError": "ErrorMessage",
    "ServerAsrInitiationMetadata": "AsrMetadata",
    "ServerInternalTurnProbability": "TurnProbability",
    "ServerInternalTentativeAgentResponse": "TentativeAgentResponse",
    "UnknownServerMessage": "UnknownMessage",
}


def model_of(definition: str) -> str:
    """Name of the model for a definition of the schema."""
    return MODEL_OF.get(definition, definition.removeprefix("Client").removeprefix("Server"))


@pytest.mark.parametrize(("definition", "frame"), examples("server-to-client"))
def test_every_server_example_parses_into_its_model(definition: str, frame: dict[str, Any]) -> None:
    message = parse_server_message(json.dumps(frame))
    assert type(message).__name__ == model_of(definition)
    if isinstance(message, WireMessage):
        assert message.type == frame["type"]


@pytest.mark.parametrize(("definition", "frame"), examples("client-to-server"))
def test_every_client_example_parses_into_its_model(definition: str, frame: dict[str, Any]) -> None:
    assert type(parse_client_message(json.dumps(frame))).__name__ == model_of(definition)


@pytest.mark.parametrize(("definition", "frame"), [*examples("server-to-client"), *examples("client-to-server")])
def test_what_was_read_is_written_so_that_it_validates_and_reads_the_same(
    definition: str, frame: dict[str, Any]
) -> None:
    parse = parse_client_message if definition.startswith("Client") else parse_server_message
    message = parse(json.dumps(frame))
    if isinstance(message, WireMessage):
        text = message.to_json()
        validator(definition).validate(json.loads(text))
        assert parse(text) == message


def test_every_message_model_is_in_the_schema() -> None:
    ours = {
        model
        for module in (client_messages, server_messages)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, WireMessage) and "type" in vars(model)
    }
    theirs = {
        model_of(name)
        for name, definition in SCHEMA["$defs"].items()
        if "x-direction" in definition and name != "UnknownServerMessage"
    }
    assert {model.__name__ for model in ours} == theirs


names = st.text(min_size=1, max_size=12).filter(lambda name: not name.startswith("system__"))
scalars = st.text(max_size=20) | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
overrides = st.builds(
    lambda members: ConfigOverride(**members),
    st.fixed_dictionaries(
        {},
        optional={
            "agent": st.builds(
                lambda members: AgentOverride(**members),
                st.fixed_dictionaries(
                    {},
                    optional={
                        "prompt": st.builds(PromptOverride, prompt=st.text(max_size=20)),
                        "first_message": st.text(max_size=20),
                        "language": st.sampled_from(["en", "de", "pt-br"]),
                    },
                ),
            ),
            "tts": st.builds(TtsOverride, stability=st.floats(0, 1), speed=st.floats(0.7, 1.2)),
        },
    ),
)
initiations = st.builds(
    lambda members: ConversationInitiation(**members),
    st.fixed_dictionaries(
        {},
        optional={
            "dynamic_variables": st.dictionaries(names, scalars, max_size=4),
            "user_id": st.none() | st.text(max_size=20),
            "conversation_config_override": overrides,
            "source_info": st.builds(SourceInfo, source=st.none() | st.text(max_size=9)),
        },
    ),
)
sent = st.one_of(
    initiations,
    st.builds(UserAudioChunk.of, st.binary(max_size=200)),
    st.builds(Pong, event_id=st.integers()),
    st.builds(UserMessage, text=st.none() | st.text(max_size=40)),
    st.just(UserActivity()),
    st.builds(ContextualUpdate, text=st.text(max_size=40), context_id=st.text(max_size=9)),
    st.builds(ClientToolResult, tool_call_id=st.text(), result=st.text(), is_error=st.booleans()),
    st.builds(McpToolApprovalResult, tool_call_id=st.text(), is_approved=st.booleans()),
    st.builds(Feedback, event_id=st.integers(), score=st.sampled_from(["like", "dislike", None])),
)


@given(sent)
def test_whatever_we_send_validates_against_the_contract(message: WireMessage) -> None:
    text = message.to_json()
    validator("ClientMessage").validate(json.loads(text))
    assert parse_client_message(text) == message


def test_nothing_is_sent_that_was_not_set() -> None:
    assert ConversationInitiation().to_json() == '{"type":"conversation_initiation_client_data"}'
    override = ConfigOverride(agent=AgentOverride(language="de"))
    assert ConversationInitiation(conversation_config_override=override).to_frame() == {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"agent": {"language": "de"}},
    }


def test_an_audio_chunk_has_no_type() -> None:
    assert UserAudioChunk.of(b"\x01\x02").to_json() == '{"user_audio_chunk":"AQI="}'


def test_leaves_of_an_override_are_named_by_path() -> None:
    override = ConfigOverride.model_validate(
        {"agent": {"prompt": {"prompt": "p"}, "brand_new": 1}, "tts": {}, "text_only": True}
    )
    assert override.leaves() == {"agent.prompt.prompt": "p", "agent.brand_new": 1, "text_only": True}


@pytest.mark.parametrize(
    "variables",
    [{"a": None}, {"a": [1]}, {"a": {"b": 1}}, {"system__time": "now"}, {"": "x"}, {"a": float("nan")}],
    ids=["null", "list", "object", "system name", "no name", "not a number"],
)
def test_dynamic_variables_are_scalars_under_names_of_our_own(variables: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConversationInitiation(dynamic_variables=variables)


def test_dynamic_variables_keep_their_types() -> None:
    variables: dict[str, str | int | float | bool] = {"text": "1", "whole": 1, "flag": True, "part": 1.5}
    frame = json.loads(ConversationInitiation(dynamic_variables=variables).to_json())
    assert [type(value) for value in frame["dynamic_variables"].values()] == [str, int, bool, float]


def test_wrappers_are_out_of_the_readers_way() -> None:
    transcript = parse_server_message(
        '{"type":"user_transcript","user_transcription_event":{"user_transcript":"Yes.","event_id":4}}'
    )
    assert transcript == UserTranscript(text="Yes.", event_id=4)
    part = parse_server_message(
        '{"type":"agent_chat_response_part","text_response_part":{"text":"We","type":"delta","event_id":6}}'
    )
    assert part == AgentChatResponsePart(text="We", kind=PartKind.DELTA, event_id=6)


def test_texts_of_old_servers_have_no_event_id() -> None:
    response = parse_server_message('{"type":"agent_response","agent_response_event":{"agent_response":"Hi"}}')
    assert response == AgentResponse(text="Hi")
    correction = parse_server_message(
        '{"type":"agent_response_correction","agent_response_correction_event":'
        '{"original_agent_response":"Hello there","corrected_agent_response":"Hel"}}'
    )
    assert correction == AgentResponseCorrection(original_text="Hello there", text="Hel")


def test_unknown_members_are_ignored() -> None:
    assert parse_server_message('{"type":"ping","ping_event":{"event_id":1,"new":{}},"newer":[]}') == Ping(event_id=1)


def test_an_unknown_type_is_a_value_and_its_name_is_cut() -> None:
    assert parse_server_message('{"type":"keep_alive"}') == UnknownMessage("keep_alive")
    assert parse_server_message(json.dumps({"type": "x" * 5000})) == UnknownMessage("x" * 64)
    assert parse_client_message('{"type":"wave"}') == UnknownMessage("wave")


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ('{"type":"error"}', None, ""),
        ('{"type":"error","message":"out of credits"}', None, "out of credits"),
        ('{"type":"error","error_event":null,"message":"flat"}', None, "flat"),
        ('{"type":"error","error_event":"odd"}', None, ""),
        ('{"type":"error","error_event":{"code":1002,"message":"full","reason":"for all"}}', 1002, "for all"),
        ('{"type":"error","error_event":{"code":"many","message":7,"reason":"for all"}}', None, "for all"),
    ],
    ids=["bare", "flat", "null body", "text body", "whole", "odd members"],
)
def test_an_error_is_read_whatever_its_shape(text: str, code: int | None, sentence: str) -> None:
    message = parse_server_message(text)
    assert isinstance(message, ErrorMessage)
    assert (message.code, message.text) == (code, sentence)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{CANARY}", "not JSON"),
        (b'"\xff\xfe"', "not JSON"),
        ('{"type":"ping","ping_event":{"event_id":NaN}}', "not JSON"),
        ('{"type":"\\ud800"}', "not JSON"),
        ('{"a":' * 5000, "not JSON"),
        (f'["{CANARY}"]', "not a JSON object"),
        ("null", "not a JSON object"),
        (f'{{"kind":"{CANARY}"}}', "no type"),
        ('{"type":7}', "no type"),
        ('{"type":"audio"}', "audio: audio_event is missing"),
        (f'{{"type":"audio","audio_event":"{CANARY}"}}', "audio: audio_event is not what it should be"),
        (f'{{"type":"audio","audio_event":{{"audio_base_64":"{CANARY}"}}}}', "audio: event_id is missing"),
        (
            f'{{"type":"audio","audio_event":{{"audio_base_64":"","event_id":"{CANARY}"}}}}',
            "audio: event_id is not what it should be",
        ),
        (
            f'{{"type":"mcp_connection_status","mcp_connection_status":{{"integrations":[{{"{CANARY}":1}}]}}}}',
            "mcp_connection_status: integrations is missing",
        ),
    ],
)
def test_a_bad_frame_is_named_without_quoting_it(text: str | bytes, reason: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_server_message(text)
    assert str(caught.value) == f"A message cannot be read: {reason}."
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_keys_chosen_by_the_sender_are_not_quoted_either() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_client_message(
            json.dumps({"type": "conversation_initiation_client_data", "dynamic_variables": {CANARY: None}})
        )
    assert "dynamic_variables" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_values_stay_out_of_reprs_and_validation_errors() -> None:
    message = ConversationInitiation(dynamic_variables={"secret__token": CANARY})
    assert CANARY not in repr(message)
    assert CANARY not in repr(UserAudioChunk(user_audio_chunk=CANARY))
    assert CANARY not in repr(Audio(audio_base_64=CANARY, event_id=1))
    with pytest.raises(ValidationError) as caught:
        ConversationInitiation(dynamic_variables={"secret__token": [CANARY]})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "user_transcript", "user_transcription_event": {"user_transcript": "canary", "event_id": 1}},
        {"type": "agent_response", "agent_response_event": {"agent_response": "canary", "event_id": 1}},
        {
            "type": "agent_response_correction",
            "agent_response_correction_event": {
                "original_agent_response": "canary",
                "corrected_agent_response": "canary",
                "event_id": 1,
            },
        },
    ],
)
def test_what_was_said_stays_out_of_the_log(frame: dict[str, Any]) -> None:
    assert "canary" not in repr(parse_server_message(json.dumps(frame)))


def test_audio_with_an_odd_alignment_is_still_audio() -> None:
    body = {"audio_base_64": "AAA=", "event_id": 1}
    good = {"chars": ["H"], "char_start_times_ms": [0], "char_durations_ms": [80]}
    for alignment, expected in [
        (good, AudioAlignment(chars=("H",), char_start_times_ms=(0,), char_durations_ms=(80,))),
        ({"charStartTimesMs": []}, None),
        ("none", None),
        (None, None),
    ]:
        message = parse_server_message(json.dumps({"type": "audio", "audio_event": {**body, "alignment": alignment}}))
        assert isinstance(message, Audio)
        assert message.alignment == expected
        assert decode_audio(message.audio_base_64) == b"\x00\x00"


@given(st.binary(max_size=400))
def test_audio_survives_the_trip_through_base64(samples: bytes) -> None:
    assert decode_audio(encode_audio(samples)) == samples
    assert encode_audio(samples) == base64.b64encode(samples).decode()


@pytest.mark.parametrize("payload", ["A", "AA", "AAA", "AA==AA==", "A-_A", "AA AA=", "AAAA\n", "=AAA", "ünïc"])
def test_audio_that_is_not_base64_is_refused(payload: str) -> None:
    with pytest.raises(ProtocolError, match="audio is not base64"):
        decode_audio(payload)


def test_formats_default_to_16_khz_and_unknown_ones_are_refused() -> None:
    metadata = ConversationMetadata(conversation_id="c", agent_output_audio_format="ulaw_8000")
    assert metadata.output_format == AudioFormat(Codec.ULAW, 8000)
    assert metadata.input_format == AudioFormat(Codec.PCM, 16_000)
    with pytest.raises(ProtocolError, match="audio format"):
        _ = ConversationMetadata(conversation_id="c", user_input_audio_format="opus_48000").input_format
