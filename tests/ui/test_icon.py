"""The sign of each state: told apart by shape alone, sharp at every size, seen on every panel."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QImage

from connector_gui.ui.colours import VISIBLE, contrast
from connector_gui.ui.icon import (
    LEVEL_STEPS,
    RING_STEPS,
    ROLES,
    SIZES,
    Glyph,
    Ground,
    Shape,
    app_icon,
    draw_glyph,
    glyph_colour,
    glyph_pixmap,
    tray_icon,
)

pytestmark = pytest.mark.usefixtures("qapp")

INK = QColor("#000000")
STATES = (*(Glyph(shape) for shape in Shape), Glyph(Shape.IDLE, has_dot=True))


def shape_of(glyph: Glyph, size: int) -> list[int]:
    """How much each pixel is covered, 0 to 255, whatever the colour."""
    image = draw_glyph(glyph, size, INK, INK).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    return [image.pixelColor(x, y).alpha() for y in range(size) for x in range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_states_differ_in_shape_at_every_size(size: int) -> None:
    shapes = {glyph: shape_of(glyph, size) for glyph in STATES}
    for one, other in combinations(STATES, 2):
        differing = sum(abs(a - b) > 128 for a, b in zip(shapes[one], shapes[other], strict=True))
        # 6 of 256 pixels: a dot, the least that an eye finds at 16 px.
        assert differing >= 6 * (size / 16) ** 2, (one, other)


@pytest.mark.parametrize(("shape", "steps"), [(Shape.RINGING, RING_STEPS), (Shape.IN_CALL, LEVEL_STEPS)])
def test_steps_of_an_animation_differ(shape: Shape, steps: int) -> None:
    pictures = [shape_of(Glyph(shape, step), 16) for step in range(steps)]
    assert all(one != other for one, other in combinations(pictures, 2))


@pytest.mark.parametrize("size", SIZES)
def test_bars_stand_on_the_pixel_grid(size: int) -> None:
    """A blurred edge would leave half-covered pixels in the row through the middle of the bars."""
    coverage = shape_of(Glyph(Shape.IN_CALL, LEVEL_STEPS - 1), size)
    middle = next(row for row in range(size // 3, size) if coverage[row * size + size // 2] == 0)
    inner = coverage[middle * size + 2 : (middle + 1) * size - 4]
    assert set(inner) <= {0, 255}
    assert 0 in inner


@pytest.mark.parametrize("role", sorted(set(ROLES.values())))
def test_the_sign_stands_out_from_any_panel(role: str) -> None:
    for ground in ("#FFFFFF", "#F0F0F0"):
        assert contrast(glyph_colour(role, Ground.LIGHT), QColor(ground)) >= VISIBLE
        assert contrast(glyph_colour(role, Ground.UNKNOWN), QColor(ground)) >= VISIBLE
    for ground in ("#000000", "#2D2D2D"):
        assert contrast(glyph_colour(role, Ground.DARK), QColor(ground)) >= VISIBLE
        assert contrast(glyph_colour(role, Ground.UNKNOWN), QColor(ground)) >= VISIBLE


def test_the_tray_icon_has_every_size_drawn() -> None:
    icon = tray_icon(Glyph(Shape.IDLE), Ground.DARK)
    assert sorted(size.width() for size in icon.availableSizes()) == list(SIZES)
    assert not icon.isMask()


def test_macos_paints_the_sign_by_itself() -> None:
    assert tray_icon(Glyph(Shape.RINGING), Ground.TEMPLATE).isMask()


def test_a_picture_is_drawn_once() -> None:
    assert tray_icon(Glyph(Shape.RINGING, 1), Ground.LIGHT) is tray_icon(Glyph(Shape.RINGING, 1), Ground.LIGHT)


@pytest.mark.parametrize(("ratio", "drawn"), [(1.0, 16), (1.25, 22), (1.5, 24), (2.0, 32), (3.0, 64)])
def test_a_sign_in_a_window_is_drawn_for_its_screen(ratio: float, drawn: int) -> None:
    pixmap = glyph_pixmap(Glyph(Shape.IN_CALL), 16, INK, ratio)
    assert pixmap.width() == drawn
    assert pixmap.deviceIndependentSize().width() == pytest.approx(16)


def test_a_sign_in_a_window_that_is_shown_again_is_the_same_picture() -> None:
    signs = [glyph_pixmap(Glyph(Shape.IN_CALL), 16, QColor(INK), 1.0) for _ in range(2)]
    assert signs[0].cacheKey() == signs[1].cacheKey()
    assert glyph_pixmap(Glyph(Shape.IN_CALL), 16, QColor("#123456"), 1.0).cacheKey() != signs[0].cacheKey()


def test_the_program_has_an_icon_for_every_place() -> None:
    assert {16, 32, 48, 256} <= {size.width() for size in app_icon().availableSizes()}
