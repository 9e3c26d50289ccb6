"""What a sound check finds: how well the operator is heard, what comes back of the agent, and how late.

Measured by `dsp.echo_test` in a trial of `voice.sound_check`; said in words by `ui.setup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

LOW_DBFS: Final = -42.0
"""A voice below this is hard to understand: a turn detector takes it for background."""
HIGH_DBFS: Final = -14.0
"""Above this the loudest syllables clip: they are some 12 dB over the mean (ITU-T P.56 aims at -26)."""
GOOD_ECHO_DB: Final = -40.0
"""Of the agent's voice so much is left at most in what is sent; ITU-T P.340 asks hands-free devices for about that."""
BAD_ECHO_DB: Final = -28.0
"""From here on an agent of usual loudness hears itself and stops to listen."""
LONG_MS: Final = 200.0
"""A way over both devices that is felt in a conversation: the whole budget of one direction is 150 (ITU-T G.114)."""


class CheckStep(Enum):
    """What a sound check is at."""

    QUIET = "quiet"
    """It listens to the room."""
    AGENT = "agent"
    """The practice agent speaks; the operator is to be silent."""
    OPERATOR = "operator"
    """The operator is to speak."""
    STOPPED = "stopped"
    """Broken off: by the operator, by a call, by a device that fails."""


class VoiceVerdict(Enum):
    """How the operator is heard."""

    SILENT = "silent"
    """Nothing but zeros: the system or a switch keeps the microphone closed."""
    UNHEARD = "unheard"
    """The microphone works; nobody spoke."""
    LOW = "low"
    GOOD = "good"
    LOUD = "loud"


class EchoVerdict(Enum):
    """What comes back of the agent's voice."""

    UNHEARD = "unheard"
    """The microphone does not hear the speaker at all, as with a headset; or the speaker is silent."""
    GOOD = "good"
    SOME = "some"
    MUCH = "much"


class DelayVerdict(Enum):
    """How long sound takes over both devices."""

    GOOD = "good"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class EchoFigures:
    """What a microphone heard of a speaker, and what was left of it in what is sent.

    Attributes:
        noise_dbfs: The room before anything was played.
        echo_db: The echo at the microphone against what was played; ``None``: it is not above the noise.
        left_db: The same in what is sent, never under the noise there; ``None`` where `echo_db` is.
        erle_db: How much the filters took from the echo, second half of the speech; ``None`` where `echo_db` is.
        delay_ms: From the speaker's callback to the microphone's; ``None`` where it cannot be told.
        is_silent: The microphone gave nothing but zeros.
    """

    noise_dbfs: float
    echo_db: float | None = None
    left_db: float | None = None
    erle_db: float | None = None
    delay_ms: float | None = None
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class VoiceFigures:
    """How a voice was heard.

    Attributes:
        level_dbfs: Its mean level while it speaks; ``None``: nobody spoke.
        is_clipping: It stood at full scale for longer than a click.
        is_silent: The microphone gave nothing but zeros.
    """

    level_dbfs: float | None = None
    is_clipping: bool = False
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """All that a sound check found.

    Attributes:
        stated_ms: What both devices say of their own delay, where none can be measured.
        is_cancelling: The echo canceller is switched on, and is there.
    """

    echo: EchoFigures
    voice: VoiceFigures
    stated_ms: float
    is_cancelling: bool = True

    @property
    def delay_ms(self) -> float:
        """The way over both devices: measured, else stated."""
        return self.stated_ms if self.echo.delay_ms is None else self.echo.delay_ms

    @property
    def voice_verdict(self) -> VoiceVerdict:
        """How the operator is heard."""
        if self.voice.is_silent:
            return VoiceVerdict.SILENT
        level_dbfs = self.voice.level_dbfs
        if level_dbfs is None:
            return VoiceVerdict.UNHEARD
        if self.voice.is_clipping or level_dbfs > HIGH_DBFS:
            return VoiceVerdict.LOUD
        return VoiceVerdict.LOW if level_dbfs < LOW_DBFS else VoiceVerdict.GOOD

    @property
    def echo_verdict(self) -> EchoVerdict:
        """What comes back of the agent."""
        left_db = self.echo.left_db
        if left_db is None:
            return EchoVerdict.UNHEARD
        if left_db <= GOOD_ECHO_DB:
            return EchoVerdict.GOOD
        return EchoVerdict.SOME if left_db <= BAD_ECHO_DB else EchoVerdict.MUCH

    @property
    def delay_verdict(self) -> DelayVerdict:
        """How late both devices are."""
        return DelayVerdict.GOOD if self.delay_ms <= LONG_MS else DelayVerdict.LONG
