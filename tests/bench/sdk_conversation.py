"""The official ElevenLabs Python SDK holds a conversation with the practice agent: proof that the agent is faithful.

    python tests/bench/sdk_conversation.py [--server-python PATH]

Needs the package `elevenlabs`; the practice agent may run under another interpreter. The caller's microphone is a
file: the practice agent's own sentences. Prints figures as JSON; the exit status is 1 if something did not come about.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import AudioInterface, Conversation, DisconnectionDetails

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from connector_gui.practice.voice import Sentence, samples_of  # noqa: E402 - the path to it is set above

RATE_HZ = 16_000
CHUNK_FRAMES = 4_000
"""What the SDK's own microphone sends: 250 ms."""
CHUNK_S = CHUNK_FRAMES / RATE_HZ


class FileAudio(AudioInterface):  # type: ignore[misc]  # untyped where the SDK is not installed
    """A headset made of arrays: what is said comes from a queue, what is heard is kept."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.heard_at_s: list[float] = []
        self.interrupted_at_s: list[float] = []
        self._to_say: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._microphone: threading.Thread | None = None

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        """Called by the SDK when the conversation begins."""
        self._microphone = threading.Thread(target=self._run, args=(input_callback,), name="microphone")
        self._microphone.start()

    def stop(self) -> None:
        """Called by the SDK when it ends."""
        self._stopped.set()
        if self._microphone is not None and self._microphone is not threading.current_thread():
            self._microphone.join(2)

    def output(self, audio: bytes) -> None:
        """Called by the SDK with each chunk of the agent's voice."""
        self.heard += audio
        self.heard_at_s.append(time.monotonic())

    def interrupt(self) -> None:
        """Called by the SDK when the user has cut in."""
        self.interrupted_at_s.append(time.monotonic())

    def say(self, sentence: Sentence) -> None:
        """Say a sentence into the microphone."""
        samples = samples_of(sentence, RATE_HZ)
        whole = np.zeros(-(-samples.size // CHUNK_FRAMES) * CHUNK_FRAMES, dtype="<i2")
        whole[: samples.size] = samples
        for start in range(0, whole.size, CHUNK_FRAMES):
            self._to_say.put(whole[start : start + CHUNK_FRAMES].tobytes())

    def _run(self, send: Callable[[bytes], None]) -> None:
        due_s = time.monotonic()
        while not self._stopped.wait(max(0.0, due_s - time.monotonic())):
            try:
                chunk = self._to_say.get_nowait()
            except queue.Empty:
                chunk = bytes(CHUNK_FRAMES * 2)
            send(chunk)
            due_s += CHUNK_S


@dataclass
class Call:
    """One conversation and what the SDK told of it."""

    audio: FileAudio = field(default_factory=FileAudio)
    agent_said: list[str] = field(default_factory=list)
    user_said: list[str] = field(default_factory=list)
    corrections: list[tuple[str, str]] = field(default_factory=list)
    endings: list[DisconnectionDetails] = field(default_factory=list)


class NotSeenError(Exception):
    """Something that should have happened did not."""


def until(what: str, predicate: Callable[[], bool], timeout_s: float = 10.0) -> float:
    """Wait for something; how long it took, in s."""
    started_s = time.monotonic()
    while not predicate():
        if time.monotonic() - started_s > timeout_s:
            raise NotSeenError(what)
        time.sleep(0.002)
    return time.monotonic() - started_s


def likeness(heard: bytes, said: Sentence) -> float:
    """How much of *said* is in *heard*, 1 for all of it: the peak of the cross-correlation over the energy."""
    haystack = np.frombuffer(heard, dtype="<i2").astype(np.float64)
    needle = samples_of(said, RATE_HZ).astype(np.float64)
    size = 1 << (haystack.size + needle.size).bit_length()
    product = np.fft.rfft(haystack, size) * np.conj(np.fft.rfft(needle, size))
    return float(np.fft.irfft(product, size).max() / np.dot(needle, needle))


@contextlib.contextmanager
def practice_server(python: str) -> Iterator[str]:
    """The practice agent as a program; its base URL."""
    command = [python, "-m", "connector_gui.practice", "--control"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        try:
            assert program.stdout is not None
            yield program.stdout.readline().strip()
        finally:
            program.terminate()


def converse(base_url: str) -> dict[str, Any]:
    """Hold the conversation; the figures.

    Raises:
        NotSeenError: A part of it did not come about.
    """
    call = Call()
    audio = call.audio
    conversation = Conversation(
        ElevenLabs(api_key="any-key", base_url=base_url),
        "agent_of_the_sdk",
        requires_auth=True,
        audio_interface=audio,
        callback_agent_response=call.agent_said.append,
        callback_user_transcript=call.user_said.append,
        callback_agent_response_correction=lambda said, heard: call.corrections.append((said, heard)),
        callback_disconnect=call.endings.append,
    )
    figures: dict[str, Any] = {}
    started_s = time.monotonic()
    conversation.start_session()
    until("the greeting", lambda: bool(audio.heard_at_s))
    figures["start_to_first_audio_ms"] = round((audio.heard_at_s[0] - started_s) * 1000)
    greeting_bytes = samples_of(Sentence.GREETING, RATE_HZ).size * 2
    until("the whole greeting", lambda: len(audio.heard) >= greeting_bytes)
    figures["greeting_likeness"] = round(likeness(bytes(audio.heard), Sentence.GREETING), 3)
    time.sleep(greeting_bytes / 2 / RATE_HZ)  # it is heard to its end

    figures |= _echo(call)
    figures |= _barge_in(call, conversation)
    figures |= _goodbye(call, conversation)
    figures["conversation_id"] = conversation.wait_for_session_end()
    return figures


def _echo(call: Call) -> dict[str, Any]:
    """Say a sentence, and hear it again."""
    audio = call.audio
    already, turns = len(audio.heard), len(call.agent_said)
    audio.say(Sentence.MESSAGE)
    sentence_s = samples_of(Sentence.MESSAGE, RATE_HZ).size / RATE_HZ
    waited_s = until("the reply", lambda: len(call.agent_said) > turns and len(audio.heard) > already)
    time.sleep(1.0)  # the reply is sent ten times faster than it plays
    if audio.interrupted_at_s:
        raise NotSeenError("a turn of its own: the sentence interrupted what had been heard already")
    return {
        "user_transcript": call.user_said[-1],
        "sentence_end_to_reply_ms": round((waited_s - sentence_s) * 1000),
        "echo_likeness": round(likeness(bytes(audio.heard[already:]), Sentence.MESSAGE), 3),
    }


def _barge_in(call: Call, conversation: Conversation) -> dict[str, Any]:
    """Have the agent speak, and cut in."""
    turns = len(call.agent_said)
    conversation.send_user_message("Please say something.")
    until("the answer to a text", lambda: len(call.agent_said) > turns)
    time.sleep(3.0)  # heard to its end
    call.audio.interrupted_at_s.clear()
    call.audio.say(Sentence.GREETING)
    until("the reply to cut in on", lambda: len(call.agent_said) > turns + 1, 15)
    time.sleep(0.5)
    spoke_s = time.monotonic()
    call.audio.say(Sentence.MESSAGE)
    until("the interruption", lambda: bool(call.audio.interrupted_at_s))
    until("the correction", lambda: bool(call.corrections))
    said, heard = call.corrections[-1]
    if not said.startswith(heard.removesuffix("...")):
        raise NotSeenError("a correction that is the beginning of what was said")
    until("the turn that cut in", lambda: len(call.agent_said) > turns + 2)
    return {"barge_in_to_interruption_ms": round((call.audio.interrupted_at_s[-1] - spoke_s) * 1000)}


def _goodbye(call: Call, conversation: Conversation) -> dict[str, Any]:
    """Write goodbye, and be hung up on."""
    already = len(call.audio.heard)
    asked_s = time.monotonic()
    conversation.send_user_message("goodbye")
    until("the end", lambda: bool(call.endings))
    (ending,) = call.endings
    if (ending.reason, ending.close_code) != ("agent", 1000):
        raise NotSeenError(f"a clean end, but {ending}")
    return {
        "goodbye_to_end_ms": round((time.monotonic() - asked_s) * 1000),
        "farewell_likeness": round(likeness(bytes(call.audio.heard[already:]), Sentence.FAREWELL), 3),
    }


def evidence(base_url: str) -> dict[str, Any]:
    """What the server saw of the call."""
    with urllib.request.urlopen(f"{base_url}/practice/control/conversations") as reply:
        (seen,) = json.load(reply)["conversations"]
    delays_ms = [pong["delay_s"] * 1000 for pong in seen["pongs"] if pong["delay_s"] is not None]
    return {
        "bad_frames": seen["bad_frames"],
        "closing": seen["closing"],
        "pongs": len(delays_ms),
        "pong_ms_median": round(float(np.median(delays_ms)), 1),
        "audio_chunks_received": sum(frame["type"] == "user_audio_chunk" for frame in seen["received"]),
    }


def main() -> int:
    """Run the conversation; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server-python", default=sys.executable, help="interpreter for the practice agent")
    arguments = parser.parse_args()
    with practice_server(arguments.server_python) as base_url:
        try:
            figures = converse(base_url) | evidence(base_url)
        except NotSeenError as error:
            print(f"Missing: {error}")
            return 1
    print(json.dumps(figures, indent=2))
    likenesses = [figures[name] for name in ("greeting_likeness", "echo_likeness", "farewell_likeness")]
    return 0 if min(likenesses) > 0.95 and figures["bad_frames"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
