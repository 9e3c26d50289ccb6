"""Every word can be read on every ground, and every sign seen: light, dark, high contrast, with any accent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QPalette

from connector_gui.ui.colours import (
    CONTRAST_DARK,
    CONTRAST_LIGHT,
    DARK,
    LIGHT,
    READABLE,
    STRONG,
    VISIBLE,
    Colours,
    contrast,
    high_contrast,
    ink_on,
    luminance,
    mix,
    toned,
)
from connector_gui.ui.theme import palette_of, with_accent

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
WORDS = ("text", "muted", "accent", "ring", "live", "held", "error")
FILLS = ("accent", "live", "error")
ACCENTS = {
    "windows-blue": "#0078D4",
    "gnome-yellow": "#C88800",
    "gnome-pink": "#D56199",
    "mac-green": "#62BA46",
    "white": "#FFFFFF",
    "black": "#000000",
    "middle-grey": "#777777",
    "pure-yellow": "#FFFF00",
}


def palette(window: str, text: str, highlight: str, highlighted: str) -> QPalette:
    made, role = QPalette(), QPalette.ColorRole
    for one, name in zip(
        (role.Window, role.WindowText, role.Highlight, role.HighlightedText),
        (window, text, highlight, highlighted),
        strict=True,
    ):
        made.setColor(one, QColor(name))
    return made


# The system themes are those of Windows 11.
ALL: dict[str, Colours] = {
    "light": LIGHT,
    "dark": DARK,
    "contrast-light": CONTRAST_LIGHT,
    "contrast-dark": CONTRAST_DARK,
    "aquatic": high_contrast(palette("#202020", "#FFFFFF", "#8EE3F0", "#263B50")),
    "desert": high_contrast(palette("#FFFAEF", "#3D3D3D", "#903909", "#FFF5E3")),
    "dusk": high_contrast(palette("#2D3236", "#FFFFFF", "#A1BFDE", "#212D3B")),
    "night-sky": high_contrast(palette("#000000", "#FFFFFF", "#D6B4FD", "#2B2B2B")),
    "poor": high_contrast(palette("#808080", "#FFFFFF", "#909090", "#A0A0A0")),
    **{f"light-{name}": with_accent(LIGHT, QColor(accent)) for name, accent in ACCENTS.items()},
    **{f"dark-{name}": with_accent(DARK, QColor(accent)) for name, accent in ACCENTS.items()},
}
EVERY = pytest.mark.parametrize("colours", ALL.values(), ids=ALL)


def words_on_grounds(colours: Colours) -> Iterator[tuple[str, QColor, QColor]]:
    """Every pair of words and their ground that a window shows."""
    for role in WORDS:
        for ground in colours.grounds:
            yield f"{role} on {ground.name()}", getattr(colours, role), ground
    plain = {"hover": mix(colours.raised, colours.text, 0.06), "pressed": mix(colours.raised, colours.text, 0.12)}
    for name, ground in plain.items():
        yield f"button, {name}", colours.text, ground
    yield "checked button", colours.surface, colours.text
    yield "banner", colours.text, toned(colours, colours.accent, 0.08)
    yield "warning", colours.text, toned(colours, colours.ring, 0.10)
    yield "chosen page", colours.text, mix(colours.surface, colours.text, 0.08)
    yield "chosen line of a menu", colours.text, mix(colours.raised, colours.text, 0.10)
    if not colours.is_high_contrast:
        towards = QColor("#000000") if not colours.is_dark else QColor("#FFFFFF")
        for fill in FILLS:
            for share in (0.0, 0.08, 0.16):
                yield f"filled {fill} {share}", colours.on_fill, mix(getattr(colours, fill), towards, share)
    yield "selected text", colours.on_fill, colours.accent


def signs_on_grounds(colours: Colours) -> Iterator[tuple[str, QColor, QColor]]:
    """Edges, focus rings, meters and symbols: what has to be seen, not read."""
    for role in ("edge", "accent", "live", "error", "ring"):
        for ground in (colours.surface, colours.raised):
            yield f"{role} on {ground.name()}", getattr(colours, role), ground
    yield "mark of a check box", colours.on_fill, colours.accent
    # The focus ring of a filled button stands between its fill and the window.
    yield "ring of a filled button", colours.text, colours.surface


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(QColor("#FFFFFF"), QColor("#000000")) == pytest.approx(21)
    # A published pair: #767676 is the lightest grey that passes AA on white.
    assert contrast(QColor("#767676"), QColor("#FFFFFF")) == pytest.approx(4.54, abs=0.01)


@EVERY
def test_every_word_reads_on_every_ground(colours: Colours) -> None:
    poor = {name: round(contrast(*pair), 2) for name, *pair in words_on_grounds(colours) if contrast(*pair) < READABLE}
    assert not poor


@EVERY
def test_every_sign_and_edge_stands_out(colours: Colours) -> None:
    poor = {name: round(contrast(*pair), 2) for name, *pair in signs_on_grounds(colours) if contrast(*pair) < VISIBLE}
    assert not poor


@EVERY
def test_the_palette_of_native_controls_reads_too(colours: Colours) -> None:
    made, role = palette_of(colours), QPalette.ColorRole
    for words, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.PlaceholderText, role.Base),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Base),
        (role.ButtonText, role.Button),
    ):
        assert contrast(made.color(words), made.color(ground)) >= READABLE, words


@pytest.mark.parametrize("colours", [CONTRAST_LIGHT, CONTRAST_DARK, ALL["poor"]], ids=["light", "dark", "poor"])
def test_high_contrast_of_our_own_is_as_strong_as_can_be(colours: Colours) -> None:
    assert contrast(colours.text, colours.surface) == pytest.approx(21)
    assert contrast(colours.accent, colours.surface) >= STRONG
    assert contrast(colours.accent, colours.on_fill) >= STRONG


@BOTH
@given(rgb=st.integers(min_value=0, max_value=0xFFFFFF))
def test_any_accent_of_the_system_becomes_readable(colours: Colours, rgb: int) -> None:
    dressed = with_accent(colours, QColor.fromRgb(rgb))
    for ground in (*colours.grounds, dressed.on_fill):
        assert contrast(dressed.accent, ground) >= READABLE
    for fill in FILLS:  # words on the accent stand on the other fills, too
        assert contrast(dressed.on_fill, getattr(dressed, fill)) >= READABLE


def test_an_accent_that_reads_already_is_kept() -> None:
    accent = QColor("#005A9E")
    assert with_accent(LIGHT, accent).accent == accent


def test_words_on_a_fill_are_the_first_that_reads_or_else_black_or_white() -> None:
    yellow = QColor("#FFE100")
    assert ink_on(yellow, QColor("#FFFFFF"), QColor("#15181D")) == QColor("#15181D")
    assert ink_on(yellow, QColor("#FFFFFF")) == QColor("#000000")
    assert ink_on(QColor("#0033A0")) == QColor("#FFFFFF")


def test_high_contrast_uses_the_systems_colours_only() -> None:
    colours = high_contrast(palette("#000000", "#FFFF00", "#00FF00", "#000000"))
    assert colours.is_dark
    assert colours.text == colours.error == colours.ring == QColor("#FFFF00")
    assert colours.accent == QColor("#00FF00")
    assert luminance(colours.surface) == 0
