"""Lines of the status page: for the tests of its window, and for its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from connector_gui.core import status
from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import KeyringReason
from connector_gui.core.sentence import sentence
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
    locked = sentence(
        "The system's keyring is locked. Unlock it and press Try again, or enter the key for this session only."
    )
    unreachable = sentence(
        "There is no way to {host} from here. Check the internet connection, then try again.", host="api.elevenlabs.io"
    )
    taken = sentence(
        "Port {port} is taken by {program}, so no calls can come in. "
        "Close that program, or set PORT to another number.",
        port=8000,
        program=sentence("another program"),
    )
    damaged = sentence(
        "The record of calls in {file} was damaged. It was kept as {name}. {rest}",
        file="calls.sqlite3",
        name="calls.damaged.sqlite3",
        rest=sentence("A new one was started."),
    )
    return [
        status.calls_line(
            ("do_not_disturb",), is_practice=False, sentence=sentence("No calls until {time}", time="14:30")
        ),
        status.key_line(KeyStatus.UNREADABLE, None, "auto"),
        status.service_line(ServiceAnswer("unknown", unreachable, 10_000, 2), has_key=True),
        status.webhook_line(None, taken, 1),
        status.device_line(
            Subject.MICROPHONE, Devices((), sentence("None was found. Plug one in; it is noticed by itself.")), "", ""
        ),
        status.device_line(Subject.SPEAKER, _HEADSET, "Office headset", ""),
        status.keyring_line(KeyringReason.LOCKED, locked),
        status.record_line(damaged),
        status.disk_line(310 * 1024**2),
        *status.other_lines(
            {"hot_keys": sentence("Hot keys that do not work: {keys}. Settings, Keyboard says why.", keys="Ctrl+Alt+E")}
        ),
    ]
