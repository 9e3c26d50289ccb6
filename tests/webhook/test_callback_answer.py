from __future__ import annotations

import pytest

from connector_gui.webhook.callback_answer import Verdict, read_answer

RUNNING = b'{"code":409,"message":"The execution \\"8\\" is running already."}'
FINISHED = b'{"code":409,"message":"The execution \\"8 has finished already."}'
WITH_ERROR = b'{"code":409,"message":"The execution \\"8\\" has finished with error."}'


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivery(status: int) -> None:
    result = read_answer(status, b"", "n8n:5678")
    assert (result.verdict, result.error) == (Verdict.DELIVERED, None)


@pytest.mark.parametrize(
    ("status", "body", "verdict", "words"),
    [
        (409, RUNNING, Verdict.LATER, "not reached its Wait node"),
        (409, FINISHED, Verdict.NEVER, "finished already"),
        (409, WITH_ERROR, Verdict.NEVER, "finished already"),
        (409, b"conflict", Verdict.LATER, "look into its log"),
        (409, b"", Verdict.LATER, "look into its log"),
        (404, b"", Verdict.NEVER, "has to be POST"),
        (410, b"", Verdict.NEVER, "gone for good"),
        (401, b'{"error":"Invalid token"}', Verdict.LATER, "resumeUrl whole, with its signature"),
        (403, b"", Verdict.LATER, "Authentication"),
        (302, b"", Verdict.LATER, "is not followed"),
        (400, b"", Verdict.LATER, "look into its log"),
        (413, b"", Verdict.LATER, "N8N_PAYLOAD_SIZE_MAX"),
        (429, b"", Verdict.LATER, "sent again"),
        (500, b"", Verdict.LATER, "sent again"),
        (503, b"", Verdict.LATER, "sent again"),
    ],
)
def test_what_an_answer_means_in_words_that_help(status: int, body: bytes, verdict: Verdict, words: str) -> None:
    result = read_answer(status, body, "n8n:5678")
    assert result.verdict is verdict
    assert result.error is not None
    assert words in result.error
    assert result.error.endswith(f"(HTTP {status}).")


def test_the_receivers_own_words_are_not_passed_on() -> None:
    result = read_answer(409, b"root:x:0:0 is running already, says 10.0.0.7", "n8n:5678")
    assert "root" not in (result.error or "")
