from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_gui.core.metadata import MAX_BYTES, MAX_NAMES, REDACTED, VariableError, dynamic_variables, redacted

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The machine may be busy.
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=10) | st.sampled_from(
    ["secret__pin", "secret__", "system__time", "dynamic_variables", " ", "a.b"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
METADATA = st.dictionaries(NAMES, VALUES, max_size=6)


@UNHURRIED
@given(METADATA)
def test_variables_are_scalars_under_names_that_the_service_takes(metadata: dict[str, Any]) -> None:
    try:
        variables = dynamic_variables(metadata)
    except VariableError:
        return  # Refused: the tables below say when.
    inner = metadata.get("dynamic_variables")
    source = inner if isinstance(inner, dict) else metadata
    assert variables.keys() == {name for name, value in source.items() if value is not None}
    assert not any(name.startswith("system__") for name in variables)
    for name, value in variables.items():
        assert isinstance(value, str | int | float | bool)
        if isinstance(source[name], list | dict):
            assert json.loads(str(value)) == source[name]
        else:
            assert value is source[name]


@UNHURRIED
@given(METADATA)
def test_no_secret_survives_redaction_and_nothing_else_changes(metadata: dict[str, Any]) -> None:
    shown = redacted(metadata)
    assert _secrets(shown) <= {REDACTED}
    assert redacted(shown) == shown
    assert _without_secrets(shown) == _without_secrets(metadata)


def _secrets(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {repr(member) if not isinstance(member, str) else member for name, member in value.items() if _is(name)}
        return own.union(*(_secrets(member) for name, member in value.items() if not _is(name)))
    return set().union(*map(_secrets, value)) if isinstance(value, list) else set()


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: None if _is(name) else _without_secrets(member) for name, member in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _is(name: str) -> bool:
    return name.startswith("secret__")


def test_members_become_variables() -> None:
    metadata = {"name": "Mara", "balance": 12.5, "vip": True, "empty": None, "tags": ["a", "ü"], "address": {"no": 7}}
    assert dynamic_variables(metadata) == {
        "name": "Mara",
        "balance": 12.5,
        "vip": True,
        "tags": '["a","ü"]',
        "address": '{"no":7}',
    }


def test_an_object_of_dynamic_variables_counts_alone() -> None:
    metadata = {"dynamic_variables": {"name": "Mara", "secret__pin": "1234"}, "system__note": "of the caller's own"}
    assert dynamic_variables(metadata) == {"name": "Mara", "secret__pin": "1234"}


def test_dynamic_variables_that_are_no_object_are_a_member_like_others() -> None:
    assert dynamic_variables({"dynamic_variables": "text", "a": 1}) == {"dynamic_variables": "text", "a": 1}


@pytest.mark.parametrize(
    ("metadata", "path", "message"),
    [
        ({"system__time": "now"}, "system__time", "belong to ElevenLabs"),
        ({"dynamic_variables": {"system__x": 1}}, "dynamic_variables.system__x", "belong to ElevenLabs"),
        ({"": 1}, "", "without a name"),
        ({"dynamic_variables": {" ": 1}}, "dynamic_variables. ", "without a name"),
        ({str(number): number for number in range(MAX_NAMES + 1)}, "", "65 names"),
        ({"text": "x" * MAX_BYTES}, "", "16 KiB"),
        ({"dynamic_variables": {"text": "ü" * (MAX_BYTES // 2)}}, "dynamic_variables", "16 KiB"),
    ],
)
def test_what_the_agent_does_not_take_is_refused_by_name(metadata: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(VariableError, match=message) as caught:
        dynamic_variables(metadata)
    assert caught.value.path == path


def test_limits_are_on_what_the_agent_gets() -> None:
    assert len(dynamic_variables({str(number): number for number in range(MAX_NAMES)})) == MAX_NAMES
    nulls = {f"null {number}": None for number in range(100)}
    assert dynamic_variables({**nulls, "a": 1}) == {"a": 1}
    assert dynamic_variables({"notes": "x" * MAX_BYTES, "dynamic_variables": {"a": 1}}) == {"a": 1}
    overhead = len('{"text":""}')
    assert dynamic_variables({"text": "x" * (MAX_BYTES - overhead)})


def test_secrets_are_hidden_at_any_depth() -> None:
    metadata = {"a": [{"secret__pin": 1234, "b": 1}], "secret__all": {"x": "y"}}
    assert redacted(metadata) == {"a": [{"secret__pin": "***", "b": 1}], "secret__all": "***"}
