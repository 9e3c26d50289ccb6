"""What every message on the agent's socket has in common: a JSON object, a `type`, a wrapper.

    {"type": "ping", "ping_event": {"event_id": 3, "ping_ms": 46}}
              │          │            └ members: the fields of the model
              │          └ wrapper: `WireMessage.wrapper`, irregular, none for client messages
              └ `WireMessage.type`

The models hold the members alone, so the program reads ``message.event_id`` whatever the wrapper is called.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeVar

import pydantic_core
from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from connector_gui.core.errors import ProtocolError

UNKNOWN_TYPE_CHARS: Final = 64
"""How much of an unknown type's name is kept: it comes from outside and may end up in a log."""


class WireModel(BaseModel):
    """Base of everything that crosses the border: frozen, unknown members ignored, values never in an error's text."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)


class WireMessage(WireModel):
    """One message of the protocol."""

    type: ClassVar[str]
    """What the frame's `type` member says."""

    wrapper: ClassVar[str | None] = None
    """Name of the member that holds the payload; None where the payload lies beside `type`."""

    @classmethod
    def body_of(cls, frame: dict[str, Any]) -> object:
        """The part of *frame* that holds this message's members.

        Raises:
            ProtocolError: The wrapper is missing.
        """
        if cls.wrapper is None:
            return frame
        if cls.wrapper not in frame:
            raise bad_message(f"{cls.type}: {cls.wrapper} is missing")
        return frame[cls.wrapper]

    def to_frame(self) -> dict[str, Any]:
        """The JSON object as it goes over the wire; members that were not set are left out."""
        body = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {"type": self.type, **(body if self.wrapper is None else {self.wrapper: body})}

    def to_json(self) -> str:
        """The text frame."""
        return json.dumps(self.to_frame(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A message of a type this program does not know: to be counted and skipped."""

    type: str


def bad_message(reason: str) -> ProtocolError:
    """The error for a frame that cannot be followed; *reason* must quote nothing of its values."""
    return ProtocolError(f"A message cannot be read: {reason}.", code="elevenlabs_error")


def read_frame(text: str | bytes) -> dict[str, Any]:
    """The JSON object in a frame.

    Raises:
        ProtocolError: Not JSON (NaN, bad UTF-8 and nesting over 200 levels included) or not an object.
    """
    try:
        frame = pydantic_core.from_json(text, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        # The parser's own text quotes the payload, and so would a chained error in a traceback.
        raise bad_message("not JSON") from None
    if not isinstance(frame, dict):
        raise bad_message("not a JSON object")
    return frame


M = TypeVar("M", bound=WireMessage)


def parse_by_type(frame: dict[str, Any], models: Mapping[str, type[M]]) -> M | UnknownMessage:
    """The message that *frame*'s `type` names in *models*.

    Raises:
        ProtocolError: There is no `type`, or the members do not fit it.
    """
    name = frame.get("type")
    if not isinstance(name, str):
        raise bad_message("no type")
    model = models.get(name)
    if model is None:
        return UnknownMessage(name[:UNKNOWN_TYPE_CHARS])
    return validate(model, model.body_of(frame))


def validate(model: type[M], body: object) -> M:
    """*body* as *model*.

    Raises:
        ProtocolError: It does not fit; the text names the message and the field, never a value.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        reason = _first_fault(model, error)
    raise bad_message(reason)


def _first_fault(model: type[WireMessage], error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # Only the first step of the path is a name of ours; deeper ones can be keys that the sender chose.
    field = str(fault["loc"][0]) if fault["loc"] else model.wrapper or "the message"
    return f"{model.type}: {field} {'is missing' if fault['type'] == 'missing' else 'is not what it should be'}"


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


T = TypeVar("T")

Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""A member that is good to have: of the wrong type it counts as absent, and the message still counts."""


def decode_audio(payload: str) -> bytes:
    """The raw samples in a base64 *payload*; empty for an empty one.

    An odd number of bytes is not an error here: only the announced format says what a sample is.

    Raises:
        ProtocolError: Not standard base64 with padding.
    """
    try:
        return binascii.a2b_base64(payload, strict_mode=True)
    except ValueError:
        # Non-ASCII text is a plain ValueError, bad base64 the subclass binascii.Error.
        raise bad_message("audio is not base64") from None


def encode_audio(samples: bytes) -> str:
    """Standard base64 of raw *samples*, in one line."""
    return binascii.b2a_base64(samples, newline=False).decode("ascii")
