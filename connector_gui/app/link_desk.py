"""Links to calls: shown on a card, and placed when the operator presses Call there, never before."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Final

from connector_gui.core.call_link import CallLink
from connector_gui.core.call_request import CallRequest
from connector_gui.core.metadata import dynamic_variables
from connector_gui.ui.link_card import LinkCard
from connector_gui.ui.theme import Theme

log = logging.getLogger(__name__)

RING_S: Final = 30.0
"""The call is accepted as it is placed; this is for one that cannot be, because the desk is full."""


class LinkDesk:
    """Makes the card when the first link comes."""

    def __init__(self, theme: Theme, place: Callable[[CallRequest], None], open_panel: Callable[[], None]) -> None:
        self._theme = theme
        self._place = place
        self._open_panel = open_panel
        self._link: CallLink | None = None
        self._card: LinkCard | None = None

    @property
    def card(self) -> LinkCard | None:
        """The card, once there was a link."""
        return self._card

    def show(self, link: CallLink) -> None:
        """Let the operator decide about *link*."""
        if self._card is None:
            self._card = LinkCard(self._theme)
            self._card.call_requested.connect(self._on_call)
        self._link = link
        self._card.show_link(link.agent_id, link.metadata)
        log.info("link.shown", extra={"values": len(link.metadata)})

    def _on_call(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        log.info("link.placed")
        self._open_panel()
        self._place(
            CallRequest(
                f"link-{uuid.uuid4().hex[:12]}",
                link.agent_id,
                ring_timeout_s=RING_S,
                metadata=dict(link.metadata),
                dynamic_variables=dynamic_variables(link.metadata),
            )
        )
