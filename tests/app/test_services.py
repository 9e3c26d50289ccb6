"""Who answers calls, and what becomes known of it on the way."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from connector_gui.app.services import announcing
from connector_gui.core.link import Link
from connector_gui.system.redaction import Redactor
from tests.fakes.link import ScriptedLink

ODD = "wss://odd.example/canary/1"
"""Nothing in it looks like a secret."""


async def test_an_address_is_known_to_the_log_before_it_is_opened() -> None:
    redactor, opened, link = Redactor(), list[str](), ScriptedLink()

    def open_link(signed_url: str) -> AbstractAsyncContextManager[Link]:
        opened.append(redactor.clean(f"opening {signed_url}"))
        return nullcontext(link)

    async with announcing(open_link, redactor.add_signed_url)(ODD) as given:
        assert given is link
    assert opened == ["opening ***"]
