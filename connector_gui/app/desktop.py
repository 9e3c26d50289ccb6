"""What the operator sees, joined to the switchboard: tray and panel, wishes up, pictures down."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication

from connector_gui.core.hands_free import HotKey
from connector_gui.core.notice import Notice
from connector_gui.core.presence import Wish
from connector_gui.core.ring_surface import RingSurface, Sight, Surface, surfaces
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.update import Update
from connector_gui.core.view import DeskView, Levels
from connector_gui.system import desktop_look
from connector_gui.system.notifications import Notifications
from connector_gui.system.system_notices import system_service
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.card_window import CardWindow
from connector_gui.ui.notices import RING, DeskNotices
from connector_gui.ui.panel import Panel
from connector_gui.ui.settings_pages.contents import SettingsPage
from connector_gui.ui.strip_words import line_choices
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from connector_gui.ui.tray_host import LOGIN_PATIENCE_S, PATIENCE_S, system_tray_host

if TYPE_CHECKING:
    # Not for a cycle, but for time: with these come numpy, aiohttp and the webhook, and the tray is to be there before.
    from connector_gui.app.device_choice import DeviceChoice
    from connector_gui.switchboard import Switchboard

PANEL = "panel"
PAUSE_S: Final = 0.001
"""A timer's: without one Qt would take the next part before it looks for clicks."""

UNSEEN_S: Final = 0.2
"""While the panel is closed, only the bars in the tray follow the levels, and they are drawn less often than that."""


class Desktop(QObject):
    """Tray, panel, call card and notifications. Shown before the rest exists, so that its start is seen at once.

    The tray comes first; panel and card are made by `make_windows`, or as soon as something wants them.

    Attributes:
        at_login: The system has started the program: no window comes up by itself.
    """

    def __init__(self, app: QApplication, places: WindowPlaces, *, at_login: bool = False) -> None:
        super().__init__()
        self.at_login = at_login
        self.theme = Theme(app)
        self.theme.show_system(desktop_look.read_now())
        app.applicationStateChanged.connect(self._on_application_state)
        self.places = places
        self._tray = Tray(self.theme)
        self._notices = DeskNotices()
        self._notifications = Notifications(system_service)
        self._notifications.on_unseen.append(self._on_unseen)
        self._view = DeskView()
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.timeout.connect(lambda: self.show_view(self._view))
        self._update: Update | None = None
        self._ring_surface = RingSurface.CARD_AND_NOTIFICATION
        self._lines: tuple[str, ...] = ()
        # The desktop's panel may itself be starting.
        self._tray_host = system_tray_host(self, LOGIN_PATIENCE_S if at_login else PATIENCE_S)
        self._tray_host.found.connect(self._on_tray_found)
        self._tray_host.missing.connect(self._on_tray_missing)
        self._has_tray = True

    def show(self) -> None:
        """Look for a tray; without one the panel is shown as a window."""
        self._tray_host.start()

    async def make_windows(self) -> None:
        """Make panel and card, a part in each turn of the loop: what comes in between is done in between."""
        for make in (lambda: self._panel, lambda: self._panel.call_page, lambda: self._card):
            await asyncio.sleep(PAUSE_S)
            make()

    @cached_property
    def _panel(self) -> Panel:
        panel = Panel(self.theme)
        panel.opened.connect(self._see_missed)
        panel.news_requested.connect(self._open_news)
        panel.geometry_changed.connect(lambda place: self.places.keep(PANEL, place))
        place = self.places.place(PANEL)
        if place is not None:
            panel.restore(place)
        return panel

    @cached_property
    def _card(self) -> CardWindow:
        return CardWindow(self.theme)

    def hide(self) -> None:
        """Take everything off the screen."""
        self._drawing.stop()
        self._tray.hide()
        self._panel.hide()
        self._card.hide()

    async def run(self) -> None:
        """Keep the system's notifications, and what it asks of our looks, up to date until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._notifications.run(), name="desktop.notifications")
            tasks.create_task(desktop_look.follow(self.theme.show_system), name="desktop.look")

    def use(self, settings: Settings) -> None:
        """Look, and show calls that ring, as *settings* say."""
        self.theme.use(settings.look)
        lines = tuple(line.name for line in settings.desk_rules.lines)
        if lines != self._lines:
            self._lines = lines
            self._panel.show_lines(lines)
            self._card.show_lines(line_choices(lines, self._view))
        if settings.ring_surface is not self._ring_surface:
            self._ring_surface = settings.ring_surface
            self.show_view(self._view)

    def open_panel(self) -> None:
        """Bring the panel to the front."""
        self._panel.open()

    def show_view_soon(self, view: DeskView) -> None:
        """Show the desk as it is now, once whoever tells of it has done the rest: no caller waits for windows.

        Of several pictures at once the last is shown.
        """
        self._view = view
        if not self._drawing.isActive():
            self._drawing.start()

    def show_view(self, view: DeskView) -> None:
        """Show the desk as it is now."""
        self._view = view
        sight = self._sight(view)
        shown = surfaces(self._ring_surface, sight)
        self._tray.show_view(view)
        self._panel.show_rings(Surface.PANEL in shown)
        self._panel.show_view(view)
        self._card.show_lines(line_choices(self._lines, view))
        # Who has the panel before them sees the same card there.
        has_card = Surface.CARD in shown and not self._panel.isActiveWindow()
        self._card.show_calls(
            view.ringing if has_card else (), self._tray.place, below_notices=Surface.NOTIFICATION in shown
        )
        # Tried again for each call, too, where the last one could not be shown.
        hoped = surfaces(self._ring_surface, replace(sight, can_notify=True))
        self._notifications.show(self._notices.notices(view, with_ring=Surface.NOTIFICATION in hoped))

    def show_levels(self, levels: Levels) -> float:
        """Move the meters; for how many seconds nobody needs another picture."""
        self._tray.show_levels(levels)
        self._panel.show_levels(levels)
        return 0.0 if self._panel.isVisible() else UNSEEN_S

    def show_line_levels(self, session_id: str, levels: Levels) -> None:
        """Move the meters of a conversation on a line."""
        if self._panel.isVisible():
            self._panel.show_line_levels(session_id, levels)

    def choose_call(self, session_id: str) -> None:
        """Bring that conversation before the operator: one on a line by the panel, which alone shows it."""
        call = next((call for call in self._view.calls if call.record.session_id == session_id), None)
        if call is not None:
            self._panel.choose_call(session_id)
            if call.line is not None:
                self._panel.open()

    def tell(self, sentence: str) -> None:
        """Say for a while why something cannot be done."""
        self._panel.show_refusal(sentence)

    def show_update(self, update: Update | None) -> None:
        """Say quietly that there is a newer version; ``None``: there is none."""
        if update != self._update:
            self._update = update
            self._panel.show_update(update.version if update is not None else "")

    def offer_privacy_page(self, address: str | None) -> None:
        """Let the operator open the system's page at *address*, where programs are let to the microphone, if any."""
        self._panel.offer_privacy_page(address is not None)
        if address is not None:
            self._panel.privacy_page_requested.connect(lambda: QDesktopServices.openUrl(QUrl(address)))

    def join_devices(self, devices: DeviceChoice) -> None:
        """Connect the devices that are chosen in the panel to whoever lists and keeps them."""
        panel = self._panel
        panel.devices_wanted.connect(devices.look)
        panel.microphone_chosen.connect(lambda name: devices.choose("input_device", name))
        panel.speaker_chosen.connect(lambda name: devices.choose("output_device", name))
        devices.on_choice.append(panel.call_page.device_menu.show_choice)
        devices.on_devices.append(panel.show_devices)
        devices.on_problem.append(self.tell)

    def show_hot_keys(self, hot_keys: Mapping[HotKey, Shortcut]) -> None:
        """Name in the tray's menu the keys that do the same everywhere."""
        self._tray.menu.show_hot_keys(hot_keys)

    def join_setup(self, open_setup: Callable[[], None]) -> None:
        """Open the guided start from the menus."""
        for source in (self._tray, self._panel):
            source.setup_requested.connect(open_setup)

    def join(
        self,
        board: Switchboard,
        stop: asyncio.Event,
        open_settings: Callable[[SettingsPage | None], None],
        open_history: Callable[[], None],
        open_activity: Callable[[], None],
        open_status: Callable[[], None],
    ) -> None:
        """Connect every wish to whoever fulfils it."""
        tray, panel, card = self._tray, self._panel, self._card
        tray.clicked.connect(board.tray_clicked)
        tray.panel_requested.connect(panel.open)
        tray.call_chosen.connect(self.choose_call)
        panel.focus_requested.connect(board.focus_on)
        for places in (panel, card):
            places.line_requested.connect(lambda call, action, line: board.act_at_desk(call, Action(action), line))
        panel.recording_requested.connect(board.set_recording)
        panel.text_entered.connect(board.message_at_desk)
        panel.typing.connect(board.typing_at_desk)
        panel.approval_answered.connect(board.answer_approval)
        panel.turn_rated.connect(board.rate_turn)
        panel.volume_chosen.connect(board.set_volume)
        panel.dismiss_requested.connect(board.views.dismiss_ended)
        for asks in (tray, panel, card):
            asks.action_requested.connect(lambda session_id, action: board.act_at_desk(session_id, Action(action)))
        for rings in (panel, card):
            rings.ring_on_requested.connect(board.let_ring)
        for source in (tray, panel):
            source.practice_call_requested.connect(board.practise)
            source.presence_requested.connect(lambda wish: board.set_presence(Wish(wish)))
            source.devices_requested.connect(lambda: open_settings(SettingsPage.SOUND))
            source.history_requested.connect(open_history)
            source.activity_requested.connect(open_activity)
            source.status_requested.connect(open_status)
            source.settings_requested.connect(lambda: open_settings(None))
            source.quit_requested.connect(stop.set)
        self._notifications.on_pressed.append(
            lambda key, button: self._on_notice(key, button, board.act_at_desk, open_history)
        )
        board.views.on_view.append(self.show_view_soon)
        board.views.on_refusal.append(self.tell)
        board.views.on_open_panel.append(panel.open)

    def _sight(self, view: DeskView) -> Sight:
        return Sight(
            # Wayland lets no program place or raise its windows.
            can_raise=not QGuiApplication.platformName().startswith("wayland"),
            can_notify=self._notifications.can_show,
            is_talking=view.talking is not None,
        )

    def _on_notice(
        self, key: str, button: str, act: Callable[[str, Action], None], open_history: Callable[[], None]
    ) -> None:
        """A notification was answered, or clicked to see more."""
        is_ring = key.startswith(RING)
        if is_ring and button in {Action.ACCEPT, Action.DECLINE}:
            act(key.removeprefix(RING), Action(button))
        elif is_ring:
            self._panel.open()
        else:
            self._see_missed()
            open_history()

    def _on_unseen(self, notice: Notice) -> None:
        """The system did not show *notice*: say it at the tray icon, and let another window show the ring."""
        self._tray.show_message(notice.title, notice.text)
        self.show_view(self._view)

    def _open_news(self) -> None:
        if self._update is not None:
            QDesktopServices.openUrl(QUrl(self._update.url))
        self._panel.show_update("")  # read; the next start says it again

    def _see_missed(self) -> None:
        self._tray.mark_missed_seen()
        self._notices.mark_seen()
        self.show_view(self._view)

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        """Windows and macOS tell nobody that their settings changed, but who changes them comes back after that."""
        if state is Qt.ApplicationState.ApplicationActive and sys.platform in {"win32", "darwin"}:
            self.theme.show_system(desktop_look.read_now())

    def _on_tray_found(self) -> None:
        self._tray.show()
        if not self._has_tray:
            self._has_tray = True
            self._panel.show_tray_missing(False)

    def _on_tray_missing(self) -> None:
        self._has_tray = False
        self._panel.show_tray_missing(True, minimized=self.at_login)
