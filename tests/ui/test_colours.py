"""Every word can be read on every ground, in light, dark and with any accent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QPalette

from connector_gui.ui.colours import DARK, LIGHT, READABLE, VISIBLE, Colours, contrast, high_contrast, luminance
from connector_gui.ui.theme import with_accent

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
WORDS = ("text", "muted", "accent", "ring", "live", "held", "error")
FILLS = ("accent", "live", "error")


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(QColor("#FFFFFF"), QColor("#000000")) == pytest.approx(21)
    # A published pair: #767676 is the lightest grey that passes AA on white.
    assert contrast(QColor("#767676"), QColor("#FFFFFF")) == pytest.approx(4.54, abs=0.01)


@BOTH
@pytest.mark.parametrize("role", WORDS)
def test_every_word_reads_on_every_ground(colours: Colours, role: str) -> None:
    for ground in colours.grounds:
        assert contrast(getattr(colours, role), ground) >= READABLE


@BOTH
@pytest.mark.parametrize("role", FILLS)
def test_words_read_on_filled_buttons(colours: Colours, role: str) -> None:
    assert contrast(colours.on_fill, getattr(colours, role)) >= READABLE


@BOTH
def test_edges_of_controls_stand_out_from_windows_and_fields(colours: Colours) -> None:
    for ground in (colours.surface, colours.raised):
        assert contrast(colours.edge, ground) >= VISIBLE


@BOTH
@given(rgb=st.integers(min_value=0, max_value=0xFFFFFF))
def test_any_accent_of_the_system_becomes_readable(colours: Colours, rgb: int) -> None:
    accent = with_accent(colours, QColor.fromRgb(rgb)).accent
    for ground in colours.grounds:
        assert contrast(accent, ground) >= READABLE


def test_an_accent_that_reads_already_is_kept() -> None:
    accent = QColor("#005A9E")
    assert with_accent(LIGHT, accent).accent == accent


def test_high_contrast_uses_the_systems_colours_only() -> None:
    system = QPalette()
    system.setColor(QPalette.ColorRole.Window, QColor("#000000"))
    system.setColor(QPalette.ColorRole.WindowText, QColor("#FFFF00"))
    colours = high_contrast(system)
    assert colours.is_dark
    assert colours.text == colours.error == colours.ring == QColor("#FFFF00")
    assert luminance(colours.surface) == 0
