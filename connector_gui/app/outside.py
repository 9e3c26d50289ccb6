"""What the desk tells the world of its own accord: endings to those who placed the calls, figures to Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from connector_gui.app.keys import Keys
from connector_gui.core.call import CallState
from connector_gui.core.call_reports import NoticeGiven, Report, RoundTripMeasured
from connector_gui.core.callback_url import CallbackRules
from connector_gui.core.lines import DESK_LINE
from connector_gui.core.moment import Moment
from connector_gui.core.settings import Settings
from connector_gui.switchboard import Switchboard
from connector_gui.system.metrics import Metrics, Readings
from connector_gui.webhook.callback_post import CallbackPost
from connector_gui.webhook.callbacks import Amend, CallbackSender, CallbackStore
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.guards import bracketed
from connector_gui.webhook.metrics_route import MetricsRoute
from connector_gui.webhook.server import WebhookServer

SETTLE_S: Final = 1.5
"""How long the program's end waits for reports of calls that ended with it; the next start sends what is left."""

Reporter = Callable[[str, Report], None]


class Outside:
    """Builds both, and lets them hear of calls.

    Attributes:
        callbacks: Reports endings.
        metrics: Counts.
        routes: What the webhook serves beside its own: the figures.
    """

    def __init__(
        self,
        board: Switchboard,
        store: CallbackStore,
        amend: Amend,
        keys: Keys,
        settings: Callable[[], Settings],
        clock: Callable[[], Moment],
    ) -> None:
        """*amend* is the archive's, so that windows and followers see how a report fares."""
        self._board = board
        self._settings = settings
        self._post = CallbackPost(lambda: CallbackRules.of(settings().callback_allowed_hosts))
        self.callbacks = CallbackSender(store, amend, keys.of_callers, self._post, base_url=self._base_url, clock=clock)
        self.metrics = Metrics(
            Readings(
                queue_length=lambda: self._count(CallState.RINGING),
                open_conversations=lambda: len(board.views.current.calls) - self._count(CallState.RINGING),
                calls_by_state=self._by_state,
                calls_by_line=self._by_line,
                callback_backlog=lambda: self.callbacks.backlog,
            )
        )
        self.routes = (MetricsRoute(self.metrics).route(),)
        board.on_ended += [self.callbacks.wake, self.metrics.call_ended]
        keys.on_change.append(self.callbacks.keys_changed)
        self.callbacks.on_attempt.append(lambda verdict: self.metrics.callback_tried(verdict.value))

    def listening(self, report: Reporter) -> Reporter:
        """*report*, which takes what the voice thread tells, with the figures listening in."""

        def listen(session_id: str, what: Report) -> None:
            match what:
                case RoundTripMeasured(milliseconds):
                    self.metrics.round_trip(milliseconds)
                case NoticeGiven():
                    self.metrics.notice(what.code)
            report(session_id, what)

        return listen

    def listen_to(self, server: WebhookServer) -> None:
        """Count the requests to *server*."""
        server.on_exchange.append(
            lambda exchange: self.metrics.webhook_answered(exchange.route, exchange.status, exchange.duration_s)
        )

    async def run(self) -> None:
        """Report endings, until cancelled."""
        await self.callbacks.run()

    async def settle(self) -> None:
        """Let the last endings be reported; while `run` still runs."""
        await self.callbacks.settle(SETTLE_S)

    async def aclose(self) -> None:
        """Let go of what was held for sending; after `run`."""
        await self._post.aclose()

    def _count(self, state: CallState) -> int:
        return sum(call.record.status is state for call in self._board.views.current.calls)

    def _by_state(self) -> dict[str, int]:
        return {state.value: self._count(state) for state in CallState if state is not CallState.ENDED}

    def _by_line(self) -> dict[str, int]:
        known = [DESK_LINE, *(line.name for line in self._settings().lines)]
        talking = [call for call in self._board.views.current.calls if call.rings_until_s is None]
        # A call may run on a line that the settings do not have any more.
        return {**dict.fromkeys(known, 0), **Counter(call.line or DESK_LINE for call in talking)}

    def _base_url(self) -> str:
        """Where the webhook is reached, or will be once it can listen."""
        config = WebhookConfig.of(self._settings())
        return self._board.views.current.webhook_url or f"{config.scheme}://{bracketed(config.host)}:{config.port}"
