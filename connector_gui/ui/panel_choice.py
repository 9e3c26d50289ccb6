"""Which call stands in the panel.

The conversation in focus, else the call that rings, else a held one. A call on a line runs beside all that: it stands
in the panel where the operator chose it, until they choose another, or one at the desk needs the place.
"""

from __future__ import annotations

from connector_gui.core.call import CallState
from connector_gui.core.view import CallView, DeskView


class PanelChoice:
    """Remembers which call on a line the operator looks at."""

    def __init__(self) -> None:
        self._view = DeskView()
        self._session_id: str | None = None

    @property
    def session_id(self) -> str | None:
        """The call on a line that the operator wants before them."""
        return self._session_id

    def follow(self, view: DeskView) -> None:
        """Take *view* for what is; a call that comes to the desk, or rings there, takes the place of one on a line."""
        now, then = view.talking, self._view.talking
        is_other = now is not None and (then is None or then.record.session_id != now.record.session_id)
        known = {call.record.session_id for call in self._view.ringing}
        has_news = any(call.record.session_id not in known for call in view.ringing)
        self._view = view
        if is_other or (has_news and now is None) or self._looked_at() is None:
            self._session_id = None

    def find(self, session_id: str) -> CallView | None:
        """That call, if it is there and does not ring."""
        call = next((call for call in self._view.calls if call.record.session_id == session_id), None)
        return call if call is not None and call.rings_until_s is None else None

    def look_at(self, session_id: str | None) -> None:
        """Put that call, which is on a line, into the panel; ``None``: what is at the desk."""
        self._session_id = session_id

    def call(self) -> CallView | None:
        """The call that stands in the panel; ``None``: no call is the operator's."""
        view, looked_at = self._view, self._looked_at()
        if looked_at is not None:
            return looked_at
        at_desk = [call for call in view.calls if call.line is None]
        held = next((call for call in at_desk if call.record.status is CallState.HELD), None)
        return view.talking or next(iter(view.ringing), None) or held or next(iter(at_desk), None)

    def _looked_at(self) -> CallView | None:
        call = next((call for call in self._view.calls if call.record.session_id == self._session_id), None)
        return call if call is not None and call.line is not None else None
