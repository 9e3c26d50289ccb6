"""The call panel: the one window that shows the desk, whatever it is doing.

Which page stands in it follows from the view: the conversation in focus, else the call that rings, else a held
one, else the ending that has not been read yet, else the idle page. Calls on lines run beside all that, in the
strip; one of them stands in the panel where the operator chose it, until they choose another or a call rings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.presence import Wish
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, DeskView, Levels
from connector_gui.ui import presence_words, strip_words, words
from connector_gui.ui.call_page import CallPage
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import app_icon
from connector_gui.ui.idle_page import IdlePage
from connector_gui.ui.plain_text import for_other_programs, one_line
from connector_gui.ui.ring_page import RingPage
from connector_gui.ui.shortcuts import MOST_CALLS, Key
from connector_gui.ui.theme import GAP_L, GAP_M, WINDOW_PADDING, Theme
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.call_strip import CallStrip
from connector_gui.ui.widgets.waiting_calls import WaitingCalls
from connector_gui.ui.widgets.wrap_up_bar import WrapUpBar

DEFAULT_SIZE: Final = QSize(420, 640)
SMALLEST_SIZE: Final = QSize(380, 480)
RING_TICK_MS: Final = 250
CALL_TICK_MS: Final = 1_000
SETTLE_MS: Final = 500
"""A window that is being moved is not remembered at every step."""
DEAF_S: Final = 1.5
"""How long the keys of a ringing call do nothing where somebody was just writing."""
REFUSAL_MS: Final = 8_000

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
        self._chosen: str | None = None
        """The call on a line that the operator wants before them."""
        self._lines: tuple[str, ...] = ()
        self._has_tray = True
        self._comes_up_for_rings = True
        self._new_version = ""
        self._is_shown_for_ring = False
        self._announced: frozenset[str] = frozenset()
        self._told_failure: str | None = None
        self._deaf_until_s = float("-inf")
        self._questions_told: frozenset[tuple[str, str]] = frozenset()
        self._place: QRect | None = None
        self._has_grown = False
        self.setWindowIcon(app_icon())
        self.setMinimumSize(SMALLEST_SIZE)
        # A call that rings must not take the keyboard from somebody who types elsewhere.
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._ticker = self._timer(self._show_time)
        self._settle = self._timer(self._tell_geometry, after_ms=SETTLE_MS)
        self._refusal_over = self._timer(lambda: self.refusal.show_text(""), after_ms=REFUSAL_MS)
        self._make_parts()
        self._lay_out()
        self._give_keys()
        self.show_view(self._view)

    def _timer(self, then: Callable[[], object], after_ms: int | None = None) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(then)
        if after_ms is not None:
            timer.setSingleShot(True)
            timer.setInterval(after_ms)
        return timer

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

        self.no_tray = Banner("banner", parent=self)
        self.practice = Banner("banner", self.tr("Add a key"), parent=self)
        self.practice.action_requested.connect(self.settings_requested)
        self.problems = Banner("warning", self.tr("Settings"), parent=self)
        self.problems.action_requested.connect(self.settings_requested)
        self.do_not_disturb = Banner("warning", self.tr("Take calls"), parent=self)
        self.do_not_disturb.action_requested.connect(lambda: self.presence_requested.emit(Wish.TAKE_CALLS))
        self.wrap_up = WrapUpBar(self._theme, self)
        self.wrap_up.presence_requested.connect(self.presence_requested)
        self.refusal = Banner("warning", parent=self)
        self.news = Banner("banner", self.tr("See what is new"), parent=self)
        self.news.action_requested.connect(self.news_requested)

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

    def _lay_out(self) -> None:
        for page in (self.idle_page, self.ring_page):
            page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_M)
        for banner in self.banners:
            column.addWidget(banner)
        column.addWidget(self.wrap_up)
        column.addWidget(self.strip)
        column.addWidget(self.waiting)
        column.addWidget(self.pages, 1)

    @property
    def banners(self) -> tuple[Banner, ...]:
        """All lines above the page, shown or not."""
        return (self.no_tray, self.refusal, self.problems, self.do_not_disturb, self.practice, self.news)

    # --- what is shown ---------------------------------------------------------------------

    def show_view(self, view: DeskView) -> None:
        """Show the desk as *view* has it; by `show_rings`, come up without the focus when a call begins to ring."""
        self._mind_chosen(view, self._view)
        self._view = view
        self.menu.show_view(view)
        self.setWindowTitle(self._title(view))
        self._show_page(view)
        self._show_banners(view)
        self._show_time()
        self._keep_ticking()
        self._mind_ringing(view)
        self._mind_failure(view)
        self._mind_questions(view)

    def show_rings(self, is_wanted: bool) -> None:
        """Whether the panel comes up, above all windows, for calls that ring; otherwise it stays where it is."""
        self._comes_up_for_rings = is_wanted

    def show_lines(self, names: Sequence[str]) -> None:
        """Offer to accept calls on the lines of these *names*, and to move them there."""
        self._lines = tuple(names)
        self.strip.show_lines(names)
        self._show_line_choices(self._view)

    def choose_call(self, session_id: str) -> None:
        """Show that conversation: one that is held at the desk is resumed, one on a line is only looked at."""
        call = next((call for call in self._view.calls if call.record.session_id == session_id), None)
        if call is None or call.rings_until_s is not None:
            return
        if call.line is not None:
            self._chosen = session_id
        else:
            self._chosen = None
            if not call.has_focus:
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
        self.refusal.show_text(one_line(shown(sentence), 300))
        self._refusal_over.start()
        self._come_up()

    def show_update(self, version: str) -> None:
        """Say, while there is no call, that *version* is there; empty: there is none."""
        self._new_version = one_line(version, 64)
        self._show_banners(self._view)

    def show_tray_missing(self, is_missing: bool, *, minimized: bool = False) -> None:
        """Be the program's face while nobody shows tray icons, *minimized* at first; explain it in a line."""
        self._has_tray = not is_missing
        explanation = self.tr(
            "This desktop shows no tray icons, so the program stays in this window. "
            "On GNOME the AppIndicator extension brings them back."
        )
        self.no_tray.show_text(explanation if is_missing else "")
        if is_missing and not self.isVisible():
            self.showMinimized() if minimized else self._come_up()

    def open(self) -> None:
        """Come to the front, with the focus: the operator asked for it."""
        self._is_shown_for_ring = False
        self._come_up()
        self.raise_()
        self.activateWindow()
        self.opened.emit()

    def restore(self, place: QRect) -> None:
        """Stand where the window stood before, unless no screen shows that place any more."""
        if any(screen.availableGeometry().intersects(place) for screen in QGuiApplication.screens()):
            self._place = place

    # --- pages -----------------------------------------------------------------------------

    def _choose_number(self, number: int) -> None:
        """The conversation that bears this number in the strip, if any does."""
        every = strip_words.conversations(self._view)
        if number <= len(every):
            self._turn_to_call(every[number - 1].session_id)

    def _turn_to_call(self, session_id: str) -> None:
        """Chosen once more, a call on a line gives its place back."""
        if session_id == self._chosen:
            self._chosen = None
            self.show_view(self._view)
        else:
            self.choose_call(session_id)

    def _call_to_show(self, view: DeskView) -> CallView | None:
        """The call that stands in the panel; ``None``: no call is the operator's."""
        chosen = next((call for call in view.calls if call.record.session_id == self._chosen), None)
        if chosen is not None and chosen.line is not None:
            return chosen
        self._chosen = None
        at_desk = [call for call in view.calls if call.line is None]
        held = next((call for call in at_desk if call.record.status is CallState.HELD), None)
        return view.talking or next(iter(view.ringing), None) or held or next(iter(at_desk), None)

    def _mind_chosen(self, view: DeskView, before: DeskView) -> None:
        """A call that comes to the desk, or rings there, takes the place of one on a line that was looked at."""
        now, then = view.talking, before.talking
        is_other = now is not None and (then is None or then.record.session_id != now.record.session_id)
        known = {call.record.session_id for call in before.ringing}
        has_news = any(call.record.session_id not in known for call in view.ringing)
        if is_other or (has_news and now is None):
            self._chosen = None

    def _show_line_choices(self, view: DeskView) -> None:
        choices = strip_words.line_choices(self._lines, view)
        self.ring_page.show_lines(choices)
        self.waiting.show_lines(choices)

    def _show_page(self, view: DeskView) -> None:
        call = self._call_to_show(view)
        others = [other for other in view.calls if other is not call]
        self.strip.show_view(view, call.record.session_id if call is not None else None)
        if strip_words.is_several(view):
            others = [other for other in others if other.rings_until_s is not None]
        self._show_line_choices(view)
        if call is None:
            self._show_no_call(view)
        elif call.record.status is CallState.RINGING:
            self.ring_page.show_calls(call, others)
            self._turn_to(self.ring_page, self.ring_page.card.accept)
        else:
            self.call_page.show_call(call, is_busy=view.is_busy)
            self._turn_to(self.call_page)
        # The ring page has the others beneath its card.
        self.waiting.show_calls([] if self.pages.currentWidget() is self.ring_page else others)

    def _turn_to(self, page: QWidget, focus: QWidget | None = None) -> None:
        """Put *page* up. Unless *focus* says otherwise no button has the focus: Space must not mute by accident."""
        if self.pages.currentWidget() is not page or self.focusWidget() is None:
            if self._has_call_page and self.call_page.say.has_focus and page is not self.call_page:
                # Mid-sentence: the Enter that was to send it must not answer a call.
                focus, self._deaf_until_s = page, self._clock_s() + DEAF_S
            self.pages.setCurrentWidget(page)
            (focus or page).setFocus()

    def _show_no_call(self, view: DeskView) -> None:
        ended = view.last_ended
        # Nobody at the desk had a call on a line, and asks how it ended, unless it failed.
        is_own = ended is not None and (ended.line is None or ended.outcome is Outcome.FAILED)
        if ended is not None and is_own and ended.outcome not in _READ_ENDINGS:
            self.call_page.show_ended(ended)
            self._turn_to(self.call_page)
        else:
            self.idle_page.show_view(view)
            self._turn_to(self.idle_page)

    def _show_banners(self, view: DeskView) -> None:
        practice = self.tr("Practice mode: the built-in agent answers, because no ElevenLabs key is stored.")
        self.practice.show_text(practice if view.is_practice else "")
        self.problems.show_text("\n".join(one_line(shown(problem), 300) for problem in view.problems))
        # The idle page says it by itself, larger.
        is_told = self.pages.currentWidget() is self.idle_page
        is_on = view.is_do_not_disturb and not is_told
        self.do_not_disturb.show_text(presence_words.no_calls(view, self._now()) if is_on else "")
        self.wrap_up.show_wrap_up(view.wrap_up)
        news = self.tr("Version {version} is there.").format(version=self._new_version)
        self.news.show_text(news if self._new_version and not view.calls else "")

    def _title(self, view: DeskView) -> str:
        name = self.tr("Agent Connector")
        return f"{for_other_programs(words.desk_status(view).word)} – {name}" if view.calls else name

    # --- ringing ---------------------------------------------------------------------------

    def _mind_ringing(self, view: DeskView) -> None:
        ringing = frozenset(call.record.session_id for call in view.ringing)
        has_news = bool(ringing - self._announced)
        self._announced = ringing
        self._stay_on_top()
        if has_news and self._comes_up_for_rings:
            self._come_up_for_ring()
        elif has_news and self.isVisible():
            QApplication.alert(self, self._rings_for_ms(view))
        elif self._is_shown_for_ring and not view.is_at_desk and self.pages.currentWidget() is self.idle_page:
            # It came by itself and nobody used it: it goes by itself.
            self.hide()

    def _mind_failure(self, view: DeskView) -> None:
        """Come up once for a call that failed, since the tray cannot say why."""
        ended = view.last_ended
        failed = ended.session_id if ended is not None and ended.outcome is Outcome.FAILED else None
        if failed is not None and failed != self._told_failure and not view.is_at_desk:
            self._come_up()
        self._told_failure = failed

    def _mind_questions(self, view: DeskView) -> None:
        """Come up for a tool that the agent may use only with the operator's word, while it can still be said."""
        questions = frozenset(
            (call.record.session_id, one.approval.tool_call_id) for call in view.calls for one in call.approvals
        )
        if questions - self._questions_told:
            self._come_up()
            QApplication.alert(self)
        self._questions_told = questions

    def _come_up_for_ring(self) -> None:
        if not self.isVisible():
            self._is_shown_for_ring = True
        self._come_up()
        self.raise_()
        QApplication.alert(self, self._rings_for_ms(self._view))

    def _rings_for_ms(self, view: DeskView) -> int:
        """How long the taskbar flashes: no longer than it rings."""
        until_s = max((call.rings_until_s or 0.0 for call in view.ringing), default=0.0)
        # 0 would be for ever.
        return max(1, round(1000 * (until_s - self._clock_s())))

    def _come_up(self) -> None:
        if self.isVisible() and not self.isMinimized():
            return
        if self._place is None:
            self._place = self._first_place()
        if self.isMinimized():
            # A window that is unfolded takes the focus; a new one, shown, does not.
            self.hide()
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
            self.destroy()
        else:
            self.setGeometry(self._place)
        self.show()

    def _stay_on_top(self) -> None:
        """Stand above all windows while a call rings, and not longer."""
        if not self.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            return
        handle = self.windowHandle()
        # Only a window that is on the screen: what is asked before, X11 window managers forget as they show it.
        rings = self._comes_up_for_rings and bool(self._view.ringing) and self._view.talking is None
        is_wanted = handle.isExposed() and rings
        # Of the window, not the widget: Qt would hide and show a widget to change it.
        if is_wanted != bool(handle.flags() & Qt.WindowType.WindowStaysOnTopHint):
            handle.setFlag(Qt.WindowType.WindowStaysOnTopHint, is_wanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watches the native window, which alone is told when it reaches the screen."""
        if event.type() is QEvent.Type.Expose:
            self._stay_on_top()
        return super().eventFilter(watched, event)

    @staticmethod
    def _first_place() -> QRect:
        """The bottom right corner of the first screen, near most trays."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        size = DEFAULT_SIZE.boundedTo(room.size())
        corner = room.bottomRight() - QPoint(size.width() + GAP_L, size.height() + 3 * GAP_L)
        return QRect(corner, size)

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
        page, key = self.pages.currentWidget(), Qt.Key(event.key())
        if page is self.ring_page and self._clock_s() < self._deaf_until_s:
            return True
        buttons: dict[Key, QPushButton] = {}
        if page is self.ring_page:
            card = self.ring_page.card
            buttons = {Key.ACCEPT: card.accept, Key.DECLINE: card.decline, Key.LET_RING: card.not_now}
            if card.lines.isVisibleTo(self):
                buttons[Key.ACCEPT_ON] = card.lines
        elif self.call_page.epilogue.isVisibleTo(self):
            buttons = {Key.READ: self.call_page.done}
        elif page is self.call_page:
            buttons = {
                Key.MUTE: self.call_page.mute,
                Key.HOLD: self.call_page.hold,
                Key.RECORD: self.call_page.record,
            }
            if key in Key.SAY.codes:
                self.call_page.say.field.setFocus()
                return True
            if key in Key.READ.codes and self._chosen is not None:
                self._turn_to_call(self._chosen)
                return True
        button = next((button for one, button in buttons.items() if key in one.codes), None)
        if button is not None:
            button.click()
        return button is not None

    def changeEvent(self, event: QEvent) -> None:
        # Somebody uses the window that came up by itself: now it stays.
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._is_shown_for_ring = False
        if event.type() is QEvent.Type.WindowStateChange and not self.isMinimized():
            self._show_time()
        if event.type() is QEvent.Type.WindowStateChange:
            self._keep_ticking()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Qt makes a new native window when it likes; a filter that is there already is moved, not doubled.
        self.windowHandle().installEventFilter(self)
        self._show_time()
        self._keep_ticking()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_ticking()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; without a tray there would be no way back, so the window only gets small."""
        event.ignore()
        self._is_shown_for_ring = False
        if self._has_tray:
            self.hide()
        else:
            self.showMinimized()

    def event(self, event: QEvent) -> bool:
        """Make room as soon as what is shown needs more of it."""
        is_done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._make_room()
        return is_done

    def _make_room(self) -> None:
        """Be no lower than what is shown now, as far as the screen goes: else its parts would lie on each other.

        Qt sees to that for windows whose smallest size nobody has set, but asks pages that are not shown, too, and
        not how high words are at the width that they have.
        """
        every: tuple[QWidget | None, ...] = (
            *self.banners, self.wrap_up, self.strip, self.waiting, self.pages.currentWidget(),
        )  # fmt: skip
        width_px = self.width() - 2 * WINDOW_PADDING
        heights = [_least_height(part, width_px) for part in every if part is not None and part.isVisibleTo(self)]
        needed_px = sum(heights) + GAP_M * (len(heights) - 1) + 2 * WINDOW_PADDING
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        room_px = screen.height() - (frame.height() - self.height())
        before_px = self.height()
        self.setMinimumHeight(min(max(SMALLEST_SIZE.height(), needed_px), room_px))
        if self.height() > before_px:
            self._has_grown = True
            self._stay_on_screen()

    def _stay_on_screen(self) -> None:
        """Move up where growing has brought the lower edge below the screen."""
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        below_px = frame.bottom() - screen.bottom()
        if below_px > 0:
            self.move(self.x(), max(screen.top(), frame.top() - below_px))

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._settle.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    def _tell_geometry(self) -> None:
        if self._has_grown:
            # How wide its frame is, a window manager may have told only now.
            self._has_grown = False
            self._stay_on_screen()
        if self.isVisible() and not self.isMinimized() and self.geometry() != self._place:
            self._place = self.geometry()
            self.geometry_changed.emit(self._place)


def _least_height(part: QWidget, width_px: int) -> int:
    """How high *part* has to be at that width, in px."""
    layout = part.layout()
    if layout is None:
        return part.minimumSizeHint().height()
    return max(layout.totalMinimumSize().height(), layout.totalMinimumHeightForWidth(width_px))
