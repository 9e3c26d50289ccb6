"""The menu of everything an operator can do now: behind the tray icon, and in the panel's corner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from connector_gui.core.call import CallState
from connector_gui.core.hands_free import HotKey
from connector_gui.core.presence import Wish
from connector_gui.core.service import Action
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.view import CallView, DeskView
from connector_gui.ui import presence_words, shortcuts, strip_words
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import Theme

MUTABLE = frozenset({CallState.CONNECTING, CallState.ACTIVE, CallState.HELD})
"""States in which a call has a microphone to mute, and can be held."""
_QUIET: Final = (Wish.HALF_HOUR, Wish.HOUR, Wish.TOMORROW, Wish.UNTIL_BACK)


class DeskMenu(QMenu):
    """Offers what is possible in the view shown last, and names the call that each entry means."""

    action_requested = Signal(str, Action)
    """A call's ``session_id`` and what to do with it."""
    call_chosen = Signal(str)
    """The operator wants this conversation before them."""
    devices_requested = Signal()
    practice_call_requested = Signal()
    panel_requested = Signal()
    presence_requested = Signal(object)
    """A `Wish`."""
    status_requested = Signal()
    settings_requested = Signal()
    setup_requested = Signal()
    history_requested = Signal()
    activity_requested = Signal()
    quit_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, has_calls: bool = True) -> None:
        """Without *has_calls* it stands in the panel, whose buttons do what a call needs."""
        super().__init__(parent)
        self._has_calls = has_calls
        self._listed: list[str] = []
        self._view = DeskView()
        self.accept = self._entry(self.tr("&Accept"), self._request(Action.ACCEPT))
        self.decline = self._entry(self.tr("&Decline"), self._request(Action.DECLINE))
        self.end = self._entry(self.tr("&End call"), self._request(Action.END))
        self.mute = self._switch(self.tr("&Mute"), self._on_mute)
        self.hold = self._switch(self.tr("&Hold"), self._on_hold)
        self.calls = QMenu(self.tr("&Calls"), self)
        self.calls.aboutToShow.connect(self._list_calls)
        self.addMenu(self.calls)
        self.calls.menuAction().setVisible(False)
        of_calls = [action for action in self.actions() if action is not self.calls.menuAction()]
        of_calls.append(self.addSeparator())
        self.panel = self._entry(self.tr("Open &panel"), self.panel_requested.emit)
        of_calls.append(self.panel)
        self.practice_call = self._entry(self.tr("P&ractice call"), self.practice_call_requested.emit)
        self.presence = QMenu(self)
        self.wishes = self._make_wishes()
        self.addMenu(self.presence)
        self.addSeparator()
        self.history = self._entry(self.tr("H&istory…"), self.history_requested.emit)
        self.devices = self._entry(self.tr("De&vices…"), self.devices_requested.emit)
        self.activity = self._entry(self.tr("&Webhook activity…"), self.activity_requested.emit)
        self.status = self._entry(self.tr("S&tatus…"), self.status_requested.emit)
        self.settings = self._entry(self.tr("&Settings…"), self.settings_requested.emit)
        self.setup = self._entry(self.tr("Set &up…"), self.setup_requested.emit)
        self.addSeparator()
        self.quit = self._entry(self.tr("&Quit"), self.quit_requested.emit)
        for entry in of_calls:
            entry.setVisible(has_calls)
        for entry, symbol in self._symbols().items():
            wear(entry, theme, symbol)
        if parent is not None and not has_calls:
            self._give_keys(parent)
        self.show_view(self._view)

    def show_view(self, view: DeskView) -> None:
        """Offer what *view* allows."""
        self._view = view
        self.accept.setEnabled(any(call.has_place for call in view.ringing))
        self.decline.setEnabled(bool(view.ringing))
        self.end.setEnabled(self._call() is not None)
        call = self._call()
        can_mute = call is not None and call.record.status in MUTABLE
        self.mute.setEnabled(can_mute)
        self.mute.setChecked(call is not None and call.record.muted)
        self.hold.setEnabled(can_mute)
        self.hold.setChecked(call is not None and call.record.held)
        self.practice_call.setEnabled(not view.is_at_desk and not view.is_do_not_disturb)
        self.calls.menuAction().setVisible(self._has_calls and strip_words.is_several(view))
        self._list_calls()
        self._show_presence()
        missed = view.unseen_missed
        self.history.setText(self.tr("H&istory ({n} missed)…").format(n=missed) if missed else self.tr("H&istory…"))

    def show_hot_keys(self, hot_keys: Mapping[HotKey, Shortcut]) -> None:
        """Name the keys that do the same in every program."""
        for key, entry in ((HotKey.ACCEPT, self.accept), (HotKey.END, self.end), (HotKey.MUTE, self.mute)):
            # Only named: in a menu that belongs to no window Qt takes no key.
            self._name_key(entry, shortcuts.sequence(hot_keys[key]) if key in hot_keys else QKeySequence())

    # --- inside ----------------------------------------------------------------------------

    def _symbols(self) -> dict[QAction, Symbol]:
        """Switches have their mark in that place instead."""
        return {
            self.accept: Symbol.ACCEPT,
            self.decline: Symbol.DECLINE,
            self.end: Symbol.END,
            self.calls.menuAction(): Symbol.CALL,
            self.panel: Symbol.PANEL,
            self.practice_call: Symbol.PRACTICE,
            self.presence.menuAction(): Symbol.PRESENCE,
            self.history: Symbol.HISTORY,
            self.devices: Symbol.DEVICES,
            self.activity: Symbol.ACTIVITY,
            self.status: Symbol.STATUS,
            self.settings: Symbol.SETTINGS,
            self.setup: Symbol.SETUP,
            self.quit: Symbol.QUIT,
        }

    def _give_keys(self, window: QWidget) -> None:
        """Let the keys of *window* do what the entries do."""
        keys = {
            shortcuts.Key.PRACTICE: self.practice_call,
            shortcuts.Key.HISTORY: self.history,
            shortcuts.Key.DEVICES: self.devices,
            shortcuts.Key.ACTIVITY: self.activity,
            shortcuts.Key.STATUS: self.status,
            shortcuts.Key.SETTINGS: self.settings,
        }
        for key, entry in keys.items():
            self._name_key(entry, key.sequence)
            window.addAction(entry)

    @staticmethod
    def _name_key(entry: QAction, keys: QKeySequence) -> None:
        entry.setShortcut(keys)
        # Some systems leave them out of menus that pop up.
        entry.setShortcutVisibleInContextMenu(True)

    def _entry(self, text: str, then: Callable[[], object]) -> QAction:
        entry = self.addAction(text)
        entry.triggered.connect(lambda _checked=False: then())
        return entry

    def _switch(self, text: str, then: Callable[[bool], object]) -> QAction:
        switch = self.addAction(text)
        switch.setCheckable(True)
        # `triggered`, not `toggled`: showing a view must not ask for anything.
        switch.triggered.connect(lambda is_on: then(is_on))
        return switch

    def _call(self) -> CallView | None:
        """The conversation that the entries mean: the one in focus, else the first that is held at the desk."""
        return self._view.talking or next((call for call in self._view.calls if _is_at_desk(call)), None)

    def _list_calls(self) -> None:
        """Name the calls to change over to; entries stay while their calls do, as a menu may be open."""
        every = strip_words.conversations(self._view) if self._has_calls else ()
        names = [call.session_id for call in every]
        if names != self._listed:
            self._listed = names
            self.calls.clear()
            for name in names:
                entry = self.calls.addAction("")
                entry.setCheckable(True)
                entry.triggered.connect(lambda _checked=False, name=name: self._choose(name))
        calls = {call.record.session_id: call for call in self._view.calls}
        for entry, name in zip(self.calls.actions(), names, strict=True):
            entry.setText(_as_entry(calls[name]))
            entry.setChecked(calls[name].has_focus)

    def _choose(self, session_id: str) -> None:
        self._list_calls()  # what is checked is what is, not what was clicked
        self.call_chosen.emit(session_id)

    def _request(self, action: Action) -> Callable[[], None]:
        def emit() -> None:
            rings = action in {Action.ACCEPT, Action.DECLINE}
            call = next(iter(self._view.ringing), None) if rings else self._call()
            if call is not None:
                self.action_requested.emit(call.record.session_id, action)

        return emit

    def _on_mute(self, is_on: bool) -> None:
        self._request(Action.MUTE if is_on else Action.UNMUTE)()
        self.show_view(self._view)

    def _on_hold(self, is_on: bool) -> None:
        self._request(Action.HOLD if is_on else Action.RESUME)()
        self.show_view(self._view)

    # --- presence ----------------------------------------------------------------------------

    def _make_wishes(self) -> dict[Wish, QAction]:
        """The choices; what holds now is checked."""
        made: dict[Wish, QAction] = {}
        one_of = QActionGroup(self.presence)
        one_of.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        for wish in (Wish.TAKE_CALLS, Wish.MORE_TIME, None, *_QUIET):
            if wish is None:
                self.presence.addSeparator()
                continue
            made[wish] = self.presence.addAction(presence_words.wish(wish))
            if wish is not Wish.MORE_TIME:
                made[wish].setCheckable(True)
                one_of.addAction(made[wish])
            made[wish].triggered.connect(lambda _checked=False, wish=wish: self._on_wish(wish))
        self.presence.aboutToShow.connect(self._show_presence)
        return made

    def _on_wish(self, wish: Wish) -> None:
        self.presence_requested.emit(wish)
        self._show_presence()

    def _show_presence(self) -> None:
        view, now = self._view, datetime.now(UTC)
        self.presence.setTitle(presence_words.menu_title(view, now))
        chosen = view.quiet or Wish.UNTIL_BACK
        for wish, entry in self.wishes.items():
            entry.setChecked(entry.isCheckable() and view.is_do_not_disturb and wish is chosen)
        self.wishes[Wish.MORE_TIME].setVisible(view.wrap_up is not None)
        ready = self.wishes[Wish.TAKE_CALLS]
        ready.setText(self.tr("I’m &ready") if view.wrap_up is not None else presence_words.wish(Wish.TAKE_CALLS))
        ready.setChecked(not view.is_do_not_disturb and view.wrap_up is None)


def _is_at_desk(call: CallView) -> bool:
    return call.record.status not in {CallState.RINGING, CallState.ENDED} and call.line is None


def _as_entry(call: CallView) -> str:
    """Drawn by other programs, and with an ampersand that is none of a key's."""
    text = f"{strip_words.who(call)} – {strip_words.state(call)}"
    return for_other_programs(text).replace("&", "&&")
