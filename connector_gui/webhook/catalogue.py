"""What each route is for: the words of the description. Models, limits and codes are named here, not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector_gui.core.service import Action
from connector_gui.core.webhook import (
    SESSION_ID_PATTERN,
    EmptyBody,
    EventsQuery,
    InitiateCallBody,
    LineQuery,
    MessageBody,
    NoQuery,
    SessionsQuery,
    TranscriptQuery,
    WaitQuery,
)
from connector_gui.webhook import examples
from connector_gui.webhook.about import EVENT_STREAM, About, Answer, SentHeader

CALLS: Final = "Calls"
LIVE: Final = "Live"
RECORD: Final = "Record"
PROGRAM: Final = "Program"
TOPICS: Final[Mapping[str, str]] = {
    CALLS: "Placing calls, and doing what the operator's buttons do.",
    LIVE: "Following calls as they happen.",
    RECORD: "Calls, transcripts and recordings.",
    PROGRAM: "The program itself.",
}

_NO_SUCH_CALL: Final = ("not_found",)
_CALL: Final = Answer(words="The call as it is now.", schema=("Session",), example=examples.SESSION)

HEALTH: Final = About(
    name="health",
    topic=PROGRAM,
    title="Whether calls can be taken now",
    words="`reasons` are stable codes; `degraded` still takes calls.",
    query=None,
    answers={
        200: Answer(words="Calls can be taken.", schema=("Health",), example=examples.HEALTH),
        503: Answer(words="They cannot.", schema=("Health",), headers={"Retry-After": "Seconds until asking again."}),
    },
)

INITIATE_CALL: Final = About(
    name="initiateCall",
    topic=CALLS,
    title="Let a call ring at the desk",
    words=(
        "Answers at once that it rings; with `?wait=` when the operator has accepted, or the call is over.\n\n"
        "A retry never rings twice: the same `session_id` (or `Idempotency-Key`) with the same body gets the first "
        "answer again, with the header `Idempotency-Replayed: true`.\n\n"
        "In n8n use the node *HTTP Request*: method POST, *Authentication* Generic, *Header Auth* with the name "
        "`X-API-Key` and the key from Settings, Webhook; *Body Content Type* JSON, *Specify Body* Using JSON. From a "
        "container the host is `host.docker.internal`, which has to stand in `ALLOWED_HOSTS`."
    ),
    query=WaitQuery,
    body=InitiateCallBody,
    body_examples={
        "The least": {"agent_id": "agent_123"},
        "With what the agent is to know": {
            "agent_id": "agent_123",
            "session_id": "crm-42",
            "metadata": {"customer_name": "Mara", "balance": 12.5},
            "ring_timeout_s": 30,
            "overrides": {"agent": {"language": "de"}},
        },
        "From n8n, which goes on when the call is over": {
            "agent_id": "agent_123",
            "session_id": "n8n-231-4",
            "metadata": {"customer_name": "Mara"},
            "callback_url": "http://127.0.0.1:5678/webhook-waiting/231",
        },
    },
    headers={
        "Idempotency-Key": SentHeader(
            words="Names the call where the body has no `session_id`.",
            schema={"type": "string", "pattern": SESSION_ID_PATTERN},
        )
    },
    answers={
        202: Answer(
            words="It rings; or this is the answer to the first request of that id.",
            schema=("Waited", "Accepted"),
            headers={"Idempotency-Replayed": "`true` where nothing rings again."},
            example=examples.ACCEPTED,
        )
    },
    refusals=(
        "agent_not_found",
        "request_in_progress",
        "session_conflict",
        "rate_limited",
        "elevenlabs_error",
        "elevenlabs_key_invalid",
        "elevenlabs_permission_missing",
        "elevenlabs_quota_exceeded",
        "elevenlabs_concurrency",
        "elevenlabs_rate_limited",
        "elevenlabs_timeout",
        "do_not_disturb",
        "queue_full",
        ("desk_full", 503),
        "no_api_key",
        "no_audio_device",
        "storage_full",
        "shutting_down",
    ),
)

SESSIONS: Final = About(
    name="sessions",
    topic=RECORD,
    title="Calls, newest first",
    words="`next_cursor` of an answer, sent as `cursor`, continues it; `null` is the end.",
    query=SessionsQuery,
    answers={
        200: Answer(words="A page of calls, without transcripts.", schema=("Sessions",), example=examples.SESSIONS)
    },
)

SESSION: Final = About(
    name="session",
    topic=RECORD,
    title="One call, whole",
    answers={200: _CALL},
    refusals=_NO_SUCH_CALL,
)

TRANSCRIPT: Final = About(
    name="transcript",
    topic=RECORD,
    title="What was said",
    query=TranscriptQuery,
    answers={
        200: Answer(
            words="As far as the conversation has got.",
            schema=("Transcript",),
            example=examples.TRANSCRIPT,
            types=("text/plain", "application/x-subrip"),
        )
    },
    refusals=_NO_SUCH_CALL,
)

RECORDING: Final = About(
    name="recording",
    topic=RECORD,
    title="The sound of a call that is over",
    words="Both sides, the operator left, the agent right. One range of bytes may be asked for.",
    headers={
        "Range": SentHeader(words="For a part: `bytes=0-65535`."),
        "If-Range": SentHeader(words="The part only if the file is still that one: its `ETag`."),
    },
    answers={
        200: Answer(
            words="The file.",
            types=("audio/flac", "audio/wav"),
            headers={
                "Accept-Ranges": "Always `bytes`.",
                "ETag": "Names this very file.",
                "Last-Modified": "When it was finished.",
                "Content-Disposition": "A name to save it by.",
            },
        ),
        206: Answer(
            words="A part of it.",
            types=("audio/flac", "audio/wav"),
            headers={"Content-Range": "Which part, and of how many bytes."},
        ),
    },
    refusals=(*_NO_SUCH_CALL, "wrong_state", ("invalid_request", 416)),
)

_EVENTS: Final = (
    "Server-sent events (`text/event-stream`). The first is `snapshot`; then come `session` (any change), "
    "`transcript`, `interruption` and `notice`, and with `levels=true` `level`, up to 30 a second. Each but `level` "
    "has an `id`: sent back as `Last-Event-ID`, the stream goes on from there, without a gap or a double. A comment "
    "keeps the line alive every 15 s."
)
_STREAM: Final = Answer(
    words="Events as they happen.",
    types=(EVENT_STREAM,),
    example=examples.EVENTS,
)
_LAST_EVENT_ID: Final = {
    "Last-Event-ID": SentHeader(
        words="The id of the last event received; goes before `last_event_id`.",
        # Empty is none, as browsers have it.
        schema={"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, {"type": "string", "maxLength": 0}]},
    )
}

EVENTS: Final = About(
    name="events",
    topic=LIVE,
    title="Follow all calls",
    words=_EVENTS,
    query=EventsQuery,
    headers=_LAST_EVENT_ID,
    answers={200: _STREAM},
    refusals=("too_many_streams",),
)

SESSION_EVENTS: Final = About(
    name="sessionEvents",
    topic=LIVE,
    title="Follow one call",
    words=_EVENTS + " The stream ends some seconds after the call.",
    query=EventsQuery,
    headers=_LAST_EVENT_ID,
    answers={200: _STREAM},
    refusals=(*_NO_SUCH_CALL, "too_many_streams"),
)

MESSAGE: Final = About(
    name="message",
    topic=CALLS,
    title="Send text to the agent",
    words="`user_message` is said in the operator's place; the agent takes `contextual_update` into account silently.",
    body=MessageBody,
    body_examples={"A note": {"text": "The customer's invoice was paid today.", "kind": "contextual_update"}},
    answers={200: _CALL},
    refusals=(*_NO_SUCH_CALL, "wrong_state"),
)

_ACTIONS: Final[Mapping[Action, tuple[str, str]]] = {
    Action.ACCEPT: (
        "Accept a call that rings",
        "The microphone opens. `line` chooses a line; without it the desk's rules do.",
    ),
    Action.DECLINE: ("Decline a call that rings", ""),
    Action.END: ("End a call", "One that still rings is withdrawn: `cancelled`."),
    Action.MUTE: ("Mute the microphone", "The agent hears silence."),
    Action.UNMUTE: ("Unmute the microphone", ""),
    Action.HOLD: ("Hold a call", "It stays connected; the next one can have the devices."),
    Action.RESUME: ("Resume a held call", "The one that was active becomes held."),
    Action.MOVE: (
        "Move a call to a line, or to the desk",
        "Without `line` it moves to the desk. A held one goes on there.",
    ),
}
_ON_A_LINE: Final = frozenset({Action.ACCEPT, Action.MOVE})


def action(which: Action) -> About:
    """What a button does."""
    title, words = _ACTIONS[which]
    return About(
        name=which.value,
        topic=CALLS,
        title=title,
        words=f"{words} Doing it twice changes nothing more.".strip(),
        query=LineQuery if which in _ON_A_LINE else NoQuery,
        body=EmptyBody,
        answers={200: _CALL},
        refusals=(*_NO_SUCH_CALL, "wrong_state", ("desk_full", 409), "line_busy", "storage_full"),
    )


METRICS: Final = About(
    name="metrics",
    topic=PROGRAM,
    title="Figures for Prometheus",
    answers={200: Answer(words="In Prometheus' text format.", types=("text/plain",))},
)
