"""One rule of a line: which calls belong there, in three fields of which any may be empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from connector_gui.core.device_order import NAME_LENGTH
from connector_gui.core.lines import LineRule
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.settings_pages.rows import WheelGuard
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.widgets.text import label

LEAST_PRIORITY: Final = -1000
MOST_PRIORITY: Final = 1000
_ANY: Final = LEAST_PRIORITY - 1
METADATA_LENGTH: Final = 1_000


class RuleRow(QWidget):
    """Agent, metadata, priority; what is typed is told when a field is left."""

    edited = Signal()
    removed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._kept: Mapping[str, str] = {}
        self._is_shown = False
        self.agent, self.metadata, self.priority = QLineEdit(), QLineEdit(), _Priority()
        self.agent.setMaxLength(NAME_LENGTH)
        self.agent.setPlaceholderText(self.tr("any"))
        self.metadata.setMaxLength(METADATA_LENGTH)
        self.metadata.setPlaceholderText(self.tr("any, or queue=night; vip=yes"))
        self.priority.setKeyboardTracking(False)
        self.priority.installEventFilter(WheelGuard(self.priority))
        self.priority.setMaximumHeight(theme.px(CONTROL_HEIGHT))
        self.remove: QPushButton = button("", "tool")
        wear(self.remove, theme, Symbol.DELETE)
        self._lay_out(theme)
        self.agent.editingFinished.connect(self.edited)
        self.metadata.editingFinished.connect(self.edited)
        self.priority.valueChanged.connect(lambda _value: None if self._is_shown else self.edited.emit())
        self.remove.clicked.connect(self.removed)

    def _lay_out(self, theme: Theme) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_S)
        grid.setVerticalSpacing(GAP_XS)
        titles = (self.tr("Agent id"), self.tr("Metadata"), self.tr("Priority from"))
        self.titles: list[QLabel] = []
        for column, (title, field) in enumerate(zip(titles, self.fields, strict=True)):
            words = label(theme, title, size=TextSize.LABEL, role="muted")
            words.setBuddy(field)
            self.titles.append(words)
            grid.addWidget(words, 0, column)
            grid.addWidget(field, 1, column)
        grid.addWidget(self.remove, 1, 3)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 4)

    @property
    def fields(self) -> tuple[QLineEdit, QLineEdit, QSpinBox]:
        """What can be typed into."""
        return self.agent, self.metadata, self.priority

    def name(self, number: int, line: str) -> None:
        """Say to screen readers which rule of which line this is."""
        for title, field in zip(self.titles, self.fields, strict=True):
            words = self.tr("{field}, rule {number} of line {line}")
            field.setAccessibleName(words.format(field=title.text(), number=number, line=line))
        self.remove.setAccessibleName(self.tr("Remove rule {number} of line {line}").format(number=number, line=line))
        self.remove.setToolTip(self.tr("Remove this rule"))

    def show_rule(self, rule: LineRule) -> None:
        """Show *rule*."""
        self._is_shown = True
        self.agent.setText(rule.agent_id or "")
        self._kept = dict(rule.metadata)
        self.metadata.setText(_as_text(rule.metadata))
        self.priority.setValue(_ANY if rule.min_priority is None else rule.min_priority)
        self._is_shown = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named, which would be no rule."""
        return not (self.agent.text().strip() or self.metadata.text().strip() or self._priority is not None)

    def value(self) -> dict[str, Any]:
        """The rule as it is written down.

        Raises:
            ValueError: The metadata cannot be understood; the sentence says what is missing.
        """
        members = {"agent_id": self.agent.text().strip() or None, "metadata": self._members() or None}
        members["min_priority"] = self._priority  # type: ignore[assignment]  # a number among texts
        return {name: value for name, value in members.items() if value is not None}

    @property
    def _priority(self) -> int | None:
        return None if self.priority.value() == _ANY else self.priority.value()

    def _members(self) -> dict[str, str]:
        # Values that nobody has touched stay as they are, whatever is in them.
        if self.metadata.text() == _as_text(self._kept):
            return dict(self._kept)
        members: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in self.metadata.text().split(";"))):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            if not (name and equals):
                raise ValueError(self.tr("Metadata are written name=value, several with a semicolon between them."))
            members[name] = value
        return members


class _Priority(QSpinBox):
    """A number or “any”, which is one step below 0: few calls have a priority below that, and it can be typed."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(_ANY, MOST_PRIORITY)
        self.setSpecialValueText(self.tr("any"))
        self.setValue(_ANY)

    def stepBy(self, steps: int) -> None:
        is_any = self.value() == _ANY
        if is_any and steps > 0:
            self.setValue(steps - 1)
        elif self.value() >= 0 > self.value() + steps:
            self.setValue(_ANY)
        else:
            super().stepBy(steps)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # As far from its edge as the words of all other fields; a style sheet's padding reaches no text of a spin box.
        self.lineEdit().setTextMargins(max(0, GAP_S - self.lineEdit().x()), 0, 0, 0)


def _as_text(metadata: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in metadata.items())
