"""A request and what became of it, for those who show or count them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

NO_ROUTE: Final = "other"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was meant for us, and its answer.

    Attributes:
        target: Path and query as sent. A query may have a key in it, by mistake: show it with care.
        code, error: Of the refusal; empty when there was none.
        key_name: Name of the key; empty where none was needed or the right one did not come.
        duration_s: From the end of the headers until the answer was made; of a stream, until it began.
        raw_body: As far as it was read; may hold secrets of the caller.
        route: The address as it is declared (``/sessions/{session_id}``), for counting; `NO_ROUTE` where nothing is.
    """

    at: datetime
    method: str
    target: str
    status: int
    code: str
    error: str
    key_name: str
    remote_address: str
    request_id: str
    duration_s: float
    raw_body: bytes = field(default=b"", repr=False)
    route: str = NO_ROUTE
