"""A page of the settings dialog: sections of rows that scroll when they do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from connector_gui.ui.history.flow import Flow
from connector_gui.ui.settings_pages.rows import CONTROL_WIDTH, TITLE_WIDTH, SettingRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_L, GAP_S, GAP_XL, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import label

CONTENT_WIDTH: Final = TITLE_WIDTH + GAP_L + CONTROL_WIDTH + GAP_L
"""With the gap to the scroll bar. Nothing is wider, so all controls begin and end at the same lines."""


class Page(QScrollArea):
    """Rows under headings; changes leave it by `changes_requested`."""

    changes_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: dict[str, SettingRow] = {}
        self._places: dict[str, QWidget] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = self._content = QWidget(self.viewport())
        content.setMaximumWidth(CONTENT_WIDTH)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, GAP_L, GAP_L)
        self._column.setSpacing(GAP_L)
        self._column.addStretch(1)
        self.setWidget(content)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft)

    # --- building --------------------------------------------------------------------------

    def add_title(self, text: str) -> None:
        """Name the page."""
        self.setAccessibleName(text)
        self.add(label(self._theme, text, size=TextSize.NAME, semibold=True))

    def add_heading(self, text: str) -> None:
        """Begin a section."""
        heading = label(self._theme, text, semibold=True)
        heading.setContentsMargins(0, GAP_L, 0, 0)
        self.add(heading)

    def add(self, part: QWidget) -> None:
        """Put *part* below all others."""
        self._column.insertWidget(self._column.count() - 1, part)

    def add_row(self, row: SettingRow, *, applies_at_once: bool = True) -> None:
        """Put a setting below all others; its changes are sent as they are made, if *applies_at_once*."""
        name = row.info.name
        self.rows[name] = row
        if applies_at_once:
            row.edited.connect(lambda value: self.changes_requested.emit({name: value}))
        self.add(row)

    def set_place(self, name: str, part: QWidget) -> None:
        """Lead a search for the setting *name* to *part*: one of the `rows`, or what stands in the place of a row."""
        self._places[name] = part

    @property
    def places(self) -> dict[str, QWidget]:
        """Where each setting of this page is."""
        return {**self.rows, **self._places}

    # --- what is shown ---------------------------------------------------------------------

    def reveal(self, name: str) -> None:
        """Scroll to the setting *name* and point it out."""
        part = self.places[name]
        # Laid out first: a page that was just made has no places yet.
        self._content.adjustSize()
        self.ensureWidgetVisible(part, 0, GAP_XL)
        if isinstance(part, SettingRow):
            part.show_found()
        else:
            part.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_settings(self, shown: ShownSettings) -> None:
        """Show the values that hold, and which of them cannot be changed here."""
        for name, row in self.rows.items():
            row.show_value(getattr(shown.settings, name))
            row.show_fixed(shown.fixed.get(name, ""))
            row.show_problem("")

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say at each field what is wrong with what was chosen; all others are fine."""
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, ""))


def button(text: str, kind: str = "plain", parent: QWidget | None = None) -> QPushButton:
    """A button that is not the dialog's default one, which Enter in any field would press."""
    made = QPushButton(text, parent)
    made.setAutoDefault(False)
    set_role(made, kind=kind)
    return made


def titled(theme: Theme, title: str, content: QWidget, hint: str | QWidget = "") -> QWidget:
    """*content* beside a title, with a *hint* below it, as the rows of settings stand."""
    part = QWidget()
    grid = QGridLayout(part)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(GAP_L)
    grid.setVerticalSpacing(GAP_XS)
    grid.setColumnStretch(1, 1)
    words = label(theme, title, wraps=True)
    words.setFixedWidth(TITLE_WIDTH)
    if title:  # beside the first line of what is several lines high
        words.setMinimumHeight(theme.px(CONTROL_HEIGHT))
    grid.addWidget(words, 0, 0, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(content, 0, 1)
    if isinstance(hint, QWidget):
        grid.addWidget(hint, 1, 1)
    elif hint:
        below = label(theme, hint, size=TextSize.LABEL, role="muted", wraps=True)
        grid.addWidget(below, 1, 1)
    return part


def group(*parts: QWidget) -> QWidget:
    """*parts* that belong together, one close below the other."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GAP_S)
    for part in parts:
        column.addWidget(part)
    return whole


def line(*parts: QWidget, stretched: QWidget | None = None) -> QWidget:
    """*parts* side by side; one of them takes all the room there is, or nothing does."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP_S)
    for part in parts:
        row.addWidget(part, 1 if part is stretched else 0)
    if stretched is None:
        row.addStretch(1)
    return whole


def buttons(*parts: QPushButton) -> QWidget:
    """Buttons in a line, or in several where their words are long; no taller than they are when all are hidden."""
    whole = QWidget()
    row = Flow(GAP_S, whole)
    for part in parts:
        row.addWidget(part)
    return whole
