"""What every answer other than the wanted one means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connector_gui.core.errors import AuthError
from connector_gui.elevenlabs.refusals import Answer, agent_not_found, is_worth_retrying, redact, refusal

KEY = "sk_0123456789abcdef0123456789abcdef"


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def legacy(code: str, message: str = "") -> dict[str, Any]:
    return {"detail": {"status": code, "message": message}}


def new(code: str, message: str = "") -> dict[str, Any]:
    return {"detail": {"type": "x", "code": code, "message": message, "status": code, "request_id": "r"}}


@pytest.mark.parametrize(
    ("given", "code", "words", "again"),
    [
        (answer(401, legacy("invalid_api_key", "Invalid API key")), "elevenlabs_key_invalid", "Invalid API key", False),
        (answer(401, new("invalid_api_key")), "elevenlabs_key_invalid", "another region", False),
        (answer(401), "elevenlabs_key_invalid", "another region", False),
        (
            answer(401, legacy("missing_permissions", "The key is missing the permission convai_read")),
            "elevenlabs_permission_missing",
            "convai_read",
            False,
        ),
        (answer(401, legacy("odd", "Lacks Permission x")), "elevenlabs_permission_missing", "Lacks", False),
        (
            answer(401, legacy("quota_exceeded", "You have 3 credits, 10 are needed")),
            "elevenlabs_quota_exceeded",
            "3 credits",
            False,
        ),
        (answer(402), "elevenlabs_quota_exceeded", "credits", False),
        (answer(403, {"detail": "Not in your plan"}), "elevenlabs_permission_missing", "Not in your plan", False),
        (answer(400, new("invalid_parameters", "No.")), "elevenlabs_error", "“No.”", False),
        (answer(404, {"detail": "Not Found"}), "elevenlabs_error", "Not Found", False),
        (answer(407), "elevenlabs_error", "proxy", False),
        (answer(418), "elevenlabs_error", "HTTP 418", False),
        (answer(429, new("rate_limit_exceeded")), "elevenlabs_rate_limited", "too many requests", True),
        (answer(429), "elevenlabs_rate_limited", "too many requests", True),
        (answer(429, legacy("system_busy")), "elevenlabs_rate_limited", "busy", True),
        (answer(429, new("concurrent_limit_exceeded")), "elevenlabs_concurrency", "another call has ended", False),
        (answer(429, legacy("too_many_concurrent_requests")), "elevenlabs_concurrency", "lines", False),
        (answer(429, new("quota_exceeded")), "elevenlabs_quota_exceeded", "credits", False),
        (answer(500), "elevenlabs_error", "HTTP 500", True),
        (answer(502, b"<html><h1>Bad Gateway</h1></html>"), "elevenlabs_error", "HTTP 502", True),
        (answer(200, b"  <!DOCTYPE html><title>Wi-Fi</title>"), "elevenlabs_error", "sign in", False),
        (answer(200, b"x", Content_Type="text/html; charset=utf-8"), "elevenlabs_error", "sign in", False),
        (answer(403, b"<html>blocked</html>"), "elevenlabs_error", "sign in", False),
        (answer(302, b"", Location="https://portal.example/?u=sekrit-canary"), "elevenlabs_error", "HTTP 302", False),
    ],
)
def test_an_answer_becomes_words_and_a_code(given: Answer, code: str, words: str, again: bool) -> None:
    error = refusal(given)
    assert error.code == code
    assert error.status == 502
    assert words in str(error)
    assert "sekrit-canary" not in str(error)
    assert is_worth_retrying(given, error) is again
    assert isinstance(error, AuthError) is (code in {"elevenlabs_key_invalid", "elevenlabs_permission_missing"})


@pytest.mark.parametrize(
    "given",
    [
        answer(404, legacy("agent_not_found", "Agent x not found")),
        answer(404, {"detail": "Not Found"}),
        answer(404),
        answer(422, {"detail": [{"loc": ["query", "agent_id"], "msg": "Field required", "type": "missing"}]}),
        answer(400, new("agent_not_found")),
    ],
)
def test_an_unknown_agent_is_a_404_of_ours(given: Answer) -> None:
    error = refusal(given, unknown=agent_not_found("agent_7"))
    assert (error.code, error.status) == ("agent_not_found", 404)
    assert "“agent_7”" in str(error)


def test_a_web_page_with_404_says_nothing_about_the_agent() -> None:
    error = refusal(answer(404, b"<html>nginx</html>"), unknown=agent_not_found("agent_7"))
    assert error.code == "elevenlabs_error"
    assert "ELEVENLABS_BASE_URL" in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("1e9", 3600.0), ("nan", None), ("inf", None), ("soon", None), ("", None)],
)
def test_retry_after_is_read_in_seconds(value: str, expected: float | None) -> None:
    assert refusal(answer(429, Retry_After=value)).retry_after_s == expected


def test_retry_after_is_read_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    retry_after_s = refusal(answer(503, Retry_After=later)).retry_after_s
    assert retry_after_s == pytest.approx(90, abs=3)
    assert refusal(answer(503, Retry_After="Sun, 22 Nov 2026 12:00:00 -0000")).retry_after_s is None


def test_the_services_words_are_quoted_without_secrets_in_one_short_line() -> None:
    message = (
        f"Key {KEY}\n\u202e at wss://h/?conversation_signature=sekrit-canary&x=1 and sk_other_secret " + "x" * 5000
    )
    error = refusal(answer(400, legacy("odd", message)), secret=KEY)
    text = str(error)
    assert KEY not in text
    assert "sekrit-canary" not in text
    assert "sk_other" not in text
    assert text.isprintable()
    assert len(text) < 500


def test_a_key_is_blotted_out_whatever_it_looks_like() -> None:
    assert redact("the key plain-key-1 is wrong", "plain-key-1") == "the key *** is wrong"
    assert redact("xi-api-key: abc, token=def", "") == "xi-api-key: *** token=***"
    # Too short to be a key: blotting it out would only garble the words.
    assert redact("a cat", "a") == "a cat"


def test_neither_body_nor_headers_show_in_an_answers_repr() -> None:
    shown = repr(Answer(200, {"set-cookie": "sekrit-canary"}, b"sekrit-canary"))
    assert "sekrit-canary" not in shown
