"""The control of the practice agent over HTTP, for tests of other programs; never served by the shipped one.

POST   /practice/control/script              a `Script`, for the next conversation
POST   /practice/control/scenario/{name}     a scenario by name, for the next conversation
POST   /practice/control/answers/{route}     an `Answer`, for the next request to that route
POST   /practice/control/reset
GET    /practice/control/conversations       what is known, with evidence
POST   /practice/control/conversations/{id}  an `Action`, now
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import ValidationError

from connector_gui.practice.control import Control, Route
from connector_gui.practice.conversation import Conversation
from connector_gui.practice.scenarios import SCENARIOS
from connector_gui.practice.script import ACTION, ANSWER, SCRIPT

PREFIX: Final = "/practice/control"

T = TypeVar("T")


def control_routes(control: Control) -> Iterable[web.RouteDef]:
    """The routes for *control*."""
    handlers = _Handlers(control)
    return [
        web.post(f"{PREFIX}/script", handlers.script),
        web.post(f"{PREFIX}/scenario/{{name}}", handlers.scenario),
        web.post(f"{PREFIX}/answers/{{route}}", handlers.answer),
        web.post(f"{PREFIX}/reset", handlers.reset),
        web.get(f"{PREFIX}/conversations", handlers.conversations),
        web.post(f"{PREFIX}/conversations/{{conversation_id}}", handlers.act),
    ]


class _Handlers:
    def __init__(self, control: Control) -> None:
        self._control = control

    async def script(self, request: web.Request) -> web.Response:
        self._control.script(await _read(request, SCRIPT.validate_json))
        return _done()

    async def scenario(self, request: web.Request) -> web.Response:
        scenario = SCENARIOS.get(request.match_info["name"])
        if scenario is None:
            raise web.HTTPNotFound(text=f"Known scenarios: {', '.join(sorted(SCENARIOS))}")
        self._control.script(scenario)
        return _done()

    async def answer(self, request: web.Request) -> web.Response:
        try:
            route = Route(request.match_info["route"])
        except ValueError:
            raise web.HTTPNotFound(text=f"Known routes: {', '.join(Route)}") from None
        self._control.answer_next(route, await _read(request, ANSWER.validate_json))
        return _done()

    async def reset(self, _request: web.Request) -> web.Response:
        self._control.reset()
        return _done()

    async def conversations(self, _request: web.Request) -> web.Response:
        return web.json_response({"conversations": [_evidence(known) for known in self._control.conversations]})

    async def act(self, request: web.Request) -> web.Response:
        conversation_id = request.match_info["conversation_id"]
        action = await _read(request, ACTION.validate_json)
        for known in self._control.live:
            if known.conversation_id == conversation_id and known.perform is not None:
                known.perform(action)
                return _done()
        raise web.HTTPNotFound(text="No such conversation lasts.")


def _done() -> web.Response:
    return web.json_response({"done": True})


async def _read(request: web.Request, validate: Callable[[bytes], T]) -> T:
    try:
        return validate(await request.read())
    except ValidationError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error


def _evidence(conversation: Conversation) -> dict[str, Any]:
    """What is known of a conversation, as JSON; values of variables and the sound itself are left out."""
    closing = conversation.closing
    return {
        "conversation_id": conversation.conversation_id,
        "agent_id": conversation.agent_id,
        "status": conversation.status,
        "closing": closing and {"code": closing.code, "reason": closing.reason, "by": closing.by},
        "received": [
            {
                "at_s": seen.at_s,
                "type": "user_audio_chunk" if seen.audio_bytes else seen.message and seen.message.type,
                "audio_bytes": seen.audio_bytes,
            }
            for seen in conversation.received
        ],
        "sent": [
            {"at_s": sent.at_s, "type": sent.type, "event_id": sent.event_id, "audio_bytes": sent.audio_bytes}
            for sent in conversation.sent
        ],
        "pongs": [{"event_id": pong.event_id, "delay_s": pong.delay_s} for pong in conversation.pongs],
        "transcript": [turn.model_dump(mode="json") for turn in conversation.transcript],
        "bad_frames": conversation.bad_frames,
    }
