"""Every way in which a conversation can go, from the click that accepts it to the devices that are free again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pytest

from connector_gui.core.call import Outcome
from connector_gui.core.call_events import AgentReady, LinkClosed, Party, PlayedOut
from connector_gui.core.call_reports import AgentCutOff, LineWaited, ToolUsed
from connector_gui.core.messages import ClientToolResult, McpToolApprovalResult
from connector_gui.dsp.block import Block
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.practice.conversation import Conversation
from connector_gui.practice.scenarios import SCENARIOS, close_with
from connector_gui.practice.script import On, Script
from connector_gui.practice.voice import TONE_HZ, TONE_PEAK, Sentence, samples_of
from tests.dsp.signals import amplitude_at, rms
from tests.fakes.practice import Practice, chunk_times_s
from tests.voice.room import CALL, CHUNK_MS, RATE_HZ, Room, likeness, loud_ms, room

GREETING: Final = samples_of(Sentence.GREETING, RATE_HZ)
FAST: Final = 3
"""How much faster than real time the devices run where much is to be heard; the agent then sends all at once."""
WORDS: Final = samples_of(Sentence.YOU_SAID, RATE_HZ)
"""What the operator says: any clear voice will do."""


# --- what the operator lives through before the end ----------------------------------------------


async def agent_is_heard(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: loud_ms(desk.heard()) > 300)


async def greeting_is_heard_whole(desk: Room, agent: Practice) -> None:
    # µ-law has a third of the bandwidth, and 13 bits: quiet consonants are lost.
    await desk.until(lambda: loud_ms(desk.heard()) >= 0.9 * loud_ms(GREETING))
    await asyncio.sleep(0.2)
    assert loud_ms(desk.heard()) < 1.02 * loud_ms(GREETING)
    assert likeness(desk.heard(), GREETING) > 0.97


async def greeting_is_heard_as_it_is(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: loud_ms(desk.heard()) > 900)
    assert likeness(desk.heard(), GREETING[: desk.heard().size]) > 0.85  # the rest is on its way


async def nothing_is_heard(desk: Room, agent: Practice) -> None:
    await desk.until(desk.is_active)
    await desk.until(lambda: len(chunk_times_s(conversation(desk, agent))) > 10)
    assert loud_ms(desk.heard()) == 0


async def nothing_happens(desk: Room, agent: Practice) -> None:
    await asyncio.sleep(0.5)
    assert not desk.told(AgentReady)
    assert loud_ms(desk.heard()) == 0


async def end_comes_by_itself(desk: Room, agent: Practice) -> None:
    pass


async def sound_goes_out_as_ulaw(desk: Room, agent: Practice) -> None:
    await greeting_is_heard_whole(desk, agent)
    assert chunk_sizes(conversation(desk, agent)) == {CHUNK_MS * 8}


async def sound_goes_out_as_pcm_16000(desk: Room, agent: Practice) -> None:
    await greeting_is_heard_as_it_is(desk, agent)
    assert chunk_sizes(conversation(desk, agent)) == {CHUNK_MS * 32}


async def operator_speaks_first(desk: Room, agent: Practice) -> None:
    await nothing_is_heard(desk, agent)
    desk.say(WORDS)
    await desk.until(lambda: loud_ms(desk.heard()) > 600)  # the answer
    assert any(entry.role == "user" for entry in (await desk.whole()).transcript)


async def no_words_are_shown(desk: Room, agent: Practice) -> None:
    await agent_is_heard(desk, agent)
    assert (await desk.whole()).transcript == ()


async def call_waits_for_a_line(desk: Room, agent: Practice) -> None:
    await agent_is_heard(desk, agent)
    assert desk.told(LineWaited) == [LineWaited(True), LineWaited(False)]
    known = conversation(desk, agent)
    let_in_s = next(sent.at_s for sent in known.sent if sent.type == "conversation_initiation_metadata")
    assert chunk_times_s(known)[0] > let_in_s


async def barge_in_silences_late_audio(desk: Room, agent: Practice) -> None:
    await agent_is_heard(desk, agent)
    desk.say(WORDS)
    frame = await silence_after_the_cut(desk)
    await desk.until(lambda: loud_ms(desk.heard(frame)) > 600)  # the answer
    greeting = (await desk.whole()).transcript[0]
    assert greeting.interrupted
    assert greeting.said_text is not None
    assert len(greeting.text) < len(greeting.said_text)


async def storm_is_one_silence(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: len(desk.told(AgentCutOff)) == 200)
    await silence_after_the_cut(desk)


async def silence_is_interrupted(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: desk.told(AgentCutOff))
    (cut,) = desk.told(AgentCutOff)
    assert cut.heard_ms == 0
    await nothing_is_heard(desk, agent)


async def only_the_newest_turn_is_heard(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: desk.told(AgentCutOff))
    await asyncio.sleep(0.8)
    # Four tones of 200 ms came: one was cut before its turn, two were of turns that were over.
    assert tone_ms(desk.heard()) == pytest.approx(200, abs=40)
    assert not desk.heard()[-RATE_HZ // 4 :].any()


async def tool_is_refused(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: desk.told(ToolUsed))
    await desk.until(lambda: conversation(desk, agent).messages(ClientToolResult))
    (answer,) = conversation(desk, agent).messages(ClientToolResult)
    assert (answer.tool_call_id, answer.is_error) == ("call_1", True)
    await agent_is_heard(desk, agent)
    assert [tool.state for tool in desk.record().tool_calls] == ["refused"]


async def operator_approves_a_tool(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: desk.shown().approvals)
    (asked,) = desk.shown().approvals
    assert (asked.approval.tool_name, asked.approval.description) == ("search_docs", "Searches the help pages.")
    assert asked.approval.arguments == '{\n  "q": "refunds"\n}'
    assert 295 < asked.until_s - time.monotonic() < 299.5
    assert not conversation(desk, agent).messages(McpToolApprovalResult)
    for _click in range(2):
        desk.board.answer_approval(CALL, "mcp_call_1", True)
    await desk.until(lambda: not desk.shown().approvals)
    await desk.until(lambda: conversation(desk, agent).messages(McpToolApprovalResult))
    await desk.until(lambda: desk.record().tool_calls[0].state == "requested")
    (answer,) = conversation(desk, agent).messages(McpToolApprovalResult)
    assert (answer.tool_call_id, answer.is_approved) == ("mcp_call_1", True)


async def nobody_answers_about_a_tool(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: desk.shown().approvals)
    asked_s = time.monotonic()
    await desk.until(lambda: conversation(desk, agent).messages(McpToolApprovalResult))
    assert 0.8 < time.monotonic() - asked_s < 1.9  # a second before the service gives up
    (answer,) = conversation(desk, agent).messages(McpToolApprovalResult)
    assert answer.is_approved is False
    await desk.until(lambda: desk.record().tool_calls[0].state == "refused")
    await desk.until(lambda: not desk.shown().approvals)


async def human_comes_and_goes(desk: Room, agent: Practice) -> None:
    def codes() -> list[str]:  # a busy machine may add notices of its own
        return [one.code for one in desk.record().notices if one.code.startswith("human")]

    await desk.until(lambda: desk.shown().is_human)
    await desk.until(lambda: not desk.shown().is_human)
    # What is shown comes at once, what is kept once it is written.
    await desk.until(lambda: codes() == ["human_took_over", "human_left"])


async def odd_sound_makes_no_noise(desk: Room, agent: Practice) -> None:
    await desk.until(lambda: loud_ms(desk.heard()) > 3_600)  # the greeting, and some of the minute that came at once
    assert np.abs(desk.heard().astype(np.int32)).max() < 1.1 * np.abs(GREETING.astype(np.int32)).max()


async def oddities_change_nothing(desk: Room, agent: Practice) -> None:
    await greeting_is_heard_as_it_is(desk, agent)  # and all of them came meanwhile
    assert desk.record().conversation_id != "conv_another"
    assert chunk_sizes(conversation(desk, agent)) == {CHUNK_MS * 32}


def conversation(desk: Room, agent: Practice) -> Conversation:
    return agent.conversation(desk.record().conversation_id)


def tone_ms(samples: Block) -> float:
    """How long the practice agent's tone and nothing else is heard in full, in windows of 20 ms."""
    window = RATE_HZ // 50
    windows = [samples[start : start + window] for start in range(0, samples.size - window, window)]
    return 20 * sum(amplitude_at(part, TONE_HZ, RATE_HZ) > 1.35 * rms(part) > 0.9 * TONE_PEAK for part in windows)


def chunk_sizes(known: Conversation) -> set[int]:
    return {received.audio_bytes for received in known.received if received.message is None}


async def silence_after_the_cut(desk: Room) -> int:
    """Make sure that a cut is heard at once and nothing comes after it; the frame where silence is."""
    await desk.until(lambda: desk.told(AgentCutOff))
    await asyncio.sleep(0.04)
    frame = desk.heard().size
    await asyncio.sleep(0.4)
    assert loud_ms(desk.heard(frame)) == 0
    return frame


# --- the stories -----------------------------------------------------------------------------------

During = Callable[[Room, Practice], Awaitable[None]]


@dataclass(frozen=True)
class Story:
    """What the operator gets of one scenario.

    Attributes:
        during: What happens until the end.
        script: The scenario at a pace for tests, where its own takes long.
        request: Members of the call.
        timing, patience_s: Deadlines, where the real ones take long.
        speed: How much faster than real time the devices run.
    """

    during: During
    script: Script | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    timing: LinkTiming | None = None
    patience_s: float = 18.0
    speed: int = 1


@dataclass(frozen=True)
class Failed(Story):
    """It fails with this code, close code and words."""

    during: During = end_comes_by_itself
    error: str = ""
    close: int | None = None
    words: str = ""


@dataclass(frozen=True)
class AgentEnds(Story):
    """The agent hangs up, and is heard out."""

    during: During = end_comes_by_itself
    speed: int = FAST
    last_words: Sentence = Sentence.GREETING


def sooner(name: str, after_s: float = 0.3, *, on: On | None = None, **members: Any) -> Script:
    steps = [replace(step, after_s=after_s, on=on or step.on) for step in SCENARIOS[name].steps]
    return replace(SCENARIOS[name], steps=tuple(steps), **members)


def broken(close: int, error: str) -> Failed:
    return Failed(close=close, error=error)


STORIES: Final[Mapping[str, Story]] = {
    "everyday": Story(greeting_is_heard_whole, speed=FAST),
    "agent_waits": Story(operator_speaks_first, script=replace(SCENARIOS["agent_waits"], turn_end_s=0.3)),
    "default_events_only": Story(greeting_is_heard_as_it_is),
    "no_agent_response": Story(no_words_are_shown),
    "no_interruption": Story(agent_is_heard),
    "needs_variable": Failed(error="missing_dynamic_variable", close=1008, words="“name”"),
    "allows_no_override": Failed(
        error="override_not_allowed", close=1008, words="language", request={"overrides": {"agent": {"language": "de"}}}
    ),
    "max_duration": AgentEnds(),
    "ulaw": Story(sound_goes_out_as_ulaw, speed=FAST),
    "pcm_48000_out": Story(sound_goes_out_as_pcm_16000),
    "no_input_format": Story(sound_goes_out_as_pcm_16000),
    "unknown_format": Failed(error="audio_format_unknown", words="opus_48000"),
    "slow_handshake": Story(agent_is_heard, script=replace(SCENARIOS["slow_handshake"], handshake_delay_s=0.7)),
    "handshake_refused": Failed(error="elevenlabs_error", words="403"),
    "slow_metadata": Story(agent_is_heard, script=replace(SCENARIOS["slow_metadata"], metadata_delay_s=0.7)),
    "never_metadata": Story(nothing_happens),
    "queue_then_admitted": Story(call_waits_for_a_line),
    "queue_timed_out": Failed(error="elevenlabs_concurrency", close=3008, words="in use"),
    "request_error": Failed(error="request_refused", close=3000, words="Request error"),
    "late_audio": Story(barge_in_silences_late_audio, script=replace(SCENARIOS["late_audio"], turn_end_s=0.3)),
    "interruption_storm": Story(storm_is_one_silence),
    "interruption_before_audio": Story(silence_is_interrupted),
    "ids_out_of_order": Story(only_the_newest_turn_is_heard),
    "unknown_tool": Story(tool_is_refused),
    "mcp_approval": Story(operator_approves_a_tool),
    "mcp_approval_in_2_s": Story(nobody_answers_about_a_tool),
    "human_takes_over": Story(human_comes_and_goes),
    "odd_audio": Story(odd_sound_makes_no_noise, speed=FAST),
    "odd_messages": Story(oddities_change_nothing),
    "nothing_but_nonsense": Failed(error="agent_unreadable", close=1002, words="proxy"),
    "reserved_bits": broken(1002, "agent_service_failed"),
    "unknown_opcode": broken(1002, "agent_service_failed"),
    "bad_utf8": broken(1007, "agent_unreadable"),
    "masked_frame": broken(1002, "agent_service_failed"),
    "frame_of_100_mb": broken(1009, "message_too_big"),
    "fragment_flood": broken(1009, "message_too_big"),
    "fragments_over_the_limit": broken(1009, "message_too_big"),
    # Not after a turn of the operator's, for whom the devices are too fast here.
    "goodbye": AgentEnds(script=sooner("goodbye", on=On.SPEAKING), last_words=Sentence.FAREWELL),
    "quota": Failed(script=sooner("quota"), error="elevenlabs_quota_exceeded", close=1002, words="credits"),
    "bare_error": Failed(error="agent_service_failed", close=1011),
    "crash": Failed(error="agent_service_failed", close=1011),
    "time_over": AgentEnds(),
    "drop_mid_speech": Failed(error="connection_lost", close=1006, words="internet"),
    "half_open": Failed(
        error="connection_lost", close=1006, timing=LinkTiming(ping_after_s=0.5, give_up_after_s=1.0, close_s=0.5)
    ),
    "narrow_uplink": Story(agent_is_heard),
    "server_silent": Failed(
        script=sooner("server_silent", 1.0, ping_interval_s=0.2), error="connection_lost", patience_s=1.0
    ),
    "never_closes": Story(agent_is_heard),
}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_scenario_ends_as_it_should(name: str, practice: Practice) -> None:
    await live_through(STORIES[name], SCENARIOS[name], practice)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1001, "agent_went_away"),
        (1006, "connection_lost"),
        (1008, "request_refused"),
        (1011, "agent_service_failed"),
        (3000, "request_refused"),
        (4999, "agent_closed"),
    ],
)
async def test_every_close_but_1000_fails_in_words(practice: Practice, code: int, error: str) -> None:
    script = SCENARIOS["drop_mid_speech"] if code == 1006 else close_with(code, "so be it")
    words = "internet" if code == 1006 else "so be it"
    await live_through(Failed(error=error, close=code, words=words), script, practice)


async def test_1000_is_the_agents_goodbye(practice: Practice) -> None:
    await live_through(AgentEnds(), close_with(1000, after_s=1), practice)


async def live_through(story: Story, script: Script, practice: Practice) -> None:
    script = story.script or script
    practice.control.script(replace(script, speed=100) if story.speed == FAST else script)
    async with room(practice.base_url, timing=story.timing, patience_s=story.patience_s, speed=story.speed) as desk:
        await desk.accept(**story.request)
        await story.during(desk, practice)
        match story:
            case Failed():
                await it_fails(desk, story)
            case AgentEnds():
                await agent_is_heard_out(desk, samples_of(story.last_words, RATE_HZ))
            case _:
                await operator_ends_it(desk)


async def it_fails(desk: Room, story: Failed) -> None:
    record = await desk.ended()
    (closed,) = desk.told(LinkClosed)
    assert closed.failure is not None
    assert (closed.failure.code, closed.close and closed.close.code) == (story.error, story.close)
    assert story.words in closed.failure.message
    assert closed.failure.message[0].isupper()
    assert (record.outcome, record.error, record.ended_by) == (Outcome.FAILED, closed.failure, None)
    assert not desk.told(PlayedOut)


async def agent_is_heard_out(desk: Room, last_words: Block) -> None:
    record = await desk.ended()
    assert (record.outcome, record.ended_by, record.error) == (Outcome.COMPLETED, Party.AGENT, None)
    assert desk.told(PlayedOut) == [PlayedOut()]
    assert loud_ms(desk.heard()[-last_words.size - RATE_HZ // 2 :]) >= 0.95 * loud_ms(last_words)


async def operator_ends_it(desk: Room) -> None:
    pressed_s, frame = time.monotonic(), desk.heard().size
    desk.end()
    await desk.until(lambda: not desk.microphone_is_open(), 0.5)
    record = await desk.ended()
    assert time.monotonic() - pressed_s < 2
    assert (record.outcome, record.ended_by, record.error) == (Outcome.COMPLETED, Party.OPERATOR, None)
    assert loud_ms(desk.heard(frame)) < 300
