"""Which of card, notification and panel shows a ring, by what is wanted and what the desktop can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from connector_gui.app.desktop import Desktop
from connector_gui.core.call import Outcome
from connector_gui.core.notice import Notice
from connector_gui.core.settings import Settings
from connector_gui.core.view import DeskView
from connector_gui.system.notifications import Notifications
from connector_gui.system.window_places import WindowPlaces
from tests.fakes.desk_views import ended, held, idle, on_line, ringing, talking
from tests.fakes.settings_dialog import Heard

# Off screen there is no tray to watch.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged")

RINGS = idle(calls=(ringing(),))


class Seen:
    """What of a desktop can be seen."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop

    def show(self, view: DeskView, wanted: str = "card_and_notification") -> set[str]:
        self.desktop.use(Settings(ring_surface=wanted))
        self.desktop.show_view(view)
        parts = {
            "card": self.desktop._card.isVisible(),
            "panel": self.desktop._panel.isVisible(),
            "notification": any(key.startswith("ring:") for key in self.wanted_notices),
        }
        return {part for part, is_seen in parts.items() if is_seen}

    @property
    def wanted_notices(self) -> dict[str, Notice]:
        return self.desktop._notifications._wanted


@pytest.fixture
def seen(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Seen:
    desktop = Desktop(qapp, WindowPlaces(tmp_path))
    for window in (desktop._card, desktop._panel, desktop._tray.menu):
        qtbot.addWidget(window)
    return Seen(desktop)


def test_a_start_at_login_waits_longer_for_the_tray(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = Desktop(qapp, WindowPlaces(tmp_path), at_login=True)
    qtbot.addWidget(desktop._panel)
    assert desktop._tray_host._patience.interval() == 60_000
    desktop._tray_host.missing.emit()
    assert desktop._panel.isMinimized()


def be_wayland(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "wayland-egl")


def have_no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notifications, "can_show", False)


def test_what_is_wanted_is_seen(seen: Seen) -> None:
    assert seen.show(RINGS) == {"card", "notification"}
    assert seen.show(idle()) == set()
    for wanted in ("card", "notification", "panel"):
        assert seen.show(RINGS, wanted) == {wanted}
        assert seen.show(idle(), wanted) == set()


def test_a_change_of_mind_shows_at_once(seen: Seen) -> None:
    seen.show(RINGS)
    assert seen.show(RINGS, "notification") == {"notification"}
    assert seen.show(RINGS, "card") == {"card"}


def test_wayland_has_the_notification_in_the_cards_place(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    be_wayland(monkeypatch)
    assert seen.show(RINGS, "card") == {"notification"}


def test_wayland_without_notifications_has_the_panel(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    be_wayland(monkeypatch)
    have_no_daemon(monkeypatch)
    # The notification is tried all the same: its daemon may be back.
    assert seen.show(RINGS) == {"panel", "notification"}


def test_a_notification_that_cannot_be_shown_brings_the_card(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen.show(RINGS, "notification") == {"notification"}
    have_no_daemon(monkeypatch)
    (notice,) = seen.wanted_notices.values()
    seen.desktop._notifications.on_unseen[0](notice)
    assert seen.desktop._card.isVisible()


def test_during_a_conversation_only_the_notification_tells_of_another_call(seen: Seen) -> None:
    seen.show(idle(calls=(talking(),)))
    assert seen.show(idle(calls=(talking(), ringing("b")))) == {"notification"}


def test_a_panel_in_front_shows_the_ring_by_itself(seen: Seen, qtbot: QtBot) -> None:
    seen.show(idle())
    seen.desktop.open_panel()
    qtbot.waitUntil(seen.desktop._panel.isActiveWindow)
    assert seen.show(RINGS, "card") == {"panel"}


def test_opening_the_panel_takes_away_the_card_and_the_news_of_missed_calls(seen: Seen, qtbot: QtBot) -> None:
    seen.show(RINGS)
    missed = ended(Outcome.MISSED)
    seen.show(idle(calls=(ringing("b"),), recent=(missed,), last_ended=missed, unseen_missed=1))
    assert seen.wanted_notices.keys() == {"ring:b", "missed"}
    seen.desktop.open_panel()
    assert seen.wanted_notices.keys() == {"ring:b"}


def test_whoever_tells_of_a_change_does_not_wait_for_the_windows(seen: Seen, qtbot: QtBot) -> None:
    shown: list[DeskView] = []
    show = seen.desktop.show_view

    def note(view: DeskView) -> None:
        shown.append(view)
        show(view)

    seen.desktop.show_view = note  # type: ignore[method-assign]
    seen.desktop.show_view_soon(idle())
    seen.desktop.show_view_soon(RINGS)
    assert not shown
    qtbot.waitUntil(seen.desktop._card.isVisible)
    assert shown == [RINGS], "of two pictures at once the newer one"


# --- several calls -----------------------------------------------------------------------------

LINES = [{"name": "Softphone", "input_device": "Cable B", "output_device": "Cable A"}]


def test_lines_are_offered_on_the_card_and_in_the_panel_as_they_are_set_up(seen: Seen) -> None:
    desktop, rings = seen.desktop, idle(calls=(ringing(),))
    offers = (desktop._card.card.lines, desktop._panel.ring_page.card.lines)
    desktop.use(Settings(lines=LINES))
    desktop.show_view(rings)
    for offer in offers:
        assert {action.text(): action.isEnabled() for action in offer.menu_now().actions()} == {
            "The desk": True,
            "Softphone": True,
        }
    desktop.show_view(idle(calls=(ringing(), on_line())))
    assert [offer.menu_now().actions()[1].isEnabled() for offer in offers] == [False, False]
    # Not used: the desk has the same microphone.
    desktop.use(Settings(lines=LINES, input_device="Cable B"))
    assert all(offer.isHidden() for offer in offers)


def test_a_call_chosen_at_the_tray_is_resumed_or_looked_at_in_the_panel(seen: Seen) -> None:
    desktop, asked = seen.desktop, Heard(seen.desktop._panel.focus_requested)
    desktop.show_view(idle(calls=(talking(), held(), on_line())))
    desktop.choose_call("crm-7")
    assert asked == ["crm-7"]
    assert not desktop._panel.isVisible(), "nobody has to look to change over"
    for _ in range(2):
        desktop.choose_call("crm-9")
        assert desktop._panel.isVisible()
        assert desktop._panel.call_page.session_id == "crm-9"
    desktop.choose_call("gone")
    assert asked == ["crm-7"]
