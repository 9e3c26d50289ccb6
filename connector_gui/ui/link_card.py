"""The call that a link suggests, to be placed or left: any web page can hold a link, so nothing happens by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from connector_gui.ui.icon import app_icon
from connector_gui.ui.plain_text import plain
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, WINDOW_PADDING, TextSize, Theme, set_role
from connector_gui.ui.widgets.facts import Facts
from connector_gui.ui.widgets.text import label

DELAY_MS: Final = 1000
"""A click or key that was meant for the web page a moment ago must not place the call."""
SIZE: Final = (440, 340)
FACT_CHARS: Final = 512


class LinkCard(QWidget):
    """Agent, values, Call and Cancel; Cancel has the focus.

    Signals:
        call_requested: The operator wants the call that is shown.
    """

    call_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setWindowTitle(self.tr("Call from a link"))
        self.setWindowIcon(app_icon())
        self.setObjectName("link_card")
        self.title = label(theme, self.tr("A link suggests this call"), size=TextSize.NAME, semibold=True, wraps=True)
        self.warning = label(theme, self._warning(), role="muted", wraps=True)
        self.agent = label(theme, size=TextSize.TRANSCRIPT, semibold=True, wraps=True)
        self.facts = Facts(theme, self)
        self.call = QPushButton(self.tr("Call"), self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        set_role(self.call, kind="main")
        set_role(self.cancel, kind="plain")
        for button in (self.call, self.cancel):
            button.setAutoDefault(True)
        self.call.clicked.connect(self._on_call)
        self.cancel.clicked.connect(self.hide)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(DELAY_MS)
        self._delay.timeout.connect(lambda: self.call.setEnabled(True))
        self._lay_out()

    def _warning(self) -> str:
        return self.tr(
            "Nothing has been called yet. Call only if you know where the link comes from: the values below go to "
            "the agent, and the call costs what every call costs."
        )

    def _lay_out(self) -> None:
        values = QScrollArea(self)
        values.setWidget(self.facts)
        values.setWidgetResizable(True)
        values.setFrameShape(QScrollArea.Shape.NoFrame)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.call)
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_S)
        for part in (self.title, self.warning):
            column.addWidget(part)
        column.addSpacing(GAP_M)
        column.addWidget(self.agent)
        column.addWidget(values, 1)
        column.addSpacing(GAP_L)
        column.addLayout(buttons)
        self.resize(*SIZE)

    def show_link(self, agent_id: str, metadata: Mapping[str, str]) -> None:
        """Come to the front with this call; where another one is shown, it takes its place."""
        self.call.setEnabled(False)
        self.agent.setText(self.tr("Agent {agent}").format(agent=plain(agent_id)))
        self.facts.show_facts([(plain(name), plain(value, FACT_CHARS)) for name, value in metadata.items()])
        self.cancel.setFocus()
        self.show()
        self.raise_()
        self.activateWindow()
        self._delay.start()

    def _on_call(self) -> None:
        self.hide()
        self.call_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide."""
        event.ignore()
        self.hide()
