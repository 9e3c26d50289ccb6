"""Hearing a call again: the picture of its recording, play and pause, where it is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from connector_gui.ui import words as desk_words
from connector_gui.ui.history.waveform import Extremes, Waveform
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import GAP_M, GAP_S, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.text import label

SILENT_LEAD_S: Final = 2.0
"""Silence at the beginning that is worth skipping: what was switched on in the middle of a call has it up to there."""


class PlayerBar(QWidget):
    """Asks to be played; shows only what the player tells."""

    play_requested = Signal(float)
    """From here on, in s."""
    pause_requested = Signal()
    seek_requested = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_playing = False
        self._length_s = 0.0
        self._begins_s = 0.0
        self.waveform = Waveform(theme)
        self.button = QPushButton()
        self.time = label(theme, role="muted", size=TextSize.BODY, tabular=True)
        self.hint = label(theme, self.tr("Space plays · ← → 5 s"), role="muted", size=TextSize.LABEL)
        self.problem = Banner("warning")
        set_role(self.button, kind="plain")
        self._symbol = wear(self.button, theme, Symbol.PLAY)
        # As wide as its longer word, so that it does not jump.
        self.button.setMinimumWidth(theme.px(108))
        self._lay_out()
        self.button.clicked.connect(self.toggle)
        self.waveform.toggle_requested.connect(self.toggle)
        self.waveform.seek_requested.connect(self.seek_requested)
        self._show()

    def _lay_out(self) -> None:
        row, column = QHBoxLayout(), QVBoxLayout(self)
        row.setSpacing(GAP_M)
        row.addWidget(self.button)
        row.addWidget(self.time)
        row.addStretch(1)
        row.addWidget(self.hint)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.waveform)
        column.addLayout(row)
        column.addWidget(self.problem)

    def show_recording(self, length_s: float) -> None:
        """Another recording, at its beginning."""
        self._length_s, self._begins_s, self._is_playing = length_s, 0.0, False
        self.waveform.show_length(length_s)
        self.problem.show_text("")
        self._show()

    def show_peaks(self, operator: Extremes, agent: Extremes) -> None:
        """The picture of the recording; where nothing is in it yet, it is to be played from where something is."""
        self.waveform.show_peaks(operator, agent)
        lead_s = _silent_share(operator, agent) * self._length_s
        self._begins_s = lead_s if lead_s >= SILENT_LEAD_S else 0.0
        if self.position_s >= self._begins_s:
            return
        if self._is_playing:
            self.seek_requested.emit(self._begins_s)
        elif not self.position_s:
            self.waveform.show_position(self._begins_s)
            self._show()

    def show_state(self, position_s: float, is_playing: bool, problem: str | None) -> None:
        """What the player says."""
        self._is_playing = is_playing
        self.waveform.show_position(position_s)
        self.problem.show_text(one_line(shown(problem or ""), 300))
        self._show()

    @property
    def position_s(self) -> float:
        """Where it plays, or would play on."""
        return self.waveform.value() / 1000

    @property
    def is_playing(self) -> bool:
        """Whether it is heard now."""
        return self._is_playing

    def toggle(self) -> None:
        """Play, or pause; at the end it begins again, where there is something to hear."""
        if self._is_playing:
            self.pause_requested.emit()
            return
        is_over = self.position_s >= self._length_s - 0.2
        self.play_requested.emit(self._begins_s if is_over else self.position_s)

    def _show(self) -> None:
        self.button.setText(self.tr("Pause") if self._is_playing else self.tr("Play"))
        self._symbol.show(Symbol.PAUSE if self._is_playing else Symbol.PLAY)
        self.button.setAccessibleName(
            self.tr("Pause the recording") if self._is_playing else self.tr("Play the recording")
        )
        self.time.setText(f"{desk_words.clock(self.position_s)} / {desk_words.clock(self._length_s)}")


def _silent_share(operator: Extremes, agent: Extremes) -> float:
    """How much of a recording nothing stands in on both sides at its beginning, from 0 to 1; 0 if in all of it."""
    columns = list(zip(operator, agent, strict=True))
    first = next((number for number, sides in enumerate(columns) if any(map(any, sides))), 0)
    return first / len(columns) if columns else 0.0
