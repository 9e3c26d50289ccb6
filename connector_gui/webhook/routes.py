"""What is at which address. The desk decides; here it is only asked.

GET  /health                                  POST /webhook/initiate-call
GET  /sessions                                POST /sessions/{session_id}/accept  /decline  /end
GET  /sessions/{session_id}                                              /mute  /unmute  /hold  /resume
                                                                         /move
GET  /sessions/{session_id}/transcript        POST /sessions/{session_id}/message
GET  /sessions/{session_id}/recording
GET  /sessions/{session_id}/events            GET  /events
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from connector_gui import __version__
from connector_gui.core.answers import HealthBody
from connector_gui.core.service import Action, DeskPort
from connector_gui.webhook import catalogue as about
from connector_gui.webhook.callback_check import CallbackCheck
from connector_gui.webhook.calls import Calls
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.feed import Feed
from connector_gui.webhook.held import HeldAnswers
from connector_gui.webhook.recordings import Recordings
from connector_gui.webhook.replies import Clock, Reply, retry_after
from connector_gui.webhook.route import BodyRule, Inquiry, Route, RouteTable
from connector_gui.webhook.sessions import Sessions
from connector_gui.webhook.streams import Streams


class Routes:
    """The handlers, and the table that leads to them."""

    def __init__(self, desk: DeskPort, config: WebhookConfig, check_callback: CallbackCheck, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._held = HeldAnswers(config.limits.held)
        self._feed = Feed(desk, config.limits)
        self._calls = Calls(desk, config, check_callback, self._held)
        self._sessions = Sessions(desk)
        self._recordings = Recordings(desk)
        self._streams = Streams(desk, self._feed, self._held, config.limits)

    @property
    def held_count(self) -> int:
        """How many answers are being kept open."""
        return self._held.count

    def open(self) -> None:
        """Listen to the desk."""
        self._feed.open()

    def close(self) -> None:
        """End what stays open by itself: streams, and answers that are waited for."""
        self._feed.close()
        self._held.close()

    def table(self, more: Sequence[Route] = ()) -> RouteTable:
        """Every route of the webhook, and *more* that others have brought along."""
        calls, sessions = self._calls, self._sessions
        actions = [
            Route(
                "POST",
                f"/sessions/{{session_id}}/{action}",
                partial(sessions.act, action),
                body=BodyRule.OPTIONAL,
                about=about.action(action),
            )
            for action in Action
        ]
        required = BodyRule.REQUIRED
        return RouteTable(
            [
                Route("GET", "/health", self.health, needs_key=False, about=about.HEALTH),
                Route("POST", "/webhook/initiate-call", calls.initiate, body=required, about=about.INITIATE_CALL),
                Route("GET", "/events", self._streams.of_all, about=about.EVENTS),
                Route("GET", "/sessions", sessions.page, about=about.SESSIONS),
                Route("GET", "/sessions/{session_id}", sessions.one, about=about.SESSION),
                Route("GET", "/sessions/{session_id}/transcript", sessions.transcript, about=about.TRANSCRIPT),
                Route("GET", "/sessions/{session_id}/recording", self._recordings.one, about=about.RECORDING),
                Route("GET", "/sessions/{session_id}/events", self._streams.of_one, about=about.SESSION_EVENTS),
                Route("POST", "/sessions/{session_id}/message", sessions.message, body=required, about=about.MESSAGE),
                *actions,
                *more,
            ]
        )

    async def health(self, _inquiry: Inquiry) -> Reply:
        """Whether calls can be taken."""
        health = self._desk.health()
        body = HealthBody(
            status=health.status,
            version=__version__,
            ready=health.ready,
            reasons=health.reasons,
            timestamp=self._clock(),
        )
        if health.ready:
            return Reply(200, body.model_dump(mode="json"))
        return Reply(503, body.model_dump(mode="json"), retry_after(health.retry_after_s))
