"""Listens on the session bus for a StatusNotifier host: the part of a panel that shows tray icons.

Source: the StatusNotifierItem specification of freedesktop.org, "StatusNotifierWatcher". Nothing here waits
for the bus: a panel that hangs must not hang us.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusServiceWatcher,
    QDBusVariant,
)

WATCHER: Final = "org.kde.StatusNotifierWatcher"
PATH: Final = "/StatusNotifierWatcher"
ANSWER_TIMEOUT_MS: Final = 3_000


class StatusNotifierSigns(QObject):
    """Knows whether a host is registered with the session's watcher."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = QDBusConnection.sessionBus()
        self._is_present = False
        self._question: QDBusPendingCallWatcher | None = None
        self._owner = QDBusServiceWatcher(
            WATCHER, self._bus, QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange, self
        )
        self._owner.serviceOwnerChanged.connect(self._ask)

    @property
    def is_present(self) -> bool:
        """What was last heard."""
        return self._is_present

    def start(self) -> None:
        """Begin to listen; the answer comes as `changed`. Without a session bus nothing ever does."""
        if not self._bus.isConnected():
            return
        slot = SLOT("_on_sign(QDBusMessage)")
        for sign in ("StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"):
            # The hints want bytes, which the function refuses.
            self._bus.connect(WATCHER, PATH, WATCHER, sign, self, slot)  # type: ignore[call-overload]
        self._ask()

    @Slot(QDBusMessage)
    def _on_sign(self, _message: QDBusMessage) -> None:
        self._ask()

    def _ask(self, *_change: str) -> None:
        question = QDBusMessage.createMethodCall(WATCHER, PATH, "org.freedesktop.DBus.Properties", "Get")
        question.setArguments([WATCHER, "IsStatusNotifierHostRegistered"])
        # An answer to an older question must not overtake this one.
        self._question = QDBusPendingCallWatcher(self._bus.asyncCall(question, ANSWER_TIMEOUT_MS), self)
        self._question.finished.connect(self._on_answer)

    @Slot(QDBusPendingCallWatcher)
    def _on_answer(self, answered: QDBusPendingCallWatcher) -> None:
        if answered is self._question:
            self._question = None
            self._note(_is_true(answered.reply()))
        answered.deleteLater()

    def _note(self, is_present: bool) -> None:
        if is_present != self._is_present:
            self._is_present = is_present
            self.changed.emit()


def _is_true(reply: QDBusMessage) -> bool:
    arguments = reply.arguments()
    if reply.type() is not QDBusMessage.MessageType.ReplyMessage or not arguments:
        return False
    value = arguments[0]
    return bool(value.variant() if isinstance(value, QDBusVariant) else value)
