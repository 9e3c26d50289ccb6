"""The practice agent in ElevenLabs' place, in a process of its own: its work is not counted as the program's.

It does what a script says and nothing of its own accord: no greeting, no replies, no interruptions. What it saw is
fetched afterwards. Times are of `time.monotonic`, which is one clock for all processes (Linux).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from connector_gui.core.agent_api import Agent, AgentSettings, ConversationConfig
from connector_gui.core.pcm import PCM_16000
from connector_gui.dsp.block import Block
from connector_gui.practice.conversation import Conversation, Sent
from connector_gui.practice.script import Script, Step
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread

Times = npt.NDArray[np.float64]

WIRE_HZ: Final = PCM_16000.rate_hz
_ANSWER_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the agent saw of one conversation.

    Attributes:
        opened_s: When the socket was opened.
        sent: What the agent sent; times are taken right after each message was handed to the system.
        arrived_s: When each frame of the operator's sound came.
        frames_in: Samples in each of them.
        heard: The operator's sound, all frames joined, at `WIRE_HZ`.
        pongs_ms: From each ping to its pong.
    """

    opened_s: float
    sent: tuple[Sent, ...]
    arrived_s: Times
    frames_in: npt.NDArray[np.int64]
    heard: Block
    pongs_ms: Times

    def sent_s(self, kind: str) -> Times:
        """When the messages of one type were sent, oldest first."""
        return np.array([sent.at_s for sent in self.sent if sent.type == kind])

    def arrival_of(self, sample: int) -> float:
        """When the frame came that has this sample of `heard`."""
        frame = int(np.searchsorted(np.cumsum(self.frames_in), sample, side="right"))
        return float(self.arrived_s[frame])


def obedient(*steps: Step, ping_interval_s: float = 2.0) -> Script:
    """A script for an agent that does these steps and nothing else."""
    silent = AgentSettings(conversation=ConversationConfig(client_events=()))
    agent = Agent(agent_id="bench", name="Bench", conversation_config=silent)
    return Script(agent=agent, steps=steps, ping_interval_s=ping_interval_s, practice_s=86_400.0)


class BenchAgent:
    """The handle on that process."""

    def __init__(self, pipe: Connection, base_url: str) -> None:
        self.base_url = base_url
        self._pipe = pipe

    @property
    def settings(self) -> dict[str, str]:
        """What a program needs in its environment to call this agent."""
        return {"ELEVENLABS_BASE_URL": self.base_url, "ELEVENLABS_API_KEY": "sk_bench_0123456789"}

    def script(self, script: Script) -> None:
        """Let the next conversation go like this; one that is not reached yet stays first."""
        self._ask(script)

    def every_evidence(self) -> list[Evidence]:
        """What is known now of each conversation that goes on, the one that began first first."""
        every: list[Evidence] = self._ask(list)
        return every

    def evidence(self) -> Evidence:
        """What is known now of the conversation that began last.

        Raises:
            LookupError: There has been none.
        """
        evidence: Evidence | None = self._ask(Evidence)
        if evidence is None:
            raise LookupError("nobody has called the agent")
        return evidence

    def _ask(self, question: object) -> Any:
        self._pipe.send(question)
        if not self._pipe.poll(_ANSWER_TIMEOUT_S):
            raise TimeoutError("the bench's agent does not answer")
        return self._pipe.recv()


@contextmanager
def bench_agent() -> Iterator[BenchAgent]:
    """Run the agent for as long as the block lasts."""
    # Not forked: this process has threads of the sound server's library.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="bench agent", daemon=True)
    process.start()
    try:
        if not ours.poll(_ANSWER_TIMEOUT_S):
            raise TimeoutError("the bench's agent did not start")
        yield BenchAgent(ours, ours.recv())
    finally:
        ours.close()  # ends the other side
        process.join(_ANSWER_TIMEOUT_S)
        process.kill()


def _serve(pipe: Connection) -> None:
    """The process: answer questions until the pipe is closed."""
    thread = PracticeThread(server := PracticeServer(with_evidence=True))
    pipe.send(thread.start())
    try:
        while True:
            question = pipe.recv()
            if isinstance(question, Script):
                server.control.script(question)
            known = server.control.conversations
            if question is list:
                pipe.send([_evidence(one) for one in known if not one.is_over])
            else:
                pipe.send(_evidence(known[-1]) if question is Evidence and known else None)
    except EOFError:
        pass
    finally:
        thread.stop()


def _evidence(conversation: Conversation) -> Evidence:
    frames = [received for received in list(conversation.received) if received.audio_bytes]
    return Evidence(
        opened_s=conversation.started_s,
        sent=tuple(conversation.sent),
        arrived_s=np.array([frame.at_s for frame in frames]),
        frames_in=np.array([frame.audio_bytes // PCM_16000.bytes_per_frame for frame in frames], dtype=np.int64),
        heard=conversation.recording.heard(),
        pongs_ms=np.array([pong.delay_s * 1000 for pong in conversation.pongs if pong.delay_s is not None]),
    )
