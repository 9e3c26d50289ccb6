"""Hears when the caller speaks: voice activity in the audio that comes in, cut into turns.

    audio → 20 ms frames → loud enough over the room's noise? → WebRTC's detector → smoothing → turns

Time here is audio time: the detector knows nothing of a clock, and a stalled stream ends no turn.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import webrtcvad

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler

FRAME_MS: Final = 20
VAD_HZ: Final = 16_000
VAD_MODE: Final = 2
"""0 to 3. At 2 it takes steady noise of -30 dBFS for noise and still hears a voice of -60 dBFS; 3 is deaf to that."""

ONSET_FRAMES: Final = (6, 8)
"""So many voiced frames among so many begin a turn: 120 ms, longer than a key click or the detector's own settling."""
BEFORE_MS: Final = 300
"""Kept from before the onset, so that no word loses its beginning."""
AFTER_MS: Final = 200
"""Kept after the last voiced frame."""
LONGEST_TURN_MS: Final = 30_000
"""A turn is cut here: a stream that never falls quiet must not fill the memory."""
STEADY_MS: Final = 500
"""How often the detector reports that a turn goes on."""

QUIETEST_RMS: Final = 33.0
"""-60 dBFS: below this nothing counts as speech."""
OVER_NOISE: Final = 2.0
"""Speech is at least 6 dB over the room's noise."""
NOISE_WINDOW_FRAMES: Final = 25
NOISE_WINDOWS: Final = 10
"""The room's noise is the quietest frame of the last 10 × 0.5 s: speech has a gap in any 5 s, a fan has none."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The caller has begun to speak."""


@dataclass(frozen=True, slots=True)
class TurnGoesOn:
    """The caller has been speaking for *duration_s*."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The caller has finished: *samples* are all that was said, at the input's rate, *duration_s* of it speech."""

    samples: Block
    duration_s: float


TurnEvent: TypeAlias = TurnStarted | TurnGoesOn | TurnEnded


class _NoiseFloor:
    """The level of the room, from the quietest frames of late."""

    def __init__(self) -> None:
        self._minima: deque[float] = deque([np.inf], maxlen=NOISE_WINDOWS)
        self._frames = 0

    def stands_out(self, rms: float) -> bool:
        """Whether a frame of this level is louder than the room; the frame is taken into account."""
        if self._frames == NOISE_WINDOW_FRAMES:
            self._minima.append(np.inf)
            self._frames = 0
        self._frames += 1
        self._minima[-1] = min(self._minima[-1], rms)
        # Until a whole window has been heard, its quietest frame may be the speech itself.
        floor = min(list(self._minima)[:-1], default=0.0)
        return rms >= max(QUIETEST_RMS, floor * OVER_NOISE)


class TurnDetector:
    """Cuts one stream of audio into turns."""

    def __init__(self, rate_hz: int, *, turn_end_s: float) -> None:
        """Listen to audio of *rate_hz*; *turn_end_s* of quiet end a turn."""
        self._rate_hz = rate_hz
        self._frame_frames = rate_hz * FRAME_MS // 1000
        self._quiet_frames = max(1, round(turn_end_s * 1000 / FRAME_MS))
        self._vad = webrtcvad.Vad(VAD_MODE)
        self._resampler = Resampler(rate_hz, VAD_HZ)
        self._noise = _NoiseFloor()
        self._pending = EMPTY
        self._pending_vad = EMPTY
        self._before: deque[Block] = deque(maxlen=BEFORE_MS // FRAME_MS)
        self._votes: deque[bool] = deque(maxlen=ONSET_FRAMES[1])
        self._turn: list[Block] = []
        self._onset_frames = 0
        self._quiet_run = 0
        self._is_voiced = False

    def process(self, samples: Block) -> list[TurnEvent]:
        """What *samples*, the next of the stream, bring about."""
        self._pending = np.concatenate((self._pending, samples))
        events: list[TurnEvent] = []
        whole = self._pending.size - self._pending.size % self._frame_frames
        for start in range(0, whole, self._frame_frames):
            frame = self._pending[start : start + self._frame_frames]
            event = self._take(frame, self._hears_voice(frame))
            if event is not None:
                events.append(event)
        self._pending = self._pending[whole:].copy()
        return events

    def _hears_voice(self, frame: Block) -> bool:
        """The detector's word on *frame*; it works at 16 kHz and may lag by one frame of its own."""
        stands_out = self._noise.stands_out(float(np.sqrt(np.mean(np.square(frame, dtype=np.float64)))))
        self._pending_vad = np.concatenate((self._pending_vad, self._resampler.process(frame)))
        size = VAD_HZ * FRAME_MS // 1000
        while self._pending_vad.size >= size:
            self._is_voiced = self._vad.is_speech(self._pending_vad[:size].tobytes(), VAD_HZ)
            self._pending_vad = self._pending_vad[size:]
        return stands_out and self._is_voiced

    def _take(self, frame: Block, is_voiced: bool) -> TurnEvent | None:
        self._votes.append(is_voiced)
        if not self._turn:
            self._before.append(frame)
            return self._begin() if sum(self._votes) >= ONSET_FRAMES[0] else None
        self._turn.append(frame)
        # A lone voiced frame is a click: it takes two of three to go on speaking.
        speaks = sum(list(self._votes)[-3:]) >= 2
        self._quiet_run = 0 if speaks else self._quiet_run + 1
        length_ms = len(self._turn) * FRAME_MS
        if self._quiet_run >= self._quiet_frames or length_ms >= LONGEST_TURN_MS:
            return self._end()
        return TurnGoesOn(self._spoken_s()) if length_ms % STEADY_MS == 0 else None

    def _begin(self) -> TurnStarted:
        self._turn = list(self._before)
        self._onset_frames = len(self._turn) - min(len(self._turn), ONSET_FRAMES[1])
        self._before.clear()
        self._quiet_run = 0
        return TurnStarted()

    def _end(self) -> TurnEnded:
        duration_s = self._spoken_s()
        surplus = max(0, self._quiet_run - AFTER_MS // FRAME_MS)
        samples = np.concatenate(self._turn[: len(self._turn) - surplus])
        self._turn = []
        self._votes.clear()
        return TurnEnded(samples, duration_s)

    def _spoken_s(self) -> float:
        frames = len(self._turn) - self._onset_frames - self._quiet_run
        return frames * FRAME_MS / 1000
