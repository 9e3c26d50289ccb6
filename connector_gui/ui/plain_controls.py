"""Rules for ordinary controls where the system has no look of its own.

On Windows and macOS native controls stay as they are. Elsewhere Qt falls back to its Fusion style,
whose outlines are hardly visible on dark ground; these rules give controls our edges and heights.
"""

from __future__ import annotations

from typing import Final

from connector_gui.ui import resources
from connector_gui.ui.colours import Colours, faded, mix
from connector_gui.ui.tokens import BUTTON_RADIUS, MARK_RADIUS

STYLE_NAME: Final = "fusion"
"""The style that these rules are for."""


def plain_controls(colours: Colours, height_px: int) -> str:
    """The rules for *colours*, controls *height_px* high."""
    return _buttons(colours, height_px) + _fields(colours, height_px) + _marks(colours) + _views(colours)


def _icon(name: str, colours: Colours) -> str:
    file = f"{name}-{'dark' if colours.is_dark else 'light'}.svg"
    return (resources.folder("icons") / file).as_posix()


def _buttons(colours: Colours, height_px: int) -> str:
    hover, pressed = mix(colours.raised, colours.text, 0.06), mix(colours.raised, colours.text, 0.12)
    return f"""
QPushButton {{ background: {colours.raised.name()}; color: {colours.text.name()};
    border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 12px; min-height: {height_px - 2}px; }}
QPushButton:hover {{ background: {hover.name()}; }}
QPushButton:pressed {{ background: {pressed.name()}; }}
QPushButton:default {{ background: {colours.accent.name()}; color: {colours.on_fill.name()};
    border-color: {colours.accent.name()}; }}
QPushButton:focus {{ border: 2px solid {colours.accent.name()}; padding: 0 11px; min-height: {height_px - 4}px; }}
QPushButton:default:focus {{ border-color: {colours.text.name()}; }}
QPushButton:disabled {{ background: transparent; color: {faded(colours).name()}; border-color: {colours.line.name()}; }}
"""


def _fields(colours: Colours, height_px: int) -> str:
    return f"""
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox {{ background: {colours.raised.name()};
    color: {colours.text.name()}; border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 0 8px;
    min-height: {height_px - 2}px;
    selection-background-color: {colours.accent.name()}; selection-color: {colours.on_fill.name()}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QComboBox:focus {{
    border: 2px solid {colours.accent.name()}; padding: 0 7px; min-height: {height_px - 4}px; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{ color: {faded(colours).name()};
    background: transparent; border-color: {colours.line.name()}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; background: transparent; padding: 0 7px;
    min-height: 0; }}
QPlainTextEdit, QTextEdit {{ background: {colours.raised.name()}; border: 1px solid {colours.edge.name()};
    border-radius: {BUTTON_RADIUS}px; padding: 4px; }}
QComboBox::drop-down, QDateEdit::drop-down, QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ subcontrol-origin: padding; border: none; background: transparent; width: 24px; }}
QComboBox::drop-down, QDateEdit::drop-down {{ subcontrol-position: center right; }}
QSpinBox::up-button, QDoubleSpinBox::up-button {{ subcontrol-position: top right; height: {height_px // 2 - 2}px; }}
QSpinBox::down-button, QDoubleSpinBox::down-button {{ subcontrol-position: bottom right;
    height: {height_px // 2 - 2}px; }}
QComboBox::down-arrow, QDateEdit::down-arrow, QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{
    image: url({_icon("down", colours)}); width: 12px; height: 12px; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url({_icon("up", colours)}); width: 12px; height: 12px; }}
"""


def _marks(colours: Colours) -> str:
    """Check boxes and radio buttons."""
    return f"""
QCheckBox, QRadioButton {{ spacing: 8px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 16px; height: 16px; border: 1px solid {colours.edge.name()};
    background: {colours.raised.name()}; }}
QCheckBox::indicator {{ border-radius: {MARK_RADIUS}px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked {{ background: {colours.accent.name()}; border-color: {colours.accent.name()};
    image: url({_icon("check", colours)}); }}
QRadioButton::indicator:checked {{ border: 5px solid {colours.accent.name()}; width: 8px; height: 8px; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {colours.text.name()}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {colours.line.name()};
    background: transparent; }}
"""


def _views(colours: Colours) -> str:
    """Menus, lists and scroll bars."""
    hover = mix(colours.surface, colours.text, 0.06)
    return f"""
QMenu {{ background: {colours.raised.name()}; color: {colours.text.name()}; border: 1px solid {colours.edge.name()};
    padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: {MARK_RADIUS}px; }}
QMenu::item:selected {{ background: {mix(colours.raised, colours.text, 0.10).name()}; }}
QMenu::item:disabled {{ color: {faded(colours).name()}; }}
QMenu::icon {{ left: 5px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 5px; border: 1px solid {colours.edge.name()};
    border-radius: {MARK_RADIUS}px; background: {colours.raised.name()}; }}
QMenu::indicator:checked {{ background: {colours.accent.name()}; border-color: {colours.accent.name()};
    image: url({_icon("check", colours)}); }}
QMenu::separator {{ height: 1px; background: {colours.line.name()}; margin: 4px 8px; }}
QBalloonTip QPushButton {{ border: none; background: transparent; padding: 0; min-height: 0; }}
QComboBox QAbstractItemView {{ background: {colours.raised.name()}; border: 1px solid {colours.edge.name()};
    selection-background-color: {hover.name()}; selection-color: {colours.text.name()}; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 8px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {mix(colours.edge, colours.line, 0.4).name()}; border-radius: 3px; margin: 3px;
    min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {colours.muted.name()}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
