"""What tests of the settings dialog show it, hear from it and read in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget

from connector_gui.core.settings import Settings


@dataclass
class Shown:
    """Settings in force, and where fixed ones are set."""

    settings: Settings = field(default_factory=Settings)
    fixed: Mapping[str, str] = field(default_factory=dict)


class Heard(list[Any]):
    """What a signal has said, in order; several arguments as a tuple."""

    def __init__(self, signal: SignalInstance) -> None:
        super().__init__()
        signal.connect(lambda *values: self.append(values[0] if len(values) == 1 else values))


def texts(widget: QWidget) -> list[str]:
    """All that can be read in *widget*, by eye, by clipboard or by a screen reader."""
    found = [one.text() for one in widget.findChildren(QLabel)]
    found += [one.text() for one in widget.findChildren(QLineEdit)]
    found += [one.text() for one in widget.findChildren(QAbstractButton)]
    found += [one.toPlainText() for one in widget.findChildren(QPlainTextEdit)]
    for one in widget.findChildren(QWidget):
        found += [one.accessibleName(), one.accessibleDescription(), one.toolTip()]
    return found
