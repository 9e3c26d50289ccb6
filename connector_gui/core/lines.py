"""Lines: named pairs of devices that a call can run on beside the desk's own, and the rules that lead calls there.

A rule holds where all that it names holds; a line without rules is chosen by the operator or the API alone.
How lines are written down: `core.line_setting`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from connector_gui.core.call_request import CallRequest

DESK_LINE: Final = "desk"
"""How requests name the desk's own devices; no line is called so."""


@dataclass(frozen=True, slots=True)
class LineDevices:
    """A pair of devices that one call at a time can have.

    Attributes:
        name: What people call the line.
        input_device, output_device: Names, or parts of them. No list: a line has these devices or none.
        is_filtered: The microphone's sound goes through the filters that are set for the desk. A cable has neither
            echo nor noise to take out; they would add 14 ms, and take as much of the processor as all the rest.
    """

    name: str
    input_device: str
    output_device: str
    is_filtered: bool = False

    def collides_with(self, other: LineDevices) -> bool:
        """Whether both would use the same microphone or the same speaker, or are the same line."""
        mine = (self.name, self.input_device, self.output_device)
        theirs = (other.name, other.input_device, other.output_device)
        return any(one.casefold() == another.casefold() for one, another in zip(mine, theirs, strict=True))


@dataclass(frozen=True, slots=True)
class LineRule:
    """Which calls a line is for: those to which all that is named here applies.

    Attributes:
        metadata: Members of the call's metadata by name, with their value as text.
        min_priority: The call's priority at least.
    """

    agent_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    min_priority: int | None = None

    def holds_for(self, request: CallRequest) -> bool:
        """Whether *request* is such a call."""
        return (
            self.agent_id in {None, request.agent_id}
            and (self.min_priority is None or request.priority >= self.min_priority)
            and all(as_text(request.metadata.get(name)) == value for name, value in self.metadata.items())
        )


@dataclass(frozen=True, slots=True)
class LineSettings:
    """One line as it is set up.

    Attributes:
        rules: A call is for this line when one of them holds.
        is_auto_answer: Such a call is accepted by itself as soon as the line is free: nobody sits there.
    """

    devices: LineDevices
    rules: tuple[LineRule, ...] = ()
    is_auto_answer: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.devices.name

    def is_for(self, request: CallRequest) -> bool:
        """Whether a rule leads *request* here."""
        return any(rule.holds_for(request) for rule in self.rules)


def find_line(name: str, lines: Iterable[LineSettings]) -> LineSettings | None:
    """The line called *name*, in whatever case."""
    return next((line for line in lines if line.name.casefold() == name.casefold()), None)


def matching_lines(request: CallRequest, lines: Iterable[LineSettings]) -> tuple[LineSettings, ...]:
    """The lines that rules lead *request* to, the first choice first."""
    return tuple(line for line in lines if line.is_for(request))


def is_free(line: LineDevices, busy: Collection[LineDevices]) -> bool:
    """Whether *line* has no device in common with one in *busy*; settings may have changed since those were taken."""
    return not any(line.collides_with(other) for other in busy)


def choose_line(
    request: CallRequest, lines: Iterable[LineSettings], busy: Collection[LineDevices]
) -> LineDevices | None:
    """The first line that a rule leads *request* to and that is free; ``None``: the call waits as any other."""
    return next((line.devices for line in matching_lines(request, lines) if is_free(line.devices, busy)), None)


def as_text(value: object) -> str | None:
    """A value of metadata as a rule writes it: numbers as in JSON."""
    if isinstance(value, str) or value is None:
        return value
    return json.dumps(value, ensure_ascii=False)
