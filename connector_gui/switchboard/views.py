"""The pictures that windows get: built from desk and ledger, handed out at each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from connector_gui.core.call import Call, CallState
from connector_gui.core.call_reports import (
    ApprovalAsked,
    ApprovalSettled,
    DevicesUsed,
    HeldSpeech,
    HumanSpeaks,
    HumanTypes,
    LineWaited,
    PassingReport,
    RoundTripMeasured,
    SoundLimited,
    SpeakerChanged,
)
from connector_gui.core.desk import TALKING, Desk
from connector_gui.core.desk_rules import WhenBusy
from connector_gui.core.presence import Availability
from connector_gui.core.record import CallRecord, Hold
from connector_gui.core.view import (
    FULL_VOLUME,
    CallView,
    DeskView,
    PendingApproval,
    RoundTrip,
    Speaker,
    WrapUp,
)
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.ports import Clock


@dataclass(frozen=True, slots=True)
class _Passing:
    """What is shown of a call but not kept."""

    speaker: Speaker = Speaker.NOBODY
    round_trip_ms: int | None = None
    is_waiting_for_line: bool = False
    limits: tuple[str, ...] = ()
    round_trips: tuple[RoundTrip, ...] = ()
    approvals: tuple[PendingApproval, ...] = ()
    is_human: bool = False
    types_until_s: float | None = None
    input_device: str = ""
    output_device: str = ""
    volume: int = FULL_VOLUME
    waiting_s: float = 0.0


ROUND_TRIPS_S: Final = 120.0
"""How far back round trips are shown."""


class Views:
    """Builds `DeskView`s and tells whoever subscribed.

    Attributes:
        current: The latest picture.
        on_view: Called with each new picture, in the main loop.
        on_refusal: Called with a sentence when something the operator asked for cannot be done.
        on_open_panel: Called when a tray click means “show me the panel”.
    """

    def __init__(self, desk: Desk, ledger: Ledger, clock: Clock) -> None:
        self._desk = desk
        self._ledger = ledger
        self._clock = clock
        self._passing: dict[str, _Passing] = {}
        self._problems: dict[str, str] = {}
        self.current = DeskView()
        self.on_view: list[Callable[[DeskView], None]] = []
        self.on_refusal: list[Callable[[str], None]] = []
        self.on_open_panel: list[Callable[[], None]] = []

    def show(self) -> None:
        """Build the picture of now and hand it out."""
        self._passing = {name: passing for name, passing in self._passing.items() if self._desk.find(name)}
        self.current = replace(
            self.current,
            calls=tuple(view for call in self._in_order() if (view := self._call_view(call))),
            **self._presence(),
            problems=tuple(self._problems.values()),
        )
        for listener in self.on_view:
            listener(self.current)

    def note(self, session_id: str, report: PassingReport) -> None:
        """Take in something that is shown but not kept."""
        passing = self._passing.get(session_id, _Passing())
        match report:
            case SpeakerChanged(speaker):
                passing = replace(passing, speaker=speaker)
            case RoundTripMeasured(round_trip_ms):
                passing = self._measured(passing, round_trip_ms)
            case LineWaited(is_waiting):
                passing = replace(passing, is_waiting_for_line=is_waiting)
            case HeldSpeech(waiting_s):
                passing = replace(passing, waiting_s=waiting_s)
            case SoundLimited(sentences):
                passing = replace(passing, limits=sentences)
            case ApprovalAsked(approval):
                asked = PendingApproval(approval, self._clock().monotonic_s + approval.patience_s)
                passing = replace(passing, approvals=(*passing.approvals, asked))
            case ApprovalSettled(tool_call_id):
                standing = tuple(one for one in passing.approvals if one.approval.tool_call_id != tool_call_id)
                passing = replace(passing, approvals=standing)
            case HumanSpeaks(is_human):
                passing = replace(passing, is_human=is_human, types_until_s=None)
            case HumanTypes(for_s):
                until_s = self._clock().monotonic_s + for_s if for_s else None
                passing = replace(passing, types_until_s=until_s)
            case DevicesUsed(microphone, speaker_name):
                passing = replace(passing, input_device=microphone, output_device=speaker_name)
        self._passing[session_id] = passing

    def set_volume(self, session_id: str, percent: int) -> None:
        """The agent of that call is played this loud."""
        passing = self._passing.get(session_id, _Passing())
        self._passing[session_id] = replace(passing, volume=percent)

    def _measured(self, passing: _Passing, round_trip_ms: int) -> _Passing:
        now_s = self._clock().monotonic_s
        recent = [one for one in passing.round_trips if now_s - one.at_s <= ROUND_TRIPS_S]
        round_trips = (*recent, RoundTrip(now_s, round_trip_ms))
        return replace(passing, round_trip_ms=round_trip_ms, round_trips=round_trips)

    def ended(self, record: CallRecord) -> None:
        """Remember the call that ended last, with why."""
        self.current = replace(self.current, last_ended=record)

    def dismiss_ended(self) -> None:
        """The operator has read why the last call ended."""
        self.current = replace(self.current, last_ended=None)
        self.show()

    def set_recent(self, records: tuple[CallRecord, ...], unseen_missed: int) -> None:
        """The newest calls of the record that are over, and how many missed ones the operator has not seen."""
        self.current = replace(self.current, recent=records, unseen_missed=unseen_missed)
        self.show()

    def set_problem(self, source: str, problem: str | None) -> None:
        """Say, or no longer say, what is wrong with *source*; shown with the next picture."""
        if problem is None:
            self._problems.pop(source, None)
        else:
            self._problems[source] = problem

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong now, by the names that `set_problem` was given."""
        return dict(self._problems)

    def set_practice(self, is_practice: bool) -> None:
        """Whether the practice agent answers calls now."""
        self.current = replace(self.current, is_practice=is_practice)
        self.show()

    def set_webhook_url(self, url: str | None) -> None:
        """Where callers POST; ``None`` while the webhook does not listen."""
        self.current = replace(self.current, webhook_url=url)
        self.show()

    def refuse(self, sentence: str) -> None:
        """Tell the operator that something cannot be done."""
        for listener in self.on_refusal:
            listener(sentence)

    def open_panel(self) -> None:
        """Bring the panel to the front."""
        for listener in self.on_open_panel:
            listener()

    def _in_order(self) -> list[Call]:
        focus = self._desk.focus
        held = [call for call in self._desk.calls if call.state in TALKING and call is not focus]
        return [*([focus] if focus else []), *self._desk.ringing, *held]

    def _presence(self) -> dict[str, Any]:
        """The part of the picture that tells whether calls are taken."""
        presence, now = self._desk.presence, self._clock()
        left_s = presence.left_s(now)
        is_quiet = presence.availability is Availability.DO_NOT_DISTURB
        wrap_up = None
        if presence.availability is Availability.WRAP_UP and left_s is not None:
            # Made anew every few seconds: what the computer slept is made up for.
            is_refusing = self._desk.rules.when_busy is WhenBusy.REFUSE
            wrap_up = WrapUp(now.monotonic_s + left_s, presence.whole_s, is_refusing)
        return {
            "is_do_not_disturb": is_quiet,
            "quiet": presence.wish,
            "quiet_until": presence.ends_at(now) if is_quiet else None,
            "wrap_up": wrap_up,
            "is_busy": self._desk.is_full and self._desk.rules.when_busy is WhenBusy.REFUSE,
        }

    def _hold_ends_s(self, call: Call) -> float | None:
        limit_s = self._desk.rules.hold.limit_s
        return call.held_since.monotonic_s + limit_s if call.held_since and limit_s else None

    def hold_of(self, call: Call) -> Hold | None:
        """How *call* is on hold; ``None`` when it is not."""
        if call.held_since is None or call.is_over:
            return None
        waiting_s = self._passing.get(call.session_id, _Passing()).waiting_s
        limit_s = self._desk.rules.hold.limit_s
        ends_at = call.held_since.utc + timedelta(seconds=limit_s) if limit_s else None
        return Hold(since=call.held_since.utc, waiting_s=round(waiting_s, 1), ends_at=ends_at)

    def _call_view(self, call: Call) -> CallView | None:
        """The picture of *call*; ``None`` while its first record is being written."""
        record = self._ledger.record(call.session_id)
        if record is None:
            return None
        passing = self._passing.get(call.session_id, _Passing())
        rings = call.state is CallState.RINGING
        return CallView(
            record=record,
            rings_until_s=call.created.monotonic_s + call.request.ring_timeout_s if rings else None,
            started_s=call.started.monotonic_s if call.started else None,
            speaker=passing.speaker,
            tentative_text=self._ledger.tentative_text(call.session_id),
            round_trip_ms=passing.round_trip_ms,
            is_waiting_for_line=passing.is_waiting_for_line,
            has_focus=call is self._desk.focus,
            limits=passing.limits,
            round_trips=passing.round_trips,
            approvals=passing.approvals,
            is_human=passing.is_human,
            types_until_s=passing.types_until_s,
            input_device=passing.input_device,
            output_device=passing.output_device,
            volume=passing.volume,
            line=call.line.name if call.line else None,
            held_since_s=call.held_since.monotonic_s if call.held_since else None,
            hold_ends_s=self._hold_ends_s(call),
            waiting_s=passing.waiting_s if call.is_held else 0.0,
            answers_at_s=self._desk.answers_at_s(call),
            has_place=not self._desk.is_full,
        )
