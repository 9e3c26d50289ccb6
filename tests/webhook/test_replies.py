"""How answers become bytes."""

from __future__ import annotations

import json

import pytest

from connector_gui.webhook.replies import json_bytes


@pytest.mark.parametrize("turns", [0, 1, 5_000])
def test_json_that_is_made_in_pieces_is_the_same(turns: int) -> None:
    value = {
        "name": "Müller “&” Söhne 🎧",
        "transcript": [{"at_ms": turn, "text": "", "interrupted": None, "gain": -1.5} for turn in range(turns)],
    }
    assert json_bytes(value) == json.dumps(value, ensure_ascii=False).encode()


def test_a_lone_surrogate_becomes_its_escape() -> None:
    assert json.loads(json_bytes({"text": "a\ud800b"})) == {"text": "a\ud800b"}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"gain": float("nan")})
