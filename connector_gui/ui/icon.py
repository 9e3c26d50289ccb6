"""The program's sign: a speech bubble holding three bars, drawn for each state on the pixel grid.

The state changes the shape; colour only helps:

    idle             outline, bars         in a call        filled, bars follow the level
    ringing          filled, bars swing    held             filled, two bars
    connecting       outline, dots         muted            filled, slash
    do not disturb   outline, dash         error            filled, "!"
    wrap-up          outline, two bars

A dot at the top right says that calls were missed or that another one waits; a digit at the bottom right, how many
conversations there are, where that is more than one at the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from connector_gui.ui.colours import DARK, LIGHT


class Shape(StrEnum):
    """What the sign looks like."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    IN_CALL = "in_call"
    HELD = "held"
    MUTED = "muted"
    DO_NOT_DISTURB = "do_not_disturb"
    WRAP_UP = "wrap_up"
    ERROR = "error"


class Ground(StrEnum):
    """What the sign stands on. A panel whose colour nobody tells gets mid tones, which show on both."""

    LIGHT = "light"
    DARK = "dark"
    UNKNOWN = "unknown"
    TEMPLATE = "template"
    """macOS paints the sign itself; only its shape counts."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One picture of the sign.

    Attributes:
        step: Which swing of the bars while it rings (below `RING_STEPS`); how loud in a call (below `LEVEL_STEPS`).
        has_dot: With a dot: calls were missed, or another one waits.
        is_busy: With the sign of a road that is closed: further calls are refused. Gives way to the dot.
        count: With this number of calls, below `MOST_COUNTED`; 0: with none.
    """

    shape: Shape
    step: int = 0
    has_dot: bool = False
    is_busy: bool = False
    count: int = 0


MOST_COUNTED: Final = 9
_DIGITS: Final = {
    1: (".#.", "##.", ".#.", ".#.", "###"),
    2: ("###", "..#", "###", "#..", "###"),
    3: ("###", "..#", "###", "..#", "###"),
    4: ("#.#", "#.#", "###", "..#", "..#"),
    5: ("###", "#..", "###", "..#", "###"),
    6: ("###", "#..", "###", "#.#", "###"),
    7: ("###", "..#", "..#", "..#", "..#"),
    8: ("###", "#.#", "###", "#.#", "###"),
    9: ("###", "#.#", "###", "..#", "###"),
}
"""Drawn as squares, which stay sharp where letters of a font would be grey."""
_SMALL_DIGITS: Final = {
    1: (".##.", "###.", ".##.", ".##.", ".##.", ".##.", "####"),
    2: ("####", "####", "..##", "####", "##..", "####", "####"),
    3: ("####", "..##", "..##", ".###", "..##", "..##", "####"),
    4: ("#.##", "#.##", "#.##", "####", "..##", "..##", "..##"),
    5: ("####", "##..", "##..", "####", "..##", "..##", "####"),
    6: ("####", "##..", "##..", "####", "#.##", "#.##", "####"),
    7: ("####", "..##", "..##", "..##", "..##", "..##", "..##"),
    8: ("####", "#.##", "#.##", "####", "#.##", "#.##", "####"),
    9: ("####", "#.##", "#.##", "####", "..##", "..##", "####"),
}
"""Where a square is one pixel, two of them make a stroke."""


# Heights of the three bars, as shares of the bubble's height.
_REST: Final = (0.26, 0.44, 0.26)
_RING: Final = ((0.28, 0.46, 0.64), (0.46, 0.64, 0.46), (0.64, 0.46, 0.28), (0.46, 0.28, 0.46))
_LEVELS: Final = ((0.10, 0.10, 0.10), (0.28, 0.46, 0.28), (0.46, 0.64, 0.46), (0.64, 0.82, 0.64))
RING_STEPS: Final = len(_RING)
LEVEL_STEPS: Final = len(_LEVELS)

SIZES: Final = (16, 22, 24, 32, 64)
"""Sizes in px that are drawn, not scaled."""

_OUTLINED: Final = frozenset({Shape.IDLE, Shape.CONNECTING, Shape.DO_NOT_DISTURB, Shape.WRAP_UP})


@dataclass(frozen=True, slots=True)
class _Grid:
    """The sign in whole pixels at one size, so that no edge is blurred.

    Attributes:
        body: The bubble without its tail.
        bars: Left edges of the three bars; *bar* is their width.
        tail: How far the tail hangs below the body.
        digit: Side of a square of the number of calls.
    """

    size: int
    body: QRect
    stroke: int
    radius: int
    bars: tuple[int, int, int]
    bar: int
    tail: int
    dot: int
    digit: int


def _grid(
    size: int, body: tuple[int, int, int, int], stroke: int, radius: int, bar: int, gap: int, tail: int, digit: int
) -> _Grid:
    rect = QRect(*body)
    left = rect.x() + (rect.width() - 3 * bar - 2 * gap) // 2
    bars = (left, left + bar + gap, left + 2 * (bar + gap))
    return _Grid(size, rect, stroke, radius, bars, bar, tail, dot=round(size * 0.375), digit=digit)


_GRIDS: Final = {
    16: _grid(16, (1, 1, 14, 11), stroke=2, radius=3, bar=2, gap=1, tail=4, digit=1),
    22: _grid(22, (1, 2, 19, 15), stroke=2, radius=4, bar=3, gap=2, tail=4, digit=2),
    24: _grid(24, (1, 2, 21, 16), stroke=2, radius=4, bar=3, gap=2, tail=5, digit=2),
    32: _grid(32, (2, 3, 28, 21), stroke=3, radius=6, bar=4, gap=3, tail=6, digit=3),
    64: _grid(64, (4, 6, 56, 42), stroke=5, radius=11, bar=8, gap=6, tail=12, digit=6),
}

# 3 : 1 or better on white and on near-black panels.
_MIDDLE: Final = {
    "text": QColor("#808690"),
    "ring": QColor("#C07306"),
    "live": QColor("#12955E"),
    "held": QColor("#7D73E6"),
    "error": QColor("#E0483E"),
}
ROLES: Final = {
    Shape.IDLE: "text",
    Shape.RINGING: "ring",
    Shape.CONNECTING: "ring",
    Shape.IN_CALL: "live",
    Shape.HELD: "held",
    Shape.MUTED: "ring",
    Shape.DO_NOT_DISTURB: "text",
    Shape.WRAP_UP: "text",
    Shape.ERROR: "error",
}


def glyph_colour(role: str, ground: Ground) -> QColor:
    """The colour of a role (``text`` ``ring`` ``live`` ``held`` ``error``) on a panel."""
    if ground is Ground.TEMPLATE:
        return QColor("#000000")
    if ground is Ground.UNKNOWN:
        return _MIDDLE[role]
    colour: QColor = getattr(DARK if ground is Ground.DARK else LIGHT, role)
    return colour


@lru_cache(maxsize=256)
def tray_icon(glyph: Glyph, ground: Ground) -> QIcon:
    """The sign in every size; made once per picture, so that animation only swaps icons."""
    ink, dot = glyph_colour(ROLES[glyph.shape], ground), glyph_colour("error", ground)
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(draw_glyph(glyph, size, ink, dot))
    icon.setIsMask(ground is Ground.TEMPLATE)
    return icon


def draw_glyph(glyph: Glyph, size: int, ink: QColor, dot: QColor) -> QPixmap:
    """The sign at one of `SIZES` in *ink*, its dot in *dot*, transparent around it."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint(painter, glyph, _GRIDS[size], ink)
    if glyph.has_dot or glyph.is_busy:
        _dot(painter, _GRIDS[size], dot, is_closed=not glyph.has_dot)
    if glyph.count:
        _count(painter, _GRIDS[size], ink, min(glyph.count, MOST_COUNTED))
    painter.end()
    return pixmap


def glyph_pixmap(glyph: Glyph, side_px: int, ink: QColor, device_ratio: float) -> QPixmap:
    """The sign for a window: *side_px* square there, drawn at the nearest of `SIZES` for its screen."""
    return _pixmap_of(glyph, side_px, ink.rgba(), device_ratio)


@lru_cache(maxsize=256)
def _pixmap_of(glyph: Glyph, side_px: int, ink: int, device_ratio: float) -> QPixmap:
    # Once per picture: Qt keeps what it draws of each pixmap anew, up to 10 MB, even where they are equal.
    wanted = side_px * device_ratio
    size = next((one for one in SIZES if one >= wanted), SIZES[-1])
    colour = QColor.fromRgba(ink)
    pixmap = draw_glyph(glyph, size, colour, colour)
    pixmap.setDevicePixelRatio(size / side_px)
    return pixmap


def app_icon() -> QIcon:
    """The program's icon for windows and launchers: the sign on a plate."""
    icon = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        icon.addPixmap(draw_app_icon(size))
    return icon


def draw_app_icon(size: int) -> QPixmap:
    """The program's icon, *size* px square."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(LIGHT.accent)
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22)
    grid = _GRIDS[64]
    share = 0.66 if size >= 32 else 0.8
    painter.translate(size * (1 - share) / 2, size * (1 - share) / 2 + size * share * 0.02)
    painter.scale(size * share / grid.size, size * share / grid.size)
    painter.setBrush(QColor("#FFFFFF"))
    painter.drawPath(_bubble(grid))
    painter.setBrush(LIGHT.accent)
    for rect in _bar_rects(grid, _LEVELS[2]):
        painter.drawRoundedRect(rect, grid.bar / 2, grid.bar / 2)
    painter.end()
    return pixmap


# --- drawing ---------------------------------------------------------------------------------


def _paint(painter: QPainter, glyph: Glyph, grid: _Grid, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPath(_bubble(grid))
    if glyph.shape in _OUTLINED:
        _clear(painter, _hollow(grid))
        _inside(painter, glyph, grid)
        return
    # Filled: what is inside is cut out, so that the panel shows through.
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    _inside(painter, glyph, grid)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    if glyph.shape is Shape.MUTED:
        _slash(painter, grid, colour)


def _inside(painter: QPainter, glyph: Glyph, grid: _Grid) -> None:
    """The bars, or what stands in their place."""
    match glyph.shape:
        case Shape.IDLE:
            _bars(painter, grid, _REST)
        case Shape.RINGING:
            _bars(painter, grid, _RING[glyph.step % RING_STEPS])
        case Shape.IN_CALL:
            _bars(painter, grid, _LEVELS[min(glyph.step, LEVEL_STEPS - 1)])
        case Shape.MUTED:
            pass  # The slash is enough; bars behind it would be crumbs at 16 px.
        case Shape.CONNECTING:
            _dots(painter, grid)
        case Shape.HELD | Shape.WRAP_UP:
            _pause(painter, grid)
        case Shape.DO_NOT_DISTURB:
            _dash(painter, grid)
        case Shape.ERROR:
            _exclamation(painter, grid)


def _bubble(grid: _Grid) -> QPainterPath:
    body, path = QRectF(grid.body), QPainterPath()
    path.addRoundedRect(body, grid.radius, grid.radius)
    tail = QPainterPath(QPointF(body.left() + grid.radius - 1, body.bottom() - 1))
    tail.lineTo(body.left() + grid.radius - 1, body.bottom() + grid.tail - 0.5)
    tail.lineTo(body.left() + grid.radius - 1 + grid.tail + 0.5, body.bottom() - 1)
    tail.closeSubpath()
    return path.united(tail)


def _hollow(grid: _Grid) -> QPainterPath:
    path = QPainterPath()
    inner = QRectF(grid.body).adjusted(grid.stroke, grid.stroke, -grid.stroke, -grid.stroke)
    radius = max(1, grid.radius - grid.stroke)
    path.addRoundedRect(inner, radius, radius)
    return path


def _clear(painter: QPainter, path: QPainterPath) -> None:
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.drawPath(path)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _height(grid: _Grid, share: float) -> int:
    """*share* of the body's height in whole pixels, so that it stands centred on the grid."""
    height = max(1, round(grid.body.height() * share))
    return height + (grid.body.height() - height) % 2


def _centred(grid: _Grid, left: int, width: int, height: int) -> QRectF:
    return QRectF(left, grid.body.y() + (grid.body.height() - height) // 2, width, height)


def _bar_rects(grid: _Grid, shares: tuple[float, float, float]) -> list[QRectF]:
    return [_centred(grid, left, grid.bar, _height(grid, share)) for left, share in zip(grid.bars, shares, strict=True)]


def _bars(painter: QPainter, grid: _Grid, shares: tuple[float, float, float]) -> None:
    radius = grid.bar / 2 if grid.size >= 32 else 0
    for rect in _bar_rects(grid, shares):
        rounded = min(radius, rect.height() / 2)
        painter.drawRoundedRect(rect, rounded, rounded)


def _dots(painter: QPainter, grid: _Grid) -> None:
    """At the foot of the bubble, as an ellipsis stands: in the middle they would pass for short bars."""
    top = grid.body.bottom() + 1 - 2 * grid.stroke - grid.bar + (grid.stroke - 1) // 2
    for left in grid.bars:
        painter.drawRoundedRect(QRectF(left, top, grid.bar, grid.bar), grid.bar / 3, grid.bar / 3)


def _pause(painter: QPainter, grid: _Grid) -> None:
    height, centre = _height(grid, 0.54), grid.bars[1] + grid.bar / 2
    width = max(2, grid.bar)
    for left in (centre - grid.bar * 0.5 - width, centre + grid.bar * 0.5):
        painter.drawRect(_centred(grid, int(left), width, height))


def _dash(painter: QPainter, grid: _Grid) -> None:
    height = grid.stroke + (grid.body.height() - grid.stroke) % 2
    left, right = grid.bars[0], grid.bars[2] + grid.bar
    painter.drawRect(_centred(grid, left, right - left, height))


def _exclamation(painter: QPainter, grid: _Grid) -> None:
    unit = max(2, grid.bar)
    left = grid.bars[1] + (grid.bar - unit) // 2
    # Stroke, gap and dot together stand centred in the body.
    gap, dot = max(1, unit // 2), max(2, round(unit * 0.9))
    total = _height(grid, 0.72)
    top = grid.body.y() + (grid.body.height() - total) // 2
    painter.drawRect(QRectF(left, top, unit, total - gap - dot))
    painter.drawRect(QRectF(left, top + total - dot, unit, dot))


def _slash(painter: QPainter, grid: _Grid, colour: QColor) -> None:
    """A line across the whole sign, set off by a clear edge."""
    # From the top left, so that the tail, which makes it a bubble, stays whole.
    start = QPointF(grid.size * 0.08, grid.size * 0.05)
    end = QPointF(grid.size * 0.92, grid.size * 0.89)
    width = max(1.6, grid.stroke * 0.9)
    for pen_width, mode, ink in (
        (width * 2.6, QPainter.CompositionMode.CompositionMode_Clear, QColor("#000000")),
        (width, QPainter.CompositionMode.CompositionMode_SourceOver, colour),
    ):
        painter.setCompositionMode(mode)
        painter.setPen(QPen(ink, pen_width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(start, end)
    painter.setPen(Qt.PenStyle.NoPen)


def _count(painter: QPainter, grid: _Grid, colour: QColor, count: int) -> None:
    """A digit at the bottom right, set off by a clear edge."""
    rows, unit = (_SMALL_DIGITS if grid.digit == 1 else _DIGITS)[count], grid.digit
    width, height = len(rows[0]) * unit, len(rows) * unit
    left, top, edge = grid.size - width, grid.size - height, max(1, grid.size // 16)
    around = QPainterPath()
    around.addRect(left - edge, top - edge, width + edge, height + edge)
    _clear(painter, around)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for row, squares in enumerate(rows):
        for column, square in enumerate(squares):
            if square == "#":
                painter.drawRect(left + column * unit, top + row * unit, unit, unit)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _dot(painter: QPainter, grid: _Grid, colour: QColor, *, is_closed: bool = False) -> None:
    """Something is new; *is_closed*, with a bar cut out of it: nobody is let in."""
    side = grid.dot
    dot = QRectF(grid.size - side, 0, side, side)
    edge = max(1.0, grid.size / 16)
    ring = QPainterPath()
    ring.addEllipse(dot.adjusted(-edge, -edge, edge, edge))
    _clear(painter, ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(dot)
    if is_closed:
        height = max(2, side // 5 + (side - side // 5) % 2)
        bar = QPainterPath()
        bar.addRect(QRectF(dot.left() + edge, (side - height) / 2, side - 2 * edge, height))
        _clear(painter, bar)
