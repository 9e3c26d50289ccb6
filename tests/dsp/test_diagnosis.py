"""What is wrong with the sound is found, once, and what is right is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.core.level import SILENCE, Level
from connector_gui.dsp.block import Block
from connector_gui.dsp.diagnosis import CLIPPED_WINDOWS, LOW_S, UNDERRUNS, Diagnosis, Finding
from tests.dsp.echo_scene import FRAME, agent, block, echo_of, noise, operator

WINDOW_S = 1 / 30


def heard(captured: Block, seconds: float) -> list[Finding]:
    diagnosis = Diagnosis()
    return [finding for step in range(round(seconds * 100)) for finding in diagnosis.hear(captured, step / 100)]


def test_a_second_of_exact_zeros_means_that_the_system_blocks_the_microphone() -> None:
    zeros = np.zeros(480, dtype=np.int16)
    assert heard(zeros, 0.9) == []
    assert heard(zeros, 30) == [Finding.MICROPHONE_BLOCKED]


def test_the_faintest_noise_is_a_microphone_that_works() -> None:
    faint = np.zeros(480, dtype=np.int16)
    faint[7] = 1
    assert heard(faint, 10) == []


def sequence(*parts: tuple[Block, float], begins: bool = False) -> list[Finding]:
    """What is found while each block is delivered for so many seconds, one part after the other."""
    diagnosis, found, now_s = Diagnosis(), [], 0.0
    for captured, seconds in parts:
        for _ in range(round(seconds * 100)):
            now_s += 0.01
            found += diagnosis.hear(captured, now_s)
        if begins:
            diagnosis.begin_microphone()
    return found


ZEROS = np.zeros(480, dtype=np.int16)
SOUND = np.full(480, 100, dtype=np.int16)
NOTHING = np.zeros(0, dtype=np.int16)


def test_one_that_was_heard_before_and_falls_exactly_silent_is_muted_at_the_device() -> None:
    assert sequence((SOUND, 2), (ZEROS, 2.9)) == []
    assert sequence((SOUND, 2), (ZEROS, 20)) == [Finding.MICROPHONE_MUTED]


def test_pauses_of_a_noise_gate_are_left_alone() -> None:
    assert sequence(*[(SOUND, 1), (ZEROS, 2)] * 20) == []
    found = sequence(*[(SOUND, 1), (ZEROS, 70)] * 6)
    assert found.count(Finding.MICROPHONE_MUTED) <= 4  # twice, with a reminder a minute later; then it is known


def test_one_that_was_opened_anew_is_judged_anew() -> None:
    assert sequence((SOUND, 2), (ZEROS, 2), begins=True) == [Finding.MICROPHONE_BLOCKED]


def test_the_time_a_microphone_is_closed_is_no_silence() -> None:
    assert sequence((SOUND, 1), (ZEROS, 0.5), (NOTHING, 30), (ZEROS, 0.5), (SOUND, 1)) == []


def test_a_microphone_that_delivers_nothing_is_not_taken_for_a_blocked_one() -> None:
    assert heard(np.zeros(0, dtype=np.int16), 10) == []


def measured(level: Level, seconds: float, *, may_speak: bool = True) -> list[Finding]:
    diagnosis = Diagnosis()
    return [
        finding
        for step in range(round(seconds / WINDOW_S))
        for finding in diagnosis.measure(level, operator_may_speak=may_speak, now_s=step * WINDOW_S)
    ]


@pytest.mark.parametrize(
    ("rms_dbfs", "may_speak", "found"),
    [(-60, True, [Finding.MICROPHONE_LOW]), (-60, False, []), (-30, True, []), (SILENCE.rms_dbfs, True, [])],
    ids=["low", "not his turn", "loud enough", "silence is another matter"],
)
def test_a_voice_that_never_rises_is_too_low(rms_dbfs: float, may_speak: bool, found: list[Finding]) -> None:
    level = Level(peak_dbfs=rms_dbfs + 10, rms_dbfs=rms_dbfs, is_clipping=False)
    assert measured(level, LOW_S + 1, may_speak=may_speak) == found


def test_clipping_is_found_when_it_goes_on() -> None:
    clipping = Level(peak_dbfs=0, rms_dbfs=-6, is_clipping=True)
    assert measured(clipping, (CLIPPED_WINDOWS - 1) * WINDOW_S) == []
    assert measured(clipping, 5) == [Finding.MICROPHONE_CLIPS]


def compared(sent: Block, far_end: Block, *, together: int = 1) -> list[Finding]:
    """Compare frame by frame, or as many *together* as the pump finds at once."""
    diagnosis = Diagnosis()
    size = FRAME * together
    return [
        finding
        for start in range(0, sent.size - size + 1, size)
        for finding in diagnosis.compare(
            sent[start : start + size].reshape(together, FRAME),
            far_end[start : start + size].reshape(together, FRAME),
            start / 16_000,
        )
    ]


@pytest.mark.parametrize("together", [1, 5, 7])
def test_the_agents_voice_in_what_is_sent_is_an_echo(together: int) -> None:
    far_end = agent(10)
    heard = block(echo_of(far_end, -10, delay_ms=120) + noise(10))
    assert compared(heard, block(far_end), together=together) == [Finding.ECHO_LEFT]


def test_an_operator_who_talks_all_the_time_is_no_echo() -> None:
    assert compared(block(operator(20) + noise(20)), block(agent(20))) == []


def test_a_cancelled_echo_is_none() -> None:
    far_end = agent(10)
    assert compared(block(echo_of(far_end, -45) + noise(10)), block(far_end)) == []


def test_underruns_count_when_they_come_often() -> None:
    diagnosis = Diagnosis()
    seldom = [finding for number in range(20) for finding in diagnosis.count_underruns(number, 30.0 * number)]
    assert seldom == []
    often = [finding for number in range(20, 20 + UNDERRUNS) for finding in diagnosis.count_underruns(number, 700.0)]
    assert often == [Finding.UNDERRUNS]
