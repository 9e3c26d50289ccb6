"""What the agent says and when, played on a clock of the test's own."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest

from connector_gui.core.agent_api import AgentConfig, AgentSettings, ConversationConfig, TurnConfig
from connector_gui.core.messages import (
    AgentResponse,
    AgentResponseCorrection,
    AgentToolResponse,
    Audio,
    ConfigOverride,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Interruption,
    Ping,
    TentativeUserTranscript,
    UserTranscript,
    decode_audio,
)
from connector_gui.core.pcm import WIRE_FORMAT_NAMES, AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import Block
from connector_gui.practice.dialogue import Close, Command, Dialogue, Phase
from connector_gui.practice.registry import practice_agent
from connector_gui.practice.script import NEVER, Script
from connector_gui.practice.voice import Sentence, samples_of, text_of

T = TypeVar("T")
CHUNK_S = 0.1
GREETING_S = 4.8


class Call:
    """A dialogue with a caller whose microphone sends every 100 ms, in simulated time."""

    def __init__(self, script: Script | None = None, **settings: Any) -> None:
        script = script or Script()
        agent = practice_agent()
        # Settings of one agent, on top of the everyday one's.
        config = agent.conversation_config.model_copy(update=settings)
        agent = agent.model_copy(update={"conversation_config": config})
        self.dialogue = Dialogue("conv_1", script, agent, ConversationInitiation())
        self.now_s = 1_000.0
        self.log: list[tuple[float, Command]] = []
        self._note(self.dialogue.begin(self.now_s))

    def _note(self, commands: list[Command]) -> None:
        self.log += [(self.now_s - 1_000.0, command) for command in commands]

    def speak(self, samples: Block) -> None:
        """Send *samples* in real time, and whatever is due meanwhile."""
        size = self.dialogue.input_format.frames_in(CHUNK_S * 1000)
        for start in range(0, samples.size, size):
            self.advance(CHUNK_S)
            self._note(self.dialogue.hear(samples[start : start + size], self.now_s))

    def be_quiet(self, duration_s: float) -> None:
        """Send silence for a while."""
        self.speak(np.zeros(self.dialogue.input_format.frames_in(duration_s * 1000), dtype=np.int16))

    def say_a_sentence(self) -> None:
        """Speak for a second, then fall quiet long enough."""
        self.speak(samples_of(Sentence.MESSAGE, self.dialogue.input_format.rate_hz))
        self.be_quiet(1.0)

    def write(self, text: str) -> None:
        """Send a text message."""
        self._note(self.dialogue.read(text, self.now_s))

    def advance(self, duration_s: float) -> None:
        """Let time pass without a frame from the caller."""
        end_s = self.now_s + duration_s
        while (wake_s := self.dialogue.wake_s) <= end_s:
            self.now_s = max(self.now_s, wake_s)
            self._note(self.dialogue.tick(self.now_s))
        self.now_s = end_s

    def all(self, kind: type[T]) -> list[T]:
        """What was sent of one kind."""
        return [command for _, command in self.log if isinstance(command, kind)]

    def when(self, kind: type[T], number: int = -1) -> float:
        """When something of that kind was sent, in s since the beginning."""
        return [at_s for at_s, command in self.log if isinstance(command, kind)][number]

    def sound(self, event_id: int) -> Block:
        """The audio of one turn."""
        payload = b"".join(decode_audio(audio.audio_base_64) for audio in self.all(Audio) if audio.event_id == event_id)
        return wire.decode(payload, self.dialogue.output_format)


def test_it_opens_with_metadata_a_ping_and_the_spoken_greeting() -> None:
    call = Call()
    call.advance(1)
    assert [type(command) for _, command in call.log[:4]] == [ConversationMetadata, Ping, AgentResponse, Audio]
    assert call.all(ConversationMetadata) == [
        ConversationMetadata(
            conversation_id="conv_1", agent_output_audio_format="pcm_16000", user_input_audio_format="pcm_16000"
        )
    ]
    assert call.all(AgentResponse) == [AgentResponse(text=text_of(Sentence.GREETING), event_id=1)]
    assert np.array_equal(call.sound(1), samples_of(Sentence.GREETING, 16_000))


def test_without_a_first_message_it_waits_for_the_user() -> None:
    call = Call(agent=AgentConfig(first_message=""))
    call.be_quiet(3)
    assert call.all(AgentResponse) == []
    assert call.all(Audio) == []
    call.say_a_sentence()
    assert [response.event_id for response in call.all(AgentResponse)] == [2]


def test_it_says_back_what_it_heard_in_the_callers_own_voice() -> None:
    call = Call()
    call.be_quiet(6)
    call.say_a_sentence()
    call.advance(1)
    assert call.all(Interruption) == []
    lead_in = samples_of(Sentence.YOU_SAID, 16_000)
    reply = call.sound(3)
    assert np.array_equal(reply[: lead_in.size], lead_in)
    said, echo = samples_of(Sentence.MESSAGE, 16_000), reply[lead_in.size :]
    # At the place of the loudest sample: what was said, frame for frame.
    start = int(np.argmax(np.abs(echo))) - int(np.argmax(np.abs(said)))
    loud = np.flatnonzero(np.abs(said) > 500)
    assert np.array_equal(echo[start + loud[0] : start + loud[-1]], said[loud[0] : loud[-1]])


def test_transcripts_are_tentative_first_and_honest() -> None:
    call = Call()
    call.be_quiet(6)
    call.say_a_sentence()
    tentative, final = call.all(TentativeUserTranscript), call.all(UserTranscript)
    assert tentative[0].text == "(you are speaking)"
    assert len(final) == 1
    assert final[0].text.startswith("(you spoke for 1.")
    assert [message.event_id for message in tentative] == [2] * len(tentative)
    assert final[0].event_id == 2
    assert [turn.role for turn in call.dialogue.transcript] == ["agent", "user", "agent"]


def test_the_reply_comes_when_the_quiet_has_lasted() -> None:
    call = Call()
    call.be_quiet(6)
    started_s = call.now_s - 1_000.0
    call.speak(samples_of(Sentence.MESSAGE, 16_000))
    call.be_quiet(2)
    # The sentence takes 1.2 s, the quiet 0.6 s, the detector's own hold some 0.1 s, and chunks come every 0.1 s.
    assert call.when(UserTranscript) - started_s == pytest.approx(1.85, abs=0.25)
    assert call.when(AgentResponse) == call.when(UserTranscript)


def test_barge_in_stops_the_turn_and_says_what_was_heard_of_it() -> None:
    call = Call()
    call.be_quiet(1.5)
    call.say_a_sentence()
    (interruption,) = call.all(Interruption)
    (correction,) = call.all(AgentResponseCorrection)
    assert interruption.event_id == correction.event_id == 1
    assert correction.original_text == text_of(Sentence.GREETING)
    assert correction.text.endswith("...")
    assert correction.original_text.startswith(correction.text.removesuffix("..."))
    # 1.5 s and the onset into 4.8 s of speech.
    part = len(correction.text) / len(correction.original_text)
    assert 0.2 < part < 0.5
    assert call.dialogue.transcript[0].interrupted
    assert call.dialogue.transcript[0].original_message == correction.original_text


def test_the_order_of_a_barge_in_is_interruption_correction_transcript() -> None:
    call = Call()
    call.be_quiet(1.5)
    call.say_a_sentence()
    kinds = (Interruption, AgentResponseCorrection, TentativeUserTranscript, UserTranscript)
    order = [type(command) for _, command in call.log if isinstance(command, kinds)]
    assert order[:3] == [Interruption, AgentResponseCorrection, TentativeUserTranscript]


def test_no_audio_follows_an_interruption_under_its_id() -> None:
    call = Call(Script(speed=1.0))
    call.be_quiet(1.5)
    call.say_a_sentence()
    call.be_quiet(3)
    (interruption_at,) = [at for at, (_, command) in enumerate(call.log) if isinstance(command, Interruption)]
    late = [
        command for _, command in call.log[interruption_at:] if isinstance(command, Audio) and command.event_id == 1
    ]
    assert late == []


def test_late_audio_of_the_old_id_follows_when_scripted() -> None:
    call = Call(Script(late_audio_ms=500))
    call.be_quiet(1.5)
    call.say_a_sentence()
    (interruption_at,) = [at for at, (_, command) in enumerate(call.log) if isinstance(command, Interruption)]
    late = [
        command for _, command in call.log[interruption_at:] if isinstance(command, Audio) and command.event_id == 1
    ]
    assert sum(len(decode_audio(audio.audio_base_64)) for audio in late) == 16_000


def test_speech_after_the_audio_was_heard_interrupts_nothing() -> None:
    call = Call()
    call.be_quiet(GREETING_S + 0.5)
    call.say_a_sentence()
    assert call.all(Interruption) == []


def test_an_agent_whose_client_hears_no_interruptions_is_not_interrupted() -> None:
    call = Call(conversation=ConversationConfig(client_events=("audio", "agent_response")))
    call.be_quiet(1.5)
    call.say_a_sentence()
    assert call.all(Interruption) == []
    assert len(call.all(AgentResponse)) == 2


def test_a_greeting_can_be_protected_from_interruptions() -> None:
    greeting = AgentConfig(first_message="Hi there.", disable_first_message_interruptions=True)
    call = Call(agent=greeting)
    call.be_quiet(1.0)
    call.say_a_sentence()
    assert call.all(Interruption) == []


def test_a_text_message_is_answered_and_cuts_in() -> None:
    call = Call()
    call.be_quiet(1)
    call.write("Please call me back.")
    call.advance(1)
    assert [interruption.event_id for interruption in call.all(Interruption)] == [1]
    reply = call.all(AgentResponse)[-1]
    assert "Please call me back." in reply.text
    assert np.array_equal(call.sound(reply.event_id or 0), samples_of(Sentence.MESSAGE, 16_000))


def test_goodbye_in_a_text_hangs_up_the_end_call_way() -> None:
    call = Call()
    call.be_quiet(6)
    call.write("Well, Goodbye then!")
    call.advance(3)
    assert call.all(AgentResponse)[-1].text == text_of(Sentence.FAREWELL)
    (end_call,) = call.all(AgentToolResponse)
    assert (end_call.tool_name, end_call.tool_type, end_call.is_error) == ("end_call", "system", False)
    assert call.log[-1][1] == Close(1000, "", "end_call tool was called.")
    # All of the farewell is sent before, and none of it can have been heard to its end.
    farewell = samples_of(Sentence.FAREWELL, 16_000)
    assert np.array_equal(call.sound(call.all(AgentResponse)[-1].event_id or 0), farewell)
    assert call.when(Audio) <= call.when(AgentToolResponse)
    assert call.when(Close) - call.when(AgentToolResponse) == pytest.approx(0.5)
    assert call.when(Close) - 6 < farewell.size / 16_000
    assert call.dialogue.phase is Phase.OVER


def test_after_three_minutes_it_takes_its_leave() -> None:
    call = Call()
    call.be_quiet(185)
    assert call.all(AgentResponse)[-1].text == text_of(Sentence.FAREWELL)
    assert call.when(AgentResponse) == pytest.approx(180, abs=0.1)
    assert call.all(Close) == [Close(1000, "", "end_call tool was called.")]


def test_nothing_interrupts_the_farewell() -> None:
    call = Call()
    call.be_quiet(6)
    call.write("goodbye")
    call.speak(samples_of(Sentence.MESSAGE, 16_000))
    assert call.all(Interruption) == []
    assert call.all(Close) == [Close(1000, "", "end_call tool was called.")]


def test_sixty_seconds_without_any_input_end_the_call() -> None:
    call = Call()
    call.be_quiet(10)
    call.advance(61)
    (error,) = call.all(ErrorMessage)
    assert (error.code, error.error_type) == (1002, "transport_receive_timeout")
    (close,) = call.all(Close)
    assert close.code == 1002
    assert call.when(Close) == pytest.approx(70, abs=0.1)


def test_the_agents_own_limits_end_the_call() -> None:
    silent = Call(turn=TurnConfig(silence_end_call_timeout=5))
    silent.be_quiet(8)
    assert silent.all(Close)[0].code == 1000
    assert silent.when(Close) == pytest.approx(5, abs=0.1)
    long = Call(conversation=ConversationConfig(max_duration_seconds=3))
    long.be_quiet(5)
    assert [error.error_type for error in long.all(ErrorMessage)] == ["max_duration_exceeded"]
    assert long.all(Close)[0].code == 1000


def test_metadata_comes_late_or_never_when_scripted() -> None:
    late = Call(Script(metadata_delay_s=2))
    late.be_quiet(3)
    assert late.when(ConversationMetadata) == 2.0
    never = Call(Script(metadata_delay_s=NEVER))
    never.be_quiet(100)
    assert never.log == []


def test_pings_keep_their_pace_through_everything() -> None:
    call = Call()
    call.be_quiet(9)
    assert [round(at_s, 2) for at_s, command in call.log if isinstance(command, Ping)] == [0, 2, 4, 6, 8]


def test_a_silent_server_sends_neither_sound_nor_pings() -> None:
    call = Call()
    call.dialogue.fall_silent()
    said = len(call.log)
    call.be_quiet(6)
    assert call.log[said:] == []


@pytest.mark.parametrize("output_name", sorted(WIRE_FORMAT_NAMES))
@pytest.mark.parametrize("input_name", sorted(WIRE_FORMAT_NAMES))
def test_every_format_works_both_ways(input_name: str, output_name: str) -> None:
    call = Call(Script(input_format=input_name, output_format=output_name))
    output = AudioFormat.parse(output_name)
    call.be_quiet(5.5)
    call.say_a_sentence()
    call.advance(1)
    assert len(call.all(UserTranscript)) == 1
    lead_in = samples_of(Sentence.YOU_SAID, output.rate_hz)
    reply = call.sound(3)
    # The lead-in, the pause, the sentence with what was kept around it.
    assert output.duration_ms(reply.size - lead_in.size) == pytest.approx(1_700, abs=300)
    echo = reply[lead_in.size :].astype(np.float64)
    said = samples_of(Sentence.MESSAGE, output.rate_hz).astype(np.float64)
    assert np.abs(echo).max() == pytest.approx(np.abs(said).max(), rel=0.15)


def test_an_unknown_format_is_announced_as_it_is() -> None:
    call = Call(Script(output_format="opus_48000"))
    assert call.all(ConversationMetadata)[0].agent_output_audio_format == "opus_48000"


def test_a_missing_input_format_means_16_khz() -> None:
    call = Call(Script(input_format="pcm_48000", names_input_format=False))
    (metadata,) = call.all(ConversationMetadata)
    assert "user_input_audio_format" not in metadata.to_frame()["conversation_initiation_metadata_event"]
    assert call.dialogue.input_format == AudioFormat.parse("pcm_16000")


def test_a_first_message_of_the_callers_is_shown_filled_in() -> None:
    initiation = ConversationInitiation(
        conversation_config_override=ConfigOverride.model_validate({"agent": {"first_message": "Hello {{name}}!"}}),
        dynamic_variables={"name": "Mara"},
    )
    settings = AgentSettings()
    agent = practice_agent().model_copy(update={"conversation_config": settings})
    commands = Dialogue("c", Script(), agent, initiation).begin(0.0)
    assert AgentResponse(text="Hello Mara!", event_id=1) in commands
