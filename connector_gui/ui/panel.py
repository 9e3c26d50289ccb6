"""The call panel: the one window that shows the desk, whatever it is doing.

Which page stands in it follows from the view: that of a call (see `panel_choice`), else the ending that has not been
read yet, else the idle page. Above it are `panel_banners`, the strip of the conversations and the calls that wait. When
the window comes up by itself is for `panel_attention`, where it stands and how large it is for `panel_place`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.presence import Wish
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels
from connector_gui.ui import panel_keys, strip_words, words
from connector_gui.ui.call_page import CallPage
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import app_icon
from connector_gui.ui.idle_page import IdlePage
from connector_gui.ui.panel_attention import PanelAttention
from connector_gui.ui.panel_banners import PanelBanners
from connector_gui.ui.panel_choice import PanelChoice
from connector_gui.ui.panel_place import PanelPlace
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.ring_page import RingPage
from connector_gui.ui.shortcuts import MOST_CALLS, Key
from connector_gui.ui.theme import GAP_M, WINDOW_PADDING, Theme
from connector_gui.ui.widgets.call_strip import CallStrip
from connector_gui.ui.widgets.waiting_calls import WaitingCalls
from connector_gui.ui.widgets.wrap_up_bar import WrapUpBar

RING_TICK_MS: Final = 250
CALL_TICK_MS: Final = 1_000
DEAF_S: Final = 1.5
"""How long the keys of a ringing call do nothing where somebody was just writing."""

_READ_ENDINGS: Final = frozenset({Outcome.DECLINED, Outcome.MISSED})
"""Endings that need no page of their own: the list of recent calls tells them."""


class Panel(QWidget):
    """Shows the desk; closing hides it."""

    action_requested = Signal(str, Action)
    focus_requested = Signal(str)
    """The operator wants to talk in that held call, at the desk."""
    line_requested = Signal(str, Action, str)
    """Accept a call, or move it, to the line of that name, or to ``desk``."""
    recording_requested = Signal(str, bool)
    dismiss_requested = Signal()
    """The operator has read why the last call ended."""
    devices_requested = Signal()
    privacy_page_requested = Signal()
    """Open the place where the system lets programs hear the microphone; see `offer_privacy_page`."""
    practice_call_requested = Signal()
    presence_requested = Signal(object)
    """A `Wish`."""
    ring_on_requested = Signal(str)
    """See `CallCard`."""
    status_requested = Signal()
    settings_requested = Signal()
    setup_requested = Signal()
    history_requested = Signal()
    activity_requested = Signal()
    news_requested = Signal()
    """Open the page that tells of the version that `show_update` has shown."""
    quit_requested = Signal()
    text_entered = Signal(str, str, str)
    typing = Signal(str)
    approval_answered = Signal(str, str, bool)
    turn_rated = Signal(str, int, object)
    volume_chosen = Signal(str, int)
    """What the operator does for the agent of a call: see `CallPage`."""
    devices_wanted = Signal()
    """List what there is to choose from, for `show_devices`."""
    microphone_chosen = Signal(str)
    speaker_chosen = Signal(str)
    """Use the device of this name from now on."""
    opened = Signal()
    """The operator has the panel in front of them."""
    geometry_changed = Signal(QRect)
    """Where the window stands now, to be remembered for `restore`."""

    def __init__(
        self,
        theme: Theme,
        clock_s: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*clock_s* is the clock of `CallView`; *now* the time of day, for the dates of recent calls."""
        super().__init__(None, Qt.WindowType.Window)
        self._theme = theme
        self._clock_s = clock_s
        self._now = now
        self._view = DeskView()
        self._choice = PanelChoice()
        self._lines: tuple[str, ...] = ()
        self._has_tray = True
        self._deaf_until_s = float("-inf")
        self.setWindowIcon(app_icon())
        self._place = PanelPlace(self)
        self._place.changed.connect(self.geometry_changed)
        self._attention = PanelAttention(self, self._place, clock_s)
        self._ticker = QTimer(self)
        self._ticker.timeout.connect(self._show_time)
        self._make_parts()
        self._lay_out()
        self._give_keys()
        self.show_view(self._view)

    def _make_parts(self) -> None:
        self.menu = DeskMenu(self._theme, self, has_calls=False)
        self.menu.devices_requested.connect(self.devices_requested)
        self.menu.practice_call_requested.connect(self.practice_call_requested)
        self.menu.presence_requested.connect(self.presence_requested)
        self.menu.status_requested.connect(self.status_requested)
        self.menu.settings_requested.connect(self.settings_requested)
        self.menu.setup_requested.connect(self.setup_requested)
        self.menu.history_requested.connect(self.history_requested)
        self.menu.activity_requested.connect(self.activity_requested)
        self.menu.quit_requested.connect(self.quit_requested)

        self.banners = PanelBanners(self)
        self.banners.settings_requested.connect(self.settings_requested)
        self.banners.presence_requested.connect(self.presence_requested)
        self.banners.news_requested.connect(self.news_requested)
        self.wrap_up = WrapUpBar(self._theme, self)
        self.wrap_up.presence_requested.connect(self.presence_requested)

        # Made where they will stand: what moves in with all its parts is dressed once more.
        self.pages = QStackedWidget(self)
        self.idle_page = IdlePage(self._theme, self.menu, self._now, self.pages)
        self.idle_page.practice_call_requested.connect(self.practice_call_requested)
        self.idle_page.settings_requested.connect(self.settings_requested)
        self.idle_page.calls_wanted.connect(lambda: self.presence_requested.emit(Wish.TAKE_CALLS))
        self.ring_page = RingPage(self._theme, self.pages)
        self.ring_page.action_requested.connect(self.action_requested)
        self.ring_page.ring_on_requested.connect(self.ring_on_requested)
        self.waiting = WaitingCalls(self._theme, self)
        self.strip = CallStrip(self._theme, self, self._clock_s)
        self.strip.chosen.connect(self._turn_to_call)
        self.strip.action_requested.connect(self.action_requested)
        self.strip.move_requested.connect(lambda call, line: self.line_requested.emit(call, Action.MOVE, line))
        for rings in (self.waiting, self.ring_page):
            rings.line_chosen.connect(lambda call, line: self.line_requested.emit(call, Action.ACCEPT, line))
        self.waiting.action_requested.connect(self.action_requested)

    def _give_keys(self) -> None:
        """Ctrl and a digit bring a call to the front, wherever in the panel the keyboard is."""
        for number in range(1, MOST_CALLS + 1):
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.activated.connect(lambda number=number: self._choose_number(number))

    @cached_property
    def call_page(self) -> CallPage:
        """The page of a call, made now if nobody wanted it before: with it the panel would take twice as long."""
        page = CallPage(self._theme, self.pages)
        page.action_requested.connect(self.action_requested)
        page.recording_requested.connect(self.recording_requested)
        page.devices_requested.connect(self.devices_requested)
        page.privacy_page_requested.connect(self.privacy_page_requested)
        page.dismiss_requested.connect(self.dismiss_requested)
        page.text_entered.connect(self.text_entered)
        page.typing.connect(self.typing)
        page.approval_answered.connect(self.approval_answered)
        page.turn_rated.connect(self.turn_rated)
        page.volume_chosen.connect(self.volume_chosen)
        page.device_menu.aboutToShow.connect(self.devices_wanted)
        page.device_menu.microphone_chosen.connect(self.microphone_chosen)
        page.device_menu.speaker_chosen.connect(self.speaker_chosen)
        page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.pages.addWidget(page)
        return page

    @property
    def _has_call_page(self) -> bool:
        return "call_page" in vars(self)

    @property
    def _is_writing(self) -> bool:
        return self._has_call_page and self.call_page.say.has_focus

    def _lay_out(self) -> None:
        for page in (self.idle_page, self.ring_page):
            page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_M)
        for banner in self.banners.every:
            column.addWidget(banner)
        column.addWidget(self.wrap_up)
        column.addWidget(self.strip)
        column.addWidget(self.waiting)
        column.addWidget(self.pages, 1)

    # --- what is shown ---------------------------------------------------------------------

    def show_view(self, view: DeskView) -> None:
        """Show the desk as *view* has it; by `show_rings`, come up without the focus when a call begins to ring."""
        self._choice.follow(view)
        self._view = view
        self.menu.show_view(view)
        self.setWindowTitle(self._title(view))
        self._show_page(view)
        is_idle = self.pages.currentWidget() is self.idle_page
        self.banners.show_view(view, self._now(), is_idle=is_idle)
        self.wrap_up.show_wrap_up(view.wrap_up)
        self._show_time()
        self._keep_ticking()
        self._attention.show_view(view, is_idle=is_idle)

    def show_rings(self, is_wanted: bool) -> None:
        """Whether the panel comes up, above all windows, for calls that ring; otherwise it stays where it is."""
        self._attention.show_rings(is_wanted)

    def show_lines(self, names: Sequence[str]) -> None:
        """Offer to accept calls on the lines of these *names*, and to move them there."""
        self._lines = tuple(names)
        self.strip.show_lines(names)
        self._show_line_choices(self._view)

    def choose_call(self, session_id: str) -> None:
        """Show that conversation: one that is held at the desk is resumed, one on a line is only looked at."""
        call = self._choice.find(session_id)
        if call is None:
            return
        self._choice.look_at(session_id if call.line is not None else None)
        if call.line is None and not call.has_focus:
            self.focus_requested.emit(session_id)
        self.show_view(self._view)

    def show_levels(self, levels: Levels) -> None:
        """Move the meters of the conversation in focus, if they are seen."""
        talking = self._view.talking
        if talking is not None:
            self.show_line_levels(talking.record.session_id, levels)

    def show_line_levels(self, session_id: str, levels: Levels) -> None:
        """Move the meters of that conversation, if they are seen."""
        if not self.isMinimized():
            self.strip.show_levels(session_id, levels)
            if self.call_page.session_id == session_id:
                self.call_page.show_levels(levels)

    def show_devices(self, microphones: Sequence[str], speakers: Sequence[str]) -> None:
        """Offer these devices to a call, by their names."""
        self.call_page.device_menu.show_devices(microphones, speakers)

    def offer_privacy_page(self, is_there: bool) -> None:
        """Whether the system has a page where programs are let to the microphone; words about it get a button then."""
        self.call_page.offer_privacy_page(is_there)

    def show_refusal(self, sentence: str) -> None:
        """Say for a while why something that was asked for cannot be done; come up for it, without the focus."""
        self.banners.show_refusal(sentence)
        self._attention.come_up()

    def show_update(self, version: str) -> None:
        """Say, while there is no call, that *version* is there; empty: there is none."""
        self.banners.show_update(version)

    def show_tray_missing(self, is_missing: bool, *, minimized: bool = False) -> None:
        """Be the program's face while nobody shows tray icons, *minimized* at first; explain it in a line."""
        self._has_tray = not is_missing
        self.banners.show_tray_missing(is_missing)
        if is_missing and not self.isVisible():
            self.showMinimized() if minimized else self._attention.come_up()

    def open(self) -> None:
        """Come to the front, with the focus: the operator asked for it."""
        self._attention.stay()
        self._attention.come_up()
        self.raise_()
        self.activateWindow()
        self.opened.emit()

    def restore(self, place: QRect) -> None:
        """Stand where the window stood before, unless no screen shows that place any more."""
        self._place.restore(place)

    # --- pages -----------------------------------------------------------------------------

    def _choose_number(self, number: int) -> None:
        """The conversation that bears this number in the strip, if any does."""
        every = strip_words.conversations(self._view)
        if number <= len(every):
            self._turn_to_call(every[number - 1].session_id)

    def _turn_to_call(self, session_id: str) -> None:
        """Chosen once more, a call on a line gives its place back."""
        if session_id == self._choice.session_id:
            self._choice.look_at(None)
            self.show_view(self._view)
        else:
            self.choose_call(session_id)

    def _show_line_choices(self, view: DeskView) -> None:
        choices = strip_words.line_choices(self._lines, view)
        self.ring_page.show_lines(choices)
        self.waiting.show_lines(choices)

    def _show_page(self, view: DeskView) -> None:
        call = self._choice.call()
        others = [other for other in view.calls if other is not call]
        self.strip.show_view(view, call.record.session_id if call is not None else None)
        if strip_words.is_several(view):
            others = [other for other in others if other.rings_until_s is not None]
        self._show_line_choices(view)
        if call is None:
            self._show_no_call(view)
        elif call.record.status is CallState.RINGING:
            self.ring_page.show_calls(call, others)
            self._turn_to(self.ring_page, self.ring_page.card.first)
        else:
            self.call_page.show_call(call, is_busy=view.is_busy)
            self._turn_to(self.call_page)
        # The ring page has the others beneath its card.
        self.waiting.show_calls([] if self.pages.currentWidget() is self.ring_page else others)

    def _turn_to(self, page: QWidget, focus: QWidget | None = None) -> None:
        """Put *page* up. Unless *focus* says otherwise no button has the focus: Space must not mute by accident."""
        if self.pages.currentWidget() is not page or self.focusWidget() is None:
            if self._is_writing and page is not self.call_page:
                # Mid-sentence: the Enter that was to send it must not answer a call.
                focus, self._deaf_until_s = page, self._clock_s() + DEAF_S
            self.pages.setCurrentWidget(page)
            (focus or page).setFocus()

    def _show_no_call(self, view: DeskView) -> None:
        ended = view.last_ended
        # Nobody at the desk had a call on a line, and asks how it ended, unless it failed.
        is_own = ended is not None and (ended.line is None or ended.outcome is Outcome.FAILED)
        if ended is not None and is_own and ended.outcome not in _READ_ENDINGS:
            if self._is_writing and self.call_page.say.field.text():
                # Nor close what is said of the ending.
                self._deaf_until_s = self._clock_s() + DEAF_S
            self.call_page.show_ended(ended)
            self._turn_to(self.call_page)
        else:
            self.idle_page.show_view(view)
            self._turn_to(self.idle_page)

    def _title(self, view: DeskView) -> str:
        """What goes on; which program it is, Qt adds to every title where the system wants it."""
        return for_other_programs(words.desk_status(view).word) if view.calls else self.tr("Agent Connector")

    # --- time ------------------------------------------------------------------------------

    def _show_time(self) -> None:
        now_s = self._clock_s()
        self.ring_page.show_time(now_s)
        self.waiting.show_time(now_s)
        self.strip.show_time(now_s)
        if self._has_call_page:
            self.call_page.show_time(now_s)
        self.wrap_up.show_time(now_s)

    def _keep_ticking(self) -> None:
        """Tick only while something on screen moves with time."""
        view = self._view
        if not self.isVisible() or self.isMinimized() or not (view.calls or view.wrap_up):
            self._ticker.stop()
            return
        interval_ms = RING_TICK_MS if view.ringing or view.wrap_up else CALL_TICK_MS
        if not self._ticker.isActive() or self._ticker.interval() != interval_ms:
            self._ticker.start(interval_ms)

    # --- the window ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the call, while the panel has the focus."""
        is_plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        if not is_plain or event.isAutoRepeat() or not self._press(event):
            super().keyPressEvent(event)

    def _press(self, event: QKeyEvent) -> bool:
        page, code = self.pages.currentWidget(), Qt.Key(event.key())
        is_over = self._has_call_page and self.call_page.epilogue.isVisibleTo(self)
        if (page is self.ring_page or is_over) and self._clock_s() < self._deaf_until_s:
            return True
        button = None
        if page is self.ring_page:
            button = panel_keys.ring_button(self.ring_page, code)
        elif page is not self.idle_page:
            button = panel_keys.call_button(self.call_page, code)
            if button is None and not is_over:
                return self._press_beside(code)
        if button is not None:
            button.click()
        return button is not None

    def _press_beside(self, code: Qt.Key) -> bool:
        """The keys of a call that press no button."""
        if code in Key.SAY.codes:
            self.call_page.say.field.setFocus()
            return True
        looked_at = self._choice.session_id
        if code in Key.READ.codes and looked_at is not None:
            self._turn_to_call(looked_at)
            return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.WindowStateChange and not self.isMinimized():
            self._show_time()
        if event.type() is QEvent.Type.WindowStateChange:
            self._keep_ticking()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_time()
        self._keep_ticking()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_ticking()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; without a tray there would be no way back, so the window only gets small."""
        event.ignore()
        self._attention.stay()
        if self._has_tray:
            self.hide()
        else:
            self.showMinimized()

    def event(self, event: QEvent) -> bool:
        """Make room as soon as what is shown needs more of it."""
        is_done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            page = self.pages.currentWidget()
            parts = (*self.banners.every, self.wrap_up, self.strip, self.waiting, *([page] if page is not None else []))
            self._place.make_room(parts)
        return is_done
