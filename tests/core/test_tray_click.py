"""What a click on the tray icon does, by what rings and who talks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed, Party
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.moment import Moment
from connector_gui.core.tray_click import TrayAction, tray_action


def at(seconds: float) -> Moment:
    return Moment(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), 1000.0 + seconds)


def desk_with(*names: str, rules: DeskRules | None = None) -> Desk:
    desk = Desk(rules or DeskRules())
    for name in names:
        desk.place(CallRequest(name, "agent_1", ring_timeout_s=30), at(0))
    return desk


def talk(desk: Desk, name: str, now: float = 1) -> None:
    desk.accept(name, at(now))
    desk.handle(name, AgentReady("conv_1"), at(now))


def test_a_tray_click_accepts_then_ends_and_otherwise_opens_the_panel() -> None:
    desk = Desk(DeskRules())
    assert tray_action(desk, at(0)) is TrayAction.OPEN_PANEL
    desk.place(CallRequest("a", "agent_1", ring_timeout_s=30), at(0))
    assert tray_action(desk, at(1)) is TrayAction.ACCEPT
    talk(desk, "a", 1)
    assert tray_action(desk, at(1.5)) is TrayAction.IGNORE  # the second half of a double click
    assert tray_action(desk, at(2.1)) is TrayAction.END
    desk.end("a", Party.OPERATOR, at(3))
    desk.handle("a", LinkClosed(CloseFrame(1000)), at(3.1))
    assert tray_action(desk, at(4)) is TrayAction.OPEN_PANEL


def test_a_click_during_a_call_ends_it_even_while_another_rings_at_a_full_desk() -> None:
    desk = desk_with("a", "b")
    talk(desk, "a")
    assert tray_action(desk, at(5)) is TrayAction.END


def test_a_click_can_be_set_to_open_the_panel_instead() -> None:
    desk = desk_with("a", rules=DeskRules(click_ends_call=False))
    talk(desk, "a")
    assert tray_action(desk, at(5)) is TrayAction.OPEN_PANEL
