"""Does what later starts of the program ask: the commands of the command line, and links."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from connector_gui import __version__
from connector_gui.core.call import CallState
from connector_gui.core.call_choice import choose_call
from connector_gui.core.call_events import Party
from connector_gui.core.call_link import CallLink, LinkError, parse_link
from connector_gui.core.desk_command import CALL_ACTIONS, MAX_QUIET_MINUTES, DeskAnswer, DeskCommand
from connector_gui.core.errors import AgentError, ConnectorError, RefusedError
from connector_gui.core.metadata import SECRET_PREFIX
from connector_gui.core.moment import iso
from connector_gui.core.presence import Wish
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.core.view import CallView, DeskView
from connector_gui.core.webhook import FieldProblem, InvalidRequestError, digest, parse_initiate_call
from connector_gui.switchboard import Switchboard
from connector_gui.system.single_instance import Inquiry

log = logging.getLogger(__name__)

PLACED_BY: Final = "command line"
DONE: Final = "done"
DEADLINE_S: Final = 25.0
"""Less than a later start waits (`command_client.PLACING_TIMEOUT_S`)."""

_SAID: Final[Mapping[Action, str]] = {
    Action.ACCEPT: "The call is accepted.",
    Action.DECLINE: "The call is declined.",
    Action.END: "The call is being ended.",
    Action.MUTE: "Your microphone is muted.",
    Action.UNMUTE: "Your microphone is on.",
    Action.HOLD: "The call is on hold.",
    Action.RESUME: "The call goes on.",
    Action.MOVE: "The call goes on there.",
}


class CommandDesk:
    """Carries out one command after another as they come, each in its own task.

    Args:
        windows: What brings each window to the front, by the names of `core.desk_command.WINDOWS`.
        show_link: Shows the call that a link suggests.
        tell: Says to the operator why something that was clicked cannot be done.
    """

    def __init__(
        self,
        board: Switchboard,
        settings: Callable[[], Settings],
        windows: Mapping[str, Callable[[], None]],
        show_link: Callable[[CallLink], None],
        tell: Callable[[str], None],
        stop: asyncio.Event,
    ) -> None:
        self._board = board
        self._settings = settings
        self._windows = windows
        self._show_link = show_link
        self._tell = tell
        self._stop = stop
        self._inquiries: asyncio.Queue[Inquiry] = asyncio.Queue()

    def take(self, inquiry: Inquiry) -> None:
        """Answer it soon."""
        self._inquiries.put_nowait(inquiry)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                inquiry = await self._inquiries.get()
                tasks.create_task(self._serve(inquiry), name=f"command.{inquiry.command.name}")

    async def _serve(self, inquiry: Inquiry) -> None:
        answer = await self.answer(inquiry.command)
        log.info("command.done", extra={"command": inquiry.command.name, "code": answer.code})
        inquiry.answer(answer)
        if inquiry.command.name == "quit":
            self._stop.set()

    async def answer(self, command: DeskCommand) -> DeskAnswer:
        """Do *command*; what came of it. Never raises: whoever asked is a process like any other."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._do(command)
        except (RefusedError, AgentError) as error:
            return DeskAnswer(False, error.code, str(error))
        except ConnectorError as error:
            return DeskAnswer(False, "internal_error", str(error))
        except TimeoutError:
            return DeskAnswer(False, "timeout", f"This was not done within {DEADLINE_S:g} s.")
        except Exception:
            # The outermost frame of each command: one that fails must not take the others along.
            log.exception("command.failed")
            return DeskAnswer(False, "internal_error", "This failed. The log has the details.")

    async def _do(self, command: DeskCommand) -> DeskAnswer:
        members = command.members
        match command.name:
            case "status":
                return self._status()
            case "call":
                return await self._call(members)
            case name if name in CALL_ACTIONS:
                return await self._act(Action(name), members.get("session_id"), members.get("line"))
            case "dnd":
                return self._set_quiet(is_on=bool(members.get("is_on", True)), minutes=members.get("minutes"))
            case "open":
                return self._open(str(members.get("window", "panel")))
            case "link":
                return self._follow(str(members.get("url", "")))
            case "quit":
                return DeskAnswer(True, DONE, "Agent Connector is ending.")
        raise RefusedError("This command is not known here.", code="invalid_request", status=422)

    # --- calls ----------------------------------------------------------------------------------

    async def _call(self, members: Mapping[str, Any]) -> DeskAnswer:
        """As the webhook does it, but for secrets: those who see the command line are others than who sees a body."""
        body = dict(members)
        secret = next((name for name in body.get("metadata", {}) if name.startswith(SECRET_PREFIX)), None)
        if secret is not None:
            problem = "is a secret, which a command line does not keep; send such a call to the webhook"
            raise InvalidRequestError([FieldProblem(field=f"metadata.{secret}"[:200], message=problem)])
        request = parse_initiate_call(body).to_request(
            body.get("session_id") or str(uuid.uuid4()),
            placed_by=PLACED_BY,
            default_ring_timeout_s=self._settings().ring_timeout_s,
            digest=digest(body),
        )
        placed = await self._board.place_call(request)
        said = "This call was placed before; nothing rings again." if placed.is_replay else "The call is ringing."
        return DeskAnswer(True, DONE, said, {**_facts(placed.record), "replayed": placed.is_replay})

    async def _act(self, action: Action, session_id: str | None, line: str | None) -> DeskAnswer:
        chosen = session_id or choose_call(self._board.views.current, action, line)
        record = await self._board.act(chosen, action, Party.OPERATOR, line)
        if record is None:
            raise RefusedError("There is no call with this session id.", code="not_found", status=404)
        return DeskAnswer(True, DONE, _SAID[action], _facts(record))

    # --- the desk -------------------------------------------------------------------------------

    def _set_quiet(self, *, is_on: bool, minutes: int | None) -> DeskAnswer:
        if minutes is not None and not 1 <= minutes <= MAX_QUIET_MINUTES:
            sentence = f"minutes must be from 1 to {MAX_QUIET_MINUTES}."
            raise RefusedError(sentence, code="invalid_request", status=422)
        if not is_on:
            self._board.set_presence(Wish.TAKE_CALLS)
            return DeskAnswer(True, DONE, "Calls are taken.", {"do_not_disturb": False})
        if minutes is None:
            self._board.set_presence(Wish.UNTIL_BACK)
        else:
            self._board.set_presence(Wish.WHILE, minutes * 60.0)
        until = "until you take them again" if minutes is None else f"for {minutes} min"
        return DeskAnswer(True, DONE, f"No calls {until}.", {"do_not_disturb": True, "minutes": minutes})

    def _open(self, window: str) -> DeskAnswer:
        open_window = self._windows.get(window)
        if open_window is None:
            raise RefusedError("There is no such window.", code="invalid_request", status=422)
        open_window()
        return DeskAnswer(True, DONE, f"In front: {window}.")

    def _follow(self, url: str) -> DeskAnswer:
        try:
            link = parse_link(url)
        except LinkError as error:
            # Who clicked it looks at a window, not at what the command says.
            self._tell(str(error))
            raise RefusedError(str(error), code="invalid_request", status=422) from None
        self._show_link(link)
        return DeskAnswer(True, DONE, "The call is shown. Nothing is placed until you press Call.")

    def _status(self) -> DeskAnswer:
        view, health = self._board.views.current, self._board.health()
        data = {
            "version": __version__,
            "health": {"status": health.status, "ready": health.ready, "reasons": list(health.reasons)},
            "do_not_disturb": view.is_do_not_disturb,
            "quiet_until": iso(view.quiet_until) if view.quiet_until else None,
            "practice": view.is_practice,
            "webhook_url": view.webhook_url,
            "problems": list(view.problems),
            "calls": [{**_facts(call.record), "has_focus": call.has_focus} for call in view.calls],
        }
        return DeskAnswer(True, DONE, "\n".join(_status_lines(view, health.ready, health.reasons)), data)


def _facts(record: CallRecord) -> dict[str, Any]:
    """What a script needs of a call; nothing of what was said, and no metadata."""
    return {
        "session_id": record.session_id,
        "status": str(record.status),
        "outcome": str(record.outcome) if record.outcome else None,
        "agent_id": record.agent_id,
        "line": record.line,
        "agent_name": record.agent_name,
        "practice": record.practice,
        "muted": record.muted,
        "held": record.held,
        "created_at": iso(record.created_at),
    }


def _status_lines(view: DeskView, is_ready: bool, reasons: tuple[str, ...]) -> list[str]:
    ready = "ready for calls" if is_ready else f"takes no calls ({', '.join(reasons)})"
    practice = ", the practice agent answers" if view.is_practice else ""
    listening = f"The webhook listens at {view.webhook_url}." if view.webhook_url else "The webhook does not listen."
    lines = [f"Agent Connector {__version__}: {ready}{practice}.", listening, *view.problems]
    return [*lines, *map(_call_line, view.calls)]


def _call_line(call: CallView) -> str:
    record = call.record
    marks = [str(record.status), *(["muted"] if record.muted and record.status is not CallState.RINGING else [])]
    return f"{record.session_id}  {', '.join(marks)}  {record.agent_name or record.agent_id}"
