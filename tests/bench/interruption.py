"""From an interruption to silence, and what is heard afterwards.

A reply of 10 s of tone is sent at once in chunks of one length (or, as a reply *still coming*, in chunks of 0.25 s, 1 s
ahead of real time); 1.5 s later or a little more, the interruption; 0.2 s after it another chunk of the old reply,
which must stay unheard (not with a reply still coming); 0.8 s after it a new reply, which must be heard.

- *interruption → silence*: from the sending of the interruption to the last sound at the speaker's monitor before the
  new reply is sent. Sound is an amplitude over a sixteenth of the tone's.
- *pong*: as in `latency`, while the agent's audio plays and is interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from connector_gui.practice.script import Interrupt, SendAudio, Step
from connector_gui.practice.voice import TONE_PEAK
from tests.bench.agent import Evidence, obedient
from tests.bench.figures import Figure
from tests.bench.signals import last_sound
from tests.bench.sound import Ear
from tests.bench.surroundings import Bench
from tests.rig import Samples

SILENCE_MS: Final = 60.0
PONG_MS: Final = 20.0
REPLY_MS: Final = 10_000
NEW_REPLY_MS: Final = 300
BEFORE_S: Final = 1.0
SPOKEN_S: Final = 1.5
LATE_S: Final = 0.2
NEW_S: Final = 0.8
TRIAL_S: Final = 2.9
SMALL_CHUNK_MS: Final = 250
AHEAD_S: Final = 1.0


KINDS: Final = ("chunks of 0.25 s", "chunks of 4 s", "reply still coming")


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure three ways in which a reply can come, one after the other in one call."""
    trials = range(len(KINDS) * bench.runs)
    steps = [step for trial in trials for step in _reply(trial, KINDS[trial // bench.runs])]
    bench.agent.script(obedient(*steps, ping_interval_s=0.2))
    with bench.program("interruption") as program, Ear() as ear, bench.call(program):
        time.sleep(_begin_s(len(trials)))
        evidence = bench.evidence()
    for number, kind in enumerate(KINDS):
        yield from _figures(kind, ear, evidence, trials[number * bench.runs :][: bench.runs])
    yield Figure.of("pong while the agent speaks", "ms", list(evidence.pongs_ms), reach=PONG_MS)


def _figures(kind: str, ear: Ear, evidence: Evidence, trials: Sequence[int]) -> Iterator[Figure]:
    silences_ms = [_silence_ms(ear, evidence, trial) for trial in trials]
    late = sum(silence_ms > LATE_S * 1000 for silence_ms in silences_ms)
    unheard = sum(not _is_new_reply_heard(ear, evidence, trial) for trial in trials)
    yield Figure.of(f"interruption → silence, {kind}", "ms", silences_ms, reach=SILENCE_MS)
    yield Figure.of(f"late audio heard, {kind}", f"of {len(trials)}", [late], reach=0)
    yield Figure.of(f"next reply unheard, {kind}", f"of {len(trials)}", [unheard], reach=0)


def _reply(trial: int, kind: str) -> list[Step]:
    match kind:
        case "reply still coming":
            return _still_coming(trial)
        case "chunks of 4 s":
            return _sent_at_once(trial, 4_000)
        case _:
            return _sent_at_once(trial, SMALL_CHUNK_MS)


def _begin_s(trial: int) -> float:
    return BEFORE_S + TRIAL_S * trial


def _interrupted_s(trial: int) -> float:
    """Anywhere in a device block, and in a chunk."""
    return _begin_s(trial) + SPOKEN_S + 0.0373 * (trial % 6)


def _ids(trial: int) -> tuple[int, int]:
    """Event ids of the old and of the new reply."""
    return 2 * trial + 1, 2 * trial + 2


def _sent_at_once(trial: int, chunk_ms: int) -> list[Step]:
    old, _new = _ids(trial)
    lengths_ms = [min(chunk_ms, REPLY_MS - start) for start in range(0, REPLY_MS, chunk_ms)]
    reply = [Step(SendAudio(length, old), _begin_s(trial)) for length in lengths_ms]
    late = Step(SendAudio(SMALL_CHUNK_MS, old), _interrupted_s(trial) + LATE_S)
    return [*reply, *_cut(trial), late]


def _still_coming(trial: int) -> list[Step]:
    old, _new = _ids(trial)
    begin_s, step_s = _begin_s(trial), SMALL_CHUNK_MS / 1000
    starts_s = [begin_s + max(0.0, number * step_s - AHEAD_S) for number in range(REPLY_MS // SMALL_CHUNK_MS)]
    coming = [start_s for start_s in starts_s if start_s < _interrupted_s(trial)]
    return [*(Step(SendAudio(SMALL_CHUNK_MS, old), start_s) for start_s in coming), *_cut(trial)]


def _cut(trial: int) -> list[Step]:
    old, new = _ids(trial)
    interrupted_s = _interrupted_s(trial)
    return [Step(Interrupt(event_id=old), interrupted_s), Step(SendAudio(NEW_REPLY_MS, new), interrupted_s + NEW_S)]


def _silence_ms(ear: Ear, evidence: Evidence, trial: int) -> float:
    """From the interruption to the last sound before the new reply."""
    interrupted_s = evidence.sent_s("interruption")[trial]
    start = ear.frame_at(interrupted_s)
    assert last_sound(_between(ear, interrupted_s - 0.1, interrupted_s), peak=TONE_PEAK) is not None, "nothing to cut"
    last = last_sound(_between(ear, interrupted_s, _new_reply_s(evidence, trial)), peak=TONE_PEAK)
    return 0.0 if last is None else (ear.moment_s(start + last) - interrupted_s) * 1000


def _is_new_reply_heard(ear: Ear, evidence: Evidence, trial: int) -> bool:
    sent_s = _new_reply_s(evidence, trial)
    return last_sound(_between(ear, sent_s, sent_s + NEW_REPLY_MS / 1000), peak=TONE_PEAK) is not None


def _new_reply_s(evidence: Evidence, trial: int) -> float:
    _old, new = _ids(trial)
    return next(sent.at_s for sent in evidence.sent if sent.type == "audio" and sent.event_id == new)


def _between(ear: Ear, from_s: float, to_s: float) -> Samples:
    return ear.samples()[ear.frame_at(from_s) : ear.frame_at(to_s)]
