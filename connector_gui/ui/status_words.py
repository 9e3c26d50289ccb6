"""The status page in plain words: what each line is about, how it does, and what its button does."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale

from connector_gui.core.sentence import sentence
from connector_gui.core.status import Condition, Cure, StatusLine, Subject
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.presence_words import left_words
from connector_gui.ui.translation import shown, tr

GIB_MIB: Final = 1024
LIMIT: Final = 300


def subject(one: Subject) -> str:
    """What a line is about."""
    return {
        Subject.CALLS: tr("Calls"),
        Subject.KEY: tr("ElevenLabs key"),
        Subject.ELEVENLABS: tr("ElevenLabs"),
        Subject.WEBHOOK: tr("Webhook"),
        Subject.MICROPHONE: tr("Microphone"),
        Subject.SPEAKER: tr("Speaker"),
        Subject.KEYRING: tr("Keyring"),
        Subject.RECORD: tr("Record of calls"),
        Subject.DISK: tr("Disk"),
        Subject.HOT_KEYS: tr("Hot keys"),
        Subject.HEADSET: tr("Headset buttons"),
        Subject.SETTINGS: tr("Settings file"),
        Subject.LOG: tr("Log"),
    }[one]


def condition(one: Condition) -> tuple[str, str]:
    """A word for it, and its colour role."""
    return {
        Condition.GOOD: (tr("Good"), "live"),
        Condition.NOTE: (tr("Note"), "ring"),
        Condition.PROBLEM: (tr("Problem"), "error"),
        Condition.UNKNOWN: (tr("Checking…"), "muted"),
    }[one]


def cure(one: Cure) -> str:
    """What its button says."""
    return {
        Cure.TAKE_CALLS: tr("Take calls"),
        Cure.SOUND: tr("Choose devices"),
        Cure.WEBHOOK: tr("Webhook settings"),
        Cure.ELEVENLABS: tr("Key settings"),
        Cure.KEYBOARD: tr("Keyboard settings"),
        Cure.DATA_FOLDER: tr("Open the folder"),
        Cure.ASK_AGAIN: tr("Ask again"),
    }[one]


def how_it_does(line: StatusLine) -> str:
    """How it does, and what follows from it."""
    known = _SENTENCES.get((line.subject, line.code))
    detail = one_line(shown(line.detail), LIMIT)
    if known is None:
        return detail or tr("Something is wrong here that has no words yet: {code}.").format(code=line.code)
    figures: dict[str, object] = dict(line.figures)
    if "free_mib" in figures:
        figures["free"] = _space(line.figures["free_mib"])
    if "ago_s" in figures:
        figures["ago"] = left_words(line.figures["ago_s"])
    return tr(known).format(detail=detail, **figures)


def _space(mib: int) -> str:
    if mib < GIB_MIB:
        return tr("{n} MiB").format(n=mib)
    return tr("{n} GiB").format(n=QLocale().toString(mib / GIB_MIB, "f", 1))


S = Subject
# Without an entry the detail speaks for itself: it is a sentence with a cure then.
_SENTENCES: Final = {
    (S.CALLS, "ready"): sentence("Ready for calls."),
    (S.CALLS, "practice"): sentence("Ready for calls. The practice agent answers them."),
    (S.CALLS, "do_not_disturb"): sentence("{detail}. Callers are told when to try again."),
    (S.CALLS, "desk_full"): sentence("You are busy. New calls are refused until you are free."),
    (S.CALLS, "queue_full"): sentence("As many calls ring as may ring at once. More are refused."),
    (S.CALLS, "storage_full"): sentence("No calls: the disk is full."),
    (S.CALLS, "no_audio_device"): sentence("No calls: a microphone or speaker is missing."),
    (S.CALLS, "no_api_key"): sentence("No calls: there is no ElevenLabs key."),
    (S.CALLS, "keyring_locked"): sentence("No calls: the keyring cannot be read."),
    (S.CALLS, "shutting_down"): sentence("No calls: the program is closing."),
    (S.KEY, "in_keyring"): sentence("Stored in the system's keyring."),
    (S.KEY, "in_session"): sentence("Kept until the program ends."),
    (S.KEY, "in_environment"): sentence("Given by the environment."),
    (S.KEY, "none"): sentence("None is stored, so calls are refused."),
    (S.KEY, "none_practice"): sentence("None is stored. The practice agent answers."),
    (S.KEY, "unreadable"): sentence("It cannot be read, so calls are refused."),
    (S.ELEVENLABS, "asking"): sentence("Asking whether it can be reached…"),
    (S.ELEVENLABS, "not_asked"): sentence("Not asked: that takes a key."),
    (S.ELEVENLABS, "usable"): sentence("Answered {ago} ago, in {took_ms} ms. The key is good."),
    (S.WEBHOOK, "starting"): sentence("About to listen…"),
    (S.WEBHOOK, "listening"): sentence("Listens at {detail}"),
    (S.WEBHOOK, "no_key"): sentence("Listens, but there is no key that callers could use."),
    (S.MICROPHONE, "in_use"): sentence("{detail}, in use."),
    (S.MICROPHONE, "looking"): sentence("Looking for microphones…"),
    (S.MICROPHONE, "system_default"): sentence("The system's default."),
    (S.MICROPHONE, "chosen"): "{detail}",
    (S.MICROPHONE, "stand_in"): sentence("{detail} is not there. Another one stands in for it."),
    (S.SPEAKER, "in_use"): sentence("{detail}, in use."),
    (S.SPEAKER, "looking"): sentence("Looking for speakers…"),
    (S.SPEAKER, "system_default"): sentence("The system's default."),
    (S.SPEAKER, "chosen"): "{detail}",
    (S.SPEAKER, "stand_in"): sentence("{detail} is not there. Another one stands in for it."),
    (S.KEYRING, "readable"): sentence("Open; keys can be read and kept."),
    (S.RECORD, "written"): sentence("Every call is written down."),
    (S.DISK, "free"): sentence("{free} free."),
    (S.DISK, "low"): sentence("Only {free} free. An hour of recording takes about 90 MiB."),
    (S.DISK, "full"): sentence("Only {free} free: recordings stop, then calls are refused. Delete what you can spare."),
    (S.DISK, "unreachable"): sentence("The data folder cannot be reached."),
}
