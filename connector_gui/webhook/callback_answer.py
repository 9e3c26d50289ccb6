"""What a receiver's answer to a report means: it has it, ask again, or never again; in words for the operator.

n8n's answers are the real ones (n8n 2.41.1; `packages/cli/src/webhooks/waiting-webhooks.ts`). A receiver's own words
are never quoted: whoever may place a call could read with them what answers inside the operator's network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RUNNING: Final = b"running already"
"""n8n's 409 while the workflow has not reached its Wait node: a quick ending overtakes it."""
FINISHED: Final = b"has finished"
"""n8n's 409 once the workflow is through; “already” or “with error” follows."""


class Verdict(StrEnum):
    """What is to be done about a report after a try."""

    DELIVERED = "delivered"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a try.

    Attributes:
        error: Why it was not delivered, as a sentence with a way out; ``None`` when it was.
    """

    verdict: Verdict
    error: str | None = None


def needs_body(status: int) -> bool:
    """Whether the beginning of the answer's body tells more than *status*."""
    return status == 409


def read_answer(status: int, body: bytes, receiver: str) -> Result:
    """What an answer means.

    Args:
        body: Its beginning, where `needs_body` asks for it.
        receiver: Host and port that answered.
    """
    if 200 <= status < 300:
        return Result(Verdict.DELIVERED)
    verdict, words = _meaning(status, body.lower())
    return Result(verdict, f"{words.format(receiver=receiver)} (HTTP {status}).")


def _meaning(status: int, body: bytes) -> tuple[Verdict, str]:
    if status == 409 and RUNNING in body:
        return Verdict.LATER, "The workflow has not reached its Wait node yet; the report is sent again"
    if status == 409 and FINISHED in body:
        return Verdict.NEVER, "The workflow has finished already: nobody waits for the report any more"
    if status in _FINAL:
        return Verdict.NEVER, _FINAL[status]
    if 300 <= status < 400:
        return Verdict.LATER, "{receiver} sends on to another address, which is not followed; give the final one"
    return Verdict.LATER, _PASSING.get(status, _FAULT if status >= 500 else _REFUSED)


_FINAL: Final[Mapping[int, str]] = {
    404: "{receiver} knows nobody at this address. In n8n the workflow has to be published and still waiting, and the "
    "Wait node's HTTP Method has to be POST",
    410: "{receiver} says that the address is gone for good",
}
_UNAUTHORIZED: Final = (
    "{receiver} does not let the report in. Pass n8n's $execution.resumeUrl whole, with its signature, "
    "and leave the Wait node's Authentication at None"
)
_PASSING: Final[Mapping[int, str]] = {
    401: _UNAUTHORIZED,
    403: _UNAUTHORIZED,
    413: "{receiver} does not take reports of this size; raise its limit (n8n: N8N_PAYLOAD_SIZE_MAX)",
    429: "{receiver} takes no more requests for now; the report is sent again",
}
_REFUSED: Final = "{receiver} did not take the report; look into its log"
_FAULT: Final = "{receiver} had a fault or is starting; the report is sent again"
