"""The command that places a first call, for the shell of this system."""

from __future__ import annotations

import json
import sys
from typing import Final

PATH: Final = "/webhook/initiate-call"
KEY_PLACEHOLDER: Final = "YOUR-KEY"
_BODY: Final = {"agent_id": "YOUR-AGENT-ID"}


def call_url(base_url: str) -> str:
    """Where calls are placed, below the webhook's address."""
    return base_url.rstrip("/") + PATH


def curl_example(base_url: str, platform: str = sys.platform) -> str:
    """A call placed with curl; key and agent are placeholders.

    Double quotes alone mean the same to POSIX shells and to the Windows command line; only the end
    of a continued line differs.
    """
    body = json.dumps(_BODY).replace('"', '\\"')
    lines = (
        f'curl "{call_url(base_url)}"',
        f'-H "X-API-Key: {KEY_PLACEHOLDER}"',
        '-H "Content-Type: application/json"',
        f'-d "{body}"',
    )
    continued = " ^\n  " if platform == "win32" else " \\\n  "
    return continued.join(lines)
