"""The rules of the activity window that the application's style sheet does not have."""

from __future__ import annotations

from connector_gui.ui.colours import Colours, mix


def activity_style(colours: Colours) -> str:
    """The list, on which every sign and word stays readable when its row is chosen."""
    chosen = colours.raised if colours.is_high_contrast else mix(colours.raised, colours.accent, 0.14)
    pointed = colours.raised if colours.is_high_contrast else mix(colours.raised, colours.text, 0.04)
    edge = colours.text if colours.is_high_contrast else colours.accent
    return f"""
QTreeView#requests {{ background: {colours.raised.name()}; border: 1px solid {colours.edge.name()};
    border-radius: 6px; padding: 3px; outline: none; }}
QTreeView#requests:focus {{ border: 2px solid {colours.accent.name()}; padding: 2px; }}
QTreeView#requests::item {{ padding: 7px 6px; border: none; }}
QTreeView#requests::item:hover {{ background: {pointed.name()}; }}
QTreeView#requests::item:selected {{ background: {chosen.name()}; color: {colours.text.name()};
    border-top: 1px solid {edge.name()}; border-bottom: 1px solid {edge.name()}; padding: 6px 6px; }}
QTreeView#requests::branch {{ background: transparent; border: none; }}
QTreeView#requests QHeaderView {{ background: transparent; border: none; }}
QTreeView#requests QHeaderView::section {{ background: {colours.raised.name()}; color: {colours.muted.name()};
    border: none; border-bottom: 1px solid {colours.line.name()}; padding: 6px 8px; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {colours.line.name()}; }}
"""
