"""How every part of the program does: one line each, from what is known of it.

A line has codes and figures, of which windows make words and diagnostics are made; what may tell of a person (names
of devices, addresses, sentences that came from elsewhere) is in its *detail* alone, which diagnostics leave out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from connector_gui.core.answering import KeyStatus
from connector_gui.core.device_order import in_order
from connector_gui.core.errors import KeyringReason

MIB: Final = 1024 * 1024
LITTLE_SPACE_MIB: Final = 1024
NO_SPACE_MIB: Final = 50
"""Below this no recording goes on, and soon no call can be kept."""


class Subject(StrEnum):
    """What a line is about, in the order of the page."""

    CALLS = "calls"
    KEY = "key"
    ELEVENLABS = "elevenlabs"
    WEBHOOK = "webhook"
    MICROPHONE = "microphone"
    SPEAKER = "speaker"
    KEYRING = "keyring"
    RECORD = "record"
    DISK = "disk"
    HOT_KEYS = "hot_keys"
    HEADSET = "headset"
    SETTINGS = "settings"
    LOG = "log"


class Condition(StrEnum):
    """How it does."""

    GOOD = "good"
    NOTE = "note"
    """It works, but not as one might think."""
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """Being looked at."""


class Cure(StrEnum):
    """Where something can be done about it."""

    TAKE_CALLS = "take_calls"
    SOUND = "sound"
    WEBHOOK = "webhook"
    ELEVENLABS = "elevenlabs"
    KEYBOARD = "keyboard"
    DATA_FOLDER = "data_folder"
    ASK_AGAIN = "ask_again"


@dataclass(frozen=True, slots=True)
class StatusLine:
    """How one part does.

    Attributes:
        code: What is the case; stable, from a fixed set for each subject.
        figures: Numbers that belong to it, by name with their unit.
        detail: A name or sentence for the operator's eyes.
        cure: What can be done, if something should.
    """

    subject: Subject
    condition: Condition
    code: str
    figures: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
    cure: Cure | None = None


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """The last answer of ElevenLabs: what became of asking, by the codes of `elevenlabs.api.KeyState`."""

    code: str
    sentence: str
    took_ms: int
    ago_s: int


@dataclass(frozen=True, slots=True)
class Devices:
    """Names of the devices of one direction; *problem*: why none can be used."""

    names: Sequence[str] = ()
    problem: str | None = None


def calls_line(reasons: Sequence[str], *, is_practice: bool, sentence: str) -> StatusLine:
    """Whether calls can be taken; *reasons* are those of `Health`, *sentence* says the presence in words."""
    if not reasons:
        return StatusLine(Subject.CALLS, Condition.GOOD, "practice" if is_practice else "ready")
    first = reasons[0]
    if first == "do_not_disturb":
        return StatusLine(Subject.CALLS, Condition.NOTE, first, detail=sentence, cure=Cure.TAKE_CALLS)
    if first in {"desk_full", "queue_full"}:
        return StatusLine(Subject.CALLS, Condition.NOTE, first)
    return StatusLine(Subject.CALLS, Condition.PROBLEM, first)


def key_line(status: KeyStatus, origin: str | None, practice: str) -> StatusLine:
    """Whether there is a key for ElevenLabs, by where it is kept (`KeyOrigin`) and the setting PRACTICE."""
    if status is KeyStatus.STORED:
        return StatusLine(Subject.KEY, Condition.GOOD, f"in_{origin or 'keyring'}")
    if status is KeyStatus.UNREADABLE:
        return StatusLine(Subject.KEY, Condition.PROBLEM, "unreadable", cure=Cure.ELEVENLABS)
    if practice == "never":
        return StatusLine(Subject.KEY, Condition.PROBLEM, "none", cure=Cure.ELEVENLABS)
    return StatusLine(Subject.KEY, Condition.NOTE, "none_practice", cure=Cure.ELEVENLABS)


def service_line(answer: ServiceAnswer | None, *, has_key: bool) -> StatusLine:
    """Whether ElevenLabs can be reached and takes the key; *answer* is ``None`` until there was one."""
    if not has_key:
        return StatusLine(Subject.ELEVENLABS, Condition.NOTE, "not_asked")
    if answer is None:
        return StatusLine(Subject.ELEVENLABS, Condition.UNKNOWN, "asking")
    figures = {"took_ms": answer.took_ms, "ago_s": answer.ago_s}
    if answer.code == "usable":
        return StatusLine(Subject.ELEVENLABS, Condition.GOOD, answer.code, figures)
    if answer.code == "permission_missing":
        return StatusLine(Subject.ELEVENLABS, Condition.NOTE, answer.code, figures, answer.sentence)
    cure = Cure.ASK_AGAIN if answer.code == "unknown" else Cure.ELEVENLABS
    return StatusLine(Subject.ELEVENLABS, Condition.PROBLEM, answer.code, figures, answer.sentence, cure)


def webhook_line(url: str | None, problem: str | None, key_count: int) -> StatusLine:
    """Whether callers can reach the desk."""
    figures = {"keys": key_count}
    if url is None:
        if problem is None:
            return StatusLine(Subject.WEBHOOK, Condition.UNKNOWN, "starting", figures)
        return StatusLine(Subject.WEBHOOK, Condition.PROBLEM, "not_listening", figures, problem, Cure.WEBHOOK)
    if not key_count:
        return StatusLine(Subject.WEBHOOK, Condition.PROBLEM, "no_key", figures, url, Cure.WEBHOOK)
    return StatusLine(Subject.WEBHOOK, Condition.GOOD, "listening", figures, url)


def device_line(subject: Subject, devices: Devices | None, wanted: str, in_use: str) -> StatusLine:
    """The microphone or the speaker: *wanted* is the setting, *in_use* the name a call has open, if one does."""
    if in_use:
        return StatusLine(subject, Condition.GOOD, "in_use", detail=in_use)
    if devices is None:
        return StatusLine(subject, Condition.UNKNOWN, "looking")
    figures = {"devices": len(devices.names)}
    if devices.problem is not None or not devices.names:
        return StatusLine(subject, Condition.PROBLEM, "none", figures, devices.problem or "", Cure.SOUND)
    wishes = in_order(wanted)
    if not wishes:
        return StatusLine(subject, Condition.GOOD, "system_default", figures)
    chosen = next((name for wish in wishes for name in devices.names if wish.casefold() in name.casefold()), None)
    if chosen is None:
        return StatusLine(subject, Condition.NOTE, "stand_in", figures, wishes[0], Cure.SOUND)
    return StatusLine(subject, Condition.GOOD, "chosen", figures, chosen)


def keyring_line(trouble: KeyringReason | None, problem: str | None) -> StatusLine:
    """Whether keys can be kept and read."""
    if trouble is None:
        return StatusLine(Subject.KEYRING, Condition.GOOD, "readable")
    return StatusLine(Subject.KEYRING, Condition.PROBLEM, str(trouble), detail=problem or "", cure=Cure.ELEVENLABS)


def record_line(problem: str | None) -> StatusLine:
    """Whether calls can be written down."""
    if problem is None:
        return StatusLine(Subject.RECORD, Condition.GOOD, "written")
    return StatusLine(Subject.RECORD, Condition.PROBLEM, "problem", detail=problem, cure=Cure.DATA_FOLDER)


def disk_line(free_bytes: int | None) -> StatusLine:
    """The space where calls and recordings lie; ``None``: the disk does not tell."""
    if free_bytes is None:
        return StatusLine(Subject.DISK, Condition.PROBLEM, "unreachable", cure=Cure.DATA_FOLDER)
    free_mib = free_bytes // MIB
    figures = {"free_mib": free_mib}
    if free_mib < NO_SPACE_MIB:
        return StatusLine(Subject.DISK, Condition.PROBLEM, "full", figures, cure=Cure.DATA_FOLDER)
    if free_mib < LITTLE_SPACE_MIB:
        return StatusLine(Subject.DISK, Condition.NOTE, "low", figures, cure=Cure.DATA_FOLDER)
    return StatusLine(Subject.DISK, Condition.GOOD, "free", figures)


def other_lines(problems: Mapping[str, str]) -> list[StatusLine]:
    """What stands only where something is wrong: hot keys, the headset's buttons, the settings file, the log."""
    cures = {
        Subject.HOT_KEYS: Cure.KEYBOARD,
        Subject.HEADSET: Cure.KEYBOARD,
        Subject.SETTINGS: Cure.DATA_FOLDER,
        Subject.LOG: Cure.DATA_FOLDER,
    }
    return [
        StatusLine(subject, Condition.PROBLEM, "problem", detail=problems[subject], cure=cure)
        for subject, cure in cures.items()
        if subject in problems
    ]


def diagnostics(lines: Sequence[StatusLine], about: Mapping[str, str]) -> str:
    """*lines* as text for somebody who is asked for help, after what *about* says of program and system.

    Made of codes and figures alone, so that no key, name, number or address can be in it.
    """
    head = [f"{name}: {value}" for name, value in about.items()]
    rows = [
        " ".join([f"{line.subject}: {line.condition} {line.code}", *(f"{k}={v}" for k, v in line.figures.items())])
        for line in lines
    ]
    return "\n".join([*head, *rows]) + "\n"
