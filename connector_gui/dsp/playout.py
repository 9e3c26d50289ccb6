"""The playout buffer: between the agent's audio, which comes faster than it plays, and the speaker.

    voice thread                                   PortAudio's thread
    write ──→ reel: piece, piece, piece … ──→ take ──→ gain ──→ device block
    flush ──→ puts an empty reel in its place      (the old one fades out, ≤ 5 ms)
    hold  ──→ gain to 0, then nothing is taken

There is no lock. Each counter has one writer, and what both sides share changes in one step:
appending to and popping from a deque, and replacing the reel.

    waiting ──prebuffer reached, or waited that long──→ playing ──empty──→ bridging ──faded──→ waiting
                                                           ↑────── more came ──────┘

The delay adapts: a reply starts as soon as its first piece is there; pieces that come just in time
are stretched a little, so that some sound lies ready for the next; what runs dry all the same goes
on with its own last period until more comes. `reserve` decides how much, `stretch` does it, both
in the voice thread.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.reserve import Reserve
from connector_gui.dsp.stretch import (
    HISTORY_MS,
    NO_BRIDGE,
    Bridge,
    bridge_after,
    lengthen,
    shorten_silence,
)

CAPACITY_MS: Final = 10 * 60_000.0
"""Audio the buffer takes; a whole reply arrives at once, ten minutes of it are a fault at the far end."""
FADE_MS: Final = 5.0
"""Length of every change of gain: short enough to end inside a device block, long enough not to click."""
UNDERRUN_MS: Final = 500.0
"""Silence up to this long inside the agent's audio is an underrun; a longer one is the pause between replies."""

_KEPT_TALLIES: Final = 256
_UNITY: Final = 1.0


@dataclass(slots=True)
class _Piece:
    """Some audio of one event; *source_frames* were written, more or fewer are played."""

    samples: Block
    tally: _Tally
    source_frames: int
    bridge: Bridge

    def source_at(self, offset: int) -> int:
        """How much of what was written has been heard when *offset* frames were played."""
        return offset * self.source_frames // self.samples.size


class _Tally:
    """Frames of one event that have been taken; the device's thread counts."""

    __slots__ = ("taken_frames",)

    def __init__(self) -> None:
        self.taken_frames = 0


class _Reel:
    """What waits to be played, and how much of it went in and out."""

    __slots__ = ("bridge", "offset", "pieces", "taken_frames", "written_frames")

    def __init__(self) -> None:
        self.pieces: deque[_Piece] = deque()
        self.offset = 0  # into the first piece; the device's thread alone
        self.bridge = NO_BRIDGE  # after the piece that was finished last; the device's thread alone
        self.written_frames = 0  # the voice thread writes
        self.taken_frames = 0  # the device's thread writes

    @property
    def pending_frames(self) -> int:
        return self.written_frames - self.taken_frames

    def append(self, piece: _Piece) -> None:
        self.pieces.append(piece)
        self.written_frames += piece.samples.size

    def take_into(self, out: Block) -> int:
        """Move the next frames to the front of *out*; returns how many there were."""
        done = 0
        while done < out.size and self.pieces:
            piece = self.pieces[0]
            frames = min(out.size - done, piece.samples.size - self.offset)
            end = self.offset + frames
            out[done : done + frames] = piece.samples[self.offset : end]
            done += frames
            piece.tally.taken_frames += piece.source_at(end) - piece.source_at(self.offset)
            self.offset = end
            if end == piece.samples.size:
                self.offset = 0
                self.bridge = piece.bridge
                self.pieces.popleft()
        self.taken_frames += done
        return done

    def drop(self, frames: int) -> int:
        """Let the next frames go by, heard by nobody; returns how many there were."""
        done = 0
        while done < frames and self.pieces:
            piece = self.pieces[0]
            passed = min(frames - done, piece.samples.size - self.offset)
            done += passed
            self.offset += passed
            if self.offset == piece.samples.size:
                self.offset = 0
                self.pieces.popleft()
        self.taken_frames += done
        return done


class PlayoutBuffer:
    """Mono int16 at the device's rate: written by the voice thread, drained by the device's.

    Audio beyond `CAPACITY_MS` is dropped, the newest first, and counted: what was said first is
    heard first, and the record says that the end is missing.

    Attributes:
        rate_hz: The device's rate.
        underruns: How often audio ran out and went on within `UNDERRUN_MS`.
        underrun_frames: What was played for it, silent or bridged.
        dropped_frames: Frames refused because the buffer was full.
    """

    def __init__(
        self,
        rate_hz: int,
        *,
        prebuffer_ms: float | None = None,
        capacity_ms: float = CAPACITY_MS,
    ) -> None:
        """Make an empty buffer.

        Args:
            rate_hz: The device's rate.
            prebuffer_ms: A fixed delay: what must be there before a sound starts, or the wait for it. Nothing
                is stretched or bridged then. By default the delay adapts.
            capacity_ms: The most that may wait.
        """
        self.rate_hz = rate_hz
        self.underruns = 0
        self.underrun_frames = 0
        self.dropped_frames = 0
        self._reserve = Reserve() if prebuffer_ms is None else None
        first_ms = self._reserve.prebuffer_ms if self._reserve else prebuffer_ms or 0.0
        self._prebuffer_frames = self._frames_in(first_ms)
        self._capacity_frames = self._frames_in(capacity_ms)
        self._underrun_limit_frames = self._frames_in(UNDERRUN_MS)

        # Shared: one side writes, in one step.
        self._reel = _Reel()
        self._volume = _UNITY
        self._is_held = False

        # The voice thread's.
        self._tallies: dict[int | None, _Tally] = {}
        self._flushed: list[_Reel] = []
        self._recent: Block = EMPTY  # the end of what was written
        self._is_new_reply = True

        # The device's thread's.
        self._playing = self._reel
        self._is_started = False
        self._waited_frames = 0
        self._never_dry = self._underrun_limit_frames + 1
        self._dry_frames = self._never_dry  # since audio ran out; more than the limit: it is not missed
        self._bridge = NO_BRIDGE
        self._bridge_at = 0
        self._gain = _UNITY
        self._last_sample = 0
        fade_frames = max(1, self._frames_in(FADE_MS))
        self._rise = (np.arange(1, fade_frames + 1) / fade_frames).astype(np.float32)
        self._fall = (1 - self._rise).astype(np.float32)
        self._scratch = np.zeros(fade_frames, dtype=np.float32)
        self._bridge_end = np.zeros(fade_frames, dtype=np.int16)

    def _frames_in(self, duration_ms: float) -> int:
        return round(self.rate_hz * duration_ms / 1000)

    # The voice thread's side.

    def write(self, samples: Block, event_id: int | None = None) -> None:
        """Add *samples*, which belong to the agent's event *event_id*; they must not change afterwards."""
        self._forget_flushed()
        room = max(0, self._capacity_frames - self._reel.pending_frames)
        if samples.size > room:
            self.dropped_frames += samples.size - room
            samples = samples[:room]
        if samples.size:
            written_frames = samples.size
            bridge = NO_BRIDGE
            if self._reserve is not None:
                has_lead = self._is_new_reply or self._in_ms(self._reel.pending_frames) >= self._reserve.wanted_ms
                samples = self._pace(samples, self._reserve)
                recent = np.concatenate((self._recent, samples))
                self._recent = recent[-self._frames_in(HISTORY_MS) :]
                # Silence after audio that came early is most likely the end of the reply, and stays silence.
                if not has_lead:
                    bridge = bridge_after(self._recent, self.rate_hz)
            self._reel.append(_Piece(samples, self._tally(event_id), written_frames, bridge))

    def _pace(self, samples: Block, reserve: Reserve) -> Block:
        """*samples*, longer or with a shorter pause where the reserve asks for it."""
        slack_frames, dry_frames = self._reel.pending_frames, self._dry_frames
        if self._is_new_reply or (not slack_frames and dry_frames > self._underrun_limit_frames):
            self._is_new_reply = False
            self._recent = EMPTY
            reserve.begin_reply()
            self._prebuffer_frames = self._frames_in(reserve.prebuffer_ms)
            return samples
        if not self._is_started and slack_frames:
            return samples  # the device has not begun: this tells nothing of the network
        if not slack_frames and dry_frames:
            reserve.run_dry(self._in_ms(dry_frames))
            return samples  # one piece that was late is no uneven network: more may be close behind it
        change_ms = reserve.change_ms(self._in_ms(slack_frames), self._in_ms(samples.size))
        if not change_ms:
            return samples
        change = lengthen if change_ms > 0 else shorten_silence
        changed = change(samples, self._frames_in(abs(change_ms)), self.rate_hz)
        reserve.changed(self._in_ms(changed.size - samples.size))
        return changed

    def _in_ms(self, frames: int) -> float:
        return frames * 1000 / self.rate_hz

    def _tally(self, event_id: int | None) -> _Tally:
        tally = self._tallies.setdefault(event_id, _Tally())
        if len(self._tallies) > _KEPT_TALLIES:
            del self._tallies[next(iter(self._tallies))]
        return tally

    def flush(self) -> None:
        """Drop everything written so far; the device is silent within one block, after a fade."""
        self._forget_flushed()
        # Kept until the device's thread has left it: freeing minutes of audio is not for that thread to do.
        self._flushed.append(self._reel)
        self._is_new_reply = True
        self._reel = _Reel()

    def _forget_flushed(self) -> None:
        if self._playing is self._reel:
            self._flushed.clear()

    def pass_over(self, frames: int) -> int:
        """Drop the next *frames*, which nobody hears and nothing counts as heard; how many there were.

        Only while no device reads: this is its side of the reel.
        """
        self._playing = self._reel  # what was flushed needs no fade any more
        passed = self._reel.drop(frames)
        if passed:
            self._bridge = self._reel.bridge = NO_BRIDGE  # it would lead on from what was not heard
            self._last_sample = 0
            self._gain = 0.0  # what is heard next begins in the middle: with a fade
            self._is_started = bool(self._reel.pending_frames)
            self._dry_frames = 0 if self._is_started else self._never_dry
        return passed

    def hold(self) -> None:
        """Play silence and keep what is here and what comes, until `resume`."""
        self._is_held = True

    def resume(self) -> None:
        """Go on where `hold` stopped."""
        self._is_held = False

    @property
    def is_held(self) -> bool:
        """Silence is played and audio is kept."""
        return self._is_held

    @property
    def volume(self) -> float:
        """Gain from 0 (silent) to 1 (as it came); other values are clamped to that, not a number is 1."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = _UNITY if math.isnan(volume) else min(_UNITY, max(0.0, volume))

    @property
    def pending_ms(self) -> float:
        """Audio that the device has not taken yet."""
        return self._in_ms(self._reel.pending_frames)

    @property
    def wanted_reserve_ms(self) -> float:
        """Audio that should lie ready against this network; 0 where the delay is fixed."""
        return self._reserve.wanted_ms if self._reserve else 0.0

    @property
    def is_playing(self) -> bool:
        """Sound is coming out: the agent speaks."""
        return (self._is_started or self._bridge is not NO_BRIDGE) and not self._is_held

    @property
    def is_empty(self) -> bool:
        """The device has taken everything. Its own latency is still to be heard."""
        return self._reel.pending_frames == 0

    def heard_frames(self, event_id: int | None) -> int:
        """Frames of *event_id* that the device has taken; 0 for one that is not among the latest 256."""
        tally = self._tallies.get(event_id)
        return tally.taken_frames if tally else 0

    def heard_ms(self, event_id: int | None) -> float:
        """As `heard_frames`, in ms."""
        return self._in_ms(self.heard_frames(event_id))

    # The device's thread's side: copies and counts, nothing else.

    def read_into(self, out: Block) -> None:
        """Fill *out*, shape ``(frames,)``, with what is to be heard next; silence where there is nothing."""
        if self._playing is not self._reel:
            self._end_flushed(out)
        elif self._is_held and (self._gain == 0 or not self._is_started):
            self._dry_frames = self._never_dry
            self._bridge = NO_BRIDGE
            self._fall_silent(out)
        elif self._bridge is not NO_BRIDGE:
            self._cross_bridge(out)
        elif self._is_started or self._starts_now(out.size):
            self._play(out)
        else:
            self._fall_silent(out)
        self._last_sample = int(out[-1])

    def _end_flushed(self, out: Block) -> None:
        """Fade out what played when it was flushed, and turn to the new reel."""
        faded = 0
        if self._is_started and not self._is_held:
            faded = self._playing.take_into(out[: self._rise.size])
            self._ramp(out[:faded], self._gain, 0.0, frames=faded)
        if faded:
            out[faded:] = 0
        else:
            self._fall_silent(out)
        self._playing = self._reel
        self._bridge = NO_BRIDGE
        self._wait()
        self._dry_frames = self._never_dry

    def _starts_now(self, block_frames: int) -> bool:
        """Whether enough is there, or what is there has waited long enough, to play from this block on."""
        pending = self._playing.pending_frames
        if not pending:
            self._dry_frames += block_frames
            return False
        # A short sound with nothing after it must be heard too: it waits only as long as a prebuffer lasts.
        if pending < self._prebuffer_frames and self._waited_frames < self._prebuffer_frames:
            self._waited_frames += block_frames
            self._dry_frames += block_frames
            return False
        if self._dry_frames <= self._underrun_limit_frames:
            self._count_underrun()
        elif not self._is_held:
            self._gain = self._volume  # the beginning of a reply is played as it is, without a fade
        self._is_started = True
        self._dry_frames = 0
        return True

    def _count_underrun(self) -> None:
        self.underruns += 1
        self.underrun_frames += self._dry_frames

    def _play(self, out: Block) -> None:
        # On hold only the fade is still taken; the rest waits.
        wanted = out[: self._rise.size] if self._is_held else out
        taken = self._playing.take_into(wanted)
        target = 0.0 if self._is_held else self._volume
        if self._gain != target:
            self._ramp(out[:taken], self._gain, target, frames=self._rise.size)
        elif target != _UNITY:
            np.multiply(out[:taken], target, out=out[:taken], casting="unsafe")
        self._gain = target
        if taken == out.size:
            return
        if taken:
            self._last_sample = int(out[taken - 1])
        if self._is_held:
            self._fall_silent(out[taken:])
        else:
            self._run_dry(out[taken:])

    def _run_dry(self, out: Block) -> None:
        """Everything has been played: go on with its end, or with silence, and wait."""
        self._wait()
        self._bridge, self._bridge_at = self._playing.bridge, 0
        if self._bridge is NO_BRIDGE:
            self._fall_silent(out)
            if self._last_sample:
                self._gain = 0.0  # sound was cut off: come back with a fade
        else:
            self._take_bridge_into(out)
        self._dry_frames = out.size

    def _cross_bridge(self, out: Block) -> None:
        """Go on with the bridge, or with what has come meanwhile: where the bridge is as its beginning was."""
        joint = -self._bridge_at % self._bridge.period_frames
        if not self._playing.pending_frames or joint >= out.size:
            self._take_bridge_into(out)
            self._dry_frames += out.size
            return
        self._take_bridge_into(out[:joint])
        self._dry_frames += joint
        frames = min(out.size - joint, self._bridge_end.size)
        self._take_bridge_into(self._bridge_end[:frames])
        self._ramp(self._bridge_end[:frames], _UNITY, 0.0, frames=frames)
        self._bridge = NO_BRIDGE
        self._count_underrun()
        self._is_started = True
        self._dry_frames = 0
        self._gain = self._volume
        self._play(out[joint:])
        self._ramp(out[joint : joint + frames], 0.0, _UNITY, frames=frames)
        out[joint : joint + frames] += self._bridge_end[:frames]

    def _take_bridge_into(self, out: Block) -> None:
        """The bridge's next frames, at the present volume; silence after its end."""
        samples = self._bridge.samples[self._bridge_at : self._bridge_at + out.size]
        np.multiply(samples, self._gain, out=out[: samples.size], casting="unsafe")
        out[samples.size :] = 0
        self._bridge_at += out.size
        if self._bridge_at >= self._bridge.samples.size:
            self._bridge = NO_BRIDGE
            self._gain = 0.0  # whatever comes now comes with a fade

    def _wait(self) -> None:
        self._is_started = False
        self._waited_frames = 0

    def _fall_silent(self, out: Block) -> None:
        """Silence, led to from the last sample heard: a step to zero would click."""
        out.fill(0)
        if self._last_sample:
            frames = min(out.size, self._fall.size)
            np.multiply(self._fall[:frames], self._last_sample, out=self._scratch[:frames])
            out[:frames] = self._scratch[:frames]

    def _ramp(self, block: Block, start: float, end: float, *, frames: int) -> None:
        """Bring the gain from *start* to *end* over *frames* (at most a fade), and on from there."""
        frames = min(frames, block.size)
        scratch = self._scratch[:frames]
        np.multiply(self._rise[:frames], (end - start) * self._rise.size / max(frames, 1), out=scratch)
        scratch += start
        np.multiply(block[:frames], scratch, out=scratch)
        block[:frames] = scratch
        if end != _UNITY:
            np.multiply(block[frames:], end, out=block[frames:], casting="unsafe")
