"""Which settings stand on which page, and where a search finds them; no page has to be built for that."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from connector_gui.ui.settings_pages.schema import setting
from connector_gui.ui.symbols import Symbol
from connector_gui.ui.translation import tr


class SettingsPage(IntEnum):
    """The pages, in their order."""

    SOUND = 0
    CALLS = 1
    LINES = 2
    WEBHOOK = 3
    ELEVENLABS = 4
    PRIVACY = 5
    APPEARANCE = 6
    KEYBOARD = 7
    ADVANCED = 8


SYMBOLS: Final[Mapping[SettingsPage, Symbol]] = {
    SettingsPage.SOUND: Symbol.SOUND,
    SettingsPage.CALLS: Symbol.CALL,
    SettingsPage.LINES: Symbol.LINES,
    SettingsPage.WEBHOOK: Symbol.WEBHOOK,
    SettingsPage.ELEVENLABS: Symbol.KEY,
    SettingsPage.PRIVACY: Symbol.PRIVACY,
    SettingsPage.APPEARANCE: Symbol.APPEARANCE,
    SettingsPage.KEYBOARD: Symbol.KEYBOARD,
    SettingsPage.ADVANCED: Symbol.SETTINGS,
}

CONTENTS: Final[Mapping[SettingsPage, tuple[str, ...]]] = {
    SettingsPage.SOUND: (
        "input_device",
        "output_device",
        "ring_device",
        "ring_tone",
        "ring_volume",
        "ring_everywhere",
        "call_cues",
        "echo_cancellation",
        "noise_suppression",
        "auto_gain",
        "audio_chunk_ms",
    ),
    SettingsPage.CALLS: (
        "ring_timeout_s",
        "ring_surface",
        "tray_click_ends_call",
        "auto_answer",
        "auto_answer_delay_s",
        "wrap_up_s",
        "when_busy",
        "ring_queue_size",
        "max_concurrent_calls",
        "hold_hint",
        "resume_hint",
        "hold_limit_s",
        "hold_limit_action",
        "hold_limit_hint",
    ),
    SettingsPage.LINES: ("lines",),
    SettingsPage.WEBHOOK: (
        "api_keys",
        "host",
        "port",
        "tls_cert_file",
        "tls_key_file",
        "allow_insecure_lan",
        "allowed_hosts",
        "rate_limit",
        "callback_allowed_hosts",
        "expose_signed_url",
    ),
    SettingsPage.ELEVENLABS: ("elevenlabs_api_key", "practice", "elevenlabs_base_url"),
    SettingsPage.PRIVACY: ("record_calls", "retention_days"),
    SettingsPage.APPEARANCE: ("color_scheme", "accent_color", "high_contrast", "reduce_motion", "ui_language"),
    SettingsPage.KEYBOARD: (
        "hot_key_accept",
        "hot_key_end",
        "hot_key_mute",
        "hot_key_talk",
        "push_to_talk",
        "headset_buttons",
    ),
    SettingsPage.ADVANCED: (
        "log_level",
        "log_format",
        "environment",
        "allowed_origins",
        "update_url",
        "data_dir",
        "database_url",
    ),
}
"""The settings of each page, from the top."""


def page_title(page: SettingsPage) -> str:
    """What the page is called."""
    return {
        SettingsPage.SOUND: tr("Sound"),
        SettingsPage.CALLS: tr("Calls"),
        SettingsPage.LINES: tr("Lines"),
        SettingsPage.WEBHOOK: tr("Webhook"),
        SettingsPage.ELEVENLABS: tr("ElevenLabs"),
        SettingsPage.PRIVACY: tr("Recording and privacy"),
        SettingsPage.APPEARANCE: tr("Appearance"),
        SettingsPage.KEYBOARD: tr("Keyboard"),
        SettingsPage.ADVANCED: tr("Advanced"),
    }[page]


@dataclass(frozen=True, slots=True)
class Hit:
    """A setting that was found.

    Attributes:
        name: As the schema calls it.
        words: What was looked for, as `folded` words: to be marked where they stand.
    """

    name: str
    page: SettingsPage
    title: str
    sentence: str
    words: tuple[str, ...]


def find(text: str) -> list[Hit]:
    """The settings in which every word of *text* stands, in title, sentence, page or name; best first."""
    words = tuple(folded(text.replace("=", " ")).split())
    if not words:
        return []
    ranked: list[tuple[int, Hit]] = []
    for page, names in CONTENTS.items():
        for name in names:
            info = setting(name)
            rank = _rank(words, folded(info.title), name, folded(f"{info.help} {page_title(page)}"))
            if rank is not None:
                ranked.append((rank, Hit(name, page, info.title, info.help, words)))
    return [hit for _, hit in sorted(ranked, key=lambda one: one[0])]


def _rank(words: Sequence[str], title: str, name: str, rest: str) -> int | None:
    """0: the title begins so; 1: all is in the title; 2: in the name; 3: elsewhere. ``None``: something is nowhere."""
    everything = f"{title} {name} {rest}"
    if not all(word in everything for word in words):
        return None
    if title.startswith(" ".join(words)):
        return 0
    return next((rank for rank, text in ((1, title), (2, name)) if all(word in text for word in words)), 3)


def folded(text: str) -> str:
    """*text* without capitals and accents, as it is compared; as long as *text* is, so that places agree."""
    return "".join(_folded(letter) for letter in text)


def _folded(letter: str) -> str:
    plain = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part)).lower()
    return plain if len(plain) == 1 else letter


def places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where *words* stand in *text*: first letter and length, from the left, none over another."""
    plain, found = folded(text), list[tuple[int, int]]()
    for word in sorted(words, key=len, reverse=True):
        start = plain.find(word)
        while start >= 0:
            if all(start + len(word) <= begin or start >= begin + length for begin, length in found):
                found.append((start, len(word)))
            start = plain.find(word, start + len(word))
    return sorted(found)
