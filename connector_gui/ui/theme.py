"""The look of all windows: colours that follow the system, type sizes, measures.

`Theme` is made once, by `app`, and handed to every window. Widgets that paint by themselves read
`Theme.colours` at each paint and repaint on `Theme.changed`; all others get their looks from the
palette and from the dynamic properties that `set_role` sets (see `stylesheet`).
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QToolTip, QWidget

from connector_gui.core.look import AccentColor, ColorScheme, Look, SystemLook
from connector_gui.ui.colours import (
    CONTRAST_DARK,
    CONTRAST_LIGHT,
    DARK,
    LIGHT,
    Colours,
    faded,
    high_contrast,
    ink_on,
    is_dark,
    mix,
    readable,
)
from connector_gui.ui.plain_controls import STYLE_NAME, plain_controls
from connector_gui.ui.stylesheet import stylesheet
from connector_gui.ui.tokens import (
    BUTTON_RADIUS,
    CALL_BUTTON_HEIGHT,
    CARD_RADIUS,
    CONTROL_HEIGHT,
    GAP_L,
    GAP_M,
    GAP_S,
    GAP_XL,
    GAP_XS,
    TRANSCRIPT_LINE_CHARS,
    WINDOW_PADDING,
    TextSize,
)

__all__ = [
    "BUTTON_RADIUS",
    "CALL_BUTTON_HEIGHT",
    "CARD_RADIUS",
    "CONTROL_HEIGHT",
    "GAP_L",
    "GAP_M",
    "GAP_S",
    "GAP_XL",
    "GAP_XS",
    "TRANSCRIPT_LINE_CHARS",
    "WINDOW_PADDING",
    "TextSize",
    "Theme",
    "palette_of",
    "set_role",
    "with_accent",
]

_SCHEMES: Final = {
    ColorScheme.SYSTEM: None,
    ColorScheme.LIGHT: Qt.ColorScheme.Light,
    ColorScheme.DARK: Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """Dresses the application and tells everybody when that changes."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._forced: Qt.ColorScheme | None = None
        self._look = Look()
        self._asked = SystemLook()
        self._is_dressing = False
        self._system_font = QFont(app.font())
        # Asked once: to look the font up takes as long as to make a label.
        self._growth = min(2.0, max(1.0, QFontInfo(self._system_font).pixelSize() / TextSize.BODY))
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
        return round(size * self._growth)

    def transcript_width_px(self) -> int:
        """Widest line of the transcript."""
        metrics = QFontMetrics(self.font(TextSize.TRANSCRIPT))
        return metrics.averageCharWidth() * TRANSCRIPT_LINE_CHARS

    @property
    def has_motion(self) -> bool:
        """Whether things may move: the operator says so, or does not and the system asks for no stillness."""
        duration_ms = self._app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        return not self._look.reduce_motion.decide(self._asked.reduced_motion or duration_ms <= 0)

    # --- what is chosen --------------------------------------------------------------------

    def use(self, look: Look) -> None:
        """Dress as the operator chose."""
        if look != self._look:
            self._look = look
            self._tell_native_controls()
            self._follow_system()

    def show_system(self, asked: SystemLook) -> None:
        """Dress as the system asks for, where the operator leaves it to the system."""
        if asked != self._asked:
            self._asked = asked
            self._follow_system()

    def force_scheme(self, scheme: Qt.ColorScheme | None) -> None:
        """Wear light or dark whatever the system or the operator say; ``None`` follows them again."""
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

    def _tell_native_controls(self) -> None:
        """Where the system draws controls by itself, a palette is not enough."""
        hints = self._app.styleHints()
        if sys.platform in {"win32", "darwin"} and hasattr(hints, "setColorScheme"):
            hints.setColorScheme(_SCHEMES[self._look.color_scheme] or Qt.ColorScheme.Unknown)

    def _dress(self) -> None:
        self.colours = self._choose()
        if self._wears_system_palette():
            self._app.setPalette(QPalette())
        else:
            self._app.setPalette(palette_of(self.colours))
            QToolTip.setPalette(self._app.palette())
        self._app.setFont(self.font(TextSize.BODY))
        rules = stylesheet(self.colours, self.px(CONTROL_HEIGHT), self.px(CALL_BUTTON_HEIGHT))
        if self._is_plain:
            rules = plain_controls(self.colours, self.px(CONTROL_HEIGHT)) + rules
        self._app.setStyleSheet(rules)

    def _wears_system_palette(self) -> bool:
        """In high contrast native controls know better than we do, unless only we were asked for it."""
        return self.colours.is_high_contrast and not self._is_plain and self._system_asks_for_contrast()

    def _choose(self) -> Colours:
        is_dark_now = self._is_dark()
        if self._wants_high_contrast():
            if self._forced is None and self._system_asks_for_contrast():
                return high_contrast(self._system)
            return CONTRAST_DARK if is_dark_now else CONTRAST_LIGHT
        return with_accent(DARK if is_dark_now else LIGHT, self._system_accent())

    def _is_dark(self) -> bool:
        scheme = self._forced or _SCHEMES[self._look.color_scheme] or self._app.styleHints().colorScheme()
        if scheme is Qt.ColorScheme.Unknown:
            return is_dark(self._system)
        return scheme is Qt.ColorScheme.Dark

    def _wants_high_contrast(self) -> bool:
        return self._look.high_contrast.decide(self._system_asks_for_contrast())

    def _system_asks_for_contrast(self) -> bool:
        hints = self._app.styleHints()
        if self._asked.high_contrast:
            return True
        if not hasattr(hints, "accessibility"):
            return False
        return hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast

    def _system_accent(self) -> QColor | None:
        """The accent that the system's settings give; ``None`` where there is no such setting or it is not wanted."""
        if self._look.accent_color is AccentColor.OWN:
            return None
        if self._system.isBrushSet(QPalette.ColorGroup.Active, QPalette.ColorRole.Accent):
            return self._system.accent().color()
        return QColor.fromRgbF(*self._asked.accent) if self._asked.accent is not None else None


def with_accent(colours: Colours, accent: QColor | None) -> Colours:
    """*colours* with the system's accent, darkened or lightened until words in it, and on it, can be read."""
    if accent is None or not accent.isValid():
        return colours
    clamped = readable(accent, (*colours.grounds, colours.on_fill), colours.text)
    return replace(colours, accent=clamped, on_fill=ink_on(clamped, colours.on_fill))


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
        role.Button: colours.raised if colours.is_high_contrast else mix(colours.raised, colours.line, 0.4),
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
    ``alert`` ``banner``. Lists: ``role`` = ``pages`` ``found``. Buttons: ``kind`` = ``accept`` ``end`` ``main``
    ``link`` ``tool``.
    """
    has_changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            has_changed = True
    # A widget that was never on the screen gets its looks when it first is; now it would get them twice.
    if has_changed and widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)
