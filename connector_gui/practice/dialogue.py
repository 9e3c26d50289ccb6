"""What the practice agent says, and when: all its decisions, no socket and no clock.

    STARTING ──metadata due──→ TALKING ──goodbye, time up──→ LEAVING ──end_call sent, delay──→ OVER
        └──────────────────────────┴── no input, too long, too silent ─────────────────────────→ OVER

Each method takes what happened and the time, in s of a monotonic clock, and returns what is to be sent, in order.
ids: the greeting is 1, then every turn of either side takes the next one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np

from connector_gui.core.agent_api import Agent, ConversationTurn
from connector_gui.core.messages import (
    END_CALL_TOOL,
    MAX_DURATION_EXCEEDED,
    AgentResponse,
    AgentResponseCorrection,
    AgentToolResponse,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Interruption,
    TentativeUserTranscript,
    UserTranscript,
    WireMessage,
)
from connector_gui.core.pcm import PCM_16000, WIRE_FORMAT_NAMES, AudioFormat
from connector_gui.dsp.block import Block
from connector_gui.practice.admission import filled_in, first_message
from connector_gui.practice.pings import Pinger
from connector_gui.practice.script import Script
from connector_gui.practice.speaker import Speaker
from connector_gui.practice.turns import TurnDetector, TurnEnded, TurnEvent, TurnGoesOn, TurnStarted
from connector_gui.practice.voice import Sentence, converted, samples_of, text_of

PAUSE_MS: Final = 150
"""Between "You said:" and what was said."""

FAREWELL_WORD: Final = "goodbye"
PROTOCOL_ERROR: Final = 1002


class Phase(StrEnum):
    """Where the conversation is."""

    STARTING = "starting"
    TALKING = "talking"
    LEAVING = "leaving"
    OVER = "over"


class _Ending(StrEnum):
    """Why a conversation ends by itself."""

    END_CALL = "end_call"
    NO_INPUT = "no_input"
    TOO_LONG = "too_long"
    SILENCE = "silence"
    LEAVE = "leave"
    """Not the end yet: time for the farewell."""


@dataclass(frozen=True, slots=True)
class Close:
    """The conversation is to be closed, and why, as its record will say."""

    code: int
    reason: str
    termination: str


Command: TypeAlias = WireMessage | Close


class Dialogue:
    """One conversation, decided."""

    def __init__(self, conversation_id: str, script: Script, agent: Agent, initiation: ConversationInitiation) -> None:
        self.phase = Phase.STARTING
        self.transcript: list[ConversationTurn] = []
        settings = agent.conversation_config
        self._output_name = script.output_format or settings.tts.agent_output_audio_format
        self._input_name = script.input_format or settings.asr.user_input_audio_format
        self.output_format = _known_format(self._output_name)
        # A client that is not told the input's format takes it for the usual one.
        self.input_format = _known_format(self._input_name) if script.names_input_format else PCM_16000
        self.speaker = Speaker(self.output_format, speed=script.speed)
        self._conversation_id = conversation_id
        self._script = script
        self._settings = settings
        self._initiation = initiation
        self._pinger = Pinger(script.ping_interval_s)
        self._turns = TurnDetector(self.input_format.rate_hz, turn_end_s=script.turn_end_s)
        self._greeting = filled_in(first_message(agent, initiation), initiation)
        self._last_id = 0
        self._agent_turns: dict[int, int] = {}  # event id → place in the transcript
        self._user_id: int | None = None
        self._start_s = math.inf
        self._input_s = math.inf
        self._user_spoke_s = math.inf
        self._close_s = math.inf
        self._is_silent = False

    # What happens

    def begin(self, now_s: float) -> list[Command]:
        """The client's first frame has come and was found in order."""
        self._start_s = now_s + self._script.metadata_delay_s
        return self.tick(now_s)

    def hear(self, samples: Block, now_s: float) -> list[Command]:
        """The user's audio goes on with *samples*, at the input's rate."""
        self._input_s = now_s
        if self.phase is not Phase.TALKING:
            return []
        commands: list[Command] = []
        for event in self._turns.process(samples):
            commands += self._take_turn(event, now_s)
        return commands

    def read(self, text: str, now_s: float) -> list[Command]:
        """The user has written *text*."""
        self._input_s = self._user_spoke_s = now_s
        if self.phase is not Phase.TALKING:
            return []
        commands = self._interrupt(now_s)
        self._next_id()
        self._note("user", text, now_s)
        if FAREWELL_WORD in text.lower():
            return commands + self.leave(now_s)
        return commands + self.speak(Sentence.MESSAGE, now_s, text=f"{text_of(Sentence.MESSAGE)} ({text})")

    def pong(self, event_id: int, now_s: float) -> float | None:
        """A pong has come: how long it took, in s; None if its ping is not known."""
        return self._pinger.answered(event_id, now_s)

    def tick(self, now_s: float) -> list[Command]:
        """Time has passed."""
        if self.is_over:
            return []
        if self.phase is Phase.STARTING:
            return self._start(now_s) if now_s >= self._start_s else []
        commands = self._time_is_up(now_s)
        if self.is_over:
            return commands
        if not self._is_silent:
            ping = self._pinger.due(now_s)
            commands += [ping] if ping else []
            commands += self.speaker.due(now_s)
        if self.phase is Phase.LEAVING and not self.speaker.is_sending and self._close_s == math.inf:
            self._close_s = now_s + self._script.end_call_delay_s
            commands.append(self._end_call())
        return commands

    @property
    def is_over(self) -> bool:
        """Nothing more will be sent."""
        return self.phase is Phase.OVER

    @property
    def wake_s(self) -> float:
        """When `tick` has something to do next; infinite for never."""
        match self.phase:
            case Phase.STARTING:
                return self._start_s
            case Phase.OVER:
                return math.inf
        times = list(self._deadlines().values())
        if not self._is_silent:
            times += [when for when in (self._pinger.wake_s, self.speaker.wake_s) if when is not None]
        return min(times)

    # What can be asked for

    def speak(self, sentence: Sentence, now_s: float, *, text: str | None = None) -> list[Command]:
        """Say a shipped sentence as a turn of the agent, showing *text* for it."""
        return self._say(text or text_of(sentence), samples_of(sentence, self.output_format.rate_hz), now_s)

    def leave(self, now_s: float) -> list[Command]:
        """Take leave and hang up, as an agent with the `end_call` tool does it."""
        if self.phase is not Phase.TALKING:
            return []
        self.phase = Phase.LEAVING
        return self.speak(Sentence.FAREWELL, now_s)

    def fall_silent(self) -> None:
        """Send nothing of the agent's own accord from now on."""
        self._is_silent = True

    @property
    def last_agent_id(self) -> int:
        """The id of the turn last begun, for events that are sent out of order."""
        return max(1, self._last_id)

    # How it goes on

    def _start(self, now_s: float) -> list[Command]:
        self.phase = Phase.TALKING
        self._start_s = self._input_s = self._user_spoke_s = now_s
        self._pinger.start(now_s)
        metadata = ConversationMetadata(
            conversation_id=self._conversation_id, agent_output_audio_format=self._output_name
        )
        if self._script.names_input_format:
            metadata = metadata.model_copy(update={"user_input_audio_format": self._input_name})
        commands: list[Command] = [metadata]
        commands += [ping] if (ping := self._pinger.due(now_s)) else []
        if self._greeting:
            commands += self.speak(Sentence.GREETING, now_s, text=self._greeting)
        return commands

    def _take_turn(self, event: TurnEvent, now_s: float) -> list[Command]:
        self._user_spoke_s = now_s
        match event:
            case TurnStarted():
                commands = self._interrupt(now_s)
                self._user_id = self._next_id()
                return [*commands, self._tentative("(you are speaking)")]
            case TurnGoesOn(duration_s):
                return [self._tentative(f"(you have been speaking for {duration_s:.1f} s)")]
            case TurnEnded(samples, duration_s):
                text = f"(you spoke for {duration_s:.1f} s)"
                self._note("user", text, now_s)
                transcript = UserTranscript(text=text, event_id=self._user_id)
                return [transcript, *self._echo(samples, duration_s, now_s)]

    def _tentative(self, text: str) -> TentativeUserTranscript:
        return TentativeUserTranscript(text=text, event_id=self._user_id)

    def _echo(self, samples: Block, duration_s: float, now_s: float) -> list[Command]:
        """Say back what was heard, in the caller's own voice."""
        rate_hz = self.output_format.rate_hz
        pause = np.zeros(self.output_format.frames_in(PAUSE_MS), dtype=np.int16)
        own_voice = converted(samples, self.input_format.rate_hz, rate_hz)
        lead_in = samples_of(Sentence.YOU_SAID, rate_hz)
        text = f"{text_of(Sentence.YOU_SAID)} (your own voice, {duration_s:.1f} s)"
        return self._say(text, np.concatenate((lead_in, pause, own_voice)), now_s)

    def _say(self, text: str, samples: Block, now_s: float) -> list[Command]:
        event_id = self._next_id()
        self._agent_turns[event_id] = len(self.transcript)
        self._note("agent", text, now_s)
        self.speaker.say(event_id, samples, now_s)
        chunks = [] if self._is_silent else self.speaker.due(now_s)
        return [AgentResponse(text=text, event_id=event_id), *chunks]

    def _interrupt(self, now_s: float) -> list[Command]:
        """The user cuts in: fall silent, and say what had been heard by then."""
        if not self._can_be_interrupted(now_s):
            return []
        cut = self.speaker.cut(now_s)
        if cut is None:
            return []
        said = self._cut_transcript(self._agent_turns[cut.event_id], cut.heard_part)
        late_frames = self.output_format.frames_in(self._script.late_audio_ms)
        late = [self.speaker.audio(cut.event_id, cut.rest[:late_frames])] if late_frames else []
        return [
            Interruption(event_id=cut.event_id),
            AgentResponseCorrection(
                original_text=said.original_message or "", text=said.message or "", event_id=cut.event_id
            ),
            *late,
        ]

    def _can_be_interrupted(self, now_s: float) -> bool:
        if "interruption" not in self._settings.conversation.client_events or not self.speaker.is_heard(now_s):
            return False
        is_greeting = self._last_id == 1
        return not (is_greeting and self._settings.agent.disable_first_message_interruptions)

    def _cut_transcript(self, place: int, heard_part: float) -> ConversationTurn:
        """The turn at *place*, cut at the word that was being heard."""
        whole = self.transcript[place].message or ""
        heard = whole[: round(len(whole) * heard_part)].rsplit(" ", 1)[0] if heard_part < 1 else whole
        text = heard if heard == whole else f"{heard}..."
        cut = self.transcript[place].model_copy(
            update={"message": text, "interrupted": True, "original_message": whole}
        )
        self.transcript[place] = cut
        return cut

    def _note(self, role: str, text: str, now_s: float) -> None:
        self.transcript.append(ConversationTurn(role=role, message=text, time_in_call_secs=int(now_s - self._start_s)))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _end_call(self) -> AgentToolResponse:
        return AgentToolResponse(
            tool_name=END_CALL_TOOL,
            tool_call_id=f"end_call_{self._last_id}",
            tool_type="system",
            is_error=False,
            is_called=True,
            event_id=self._last_id,
        )

    # When it ends

    def _deadlines(self) -> dict[_Ending, float]:
        """When each of them comes about unless something happens before."""
        settings = self._settings
        silence_s = settings.turn.silence_end_call_timeout
        return {
            _Ending.END_CALL: self._close_s,
            _Ending.NO_INPUT: self._input_s + self._script.input_timeout_s,
            _Ending.TOO_LONG: self._start_s + settings.conversation.max_duration_seconds,
            _Ending.SILENCE: self._user_spoke_s + (silence_s if silence_s >= 0 else math.inf),
            _Ending.LEAVE: self._start_s + (self._script.practice_s if self.phase is Phase.TALKING else math.inf),
        }

    def _time_is_up(self, now_s: float) -> list[Command]:
        ending = next((ending for ending, when_s in self._deadlines().items() if now_s >= when_s), None)
        if ending is None:
            return []
        if ending is _Ending.LEAVE:
            return self.leave(now_s)
        self.phase = Phase.OVER
        return _last_words(ending)


def _known_format(name: str) -> AudioFormat:
    """The format *name* means; a made-up one is announced all the same, and the sound behind it is the usual."""
    return AudioFormat.parse(name) if name in WIRE_FORMAT_NAMES else PCM_16000


def _last_words(ending: _Ending) -> list[Command]:
    """What is sent when a conversation ends by itself. Source: the contract's table of errors."""
    match ending:
        case _Ending.NO_INPUT:
            text = "No user input for too long."
            error = ErrorMessage(code=PROTOCOL_ERROR, error_type="transport_receive_timeout", message=text, reason=text)
            return [error, Close(PROTOCOL_ERROR, text, text)]
        case _Ending.TOO_LONG:
            text = "Maximum conversation duration exceeded."
            return [ErrorMessage(code=1000, error_type=MAX_DURATION_EXCEEDED, message=text), Close(1000, text, text)]
        case _Ending.SILENCE:
            return [Close(1000, "", "Call ended due to silence.")]
        case _:
            return [Close(1000, "", "end_call tool was called.")]
