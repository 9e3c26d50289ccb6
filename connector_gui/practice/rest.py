"""The practice agent's REST side: the service's routes, checks and error shapes.

Every route first looks whether a test wants it to fail. Source: the service's API reference and page on errors.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from connector_gui.core.agent_api import (
    AGENTS_PATH,
    CONVERSATIONS_PATH,
    KEY_HEADER,
    SIGNED_URL_PATH,
    SOCKET_PATH,
    SUBSCRIPTION_PATH,
    USER_PATH,
    Agent,
    AgentPage,
    AgentSummary,
    SignedUrlReply,
    Subscription,
)
from connector_gui.core.frames import WireModel
from connector_gui.practice.control import Control, RequestSeen, Route
from connector_gui.practice.conversation import Conversation
from connector_gui.practice.registry import Registry
from connector_gui.practice.script import NEVER, Answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_SIZE: Final = 30
LARGEST_PAGE: Final = 100
UPLOAD_CHUNK_BYTES: Final = 65_536
KEYLESS: Final = frozenset({Route.FEEDBACK, Route.FILES})
SUBSCRIPTION: Final = Subscription(tier="practice", status="active", character_count=0, character_limit=0)


class Rest:
    """The routes of one server."""

    def __init__(self, registry: Registry, control: Control) -> None:
        self._registry = registry
        self._control = control

    def routes(self) -> Iterable[web.RouteDef]:
        """What aiohttp is to serve."""
        one = CONVERSATIONS_PATH + "/{conversation_id}"
        table: list[tuple[str, str, Route, Handler]] = [
            ("GET", SIGNED_URL_PATH, Route.SIGNED_URL, self._signed_url),
            ("GET", AGENTS_PATH, Route.AGENTS, self._agents),
            ("GET", AGENTS_PATH + "/{agent_id}", Route.AGENT, self._agent),
            ("GET", CONVERSATIONS_PATH, Route.CONVERSATIONS, self._conversations),
            ("GET", one, Route.CONVERSATION, self._conversation),
            ("GET", one + "/summary", Route.SUMMARY, self._summary),
            ("GET", one + "/audio", Route.AUDIO, self._audio),
            ("DELETE", one, Route.DELETE, self._delete),
            ("POST", one + "/feedback", Route.FEEDBACK, self._feedback),
            ("POST", one + "/files", Route.FILES, self._files),
            ("GET", USER_PATH, Route.USER, self._user),
            ("GET", SUBSCRIPTION_PATH, Route.SUBSCRIPTION, self._subscription),
        ]
        return [web.route(method, path, self._guarded(route, handler)) for method, path, route, handler in table]

    def _guarded(self, route: Route, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            key = request.headers.get(KEY_HEADER, "").strip()
            self._control.note_request(RequestSeen(route, time.monotonic(), bool(key), request.query_string))
            answer = self._control.scripted_answer(route)
            if answer is not None:
                scripted = await _as_scripted(answer)
                if scripted is not None:
                    return scripted
            if route not in KEYLESS and not self._control.takes_key(key):
                return _error(401, "invalid_api_key", "Invalid API key" if key else "Missing API key", is_legacy=True)
            return await handler(request)

        return guarded

    # Agents

    async def _signed_url(self, request: web.Request) -> web.Response:
        agent_id = request.query.get("agent_id", "")
        if not agent_id:
            return _fault("agent_id", "Field required", "missing")
        if self._registry.agent(agent_id) is None:
            return _no_agent(agent_id)
        wants_id = request.query.get("include_conversation_id") == "true"
        token, ticket = self._registry.issue_ticket(agent_id, with_conversation_id=wants_id)
        query = {"agent_id": agent_id, "conversation_signature": token}
        if ticket.conversation_id is not None:
            query["conversation_id"] = ticket.conversation_id
        return _json(SignedUrlReply(signed_url=f"ws://{request.host}{SOCKET_PATH}?{urlencode(query)}"))

    async def _agents(self, request: web.Request) -> web.Response:
        size = request.query.get("page_size", str(PAGE_SIZE))
        cursor = request.query.get("cursor", "0")
        if not size.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
            return _fault("page_size", f"Input should be between 1 and {LARGEST_PAGE}", "less_than_equal")
        if not cursor.isdecimal():
            return _error(400, "invalid_cursor", "The cursor is not one of ours.")
        found = self._found_agents(request)
        start, end = int(cursor), int(cursor) + int(size)
        has_more = end < len(found)
        rows = tuple(_summary_of(agent) for agent in found[start:end])
        return _json(AgentPage(agents=rows, next_cursor=str(end) if has_more else None, has_more=has_more))

    def _found_agents(self, request: web.Request) -> list[Agent]:
        search = request.query.get("search", "").casefold()
        archived = request.query.get("archived") == "true"
        return [
            agent
            for agent in self._registry.listed_agents()
            if search in agent.name.casefold() and agent.platform_settings.archived == archived
        ]

    async def _agent(self, request: web.Request) -> web.Response:
        agent_id = request.match_info["agent_id"]
        agent = self._registry.agent(agent_id)
        return _no_agent(agent_id) if agent is None else _json(agent)

    # Conversations

    async def _conversations(self, request: web.Request) -> web.Response:
        agent_id = request.query.get("agent_id")
        rows = [
            _row(conversation)
            for conversation in reversed(list(self._registry.conversations()))
            if agent_id in (None, conversation.agent_id)
        ]
        return web.json_response({"conversations": rows[:LARGEST_PAGE], "next_cursor": None, "has_more": False})

    async def _conversation(self, request: web.Request) -> web.Response:
        conversation = self._registry.conversation(request.match_info["conversation_id"])
        return _no_conversation() if conversation is None else _json(conversation.details(time.monotonic()))

    async def _summary(self, request: web.Request) -> web.Response:
        conversation = self._registry.conversation(request.match_info["conversation_id"])
        if conversation is None:
            return _no_conversation()
        messages = [{"role": turn.role, "message": turn.message} for turn in conversation.transcript]
        return web.json_response({**_row(conversation), "messages": messages, "messages_omitted": 0, "note": ""})

    async def _audio(self, request: web.Request) -> web.Response:
        conversation = self._registry.conversation(request.match_info["conversation_id"])
        if conversation is None or not conversation.details(time.monotonic()).has_audio:
            return _no_conversation()
        # The service sends MP3; making that would take a library that nothing else here needs.
        wav = await asyncio.to_thread(conversation.recording.wav)
        return web.Response(body=wav, content_type="audio/wav")

    async def _delete(self, request: web.Request) -> web.Response:
        is_gone = self._registry.delete(request.match_info["conversation_id"])
        return web.json_response({}) if is_gone else _no_conversation()

    async def _feedback(self, request: web.Request) -> web.Response:
        conversation = self._registry.conversation(request.match_info["conversation_id"])
        if conversation is None:
            return _no_conversation()
        try:
            conversation.feedback = json.dumps(await request.json())
        except ValueError:
            return _fault("body", "JSON decode error", "json_invalid")
        return web.json_response({})

    async def _files(self, request: web.Request) -> web.Response:
        if self._registry.conversation(request.match_info["conversation_id"]) is None:
            return _no_conversation()
        async for _ in request.content.iter_chunked(UPLOAD_CHUNK_BYTES):
            pass  # nobody looks at the file; it only has to be taken
        return web.json_response({"file_id": f"file_{secrets.token_hex(8)}"})

    # Account

    async def _user(self, _request: web.Request) -> web.Response:
        account = {
            "user_id": "practice",
            "workspace_id": "practice",
            "subscription": SUBSCRIPTION.model_dump(mode="json"),
            "created_at": 0,
            "seat_type": "workspace_admin",
        }
        return web.json_response(account)

    async def _subscription(self, _request: web.Request) -> web.Response:
        return _json(SUBSCRIPTION)


async def _as_scripted(answer: Answer) -> web.Response | None:
    if answer.delay_s == NEVER:
        await asyncio.Event().wait()  # until the client gives up, or the server stops
    await asyncio.sleep(answer.delay_s)
    if answer.status is None:
        return None
    return web.Response(
        status=answer.status, text=answer.body, content_type=answer.content_type, headers=answer.headers
    )


def _json(model: WireModel) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")


def _error(status: int, code: str, message: str, *, is_legacy: bool = False) -> web.Response:
    """An error in one of the service's two shapes."""
    detail = {"status": code, "message": message}
    if not is_legacy:
        detail |= {"type": "not_found" if status == 404 else "invalid_request", "code": code}
        detail["request_id"] = secrets.token_hex(16)
    return web.json_response({"detail": detail}, status=status)


def _fault(field: str, message: str, kind: str) -> web.Response:
    """The service's answer to a parameter that is wrong."""
    return web.json_response({"detail": [{"loc": ["query", field], "msg": message, "type": kind}]}, status=422)


def _no_agent(agent_id: str) -> web.Response:
    return _error(404, "agent_not_found", f"No agent found with ID {agent_id[:80]}")


def _no_conversation() -> web.Response:
    return _error(404, "conversation_not_found", "Conversation not found")


def _summary_of(agent: Agent) -> AgentSummary:
    return AgentSummary(
        agent_id=agent.agent_id, name=agent.name, tags=agent.tags, archived=agent.platform_settings.archived
    )


def _row(conversation: Conversation) -> dict[str, object]:
    details = conversation.details(time.monotonic())
    analysis = details.analysis
    return {
        "conversation_id": details.conversation_id,
        "agent_id": details.agent_id,
        "status": details.status,
        "start_time_unix_secs": details.metadata.start_time_unix_secs,
        "call_duration_secs": details.metadata.call_duration_secs,
        "message_count": len(details.transcript),
        "call_successful": analysis.call_successful if analysis else "unknown",
        "transcript_summary": analysis.transcript_summary if analysis else None,
        "call_summary_title": analysis.call_summary_title if analysis else None,
    }
