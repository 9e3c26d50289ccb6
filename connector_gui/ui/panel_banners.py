"""The lines above the page of the panel: each says what holds now, and most have a button to do something about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from connector_gui.core.presence import Wish
from connector_gui.core.view import DeskView
from connector_gui.ui import presence_words
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner

REFUSAL_MS: Final = 8_000


class PanelBanners(QObject):
    """Makes the lines as parts of *panel*, which lays them out, and shows those that have something to say."""

    settings_requested = Signal()
    news_requested = Signal()
    presence_requested = Signal(object)
    """A `Wish`."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._new_version = ""
        self._has_calls = False
        self.no_tray = Banner("banner", parent=panel)
        self.practice = Banner("banner", self.tr("Add a key"), parent=panel)
        self.practice.action_requested.connect(self.settings_requested)
        self.problems = Banner("warning", self.tr("Settings"), parent=panel)
        self.problems.action_requested.connect(self.settings_requested)
        self.do_not_disturb = Banner("warning", self.tr("Take calls"), parent=panel)
        self.do_not_disturb.action_requested.connect(lambda: self.presence_requested.emit(Wish.TAKE_CALLS))
        self.refusal = Banner("warning", parent=panel)
        self.refusal_over = QTimer(self, singleShot=True, interval=REFUSAL_MS)
        self.refusal_over.timeout.connect(lambda: self.refusal.show_text(""))
        self.news = Banner("banner", self.tr("See what is new"), parent=panel)
        self.news.action_requested.connect(self.news_requested)

    @property
    def every(self) -> tuple[Banner, ...]:
        """All lines, shown or not, from above to below."""
        return (self.no_tray, self.refusal, self.problems, self.do_not_disturb, self.practice, self.news)

    def show_view(self, view: DeskView, now: datetime, *, is_idle: bool) -> None:
        """Say what holds at the desk; *is_idle*: the idle page is up, which says by itself that no calls are taken."""
        practice = self.tr("Practice mode: the built-in agent answers, because no ElevenLabs key is stored.")
        self.practice.show_text(practice if view.is_practice else "")
        self.problems.show_text("\n".join(one_line(shown(problem), 300) for problem in view.problems))
        is_off = view.is_do_not_disturb and not is_idle
        self.do_not_disturb.show_text(presence_words.no_calls(view, now) if is_off else "")
        self._has_calls = bool(view.calls)
        self._show_news()

    def show_refusal(self, sentence: str) -> None:
        """Say for a while why something that was asked for cannot be done."""
        self.refusal.show_text(one_line(shown(sentence), 300))
        self.refusal_over.start()

    def show_update(self, version: str) -> None:
        """Say, while there is no call, that *version* is there; empty: there is none."""
        self._new_version = one_line(version, 64)
        self._show_news()

    def show_tray_missing(self, is_missing: bool) -> None:
        """Explain why the program stays in its window."""
        explanation = self.tr(
            "This desktop shows no tray icons, so the program stays in this window. "
            "On GNOME the AppIndicator extension brings them back."
        )
        self.no_tray.show_text(explanation if is_missing else "")

    def _show_news(self) -> None:
        news = self.tr("Version {version} is there.").format(version=self._new_version)
        self.news.show_text(news if self._new_version and not self._has_calls else "")
