"""A level meter: segments for loudness, a mark that holds the peak, a clip light, the level in dBFS."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from connector_gui.core.level import FLOOR_DBFS, Level
from connector_gui.ui.theme import GAP_S, TextSize, Theme

SCALE_FLOOR_DBFS: Final = -60.0
"""Left end of the scale: a quiet room through a good microphone."""
HOT_DBFS: Final = -6.0
"""Above this a voice is close to clipping."""
SEGMENT_PX: Final = 6
SEGMENT_GAP_PX: Final = 2
BAR_HEIGHT_PX: Final = 10
PEAK_HOLD_S: Final = 1.5
CLIP_LIGHT_S: Final = 2.0
FALL_DB_PER_S: Final = 40.0
"""How fast bar and peak mark fall; they rise at once."""
NUMBER_INTERVAL_S: Final = 0.25
"""The number changes at most this often: faster figures cannot be read."""


class MeterBallistics:
    """How a meter moves: rises at once, falls steadily, holds its peak. Pure; time is an input."""

    def __init__(self) -> None:
        self.bar_dbfs = FLOOR_DBFS
        self.peak_dbfs = FLOOR_DBFS
        self.number_dbfs = FLOOR_DBFS
        self.is_clipping = False
        self._now_s: float | None = None
        self._peak_until_s = 0.0
        self._clip_until_s = 0.0
        self._number_until_s = 0.0
        self._loudest_dbfs = FLOOR_DBFS

    def take(self, level: Level, now_s: float) -> None:
        """Move to *level*, read at *now_s* on a monotonic clock."""
        fall_db = 0.0 if self._now_s is None else (now_s - self._now_s) * FALL_DB_PER_S
        self._now_s = now_s
        self.bar_dbfs = max(level.rms_dbfs, self.bar_dbfs - fall_db, FLOOR_DBFS)
        if level.peak_dbfs >= self.peak_dbfs:
            self.peak_dbfs, self._peak_until_s = level.peak_dbfs, now_s + PEAK_HOLD_S
        elif now_s > self._peak_until_s:
            self.peak_dbfs = max(level.peak_dbfs, self.peak_dbfs - fall_db, FLOOR_DBFS)
        if level.is_clipping:
            self._clip_until_s = now_s + CLIP_LIGHT_S
        self.is_clipping = now_s < self._clip_until_s
        self._take_number(level, now_s)

    def _take_number(self, level: Level, now_s: float) -> None:
        self._loudest_dbfs = max(self._loudest_dbfs, level.rms_dbfs)
        if now_s >= self._number_until_s:
            self.number_dbfs, self._loudest_dbfs = self._loudest_dbfs, FLOOR_DBFS
            self._number_until_s = now_s + NUMBER_INTERVAL_S


class LevelMeter(QWidget):
    """One meter. It moves only while `show_level` is called, and repaints only what changed."""

    def __init__(
        self, theme: Theme, name: str, parent: QWidget | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._clock_s = clock_s
        self._motion = MeterBallistics()
        self._picture: tuple[int, int, bool, str] = (0, 0, False, "")
        self.setAccessibleName(name)
        self.setToolTip(self.tr("{name} in dBFS: 0 is as loud as the system can be").format(name=name))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        theme.changed.connect(self._measure)
        self._measure()
        self.clear()

    def show_level(self, level: Level) -> None:
        """Move to *level*; call it at up to 30 Hz while the meter is to move."""
        self._motion.take(level, self._clock_s())
        self._refresh()

    def clear(self) -> None:
        """Fall to rest at once: there is nothing to measure."""
        self._motion = MeterBallistics()
        self._refresh()

    # --- what is seen, for tests and screen readers ----------------------------------------

    @property
    def lit_segments(self) -> int:
        """How many segments are lit."""
        return self._picture[0]

    @property
    def is_clip_lit(self) -> bool:
        """Whether the clip light is on."""
        return self._picture[2]

    @property
    def number(self) -> str:
        """The level in words: ``−18``, or ``–`` for silence."""
        return self._picture[3]

    # --- inside ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(150, max(24, QFontMetrics(self._font).height() + 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def resizeEvent(self, _event: object) -> None:
        self._measure()

    def _measure(self) -> None:
        """Settle what depends on size and font, so that nothing of it is asked 30 times a second."""
        self._font = self._theme.font(TextSize.LABEL, tabular=True)
        number_px = QFontMetrics(self._font).horizontalAdvance("−00") + GAP_S
        room = self.width() - number_px - 2 * (SEGMENT_PX + SEGMENT_GAP_PX)
        self._segments = max(5, room // (SEGMENT_PX + SEGMENT_GAP_PX))
        self.updateGeometry()
        self._refresh()
        self.update()

    def _refresh(self) -> None:
        motion = self._motion
        picture = (
            self._segment_of(motion.bar_dbfs),
            self._segment_of(motion.peak_dbfs),
            motion.is_clipping,
            _number(motion.number_dbfs),
        )
        if picture != self._picture:
            self._picture = picture
            self.update()

    def _segment_of(self, dbfs: float) -> int:
        share = (dbfs - SCALE_FLOOR_DBFS) / -SCALE_FLOOR_DBFS
        return round(max(0.0, min(1.0, share)) * self._segments)

    def _segment_rects(self, lit: int, peak: int, segments: int, top: int) -> list[tuple[QColor, list[QRect]]]:
        colours = self._theme.colours
        first_hot = math.floor(segments * (1 - HOT_DBFS / SCALE_FLOOR_DBFS)) + 1
        good: list[QRect] = []
        hot: list[QRect] = []
        dark: list[QRect] = []
        for number in range(1, segments + 1):
            is_lit = number <= lit or number == peak
            place = self._place((number - 1) * (SEGMENT_PX + SEGMENT_GAP_PX), top, is_lit=is_lit)
            (dark if not is_lit else hot if number >= first_hot else good).append(place)
        return [(colours.live, good), (colours.ring, hot), (colours.line, dark)]

    def _place(self, left: int, top: int, *, is_lit: bool) -> QRect:
        place = QRect(left, top, SEGMENT_PX, BAR_HEIGHT_PX)
        # With one colour for all, what is not lit is a tick at the foot.
        if self._theme.colours.is_high_contrast and not is_lit:
            place.setTop(place.bottom() - 1)
        return place

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        colours = self._theme.colours
        lit, peak, is_clipping, number = self._picture
        segments = self._segments
        top = (self.height() - BAR_HEIGHT_PX) // 2
        # One call per colour: at 30 Hz a call per segment would be felt.
        for colour, rects in self._segment_rects(lit, peak, segments, top):
            painter.setBrush(colour)
            painter.drawRects(rects)
        left = segments * (SEGMENT_PX + SEGMENT_GAP_PX) + SEGMENT_GAP_PX
        painter.setBrush(colours.error if is_clipping else colours.line)
        painter.drawRect(self._place(left, top, is_lit=is_clipping))
        painter.setPen(colours.error if is_clipping else colours.muted)
        painter.setFont(self._font)
        room = QRectF(left + SEGMENT_PX, 0, self.width() - left - SEGMENT_PX, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)


def _number(dbfs: float) -> str:
    """A level for people: with a true minus, silence as a dash."""
    return "–" if dbfs <= SCALE_FLOOR_DBFS else f"{dbfs:.0f}".replace("-", "−")
