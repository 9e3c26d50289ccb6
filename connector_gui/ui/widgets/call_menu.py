"""Menus of one call: what can be done with it, and the lines that it can be put on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from connector_gui.core.call import CallState
from connector_gui.core.lines import DESK_LINE
from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.ui import strip_words
from connector_gui.ui.desk_menu import MUTABLE
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.strip_words import LINE_NAME_LIMIT, LineChoice
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import Theme
from connector_gui.ui.translation import tr


def call_menu(
    theme: Theme,
    call: CallView,
    lines: Sequence[LineChoice],
    act: Callable[[Action], None],
    move: Callable[[str], None],
    parent: QWidget,
) -> QMenu:
    """What can be done with *call*, a conversation, wherever it runs: through *act*, or *move* to a line by name."""
    menu = QMenu(parent)
    menu.setAccessibleName(strip_words.who(call))
    can_change, record = call.record.status in MUTABLE, call.record

    def entry(text: str, action: Action, symbol: Symbol, *, is_enabled: bool = True) -> QAction:
        made = menu.addAction(text)
        made.setEnabled(is_enabled)
        made.triggered.connect(lambda _checked=False: act(action))
        wear(made, theme, symbol)
        return made

    if call.held_since_s is not None or record.held:
        entry(tr("&Resume"), Action.RESUME, Symbol.CALL, is_enabled=can_change)
    else:
        entry(tr("&Hold"), Action.HOLD, Symbol.HOLD, is_enabled=can_change)
    if record.muted:
        entry(tr("Un&mute"), Action.UNMUTE, Symbol.MICROPHONE, is_enabled=can_change)
    else:
        entry(tr("&Mute"), Action.MUTE, Symbol.MUTE, is_enabled=can_change)
    if lines or call.line is not None:
        targets = line_menu(lines, move, menu, current=call.line or DESK_LINE)
        targets.setTitle(tr("Move &to"))
        targets.setEnabled(can_change)
        wear(menu.addMenu(targets), theme, Symbol.LINES)
    menu.addSeparator()
    entry(tr("&End"), Action.END, Symbol.END, is_enabled=record.status is not CallState.ENDING)
    return menu


def line_menu(
    lines: Sequence[LineChoice], chosen: Callable[[str], None], parent: QWidget, *, current: str | None = None
) -> QMenu:
    """The desk and every line; the *current* one is marked, one that another call has cannot be chosen."""
    menu = QMenu(parent)
    places = QActionGroup(menu)
    for choice in (LineChoice(DESK_LINE), *lines):
        is_current = choice.name == current
        made = menu.addAction(_named(choice, is_current=is_current))
        made.setActionGroup(places)
        made.setCheckable(current is not None)
        made.setChecked(is_current)
        made.setEnabled(choice.is_free or is_current)
        made.triggered.connect(lambda _checked=False, name=choice.name: chosen(name))
    return menu


def _named(choice: LineChoice, *, is_current: bool) -> str:
    if choice.name == DESK_LINE:
        return tr("The desk")
    name = one_line(choice.name, LINE_NAME_LIMIT).replace("&", "&&")
    return name if choice.is_free or is_current else tr("{line} – in use").format(line=name)
