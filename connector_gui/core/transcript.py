"""The conversation as text: reports of what was said go in, entries of the record come out.

Turns keep their place once they have one: a correction or a streamed text changes an entry, it
never moves it. Every change names the position it happened at, so that the store writes one row.
"""

from __future__ import annotations

from connector_gui.core.conversation import (
    AgentCorrected,
    AgentCutOff,
    AgentSaid,
    OperatorSaid,
    OperatorTyped,
    TranscriptReport,
)
from connector_gui.core.record import TranscriptEntry


class Transcript:
    """What has been said so far.

    Attributes:
        entries: Final and corrected turns in the order they began.
        tentative_text: What the service believes the operator is saying; empty when nothing is pending.
    """

    def __init__(self) -> None:
        self.entries: list[TranscriptEntry] = []
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
        return next(
            (
                position
                for position in reversed(range(len(self.entries)))
                if self.entries[position].role == "agent" and self.entries[position].event_id == event_id
            ),
            None,
        )

    def _last_agent_entry(self, up_to: int | None = None) -> int | None:
        for position in reversed(range(len(self.entries))):
            entry = self.entries[position]
            if entry.role == "agent" and (up_to is None or entry.event_id is None or entry.event_id <= up_to):
                return position
        return None

    def _append(self, entry: TranscriptEntry) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def _change(self, position: int, **values: object) -> int:
        self.entries[position] = self.entries[position].model_copy(update=values)
        return position
