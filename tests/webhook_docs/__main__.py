"""Writes ``docs/webhook.md`` anew."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

from tests.webhook_docs.page import PAGE, page
from tests.webhook_docs.scenes import played

# One of the scenes is a mistake of the program's own, which it logs.
logging.getLogger("connector_gui.webhook.door").setLevel(logging.CRITICAL)
with tempfile.TemporaryDirectory() as folder:
    PAGE.write_text(page(asyncio.run(played(Path(folder)))), encoding="utf-8")
