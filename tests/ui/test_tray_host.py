"""Qt is not asked for a tray before there is one, and the operator is never left without a face."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from connector_gui.ui.tray_host import TrayHost

PATIENCE_S = 0.3
XEMBED_PATIENCE_S = 0.1


class Signs(QObject):
    """A session bus on which a StatusNotifier host comes and goes."""

    changed = Signal()

    def __init__(self, *, is_present: bool) -> None:
        super().__init__()
        self.is_present = is_present
        self.is_started = False

    def start(self) -> None:
        self.is_started = True

    def become(self, *, is_present: bool) -> None:
        self.is_present = is_present
        self.changed.emit()


class Display:
    """An X server on which an XEmbed tray comes and goes."""

    def __init__(self, *, has_tray: bool = False) -> None:
        self.has_tray = has_tray

    def __call__(self) -> bool:
        return self.has_tray


Make = Callable[[Signs | None, Display], TrayHost]


@pytest.fixture
def make_host(qapp: QObject) -> Iterator[Make]:
    hosts: list[TrayHost] = []

    def make(signs: Signs | None, display: Display) -> TrayHost:
        host = TrayHost(signs, display, patience_s=PATIENCE_S, xembed_patience_s=XEMBED_PATIENCE_S)
        hosts.append(host)
        return host

    yield make
    for host in hosts:
        host.deleteLater()


def test_a_host_that_is_there_is_found_at_once(make_host: Make, qtbot: QtBot) -> None:
    signs = Signs(is_present=True)
    host = make_host(signs, Display())
    with qtbot.waitSignal(host.found, timeout=50):
        host.start()
    assert signs.is_started


def test_systems_with_a_tray_of_their_own_are_not_waited_for(make_host: Make, qtbot: QtBot) -> None:
    host = make_host(None, Display())
    with qtbot.waitSignal(host.found, timeout=50):
        host.start()


def test_a_host_that_comes_while_we_wait_is_found(make_host: Make, qtbot: QtBot) -> None:
    signs = Signs(is_present=False)
    host = make_host(signs, Display())
    with qtbot.assertNotEmitted(host.missing), qtbot.waitSignal(host.found):
        host.start()
        signs.become(is_present=True)


def test_without_a_host_it_is_missing_once_and_found_when_it_comes_late(make_host: Make, qtbot: QtBot) -> None:
    signs = Signs(is_present=False)
    host = make_host(signs, Display())
    with qtbot.assertNotEmitted(host.found, wait=0), qtbot.waitSignal(host.missing):
        host.start()
    with qtbot.assertNotEmitted(host.missing, wait=round(PATIENCE_S * 1500)):
        pass
    with qtbot.waitSignal(host.found, timeout=50):
        signs.become(is_present=True)


def test_an_older_tray_is_taken_when_no_newer_one_comes(make_host: Make, qtbot: QtBot) -> None:
    host = make_host(Signs(is_present=False), Display(has_tray=True))
    with qtbot.assertNotEmitted(host.missing), qtbot.waitSignal(host.found):
        host.start()


def test_a_panel_that_offers_both_is_used_the_newer_way(make_host: Make, qtbot: QtBot) -> None:
    signs, display = Signs(is_present=False), Display(has_tray=True)
    host = make_host(signs, display)
    with qtbot.waitSignal(host.found, timeout=round(XEMBED_PATIENCE_S * 500)):
        host.start()
        signs.become(is_present=True)
    # The older tray goes; ours is the newer one, and stays.
    display.has_tray = False
    with qtbot.assertNotEmitted(host.missing, wait=round(PATIENCE_S * 1500)):
        signs.changed.emit()


def test_a_host_that_restarts_quickly_is_no_news(make_host: Make, qtbot: QtBot) -> None:
    signs = Signs(is_present=True)
    host = make_host(signs, Display())
    host.start()
    with qtbot.assertNotEmitted(host.missing, wait=round(PATIENCE_S * 1500)):
        signs.become(is_present=False)
        signs.become(is_present=True)


def test_a_host_that_dies_is_missing_and_found_again_when_it_returns(make_host: Make, qtbot: QtBot) -> None:
    signs = Signs(is_present=True)
    host = make_host(signs, Display())
    host.start()
    with qtbot.waitSignal(host.missing):
        signs.become(is_present=False)
    with qtbot.waitSignal(host.found, timeout=50):
        signs.become(is_present=True)


def test_the_other_kind_of_tray_does_not_help_once_qt_has_decided(make_host: Make, qtbot: QtBot) -> None:
    signs, display = Signs(is_present=True), Display()
    host = make_host(signs, display)
    host.start()
    display.has_tray = True
    with qtbot.waitSignal(host.missing):
        signs.become(is_present=False)
