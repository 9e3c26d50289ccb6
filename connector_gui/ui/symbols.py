"""Symbols beside words, from the icon font Remix Icon as the package qtawesome ships it.

Only the font and its table of names are used. qtawesome's own drawing goes through a second Qt binding layer, which
costs 170 ms at the start and loads OpenGL; an outline drawn by Qt is as sharp at every scale.

A symbol never stands alone: where there is none (the font is missing) the words beside it are enough.
"""

from __future__ import annotations

import json
import logging
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPainterPath, QPixmap, QRawFont
from PySide6.QtWidgets import QAbstractButton

from connector_gui.ui.colours import Colours, faded
from connector_gui.ui.theme import Theme
from connector_gui.ui.tokens import SYMBOL_SIZE

log = logging.getLogger(__name__)

_FONT: Final = "remixicon-2.5.0.ttf"
_NAMES: Final = "remixicon-charmap-2.5.0.json"
_RATIOS: Final = (1.0, 1.25, 1.5, 2.0, 3.0)
"""Scales of screens for which a symbol is drawn, not scaled."""
_EM_PX: Final = 24.0
"""The grid that Remix Icon is drawn on."""
_FILLED: Final = frozenset({"accept", "end", "main"})


class Symbol(StrEnum):
    """What a symbol means, and how the font calls its picture."""

    ACCEPT = "phone-fill"
    END = "phone-fill↓"
    DECLINE = "close-line"
    MUTE = "mic-off-line"
    MICROPHONE = "mic-line"
    HOLD = "pause-line"
    DEVICES = "headphone-line"
    CALL = "phone-line"
    SOUND = "volume-up-line"
    WEBHOOK = "links-line"
    KEY = "key-2-line"
    PRIVACY = "shield-user-line"
    APPEARANCE = "palette-line"
    KEYBOARD = "keyboard-line"
    LINES = "git-branch-line"
    SETTINGS = "settings-3-line"
    SEARCH = "search-line"
    NOTHING = "question-line"
    HISTORY = "history-line"
    ACTIVITY = "pulse-line"
    STATUS = "stethoscope-line"
    SETUP = "guide-line"
    PRACTICE = "user-voice-line"
    PRESENCE = "moon-line"
    PANEL = "window-line"
    QUIT = "logout-box-r-line"
    PLAY = "play-fill"
    PAUSE = "pause-fill"
    COPY = "file-copy-line"
    DONE = "check-line"
    DELETE = "delete-bin-line"
    EXPORT = "download-line"
    REFRESH = "refresh-line"
    MORE = "arrow-down-s-line"
    UP = "arrow-up-s-line"


_LYING: Final = "↓"
"""At the end of a name: turned by 135°, as a receiver that is put down lies."""


class _Font:
    """Outlines by name; empty ones where the font is missing."""

    def __init__(self) -> None:
        self._raw, self._table = QRawFont(), dict[str, str]()
        try:
            folder = _folder()
            self._table = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
            self._raw = QRawFont(str(folder / _FONT), _EM_PX)
        except (OSError, ValueError) as error:
            log.warning("symbols.missing", extra={"reason": type(error).__name__})

    def outline(self, symbol: Symbol) -> QPainterPath:
        """The picture on a field of `_EM_PX`."""
        code = self._table.get(symbol.removesuffix(_LYING))
        if code is None or not self._raw.isValid():
            return QPainterPath()
        path = self._raw.pathForGlyph(self._raw.glyphIndexesForString(chr(int(code, 16)))[0])
        # The picture's own middle, not the line of writing, is what stands beside words.
        box = path.boundingRect()
        path.translate(_EM_PX / 2 - box.center().x(), _EM_PX / 2 - box.center().y())
        return path


def _folder() -> Path:
    """Where the font is; the package is not imported.

    Raises:
        OSError: It is not installed.
    """
    spec = find_spec("qtawesome")
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise FileNotFoundError("qtawesome")
    return Path(next(iter(places))) / "fonts"


@lru_cache(maxsize=1)
def _font() -> _Font:
    return _Font()


@lru_cache(maxsize=128)
def _outline(symbol: Symbol) -> QPainterPath:
    return _font().outline(symbol)


@lru_cache(maxsize=2048)
def symbol_pixmap(symbol: Symbol, side_px: int, colour_name: str, ratio: float = 1.0) -> QPixmap:
    """*symbol* in a colour (``#rrggbb``), *side_px* square on a screen of this *ratio*; transparent around it."""
    side = round(side_px * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_symbol(painter, symbol, QRectF(0, 0, side, side), QColor(colour_name))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def paint_symbol(painter: QPainter, symbol: Symbol, place: QRectF, colour: QColor) -> None:
    """Draw *symbol* into *place*, a square."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(place.center())
    painter.scale(place.width() / _EM_PX, place.height() / _EM_PX)
    if symbol.endswith(_LYING):
        painter.rotate(135)
    painter.translate(-_EM_PX / 2, -_EM_PX / 2)
    painter.fillPath(_outline(symbol), colour)
    painter.restore()


def symbol_icon(
    symbol: Symbol, side_px: int, ink: QColor, *, disabled: QColor | None = None, checked: QColor | None = None
) -> QIcon:
    """*symbol* for every scale of screen, in *ink*; in other colours while it is *disabled* or *checked*."""
    icon = QIcon()
    for ratio in _RATIOS:
        for colour, mode, state in (
            (ink, QIcon.Mode.Normal, QIcon.State.Off),
            (disabled, QIcon.Mode.Disabled, QIcon.State.Off),
            (checked, QIcon.Mode.Normal, QIcon.State.On),
            (disabled, QIcon.Mode.Disabled, QIcon.State.On),
            # Qt would tint it in a chosen line.
            (ink, QIcon.Mode.Selected, QIcon.State.Off),
        ):
            if colour is not None:
                icon.addPixmap(symbol_pixmap(symbol, side_px, colour.name(), ratio), mode, state)
    return icon


def button_ink(colours: Colours, kind: str, *, is_checked: bool = False, is_enabled: bool = True) -> QColor:
    """What the style sheet writes with on a button of this *kind*; it does not tell."""
    if not is_enabled:
        return faded(colours)
    if is_checked:
        return colours.surface
    if kind == "decline":
        return colours.error
    if kind == "link":
        return colours.accent
    return colours.on_fill if kind in _FILLED and not colours.is_high_contrast else colours.text


class Worn(QObject):
    """A symbol on a button or a menu entry, redrawn when the theme changes; lives as long as its wearer."""

    def __init__(self, wearer: QAbstractButton | QAction, theme: Theme, symbol: Symbol) -> None:
        super().__init__(wearer)
        self._wearer, self._theme, self._symbol = wearer, theme, symbol
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def symbol(self) -> Symbol:
        """What is worn now."""
        return self._symbol

    def show(self, symbol: Symbol) -> None:
        """Wear another one."""
        if symbol is not self._symbol:
            self._symbol = symbol
            self._draw()

    def _draw(self) -> None:
        theme, wearer = self._theme, self._wearer
        side_px = theme.px(SYMBOL_SIZE)
        kind = str(wearer.property("kind") or "")
        is_entry = isinstance(wearer, QAction)
        # A menu shows that an entry is checked by its mark, and keeps its ground.
        checked = None if is_entry else button_ink(theme.colours, kind, is_checked=True)
        icon = symbol_icon(
            self._symbol,
            side_px,
            button_ink(theme.colours, kind),
            disabled=faded(theme.colours),
            checked=checked,
        )
        wearer.setIcon(icon)
        if isinstance(wearer, QAbstractButton):
            wearer.setIconSize(QSize(side_px, side_px))


def wear(wearer: QAbstractButton | QAction, theme: Theme, symbol: Symbol) -> Worn:
    """Put *symbol* before the words of *wearer*, in the colour of those words."""
    return Worn(wearer, theme, symbol)
