"""The conversation as text: reports of what was said go in, entries of the record come out.

Turns keep their place once they have one: a correction or a streamed text changes an entry, it
never moves it. Every change names the position it happened at, so that the store writes one row. No report takes
longer because the conversation is long.
"""

from __future__ import annotations

from connector_gui.core.call_reports import (
    AgentCorrected,
    AgentCutOff,
    AgentSaid,
    OperatorSaid,
    OperatorTyped,
    TranscriptReport,
    TurnRated,
)
from connector_gui.core.record import TranscriptEntry
from connector_gui.core.turns import Turns


class Transcript:
    """What has been said so far.

    Attributes:
        entries: Final and corrected turns in the order they began.
        tentative_text: What the service believes the operator is saying; empty when nothing is pending.
    """

    def __init__(self) -> None:
        self.entries: Turns[TranscriptEntry] = Turns()
        self._agents: list[int] = []
        self._of_event: dict[int | None, int] = {}
        self.tentative_text = ""

    def add(self, report: TranscriptReport) -> int | None:
        """Work *report* in.

        Returns:
            The position of the entry that is new or changed; ``None`` when only the tentative text is.
        """
        match report:
            case AgentSaid():
                return self._agent_said(report)
            case AgentCorrected():
                return self._corrected(report)
            case AgentCutOff():
                return self._cut_off(report)
            case OperatorSaid():
                return self._operator_said(report)
            case TurnRated(event_id, score):
                position = self._agent_entry(event_id)
                return None if position is None else self._change(position, rating=score)
            case OperatorTyped(text, kind, at_ms):
                return self._append(TranscriptEntry(role="user", text=text, at_ms=at_ms, kind=kind))

    def _agent_said(self, report: AgentSaid) -> int:
        position = self._agent_entry(report.event_id) if report.event_id is not None else None
        if position is None:
            entry = TranscriptEntry(role="agent", text=report.text, at_ms=report.at_ms, event_id=report.event_id)
            return self._append(entry)
        return self._change(position, text=report.text)

    def _operator_said(self, report: OperatorSaid) -> int | None:
        if not report.is_final:
            self.tentative_text = report.text
            return None
        self.tentative_text = ""
        entry = TranscriptEntry(role="user", text=report.text, at_ms=report.at_ms, event_id=report.event_id)
        return self._append(entry)

    def _corrected(self, report: AgentCorrected) -> int | None:
        position = self._agent_entry(report.event_id)
        if position is None:
            position = self._last_agent_entry()
        if position is None:
            return None
        said = self.entries[position].said_text or report.original_text or self.entries[position].text
        return self._change(position, text=report.text, said_text=said, interrupted=True)

    def _cut_off(self, report: AgentCutOff) -> int | None:
        position = self._last_agent_entry(up_to=report.event_id)
        if position is None or self.entries[position].interrupted:
            return None
        return self._change(position, interrupted=True, heard_ms=round(report.heard_ms))

    def _agent_entry(self, event_id: int | None) -> int | None:
        return self._of_event.get(event_id)

    def _last_agent_entry(self, up_to: int | None = None) -> int | None:
        # From the end, where it is most often found at once.
        for position in reversed(self._agents):
            event_id = self.entries[position].event_id
            if up_to is None or event_id is None or event_id <= up_to:
                return position
        return None

    def _append(self, entry: TranscriptEntry) -> int:
        position = len(self.entries)
        self.entries = self.entries.append(entry)
        if entry.role == "agent":
            self._agents.append(position)
            self._of_event[entry.event_id] = position
        return position

    def _change(self, position: int, **values: object) -> int:
        changed = self.entries[position].model_copy(update=values)
        self.entries = self.entries.with_item(position, changed)
        return position
