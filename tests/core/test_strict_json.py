from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_gui.core.strict_json import MAX_DEPTH, JsonValue, StrictJsonError, parse

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The machine may be busy.
NUMBERS = st.integers(-(10**60), 10**60) | st.floats(allow_nan=False, allow_infinity=False)
# Texts without lone surrogates: those are refused, and tested below.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=20,
)


@UNHURRIED
@given(VALUES, st.booleans())
def test_what_json_can_say_comes_through_unchanged(value: JsonValue, as_ascii: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=as_ascii).encode()) == value


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_reason(data: bytes) -> None:
    try:
        value = parse(data)
    except StrictJsonError:
        return
    assert value == json.loads(data)


@UNHURRIED
@given(st.text(alphabet='[]{}",:\\ue\n01.-"ad8', max_size=60))
def test_nearly_json_means_what_the_standard_parser_says_or_is_refused(text: str) -> None:
    try:
        value = parse(text.encode())
    except StrictJsonError:
        return
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b'{"a": 1, "a": 2}', "a", "appears twice"),
        (b'{"a": 1, "\\u0061": 2}', "a", "appears twice"),
        (b'{"metadata": {"x": [{"p": 1, "p": 1}]}}', "metadata.x[0].p", "appears twice"),
        (b'{"a": {"b": NaN}}', "a.b", "NaN"),
        (b"[1, -Infinity]", "[1]", "-Infinity"),
        (b'{"a": 1e999}', "a", "too large"),
        (b'{"a": ' + b"9" * 65 + b"}", "a", "more than 64 characters"),
        (b'{"a": 0.' + b"9" * 65 + b"}", "a", "more than 64 characters"),
        (b'{"a": ["\\ud800"]}', "a[0]", "surrogate"),
        (b'{"a": {"\\udc00": 1}}', "a", "surrogate"),
        (b"\xef\xbb\xbf{}", "", "byte order mark"),
        ("{}".encode("utf-16"), "", "byte order mark"),
        (b'{"a": "\xff"}', "", "not UTF-8 (byte 7)"),
        ('{"a": "\ud800"}'.encode("utf-8", "surrogatepass"), "", "not UTF-8"),
        (b"", "", "empty; send a JSON object"),
        (b" \r\n", "", "empty"),
        (b"{a: 1}", "", "line 1, column 2"),
        (b'{"a": 1}\n{}', "", "line 2, column 1"),
        (b'{"a": "\x07"}', "", "control character"),
        (b'{"a": "', "", "Unterminated string starting at line 1, column 7"),
        (b"'a'", "", "not JSON"),
        # What n8n sends where a value with a line break was put between quotes by hand.
        (b'{"a": "b\n"}', "", "put values in with JSON.stringify"),
    ],
)
def test_a_text_that_could_be_read_in_two_ways_is_refused_with_its_place(data: bytes, path: str, reason: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse(data)
    assert caught.value.path == path
    assert reason in caught.value.reason


def test_nesting_is_taken_up_to_the_limit_and_no_deeper() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    with pytest.raises(StrictJsonError, match="deeper than 32 levels") as caught:
        parse(b'{"a":' * MAX_DEPTH + b"[]" + b"}" * MAX_DEPTH)
    assert caught.value.path.startswith("a.a.a")


def test_brackets_in_texts_are_not_nesting() -> None:
    text = "[{" * 100 + '"]'
    assert parse(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 1_000_000,
        b'{"a": [1, ' + b"7" * 1_000_000 + b"]}",
        b"-1." + b"0" * 1_000_000,
        b'"' + b'\\"' * 500_000,
        b'"' * 500_001,
        b'["a' * 100_000,
    ],
    ids=["lists", "objects", "closed", "digits", "digits inside", "fraction", "escapes", "quotes", "open texts"],
)
def test_hostile_texts_are_refused_before_they_cost_anything(data: bytes) -> None:
    started_s = time.process_time()
    with pytest.raises(StrictJsonError):
        parse(data)
    # A conversion of a million digits alone takes seconds.
    assert time.process_time() - started_s < 0.5


def test_a_whole_body_of_the_smallest_values_is_quick() -> None:
    data = b"[" + b'[],"\\u0041",' * 4_600 + b"0]"
    started_s = time.process_time()
    parse(data)
    assert time.process_time() - started_s < 0.2


def test_numbers_keep_their_kind() -> None:
    value = parse(b"[1, 1.0, -0, 12345678901234567890, true]")
    assert isinstance(value, list)
    assert [type(item) for item in value] == [int, float, int, int, bool]
    assert math.copysign(1, parse(b"-0.0")) == -1  # type: ignore[arg-type]


def test_a_reason_quotes_names_on_one_line_and_never_values() -> None:
    name = "a\\n\\u202e" + "b" * 500
    with pytest.raises(StrictJsonError) as caught:
        parse(f'{{"{name}": 1, "{name}": "geheim"}}'.encode())
    assert "geheim" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
