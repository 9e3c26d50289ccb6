"""Waits for somebody who shows tray icons, before Qt is asked for one.

Qt looks for a StatusNotifier host once, at its first use of a tray icon, and keeps the answer for the
life of the process: a program that starts before the panel would never have an icon. So nobody
touches `QSystemTrayIcon` until `TrayHost.found`.

    start ──► a StatusNotifier host is there ───────────────► found
      │  ───► only an XEmbed tray for `XEMBED_PATIENCE_S` ──► found
      └─────► nobody for `PATIENCE_S` ──────────────────────► missing ──► found when one comes

A host that goes (the shell restarts) and stays away for `PATIENCE_S` is missing again; Qt puts the
icon back by itself when it returns.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from enum import Enum
from typing import Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication

log = logging.getLogger(__name__)

PATIENCE_S: Final = 5.0
"""A panel that starts with the session is there by then."""
LOGIN_PATIENCE_S: Final = 60.0
"""Who starts with the session waits as long as a slow computer takes to build its desktop."""
XEMBED_PATIENCE_S: Final = 1.0
"""Panels that offer both kinds of tray are ready with both within this time."""
POLL_STARTING_S: Final = 0.2
POLL_S: Final = 5.0
"""How often the X server is asked afterwards: it does not tell by itself."""


class HostSigns(Protocol):
    """Who says whether a StatusNotifier host is there."""

    changed: SignalInstance

    @property
    def is_present(self) -> bool: ...

    def start(self) -> None: ...


class _Kind(Enum):
    NATIVE = "native"
    STATUS_NOTIFIER = "status_notifier"
    XEMBED = "xembed"


class TrayHost(QObject):
    """Says when a tray icon can be shown, and when it cannot."""

    found = Signal()
    """From now on a tray icon is seen. Follows `missing` when a host comes late or returns."""
    missing = Signal()
    """Nobody shows tray icons: the panel has to be the program's face."""

    def __init__(
        self,
        signs: HostSigns | None,
        has_xembed_tray: Callable[[], bool],
        parent: QObject | None = None,
        *,
        patience_s: float = PATIENCE_S,
        xembed_patience_s: float = XEMBED_PATIENCE_S,
        poll_s: float = POLL_S,
    ) -> None:
        """*signs* is ``None`` where the system always has a tray (Windows, macOS)."""
        super().__init__(parent)
        self._signs = signs
        self._has_xembed_tray = has_xembed_tray
        self._poll_s = poll_s
        # Qt decides once; afterwards only this kind of host counts.
        self._kind: _Kind | None = None
        self._is_told_found: bool | None = None
        self._patience = self._timer(patience_s, self._on_patience_over)
        self._xembed_patience = self._timer(xembed_patience_s, self._on_xembed_patience_over)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look)

    def _timer(self, after_s: float, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(round(after_s * 1000))
        timer.timeout.connect(then)
        return timer

    def start(self) -> None:
        """Begin to look; `found` or `missing` follows, at once or within `PATIENCE_S`."""
        if self._signs is None:
            self._settle(_Kind.NATIVE)
            return
        self._signs.changed.connect(self._look)
        self._signs.start()
        self._patience.start()
        self._poll.start(round(POLL_STARTING_S * 1000))
        self._look()

    def _look(self) -> None:
        if self._is_there():
            self._tell_found()
        elif self._is_told_found and not self._patience.isActive():
            log.info("tray.host_gone")
            self._patience.start()

    def _is_there(self) -> bool:
        assert self._signs is not None
        if self._kind is _Kind.STATUS_NOTIFIER or (self._kind is None and self._signs.is_present):
            self._kind = _Kind.STATUS_NOTIFIER
            return self._signs.is_present
        if not self._has_xembed_tray():
            self._xembed_patience.stop()
            return False
        if self._kind is _Kind.XEMBED:
            return True
        if not self._xembed_patience.isActive():
            self._xembed_patience.start()
        return False

    def _on_xembed_patience_over(self) -> None:
        if self._kind is None and self._has_xembed_tray():
            self._settle(_Kind.XEMBED)

    def _settle(self, kind: _Kind) -> None:
        self._kind = kind
        self._tell_found()

    def _tell_found(self) -> None:
        self._patience.stop()
        self._slow_down()
        if self._is_told_found is not True:
            self._is_told_found = True
            log.info("tray.host_found", extra={"kind": self._kind.value if self._kind else None})
            self.found.emit()

    def _on_patience_over(self) -> None:
        self._slow_down()
        if self._is_told_found is not False:
            self._is_told_found = False
            log.info("tray.host_missing")
            self.missing.emit()

    def _slow_down(self) -> None:
        """Only an X selection has to be asked for; D-Bus tells."""
        if self._kind in {_Kind.STATUS_NOTIFIER, _Kind.NATIVE}:
            self._poll.stop()
        else:
            self._poll.start(round(self._poll_s * 1000))


def system_tray_host(parent: QObject | None = None, patience_s: float = PATIENCE_S) -> TrayHost:
    """The `TrayHost` for this system; needs a `QGuiApplication`."""
    if sys.platform in {"win32", "darwin"}:
        return TrayHost(None, lambda: False, parent)
    # Both are of this system only, and are not shipped on the others.
    from connector_gui.ui.status_notifier import StatusNotifierSigns
    from connector_gui.ui.xembed import xembed_probe

    probe = xembed_probe() if QGuiApplication.platformName() == "xcb" else lambda: False
    return TrayHost(StatusNotifierSigns(parent), probe, parent, patience_s=patience_s)
