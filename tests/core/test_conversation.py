"""What each message of the agent makes the voice thread do; the rules of the protocol reference, section 7."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from connector_gui.core import conversation as talk
from connector_gui.core import messages as wire
from connector_gui.core.approvals import ARGUMENTS_LIMIT, MOST, Approval, readable
from connector_gui.core.call_events import AgentHangingUp, AgentReady, Interrupted
from connector_gui.core.call_reports import (
    AgentSaid,
    ApprovalAsked,
    ApprovalSettled,
    HumanSpeaks,
    HumanTypes,
    LineWaited,
    RoundTripMeasured,
    ToolUsed,
)
from connector_gui.core.conversation import Conversation, FlushPlayout, GiveUp, Play, Send, Tell
from connector_gui.core.pcm import AudioFormat, Codec

METADATA = {
    "type": "conversation_initiation_metadata",
    "conversation_initiation_metadata_event": {
        "conversation_id": "conv_1",
        "agent_output_audio_format": "pcm_48000",
        "user_input_audio_format": "ulaw_8000",
    },
}


def message(frame: Mapping[str, object]) -> wire.ServerMessage:
    return wire.parse_server_message(json.dumps(frame))


def audio(event_id: int, payload: bytes = b"\x01\x00") -> wire.ServerMessage:
    encoded = base64.b64encode(payload).decode()
    return message({"type": "audio", "audio_event": {"audio_base_64": encoded, "event_id": event_id}})


def interruption(event_id: int) -> wire.ServerMessage:
    return message({"type": "interruption", "interruption_event": {"event_id": event_id}})


@pytest.fixture
def conversation() -> Conversation:
    begun = Conversation()
    begun.handle(message(METADATA), 0)
    return begun


def test_formats_come_from_the_metadata() -> None:
    begin, ready = Conversation().handle(message(METADATA), 0)
    assert begin == talk.Begin("conv_1", AudioFormat(Codec.ULAW, 8000), AudioFormat(Codec.PCM, 48_000))
    assert ready == Tell(AgentReady("conv_1"))


def test_an_unknown_codec_ends_the_call_in_words() -> None:
    frame = {
        **METADATA,
        "conversation_initiation_metadata_event": {"conversation_id": "c", "agent_output_audio_format": "opus_48000"},
    }
    (action,) = Conversation().handle(message(frame), 0)
    assert isinstance(action, GiveUp)
    assert "opus_48000" in action.failure.message


def test_audio_before_the_metadata_is_played_after_it_in_order() -> None:
    conversation = Conversation()
    assert conversation.handle(audio(1, b"\x01\x00"), 0) == []
    assert conversation.handle(audio(1, b"\x02\x00"), 0) == []
    actions = conversation.handle(message(METADATA), 0)
    assert actions[2:] == [Play(b"\x01\x00", 1), Play(b"\x02\x00", 1)]


def test_a_second_metadata_changes_nothing(conversation: Conversation) -> None:
    assert conversation.handle(message(METADATA), 5) == []


def test_an_interruption_silences_first_and_reports_after(conversation: Conversation) -> None:
    assert conversation.handle(interruption(7), 0) == [FlushPlayout(7), Tell(Interrupted(7))]


def test_late_audio_of_an_interrupted_turn_is_never_played(conversation: Conversation) -> None:
    conversation.handle(interruption(7), 0)
    assert conversation.handle(audio(6), 0) == []
    assert conversation.handle(audio(7), 0) == []
    assert conversation.handle(audio(8), 0) == [Play(b"\x01\x00", 8)]


def test_an_older_interruption_does_not_let_cut_audio_back_in(conversation: Conversation) -> None:
    conversation.handle(interruption(7), 0)
    conversation.handle(interruption(3), 0)
    assert conversation.handle(audio(5), 0) == []


def test_audio_that_is_cut_before_the_metadata_is_not_played() -> None:
    conversation = Conversation()
    conversation.handle(audio(1), 0)
    conversation.handle(interruption(1), 0)
    assert not any(isinstance(action, Play) for action in conversation.handle(message(METADATA), 0))


def test_empty_and_broken_audio_is_skipped(conversation: Conversation) -> None:
    assert conversation.handle(audio(1, b""), 0) == []
    broken = {"type": "audio", "audio_event": {"audio_base_64": "!!!", "event_id": 1}}
    assert conversation.handle(message(broken), 0) == []


def test_a_tool_nobody_knows_is_answered_with_an_error_text(conversation: Conversation) -> None:
    call = {"tool_name": "open_door", "tool_call_id": "t1", "parameters": {"which": "front"}, "event_id": 2}
    answer, told = conversation.handle(message({"type": "client_tool_call", "client_tool_call": call}), 10)
    assert isinstance(answer, Send)
    assert isinstance(answer.message, wire.ClientToolResult)
    assert answer.message.is_error
    assert isinstance(answer.message.result, str)
    assert told == Tell(ToolUsed("t1", "open_door", "refused", 10, talk.TOOL_REFUSAL))


def mcp(state: str = "awaiting_approval", tool_call_id: str = "m1", **more: object) -> wire.ServerMessage:
    call = {
        "service_id": "s",
        "tool_call_id": tool_call_id,
        "tool_name": "pay",
        "parameters": {"amount": 12.5},
        "timestamp": "2026-01-01T00:00:00Z",
        "state": state,
        **more,
    }
    return message({"type": "mcp_tool_call", "mcp_tool_call": call})


def answers(actions: list[talk.Action]) -> list[tuple[str, bool]]:
    """Answers to questions about tools among *actions*."""
    return [
        (action.message.tool_call_id, action.message.is_approved)
        for action in actions
        if isinstance(action, Send) and isinstance(action.message, wire.McpToolApprovalResult)
    ]


def states(actions: list[talk.Action]) -> list[str]:
    """What became of tools, by *actions*."""
    reports = [action.report for action in actions if isinstance(action, Tell)]
    return [report.state for report in reports if isinstance(report, ToolUsed)]


def test_the_operator_is_asked_about_a_tool_and_nothing_is_sent_meanwhile(conversation: Conversation) -> None:
    asked = conversation.handle(mcp(approval_timeout_secs=300, tool_description="Pays."), 0)
    assert answers(asked) == []
    assert states(asked) == ["asked"]
    assert asked[-1] == Tell(ApprovalAsked(Approval("m1", "pay", "Pays.", '{\n  "amount": 12.5\n}', 299.0)))
    assert conversation.handle(mcp(), 10) == []
    assert conversation.refuse_overdue(298_999) == []


@pytest.mark.parametrize(("is_approved", "state"), [(True, "requested"), (False, "refused")])
def test_the_operators_word_is_sent_once(conversation: Conversation, is_approved: bool, state: str) -> None:
    conversation.handle(mcp(), 0)
    sent = conversation.answer_approval("m1", is_approved, 5_000)
    assert answers(sent) == [("m1", is_approved)]
    assert states(sent) == [state]
    assert sent[-1] == Tell(ApprovalSettled("m1"))
    assert conversation.answer_approval("m1", not is_approved, 6_000) == []
    assert conversation.handle(mcp(), 7_000) == []
    assert conversation.refuse_overdue(10_000_000) == []


@pytest.mark.parametrize(
    ("named", "patience_s"),
    [({}, 30.0), ({"approval_timeout_secs": 5}, 4.0), ({"approval_timeout_secs": 1}, 0.5),
     ({"approval_timeout_secs": "soon"}, 30.0), ({"approval_timeout_secs": 10**9}, 600.0),
     ({"approval_timeout_secs": -5}, 0.0)],
)  # fmt: skip
def test_what_nobody_answers_is_refused_before_the_service_gives_up(
    conversation: Conversation, named: dict[str, Any], patience_s: float
) -> None:
    until_ms = 1_000 + round(patience_s * 1_000)
    conversation.handle(mcp(**named), 1_000)
    assert conversation.refuse_overdue(until_ms - 1) == []
    refused = conversation.refuse_overdue(until_ms)
    assert answers(refused) == [("m1", False)]
    assert states(refused) == ["refused"]
    assert conversation.answer_approval("m1", True, until_ms + 1) == []


@pytest.mark.parametrize(("state", "became"), [("loading", "requested"), ("success", "done"), ("failure", "failed")])
def test_a_question_falls_away_when_the_tool_goes_on_by_itself(
    conversation: Conversation, state: str, became: str
) -> None:
    conversation.handle(mcp(), 0)
    went_on = conversation.handle(mcp(state, error_message="No funds."), 100)
    assert answers(went_on) == []
    assert states(went_on) == [became]
    assert went_on[-1] == Tell(ApprovalSettled("m1"))
    assert conversation.answer_approval("m1", True, 200) == []


def test_a_flood_of_questions_is_refused_beyond_what_anybody_reads(conversation: Conversation) -> None:
    sent = [answers(conversation.handle(mcp(tool_call_id=f"m{number}"), 0)) for number in range(MOST + 3)]
    assert sent[:MOST] == [[]] * MOST
    assert sent[MOST:] == [[(f"m{number}", False)] for number in range(MOST, MOST + 3)]


def test_an_answer_to_what_was_never_asked_sends_nothing(conversation: Conversation) -> None:
    assert conversation.answer_approval("m9", True, 0) == []


def test_arguments_of_any_size_are_shown_in_bounds() -> None:
    assert readable({}) == ""
    assert readable({"who": "Zoë"}) == '{\n  "who": "Zoë"\n}'
    long = readable({"text": "x" * 5_000_000, "more": [1] * 1_000_000})
    assert len(long) == ARGUMENTS_LIMIT
    assert long.endswith("…")
    assert readable({"text": "x" * 100}, limit=20) == '{\n  "text": "xxxxxx…'


def test_a_person_who_takes_over_is_told_until_they_leave(conversation: Conversation) -> None:
    came = conversation.handle(message({"type": "external_agent_connected"}), 0)
    left = conversation.handle(message({"type": "external_agent_disconnected"}), 0)
    assert Tell(HumanSpeaks(is_human=True)) in came
    assert Tell(HumanSpeaks(is_human=False)) in left


@pytest.mark.parametrize(
    ("event", "for_s"),
    [
        ({"is_typing": True}, talk.TYPING_S),
        ({"is_typing": True, "duration_ms": 3000}, 3.0),
        ({"is_typing": True, "duration_ms": 10**15}, talk.MAX_TYPING_S),
        ({"is_typing": True, "duration_ms": -1}, 0.0),
        ({"is_typing": False, "duration_ms": 3000}, 0.0),
    ],
)
def test_somebody_who_types_is_told_with_an_end(
    conversation: Conversation, event: dict[str, Any], for_s: float
) -> None:
    typing = message({"type": "agent_typing", "agent_typing_event": event})
    assert conversation.handle(typing, 0) == [Tell(HumanTypes(for_s))]


def test_end_call_tells_that_the_agent_is_leaving_once(conversation: Conversation) -> None:
    used = {"tool_name": "end_call", "tool_call_id": "e", "tool_type": "system", "is_error": False, "event_id": 3}
    frame = message({"type": "agent_tool_response", "agent_tool_response": used})
    assert Tell(AgentHangingUp()) in conversation.handle(frame, 0)
    assert Tell(AgentHangingUp()) not in conversation.handle(frame, 0)


def test_the_time_limit_is_a_regular_ending(conversation: Conversation) -> None:
    frame = {"type": "error", "error_event": {"code": 1000, "error_type": "max_duration_exceeded"}}
    notice, leaving = conversation.handle(message(frame), 0)
    assert isinstance(notice, Tell)
    assert "time limit" in str(notice.report)
    assert leaving == Tell(AgentHangingUp())


@pytest.mark.parametrize("frame", [{"type": "error"}, {"type": "error", "message": "quota"}])
def test_an_error_without_a_body_is_kept_as_the_likely_cause(
    conversation: Conversation, frame: dict[str, object]
) -> None:
    assert conversation.handle(message(frame), 1000) == []
    assert conversation.error_before_close(5000) is not None
    assert conversation.error_before_close(60_000) is None


def test_while_the_service_holds_the_call_nothing_may_be_sent(conversation: Conversation) -> None:
    waiting = message({"type": "queue_status", "queue_status_event": {"status": "waiting"}})
    assert conversation.handle(waiting, 0) == [Tell(LineWaited(is_waiting=True))]
    assert conversation.is_waiting_for_line
    conversation.handle(message({"type": "queue_status", "queue_status_event": {"status": "admitted"}}), 0)
    assert not conversation.is_waiting_for_line


def test_texts_are_stripped_and_empty_ones_left_out(conversation: Conversation) -> None:
    said = message({"type": "agent_response", "agent_response_event": {"agent_response": "  Hello. ", "event_id": 1}})
    assert conversation.handle(said, 5) == [Tell(AgentSaid("Hello.", 5, 1))]
    nothing = message({"type": "user_transcript", "user_transcription_event": {"user_transcript": "  ", "event_id": 2}})
    assert conversation.handle(nothing, 6) == []


def test_streamed_text_grows_in_place(conversation: Conversation) -> None:
    def part(text: str, kind: str) -> wire.ServerMessage:
        return message(
            {"type": "agent_chat_response_part", "text_response_part": {"text": text, "type": kind, "event_id": 4}}
        )

    conversation.handle(part("", "start"), 0)
    conversation.handle(part("Good ", "delta"), 1)
    assert conversation.handle(part("day", "delta"), 2) == [Tell(AgentSaid("Good day", 2, 4))]


def test_the_first_pings_have_no_measurement(conversation: Conversation) -> None:
    assert conversation.handle(message({"type": "ping", "ping_event": {"event_id": 1}}), 0) == []
    measured = message({"type": "ping", "ping_event": {"event_id": 2, "ping_ms": 42}})
    assert conversation.handle(measured, 0) == [Tell(RoundTripMeasured(42))]


def test_an_unknown_message_is_ignored(conversation: Conversation) -> None:
    assert conversation.handle(message({"type": "brand_new", "brand_new_event": {}}), 0) == []


def test_the_initiation_has_only_what_the_caller_gave() -> None:
    assert Conversation.initiation({}, None, None).to_json() == '{"type":"conversation_initiation_client_data"}'
    full = Conversation.initiation({"name": "Mara", "n": 1.5, "ok": True}, "crm-1", {"agent": {"language": "de"}})
    assert full.to_frame() == {
        "type": "conversation_initiation_client_data",
        "dynamic_variables": {"name": "Mara", "n": 1.5, "ok": True},
        "user_id": "crm-1",
        "conversation_config_override": {"agent": {"language": "de"}},
    }
