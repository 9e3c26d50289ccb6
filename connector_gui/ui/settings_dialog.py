"""The settings dialog: pages of rows, a list of their names beside them, and a search over all of them.

A page is made when it is first wanted: all at once would keep the main thread for a third of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QStackedWidget, QVBoxLayout, QWidget

from connector_gui.core.hands_free import HeadsetProblem, HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.ui.first_size import fit_screen
from connector_gui.ui.settings_face import SettingsFace
from connector_gui.ui.settings_pages.advanced_page import AdvancedPage
from connector_gui.ui.settings_pages.appearance_page import AppearancePage
from connector_gui.ui.settings_pages.calls_page import CallsPage
from connector_gui.ui.settings_pages.contents import SYMBOLS, Hit, SettingsPage, find, page_title
from connector_gui.ui.settings_pages.elevenlabs_page import ElevenLabsPage
from connector_gui.ui.settings_pages.found_page import FoundPage
from connector_gui.ui.settings_pages.keyboard_page import KeyboardPage
from connector_gui.ui.settings_pages.lines_page import LinesPage
from connector_gui.ui.settings_pages.page import Page
from connector_gui.ui.settings_pages.privacy_page import PrivacyPage
from connector_gui.ui.settings_pages.sound_page import SoundPage
from connector_gui.ui.settings_pages.webhook_page import WebhookPage
from connector_gui.ui.symbols import Symbol, symbol_icon
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_M, GAP_XL, GAP_XS, WINDOW_PADDING, Theme, set_role
from connector_gui.ui.tokens import SYMBOL_SIZE

__all__ = ["DEFAULT_SIZE", "SettingsDialog", "SettingsPage"]

LIST_WIDTH: Final = 184
AROUND_NAME: Final = 38
"""What stands beside a page's name in the list, without its symbol: padding, borders and gaps."""
DEFAULT_SIZE: Final = (824, 664)

_MAKERS: Final[Mapping[SettingsPage, Callable[[Theme, QWidget], Page]]] = {
    SettingsPage.SOUND: SoundPage,
    SettingsPage.CALLS: CallsPage,
    SettingsPage.LINES: LinesPage,
    SettingsPage.WEBHOOK: WebhookPage,
    SettingsPage.ELEVENLABS: ElevenLabsPage,
    SettingsPage.PRIVACY: PrivacyPage,
    SettingsPage.APPEARANCE: AppearancePage,
    SettingsPage.KEYBOARD: KeyboardPage,
    SettingsPage.ADVANCED: AdvancedPage,
}


class SettingsDialog(SettingsFace):
    """Changes apply at once; there is no OK and no Cancel. It hides when it is closed.

    Signals:
        hot_key_recording: A combination is being chosen, or no longer: hot keys must not act meanwhile.
    """

    hot_key_recording = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setWindowTitle(self.tr("Settings"))
        self._made: dict[SettingsPage, Page] = {}
        self.search = QLineEdit()
        self.names = QListWidget()
        self.pages = QStackedWidget()
        self.found = FoundPage(theme)
        self._lay_out()
        self._join_search()
        theme.changed.connect(self._dress)
        self._dress()
        width, height = DEFAULT_SIZE
        self.resize(width + self.names.width() - LIST_WIDTH, height)

    # --- pages -----------------------------------------------------------------------------

    def page(self, which: SettingsPage) -> Page:
        """The page, made now if nobody wanted it before."""
        if which not in self._made:
            # Made where it will stand: what moves in with all its parts is dressed once more.
            page = self._made[which] = self.adopt(_MAKERS[which](self._theme, self.pages))
            self.pages.addWidget(page)
            if isinstance(page, KeyboardPage):
                page.recording.connect(self.hot_key_recording)
        return self._made[which]

    @property
    def sound(self) -> SoundPage:
        """The page of devices, ring and voice."""
        return cast("SoundPage", self.page(SettingsPage.SOUND))

    @property
    def webhook(self) -> WebhookPage:
        """The page of the webhook."""
        return cast("WebhookPage", self.page(SettingsPage.WEBHOOK))

    @property
    def elevenlabs(self) -> ElevenLabsPage:
        """The page of the key."""
        return cast("ElevenLabsPage", self.page(SettingsPage.ELEVENLABS))

    @property
    def keyboard(self) -> KeyboardPage:
        """The page of hot keys and headset buttons."""
        return cast("KeyboardPage", self.page(SettingsPage.KEYBOARD))

    @property
    def advanced(self) -> AdvancedPage:
        """The page of log and files."""
        return cast("AdvancedPage", self.page(SettingsPage.ADVANCED))

    def _lay_out(self) -> None:
        for page in SettingsPage:
            self.names.addItem(page_title(page))
        set_role(self.names, role="pages")
        self.names.setAccessibleName(self.tr("Pages"))
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search the settings"))
        self.search.setToolTip(QKeySequence(QKeySequence.StandardKey.Find).toString())
        self._symbol = self.search.addAction(
            symbol_icon(Symbol.SEARCH, SYMBOL_SIZE, self._theme.colours.muted),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        self._clear = self.search.addAction(
            symbol_icon(Symbol.DECLINE, SYMBOL_SIZE, self._theme.colours.text),
            QLineEdit.ActionPosition.TrailingPosition,
        )
        self._clear.setToolTip(self.tr("Clear"))
        self._clear.setVisible(False)
        self._clear.triggered.connect(self.search.clear)
        self.pages.addWidget(QWidget())  # until there is a page
        self.pages.addWidget(self.found)
        left, column, row = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(self)
        left.setContentsMargins(0, 0, 0, WINDOW_PADDING)
        left.setSpacing(GAP_M)
        left.addWidget(self.search)
        left.addWidget(self.names, 1)
        banner = QHBoxLayout()
        banner.setContentsMargins(0, 0, GAP_M, 0)
        banner.addWidget(self.problem)
        column.setSpacing(GAP_M)
        column.addLayout(banner)
        column.addWidget(self.pages, 1)
        row.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, GAP_XS, 0)
        row.setSpacing(GAP_XL)
        row.addLayout(left)
        row.addLayout(column, 1)

    # --- search ----------------------------------------------------------------------------

    def _join_search(self) -> None:
        self.names.currentRowChanged.connect(self._turn_to)
        # A click on the page that is chosen already leaves the search.
        self.names.itemClicked.connect(lambda _item: self._turn_to(self.names.currentRow()))
        self.search.textChanged.connect(self._look_for)
        self.search.returnPressed.connect(self.found.choose_current)
        self.search.installEventFilter(self)
        self.found.chosen.connect(self.reveal)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self._to_search)

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _look_for(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if not text.strip():
            self._turn_to(self.names.currentRow())
            return
        self.found.show_hits(text, find(text))
        self.pages.setCurrentWidget(self.found)
        # No page is on the screen now; which was, is still the current one.
        self.names.clearSelection()

    def _turn_to(self, row: int) -> None:
        if row < 0:
            return
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._clear.setVisible(False)
        self.names.item(row).setSelected(True)
        self.pages.setCurrentWidget(self.page(SettingsPage(row)))

    def reveal(self, hit: Hit) -> None:
        """Go to a setting that was found."""
        self.names.setCurrentRow(hit.page)
        self._turn_to(hit.page)
        self.page(hit.page).reveal(hit.name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move through what was found while one types on; Escape ends the search, then closes."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: +1, Qt.Key.Key_Up: -1}
            key = Qt.Key(event.key())
            if key in steps:
                self.found.step(steps[key])
                return True
            if key == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    # --- the window ------------------------------------------------------------------------

    def open_at(self, page: SettingsPage | None = None) -> None:
        """Come to the front, at *page* or where it was left."""
        row = page if page is not None else max(0, self.names.currentRow())
        self.names.setCurrentRow(row)
        self._turn_to(row)
        if not self.isVisible():
            self.names.setFocus()
        fit_screen(self)
        self.show()
        self.raise_()
        self.activateWindow()

    def come_up(self, page: SettingsPage | None = None) -> None:
        """Come to the front as `open_at` does; where the page has to be made first, in three steps: window, page, both.

        All in one turn of the event loop would keep the main thread too long.
        """
        row = page if page is not None else max(0, self.names.currentRow())
        if self.isVisible() or SettingsPage(row) in self._made:
            self.open_at(page)
            return
        fit_screen(self)
        self.show()
        QTimer.singleShot(0, self, lambda: self._make(SettingsPage(row), page))

    def _make(self, which: SettingsPage, page: SettingsPage | None) -> None:
        self.page(which)
        QTimer.singleShot(0, self, lambda: self._fill(page))

    def _fill(self, page: SettingsPage | None) -> None:
        self.open_at(page)
        self.names.setFocus()

    def show_data_folder(self, path: str) -> None:
        """Show where the data of this run is."""
        self.tell(AdvancedPage, lambda page: page.show_data_folder(path), "data folder")

    def show_keys(
        self, problems: Mapping[HotKey, KeyProblem], names: Mapping[HotKey, str], headset: Iterable[HeadsetProblem]
    ) -> None:
        """Say how hot keys and headset are, see `KeyboardPage`."""
        self.tell(KeyboardPage, lambda page: page.show_keys(problems, names, headset), "hot keys")

    def take_hot_key(self, shortcut: Shortcut) -> None:
        """One of our own hot keys was pressed; it is the choice where one is being chosen."""
        self.tell(KeyboardPage, lambda page: page.take(shortcut))

    def _dress(self) -> None:
        colours, side_px = self._theme.colours, self._theme.px(SYMBOL_SIZE)
        self.names.setIconSize(QSize(side_px, side_px))
        for page in SettingsPage:
            item = self.names.item(page)
            item.setSizeHint(QSize(0, self._theme.px(CONTROL_HEIGHT)))
            item.setIcon(symbol_icon(SYMBOLS[page], side_px, colours.text))
        self._symbol.setIcon(symbol_icon(Symbol.SEARCH, side_px, colours.muted))
        self._clear.setIcon(symbol_icon(Symbol.DECLINE, side_px, colours.text))
        widest = max(self.names.fontMetrics().horizontalAdvance(page_title(page)) for page in SettingsPage)
        for one in (self.search, self.names):
            one.setFixedWidth(max(LIST_WIDTH, widest + side_px + AROUND_NAME))
