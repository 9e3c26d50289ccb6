"""When the panel comes up by itself, how long it stays above other windows, and when it goes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from connector_gui.core.call import Outcome
from connector_gui.core.view import DeskView
from connector_gui.ui.panel_place import PanelPlace


class PanelAttention(QObject):
    """Brings *panel* before the operator, without the focus, for what they must not miss."""

    def __init__(self, panel: QWidget, place: PanelPlace, clock_s: Callable[[], float]) -> None:
        """*clock_s* is the clock of `CallView`."""
        super().__init__(panel)
        self._panel = panel
        self._place = place
        self._clock_s = clock_s
        self._view = DeskView()
        self._comes_up_for_rings = True
        self._is_shown_for_ring = False
        self._announced: frozenset[str] = frozenset()
        self._told_failure: str | None = None
        self._questions_told: frozenset[tuple[str, str]] = frozenset()
        # A call that rings must not take the keyboard from somebody who types elsewhere.
        panel.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        panel.installEventFilter(self)

    def show_rings(self, is_wanted: bool) -> None:
        """Whether the panel comes up, above all windows, for calls that ring; otherwise it stays where it is."""
        self._comes_up_for_rings = is_wanted

    def show_view(self, view: DeskView, *, is_idle: bool) -> None:
        """Come up for what is new in *view*; *is_idle*: the panel has nothing to show but that it is ready."""
        self._view = view
        self._mind_ringing(view, is_idle)
        self._mind_failure(view)
        self._mind_questions(view)

    def come_up(self) -> None:
        """Be on the screen, without the focus."""
        panel = self._panel
        if panel.isVisible() and not panel.isMinimized():
            return
        if panel.isMinimized():
            # A window that is unfolded takes the focus; a new one, shown, does not.
            panel.hide()
            panel.setWindowState(panel.windowState() & ~Qt.WindowState.WindowMinimized)
            panel.destroy()
        else:
            self._place.take()
        panel.show()

    def stay(self) -> None:
        """Do not go by itself: somebody uses the panel, or has put it away themselves."""
        self._is_shown_for_ring = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watches the panel, and its native window, which alone is told when it reaches the screen."""
        if watched is not self._panel:
            if event.type() is QEvent.Type.Expose:
                self._stay_on_top()
        elif event.type() is QEvent.Type.Show:
            # Qt makes a new native window when it likes; a filter that is there already is moved, not doubled.
            self._panel.windowHandle().installEventFilter(self)
        elif event.type() is QEvent.Type.ActivationChange and self._panel.isActiveWindow():
            self.stay()
        return super().eventFilter(watched, event)

    def _mind_ringing(self, view: DeskView, is_idle: bool) -> None:
        ringing = frozenset(call.record.session_id for call in view.ringing)
        has_news = bool(ringing - self._announced)
        self._announced = ringing
        self._stay_on_top()
        if has_news and self._comes_up_for_rings:
            self._come_up_for_ring()
        elif has_news and self._panel.isVisible():
            QApplication.alert(self._panel, self._rings_for_ms())
        elif self._is_shown_for_ring and not view.is_at_desk and is_idle:
            # It came by itself and nobody used it: it goes by itself.
            self._panel.hide()

    def _mind_failure(self, view: DeskView) -> None:
        """Come up once for a call that failed, since the tray cannot say why."""
        ended = view.last_ended
        failed = ended.session_id if ended is not None and ended.outcome is Outcome.FAILED else None
        if failed is not None and failed != self._told_failure and not view.is_at_desk:
            self.come_up()
        self._told_failure = failed

    def _mind_questions(self, view: DeskView) -> None:
        """Come up for a tool that the agent may use only with the operator's word, while it can still be said."""
        questions = frozenset(
            (call.record.session_id, one.approval.tool_call_id) for call in view.calls for one in call.approvals
        )
        if questions - self._questions_told:
            self.come_up()
            QApplication.alert(self._panel)
        self._questions_told = questions

    def _come_up_for_ring(self) -> None:
        if not self._panel.isVisible():
            self._is_shown_for_ring = True
        self.come_up()
        self._panel.raise_()
        QApplication.alert(self._panel, self._rings_for_ms())

    def _rings_for_ms(self) -> int:
        """How long the taskbar flashes: no longer than it rings."""
        until_s = max((call.rings_until_s or 0.0 for call in self._view.ringing), default=0.0)
        # 0 would be for ever.
        return max(1, round(1000 * (until_s - self._clock_s())))

    def _stay_on_top(self) -> None:
        """Stand above all windows while a call rings, and not longer."""
        if not self._panel.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            return
        handle = self._panel.windowHandle()
        # Only a window that is on the screen: what is asked before, X11 window managers forget as they show it.
        rings = self._comes_up_for_rings and bool(self._view.ringing) and self._view.talking is None
        is_wanted = handle.isExposed() and rings
        # Of the window, not the widget: Qt would hide and show a widget to change it.
        if is_wanted != bool(handle.flags() & Qt.WindowType.WindowStaysOnTopHint):
            handle.setFlag(Qt.WindowType.WindowStaysOnTopHint, is_wanted)
