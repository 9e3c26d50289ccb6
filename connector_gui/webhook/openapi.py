"""``/openapi.json``: the description of the webhook (OpenAPI 3.1), made of what is at work.

    routes (method, path, key)  ┐
    their `About` (models, …)   ├─▶ document
    pydantic's schemas          │
    `codes`                     ┘

Bodies that `answers` makes of a `CallRecord` are described by the record's own schema, less what they leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from connector_gui import __version__
from connector_gui.core.answers import (
    CALL_LINKS,
    SESSION_LINKS,
    AcceptedBody,
    ErrorBody,
    HealthBody,
    WaitedBody,
)
from connector_gui.core.messages import ConfigOverride
from connector_gui.core.record import INTERNAL_FIELDS, LIST_OMITS, CallRecord, EventKind
from connector_gui.core.webhook import MAX_BODY_BYTES, SESSION_ID_PATTERN
from connector_gui.webhook import catalogue, examples
from connector_gui.webhook.about import EVENT_STREAM, JSON, About, Answer
from connector_gui.webhook.codes import CODES
from connector_gui.webhook.route import BodyRule, Route

Schema = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_ANSWERS: Final[Mapping[str, type[BaseModel]]] = {
    "Accepted": AcceptedBody,
    "Waited": WaitedBody,
    "Error": ErrorBody,
    "Health": HealthBody,
}
_DETAIL_STATUSES: Final = frozenset({400, 422})

_EVENT: Final[Schema] = {
    "type": "object",
    "description": "One event of a stream, by the names of its lines.",
    "properties": {
        "event": {"enum": ["snapshot", *get_args(EventKind), "level"]},
        "data": {"type": "string", "contentMediaType": JSON},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "retry": {"type": "integer", "description": "Milliseconds after which to come back."},
    },
    "required": ["event", "data"],
}

_INTRODUCTION: Final = f"""\
Lets a dialer ring the desk. Send JSON with the header `X-API-Key`; the key is in the program under Settings, Webhook.

Every answer carries `X-Request-ID` (your own, if you send one). Every refusal has the same shape; its `error` is a
sentence that says what to do, its `code` is stable. Bodies may have {MAX_BODY_BYTES // 1024} KiB, unknown members are
refused by name. Times are ISO 8601 in UTC.
"""


def document(routes: Sequence[Route]) -> Schema:
    """The description of *routes*; those without an `About` are left out."""
    schemas = _Schemas(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        if route.about is not None:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, route.about, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Agent Connector",
            "version": __version__,
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Whatever address the description was read from.
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in catalogue.TOPICS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Settings, Webhook."},
                "bearer": {"type": "http", "scheme": "bearer", "description": "The same key, for Prometheus."},
            },
        },
    }


# --- schemas -----------------------------------------------------------------------------------


class _Schemas:
    """Every body, by name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        abouts = [route.about for route in routes if route.about is not None]
        read = {model for about in abouts for model in (about.query, about.body) if model is not None}
        taken = sorted(read, key=lambda model: model.__name__)
        models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
        models += [(model, "validation") for model in taken]
        sent: tuple[type[BaseModel], ...] = (*_ANSWERS.values(), CallRecord)
        models += [(model, "serialization") for model in sent]
        refs, found = models_json_schema(models, ref_template=_REF)
        definitions = {name: _readable(schema) for name, schema in found["$defs"].items()}
        record = definitions.pop("CallRecord")
        queries = {about.query.__name__ for about in abouts if about.query is not None}
        self.queries = {name: definitions.pop(name) for name in queries}
        self.read = {model: refs[model, "validation"] for model in read if model.__name__ not in queries}
        for name, model in _ANSWERS.items():
            definitions[name] = _as_sent(definitions.pop(model.__name__))
        for name in ("Accepted", "Waited"):
            definitions[name]["properties"]["links"] = _links(CALL_LINKS)
            definitions[name]["required"].remove("websocket_url")
        if ConfigOverride.__name__ in definitions:
            _close(definitions, ConfigOverride.__name__)
        self.all = dict(sorted({**definitions, **_of_records(record)}.items()))

    def definition(self, ref: Mapping[str, Any]) -> Schema:
        """The schema that a reference stands for."""
        found: Schema = self.all[ref["$ref"].rpartition("/")[2]]
        return found


def _of_records(record: Schema) -> dict[str, Schema]:
    """Session, its shorter form in lists, a page of those, and the transcript."""
    described = {name: schema for name, schema in record["properties"].items() if name not in INTERNAL_FIELDS}
    whole = {**described, "links": _links(SESSION_LINKS)}
    short = {name: schema for name, schema in whole.items() if name not in LIST_OMITS}
    return {
        "Session": _object("One call, whole.", whole),
        "SessionInList": _object("One call, without what was said.", short),
        "Sessions": _object(
            "A page of calls.",
            {
                "sessions": {"type": "array", "items": _ref("SessionInList")},
                "next_cursor": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        ),
        "Event": _EVENT,
        "Transcript": _object("What was said.", {name: whole[name] for name in examples.TRANSCRIPT}),
    }


def _object(words: str, properties: Schema) -> Schema:
    sent = {name: _without(schema, "default") for name, schema in properties.items()}
    return {"type": "object", "description": words, "properties": sent, "required": list(properties)}


def _as_sent(schema: Schema) -> Schema:
    """An answer: all its members are always there."""
    return {**schema, **_object(schema.get("description", ""), schema["properties"])}


def _links(names: Iterable[str]) -> Schema:
    return _object("Absolute addresses.", {name: {"type": "string", "format": "uri"} for name in names})


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(model=name)}


def _without(schema: Schema, *names: str) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}


def _readable(schema: Schema) -> Schema:
    """*schema* for those who do not know our code: no titles made of names, of docstrings the first paragraph."""
    made = _without(schema, "title")
    if "description" in made:
        made["description"] = _first_paragraph(made["description"])
    if "properties" in made:
        made["properties"] = {name: _property(member) for name, member in made["properties"].items()}
    return made


def _property(schema: Schema) -> Schema:
    made = _without(schema, "title")
    if "description" in made:
        made["description"] = made["description"][:1].upper() + made["description"][1:] + "."
    return made


def _first_paragraph(text: str) -> str:
    words = text.partition("\n\n")[0].replace("``", "`").replace("\n", " ")
    return re.sub(r" Each description completes .*", "", words)


def _close(definitions: Mapping[str, Schema], name: str) -> None:
    """Of overrides unknown members are refused at any depth, and what is left out is not sent: it has no default."""
    schema = definitions[name]
    schema["additionalProperties"] = False
    schema["properties"] = {
        member: _without(described, "default") for member, described in schema["properties"].items()
    }
    for described in schema["properties"].values():
        if "$ref" in described:
            _close(definitions, described["$ref"].rpartition("/")[2])


# --- operations --------------------------------------------------------------------------------


def _operation(route: Route, about: About, schemas: _Schemas) -> Schema:
    made: Schema = {
        "operationId": about.name,
        "tags": [about.topic],
        "summary": about.title,
        "description": about.words,
        "parameters": [*_path_parameters(route), *_query_parameters(about, schemas), *_header_parameters(about)],
        "responses": _responses(route, about),
    }
    if about.body is not None:
        body: Schema = {"schema": schemas.read[about.body]}
        if about.body_examples:
            body["examples"] = {title: {"value": value} for title, value in about.body_examples.items()}
        made["requestBody"] = {"required": route.body is BodyRule.REQUIRED, "content": {JSON: body}}
    if route.needs_key:
        made["security"] = [{"key": []}, *([{"bearer": []}] if route.takes_bearer else [])]
    return made


def _path_parameters(route: Route) -> list[Schema]:
    schema = {"type": "string", "pattern": SESSION_ID_PATTERN}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "The call's name: the one its caller gave it, or the one in the answer.",
            "schema": schema,
            "example": examples.SESSION["session_id"],
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]


def _query_parameters(about: About, schemas: _Schemas) -> list[Schema]:
    if about.query is None:
        return []
    described = schemas.queries[about.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "description": schema.get("description", ""),
            "schema": _not_null(_without(schema, "description")),
        }
        for name, schema in described["properties"].items()
    ]


def _not_null(schema: Schema) -> Schema:
    """A query has no null: what may be left out is left out."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**_without(schema, "anyOf", "default"), **choices[0]}


def _header_parameters(about: About) -> list[Schema]:
    return [
        {"name": name, "in": "header", "required": False, "description": header.words, "schema": dict(header.schema)}
        for name, header in about.headers.items()
    ]


# --- answers -----------------------------------------------------------------------------------


def _responses(route: Route, about: About) -> Schema:
    refusals: dict[int, list[str]] = {}
    for status, code in _refusals(route, about):
        refusals.setdefault(status, []).append(code)
    made = {status: _answer(answer) for status, answer in about.answers.items()}
    for status, codes in refusals.items():
        refusal = _refusal(status, codes)
        made[status] = _either(made[status], refusal) if status in made else refusal
    return {str(status): made[status] for status in sorted(made)}


def _refusals(route: Route, about: About) -> Iterable[tuple[int, str]]:
    """Status and code of all that can go wrong, in the order in which it is checked (`door`)."""
    yield from ((400, "invalid_request"), (421, "host_not_allowed"), (403, "origin_not_allowed"))
    if route.needs_key:
        yield from ((401, "unauthorized"), (429, "rate_limited"), (503, "keyring_locked"))
    if about.body is not None:
        yield from ((415, "unsupported_media_type"), (413, "body_too_large"), (408, "invalid_request"))
        yield (400, "invalid_json")
    if about.body is not None or about.query is not None:
        yield (422, "invalid_request")
    for refusal in about.refusals:
        code, status = refusal if isinstance(refusal, tuple) else (refusal, CODES[refusal].statuses[0])
        if (status, code) != (429, "rate_limited"):  # every route with a key has it
            yield status, code
    yield (500, "internal_error")


def _answer(answer: Answer) -> Schema:
    content: Schema = {}
    if answer.schema:
        choices = [_ref(name) for name in answer.schema]
        content[JSON] = {"schema": choices[0] if len(choices) == 1 else {"anyOf": choices}}
        if answer.example is not None:
            content[JSON]["example"] = answer.example
    for content_type in answer.types:
        is_stream = content_type == EVENT_STREAM
        content[content_type] = {"schema": _ref("Event") if is_stream else {"type": "string"}}
        if not answer.schema and answer.example is not None:
            content[content_type]["example"] = answer.example
    headers = {name: {"description": words, "schema": {"type": "string"}} for name, words in answer.headers.items()}
    return {"description": answer.words, "headers": {**_request_id(), **headers}, "content": content}


def _refusal(status: int, codes: Sequence[str]) -> Schema:
    lines = [f"- `{code}`: {CODES[code].when}" for code in codes]
    schema = {"allOf": [_ref("Error"), {"properties": {"code": {"enum": list(codes)}}}]}
    headers = _request_id()
    if status in {429, 503}:
        headers["Retry-After"] = {
            "description": "Seconds until asking again makes sense.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    return {"description": "\n".join(lines), "headers": headers, "content": {JSON: {"schema": schema}}}


def _either(answer: Schema, refusal: Schema) -> Schema:
    """An answer and a refusal of the same status."""
    choices = [answer["content"][JSON]["schema"], refusal["content"][JSON]["schema"]]
    return {
        "description": f"{answer['description']}\n\n{refusal['description']}",
        "headers": {**refusal["headers"], **answer["headers"]},
        "content": {JSON: {"schema": {"anyOf": choices}}},
    }


def _request_id() -> Schema:
    return {
        "X-Request-ID": {
            "description": "Names this request in the program's log.",
            "required": True,
            "schema": {"type": "string"},
        }
    }
