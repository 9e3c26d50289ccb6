from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import keyring.errors
import pytest
from pydantic import SecretStr

from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.system.secret_store import (
    MAX_BLOCKED_THREADS,
    KeyringStore,
    SecretStore,
    SessionStore,
    find_system_backend,
)
from tests.fakes.keyring_backends import FailingKeyring, ForgetfulKeyring, MemoryKeyring, SlowKeyring
from tests.rig.background import wait_until
from tests.rig.desktop import DesktopOptions, desktop
from tests.rig.hands import press_keys

CANARY = "sk_canary_7f3a9b"
ROOT = Path(__file__).parents[2]
NAME = "elevenlabs-api-key"
DESKTOP_VARIABLES = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME")


def join(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process part of the desktop that *env* describes."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    for name in DESKTOP_VARIABLES:
        monkeypatch.setenv(name, env[name])


@pytest.fixture
def locked_desktop() -> Iterator[dict[str, str]]:
    with desktop(DesktopOptions(tray="none", notifications=False, keyring="locked")) as env:
        yield env


@pytest.fixture(
    params=["session", "memory keyring", pytest.param("system keyring", marks=pytest.mark.desktop)],
)
def store(request: pytest.FixtureRequest) -> SecretStore:
    """Every kind of store that works."""
    if request.param == "session":
        return SessionStore()
    if request.param == "memory keyring":
        backend = MemoryKeyring()
        return KeyringStore(lambda: backend)
    return KeyringStore()


class TestEveryStore:
    """The contract."""

    async def test_what_was_set_is_found(self, store: SecretStore) -> None:
        await store.set(NAME, SecretStr(CANARY))
        assert await store.get(NAME) == SecretStr(CANARY)

    async def test_a_new_secret_replaces_the_old_one(self, store: SecretStore) -> None:
        await store.set(NAME, SecretStr("old"))
        await store.set(NAME, SecretStr("new"))
        assert await store.get(NAME) == SecretStr("new")

    async def test_names_are_kept_apart(self, store: SecretStore) -> None:
        await store.set("one", SecretStr("1"))
        await store.set("two", SecretStr("2"))
        assert await store.get("one") == SecretStr("1")

    async def test_what_was_never_set_is_none(self, store: SecretStore) -> None:
        assert await store.get("never set") is None

    async def test_what_was_deleted_is_none(self, store: SecretStore) -> None:
        await store.set(NAME, SecretStr(CANARY))
        await store.delete(NAME)
        assert await store.get(NAME) is None
        await store.delete(NAME)


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (FailingKeyring(keyring.errors.KeyringLocked), KeyringReason.LOCKED),
        (FailingKeyring(keyring.errors.NoKeyringError), KeyringReason.ABSENT),
        (FailingKeyring(keyring.errors.PasswordSetError), KeyringReason.DENIED),
        (FailingKeyring(keyring.errors.InitError), KeyringReason.DENIED),
        (FailingKeyring(RuntimeError), KeyringReason.DENIED),
        (FailingKeyring(PermissionError), KeyringReason.DENIED),
    ],
    ids=["locked", "absent", "set refused", "init failed", "broken", "not permitted"],
)
async def test_failures_are_told_apart_without_the_secret(
    backend: FailingKeyring, reason: KeyringReason, caplog: pytest.LogCaptureFixture
) -> None:
    store = KeyringStore(lambda: backend)
    for question in (store.get(NAME), store.set(NAME, SecretStr(CANARY)), store.delete(NAME)):
        with pytest.raises(KeyringError) as caught:
            await question
        assert caught.value.reason is reason
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None
    assert CANARY not in caplog.text


async def test_a_refused_keychain_counts_as_denied() -> None:
    keychain_denied = type("KeychainDenied", (Exception,), {})
    backend = FailingKeyring(keyring.errors.KeyringLocked, keychain_denied())
    with pytest.raises(KeyringError) as caught:
        await KeyringStore(lambda: backend).get(NAME)
    assert caught.value.reason is KeyringReason.DENIED


async def test_a_failed_keyring_can_be_tried_again() -> None:
    backend = FailingKeyring(keyring.errors.KeyringLocked)
    store = KeyringStore(lambda: backend)
    with pytest.raises(KeyringError):
        await store.get(NAME)
    backend.is_working = True
    assert await store.get(NAME) is None


async def test_a_keyring_that_keeps_nothing_is_noticed() -> None:
    with pytest.raises(KeyringError) as caught:
        await KeyringStore(ForgetfulKeyring).set(NAME, SecretStr(CANARY))
    assert caught.value.reason is KeyringReason.DENIED


@pytest.mark.parametrize(
    "garbage", ["", "  ", b"bytes", 7, "two\nlines", "nul\0", "Schlüssel", "x" * 5000, "\udcff", ["a"]], ids=repr
)
async def test_rubbish_in_the_keyring_counts_as_nothing(garbage: object, caplog: pytest.LogCaptureFixture) -> None:
    backend = MemoryKeyring()
    backend.stored["agent-connector", NAME] = garbage
    assert await KeyringStore(lambda: backend).get(NAME) is None
    assert [record.message for record in caplog.records] == ["credentials.unusable"]


async def test_blanks_around_a_stored_key_do_not_count() -> None:
    backend = MemoryKeyring()
    backend.stored["agent-connector", NAME] = f" {CANARY}\n"
    assert await KeyringStore(lambda: backend).get(NAME) == SecretStr(CANARY)


async def test_a_slow_keyring_times_out_while_the_loop_goes_on() -> None:
    backend = SlowKeyring()
    store = KeyringStore(lambda: backend, timeout_s=0.2)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(KeyringError) as caught:
        await store.get(NAME)
    ticking.cancel()
    backend.answered.set()
    assert caught.value.reason is KeyringReason.TIMEOUT
    assert ticks >= 5


async def test_a_blocked_keyring_gets_no_endless_threads() -> None:
    backend = SlowKeyring()
    store = KeyringStore(lambda: backend, timeout_s=0.05)
    for _ in range(MAX_BLOCKED_THREADS + 3):
        with pytest.raises(KeyringError):
            await store.get(NAME)
    waiting = 0
    while backend.waiting.acquire(blocking=False):
        waiting += 1
    assert waiting == MAX_BLOCKED_THREADS
    backend.answered.set()
    async with asyncio.timeout(10):  # the threads come back and the store can be used again
        while True:
            try:
                assert await store.get(NAME) is None
                break
            except KeyringError:
                await asyncio.sleep(0.01)


async def test_a_person_gets_longer_than_a_machine() -> None:
    backend = SlowKeyring()
    backend.stored["agent-connector", NAME] = CANARY
    store = KeyringStore(lambda: backend, timeout_s=0.05, prompt_timeout_s=30)
    asyncio.get_running_loop().call_later(0.3, backend.answered.set)
    assert await store.get(NAME, may_prompt=True) == SecretStr(CANARY)


def test_a_blocked_keyring_does_not_hold_up_the_exit() -> None:
    program = """
import asyncio
from connector_gui.core.errors import KeyringError
from connector_gui.system.secret_store import KeyringStore
from tests.fakes.keyring_backends import SlowKeyring

async def main():
    try:
        await KeyringStore(SlowKeyring, timeout_s=0.1).get("name")
    except KeyringError as exc:
        print(exc.reason)

asyncio.run(main())
"""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "timeout"
    assert time.monotonic() - started < 30  # the keyring would have held it for 60 s


@pytest.mark.desktop
async def test_a_locked_keyring_is_told_at_once_and_opens_no_window(
    locked_desktop: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    join(locked_desktop, monkeypatch)
    store = KeyringStore(timeout_s=10)
    for question in (store.get(NAME), store.set(NAME, SecretStr(CANARY))):
        with pytest.raises(KeyringError) as caught:
            await question
        assert caught.value.reason is KeyringReason.LOCKED
    assert "gcr-prompter" not in _windows(locked_desktop)


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("answer", "result"),
    [(("ctrl+a", "r", "i", "g", "Return"), "None"), (("Escape",), "locked"), ((), "timeout")],
    ids=["answered", "dismissed", "left alone"],
)
def test_retry_opens_the_systems_password_window(
    locked_desktop: dict[str, str], answer: tuple[str, ...], result: str
) -> None:
    program = """
import asyncio
from connector_gui.core.errors import KeyringError
from connector_gui.system.secret_store import KeyringStore

async def main():
    try:
        print(await KeyringStore(prompt_timeout_s=%d).get("name", may_prompt=True))
    except KeyringError as exc:
        print(exc.reason)

asyncio.run(main())
"""
    # In a process of its own: the thread that waits for the window is left behind.
    command = [sys.executable, "-c", program % (30 if answer else 3)]
    with subprocess.Popen(command, env=locked_desktop, cwd=ROOT, stdout=subprocess.PIPE, text=True) as asking:
        wait_until(lambda: "gcr-prompter" in _windows(locked_desktop), "the password window")
        # The window takes keys some time after it is there; what came too early is lost.
        while answer and asking.poll() is None:
            press_keys(*answer, env=locked_desktop)
            with suppress(subprocess.TimeoutExpired):
                asking.wait(2)
        assert asking.communicate(timeout=40)[0].strip() == result


def _windows(env: dict[str, str]) -> str:
    return subprocess.run(
        ["xwininfo", "-root", "-tree"], env=env, capture_output=True, text=True, check=True
    ).stdout.lower()


async def test_no_session_bus_means_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    with pytest.raises(KeyringError) as caught:
        await KeyringStore().get(NAME)
    assert caught.value.reason is KeyringReason.ABSENT
    assert "ELEVENLABS_API_KEY" in str(caught.value)


@pytest.mark.desktop
async def test_a_keyring_that_starts_late_is_found_on_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    store = KeyringStore()
    with monkeypatch.context() as before:
        before.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        with pytest.raises(KeyringError):
            await store.get("late")
    assert await store.get("late") is None


def test_a_makeshift_keyring_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(KeyringError) as caught:
        find_system_backend()
    assert caught.value.reason is KeyringReason.ABSENT
