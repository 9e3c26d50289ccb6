"""Which calls belong on which line, and what a wrong setting is told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connector_gui.core.call_request import CallRequest
from connector_gui.core.line_setting import MOST_LINES, apart_from_desk, lines_as_json, parse_lines
from connector_gui.core.lines import LineDevices, LineRule, LineSettings, choose_line, find_line, matching_lines

A = LineSettings(LineDevices("Softphone", "Cable B", "Cable A"), (LineRule(agent_id="billing"),))
B = LineSettings(LineDevices("Conference", "Cable D", "Cable C"), (LineRule(metadata={"queue": "night"}),))
BY_HAND = LineSettings(LineDevices("Studio", "Cable F", "Cable E"))
LINES = (A, B, BY_HAND)


def request(agent_id: str = "sales", priority: int = 0, **metadata: Any) -> CallRequest:
    return CallRequest("crm-42", agent_id, ring_timeout_s=30, priority=priority, metadata=metadata)


def line(**changes: Any) -> dict[str, Any]:
    return {"name": "Softphone", "input_device": "Cable B", "output_device": "Cable A", **changes}


def test_a_rule_leads_a_call_to_its_line_and_a_line_without_rules_gets_none() -> None:
    assert choose_line(request("billing"), LINES, []) == A.devices
    assert choose_line(request(queue="night"), LINES, []) == B.devices
    assert choose_line(request(), LINES, []) is None


def test_a_busy_line_leaves_the_call_to_the_next_that_fits_or_to_wait() -> None:
    both = request("billing", queue="night")
    assert choose_line(both, LINES, [A.devices]) == B.devices
    assert choose_line(request("billing"), LINES, [A.devices]) is None
    assert [one.name for one in matching_lines(both, LINES)] == ["Softphone", "Conference"]


def test_a_line_is_busy_while_one_of_its_devices_is() -> None:
    renamed = LineDevices("Old name", "cable b", "Somewhere")
    assert choose_line(request("billing"), LINES, [renamed]) is None


def test_all_that_a_rule_names_has_to_hold() -> None:
    rule = LineRule("billing", {"queue": "night", "vip": "true", "level": "3"}, min_priority=5)
    assert rule.holds_for(request("billing", 5, queue="night", vip=True, level=3))
    assert not rule.holds_for(request("billing", 4, queue="night", vip=True, level=3))
    assert not rule.holds_for(request("sales", 5, queue="night", vip=True, level=3))
    assert not rule.holds_for(request("billing", 5, queue="night", level=3))


def test_a_line_is_found_in_whatever_case() -> None:
    assert find_line("STUDIO", LINES) is BY_HAND
    assert find_line("nowhere", LINES) is None


def test_the_setting_survives_being_written_and_read() -> None:
    rules = [{"agent_id": "billing"}, {"metadata": {"queue": "night", "level": 3}, "min_priority": 5}]
    lines = parse_lines(json.dumps([line(auto_answer=True, filters=True, rules=rules)]))
    assert lines[0].devices.is_filtered
    assert lines[0].is_auto_answer
    assert lines[0].rules[1] == LineRule(None, {"queue": "night", "level": "3"}, 5)
    assert parse_lines(lines_as_json(lines)) == lines
    assert parse_lines(lines) == lines
    assert parse_lines("  ") == ()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("{", "must be a JSON list of lines"),
        ({}, "must be a JSON list of lines"),
        (["x"], "line 1: must be an object"),
        ([line(microphone="x")], "line 1: “microphone” is not known; there are name, input_device"),
        ([line(name="")], "line 1: name must be a text of 1 to 40 characters"),
        ([line(name="Desk")], "line 1: “desk” means the desk's own devices"),
        ([line(output_device=None)], "line “Softphone”: output_device must be a text"),
        ([line(input_device=7)], "line “Softphone”: input_device must be a text"),
        ([line(auto_answer="yes")], "line “Softphone”: auto_answer must be true or false"),
        ([line(filters=1)], "line “Softphone”: filters must be true or false"),
        ([line(rules={})], "line “Softphone”: rules must be a list"),
        ([line(rules=[{}])], "line “Softphone”, rule 1: must name agent_id, metadata or min_priority"),
        ([line(rules=[{"agent": "x"}])], "rule 1: “agent” is not known; there are agent_id, metadata"),
        ([line(rules=[{"min_priority": True}])], "rule 1: min_priority must be a whole number"),
        ([line(rules=[{"metadata": {"a": []}}])], "rule 1: metadata must be names with a text or a number"),
        ([line(rules=[{"metadata": ["a"]}])], "rule 1: metadata must be names"),
        (
            [line(), line(name="softphone", input_device="X", output_device="Y")],
            "has two lines called “softphone”",
        ),
        ([line(), line(name="Other", input_device="cable b", output_device="Y")], "“Softphone” and “Other” share"),
        (
            [line(name=str(n), input_device=f"i{n}", output_device=f"o{n}") for n in range(MOST_LINES + 1)],
            "must be 8 lines at most",
        ),
    ],
)
def test_a_wrong_setting_is_told_where_and_why(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_lines(value)


def test_a_line_with_the_desks_own_device_is_left_out_and_told_of() -> None:
    lines, problem = apart_from_desk(LINES, "cable b; Headset", "Speaker")
    assert lines == (B, BY_HAND)
    assert problem is not None
    assert "“Softphone”" in problem
    assert apart_from_desk(LINES, "Headset; Cable B", "") == (LINES, None)
