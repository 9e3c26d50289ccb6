"""The look of all windows: colours that follow the system, type sizes, measures.

`Theme` is made once, by `app`, and handed to every window. Widgets that paint by themselves read
`Theme.colours` at each paint and repaint on `Theme.changed`; all others get their looks from the
palette and from the dynamic properties that `set_role` sets (see `stylesheet`).
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QToolTip, QWidget

from connector_gui.ui.colours import DARK, LIGHT, Colours, faded, high_contrast, is_dark, mix, readable
from connector_gui.ui.plain_controls import STYLE_NAME, plain_controls
from connector_gui.ui.stylesheet import stylesheet

GAP_XS: Final = 4
GAP_S: Final = 8
GAP_M: Final = 12
GAP_L: Final = 16
GAP_XL: Final = 24
"""Everything stands on a grid of 4 px; these are the only gaps between things."""
WINDOW_PADDING: Final = GAP_L
CARD_RADIUS: Final = 10
BUTTON_RADIUS: Final = 6
CONTROL_HEIGHT: Final = 32
CALL_BUTTON_HEIGHT: Final = 44
TRANSCRIPT_LINE_CHARS: Final = 68
"""Longest line of the transcript, in average characters."""


class TextSize(IntEnum):
    """The type scale, in px at the smallest system font; larger system fonts scale all of it."""

    LABEL = 12
    BODY = 13
    TRANSCRIPT = 15
    NAME = 20
    DURATION = 28


class Theme(QObject):
    """Dresses the application and tells everybody when that changes."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._forced: Qt.ColorScheme | None = None
        self._is_dressing = False
        self._system_font = QFont(app.font())
        # Asked now: a style sheet puts a nameless style in front of it.
        self._is_plain = app.style().name().lower() == STYLE_NAME
        # The system's own palette; ours would hide it once it is set.
        self._system = QPalette(app.palette())
        self.colours: Colours = LIGHT
        self._dress()
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        # Qt 6.10 and later tell the system's contrast setting.
        if hasattr(hints, "accessibility"):
            hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)

    # --- what the windows read -------------------------------------------------------------

    def font(self, size: TextSize = TextSize.BODY, *, semibold: bool = False, tabular: bool = False) -> QFont:
        """The system's font in one of our sizes and weights; *tabular* figures do not dance as they change."""
        font = QFont(self._system_font)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def px(self, size: int) -> int:
        """*size* of the type scale, grown with the system's font."""
        body_px = QFontInfo(self._system_font).pixelSize()
        return round(size * min(2.0, max(1.0, body_px / TextSize.BODY)))

    def transcript_width_px(self) -> int:
        """Widest line of the transcript."""
        metrics = QFontMetrics(self.font(TextSize.TRANSCRIPT))
        return metrics.averageCharWidth() * TRANSCRIPT_LINE_CHARS

    @property
    def has_motion(self) -> bool:
        """Whether things may move; the system can ask for stillness."""
        duration_ms = self._app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        return duration_ms > 0

    def force_scheme(self, scheme: Qt.ColorScheme | None) -> None:
        """Wear light or dark whatever the system says; ``None`` follows the system again."""
        if scheme is not self._forced:
            self._forced = scheme
            self._follow_system()

    # --- inside ----------------------------------------------------------------------------

    def _follow_system(self) -> None:
        if self._is_dressing:
            return
        self._is_dressing = True
        try:
            # An empty palette brings the system's back, so that it can be read.
            self._app.setPalette(QPalette())
            self._system = QPalette(self._app.palette())
            self._dress()
        finally:
            self._is_dressing = False
        self.changed.emit()

    def _dress(self) -> None:
        self.colours = self._choose()
        if self.colours.is_high_contrast:
            self._app.setPalette(QPalette())
        else:
            self._app.setPalette(palette_of(self.colours))
            QToolTip.setPalette(self._app.palette())
        self._app.setFont(self.font(TextSize.BODY))
        rules = stylesheet(self.colours, self.px(CONTROL_HEIGHT), self.px(CALL_BUTTON_HEIGHT))
        if self._is_plain and not self.colours.is_high_contrast:
            rules = plain_controls(self.colours, self.px(CONTROL_HEIGHT)) + rules
        self._app.setStyleSheet(rules)

    def _choose(self) -> Colours:
        if self._forced is None and self._wants_high_contrast():
            return high_contrast(self._system)
        colours = DARK if self._is_dark() else LIGHT
        return with_accent(colours, self._system_accent())

    def _is_dark(self) -> bool:
        scheme = self._forced or self._app.styleHints().colorScheme()
        if scheme is Qt.ColorScheme.Unknown:
            return is_dark(self._system)
        return scheme is Qt.ColorScheme.Dark

    def _wants_high_contrast(self) -> bool:
        hints = self._app.styleHints()
        if not hasattr(hints, "accessibility"):
            return False
        return hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast

    def _system_accent(self) -> QColor | None:
        """The accent that the system's settings give; ``None`` where there is no such setting."""
        if not self._system.isBrushSet(QPalette.ColorGroup.Active, QPalette.ColorRole.Accent):
            return None
        return self._system.accent().color()


def with_accent(colours: Colours, accent: QColor | None) -> Colours:
    """*colours* with the system's accent, darkened or lightened until words in it can be read."""
    if accent is None or not accent.isValid():
        return colours
    return replace(colours, accent=readable(accent, (*colours.grounds, colours.on_fill), colours.text))


def palette_of(colours: Colours) -> QPalette:
    """*colours* as Qt's native controls take them."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for one, colour in {
        role.Window: colours.surface,
        role.WindowText: colours.text,
        role.Base: colours.raised,
        role.AlternateBase: colours.surface,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: mix(colours.raised, colours.line, 0.4),
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_fill,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: mix(colours.raised, colours.on_fill, 0.2),
        role.Midlight: mix(colours.raised, colours.line, 0.2),
        role.Mid: colours.line,
        role.Dark: colours.edge,
        role.Shadow: colours.text if not colours.is_dark else QColor("#000000"),
    }.items():
        palette.setColor(one, colour)
    for one in (role.WindowText, role.Text, role.ButtonText, role.Link):
        palette.setColor(group.Disabled, one, faded(colours))
    palette.setColor(group.Disabled, role.Highlight, colours.line)
    return palette


def set_role(widget: QWidget, **properties: str | bool) -> None:
    """Set the dynamic properties that `stylesheet` looks at (``role``, ``kind``, ``state``) and restyle if one changed.

    Labels: ``role`` = ``muted`` ``ring`` ``live`` ``held`` ``error`` ``accent``. Frames: ``role`` = ``card``
    ``alert`` ``banner``. Buttons: ``kind`` = ``accept`` ``end`` ``main`` ``link`` ``tool``.
    """
    has_changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            has_changed = True
    if has_changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
