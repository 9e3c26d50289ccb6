"""The program's figures for Prometheus: named by its conventions, and with nothing in them that tells of a person.

Labels have few values each: no session, agent or address is one.
"""

from __future__ import annotations

import asyncio
import importlib
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector_gui import __version__
from connector_gui.core.call import Outcome
from connector_gui.core.record import CallRecord
from connector_gui.system.tallies import Distribution, Facts, Figure, LabelledReading, Reading, Tally

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PREFIX: Final = "agent_connector_"
CONTENT_TYPE: Final = "text/plain; version=0.0.4"
"""Prometheus' text format, in the version that every collector reads; UTF-8."""

RING_BOUNDS_S: Final = (1, 2, 5, 10, 15, 20, 30, 45, 60, 120, 300, 600)
TALK_BOUNDS_S: Final = (5, 15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600)
REQUEST_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
ROUND_TRIP_BOUNDS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5)

UNDERRUNS: Final = "underruns"
DEVICE_GONE: Final = ("lost", "replaced")
"""Ends of the codes that say so: nothing is left, or another device stands in."""
DEVICES: Final = ("microphone", "speaker")
ATTEMPT_RESULTS: Final = ("delivered", "later", "never")


@dataclass(frozen=True, slots=True)
class Readings:
    """What is looked up at the moment of the question.

    Attributes:
        queue_length: Calls that ring.
        open_conversations: Calls that are connected, active or held.
        calls_by_state: Calls that are not over, by their state; every state is there.
        calls_by_line: Open conversations by the line that they run on, ``desk`` for the desk; every line is there.
        callback_backlog: Reports of endings that are not delivered yet.
    """

    queue_length: Callable[[], int]
    open_conversations: Callable[[], int]
    calls_by_state: Callable[[], Mapping[str, int]]
    calls_by_line: Callable[[], Mapping[str, int]]
    callback_backlog: Callable[[], int]


class Metrics:
    """Counts what it is told; belongs to the main loop."""

    def __init__(self, readings: Readings) -> None:
        by_outcome = [(outcome.value, practice) for outcome in Outcome for practice in ("false", "true")]
        self._calls = Tally(
            f"{PREFIX}calls", "Calls that are over, by how they ended.", ("outcome", "practice"), by_outcome
        )
        self._ring = Distribution(
            f"{PREFIX}ring_duration_seconds", "How long calls rang before they were accepted or over.", RING_BOUNDS_S
        )
        self._talk = Distribution(f"{PREFIX}talk_duration_seconds", "How long conversations lasted.", TALK_BOUNDS_S)
        self._requests = Distribution(
            f"{PREFIX}webhook_request_duration_seconds",
            "Time to the answer of webhook requests, by route and class of status.",
            REQUEST_BOUNDS_S,
            ("route", "status"),
        )
        self._round_trip = Distribution(
            f"{PREFIX}link_round_trip_seconds", "Round trips to the agent.", ROUND_TRIP_BOUNDS_S
        )
        self._notices = Tally(f"{PREFIX}notices", "What operators were told during calls, by code.", ("code",))
        self._underruns = Tally(
            f"{PREFIX}underruns", "Times that the agent's voice was found to arrive in pieces: playback ran dry."
        )
        self._devices_lost = Tally(
            f"{PREFIX}devices_lost",
            "Microphones and speakers that went away during a call.",
            ("device",),
            [(device,) for device in DEVICES],
        )
        self._attempts = Tally(
            f"{PREFIX}callback_attempts",
            "Tries to report an ending, by what came of them.",
            ("result",),
            [(result,) for result in ATTEMPT_RESULTS],
        )
        self._figures: tuple[Figure, ...] = (
            *(self._calls, self._ring, self._talk, self._requests, self._round_trip),
            *(self._notices, self._underruns, self._devices_lost, self._attempts),
            Reading(f"{PREFIX}ringing_calls", "Calls that ring now: the queue.", readings.queue_length),
            Reading(f"{PREFIX}open_conversations", "Conversations that are open now.", readings.open_conversations),
            LabelledReading(f"{PREFIX}live_calls", "Calls that are not over.", "state", readings.calls_by_state),
            LabelledReading(f"{PREFIX}line_calls", "Conversations by line.", "line", readings.calls_by_line),
            Reading(f"{PREFIX}callback_backlog", "Reports of endings to be delivered.", readings.callback_backlog),
            Facts(
                f"{PREFIX}build",
                "What runs here.",
                {"version": __version__, "python": platform.python_version(), "system": platform.system()},
            ),
        )

    # --- what happened ------------------------------------------------------------------------------

    def call_ended(self, record: CallRecord) -> None:
        """A call is over."""
        if record.outcome is None:
            return
        self._calls.add(record.outcome.value, "true" if record.practice else "false")
        answered = record.accepted_at or record.ended_at
        if answered is not None:
            self._ring.observe((answered - record.created_at).total_seconds())
        if record.started_at is not None:
            self._talk.observe(record.duration_s)

    def webhook_answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered.

        Args:
            route: As it is declared (``/sessions/{session_id}``), ``other`` where there is none; never the path that
                was asked for.
        """
        self._requests.observe(seconds, route, f"{status // 100}xx")

    def round_trip(self, milliseconds: float) -> None:
        """A round trip to the agent was measured."""
        self._round_trip.observe(milliseconds / 1000)

    def notice(self, code: str) -> None:
        """The operator was told something about a call."""
        self._notices.add(code)
        if code == UNDERRUNS:
            self._underruns.add()
        device, _, what = code.partition("_")
        if device in DEVICES and what in DEVICE_GONE:
            self._devices_lost.add(device)

    def callback_tried(self, result: str) -> None:
        """A report was sent; *result* is one of `ATTEMPT_RESULTS`."""
        self._attempts.add(result)

    # --- what is told -------------------------------------------------------------------------------

    async def render(self) -> tuple[bytes, str]:
        """All figures as text, and its content type."""
        # In a thread the first time: the windows must not wait for the disk.
        library = await asyncio.to_thread(importlib.import_module, "prometheus_client")
        registry = library.CollectorRegistry(auto_describe=False)
        registry.register(self)
        text: bytes = library.generate_latest(registry)
        return text, CONTENT_TYPE

    def collect(self) -> Iterable[Metric]:
        """The figures of now, as the library's registry asks for them."""
        return [figure.family() for figure in self._figures]
