"""What the webhook is built with: a part of the settings, and limits that no setting moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from connector_gui.core.callback_url import CallbackRules
from connector_gui.core.settings import Settings
from connector_gui.core.webhook import MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may cost.

    Attributes:
        body_bytes: Largest body.
        header_s: From connecting, or from the first byte of a later request, to the end of its headers.
        body_s: From the end of the headers to the end of the body.
        keep_alive_s: How long a connection may idle between requests.
        connections: Open at once; past that, the one that has waited longest for its request is dropped.
        refusals_per_s, refusals_at_once: How many refusals go out a second, and after a quiet time at once; what is
            more waits for its turn, so that a flood of it leaves the processor to calls.
        linger_bytes, linger_s: How much of a refused body is still taken in (and thrown away), so that its
            sender gets to read the answer instead of a reset.
        stalled_s: How long somebody may take in nothing of an answer that is waiting for them.
        held: Answers that may be kept open at once: event streams, and calls that are waited for.
        heartbeat_s: How long an event stream may be silent.
        goodbye_s: How long the event stream of a call goes on after its end, for what comes late.
    """

    body_bytes: int = MAX_BODY_BYTES
    header_s: float = 5.0
    body_s: float = 10.0
    keep_alive_s: float = 30.0
    connections: int = 512
    refusals_per_s: float = 250.0
    refusals_at_once: int = 100
    linger_bytes: int = 1024 * 1024
    linger_s: float = 1.0
    stalled_s: float = 10.0
    held: int = 256
    heartbeat_s: float = 15.0
    goodbye_s: float = 5.0


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """The settings that the webhook works by; a change of them makes a new server.

    Attributes:
        port: 0 takes any free one (for tests).
        allowed_origins: Web pages that may call; empty outside development.
        has_docs: Whether ``/docs`` and ``/openapi.json`` are there.
        rate_limit: How often one key may place calls, e.g. ``60/minute``.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    callback_rules: CallbackRules = field(default_factory=CallbackRules)
    expose_signed_url: bool = True
    ring_timeout_s: float = 30.0
    rate_limit: str = "60/minute"
    has_docs: bool = False
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, settings: Settings) -> WebhookConfig:
        """The part of *settings* that concerns the webhook."""
        return cls(
            host=settings.host,
            port=settings.port,
            allowed_hosts=settings.allowed_hosts,
            allowed_origins=settings.allowed_origins if settings.environment == "development" else (),
            tls_cert_file=settings.tls_cert_file,
            tls_key_file=settings.tls_key_file,
            callback_rules=CallbackRules.of(settings.callback_allowed_hosts),
            expose_signed_url=settings.expose_signed_url,
            ring_timeout_s=settings.ring_timeout_s,
            rate_limit=settings.rate_limit,
            has_docs=settings.environment == "development",
        )

    @property
    def scheme(self) -> str:
        """``https`` with a certificate, else ``http``."""
        return "http" if self.tls_cert_file is None else "https"
