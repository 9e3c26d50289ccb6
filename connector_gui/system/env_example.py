"""The text of `.env.example`, written from the schema so that the two cannot differ.

python -m connector_gui.system.env_example > .env.example
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, get_args, get_origin

from pydantic import SecretStr

from connector_gui.core.settings import Settings

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ElevenLabs and practice": ("elevenlabs_api_key", "elevenlabs_base_url", "practice"),
    "Webhook": (
        "api_keys",
        "host",
        "port",
        "allowed_hosts",
        "allowed_origins",
        "tls_cert_file",
        "tls_key_file",
        "allow_insecure_lan",
        "expose_signed_url",
        "callback_allowed_hosts",
        "rate_limit",
    ),
    "Calls": (
        "ring_timeout_s",
        "ring_surface",
        "auto_answer",
        "auto_answer_delay_s",
        "wrap_up_s",
        "when_busy",
        "ring_queue_size",
        "max_concurrent_calls",
        "lines",
        "hold_hint",
        "resume_hint",
        "hold_limit_s",
        "hold_limit_action",
        "hold_limit_hint",
        "tray_click_ends_call",
    ),
    "Sound": (
        "input_device",
        "output_device",
        "ring_device",
        "ring_volume",
        "ring_tone",
        "ring_everywhere",
        "call_cues",
        "audio_chunk_ms",
        "echo_cancellation",
        "noise_suppression",
        "auto_gain",
    ),
    "Appearance": ("color_scheme", "accent_color", "high_contrast", "reduce_motion", "ui_language"),
    "Keyboard": (
        "hot_key_accept",
        "hot_key_end",
        "hot_key_mute",
        "hot_key_talk",
        "push_to_talk",
        "headset_buttons",
    ),
    "Record": ("record_calls", "retention_days", "data_dir", "database_url"),
    "Log and environment": ("log_level", "log_format", "environment", "update_url"),
}
_HEAD: Final = """\
Settings of Agent Connector. Copy this file to .env in the folder where the program starts, and take
the “#” away in front of what you change. The command line and the environment go before this file,
this file before the settings dialog. The values given here are the defaults; “empty” means nothing
after the “=”.
"""
_BETTER_PLACE: Final = (
    "A secret: this file is readable text, the system's keyring (Settings in the tray menu) is the better place."
)
_DEVICE: Final = (
    "A part of its name is enough; several, best first, go with “;” between them; empty: the system's default."
)
_HINTS: Final[Mapping[str, str]] = {
    "input_device": _DEVICE,
    "output_device": _DEVICE,
    "ring_device": _DEVICE,
    "lines": 'On one line, between single quotes, e.g. \'[{"name": "Softphone", "input_device": "Cable B", '
    '"output_device": "Cable A", "filters": false, "auto_answer": false, "rules": [{"agent_id": "agent_123", '
    '"metadata": {"queue": "night"}, "min_priority": 5}]}]\'.',
    "hold_limit_hint": "Here and in the environment an empty value is the one given; Settings can have nothing.",
    "data_dir": "Empty: the system's place for data.",
    "database_url": "May hold a password.",
}
_IN_KEYRING: Final = frozenset({"elevenlabs_api_key", "api_keys"})
_UNITS: Final = {"_ms": "ms", "_s": "seconds", "_days": "days"}
_WIDTH: Final = 100


def env_example() -> str:
    """Every setting with its sentence, commented out at its default."""
    parts = [_comment(_HEAD)]
    for title, names in GROUPS.items():
        parts.append(f"# --- {title} ".ljust(_WIDTH, "-"))
        parts.extend(_entry(name) for name in names)
    return "\n\n".join(parts) + "\n"


def _entry(name: str) -> str:
    field = Settings.model_fields[name]
    sentences = [field.description or "", _HINTS.get(name, ""), _limits(name)]
    if name in _IN_KEYRING:
        sentences.append(_BETTER_PLACE)
    return f"{_comment(' '.join(filter(None, sentences)))}\n# {name.upper()}={_as_text(field.default)}"


def _limits(name: str) -> str:
    """Unit, range and choices of a setting, as a sentence."""
    field = Settings.model_fields[name]
    choices = _choices(field.annotation)
    if choices:
        return f"{', '.join(choices[:-1])} or {choices[-1]}."
    limits = {kind: getattr(one, kind) for one in field.metadata for kind in ("ge", "le") if hasattr(one, kind)}
    if not limits:
        return ""
    unit = next((f" {unit}" for ending, unit in _UNITS.items() if name.endswith(ending)), "")
    return f"{limits['ge']} to {limits['le']}{unit}."


def _choices(kind: object) -> tuple[str, ...]:
    if kind is bool:
        return ("true", "false")
    if get_origin(kind) is Literal:
        return get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    return ()


def _as_text(value: object) -> str:
    """A default as the environment spells it."""
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value.value) if isinstance(value, Enum) else str(value)


def _comment(text: str) -> str:
    # Long options and addresses stay whole.
    lines = textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(env_example())
