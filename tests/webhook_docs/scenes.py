"""What is asked of the webhook, and what it answers: collected from real connections, then made the same each time."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from connector_gui import __version__
from connector_gui.core.answering import KeyStatus, is_practice
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.errors import ConnectorError, KeyringError, KeyringReason, RefusedError, StorageFullError
from connector_gui.core.lines import LineDevices, LineSettings
from connector_gui.core.presence import Wish
from connector_gui.core.service import Action
from connector_gui.elevenlabs.network import timed_out
from connector_gui.elevenlabs.refusals import Answer, agent_not_found, refusal
from connector_gui.system.secret_store import SENTENCES
from connector_gui.voice.microphone_access import where_to_look
from connector_gui.webhook.config import Limits
from tests.fakes.raw_http import RawAnswer, connect, exchange, request
from tests.fakes.receiver import Got, receiving
from tests.fakes.webhook import JSON_LINE, KEY, KEY_LINE
from tests.webhook_docs.office import Office, office, refusing

CALL = "/webhook/initiate-call"
ID = "crm-42"
MARA = {"agent_id": "agent_123", "session_id": ID, "metadata": {"customer_name": "Mara", "balance": 12.5}}
RATE = 60

# What differs from one time, place or release to the next, and what stands for it.
_NAMES: tuple[tuple[str, str], ...] = (
    (re.escape(KEY), "your-key"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "0b0e7e2c-3f6f-4a57-9b0c-5d1a6c1f7e21"),
    (r"(?<![0-9a-f=])[0-9a-f]{32}(?![0-9a-f])", "9c1d8f0e6b7a4c35a2f1d0e9b8c7a6f5"),
    (r'(ETag: )"[^"]+"', r'\1"5dc-18e1b2a"'),
    (rf'("version": "|agent-connector/){re.escape(__version__)}', r"\g<1>1.0.0"),
    (r"2026-11-2\d \d\d:\d\d:00 [+-]\d{4}", "2026-11-22 12:41:00 +0000"),
    (r"call 2026-11-2\d \d\d\.\d\d", "call 2026-11-22 12.41"),
    (r"(Last-Modified: ).*", r"\1Sun, 22 Nov 2026 12:42:05 GMT"),
)


@dataclass(frozen=True)
class Seen:
    """One request and its answer, as text that is the same each time."""

    request: str
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass
class Scenes:
    """All that was seen.

    Attributes:
        by_name: Exchanges that the page shows.
        refusals: Refusals by code and status.
        report: The request that a receiver of reports got, as bytes; `report_text` is the same, made readable.
        stream: The beginning of an event stream.
        description: What the program says of its routes (``/openapi.json``).
        acted: What the buttons changed, by action.
    """

    by_name: dict[str, Seen] = field(default_factory=dict)
    refusals: dict[tuple[str, int], Seen] = field(default_factory=dict)
    report: Got | None = None
    report_text: str = ""
    stream: str = ""
    description: dict[str, Any] = field(default_factory=dict)
    acted: dict[Action, Seen] = field(default_factory=dict)


async def played(folder: Path) -> Scenes:
    """Play everything."""
    scenes = Scenes()
    await _a_call(scenes, folder)
    await _short_answers(scenes, folder)
    await _buttons(scenes, folder)
    refusals = [one async for one in _refusals(folder)]
    for one in (*refusals, scenes.by_name["recording.beyond"]):
        scenes.refusals[json.loads(one.body)["code"], one.status] = one
    return scenes


# --- asking ------------------------------------------------------------------------------------


async def ask(
    at: Office, method: str, target: str, *headers: str, body: bytes = b"", host: str | None = None, key: bool = True
) -> Seen:
    """One exchange."""
    lines = [*([KEY_LINE] if key else []), *([JSON_LINE] if body and not headers else []), *headers]
    data = request(method, target, *lines, body=body, host=host or f"127.0.0.1:{at.port}")
    return seen(at, data, await exchange(at.port, data, has_body=method != "HEAD"))


async def post(at: Office, target: str, value: object) -> Seen:
    """*value* as JSON."""
    return await ask(at, "POST", target, body=json.dumps(value).encode())


async def place(at: Office, **members: object) -> Seen:
    """A call."""
    return await post(at, CALL, {"agent_id": "agent_123", **members})


def seen(at: Office, data: bytes, answer: RawAnswer) -> Seen:
    """An exchange as the page has it."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    head = re.sub(r"Content-Length: .*\n", "", head.replace("\r\n", "\n") + "\n").strip()
    text = answer.body.decode("utf-8", "replace")
    lines = [f"{_as_written(name)}: {value}" for name, value in answer.headers.items()]
    parted = (line.partition(": ") for line in _same(at, "\n".join(lines)).split("\n"))
    return Seen(
        request=_same(at, f"{head}\n\n{body}".strip()),
        status=answer.status,
        headers={name: value for name, _, value in parted},
        body=_same(at, text),
    )


def _same(at: Office, text: str) -> str:
    text = text.replace(f":{at.port}", ":8000")
    for pattern, name in _NAMES:
        text = re.sub(pattern, name, text)
    return text


def _as_written(name: str) -> str:
    special = {"x-request-id": "X-Request-ID", "etag": "ETag", "www-authenticate": "WWW-Authenticate"}
    return special.get(name, "-".join(part.capitalize() for part in name.split("-")))


# --- scenes ------------------------------------------------------------------------------------


async def _a_call(scenes: Scenes, folder: Path) -> None:
    """One call from its placing to its report."""
    named = scenes.by_name
    async with receiving() as receiver, office(folder) as at:
        body = {**MARA, "callback_url": receiver.url("/webhook-waiting/231?signature=3a7f")}
        named["initiateCall"] = _at_n8n(await post(at, CALL, body), receiver.port)
        named["replay"] = _at_n8n(await post(at, CALL, body), receiver.port)
        async with _stream(at, "/events") as until:
            events = [await until("snapshot")]
            await at.connect(ID)
            events.append(await until('"active"'))
            await at.talk(ID)
            events.append(await until("which invoice"))
        scenes.stream = _same(at, "".join(events)).strip()
        named["waited"] = await _waited(at)
        await at.hang_up(ID)
        await receiver.until(1)
        scenes.report = receiver.got[0]
        scenes.report_text = _same(at, receiver.got[0].body.decode())
        await at.until(lambda: at.store.records[ID].callback.state == "delivered")
        await _look_back(at, named)


def _at_n8n(seen: Seen, port: int) -> Seen:
    return replace(seen, request=seen.request.replace(f":{port}/", ":5678/"))


@asynccontextmanager
async def _stream(at: Office, target: str) -> AsyncIterator[_NextEvent]:
    url = f"http://127.0.0.1:{at.port}{target}"
    async with aiohttp.ClientSession() as session, session.get(url, headers={"X-API-Key": KEY}) as answer:
        yield _NextEvent(answer)


class _NextEvent:
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __call__(self, mark: str) -> str:
        """The next event that has *mark* in it."""
        async with asyncio.timeout(10):
            while True:
                text = (await self._answer.content.readuntil(b"\n\n")).decode()
                if mark in text:
                    return text


async def _waited(at: Office) -> Seen:
    """A second call, declined while its caller waits."""
    target = f"{CALL}?wait=ended&timeout_s=120"
    waiting = asyncio.create_task(post(at, target, {"agent_id": "agent_123", "session_id": "crm-43"}))
    await at.until(lambda: "crm-43" in at.store.records)
    await at.board.act("crm-43", Action.DECLINE)
    return await waiting


async def _look_back(at: Office, named: dict[str, Seen]) -> None:
    record = at.store.records[ID]
    assert record.recording_file is not None
    file = at.recordings.path(record.recording_file)
    file.write_bytes(b"fLaC" + bytes(1496))
    named["session"] = await ask(at, "GET", f"/sessions/{ID}")
    named["sessions"] = await ask(at, "GET", "/sessions?limit=1&outcome=completed")
    named["transcript"] = await ask(at, "GET", f"/sessions/{ID}/transcript")
    named["transcript.txt"] = await ask(at, "GET", f"/sessions/{ID}/transcript?format=txt")
    named["transcript.srt"] = await ask(at, "GET", f"/sessions/{ID}/transcript?format=srt")
    sound = await ask(at, "GET", f"/sessions/{ID}/recording")
    part = await ask(at, "GET", f"/sessions/{ID}/recording", "Range: bytes=0-499")
    named["recording"], named["recording.part"] = replace(sound, body=""), replace(part, body="")
    named["recording.beyond"] = await ask(at, "GET", f"/sessions/{ID}/recording", "Range: bytes=9000-")


async def _short_answers(scenes: Scenes, folder: Path) -> None:
    named = scenes.by_name
    async with office(folder) as at:
        scenes.description = json.loads((await ask(at, "GET", "/openapi.json", key=False)).body)
        named["health"] = await ask(at, "GET", "/health", key=False)
        at.board.set_presence(Wish.HALF_HOUR)
        await at.until(lambda: at.desk.is_do_not_disturb)
        named["health.unavailable"] = await ask(at, "GET", "/health", key=False)


SOFTPHONE = LineSettings(LineDevices("softphone", "Cable B", "Cable A"))


async def _buttons(scenes: Scenes, folder: Path) -> None:
    async with office(folder, rules=DeskRules(lines=(SOFTPHONE,))) as at:
        await post(at, CALL, MARA)
        for action in (Action.ACCEPT, Action.MUTE, Action.UNMUTE, Action.HOLD, Action.RESUME, Action.END):
            if action is Action.MUTE:
                await at.connect(ID)
                note = {"text": "The customer's invoice was paid today.", "kind": "contextual_update"}
                scenes.by_name["message"] = await post(at, f"/sessions/{ID}/message", note)
            if action is Action.END:
                scenes.acted[Action.MOVE] = await ask(at, "POST", f"/sessions/{ID}/move?line=softphone")
            scenes.acted[action] = await ask(at, "POST", f"/sessions/{ID}/{action}")
        await place(at, session_id="crm-44")
        scenes.acted[Action.DECLINE] = await ask(at, "POST", f"/sessions/crm-44/{Action.DECLINE}")


# --- refusals ----------------------------------------------------------------------------------


async def _refusals(folder: Path) -> AsyncIterator[Seen]:
    """At least one of every code and status."""
    for scene in (_of_requests, _of_limits, _of_the_desk, _of_calls, _of_elevenlabs, _of_the_program):
        async for one in scene(folder):
            yield one


async def _of_requests(folder: Path) -> AsyncIterator[Seen]:
    async with office(folder) as at:
        yield await ask(at, "POST", CALL, host="desk.example")
        yield await ask(at, "GET", "/sessions", "Origin: https://example.com")
        yield await ask(at, "GET", "/sessions", key=False)
        yield await ask(at, "GET", "/session")
        yield await ask(at, "GET", CALL)
        yield await ask(at, "POST", CALL, "Content-Type: text/plain", body=b"hello")
        yield await ask(at, "POST", CALL, body=b'{"agent_id": "agent_123"')
        yield await ask(at, "POST", CALL, body=b" " * (64 * 1024 + 1))
        yield await place(at, agent="x")
        broken = b"GET /health HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n"
        yield seen(at, broken, await exchange(at.port, broken))


async def _of_limits(folder: Path) -> AsyncIterator[Seen]:
    async with office(folder, limits=Limits(body_s=0.05, held=1)) as at:
        async with _stream(at, "/events"):
            yield await ask(at, "GET", "/events")
        head = request("POST", CALL, KEY_LINE, JSON_LINE, "Content-Length: 99", host=f"127.0.0.1:{at.port}")
        async with connect(at.port) as connection:
            await connection.send(head + b"{")
            late = seen(at, head, await connection.answer())
        usual = Limits()
        yield replace(late, body=late.body.replace("0.05 s", f"{usual.body_s:g} s"))
    async with office(folder, rules=DeskRules(ring_queue_size=1)) as at:
        # Those that find no room count as well.
        for _ in range(RATE):
            await place(at)
        refused = await place(at)
        assert int(refused.headers["Retry-After"]) > RATE // 2
        # On a busy machine some seconds of the minute are over.
        yield replace(refused, headers={**refused.headers, "Retry-After": str(RATE)})


async def _of_the_desk(folder: Path) -> AsyncIterator[Seen]:
    async with office(folder, rules=DeskRules(ring_queue_size=2)) as at:
        for name in ("crm-1", "crm-2"):
            await place(at, session_id=name)
        yield await place(at)
        await at.connect("crm-1")
        yield await ask(at, "POST", "/sessions/crm-2/accept")
        yield await ask(at, "POST", "/sessions/crm-1/decline")
        at.board.set_presence(Wish.HALF_HOUR)
        await at.until(lambda: at.desk.is_do_not_disturb)
        yield await place(at)
    async with office(folder, rules=DeskRules(when_busy=WhenBusy.REFUSE)) as at:
        await place(at, session_id="crm-1")
        await at.connect("crm-1")
        yield await place(at)
    async with office(folder, rules=DeskRules(max_concurrent_calls=2, lines=(SOFTPHONE,))) as at:
        for name in ("crm-1", "crm-2"):
            await place(at, session_id=name)
        await ask(at, "POST", "/sessions/crm-1/accept?line=softphone")
        yield await ask(at, "POST", "/sessions/crm-2/accept?line=softphone")


async def _of_calls(folder: Path) -> AsyncIterator[Seen]:
    async with office(folder) as at:
        await post(at, CALL, MARA)
        yield await post(at, CALL, {**MARA, "priority": 1})
        at.account.is_quick.clear()
        at.account.is_asked.clear()
        first = asyncio.create_task(place(at, session_id="crm-43"))
        await at.account.is_asked.wait()
        yield await place(at, session_id="crm-43")
        at.account.is_quick.set()
        await first


async def _of_elevenlabs(folder: Path) -> AsyncIterator[Seen]:
    async with office(folder) as at:
        for error in (agent_not_found("agent_123"), *_said_by_elevenlabs(), timed_out(10)):
            at.account.refusal = error
            yield await place(at)


def _said_by_elevenlabs() -> Iterator[ConnectorError]:
    for status, code in (
        (500, ""),
        (401, "invalid_api_key"),
        (401, "missing_permissions"),
        (401, "quota_exceeded"),
        (429, "concurrent_limit_exceeded"),
        (429, "system_busy"),
    ):
        body = json.dumps({"detail": {"status": code, "message": ""}}).encode() if code else b""
        yield refusal(Answer(status, {}, body))


async def _of_the_program(folder: Path) -> AsyncIterator[Seen]:
    locked = KeyringError(KeyringReason.LOCKED, SENTENCES[KeyringReason.LOCKED])
    async with office(folder, keys=refusing(locked)) as at:
        yield await place(at)
    async with office(folder) as at:
        at.services.refusal = _without_a_key()
        yield await place(at)
        at.services.refusal = None
        at.voice.problem = f"No microphone was found. Plug one in and try again. {where_to_look('linux')}"
        yield await place(at)
        at.voice.problem = None
        at.account.refusal = StorageFullError("There is no space left for the record of calls. Free some space.")
        yield await place(at)
        at.account.refusal = ZeroDivisionError()
        yield await place(at)
        at.account.refusal = None
        await at.board.shut_down()
        yield await place(at)


def _without_a_key() -> RefusedError:
    try:
        is_practice("never", KeyStatus.NONE)
    except RefusedError as error:
        return error
    raise AssertionError("a key is not needed")
