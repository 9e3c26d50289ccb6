"""Lines of the status page: for the tests of its window, and for its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from connector_gui.core import status
from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import KeyringReason
from connector_gui.core.status import Devices, ServiceAnswer, StatusLine, Subject

URL = "http://127.0.0.1:8000/webhook/initiate-call"
ABOUT = "Agent Connector 1.0.0 · Linux 6.12 x86_64 · Qt 6.11.1"
_HEADSET = Devices(("USB headset", "Built-in"))


def well() -> Sequence[StatusLine]:
    """Everything does as it should."""
    return [
        status.calls_line((), is_practice=False, sentence=""),
        status.key_line(KeyStatus.STORED, "keyring", "auto"),
        status.service_line(ServiceAnswer("usable", "", 118, 4), has_key=True),
        status.webhook_line(URL, None, 2),
        status.device_line(Subject.MICROPHONE, _HEADSET, "usb", ""),
        status.device_line(Subject.SPEAKER, _HEADSET, "", ""),
        status.keyring_line(None, None),
        status.record_line(None),
        status.disk_line(68 * 1024**3),
    ]


def ill() -> Sequence[StatusLine]:
    """Little does."""
    locked = "The system's keyring is locked. Unlock it, then try again."
    unreachable = "ElevenLabs cannot be reached. Check the internet connection."
    taken = "Port 8000 is taken by another program. Close it, or choose another port in Settings."
    return [
        status.calls_line(("do_not_disturb",), is_practice=False, sentence="No calls until 14:30"),
        status.key_line(KeyStatus.UNREADABLE, None, "auto"),
        status.service_line(ServiceAnswer("unknown", unreachable, 10_000, 2), has_key=True),
        status.webhook_line(None, taken, 1),
        status.device_line(Subject.MICROPHONE, Devices((), "No microphone was found. Plug one in."), "", ""),
        status.device_line(Subject.SPEAKER, _HEADSET, "Office headset", ""),
        status.keyring_line(KeyringReason.LOCKED, locked),
        status.record_line("The record was damaged. What could be read of it was kept; the old file is beside it."),
        status.disk_line(310 * 1024**2),
        *status.other_lines({"hot_keys": "Hot keys that do not work: Ctrl+Alt+E. Settings, Keyboard says why."}),
    ]
