"""What keeps hot keys and headset buttons from working, in words with a cure."""

from __future__ import annotations

from collections.abc import Mapping

from connector_gui.core.hands_free import HeadsetProblem, HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.ui.shortcuts import written
from connector_gui.ui.translation import tr


def hot_key(key: HotKey) -> str:
    """What a hot key does; the system shows it where it asks the operator about the keys."""
    return {
        HotKey.ACCEPT: tr("Accept the call"),
        HotKey.END: tr("End the call"),
        HotKey.MUTE: tr("Mute and unmute"),
        HotKey.TALK: tr("Talk while held"),
    }[key]


def problem(one: KeyProblem) -> str:
    """Why a hot key does not work."""
    return {
        KeyProblem.TAKEN: tr("It does not work: another program has this combination. Choose another one."),
        KeyProblem.NO_SUCH_KEY: tr("It does not work: this keyboard has no such key. Choose another one."),
        KeyProblem.NOT_OFFERED: tr("It does not work: this desktop lets no program have keys of its own."),
        KeyProblem.REFUSED: tr("It does not work: the system has not allowed it. Choose it again to be asked again."),
        KeyProblem.TWICE: tr("It does not work: the combination is used above already. Choose another one."),
    }[one]


def problems(shortcuts: Mapping[HotKey, Shortcut], problems: Mapping[HotKey, KeyProblem]) -> str:
    """Which hot keys do not work, for a line that leads to Settings; empty while all do."""
    names = ", ".join(written(shortcuts[key]) for key in problems if key in shortcuts)
    return tr("Hot keys that do not work: {keys}. Settings, Keyboard says why.").format(keys=names) if names else ""


def headset_problem(one: HeadsetProblem) -> str:
    """Why a headset's buttons do not work."""
    return {
        HeadsetProblem.NO_LIBRARY: tr(
            "Telephone buttons of USB headsets cannot be read: the library hidapi is missing."
        ),
        HeadsetProblem.NO_PERMISSION: tr(
            "The system does not let programs read the buttons of this USB headset. On Linux a udev rule allows it: "
            "see docs/operator.md."
        ),
        HeadsetProblem.NO_MEDIA_KEYS: tr("Media keys cannot be read: the session bus cannot be reached."),
    }[one]
