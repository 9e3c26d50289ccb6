"""One call of the strip as a button: sign, who, time; state, line, what waits; how loud.

It paints itself: eight of them with their levels would otherwise be some fifty labels that are laid out anew at
each step of a meter. What it shows is in its accessible name, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QSizePolicy, QStyle, QWidget

from connector_gui.core.call import CallState
from connector_gui.core.level import Level
from connector_gui.core.view import CallView, Levels
from connector_gui.ui import strip_words, words
from connector_gui.ui.colours import mix
from connector_gui.ui.icon import ROLES, Glyph, glyph_pixmap
from connector_gui.ui.plain_text import tooltip
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import BUTTON_RADIUS, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.tokens import SYMBOL_SIZE
from connector_gui.ui.widgets.meter import SCALE_FLOOR_DBFS, MeterBallistics

SEGMENTS: Final = 7
SEGMENT_PX: Final = 3
SEGMENT_GAP_PX: Final = 1
METER_PX: Final = SEGMENTS * (SEGMENT_PX + SEGMENT_GAP_PX) - SEGMENT_GAP_PX
METER_HEIGHT_PX: Final = 8
MENU_PX: Final = 24
MENU_KEYS: Final = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Menu})


class CallChip(QAbstractButton):
    """Pressed, it asks for its call; checked while that call is the one that the panel shows."""

    menu_wanted = Signal(QPoint)
    """Where the menu is to stand, on the screen."""
    stepped = Signal(int)
    """The keyboard goes on to the next (+1) or the former (-1) call."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._theme, self._clock_s = theme, clock_s
        self._call: CallView | None = None
        self._number, self._time, self._lit = 0, "", 0
        self._motion = MeterBallistics()
        self.setCheckable(True)
        # A click leaves the keyboard with the call: M and H go on to mean it.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.more = QPushButton(self)
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more.setFixedSize(MENU_PX, MENU_PX)
        set_role(self.more, kind="corner")
        wear(self.more, theme, Symbol.MORE)
        self.more.clicked.connect(self._want_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_XS, GAP_XS, GAP_XS, GAP_XS)
        row.addStretch(1)
        row.addWidget(self.more)
        theme.changed.connect(self._on_theme)

    # --- what is shown ---------------------------------------------------------------------

    def show_call(self, call: CallView, number: int, *, is_shown: bool) -> None:
        """Show *call*, which key *number* brings to the front; *is_shown*: it is the one in the panel."""
        self._call, self._number = call, number
        self.setChecked(is_shown)
        if call.held_since_s is not None or call.record.status is not CallState.ACTIVE:
            self._motion, self._lit = MeterBallistics(), 0
        self._describe()
        self.update()

    def show_time(self, now_s: float) -> None:
        """Let the duration go on, by the clock of `CallView.started_s`."""
        if self._call is None:
            return
        started_s = self._call.started_s
        text = "" if started_s is None else words.clock(now_s - started_s)
        if text != self._time:
            self._time = text
            self._describe()
            self.update()

    def show_levels(self, levels: Levels) -> None:
        """Move the small meter to the louder side."""
        rms = max(levels.operator.rms_dbfs, levels.agent.rms_dbfs)
        peak = max(levels.operator.peak_dbfs, levels.agent.peak_dbfs)
        self._motion.take(Level(peak, rms), self._clock_s())
        share = (self._motion.bar_dbfs - SCALE_FLOOR_DBFS) / -SCALE_FLOOR_DBFS
        lit = round(max(0.0, min(1.0, share)) * SEGMENTS)
        if lit != self._lit:
            self._lit = lit
            self.update(self._meter_place())

    @property
    def lit_segments(self) -> int:
        """How many segments of the small meter are lit."""
        return self._lit

    @property
    def lines(self) -> tuple[str, str, str]:
        """What is written: who, for how long, and how it stands."""
        if self._call is None:
            return "", "", ""
        return strip_words.who(self._call), self._time, strip_words.state(self._call)

    def _describe(self) -> None:
        if self._call is None:
            return
        who, duration, state = self.lines
        name = ", ".join(filter(None, (who, state, duration)))
        if name != self.accessibleName():
            self.setAccessibleName(name)
            self.more.setAccessibleName(self.tr("Menu of the call: {call}").format(call=who))
        lines = strip_words.details(self._call, self._clock_s())
        key = self.tr("Key: {key}").format(key=f"Ctrl+{self._number}")
        self.setAccessibleDescription(f"{'. '.join(lines[2:])} {key}".strip())
        self.setToolTip(tooltip([*lines, key]))

    # --- size and picture --------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        bold, small = self._metrics()
        return QSize(self.least_width_px, bold.height() + small.height() + GAP_XS + 2 * GAP_S)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    @property
    def least_width_px(self) -> int:
        """Narrower, words of ours would be cut; names may be."""
        _, small = self._metrics()
        widest = max(small.horizontalAdvance(text) for text in strip_words.widest_states())
        in_call = small.horizontalAdvance(self.tr("In call")) + GAP_S + METER_PX
        return max(widest, in_call) + GAP_S + GAP_XS + MENU_PX + GAP_XS

    def _metrics(self) -> tuple[QFontMetrics, QFontMetrics]:
        return (
            QFontMetrics(self._theme.font(TextSize.BODY, semibold=True)),
            QFontMetrics(self._theme.font(TextSize.LABEL, tabular=True)),
        )

    def _mirrored(self, place: QRect) -> QRect:
        """*place*, as it is where one writes from the left, where this language has it."""
        return QStyle.visualRect(self.layoutDirection(), self.rect(), place)

    def _rows(self) -> tuple[QRect, QRect]:
        """The two lines of words."""
        bold, small = self._metrics()
        width = self.width() - GAP_S - GAP_XS - MENU_PX - GAP_XS
        first = QRect(GAP_S, GAP_S, width, bold.height())
        return first, QRect(GAP_S, first.bottom() + 1 + GAP_XS, width, small.height())

    def _meter_place(self) -> QRect:
        _, second = self._rows()
        top = second.center().y() - METER_HEIGHT_PX // 2 + 1
        return self._mirrored(QRect(second.right() + 1 - METER_PX, top, METER_PX, METER_HEIGHT_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._call is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        first, second = self._rows()
        self._paint_first(painter, first)
        has_meter = self._call.record.status is CallState.ACTIVE and self._call.held_since_s is None
        room = second.adjusted(0, 0, -METER_PX - GAP_S if has_meter else 0, 0)
        self._write(painter, room, strip_words.state(self._call), TextSize.LABEL, self._theme.colours.muted)
        if has_meter:
            self._paint_meter(painter)

    def _paint_ground(self, painter: QPainter) -> None:
        """The shown one is told by a thick edge, not by its ground alone; where the keyboard is, by the accent."""
        colours = self._theme.colours
        share = 0.06 if self.isChecked() else 0.04 if self.underMouse() else 0.0
        ground = colours.raised if colours.is_high_contrast else mix(colours.raised, colours.text, share)
        thick = 2 if self.isChecked() or self.hasFocus() else 1
        edge = colours.accent if self.hasFocus() else colours.text if self.isChecked() else colours.edge
        painter.setPen(QPen(edge, thick))
        painter.setBrush(ground)
        inset = thick / 2
        place = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(place, BUTTON_RADIUS, BUTTON_RADIUS)
        if self.hasFocus() and self.isChecked():
            painter.setPen(QPen(colours.text, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(2, 2, -2, -2), BUTTON_RADIUS - 2, BUTTON_RADIUS - 2)

    def _paint_first(self, painter: QPainter, room: QRect) -> None:
        assert self._call is not None
        colours, status, side_px = self._theme.colours, words.status_of(self._call), self._theme.px(SYMBOL_SIZE)
        ink: QColor = getattr(colours, ROLES[status.shape])
        sign = QRect(room.left(), room.center().y() + 1 - side_px // 2, side_px, side_px)
        picture = glyph_pixmap(Glyph(status.shape, step=2), side_px, ink, self.devicePixelRatioF())
        painter.drawPixmap(self._mirrored(sign).topLeft(), picture)
        who, duration, _ = self.lines
        time_px = self._metrics()[1].horizontalAdvance(duration)
        rest = room.adjusted(side_px + GAP_S, 0, 0, 0)
        names = rest.adjusted(0, 0, -time_px - GAP_S if duration else 0, 0)
        self._write(painter, names, who, TextSize.BODY, colours.text, semibold=True)
        times = QRect(rest.right() + 1 - time_px, rest.top(), time_px, rest.height())
        self._write(painter, times, duration, TextSize.LABEL, colours.text)

    def _write(
        self, painter: QPainter, room: QRect, text: str, size: TextSize, ink: QColor, *, semibold: bool = False
    ) -> None:
        font = self._theme.font(size, semibold=semibold, tabular=True)
        painter.setFont(font)
        painter.setPen(ink)
        cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        side = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(self._mirrored(room), int(side | Qt.AlignmentFlag.AlignVCenter), cut)

    def _paint_meter(self, painter: QPainter) -> None:
        colours, place = self._theme.colours, self._meter_place()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(SEGMENTS):
            is_lit = number < self._lit
            left = number * (SEGMENT_PX + SEGMENT_GAP_PX)
            if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                left = METER_PX - SEGMENT_PX - left
            # Not by colour alone: what is not lit is a tick at the foot.
            height = METER_HEIGHT_PX if is_lit else 2
            painter.setBrush(colours.live if is_lit else colours.edge)
            painter.drawRect(place.left() + left, place.bottom() + 1 - height, SEGMENT_PX, height)

    # --- what the operator does ------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the other calls, Return takes this one, Down opens its menu."""
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        forward = Qt.Key.Key_Left if is_mirrored else Qt.Key.Key_Right
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.stepped.emit(1 if key == forward else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif key in MENU_KEYS:
            self._want_menu()
        else:
            super().keyPressEvent(event)

    def nextCheckState(self) -> None:
        """Checked is what the panel shows, not what was pressed: the next view says so."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())

    def _want_menu(self) -> None:
        self.menu_wanted.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
