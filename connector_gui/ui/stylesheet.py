"""The few rules that the palette cannot say, as a Qt style sheet.

Native controls keep their native looks; only what carries one of our properties is drawn by these
rules: labels by ``role``, frames by ``role``, buttons by ``kind``.
"""

from __future__ import annotations

from PySide6.QtGui import QColor

from connector_gui.ui.colours import Colours, faded, mix, toned
from connector_gui.ui.tokens import BUTTON_RADIUS, CARD_RADIUS


def stylesheet(colours: Colours, control_px: int, call_button_px: int) -> str:
    """Rules for *colours*; heights of ordinary and of call buttons in px."""
    return "\n".join(
        (
            _labels(colours),
            _frames(colours),
            _plain_buttons(colours, control_px),
            _filled_buttons(colours, call_button_px),
            _fields(colours, control_px),
            _lists(colours),
        )
    )


def _labels(colours: Colours) -> str:
    roles = {
        "muted": colours.muted,
        "accent": colours.accent,
        "ring": colours.ring,
        "live": colours.live,
        "held": colours.held,
        "error": colours.error,
    }
    return "\n".join(f'QLabel[role="{role}"] {{ color: {colour.name()}; }}' for role, colour in roles.items())


def _frames(colours: Colours) -> str:
    warning, calm = toned(colours, colours.ring, 0.10), toned(colours, colours.accent, 0.08)
    return f"""
QFrame[role="card"] {{ background: {colours.raised.name()}; border: 1px solid {colours.line.name()};
    border-radius: {CARD_RADIUS}px; }}
QFrame[role="alert"] {{ background: {colours.raised.name()}; border: 2px solid {colours.ring.name()}; }}
QFrame[role="banner"] {{ background: {calm.name()}; border: 1px solid {colours.line.name()};
    border-radius: {BUTTON_RADIUS}px; }}
QFrame[role="warning"] {{ background: {warning.name()}; border: 1px solid {colours.ring.name()};
    border-radius: {BUTTON_RADIUS}px; }}
QFrame[role="line"] {{ max-height: 1px; min-height: 1px; }}
QFrame[role="line"] {{ background: {colours.line.name()}; border: none; }}
"""


def _plain_buttons(colours: Colours, height_px: int) -> str:
    """Buttons with ``kind`` = ``plain`` (bordered), ``tool`` (no border until pointed at), ``link``."""
    hover, pressed = mix(colours.raised, colours.text, 0.06), mix(colours.raised, colours.text, 0.12)
    return f"""
QPushButton[kind="plain"], QPushButton[kind="tool"] {{ background: {colours.raised.name()};
    color: {colours.text.name()}; border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 12px;
    min-height: {height_px - 2}px; }}
QPushButton[kind="tool"] {{ background: transparent; border-color: transparent; }}
QPushButton[kind="plain"]:hover, QPushButton[kind="tool"]:hover {{ background: {hover.name()}; }}
QPushButton[kind="plain"]:pressed, QPushButton[kind="tool"]:pressed {{ background: {pressed.name()}; }}
QPushButton[kind="plain"]:checked {{ background: {colours.text.name()}; color: {colours.surface.name()};
    border-color: {colours.text.name()}; }}
QPushButton[kind="plain"]:disabled {{ color: {faded(colours).name()}; border-color: {colours.line.name()}; }}
QPushButton[kind="plain"]:focus, QPushButton[kind="tool"]:focus {{ border: 2px solid {colours.accent.name()};
    padding: 0 11px; min-height: {height_px - 4}px; }}
QPushButton[kind="corner"] {{ background: transparent; border: none; border-radius: {BUTTON_RADIUS - 2}px;
    padding: 0; min-height: 0; }}
QPushButton[kind="corner"]:hover {{ background: {pressed.name()}; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
QPushButton[kind="link"] {{ background: transparent; border: none; color: {colours.accent.name()}; padding: 0;
    min-height: 24px; }}
QPushButton[kind="link"]:hover, QPushButton[kind="link"]:focus {{ text-decoration: underline; }}
"""


def _filled_buttons(colours: Colours, height_px: int) -> str:
    """Call buttons: ``accept`` and ``end`` (tall), ``main`` (the one main action of a page)."""
    fills = {"accept": colours.live, "end": colours.error, "main": colours.accent}
    return _tall_plain(colours, height_px) + "\n".join(
        _filled(kind, fill, colours, height_px) for kind, fill in fills.items()
    )


def _tall_plain(colours: Colours, height_px: int) -> str:
    """Call buttons that are not the main one: ``call`` (switches, checked while on) and ``decline``."""
    hover, pressed = mix(colours.raised, colours.text, 0.06), mix(colours.raised, colours.text, 0.12)
    both = ('QPushButton[kind="call"]', 'QPushButton[kind="decline"]')
    off = faded(colours).name()
    return f"""
{", ".join(both)} {{ background: {colours.raised.name()}; color: {colours.text.name()};
    border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 12px; min-height: {height_px - 2}px; }}
QPushButton[kind="decline"] {{ color: {colours.error.name()}; border-color: {colours.error.name()}; font-weight: 600; }}
{", ".join(f"{one}:hover" for one in both)} {{ background: {hover.name()}; }}
{", ".join(f"{one}:pressed" for one in both)} {{ background: {pressed.name()}; }}
QPushButton[kind="call"]:checked {{ background: {colours.text.name()}; color: {colours.surface.name()};
    border-color: {colours.text.name()}; }}
{", ".join(f"{one}:disabled" for one in both)} {{ color: {off}; border-color: {colours.line.name()}; }}
{", ".join(f"{one}:focus" for one in both)} {{ border: 2px solid {colours.accent.name()}; padding: 0 11px;
    min-height: {height_px - 4}px; }}
"""


def _filled(kind: str, fill: QColor, colours: Colours, height_px: int) -> str:
    selector = f'QPushButton[kind="{kind}"]'
    ground, words = (colours.raised, colours.text) if colours.is_high_contrast else (fill, colours.on_fill)
    # Towards the words' opposite, so that pointing at a button never makes it harder to read.
    towards = QColor("#000000") if not colours.is_dark else QColor("#FFFFFF")
    hover = ground if colours.is_high_contrast else mix(ground, towards, 0.08)
    pressed = ground if colours.is_high_contrast else mix(ground, towards, 0.16)
    return f"""
{selector} {{ background: {ground.name()}; color: {words.name()}; border: 2px solid {fill.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 15px; min-height: {height_px - 4}px; font-weight: 600; }}
{selector}:hover {{ background: {hover.name()}; border-color: {hover.name()}; }}
{selector}:pressed {{ background: {pressed.name()}; border-color: {pressed.name()}; }}
{selector}:focus {{ border: 2px solid {colours.text.name()}; }}
{selector}:disabled {{ background: {colours.surface.name()}; color: {faded(colours).name()};
    border: 2px solid {colours.line.name()}; }}
"""


def _fields(colours: Colours, height_px: int) -> str:
    return f"""
QLineEdit {{ placeholder-text-color: {colours.muted.name()}; }}
QLineEdit[kind="copy"] {{ background: {colours.raised.name()}; color: {colours.text.name()};
    border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 8px; min-height: {height_px - 2}px; }}
QLineEdit[kind="copy"]:focus {{ border: 2px solid {colours.accent.name()}; padding: 0 7px;
    min-height: {height_px - 4}px; }}
QToolTip {{ background: {colours.raised.name()}; color: {colours.text.name()}; border: 1px solid {colours.edge.name()};
    padding: 4px 6px; }}
"""


def _lists(colours: Colours) -> str:
    """Lists that stand on the window: names of pages, what a search found."""
    chosen = colours.surface if colours.is_high_contrast else mix(colours.surface, colours.text, 0.08)
    edge = colours.text.name() if colours.is_high_contrast else "transparent"
    return f"""
QListWidget[role="pages"], QListWidget[role="found"] {{ background: transparent; border: none; outline: none; }}
QListWidget[role="pages"]::item {{ padding: 0 8px; border: 2px solid transparent; border-radius: {BUTTON_RADIUS}px;
    color: {colours.text.name()}; }}
QListWidget[role="pages"]::item:selected {{ background: {chosen.name()}; border-color: {edge}; }}
QListWidget[role="pages"]::item:selected:focus {{ border-color: {colours.accent.name()}; }}
"""
