"""The report of a call's ending as it is sent: its bytes and their signature.

The receiver checks it with the key that placed the call::

    t, v0 = "1763811660", "9f86…"          # X-Connector-Signature: t=1763811660,v0=9f86…
    hmac.compare_digest(v0, hmac.new(key, t.encode() + b"." + body, hashlib.sha256).hexdigest())
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from connector_gui.core.answers import session_body
from connector_gui.core.record import CallRecord
from connector_gui.webhook.replies import json_bytes

SIGNATURE_HEADER: Final = "X-Connector-Signature"


def report_body(record: CallRecord, base_url: str) -> bytes:
    """The session in *record* as ``GET /sessions/{id}`` gives it, in UTF-8; links are under *base_url*."""
    return json_bytes(session_body(record, base_url, whole=True))


def signature(body: bytes, key: SecretStr, now: datetime) -> str:
    """The value of `SIGNATURE_HEADER`; by *now* an old report is told from a new one."""
    seconds = int(now.timestamp())
    signed = hmac.new(
        key.get_secret_value().encode("utf-8", "surrogateescape"), f"{seconds}.".encode() + body, hashlib.sha256
    )
    return f"t={seconds},v0={signed.hexdigest()}"
