"""Whether the call is recorded, and the switch for it: an empty or a filled circle, and words."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget

from connector_gui.ui.theme import Theme, set_role

_SIGN_PX: Final = 12


class RecordButton(QPushButton):
    """Pressing it asks for the other state; `show_recording` shows what came of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_recording = False
        self.setAutoDefault(True)
        set_role(self, kind="tool")
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def is_recording(self) -> bool:
        """What is shown."""
        return self._is_recording

    def show_recording(self, *, is_recording: bool, can_change: bool) -> None:
        """Show whether sound is being kept, and whether that can be changed now."""
        self.setEnabled(can_change)
        if is_recording != self._is_recording:
            self._is_recording = is_recording
            self._draw()

    def _draw(self) -> None:
        on = self._is_recording
        self.setText(self.tr("Recording") if on else self.tr("Record"))
        tip = self.tr("This call is being recorded. Press to stop.") if on else self.tr("Record this call from now on.")
        self.setToolTip(tip)
        self.setAccessibleName(self.tr("Recording; press to stop") if on else self.tr("Record this call"))
        side_px = self._theme.px(_SIGN_PX)
        self.setIconSize(QSize(side_px, side_px))
        self.setIcon(QIcon(self._sign(side_px)))

    def _sign(self, side_px: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(side_px * ratio), round(side_px * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(0, 0, 0, 0))
        colours = self._theme.colours
        colour = colours.error if self._is_recording else colours.muted
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, max(1.5, side_px / 8)))
        painter.setBrush(colour if self._is_recording else Qt.BrushStyle.NoBrush)
        edge = side_px / 8 + 0.5
        painter.drawEllipse(QRectF(edge, edge, side_px - 2 * edge, side_px - 2 * edge))
        painter.end()
        return pixmap
