"""The webhook: an HTTP server on the desk's own computer that lets a dialer ring it; see `server`."""

from connector_gui.webhook.config import Limits, WebhookConfig
from connector_gui.webhook.exchange import Exchange
from connector_gui.webhook.guesses import GuessAlarm
from connector_gui.webhook.server import WebhookServer, WebhookState
from connector_gui.webhook.sockets import AddressInUseError, ListenError

__all__ = [
    "AddressInUseError",
    "Exchange",
    "GuessAlarm",
    "Limits",
    "ListenError",
    "WebhookConfig",
    "WebhookServer",
    "WebhookState",
]
