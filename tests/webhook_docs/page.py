"""Puts the page together: ``page.md`` with its places filled in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.webhook import MAX_MESSAGE_CHARS
from connector_gui.webhook.callback_answer import read_answer
from connector_gui.webhook.callback_post import PostTiming
from connector_gui.webhook.callback_queue import LONGEST_WAIT_S
from connector_gui.webhook.callback_report import SIGNATURE_HEADER
from connector_gui.webhook.callbacks import LIFETIME_S
from connector_gui.webhook.codes import CODES
from connector_gui.webhook.config import Limits, WebhookConfig
from connector_gui.webhook.guesses import MOST
from connector_gui.webhook.repeats import REPEAT_S
from tests.webhook_docs import routes, show
from tests.webhook_docs.scenes import Scenes

PAGE: Final = Path(__file__).parents[2] / "docs" / "webhook.md"
_WORDS: Final = Path(__file__).parent / "page.md"
_PLACE: Final = re.compile(r"\{\{ (\w+)(?: ([^ }]+))? \}\}")

# n8n's own answers to a report, and some of others.
_RECEIVED: Final[tuple[tuple[int, bytes], ...]] = (
    (200, b""),
    (409, b"is running already"),
    (409, b"has finished already"),
    (404, b""),
    (410, b""),
    (401, b""),
    (302, b""),
    (413, b""),
    (429, b""),
    (500, b""),
)


def page(scenes: Scenes) -> str:
    """All of ``docs/webhook.md``.

    Raises:
        LookupError: A place in the text names something that there is not.
    """
    return _PLACE.sub(lambda place: _fill(place[1], place[2] or "", scenes), _WORDS.read_text("utf-8"))


def _fill(kind: str, name: str, scenes: Scenes) -> str:
    match kind:
        case "exchange":
            return show.exchange(scenes.by_name[name])
        case "answer":
            return show.answer(scenes.by_name[name])
        case "refusal":
            code, _, status = name.partition(":")
            return show.answer(scenes.refusals[code, int(status)])
        case "events":
            return show.events(scenes.stream)
        case "report":
            return _report(scenes)
        case "received":
            return _received()
        case "routes":
            return routes.routes(scenes)
        case "shared":
            return _shared(scenes)
        case "codes":
            return _codes(scenes)
        case "value":
            return _values()[name]
        case _:
            raise LookupError(f"there is no {kind}")


def _report(scenes: Scenes) -> str:
    got = scenes.report
    assert got is not None
    sent = {"Host": "127.0.0.1:5678", "Content-Type": got.headers["content-type"]}
    # Its digest is that of the body as it was sent, with the port of that day.
    sent[SIGNATURE_HEADER] = re.sub(r"v0=.*", "v0=5f2a… (64 digits)", got.headers[SIGNATURE_HEADER.lower()])
    head = "\n".join([f"POST {got.target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())])
    return f"```http\n{head}\n\n{show.pretty(json.loads(scenes.report_text))}\n```"


def _received() -> str:
    words = {"delivered": "delivered", "later": "sent again", "never": "given up"}
    rows = []
    for status, body in _RECEIVED:
        result = read_answer(status, body, "127.0.0.1:5678")
        said = f"{status} “{body.decode()}”" if body else str(status)
        rows.append((said, words[result.verdict], result.error or ""))
    return show.table(("the receiver answers", "the report is", "`callback.last_error`"), rows)


def _shared(scenes: Scenes) -> str:
    shared = sorted(routes.shared_refusals(scenes.description))
    return ", ".join(f"{status} `{code}`" for status, code in shared)


def _codes(scenes: Scenes) -> str:
    rows = []
    for code, known in CODES.items():
        for status in known.statuses:
            seen = scenes.refusals[code, status]
            error = json.loads(seen.body)["error"]
            rows.append((f"`{code}`", str(status), f"{known.when}.", error, seen.headers.get("Retry-After", "")))
    return show.table(("code", "status", "when", "`error`, for example", "`Retry-After`"), rows)


def _values() -> dict[str, str]:
    limits, config, rules, timing = Limits(), WebhookConfig(), DeskRules(), PostTiming()
    return {
        "body_kib": str(limits.body_bytes // 1024),
        "header_s": f"{limits.header_s:g}",
        "body_s": f"{limits.body_s:g}",
        "keep_alive_s": f"{limits.keep_alive_s:g}",
        "connections": str(limits.connections),
        "refusals_per_s": f"{limits.refusals_per_s:g}",
        "refusals_at_once": str(limits.refusals_at_once),
        "held": str(limits.held),
        "heartbeat_s": f"{limits.heartbeat_s:g}",
        "goodbye_s": f"{limits.goodbye_s:g}",
        "stalled_s": f"{limits.stalled_s:g}",
        "rate": config.rate_limit,
        "queue": str(rules.ring_queue_size),
        "guesses": str(MOST),
        "message_chars": f"{MAX_MESSAGE_CHARS:,}",
        "repeat_s": f"{REPEAT_S:g}",
        "lifetime_h": f"{LIFETIME_S / 3600:g}",
        "most_wait_s": f"{LONGEST_WAIT_S:g}",
        "post_connect_s": f"{timing.connect_s:g}",
        "post_s": f"{timing.total_s:g}",
    }
