"""Calls that go differently: the situations a client has to get through, by name.

What the service does in them was read in its contract and its clients, or met by users; a few are what networks do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from connector_gui.core.agent_api import (
    Agent,
    AgentConfig,
    AgentSettings,
    ConversationConfig,
    PlatformSettings,
)
from connector_gui.core.messages import (
    DEFAULT_CLIENT_EVENTS,
    MAX_DURATION_EXCEEDED,
    ErrorMessage,
    ExternalAgentConnected,
    ExternalAgentDisconnected,
    McpToolCall,
    QueueStatus,
    encode_audio,
)
from connector_gui.practice.registry import PRACTICE_AGENT_ID, PRACTICE_EVENTS, practice_agent
from connector_gui.practice.script import (
    NEVER,
    Action,
    Answer,
    CallTool,
    Close,
    Drop,
    FallSilent,
    Freeze,
    Interrupt,
    On,
    SayGoodbye,
    Script,
    SendAudio,
    SendBadAudio,
    SendBinary,
    SendRaw,
    SendText,
    Step,
    StopReading,
)

QUOTA: Final = "This request exceeds your quota limit."
MIB: Final = 1024 * 1024


def _at(after_s: float, *actions: Action, on: On = On.STARTED) -> tuple[Step, ...]:
    return tuple(Step(action, after_s, on) for action in actions)


def _agent(agent: AgentConfig | None = None, events: tuple[str, ...] = PRACTICE_EVENTS, max_s: int = 600) -> Agent:
    """An agent with settings of its own; unlike the everyday one it takes no override that it does not allow."""
    greeting = practice_agent().conversation_config.agent
    return Agent(
        agent_id=PRACTICE_AGENT_ID,
        name="Scripted agent",
        conversation_config=AgentSettings(
            agent=agent or greeting,
            conversation=ConversationConfig(client_events=events, max_duration_seconds=max_s),
        ),
        platform_settings=PlatformSettings(),
    )


def _queue(status: str) -> SendText:
    return SendText.of(QueueStatus(status=status))


def _mcp_approval(patience_s: int = 300) -> SendText:
    return SendText.of(
        McpToolCall(
            service_id="svc_1",
            tool_call_id="mcp_call_1",
            tool_name="search_docs",
            tool_description="Searches the help pages.",
            parameters={"q": "refunds"},
            timestamp="2026-01-05T10:00:00Z",
            state="awaiting_approval",
            approval_timeout_secs=patience_s,
        )
    )


def _frame_header(first_byte: int, size_bytes: int) -> bytes:
    """A server's frame header: unmasked, with the long form of the length."""
    return bytes((first_byte, 127)) + size_bytes.to_bytes(8, "big")


_AUDIO_WITHOUT_ID: Final = json.dumps({"type": "audio", "audio_event": {"audio_base_64": "AAAA"}})
_METADATA_AGAIN: Final = json.dumps(
    {
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": {
            "conversation_id": "conv_another",
            "agent_output_audio_format": "pcm_48000",
            "user_input_audio_format": "pcm_8000",
        },
    }
)

SCENARIOS: Final[Mapping[str, Script]] = {
    "everyday": Script(),
    # How an agent can be set up
    "agent_waits": Script(agent=_agent(AgentConfig(first_message=""))),
    "default_events_only": Script(agent=_agent(events=DEFAULT_CLIENT_EVENTS)),
    "no_agent_response": Script(agent=_agent(events=("audio", "interruption", "user_transcript"))),
    "no_interruption": Script(agent=_agent(events=("audio", "agent_response", "user_transcript"))),
    "needs_variable": Script(agent=_agent(AgentConfig(first_message="Hello {{name}}, do you have a minute?"))),
    "allows_no_override": Script(agent=_agent()),
    "max_duration": Script(agent=_agent(max_s=1)),
    # Formats
    "ulaw": Script(output_format="ulaw_8000", input_format="ulaw_8000"),
    "pcm_48000_out": Script(output_format="pcm_48000", input_format="pcm_16000"),
    "no_input_format": Script(names_input_format=False),
    "unknown_format": Script(output_format="opus_48000"),
    # The start
    "slow_handshake": Script(handshake_delay_s=2),
    "handshake_refused": Script(handshake_status=403),
    "slow_metadata": Script(metadata_delay_s=2),
    "never_metadata": Script(metadata_delay_s=NEVER),
    "queue_then_admitted": Script(
        metadata_delay_s=0.5,
        steps=_at(0, _queue("waiting"), on=On.CONNECTED) + _at(0.4, _queue("admitted"), on=On.CONNECTED),
    ),
    "queue_timed_out": Script(
        steps=_at(0, _queue("waiting")) + _at(0.5, _queue("timed_out"), Close(3008, "too many concurrent connections")),
    ),
    "request_error": Script(metadata_delay_s=NEVER, steps=_at(0, Close(3000, "Request error"), on=On.CONNECTED)),
    # Turns
    "late_audio": Script(late_audio_ms=1_000),
    "interruption_storm": Script(steps=_at(0.2, Interrupt(200), on=On.SPEAKING)),
    "interruption_before_audio": Script(agent=_agent(AgentConfig(first_message="")), steps=_at(0, Interrupt())),
    "ids_out_of_order": Script(
        steps=_at(
            0.2,
            SendAudio(200, event_id=9),
            SendAudio(200, event_id=3),
            Interrupt(event_id=5),
            SendAudio(200, event_id=4),
            SendAudio(200, event_id=6),
            on=On.SPEAKING,
        )
    ),
    # Tools
    "unknown_tool": Script(steps=_at(0.2, CallTool("open_door", {"door": "front"}))),
    "mcp_approval": Script(steps=_at(0.2, _mcp_approval())),
    "mcp_approval_in_2_s": Script(steps=_at(0.2, _mcp_approval(patience_s=2))),
    # Hand-over
    "human_takes_over": Script(
        steps=_at(0.2, SendText.of(ExternalAgentConnected())) + _at(1.0, SendText.of(ExternalAgentDisconnected()))
    ),
    # Odd sound
    "odd_audio": Script(
        steps=_at(
            0.2,
            SendBadAudio(""),
            SendBadAudio("not base64!"),
            SendBadAudio(encode_audio(b"\x01\x02\x03")),
            SendAudio(100, with_alignment=True),
            SendAudio(60_000),
            on=On.SPEAKING,
        )
    ),
    # Odd messages
    "odd_messages": Script(
        steps=_at(
            0.1,
            SendText("{not json"),
            SendText("[]"),
            SendText('{"type":"keep_alive"}'),
            SendText('{"type":"brand_new_event","brand_new_event":{"x":1}}'),
            SendText('{"type":"ping"}'),
            SendText('{"type":"ping","ping_event":{"event_id":"many"}}'),
            SendText(_AUDIO_WITHOUT_ID),
            SendText(_METADATA_AGAIN),
            SendBinary(b"\x00\x01"),
        )
    ),
    "nothing_but_nonsense": Script(
        ping_interval_s=NEVER,
        steps=_at(0.1, FallSilent()) + _at(0.2, *(SendText("{") for _ in range(100))),
    ),
    # Broken frames
    "reserved_bits": Script(steps=_at(0.2, SendRaw(b"\xc1\x02hi"))),
    "unknown_opcode": Script(steps=_at(0.2, SendRaw(b"\x83\x02hi"))),
    "bad_utf8": Script(steps=_at(0.2, SendRaw(b"\x81\x02\xc3\x28"))),
    "masked_frame": Script(steps=_at(0.2, SendRaw(b"\x81\x82\x00\x00\x00\x00hi"))),
    "frame_of_100_mb": Script(steps=_at(0.2, SendRaw(_frame_header(0x81, 100 * MIB) + bytes(MIB)))),
    "fragment_flood": Script(steps=_at(0.2, SendRaw(b"\x01\x01{" + b"\x00\x01 " * 400_000))),
    "fragments_over_the_limit": Script(
        steps=_at(0.2, SendRaw(b"\x01\x01{" + (_frame_header(0x00, MIB) + b" " * MIB) * 20))
    ),
    # Endings
    "goodbye": Script(steps=_at(0, SayGoodbye(), on=On.HEARD)),
    "quota": Script(
        steps=_at(
            4,
            SendText(json.dumps({"type": "error", "message": f"received 1002 (protocol error) {QUOTA}"})),
            Close(1002, QUOTA),
        )
    ),
    "bare_error": Script(steps=_at(0.5, SendText('{"type":"error"}'), Close(1011, ""))),
    "crash": Script(
        steps=_at(
            0.5, SendText.of(ErrorMessage(code=1011, error_type="unknown_websocket_crash")), Close(1011, "Crash.")
        )
    ),
    "time_over": Script(
        steps=_at(
            0.5,
            SendText.of(ErrorMessage(code=1000, error_type=MAX_DURATION_EXCEEDED, message="Maximum duration exceeded")),
            Close(1000, ""),
        )
    ),
    "drop_mid_speech": Script(steps=_at(0.3, Drop(), on=On.SPEAKING)),
    "half_open": Script(steps=_at(0.5, Freeze(), on=On.SPEAKING)),
    "narrow_uplink": Script(steps=_at(0.5, StopReading(3), on=On.SPEAKING)),
    "server_silent": Script(steps=_at(0.5, FallSilent(), on=On.SPEAKING)),
    "never_closes": Script(answers_close=False),
}


def close_with(code: int, reason: str = "", *, after_s: float = 0.3) -> Script:
    """A call that the agent's side closes with *code* soon after it began to speak."""
    return Script(steps=_at(after_s, Close(code, reason), on=On.SPEAKING))


def _legacy(code: str, message: str) -> str:
    return json.dumps({"detail": {"status": code, "message": message}})


ANSWERS: Final[Mapping[str, Answer]] = {
    "invalid_key": Answer(status=401, body=_legacy("invalid_api_key", "Invalid API key")),
    "missing_permission": Answer(
        status=401, body=_legacy("missing_permissions", "The API key is missing the permission convai_write.")
    ),
    "quota_exceeded": Answer(
        status=401, body=_legacy("quota_exceeded", "This request exceeds your quota of 10000. You have 0 credits left.")
    ),
    "forbidden": Answer(status=403, body='{"detail": "This feature is not part of your plan."}'),
    "agent_not_found": Answer(status=404, body=_legacy("agent_not_found", "No agent found.")),
    "unprocessable": Answer(
        status=422,
        body='{"detail": [{"loc": ["query", "agent_id"], "msg": "Invalid agent id", "type": "value_error"}]}',
    ),
    "rate_limited": Answer(
        status=429, body=_legacy("rate_limit_exceeded", "Too many requests."), headers={"Retry-After": "1"}
    ),
    "too_many_calls": Answer(status=429, body=_legacy("concurrent_limit_exceeded", "Too many concurrent calls.")),
    "server_error": Answer(status=500, body='{"detail": "Internal Server Error"}'),
    "bad_gateway": Answer(status=502, body="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html"),
    "slow": Answer(delay_s=2),
    "hangs": Answer(delay_s=NEVER),
    "not_json": Answer(status=200, body="{signed_url:"),
    "no_signed_url": Answer(status=200, body="{}"),
    "redirect": Answer(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    "plain_http_url": Answer(status=200, body='{"signed_url": "http://127.0.0.1:9/"}'),
    "foreign_url": Answer(status=200, body='{"signed_url": "wss://evil.example/v1/convai/conversation?token=x"}'),
}
"""What REST routes can be made to answer."""
