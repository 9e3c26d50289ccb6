from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connector_gui.system import logs
from connector_gui.system.crash_hooks import crash_hooks, on_loop_error
from connector_gui.system.logs import Logs

KEY = "canary-7f3a9b+c/d"
SHORT_KEY = "k1"
SIGNED_URL = "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=a&conversation_signature=cvtkn_canary7f3a9b"
log = logging.getLogger("connector_gui.tests.logs")


@pytest.fixture(params=["console", "json"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Logs]:
    """Logging at DEBUG in both formats, with the keys announced."""
    running = logs.start(tmp_path, level="DEBUG", line_format=request.param)
    running.redactor.add_key(SecretStr(KEY))
    running.redactor.add_key(SecretStr(SHORT_KEY))
    yield running
    running.stop()


def written(running: Logs, folder: Path) -> str:
    """All that reached the file."""
    running.stop()
    return (folder / logs.FILE_NAME).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("message", "args", "extra"),
    [
        (f"key {KEY} here", (), {}),
        ("key %s here", (KEY,), {}),
        ("event", (), {"detail": f"it was {KEY}"}),
        ("event", (), {"detail": {"headers": [("xi-api-key", KEY)], KEY: 1}}),
        ("event", (), {"detail": KEY.encode()}),
        ("event", (), {"detail": ValueError(KEY)}),
        ("event", (), {"url": f"http://x/?k={KEY.replace('+', '%2B').replace('/', '%2F')}"}),
        ("event", (), {"api_key": "anything canary"}),
        ("event", (), {"signed_url": "anything canary"}),
        (SIGNED_URL, (), {}),
        ("conversation_signature=cvtkn_canary", (), {}),
        ("event", (), {"headers": {"Authorization": "Bearer canary7f3a9b"}}),
        ("xi-api-key: canary_unannounced", (), {}),
        ("{'X-API-Key': 'canary unannounced'}", (), {}),
        ("(b'xi-api-key', b'canary')", (), {}),
        ('{"secret__iban": "canary DE00"}', (), {}),
        ("Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==canary", (), {}),
        ("used sk_canary7f3a9b0123456789", (), {}),
        ("postgresql+asyncpg://desk:canary@db/desk", (), {}),
        ("resume at http://127.0.0.1:5678/webhook-waiting/8?signature=canary7f3a", (), {}),
    ],
)
def test_no_secret_is_ever_written(
    running: Logs,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    message: str,
    args: tuple[Any, ...],
    extra: dict[str, Any],
) -> None:
    log.info(message, *args, extra=extra)
    text = written(running, tmp_path)
    assert "canary" not in text
    assert "***" in text
    assert "canary" not in capfd.readouterr().err


def test_no_secret_is_written_with_an_exception(
    running: Logs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        try:
            raise ValueError(f"bad key {KEY}")  # noqa: TRY301 - to have something to catch
        except ValueError as exc:
            raise RuntimeError(f"cannot open {SIGNED_URL}") from exc
    except RuntimeError:
        log.exception("call.failed", stack_info=True)
    text = written(running, tmp_path) + capfd.readouterr().err
    assert "canary" not in text
    assert "ValueError: bad key ***" in text
    assert "test_no_secret_is_written_with_an_exception" in text


def test_a_short_key_is_masked_only_as_a_word(running: Logs, tmp_path: Path) -> None:
    log.info("sent k1 to ack1 and k12")
    assert "sent *** to ack1 and k12" in written(running, tmp_path)


def test_a_record_that_cannot_be_rendered_leaks_nothing(
    running: Logs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Straight to the pipeline: pytest's own handler raises for such a record.
    running._pipeline.handle(logging.LogRecord("connector_gui.x", logging.INFO, "x.py", 1, "%d", (KEY,), None))
    text = written(running, tmp_path) + capfd.readouterr().err
    assert "log.unrenderable" in text
    assert "canary" not in text


def test_signed_urls_are_masked_whatever_they_look_like(running: Logs, tmp_path: Path) -> None:
    for number in range(200):
        running.redactor.add_signed_url(f"https://odd.example/canary/{number}")
    log.info("opening https://odd.example/canary/199 now")
    assert "opening *** now" in written(running, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["two\nlines", "2026-01-01T00:00:00.000Z ERROR\r forged", "\x1b[31mred", "rtl \u202e txt", "nel \x85 ls \u2028"],
)
def test_no_text_can_forge_a_line(running: Logs, tmp_path: Path, name: str) -> None:
    log.info("caller %s", name, extra={"caller": name, name: 1})
    try:
        raise ValueError(name)  # noqa: TRY301 - to have something to catch
    except ValueError:
        log.exception("oops")
    text = written(running, tmp_path)
    assert not any(sign in text for sign in "\r\x1b\u202e\x85\u2028")
    for line in text.rstrip("\n").split("\n"):
        assert line.startswith((logs_time_prefix(), "{", "    | ")), line
    assert len([line for line in text.split("\n") if "Z ERROR" in line[:32] or '"level": "ERROR"' in line]) == 1


def logs_time_prefix() -> str:
    return time.strftime("%Y-", time.gmtime())


def test_fields_are_readable_on_the_console(tmp_path: Path) -> None:
    running = logs.start(tmp_path)
    log.info("call.active", extra={"conversation_id": "conv_9", "setup_ms": 412, "agent": "Billing desk", "x": None})
    line = written(running, tmp_path)
    assert line.endswith(
        'INFO    call.active  conversation_id=conv_9 setup_ms=412 agent="Billing desk" x=null  [tests.logs]\n'
    )


def test_json_lines_hold_the_fields(tmp_path: Path) -> None:
    running = logs.start(tmp_path, line_format="json")
    log.info("call.active", extra={"setup_ms": 412, "names": ("Mara", "Jörg")})
    entry = json.loads(written(running, tmp_path))
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "level": "INFO",
        "logger": "connector_gui.tests.logs",
        "event": "call.active",
        "setup_ms": 412,
        "names": ["Mara", "Jörg"],
    }


def test_levels_apply_to_us_and_spare_us_foreign_chatter(tmp_path: Path) -> None:
    running = logs.start(tmp_path, level="DEBUG")
    log.debug("ours")
    logging.getLogger("websockets.client").debug("> GET /?conversation_signature=x")
    logging.getLogger("websockets.client").warning("foreign warning")
    running.set_level("ERROR")
    log.warning("not wanted")
    logging.getLogger("aiohttp").warning("not wanted")
    text = written(running, tmp_path)
    assert "ours" in text
    assert "foreign warning" in text
    assert "GET" not in text
    assert "not wanted" not in text


def test_warnings_are_logged(tmp_path: Path) -> None:
    running = logs.start(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)  # catch_warnings has just undone it
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    assert "old ways" in written(running, tmp_path)


def test_files_rotate_and_are_the_owners_alone(tmp_path: Path) -> None:
    running = logs.start(tmp_path)
    for number in range(4000):
        log.info("filler", extra={"number": number, "text": "x" * 1900})
    running.stop()
    files = sorted(tmp_path.glob(f"{logs.FILE_NAME}*"))
    assert 2 <= len(files) <= logs.FILES
    assert all(path.stat().st_size <= logs.MAX_FILE_BYTES for path in files)
    assert (tmp_path / logs.FILE_NAME).stat().st_mode & 0o077 == 0


def test_a_stuck_standard_error_holds_nobody_up(tmp_path: Path) -> None:
    program = f"""
import logging, time
from pathlib import Path
from connector_gui.system import logs
running = logs.start(Path({str(tmp_path)!r}))
started = time.monotonic()
for number in range(12_000):
    logging.getLogger("connector_gui.x").info("filler %s", "x" * 200)
logging_took_s = time.monotonic() - started
running.stop()
(Path({str(tmp_path)!r}) / "took").write_text(f"{{logging_took_s}} {{time.monotonic() - started}}")
"""
    reader, writer = os.pipe()  # nobody reads: full after 64 KiB
    try:
        subprocess.run(
            [sys.executable, "-c", program], stderr=writer, timeout=60, check=True, cwd=Path(__file__).parents[2]
        )
    finally:
        os.close(reader)
        os.close(writer)
    logging_took_s, _ = map(float, (tmp_path / "took").read_text().split())
    assert logging_took_s < 10
    assert "filler" in (tmp_path / logs.FILE_NAME).read_text()


def test_a_library_that_points_standard_error_to_nowhere_loses_no_line() -> None:
    program = """
import logging, os
from connector_gui.system import logs
running = logs.start(None)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # sounddevice does so, while it loads
logging.getLogger("connector_gui.x").info("said meanwhile")
running.stop()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, check=True, cwd=Path(__file__).parents[2]
    )
    assert b"said meanwhile" in done.stderr


def test_a_full_disk_is_told_once_and_logging_goes_on(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    running = logs.start(tmp_path)
    handler = running._pipeline.sinks[-1].handler
    assert isinstance(handler, logging.FileHandler)
    handler.close()
    handler.stream = Path("/dev/full").open("a", encoding="utf-8")  # noqa: SIM115 - the handler closes it
    for _ in range(3):
        log.info("going on")
    running.stop()
    errors = capfd.readouterr().err
    assert errors.count("cannot be written: No space left on device") == 1
    assert errors.count("going on") == 3


def test_no_log_file_is_a_problem_in_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    running = logs.start(tmp_path / "missing")
    running.stop()
    assert running.problem is not None
    assert "cannot be written" in running.problem
    assert "log.no_file" in capfd.readouterr().err


def test_stop_restores_the_loggers(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    logs.start(tmp_path).stop()
    assert logging.getLogger().handlers == before


class TestCrashHooks:
    """Whatever nobody caught is in the log."""

    def test_an_error_in_a_slot(self, caplog: pytest.LogCaptureFixture) -> None:
        crashes: list[BaseException] = []
        error = ValueError("slot")
        with crash_hooks(crashes.append):
            sys.excepthook(ValueError, error, None)
        assert [record.message for record in caplog.records] == ["crash.uncaught"]
        assert crashes == [error]

    def test_an_error_in_a_thread(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail() -> None:
            raise ValueError("thread")

        crashes: list[BaseException] = []
        with crash_hooks(crashes.append):
            thread = threading.Thread(target=fail, name="worker")
            thread.start()
            thread.join()
        assert [str(error) for error in crashes] == ["thread"]
        (record,) = caplog.records
        assert (record.message, vars(record)["thread_name"]) == ("crash.thread", "worker")

    async def test_an_error_in_a_task(self, caplog: pytest.LogCaptureFixture) -> None:
        asyncio.get_running_loop().set_exception_handler(on_loop_error)

        async def fail() -> None:
            raise ValueError("task")

        task = asyncio.create_task(fail(), name="lost")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        (record,) = caplog.records
        assert (record.message, vars(record)["task_name"]) == ("crash.loop", "lost")

    def test_hooks_are_put_back(self) -> None:
        before = sys.excepthook, threading.excepthook, sys.unraisablehook
        with crash_hooks():
            assert sys.excepthook is not before[0]
        assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
