"""How lines are written down: a JSON list, one object per line, checked with sentences that say where it is wrong.

[{"name": "Softphone", "input_device": "Cable B", "output_device": "Cable A", "filters": false,
  "auto_answer": true, "rules": [{"agent_id": "agent_123"}, {"metadata": {"queue": "night"}, "min_priority": 5}]}]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector_gui.core.device_order import NAME_LENGTH, in_order
from connector_gui.core.lines import DESK_LINE, LineDevices, LineRule, LineSettings, as_text
from connector_gui.core.sentence import sentence

MOST_LINES: Final = 8
MOST_RULES: Final = 20
LINE_NAME_LENGTH: Final = 40
_EXAMPLE: Final = '[{"name": "Softphone", "input_device": "Cable B", "output_device": "Cable A"}]'
_LINE_MEMBERS: Final = ("name", "input_device", "output_device", "filters", "auto_answer", "rules")
_RULE_MEMBERS: Final = ("agent_id", "metadata", "min_priority")


def parse_lines(value: object) -> tuple[LineSettings, ...]:
    """The setting, as JSON text or as a list.

    Raises:
        ValueError: It cannot be used; one sentence says what is wrong and where.
    """
    if isinstance(value, str):
        value = _from_json(value)
    if not isinstance(value, list | tuple):
        raise ValueError(sentence("must be a JSON list of lines, e.g. {example}", example=_EXAMPLE))  # noqa: TRY004 - pydantic wants it
    if len(value) > MOST_LINES:
        raise ValueError(sentence("must be {most} lines at most", most=MOST_LINES))
    lines = tuple(one if isinstance(one, LineSettings) else _line(one, number) for number, one in enumerate(value, 1))
    _check_apart([line.devices for line in lines])
    return lines


def lines_as_json(lines: Sequence[LineSettings]) -> list[dict[str, Any]]:
    """*lines* in the form that `parse_lines` takes."""
    return [
        {
            "name": line.name,
            "input_device": line.devices.input_device,
            "output_device": line.devices.output_device,
            "filters": line.devices.is_filtered,
            "auto_answer": line.is_auto_answer,
            "rules": [_rule_as_json(rule) for rule in line.rules],
        }
        for line in lines
    ]


def apart_from_desk(
    lines: Sequence[LineSettings], input_device: str, output_device: str
) -> tuple[tuple[LineSettings, ...], str | None]:
    """The lines that have nothing in common with the desk, and what is wrong with the others, in words.

    Args:
        input_device, output_device: The desk's own, as their settings have them; only the first of each list counts.
    """
    own = [(in_order(setting) or ("",))[0].casefold() for setting in (input_device, output_device)]
    shared = [line for line in lines if _devices_of(line) & {device for device in own if device}]
    if not shared:
        return tuple(lines), None
    names = ", ".join(f"“{line.name}”" for line in shared)
    problem = sentence(
        "Not used: line {names}, which shares a device with the desk. Give it devices of its own.", names=names
    )
    return tuple(line for line in lines if line not in shared), problem


def _devices_of(line: LineSettings) -> set[str]:
    return {line.devices.input_device.casefold(), line.devices.output_device.casefold()}


def _from_json(text: str) -> object:
    if not text.strip():
        return ()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(sentence("must be a JSON list of lines, e.g. {example}", example=_EXAMPLE)) from None


def _line(value: object, number: int) -> LineSettings:
    where = sentence("line {number}", number=number)
    members = _members(value, where, _LINE_MEMBERS)
    name = _text(members.get("name"), sentence("{where}: name", where=where), LINE_NAME_LENGTH)
    if name.casefold() == DESK_LINE:
        raise ValueError(
            sentence(
                "is wrong in {where}: “{name}” means the desk's own devices: give the line another name",
                where=where,
                name=DESK_LINE,
            )
        )
    where = sentence("line “{name}”", name=name)
    devices = LineDevices(
        name,
        _text(members.get("input_device"), sentence("{where}: input_device", where=where), NAME_LENGTH),
        _text(members.get("output_device"), sentence("{where}: output_device", where=where), NAME_LENGTH),
        _flag(members, "filters", where),
    )
    rules = members.get("rules", [])
    if not isinstance(rules, list | tuple) or len(rules) > MOST_RULES:
        raise ValueError(
            sentence("is wrong in {where}: rules must be a list of {most} at most", where=where, most=MOST_RULES)
        )
    return LineSettings(
        devices,
        tuple(
            _rule(rule, sentence("{where}, rule {place}", where=where, place=place))
            for place, rule in enumerate(rules, 1)
        ),
        _flag(members, "auto_answer", where),
    )


def _flag(members: Mapping[str, Any], name: str, where: str) -> bool:
    value = members.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(sentence("is wrong in {where}: {name} must be true or false", where=where, name=name))  # noqa: TRY004
    return value


def _rule(value: object, where: str) -> LineRule:
    members = _members(value, where, _RULE_MEMBERS)
    agent_id = members.get("agent_id")
    if agent_id is not None:
        agent_id = _text(agent_id, sentence("{where}: agent_id", where=where), NAME_LENGTH)
    metadata = members.get("metadata") or {}
    if not isinstance(metadata, Mapping) or not all(isinstance(one, str | int | float) for one in metadata.values()):
        raise ValueError(
            sentence("is wrong in {where}: metadata must be names with a text or a number each", where=where)
        )
    min_priority = members.get("min_priority")
    if min_priority is not None and (isinstance(min_priority, bool) or not isinstance(min_priority, int)):
        raise ValueError(sentence("is wrong in {where}: min_priority must be a whole number", where=where))
    if agent_id is None and not metadata and min_priority is None:
        raise ValueError(sentence("is wrong in {where}: must name agent_id, metadata or min_priority", where=where))
    return LineRule(agent_id, {str(name): str(as_text(one)) for name, one in metadata.items()}, min_priority)


def _rule_as_json(rule: LineRule) -> dict[str, Any]:
    members = {"agent_id": rule.agent_id, "metadata": dict(rule.metadata) or None, "min_priority": rule.min_priority}
    return {name: value for name, value in members.items() if value is not None}


def _members(value: object, where: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        told = sentence("is wrong in {where}: must be an object with {names}", where=where, names=", ".join(known))
        raise ValueError(told)  # noqa: TRY004
    unknown = [str(name) for name in value if name not in known]
    if unknown:
        raise ValueError(
            sentence(
                "is wrong in {where}: “{unknown}” is not known; there are {names}",
                where=where,
                unknown=unknown[0][:40],
                names=", ".join(known),
            )
        )
    return value


def _text(value: object, where: str, most: int) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > most or not text.isprintable():
        raise ValueError(
            sentence("is wrong in {where} must be a text of 1 to {most} characters", where=where, most=most)
        )
    return text


def _check_apart(devices: Sequence[LineDevices]) -> None:
    for place, line in enumerate(devices):
        for other in devices[:place]:
            if line.name.casefold() == other.name.casefold():
                raise ValueError(sentence("has two lines called “{name}”: give each a name of its own", name=line.name))
            if line.collides_with(other):
                raise ValueError(
                    sentence(
                        "lets lines “{name}” and “{other}” share a device: each needs its own",
                        name=other.name,
                        other=line.name,
                    )
                )
