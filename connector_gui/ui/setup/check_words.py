"""What a sound check found, in words: three lines, each with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from connector_gui.core.sound_check import (
    CheckStep,
    DelayVerdict,
    EchoVerdict,
    SoundCheck,
    VoiceVerdict,
)
from connector_gui.ui.translation import tr


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: a sign and a word for how it is, the figure, what to do.

    Attributes:
        role: The role of its colour, as `theme.set_role` has it.
    """

    sign: str
    role: str
    words: str
    figure: str
    cure: str = ""


def step_words(step: CheckStep) -> str:
    """What happens now, and what the operator is to do."""
    return {
        CheckStep.QUIET: tr("Be quiet for a moment: it listens to your room…"),
        CheckStep.AGENT: tr("The practice agent speaks. Just listen, and stay quiet…"),
        CheckStep.OPERATOR: tr("Now you: say a sentence, as you would in a call…"),
        CheckStep.STOPPED: tr("The test was broken off."),
    }[step]


def findings(check: SoundCheck) -> list[Finding]:
    """Your voice, the echo, the delay: in this order."""
    return [_voice(check), _echo(check), _delay(check)]


def _voice(check: SoundCheck) -> Finding:
    level_dbfs = check.voice.level_dbfs
    figure = "" if level_dbfs is None else tr("{n} dBFS").format(n=_number(level_dbfs))
    match check.voice_verdict:
        case VoiceVerdict.GOOD:
            return _good(tr("Your voice is loud enough"), figure)
        case VoiceVerdict.LOW:
            cure = tr("Come closer, or raise the microphone in the system's sound settings.")
            return _poor(tr("Your voice is too low"), figure, cure)
        case VoiceVerdict.LOUD:
            cure = tr("Lower the microphone in the system's sound settings, or move away from it.")
            return _poor(tr("Your voice is too loud"), figure, cure)
        case VoiceVerdict.UNHEARD:
            cure = tr("Test again and speak after the agent. If you did, choose another microphone above.")
            return _poor(tr("Your voice was not heard"), figure, cure)
        case VoiceVerdict.SILENT:
            cure = tr("It is muted at the device or by the system. Unmute it, or choose another microphone above.")
            return _bad(tr("The microphone gives only silence"), figure, cure)


def _echo(check: SoundCheck) -> Finding:
    left_db, erle_db = check.echo.left_db, check.echo.erle_db
    figure = ""
    if left_db is not None and erle_db is not None:
        figure = tr("{left} dB left, {removed} dB removed").format(
            left=_number(left_db), removed=_number(max(0.0, erle_db))
        )
    switch_on = tr("Switch echo cancelling on in Settings › Sound.")
    cure = tr("Turn the speaker down, move it away from the microphone, or use a headset.")
    if not check.is_cancelling:
        cure = f"{switch_on} {cure}"
    if check.voice_verdict is VoiceVerdict.SILENT:
        return Finding("○", "muted", tr("Whether there is an echo cannot be told"), "")
    match check.echo_verdict:
        case EchoVerdict.UNHEARD:
            cure = tr("As with a headset. If you did not hear the agent either, choose another speaker above.")
            return Finding("✓", "live", tr("No echo"), figure, cure)
        case EchoVerdict.GOOD:
            return _good(tr("Almost no echo"), figure)
        case EchoVerdict.SOME:
            return _poor(tr("Some echo: the agent may hear itself"), figure, cure)
        case EchoVerdict.MUCH:
            return _bad(tr("Much echo: the agent hears itself"), figure, cure)


def _delay(check: SoundCheck) -> Finding:
    figure = tr("{n} ms").format(n=_number(check.delay_ms))
    if check.echo.delay_ms is None:
        figure = tr("{n} ms, as the devices say").format(n=_number(check.delay_ms))
    if check.delay_verdict is DelayVerdict.GOOD:
        return _good(tr("The sound is quick"), figure)
    cure = tr("Bluetooth and virtual devices are slow: a cable makes talking easier.")
    return _poor(tr("The sound is late"), figure, cure)


def _number(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


def _good(words: str, figure: str) -> Finding:
    return Finding("✓", "live", words, figure)


def _poor(words: str, figure: str, cure: str) -> Finding:
    return Finding("▲", "ring", words, figure, cure)


def _bad(words: str, figure: str, cure: str) -> Finding:
    return Finding("✕", "error", words, figure, cure)
