"""Lets clients in to the agent's socket: signature, origin, script; then the session takes over."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from connector_gui.core.agent_api import Agent
from connector_gui.practice.registry import Registry, Ticket
from connector_gui.practice.script import Close, Script
from connector_gui.practice.session import Session
from connector_gui.practice.socket import AgentSocket

SUBPROTOCOL: Final = "convai"
LARGEST_FRAME_BYTES: Final = 16 * 1024 * 1024
CLOSE_TIMEOUT_S: Final = 2.0
GOING_AWAY: Final = Close(1001, "The practice agent is shutting down.")
REQUEST_ERROR: Final = (3000, b"Request error")
"""The only refusal of a socket that has been met at the real service; the handshake itself succeeds."""


class Door:
    """The socket route of one server, and the sessions behind it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._sessions: dict[Session, asyncio.Task[object] | None] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one WebSocket from handshake to end."""
        script = self._registry.next_script()
        agent_id = request.query.get("agent_id", "")
        agent = script.agent or (self._registry.agent(agent_id) if agent_id else None)
        if script.handshake_status is not None:
            return web.json_response({"detail": "The handshake is refused."}, status=script.handshake_status)
        if agent is not None and not _origin_is_welcome(agent, request.headers.get("Origin")):
            return web.json_response({"detail": "Origin not allowed"}, status=403)
        await asyncio.sleep(script.handshake_delay_s)
        websocket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            compress=False,
            timeout=CLOSE_TIMEOUT_S,
            autoclose=script.answers_close,
            max_msg_size=LARGEST_FRAME_BYTES,
        )
        try:
            await websocket.prepare(request)
        except ConnectionError:  # a call that was ended while it connected
            return websocket
        ticket = self._ticket(request, agent_id)
        if agent is None or ticket is None:
            code, reason = REQUEST_ERROR
            await websocket.close(code=code, message=reason)
        else:
            await self._converse(request, websocket, script, agent, ticket)
        return websocket

    def _ticket(self, request: web.Request, agent_id: str) -> Ticket | None:
        """What the client comes with; without a signature it is at a public agent's door, and that is open."""
        token = request.query.get("conversation_signature")
        return Ticket(agent_id, 0.0) if token is None else self._registry.redeem(token, agent_id)

    async def _converse(
        self, request: web.Request, websocket: web.WebSocketResponse, script: Script, agent: Agent, ticket: Ticket
    ) -> None:
        transport = request.transport
        if transport is None:
            return  # gone already
        session = Session(
            AgentSocket(websocket, transport, answers_close=script.answers_close),
            self._registry.open_conversation(ticket, script),
            script,
            agent,
            takes_overrides=script.agent is None and ticket.agent_id not in self._registry.agents,
        )
        self._sessions[session] = asyncio.current_task()
        try:
            await session.run()
        finally:
            del self._sessions[session]

    async def close_all(self, timeout_s: float) -> None:
        """Say goodbye to all clients; who has not gone within *timeout_s* is dropped."""
        tasks = [task for task in self._sessions.values() if task is not None]
        for session in list(self._sessions):
            session.ask(GOING_AWAY)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _origin_is_welcome(agent: Agent, origin: str | None) -> bool:
    """Source: `auth_settings` of the Python SDK: exact host names, and an empty list lets anyone in."""
    auth = agent.platform_settings.auth
    if not auth.allowlist:
        return True
    if origin is None:
        return not auth.require_origin_header
    return any(origin.split("://", 1)[-1] == entry.hostname for entry in auth.allowlist)
