"""The routes, in the words of the description that the program itself gives (`connector_gui.webhook.openapi`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector_gui.core.service import Action
from connector_gui.webhook.codes import CODES
from tests.webhook_docs import show
from tests.webhook_docs.scenes import Scenes

Operation = dict[str, Any]

_ACTIONS: Final = frozenset(action.value for action in Action)
# Of an operation, by its id: what is shown of it besides the exchange of the same name.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "health": ("health", "health.unavailable"),
    "transcript": ("transcript", "transcript.txt", "transcript.srt"),
    "recording": ("recording", "recording.part", "recording.beyond"),
}
_SHOWN_ABOVE: Final = frozenset({"initiateCall", "events"})


def routes(scenes: Scenes) -> str:
    """All routes by topic."""
    description = scenes.description
    common = shared_refusals(description)
    parts: list[str] = []
    for tag in description["tags"]:
        parts += [f"### {tag['name']}", tag["description"]]
        for path, method, operation in operations(description):
            if operation["tags"] == [tag["name"]] and operation["operationId"] not in _ACTIONS:
                parts += _route(description, path, method, operation, common, scenes)
        if tag["name"] == "Calls":
            parts += _buttons(description, common, scenes)
    return "\n\n".join(parts)


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and description of each."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def shared_refusals(description: Mapping[str, Any]) -> frozenset[tuple[int, str]]:
    """Status and code of what every route with a key may answer."""
    keyed = [set(_refusals(operation)) for _, _, operation in operations(description) if "security" in operation]
    return frozenset(set.intersection(*keyed))


def _route(
    description: Mapping[str, Any],
    path: str,
    method: str,
    operation: Operation,
    common: frozenset[tuple[int, str]],
    scenes: Scenes,
) -> list[str]:
    parts = [f"#### `{method} {path}`", f"{operation['summary']}."]
    parts += [operation["description"]] if operation["description"] else []
    fields = [*_parameters(operation), *_members(description, operation)]
    if fields:
        parts.append(show.table(("name", "in", "what"), fields))
    parts += _examples(operation["operationId"], scenes)
    parts.append(_answers(operation, common))
    return parts


def _parameters(operation: Operation) -> Iterator[tuple[str, str, str]]:
    for one in operation["parameters"]:
        if one["in"] != "path":
            yield f"`{one['name']}`", one["in"], _with_default(one["description"], one["schema"])


def _members(description: Mapping[str, Any], operation: Operation) -> Iterator[tuple[str, str, str]]:
    if "requestBody" not in operation:
        return
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = description["components"]["schemas"][reference.rpartition("/")[2]]
    for name, member in schema["properties"].items():
        is_needed = name in schema.get("required", ())
        words = _with_default(member.get("description", ""), member)
        yield f"`{name}`", "body", f"{words} **Required.**" if is_needed else words


def _with_default(words: str, schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return words if default is None else f"{words} Unless given: `{json.dumps(default)}`."


def _examples(name: str, scenes: Scenes) -> Iterator[str]:
    if name in _SHOWN_ABOVE:
        return
    for shown in _SHOWN.get(name, (name,)):
        if shown in scenes.by_name:
            yield show.exchange(scenes.by_name[shown])


def _answers(operation: Operation, common: frozenset[tuple[int, str]]) -> str:
    refusals = set(_refusals(operation))
    lines = []
    for status, response in operation["responses"].items():
        codes = sorted(code for at, code in refusals if at == int(status))
        own = [code for code in codes if (int(status), code) not in common]
        words = response["description"].partition("\n")[0] if not codes or not _is_list(response) else ""
        if words or own:
            named = ", ".join(f"`{code}`" for code in own)
            lines.append(f"- **{status}** " + " ".join(part for part in (words, named) if part))
    return "Answers:\n\n" + "\n".join(lines)


def _is_list(response: Mapping[str, Any]) -> bool:
    return str(response["description"]).startswith("- ")


def _refusals(operation: Operation) -> Iterator[tuple[int, str]]:
    for status, response in operation["responses"].items():
        for code in CODES:
            if f"- `{code}`:" in response["description"]:
                yield int(status), code


def _buttons(description: Mapping[str, Any], common: frozenset[tuple[int, str]], scenes: Scenes) -> Iterator[str]:
    """The routes that do what a button does, as one."""
    rows = []
    for path, method, operation in operations(description):
        if operation["operationId"] in _ACTIONS:
            after = json.loads(scenes.acted[Action(operation["operationId"])].body)
            state = {name: after[name] for name in ("status", "muted", "held", "line", "outcome") if after[name]}
            words = f"{operation['summary']}. {operation['description']}".replace(
                "Doing it twice changes nothing more.", ""
            )
            rows.append((f"`{method} {path}`", words.strip(), f"`{json.dumps(state)}`"))
            last = operation
    yield "#### The buttons of a call"
    yield "None needs a body; doing one twice changes nothing more. The answer is the call as it is then, whole."
    yield show.table(("route", "what it does", "in the answer"), rows)
    yield _answers(last, common)
