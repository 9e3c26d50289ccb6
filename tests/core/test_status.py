"""The status page's lines: what is the case, what can be done, and what others may read."""

from __future__ import annotations

import pytest

from connector_gui.core import status
from connector_gui.core.answering import KeyStatus
from connector_gui.core.errors import KeyringReason
from connector_gui.core.status import Condition, Cure, Devices, ServiceAnswer, StatusLine, Subject

GIB = 1024**3
MIB = 1024**2


def told(line: StatusLine) -> tuple[Condition, str, Cure | None]:
    return line.condition, line.code, line.cure


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ((), (Condition.GOOD, "ready", None)),
        (("do_not_disturb",), (Condition.NOTE, "do_not_disturb", Cure.TAKE_CALLS)),
        (("desk_full",), (Condition.NOTE, "desk_full", None)),
        (("storage_full", "no_audio_device"), (Condition.PROBLEM, "storage_full", None)),
    ],
)
def test_whether_calls_come(reasons: tuple[str, ...], expected: tuple[Condition, str, Cure | None]) -> None:
    assert told(status.calls_line(reasons, is_practice=False, sentence="No calls until 14:30")) == expected


@pytest.mark.parametrize(
    ("known", "practice", "expected"),
    [
        (KeyStatus.STORED, "auto", (Condition.GOOD, "in_environment", None)),
        (KeyStatus.UNREADABLE, "auto", (Condition.PROBLEM, "unreadable", Cure.ELEVENLABS)),
        (KeyStatus.NONE, "auto", (Condition.NOTE, "none_practice", Cure.ELEVENLABS)),
        (KeyStatus.NONE, "never", (Condition.PROBLEM, "none", Cure.ELEVENLABS)),
    ],
)
def test_whether_there_is_a_key(known: KeyStatus, practice: str, expected: tuple[Condition, str, Cure | None]) -> None:
    assert told(status.key_line(known, "environment", practice)) == expected


@pytest.mark.parametrize(
    ("code", "condition", "cure"),
    [
        ("usable", Condition.GOOD, None),
        ("permission_missing", Condition.NOTE, None),
        ("invalid", Condition.PROBLEM, Cure.ELEVENLABS),
        ("quota_exceeded", Condition.PROBLEM, Cure.ELEVENLABS),
        ("unknown", Condition.PROBLEM, Cure.ASK_AGAIN),
    ],
)
def test_what_elevenlabs_answered(code: str, condition: Condition, cure: Cure | None) -> None:
    line = status.service_line(ServiceAnswer(code, "Words.", 120, 4), has_key=True)
    assert told(line) == (condition, code, cure)
    assert line.figures == {"took_ms": 120, "ago_s": 4}


def test_elevenlabs_is_not_asked_without_a_key_and_unknown_until_it_answers() -> None:
    assert told(status.service_line(None, has_key=False)) == (Condition.NOTE, "not_asked", None)
    assert told(status.service_line(None, has_key=True)) == (Condition.UNKNOWN, "asking", None)


@pytest.mark.parametrize(
    ("url", "problem", "keys", "expected"),
    [
        (None, None, 1, (Condition.UNKNOWN, "starting", None)),
        (None, "Port 8000 is taken.", 1, (Condition.PROBLEM, "not_listening", Cure.WEBHOOK)),
        ("http://127.0.0.1:8000", None, 0, (Condition.PROBLEM, "no_key", Cure.WEBHOOK)),
        ("http://127.0.0.1:8000", None, 2, (Condition.GOOD, "listening", None)),
    ],
)
def test_whether_callers_reach_us(
    url: str | None, problem: str | None, keys: int, expected: tuple[Condition, str, Cure | None]
) -> None:
    assert told(status.webhook_line(url, problem, keys)) == expected


HEADSETS = Devices(("USB headset", "Built-in"))


@pytest.mark.parametrize(
    ("devices", "wanted", "in_use", "condition", "code", "detail"),
    [
        (HEADSETS, "", "", Condition.GOOD, "system_default", ""),
        (HEADSETS, "usb", "", Condition.GOOD, "chosen", "USB headset"),
        (HEADSETS, "office; built-in", "", Condition.GOOD, "chosen", "Built-in"),
        (HEADSETS, "office", "", Condition.NOTE, "stand_in", "office"),
        (HEADSETS, "office", "Built-in", Condition.GOOD, "in_use", "Built-in"),
        (None, "usb", "", Condition.UNKNOWN, "looking", ""),
        (Devices((), "No microphone was found."), "", "", Condition.PROBLEM, "none", "No microphone was found."),
    ],
)
def test_which_device_a_call_has(
    devices: Devices | None, wanted: str, in_use: str, condition: Condition, code: str, detail: str
) -> None:
    line = status.device_line(Subject.MICROPHONE, devices, wanted, in_use)
    assert (line.condition, line.code, line.detail) == (condition, code, detail)


@pytest.mark.parametrize(
    ("free", "condition", "code"),
    [
        (50 * GIB, Condition.GOOD, "free"),
        (GIB - 1, Condition.NOTE, "low"),
        (49 * MIB, Condition.PROBLEM, "full"),
        (None, Condition.PROBLEM, "unreachable"),
    ],
)
def test_how_much_space_is_left(free: int | None, condition: Condition, code: str) -> None:
    line = status.disk_line(free)
    assert (line.condition, line.code) == (condition, code)


def test_keyring_record_and_the_rest_say_what_is_wrong_with_them() -> None:
    assert told(status.keyring_line(None, None)) == (Condition.GOOD, "readable", None)
    locked = status.keyring_line(KeyringReason.LOCKED, "Unlock it.")
    assert told(locked) == (Condition.PROBLEM, "locked", Cure.ELEVENLABS)
    assert status.record_line(None).condition is Condition.GOOD
    assert status.record_line("It was damaged.").detail == "It was damaged."
    assert status.other_lines({"webhook": "x"}) == []
    assert [line.subject for line in status.other_lines({"log": "x", "settings": "y"})] == ["settings", "log"]


def test_diagnostics_leave_out_whatever_may_tell_of_a_person() -> None:
    canary = "Mara Lindqvist +46 70 123 45 67 /home/mara sk_canary 192.168.1.77"
    lines = [
        status.calls_line(("do_not_disturb",), is_practice=False, sentence=canary),
        status.service_line(ServiceAnswer("invalid", canary, 120, 4), has_key=True),
        status.webhook_line(None, canary, 1),
        status.webhook_line(f"http://{canary}", None, 1),
        status.device_line(Subject.MICROPHONE, Devices((canary,)), canary, ""),
        status.device_line(Subject.MICROPHONE, Devices((canary,)), f"not {canary}", ""),
        status.device_line(Subject.SPEAKER, None, "", canary),
        status.keyring_line(KeyringReason.DENIED, canary),
        status.record_line(canary),
        *status.other_lines({"settings": canary, "log": canary}),
    ]
    text = status.diagnostics(lines, {"version": "1.0"})
    for word in canary.split():
        assert word not in text.replace("version: 1.0", "")
    assert text.splitlines()[:3] == [
        "version: 1.0",
        "calls: note do_not_disturb",
        "elevenlabs: problem invalid took_ms=120 ago_s=4",
    ]
