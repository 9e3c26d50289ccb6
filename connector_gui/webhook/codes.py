"""Every code that a refusal can carry, with its status and when it comes; for those who read them.

The sentence that goes with it is made where the request is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector_gui.core.sentence import sentence


@dataclass(frozen=True, slots=True)
class Code:
    """Why a request was refused.

    Attributes:
        statuses: HTTP statuses that it comes with.
        when: Reads on after the code.
    """

    statuses: tuple[int, ...]
    when: str


CODES: Final[Mapping[str, Code]] = {
    "invalid_request": Code((400, 408, 416, 422), "something in the request is wrong; `details` names each field"),
    "invalid_json": Code((400,), "the body is not JSON, or has a name twice, NaN, or more than 32 levels"),
    "unauthorized": Code((401,), "there is no key, or it is none of this desk's"),
    "origin_not_allowed": Code((403,), "a browser sent it for another page"),
    "not_found": Code((404,), "there is nothing of that name, or it has been deleted"),
    "agent_not_found": Code((404,), "ElevenLabs has no agent with this id"),
    "method_not_allowed": Code((405,), "the address is right and the method is not; `Allow` names those that are"),
    "wrong_state": Code((409,), "the call cannot do this now, or any more"),
    "desk_full": Code((409, 503), sentence("as many conversations as the desk allows are open")),
    "line_busy": Code((409,), "another call has that line"),
    "request_in_progress": Code((409,), "the first request with this id is still being answered"),
    "body_too_large": Code((413,), "the body is larger than 64 KiB"),
    "unsupported_media_type": Code((415,), "the body is not `application/json`, or it is compressed"),
    "host_not_allowed": Code((421,), "the host name in the URL is none of this desk's"),
    "session_conflict": Code((422,), "the same id came before with another body"),
    "rate_limited": Code((429,), "too many calls with this key, or too many wrong keys from this address"),
    "internal_error": Code((500,), "the program made a mistake; its log has more under the `request_id`"),
    "elevenlabs_error": Code((502,), "ElevenLabs has a fault or refused the request"),
    "elevenlabs_key_invalid": Code((502,), "ElevenLabs does not take the desk's key"),
    "elevenlabs_permission_missing": Code((502,), "the desk's ElevenLabs key lacks a permission"),
    "elevenlabs_quota_exceeded": Code((502,), "the ElevenLabs account has no credit left"),
    "elevenlabs_concurrency": Code((502,), "the ElevenLabs account has as many conversations open as it may"),
    "elevenlabs_rate_limited": Code((502,), "ElevenLabs is busy, or gets too many requests"),
    "elevenlabs_timeout": Code((504,), "ElevenLabs did not answer within 10 s"),
    "do_not_disturb": Code((503,), sentence("the operator takes no calls now")),
    "queue_full": Code((503,), sentence("as many calls ring as the desk allows")),
    "no_api_key": Code((503,), sentence("the desk has no ElevenLabs key, and practice is off")),
    "keyring_locked": Code((503,), sentence("the keys are in a keyring that is locked")),
    "no_audio_device": Code((503,), sentence("there is no microphone or speaker")),
    "storage_full": Code((503,), sentence("the disk is full")),
    "too_many_streams": Code((503,), "as many event streams are open as the desk allows"),
    "shutting_down": Code((503,), sentence("the program is being closed")),
}
