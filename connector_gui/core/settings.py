"""Every setting, declared once: name, type, range, unit, default, and the sentence the dialog shows.

The environment and `.env` use the same names in capitals (``RING_TIMEOUT_S``); where each value
comes from is the business of `system.settings_sources`. Secrets are `SecretStr` and normally empty
here: they live in the OS keyring.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    field_validator,
    model_validator,
)

from connector_gui.core.addresses import is_loopback, is_web_address
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.device_order import SETTING_LENGTH, as_setting, in_order
from connector_gui.core.hold import HOLD_LIMIT_HINT, HoldLimitAction, HoldRules
from connector_gui.core.line_setting import apart_from_desk, lines_as_json, parse_lines
from connector_gui.core.lines import LineSettings
from connector_gui.core.look import AccentColor, Choice, ColorScheme, Language, Look
from connector_gui.core.ring_surface import RingSurface
from connector_gui.core.sentence import sentence
from connector_gui.core.shortcut import Shortcut

RATE_UNITS: Final = ("second", "minute", "hour")
AFTER_RESTART: Final = frozenset({"data_dir", "database_url", "ui_language"})
"""Settings that only hold from the next start of the program on; all others hold at once."""


def _split_list(value: object) -> object:
    """A comma-separated text as a list; anything else as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Lines = Annotated[
    tuple[LineSettings, ...],
    BeforeValidator(parse_lines),
    PlainSerializer(lines_as_json, return_type=list[dict[str, Any]]),
]
HINT_LENGTH: Final = 1000
TextList = Annotated[tuple[str, ...], BeforeValidator(_split_list)]


class Settings(BaseModel):
    """All settings of the program; frozen: a change makes a new one."""

    # A wrong value may be a key in the wrong place: it stays out of the error's text.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    elevenlabs_api_key: Annotated[
        SecretStr | None,
        Field(title="ElevenLabs key", description="Key of your ElevenLabs account."),
    ] = None
    api_keys: Annotated[
        SecretStr | None,
        Field(
            title="Webhook keys",
            description="Keys that dialers send as X-API-Key: comma-separated, each “key” or “name=key”.",
        ),
    ] = None
    elevenlabs_base_url: Annotated[
        str,
        Field(
            title="Address of ElevenLabs",
            description="Where ElevenLabs is reached; another address for data residency, e.g. in the EU.",
        ),
    ] = "https://api.elevenlabs.io"
    environment: Annotated[
        Literal["development", "production"],
        Field(
            title="Environment",
            description="In development, web pages from ALLOWED_ORIGINS may call the webhook; in production none may.",
        ),
    ] = "development"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
        Field(title="Log level", description="How much is written to the log."),
    ] = "INFO"
    log_format: Annotated[
        Literal["console", "json"], Field(title="Log format", description="Log lines for people, or JSON for machines.")
    ] = "console"
    host: Annotated[
        str,
        Field(title="Listen on", description="Address that the webhook listens on; 127.0.0.1 is this computer only."),
    ] = "127.0.0.1"
    port: Annotated[int, Field(title="Port", ge=0, le=65_535, description="Port that the webhook listens on.")] = 8000
    allowed_hosts: Annotated[
        TextList,
        Field(
            title="Further names",
            description="Further names under which callers may reach the webhook, comma-separated.",
        ),
    ] = ()
    allowed_origins: Annotated[
        TextList,
        Field(
            title="Web pages",
            description="Origins of web pages that may call the webhook; in development only, comma-separated.",
        ),
    ] = ()
    tls_cert_file: Annotated[
        Path | None,
        Field(title="Certificate", description="Certificate (PEM) for HTTPS; needed to listen beyond this computer."),
    ] = None
    tls_key_file: Annotated[
        Path | None, Field(title="Private key", description="Private key (PEM) of that certificate.")
    ] = None
    allow_insecure_lan: Annotated[
        bool,
        Field(
            title="Without HTTPS",
            description="Listen beyond this computer without HTTPS; anyone on the network can read along.",
        ),
    ] = False
    callback_allowed_hosts: Annotated[
        TextList,
        Field(
            title="Callback hosts",
            description="Hosts that callbacks may go to; empty: this computer and private networks.",
        ),
    ] = ()
    expose_signed_url: Annotated[
        bool,
        Field(
            title="Signed address", description="Give callers the conversation's address (websocket_url) in the answer."
        ),
    ] = True
    input_device: Annotated[
        str, Field(title="Microphone", max_length=SETTING_LENGTH, description="What you speak into.")
    ] = ""
    output_device: Annotated[
        str, Field(title="Speaker", max_length=SETTING_LENGTH, description="Where you hear the agent.")
    ] = ""
    ring_device: Annotated[str, Field(title="Ring on", max_length=SETTING_LENGTH, description="Where calls ring.")] = ""
    ring_volume: Annotated[
        int, Field(title="Ring volume", ge=0, le=100, description="How loud calls ring; 0 rings without a sound.")
    ] = 80
    ring_tone: Annotated[
        Literal["bells", "marimba", "telephone"],
        Field(title="Ring tone", description="What a ringing call sounds like."),
    ] = "bells"
    ring_everywhere: Annotated[
        bool,
        Field(
            title="Ring everywhere",
            description="Ring on every speaker and headset at once, so that a call is heard away from the headset.",
        ),
    ] = False
    call_cues: Annotated[
        bool,
        Field(
            title="Short tones",
            description="Hear in your speaker that a call begins or ends. A call that is answered by itself opens "
            "the microphone after its tone; without tones nothing warns you.",
        ),
    ] = True
    audio_chunk_ms: Annotated[
        int,
        Field(
            title="Chunk length",
            ge=20,
            le=250,
            description="Length of one piece of sound sent to the agent. With 20 ms (low latency) the agent hears you "
            "80 ms sooner than with 100 ms, for five times as many messages.",
        ),
    ] = 100
    echo_cancellation: Annotated[
        bool,
        Field(
            title="Echo cancellation",
            description="Take the agent's voice out of the microphone, for calls without a headset.",
        ),
    ] = True
    noise_suppression: Annotated[
        bool, Field(title="Noise suppression", description="Take steady noise out of the microphone.")
    ] = True
    auto_gain: Annotated[bool, Field(title="Automatic gain", description="Even out the microphone's loudness.")] = False
    auto_answer: Annotated[
        bool, Field(title="Answer by itself", description="Accept calls without a click while the desk is free.")
    ] = False
    auto_answer_delay_s: Annotated[
        float,
        Field(title="Answer after", ge=0, le=60, description="How long a call rings before it is answered by itself."),
    ] = 3
    wrap_up_s: Annotated[
        float,
        Field(
            title="Wrap-up",
            ge=0,
            le=3600,
            description="How long you have to yourself after each call before the next one rings aloud; 0 for none.",
        ),
    ] = 0
    ring_timeout_s: Annotated[
        float,
        Field(title="Ring for", ge=1, le=3600, description="How long a call rings unless its caller says otherwise."),
    ] = 30
    ring_surface: Annotated[
        RingSurface,
        Field(
            title="When it rings",
            description="What shows a call that rings: a card above all windows, a notification, both, or the panel. "
            "Where the desktop cannot show one of them, another takes its place.",
        ),
    ] = RingSurface.CARD_AND_NOTIFICATION
    ring_queue_size: Annotated[
        int,
        Field(
            title="Ringing at once",
            ge=1,
            le=1000,
            description="How many calls may ring at the same time; more are refused.",
        ),
    ] = 20
    max_concurrent_calls: Annotated[
        int,
        Field(
            title="Open conversations",
            ge=1,
            le=8,
            description="How many conversations may be open; you talk in one, the others are held or run on lines.",
        ),
    ] = 1
    lines: Annotated[
        Lines,
        Field(
            title="Lines",
            description="Pairs of devices that calls can run on beside yours, such as virtual cables into a softphone, "
            "and the rules that lead calls there: a JSON list.",
        ),
    ] = ()
    hold_hint: Annotated[
        str,
        Field(
            title="Tell on hold",
            max_length=HINT_LENGTH,
            description="What the agent is told, without saying it, when its call is put on hold; empty: nothing.",
        ),
    ] = ""
    resume_hint: Annotated[
        str,
        Field(
            title="Tell on return",
            max_length=HINT_LENGTH,
            description="What the agent is told when its call goes on; empty: nothing.",
        ),
    ] = ""
    hold_limit_s: Annotated[
        float,
        Field(title="Hold for", ge=0, le=86_400, description="How long a call may be on hold; 0 for as long as it is."),
    ] = 0
    hold_limit_action: Annotated[
        HoldLimitAction,
        Field(
            title="After that",
            description="What happens to a call that has been on hold for so long: tell the agent, or end the call.",
        ),
    ] = HoldLimitAction.TELL
    hold_limit_hint: Annotated[
        str,
        Field(
            title="Tell after that",
            max_length=HINT_LENGTH,
            description="What the agent is told then; empty: nothing.",
        ),
    ] = HOLD_LIMIT_HINT
    when_busy: Annotated[
        WhenBusy,
        Field(
            title="While the desk is full",
            description="What becomes of a call that comes while the desk is full: ring quietly, or refuse it.",
        ),
    ] = WhenBusy.RING
    hot_key_accept: Annotated[
        str,
        Field(title="Accept", description="Accepts the call that rings, whichever window has the keyboard."),
    ] = ""
    hot_key_end: Annotated[
        str,
        Field(title="End", description="Ends the conversation; not within a second after it was accepted."),
    ] = ""
    hot_key_mute: Annotated[
        str,
        Field(title="Mute", description="Mutes your microphone, and unmutes it when pressed again."),
    ] = ""
    hot_key_talk: Annotated[
        str,
        Field(title="Talk while held", description="Opens a muted microphone for as long as it is held down."),
    ] = ""
    push_to_talk: Annotated[
        bool,
        Field(
            title="Push to talk",
            description="Calls begin muted, and the agent hears you only while you hold the key for talking.",
        ),
    ] = False
    headset_buttons: Annotated[
        bool,
        Field(
            title="Headset buttons",
            description="Let the buttons of a headset accept, end and mute: as media keys, or as those of a telephone.",
        ),
    ] = True
    record_calls: Annotated[
        bool, Field(title="Record calls", description="Record every call to a file on this computer.")
    ] = False
    retention_days: Annotated[
        int,
        Field(
            title="Keep calls for",
            ge=0,
            le=36_500,
            description="How long calls stay in the record; 0 keeps them for ever.",
        ),
    ] = 90
    rate_limit: Annotated[
        str,
        Field(
            title="Rate limit", description="How often one key may place calls: a number per second, minute or hour."
        ),
    ] = "60/minute"
    data_dir: Annotated[
        Path | None, Field(title="Data folder", description="Folder for records, recordings and logs.")
    ] = None
    database_url: Annotated[
        SecretStr | None,
        Field(title="Database", description="Database for the record; empty: a SQLite file in the data folder."),
    ] = None
    practice: Annotated[
        Literal["auto", "always", "never"],
        Field(
            title="Practice agent",
            description="When the built-in practice agent answers: auto (while no key is stored), always, or never.",
        ),
    ] = "auto"
    tray_click_ends_call: Annotated[
        bool,
        Field(
            title="Click during a call",
            description="Whether a click on the tray icon ends the call; otherwise it opens the panel.",
        ),
    ] = True

    color_scheme: Annotated[
        ColorScheme,
        Field(title="Light or dark", description="Whether windows are light, dark, or as the system is."),
    ] = ColorScheme.SYSTEM
    accent_color: Annotated[
        AccentColor,
        Field(
            title="Accent",
            description="Colour of the main action and of the focus; the system's is made darker or lighter where "
            "words in it could not be read.",
        ),
    ] = AccentColor.SYSTEM
    high_contrast: Annotated[
        Choice,
        Field(title="High contrast", description="Black and white with plain borders, or as the system asks for."),
    ] = Choice.SYSTEM
    reduce_motion: Annotated[
        Choice,
        Field(title="Less motion", description="Whether nothing swings, slides or fades, or as the system asks for."),
    ] = Choice.SYSTEM
    ui_language: Annotated[Language, Field(title="Language", description="What the windows are written in.")] = (
        Language.SYSTEM
    )

    update_url: Annotated[
        str,
        Field(
            title="News of new versions",
            max_length=2048,
            description="Address that is asked once a day for the newest version; empty: nobody is asked. "
            "Nothing is ever downloaded.",
        ),
    ] = ""

    @field_validator("elevenlabs_base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme == "https" and parts.hostname:
            return value.rstrip("/")
        if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
            return value.rstrip("/")
        raise ValueError(sentence("must be an https:// address (http:// only on this computer)"))

    @field_validator("update_url")
    @classmethod
    def _check_update_url(cls, value: str) -> str:
        if value.strip() and not is_web_address(value.strip()):
            raise ValueError(sentence("must be an https:// address (http:// only on this computer)"))
        return value.strip()

    @field_validator("rate_limit")
    @classmethod
    def _check_rate_limit(cls, value: str) -> str:
        count, _, unit = value.strip().partition("/")
        if not count.isdecimal() or int(count) < 1 or unit not in RATE_UNITS:
            raise ValueError(sentence("must be a number per second, minute or hour, e.g. 60/minute"))
        return value.strip()

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        host = value.strip().removeprefix("[").removesuffix("]")
        if not host:
            raise ValueError(sentence("must be an address, e.g. 127.0.0.1"))
        return host

    @field_validator("input_device", "output_device", "ring_device")
    @classmethod
    def _tidy_devices(cls, value: str) -> str:
        return as_setting(in_order(value))

    @field_validator("hot_key_accept", "hot_key_end", "hot_key_mute", "hot_key_talk")
    @classmethod
    def _tidy_shortcuts(cls, value: str) -> str:
        return str(Shortcut.parse(value)) if value.strip() else ""

    @field_validator("data_dir", "tls_cert_file", "tls_key_file", "database_url", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _check_exposure(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError(sentence("TLS_CERT_FILE and TLS_KEY_FILE go together: give both or neither."))
        if not is_loopback(self.host) and self.tls_cert_file is None and not self.allow_insecure_lan:
            raise ValueError(
                sentence(
                    "HOST={host} can be reached from other computers. Give TLS_CERT_FILE and "
                    "TLS_KEY_FILE, or set ALLOW_INSECURE_LAN=true if everyone on the network "
                    "may read along.",
                    host=self.host,
                )
            )
        return self

    @property
    def desk_rules(self) -> DeskRules:
        """The part of the settings that the desk decides by."""
        return DeskRules(
            max_concurrent_calls=self.max_concurrent_calls,
            when_busy=self.when_busy,
            ring_queue_size=self.ring_queue_size,
            auto_answer_delay_s=self.auto_answer_delay_s if self.auto_answer else None,
            click_ends_call=self.tray_click_ends_call,
            wrap_up_s=self.wrap_up_s,
            begins_muted=self.push_to_talk,
            lines=apart_from_desk(self.lines, self.input_device, self.output_device)[0],
            hold=HoldRules(
                self.hold_hint, self.resume_hint, self.hold_limit_s, self.hold_limit_action, self.hold_limit_hint
            ),
        )

    @property
    def lines_problem(self) -> str | None:
        """Which lines are not used, and why, in words."""
        return apart_from_desk(self.lines, self.input_device, self.output_device)[1]

    @property
    def look(self) -> Look:
        """The part of the settings that the windows are dressed by."""
        return Look(self.color_scheme, self.accent_color, self.high_contrast, self.reduce_motion)

    def changed(self, **values: Any) -> Settings:
        """These settings with some replaced, checked like all others.

        Raises:
            pydantic.ValidationError: A value is out of range or of the wrong kind.
        """
        return Settings.model_validate({**dict(self), **values})
