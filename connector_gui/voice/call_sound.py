"""A call's own sound, between its link and whatever line it has at the moment; none while it is held.

    line → filters → uplink → messages          on hold: silence at the real pace
    messages → downlink → playout → line        on hold: the backlog waits, a minute at most
    both → recording

It belongs to the call, not to its devices: what waits to be heard, how much of it was, and the recording go on while
the call is moved from one line to another.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.core import conversation as talk
from connector_gui.core.messages import UserAudioChunk
from connector_gui.dsp.backlog import Backlog
from connector_gui.dsp.block import EMPTY
from connector_gui.dsp.downlink import Downlink
from connector_gui.dsp.microphone import processing_hz
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.dsp.silence import SilentPace
from connector_gui.dsp.uplink import Uplink
from connector_gui.voice.pace import UNHURRIED_S, pause_s
from connector_gui.voice.pair import Pair
from connector_gui.voice.recording.call_recording import CallRecording

HELD_LIMIT_S: Final = 60.0
"""What the agent says to a held call waits up to this length; beyond, the oldest of it goes, in whole messages.

Its text is in the transcript all the same. Who comes back after minutes wants to hear what was said last.
"""
AHEAD_MS: Final = 600.0
"""Of a backlog so much is decoded ahead of the speaker."""
USUAL_HZ: Final = 48_000
"""The rate to decode to while no speaker is known."""
TAIL_S: Final = 0.15
"""No audio for this long may be the end of a reply: nothing more is waited for."""
REPLY_END_S: Final = 0.5
"""No audio for this long is the end: the converter's last millisecond is played. In an uneven network the
next piece would else not join the one before."""
LAST_WORDS_S: Final = 1.0
"""Quiet for this long after the agent said goodbye: nothing more will come, even if it does not hang up."""


class CallSound:
    """Belongs to the voice loop.

    Attributes:
        playout: What a speaker is to play; None until the first line is there, or given up.
        last_audio_s: When the agent's last sound came.
    """

    def __init__(self, chunk_ms: int, recording: CallRecording) -> None:
        self.playout: PlayoutBuffer | None = None
        self.last_audio_s = 0.0
        self._chunk_ms = chunk_ms
        self._recording = recording
        self._begun: talk.Begin | None = None
        self._uplink: Uplink | None = None
        self._downlink: Downlink | None = None
        self._backlog: Backlog | None = None
        self._pace: SilentPace | None = None
        self._silence: UserAudioChunk | None = None
        self._is_held = False
        self._is_muted = False
        self._is_silenced = False
        self._volume = 1.0
        self._dropped_ms = 0.0

    # --- the beginning ------------------------------------------------------------------------------

    def settle(self, rate_hz: int | None) -> PlayoutBuffer:
        """The playout buffer, made for a speaker of *rate_hz* if there is none yet."""
        if self.playout is None:
            self.playout = PlayoutBuffer(rate_hz or USUAL_HZ)
            self.playout.volume = self._volume
            if self._is_held:
                self.playout.hold()
        return self.playout

    def begin(self, begin: talk.Begin, now_s: float) -> None:
        """The formats of the wire are known: sound flows from now on."""
        self._begun = begin
        self._downlink = Downlink(begin.output_format, self.settle(None).rate_hz)
        self._backlog = Backlog(begin.output_format)
        self._uplink = Uplink(begin.input_format, self._chunk_ms, now_s=now_s)
        self._uplink.is_muted = self._is_muted
        self._recording.begin(processing_hz(begin.input_format.rate_hz), now_s)
        if self._is_held:
            self._begin_silence(now_s)

    @property
    def wire_hz(self) -> int | None:
        """The rate of what is sent; None before `begin`."""
        return self._begun.input_format.rate_hz if self._begun else None

    # --- with a line and without ----------------------------------------------------------------------

    def hold(self, now_s: float) -> None:
        """No line from now on: silence goes out at the real pace, and what comes waits."""
        if self._is_held:
            return
        self._is_held = True
        if self.playout is not None:
            self.playout.hold()
        if self._begun is not None:
            self._begin_silence(now_s)

    def _begin_silence(self, now_s: float) -> None:
        assert self._begun is not None  # the callers know
        self._pace = SilentPace(self._begun.input_format, self._chunk_ms, now_s=now_s)
        self._silence = UserAudioChunk.of(self._pace.payload)

    def resume(self) -> None:
        """There is a line again: what waited is heard, and after it what comes."""
        if not self._is_held:
            return
        self._is_held = False
        if self.playout is not None:
            self.playout.resume()
        pace, self._pace = self._pace, None
        if pace is not None and self._uplink is not None:
            self._uplink.start_again(pace.covered_s)
        self._feed_backlog()

    @property
    def waiting_s(self) -> float:
        """How much of the agent's speech waits because of the hold, until it has been heard."""
        waiting_ms = self._backlog.waiting_ms if self._backlog is not None else 0.0
        if self._is_held and self.playout is not None:
            waiting_ms += self.playout.pending_ms
        return waiting_ms / 1000

    def take_dropped_s(self) -> float:
        """How much had to go since the last call, as more came than is kept."""
        dropped_ms, self._dropped_ms = self._dropped_ms, 0.0
        return dropped_ms / 1000

    @property
    def counters(self) -> dict[str, int]:
        """What went wrong on the way, for the log."""
        playout = self.playout
        return {
            "underruns": playout.underruns if playout is not None else 0,
            "underrun_ms": round(playout.underrun_frames * 1000 / playout.rate_hz) if playout is not None else 0,
            "captured_too_fast": self._uplink.dropped_frames if self._uplink is not None else 0,
        }

    # --- from the agent -------------------------------------------------------------------------------

    def play(self, payload: bytes, event_id: int, now_s: float) -> None:
        """Let *payload* be heard after all that waits."""
        # What was on its way when the operator hung up is not heard any more.
        if self._downlink is None or self._backlog is None or self.playout is None or self._is_silenced:
            return
        self.last_audio_s = now_s
        if self._is_held or not self._backlog.is_empty:
            self._backlog.add(payload, event_id)
        else:
            self.playout.write(self._downlink.feed(payload), event_id)

    def flush(self, event_id: int) -> float:
        """The agent was interrupted; how much of *event_id* has been heard, in ms."""
        # Before the formats are known there may be no speaker yet, and nothing was heard.
        heard_ms = self.playout.heard_ms(event_id) if self._downlink is not None and self.playout is not None else 0.0
        self.drop()
        return heard_ms

    def drop(self) -> None:
        """Nothing of what has come is heard any more."""
        if self._downlink is not None and self._backlog is not None and self.playout is not None:
            self.playout.flush()
            self._backlog.clear()
            self._downlink.clear()

    def silence(self) -> None:
        """Nothing is heard any more, whatever comes."""
        self._is_silenced = True
        self.drop()

    def _feed_backlog(self) -> None:
        if self._backlog is None or self._downlink is None or self.playout is None or self._is_held:
            return
        while not self._backlog.is_empty and self.playout.pending_ms < AHEAD_MS:
            waiting = self._backlog.take()
            self.playout.write(self._downlink.feed(waiting.payload), waiting.event_id)

    def _keep_limit(self, *, is_left: bool) -> None:
        """Let the oldest go, beyond `HELD_LIMIT_S`; not while a speaker may still read from the playout buffer."""
        excess_ms = self.waiting_s * 1000 - HELD_LIMIT_S * 1000
        if excess_ms <= 0 or self._backlog is None or self.playout is None or not is_left:
            return
        passed = self.playout.pass_over(round(excess_ms * self.playout.rate_hz / 1000))
        dropped_ms = passed * 1000 / self.playout.rate_hz
        dropped_ms += self._backlog.drop_beyond(HELD_LIMIT_S * 1000 - self.playout.pending_ms)
        self._dropped_ms += dropped_ms

    def play_tail(self, now_s: float) -> None:
        """What a converter keeps back until more comes: at the end of a reply nothing does."""
        if self._downlink is None or self._backlog is None or not self._backlog.is_empty or self.playout is None:
            return
        if now_s - self.last_audio_s > REPLY_END_S:
            tail = self._downlink.finish()
            if tail.size and not self.playout.is_empty:  # on its own it would be a click
                self.playout.write(tail)

    def has_played_out(self, now_s: float, *, is_over: bool) -> bool:
        """Whether the agent's last words have been heard; *is_over*: its link is closed."""
        is_complete = is_over or now_s - self.last_audio_s > LAST_WORDS_S
        is_empty = self.playout is None or self.playout.is_empty
        if self._backlog is not None and not self._backlog.is_empty:
            return False
        return is_complete and now_s - self.last_audio_s > TAIL_S and is_empty

    def set_volume(self, volume: float) -> None:
        """Play the agent that loud, 0 to 1."""
        self._volume = volume
        if self.playout is not None:
            self.playout.volume = volume

    # --- to the agent -----------------------------------------------------------------------------------

    def set_muted(self, is_muted: bool) -> None:
        """Send zeros in place of the microphone, or stop doing so."""
        self._is_muted = is_muted
        if self._uplink is not None:
            self._uplink.is_muted = is_muted

    def move(self, pair: Pair, now_s: float, *, is_sending: bool) -> list[UserAudioChunk]:
        """Take what *pair*'s devices gave since the last call; the messages that are to be sent."""
        captured, played = pair.line.take_captured(), pair.line.take_played()
        captured = pair.microphone.move(captured, played, pair.line, now_s)
        is_silent = pair.line.is_cue_playing
        # The tone at the end is no part of the conversation.
        heard = np.zeros_like(played) if self._is_silenced else played
        is_sent = is_sending and not (self._is_muted or is_silent)
        delay_ms = pair.microphone.delay_ms
        self._recording.add(captured, heard, pair.line, now_s, is_sent=is_sent, delay_ms=delay_ms)
        self._feed_backlog()
        if self._uplink is not None and pair.microphone.rate_hz is not None:
            self._uplink.use_device(pair.microphone.rate_hz)
        if self._uplink is None or not is_sending:
            return []
        chunks = self._uplink.feed(EMPTY if is_silent else captured, now_s)
        return [UserAudioChunk.of(chunk) for chunk in chunks]

    def wait(self, now_s: float, *, is_sending: bool, is_left: bool) -> list[UserAudioChunk]:
        """Without a line: the silence that is due; *is_left*: no speaker reads from the playout buffer any more."""
        self._keep_limit(is_left=is_left)
        self._recording.add(EMPTY, EMPTY, None, now_s, is_sent=False)
        if self._pace is None or self._silence is None:
            return []
        due = self._pace.take(now_s)
        return [self._silence] * due if is_sending else []

    def pause_s(
        self, last_block_s: float | None, now_s: float, *, is_sending: bool, longest_s: float, block_s: float
    ) -> float:
        """How long `move` or `wait` has nothing to do; *is_sending* apart, see `pace.pause_s`."""
        if self._is_held:
            return max(0.0, self._pace.next_s - now_s) if self._pace is not None else UNHURRIED_S
        missing_s = self._uplink.missing_s if self._uplink is not None and is_sending else None
        return pause_s(missing_s, last_block_s, now_s, longest_s=longest_s, block_s=block_s)
