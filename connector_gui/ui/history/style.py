"""The rules of the history window that the application's style sheet does not have."""

from __future__ import annotations

from connector_gui.ui.colours import Colours, mix


def history_style(colours: Colours, chip_px: int) -> str:
    """Chips, which look like words that can be taken away, and dates."""
    ground = colours.raised if colours.is_high_contrast else mix(colours.surface, colours.accent, 0.12)
    hover = colours.raised if colours.is_high_contrast else mix(colours.surface, colours.accent, 0.22)
    return f"""
QPushButton[kind="chip"] {{ background: {ground.name()}; color: {colours.text.name()};
    border: 1px solid {colours.edge.name() if colours.is_high_contrast else ground.name()};
    border-radius: {chip_px // 2}px; padding: 0 10px; min-height: {chip_px - 2}px; }}
QPushButton[kind="chip"]:hover {{ background: {hover.name()}; }}
QPushButton[kind="chip"]:focus {{ border: 2px solid {colours.accent.name()}; padding: 0 9px;
    min-height: {chip_px - 4}px; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {colours.line.name()}; }}
"""
