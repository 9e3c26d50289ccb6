"""Every way a conversation can end, and the words for it."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.endings import explain
from connector_gui.core.messages import ErrorMessage, parse_server_message

# The contract's error types with the close code they come with (`@elevenlabs/types` 0.23.0).
ERROR_TYPES: Final = {
    1002: (
        "safety_violation",
        "llm_timeout",
        "transport_receive_timeout",
        "asyncio_timeout",
        "http_exception",
        "llm_error",
        "custom_llm_error",
        "cascade_brain_error",
        "asr_transcription_error",
        "vad_error",
        "turn_probability_error",
        "tts_cascade_error",
        "redis_timeout_error",
    ),
    1008: (
        "invalid_message",
        "telephony_agent_error",
        "mcp_tool_error",
        "mcp_https_error",
        "value_error",
        "missing_fields",
        "override_error",
        "missing_dynamic_variable",
        "missing_dynamic_variable_transfer",
    ),
    1011: ("unknown_websocket_crash",),
    1006: ("unknown", "websocket_disconnect"),
}


def error(error_type: str | None = None, *, reason: str | None = None, message: str | None = None) -> ErrorMessage:
    return ErrorMessage(error_type=error_type, reason=reason, message=message)


@pytest.mark.parametrize(
    ("close", "told", "code", "words"),
    [
        (CloseFrame(1001), None, "agent_went_away", "restarting"),
        (CloseFrame(1002), None, "agent_service_failed", "had a fault"),
        (CloseFrame(1002, "This request exceeds your quota limit."), None, "elevenlabs_quota_exceeded", "credits"),
        (
            CloseFrame(1002, "The AI agent you are trying to reach appears to be misconfigured;"),
            None,
            "agent_misconfigured",
            "set up",
        ),
        (CloseFrame(1003), None, "agent_unreadable", "could not be followed"),
        (CloseFrame(1005), None, "agent_closed", "unexpectedly"),
        (CloseFrame(1006), None, "connection_lost", "internet connection"),
        (CloseFrame(1007, "invalid start byte at position 0"), None, "agent_unreadable", "could not be followed"),
        (CloseFrame(1008), None, "request_refused", "variables and overrides"),
        (CloseFrame(1008, "Override for field 'language' is not allowed"), None, "override_not_allowed", "overrides"),
        (CloseFrame(1009), None, "message_too_big", "too big"),
        (CloseFrame(1011), None, "agent_service_failed", "had a fault"),
        (CloseFrame(3000, "Request error"), None, "request_refused", "code 3000, “Request error”"),
        (CloseFrame(3008, "too many concurrent connections"), None, "elevenlabs_concurrency", "lines"),
        (CloseFrame(4321, "odd"), None, "agent_closed", "code 4321, “odd”"),
        (CloseFrame(1008), error("override_error"), "override_not_allowed", "overrides"),
        (CloseFrame(1002), error("transport_receive_timeout"), "no_user_audio", "microphone"),
        (CloseFrame(1002), error("custom_llm_error"), "agent_model_failed", "own language model server"),
        (CloseFrame(1011), error("unknown", reason="boom"), "agent_service_failed", "“boom”"),
        (CloseFrame(1006), error(), "connection_lost", "internet connection"),
        (None, None, "connection_lost", "internet connection"),
        (None, error("llm_timeout"), "agent_model_failed", "language model"),
        (None, error(), "connection_lost", "internet connection"),
    ],
)
def test_every_ending_has_a_code_and_words(
    close: CloseFrame | None, told: ErrorMessage | None, code: str, words: str
) -> None:
    failure = explain(close, told)
    assert failure is not None
    assert failure.code == code
    assert words in failure.message


@pytest.mark.parametrize(
    ("code", "error_type"), [(code, error_type) for code, types in ERROR_TYPES.items() for error_type in types]
)
def test_every_error_type_of_the_contract_decides_whatever_the_close_code(code: int, error_type: str) -> None:
    failure = explain(CloseFrame(code), error(error_type))
    elsewhere = explain(CloseFrame(4000), error(error_type))
    assert failure is not None
    assert elsewhere is not None
    if error_type == "unknown":
        assert (failure.code, elsewhere.code) == ("connection_lost", "agent_closed")
    else:
        assert failure.code == elsewhere.code != "agent_closed"
    assert error_type not in failure.message


def test_a_proper_goodbye_is_no_failure() -> None:
    assert explain(CloseFrame(1000), None) is None
    assert explain(CloseFrame(1000, "User ended conversation"), None) is None


def test_the_time_limit_is_no_failure() -> None:
    told = error("max_duration_exceeded", reason="Conversation exceeded maximum duration")
    assert explain(CloseFrame(1000), told) is None


def test_an_error_that_says_nothing_does_not_spoil_a_goodbye() -> None:
    assert explain(CloseFrame(1000), error()) is None
    assert explain(CloseFrame(1000), error("unknown", message="…")) is None


def test_a_failing_error_before_1000_is_a_failure() -> None:
    failure = explain(CloseFrame(1000), error(message="This request exceeds your quota limit."))
    assert failure is not None
    assert failure.code == "elevenlabs_quota_exceeded"
    assert "code 1000" not in failure.message


def test_a_flat_quota_error_explains_a_bare_1002() -> None:
    # As seen in real traffic: no error_event, the close frame's text inside the message.
    frame = (
        '{"type":"error","message":"received 1002 (protocol error) This request exceeds your quota limit.; '
        'then sent 1002 (protocol error) This request exceeds your quota limit."}'
    )
    told = parse_server_message(frame)
    assert isinstance(told, ErrorMessage)
    failure = explain(CloseFrame(1002), told)
    assert failure is not None
    assert failure.code == "elevenlabs_quota_exceeded"


def test_the_close_frames_reason_goes_before_the_error() -> None:
    close = CloseFrame(1002, "This request exceeds your quota limit.")
    failure = explain(close, error("llm_timeout", reason="LLM took too long"))
    assert failure is not None
    assert failure.code == "elevenlabs_quota_exceeded"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("Missing required dynamic variables in first message: {'username'}", "variable “username”, which"),
        ("Missing required dynamic variables in prompt: {'city', 'name'}", "variables “city”, “name”, which"),
        ('Missing required dynamic variables in tools: ["a b"]', "variable “a b”, which"),
        ("Missing required dynamic variables in first message: {" + str([f"v{i:02}" for i in range(12)])[1:-1] + "}",
         "“v07” and 4 more"),
        ("Missing required dynamic variables: oops", "a dynamic variable that the call did not bring"),
    ],
)  # fmt: skip
def test_missing_variables_are_named(reason: str, shown: str) -> None:
    failure = explain(CloseFrame(1008, reason), None)
    assert failure is not None
    assert failure.code == "missing_dynamic_variable"
    assert shown in failure.message
    told = explain(CloseFrame(1008), error("missing_dynamic_variable", reason=reason))
    assert told is not None
    assert shown in told.message


@given(st.integers(0, 65_535), st.text(max_size=3000), st.text(max_size=3000) | st.none(), st.text() | st.none())
def test_words_from_outside_stay_in_one_short_line(
    code: int, reason: str, text: str | None, error_type: str | None
) -> None:
    failure = explain(CloseFrame(code, reason), error(error_type, message=text))
    if failure is None:
        assert code == 1000
        return
    assert failure.message.isprintable()
    assert len(failure.message) < 1200
