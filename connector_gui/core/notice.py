"""What the system's notifications say: built by windows' words, shown by whatever the system has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLICK: Final = "default"
"""The button that a notification itself is: what a click on it stands for."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification.

    Attributes:
        key: What it is about. A later one of the same key takes its place.
        title: One line of plain text.
        text: Some lines of plain text.
        buttons: Name and words of each, in order; `CLICK` is none of them.
        stays: It waits for an answer and stays until it is withdrawn; otherwise the system decides.
    """

    key: str
    title: str
    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    stays: bool = False

    def offers(self, button: str) -> bool:
        """Whether *button* is on it."""
        return button == CLICK or any(name == button for name, _ in self.buttons)
