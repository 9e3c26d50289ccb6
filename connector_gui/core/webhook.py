"""What callers send over HTTP: the body that places a call, and the queries; see `answers` for what they get.

    bytes → strict_json.parse → parse_initiate_call → InitiateCallBody.to_request → CallRequest

Whatever is wrong becomes an `InvalidRequestError` whose text names the field and says what to do: n8n shows it
to its user.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_request import CallRequest
from connector_gui.core.callback_url import split_callback_url
from connector_gui.core.errors import RefusedError
from connector_gui.core.messages import ConfigOverride
from connector_gui.core.metadata import VariableError, dynamic_variables, redacted
from connector_gui.core.service import MessageKind, Milestone
from connector_gui.core.strict_json import quoted_name

MAX_BODY_BYTES: Final = 64 * 1024
SESSION_ID_PATTERN: Final = r"^[A-Za-z0-9._:-]{1,128}$"
MAX_PAGE: Final = 200
MAX_MESSAGE_CHARS: Final = 8_000
"""Of a text for the agent. Some pages of writing; more would crowd out what was said."""


class FieldProblem(BaseModel):
    """One thing that is wrong with a request, by the dotted path of its field."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class InvalidRequestError(RefusedError):
    """Fields of a request are wrong; the text is a sentence about the first, *details* has all of them."""

    def __init__(self, details: Iterable[FieldProblem], *, code: str = "invalid_request", status: int = 422) -> None:
        self.details = tuple(details)
        super().__init__(_sentence(self.details), code=code, status=status)


def foreign_cursor() -> InvalidRequestError:
    """A list is to go on from a place that it has never told."""
    message = "must be the next_cursor of an earlier answer, unchanged; ask for the first page without one"
    return InvalidRequestError([FieldProblem(field="cursor", message=message)])


def _not_a_truth(value: object) -> object:
    # To pydantic True is 1; a caller who sends it means something else.
    if isinstance(value, bool):
        raise PydanticCustomError("truth_value", "must not be true or false")
    return value


def _check_callback_url(url: str) -> str:
    try:
        split_callback_url(url)
    except ValueError as error:
        raise PydanticCustomError("callback_url", str(error)) from None
    return url


class _Request(BaseModel):
    # A wrong value may be a secret: it stands in no error.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


AgentId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_][A-Za-z0-9._:~-]{0,127}$")]
SessionId = Annotated[str, StringConstraints(pattern=SESSION_ID_PATTERN)]
UserId = Annotated[str, StringConstraints(min_length=1, max_length=256)]
CallbackUrl = Annotated[str, AfterValidator(_check_callback_url)]
# n8n sends numbers as texts where a field was filled in by hand: both are taken.
Seconds = Annotated[float, BeforeValidator(_not_a_truth), Field(ge=1, le=3600, allow_inf_nan=False)]
Priority = Annotated[int, BeforeValidator(_not_a_truth), Field(ge=-1000, le=1000)]
EventId = Annotated[int, Field(ge=0, le=2**63 - 1)]


class InitiateCallBody(_Request):
    """Body of ``POST /webhook/initiate-call``. Each description completes “… must be”."""

    agent_id: AgentId = Field(description="the id of an ElevenLabs agent: 1 to 128 letters, digits or any of . _ : ~ -")
    session_id: SessionId | None = Field(
        default=None, description="a text of 1 to 128 letters, digits or any of . _ : -"
    )
    metadata: dict[str, Any] | None = Field(
        default=None, repr=False, description='an object of names and values, e.g. {"customer_name": "Mara"}'
    )
    user_id: UserId | None = Field(default=None, description="a text of 1 to 256 characters")
    callback_url: CallbackUrl | None = Field(default=None, repr=False, description="an http:// or https:// URL")
    ring_timeout_s: Seconds | None = Field(default=None, description="a number of seconds from 1 to 3600")
    priority: Priority | None = Field(
        default=None, description="a whole number from -1000 to 1000; higher is answered first"
    )
    overrides: ConfigOverride | None = Field(
        default=None, repr=False, description='an object of agent settings, e.g. {"agent": {"language": "de"}}'
    )

    def to_request(
        self, session_id: str, *, placed_by: str, default_ring_timeout_s: float, digest: str = "", body_digest: str = ""
    ) -> CallRequest:
        """The call that this body asks for, under the name it is to go by.

        Raises:
            InvalidRequestError: The metadata cannot become dynamic variables.
        """
        metadata = self.metadata or {}
        overrides = self.overrides.model_dump(mode="json", exclude_unset=True) if self.overrides else None
        return CallRequest(
            session_id=session_id,
            agent_id=self.agent_id,
            ring_timeout_s=default_ring_timeout_s if self.ring_timeout_s is None else self.ring_timeout_s,
            metadata=redacted(metadata),
            dynamic_variables=_variables(metadata),
            user_id=self.user_id,
            overrides=overrides or None,
            callback_url=self.callback_url,
            priority=self.priority or 0,
            placed_by=placed_by,
            digest=digest,
            body_digest=body_digest,
        )


class EmptyBody(_Request):
    """Body of a route that needs none."""


class NoQuery(_Request):
    """Query of a route that takes none."""


class LineQuery(_Request):
    """Query of ``POST /sessions/{id}/accept`` and ``/move``. Each description completes “… must be”.

    Without a line the desk's rules decide about a call that is accepted; one that is moved goes to the desk.
    """

    line: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)] | None = Field(
        default=None, description="the name of a line of the desk, or “desk” for the desk's own devices"
    )


class SessionsQuery(_Request):
    """Query of ``GET /sessions``. Each description completes “… must be”."""

    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description=f"a whole number from 1 to {MAX_PAGE}")
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        default=None, description="the next_cursor of an earlier answer"
    )
    status: CallState | None = Field(default=None, description="one of " + ", ".join(CallState))
    outcome: Outcome | None = Field(default=None, description="one of " + ", ".join(Outcome))


class WaitQuery(_Request):
    """Query of ``POST /webhook/initiate-call``. Each description completes “… must be”."""

    wait: Milestone | None = Field(default=None, description="one of " + ", ".join(Milestone))
    timeout_s: Seconds = Field(default=60.0, description="a number of seconds from 1 to 3600")


class MessageBody(_Request):
    """Body of ``POST /sessions/{id}/message``. Each description completes “… must be”."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_MESSAGE_CHARS)] = Field(
        repr=False,
        description=f"a text of 1 to {MAX_MESSAGE_CHARS} characters",
        # What is left when the blanks around it are gone.
        json_schema_extra={"pattern": r"\S"},
    )
    kind: MessageKind = Field(default="user_message", description="one of user_message, contextual_update")


class TranscriptQuery(_Request):
    """Query of ``GET /sessions/{id}/transcript``. Each description completes “… must be”."""

    format: Literal["json", "txt", "srt"] = Field(default="json", description="one of json, txt, srt")


class EventsQuery(_Request):
    """Query of ``GET /events`` and ``GET /sessions/{id}/events``. Each description completes “… must be”.

    `last_event_id` serves callers that cannot send the header ``Last-Event-ID``, which goes before it.
    """

    levels: bool = Field(default=False, description="true or false")
    last_event_id: EventId | None = Field(default=None, description="the id of an event received earlier")


M = TypeVar("M", bound=_Request)


def parse_body(model: type[M], value: object) -> M:
    """The parsed JSON *value* as *model*.

    Raises:
        InvalidRequestError: It does not fit, or has members that nobody knows.
    """
    if not isinstance(value, dict):
        raise InvalidRequestError([FieldProblem(field="", message="must be a JSON object, e.g. {}")])
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [_problem(model, fault) for fault in error.errors(include_url=False, include_input=False)]
    # Raised out here so that no traceback carries the body along.
    raise InvalidRequestError(problems)


def parse_initiate_call(value: object) -> InitiateCallBody:
    """The parsed JSON *value* as a request for a call.

    Raises:
        InvalidRequestError: It does not fit, or has members (of overrides too) that nobody knows.
    """
    body = parse_body(InitiateCallBody, value)
    if body.overrides is not None:
        unknown = [FieldProblem(field=path, message=_UNKNOWN) for path in _unknown_leaves(body.overrides, "overrides")]
        if unknown:
            raise InvalidRequestError(unknown)
    return body


def parse_query(model: type[M], pairs: Iterable[tuple[str, str]]) -> M:
    """The names and values of a query as *model*.

    Raises:
        InvalidRequestError: A name is unknown or given twice, or a value does not fit.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequestError([FieldProblem(field=quoted_name(name), message="is given twice; give it once")])
        found[name] = value
    return parse_body(model, found)


def digest(value: object) -> str:
    """SHA-256 of a body as canonical JSON, in hex: the same for bodies that mean the same.

    Secrets are left out: the digest is stored, and one of a short secret could be guessed back. Bodies
    that differ in values of ``secret__…`` names alone are therefore the same body.
    """
    text = json.dumps(_canonical(redacted(value)), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """*value* with numbers that are equal in JSON written alike (``1.0`` and ``1``)."""
    if isinstance(value, Mapping):
        return {name: _canonical(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _variables(metadata: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    try:
        return dynamic_variables(metadata)
    except VariableError as error:
        path = f"metadata.{error.path}" if error.path else "metadata"
        problem = FieldProblem(field=path, message=error.message)
    raise InvalidRequestError([problem])


_UNKNOWN: Final = "is not known here; leave it out or correct its name"


def _unknown_leaves(model: BaseModel, path: str) -> Iterable[str]:
    for name in model.model_extra or ():
        yield f"{path}.{quoted_name(name)}"
    for name in model.model_fields_set:
        member = getattr(model, name)
        if isinstance(member, BaseModel):
            yield from _unknown_leaves(member, f"{path}.{name}")


def _problem(model: type[BaseModel], fault: ErrorDetails) -> FieldProblem:
    """*fault* in words that the person who built the request understands."""
    path = ".".join(quoted_name(str(step)) for step in fault["loc"])
    known = model.model_fields.get(str(fault["loc"][0])) if len(fault["loc"]) == 1 else None
    wanted = known.description if known is not None else None
    match fault["type"]:
        case "missing":
            return FieldProblem(field=path, message=f"is missing; it must be {wanted}")
        case "extra_forbidden":
            names = ", ".join(model.model_fields)
            known_names = f" (known: {names})" if names else ""
            return FieldProblem(field=path, message=_UNKNOWN + known_names)
        case "callback_url":
            return FieldProblem(field=path, message=fault["msg"])
        case _ if wanted is not None:
            return FieldProblem(field=path, message=f"must be {wanted}")
        case _:
            return FieldProblem(field=path, message=f"is wrong: {fault['msg'][:1].lower()}{fault['msg'][1:]}")


def _sentence(details: tuple[FieldProblem, ...]) -> str:
    first = details[0]
    text = f"{first.field or 'The body'} {first.message}."
    rest = len(details) - 1
    if rest:
        text += f" {rest} more {'fields are' if rest > 1 else 'field is'} wrong: see details."
    return text
