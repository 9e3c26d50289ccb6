"""The description, held against the webhook itself; and the page that shows it."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from schemathesis.config import (
    CoveragePhaseConfig,
    ExtraDataSourcesConfig,
    FuzzingPhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    StatefulPhaseConfig,
)
from schemathesis.config._phases import ErrorFeedbackConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import CheckNode, ScenarioRecorder

import connector_gui
from connector_gui.core.record import CallRecord, Recording
from connector_gui.core.service import Action, Milestone
from connector_gui.core.settings import Settings
from connector_gui.core.webhook import parse_initiate_call
from connector_gui.webhook import WebhookConfig
from connector_gui.webhook.codes import CODES
from connector_gui.webhook.docs import DOCS, OPENAPI
from connector_gui.webhook.metrics_route import MetricsRoute
from connector_gui.webhook.openapi import document
from connector_gui.webhook.route import Route
from tests.fakes.desk import MemoryDesk
from tests.fakes.webhook import JSON_LINE, KEY, KEY_LINE, Served, assert_common, assert_error, serving

SEED = 20261122
EXAMPLES = 15
UNUSED = ExtraDataSourcesConfig(responses=False)
ID = "crm-42"
"""The call of the examples."""


class ImpatientDesk(MemoryDesk):
    """Whoever waits for a call is told at once how it stands."""

    async def wait(self, session_id: str, milestone: Milestone, timeout_s: float) -> CallRecord | None:
        return await self.session(session_id)


class Figures:
    async def render(self) -> tuple[bytes, str]:
        return b"calls_total 1\n", "text/plain; version=0.0.4"


METRICS = MetricsRoute(Figures()).route()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A webhook in development, with a call in its record that can be heard."""
    desk = ImpatientDesk()
    recording = tmp_path / "call.flac"
    recording.write_bytes(bytes(5_000))
    async with serving(desk=desk, has_docs=True, rate_limit="100000/second", more_routes=[METRICS]) as made:
        await made.place(session_id=ID)
        await desk.act(ID, Action.ACCEPT)
        await desk.act(ID, Action.END)
        desk.change(ID, recording=Recording(state="done", duration_s=1.0))
        desk.recordings[ID] = recording
        yield made


async def description(served: Served) -> dict[str, Any]:
    answer = await served.ask("GET", OPENAPI)
    assert_common(answer)
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


def operations(found: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


# --- what is described -------------------------------------------------------------------------


async def test_every_route_is_described_but_the_pages_of_the_description(served: Served) -> None:
    door = served.server._door
    assert door is not None
    routes = door._table.routes
    undescribed = [route.path for route in routes if route.about is None]
    assert undescribed == [OPENAPI, DOCS, f"{DOCS}/{{name}}"]
    described = {(method, path) for path, method, _ in operations(await description(served))}
    assert described == {(route.method, route.path) for route in routes if route.about is not None}


async def test_a_description_without_words_would_be_none(served: Served) -> None:
    found = await description(served)
    names = [operation["operationId"] for _, _, operation in operations(found)]
    assert len(set(names)) == len(names)
    for path, _, operation in operations(found):
        assert operation["summary"], path
        assert operation["tags"][0] in {tag["name"] for tag in found["tags"]}
        assert all(parameter["description"] for parameter in operation["parameters"]), path
        assert all(answer["description"] for answer in operation["responses"].values()), path


async def test_it_is_openapi_3_1_with_the_version_of_the_program(served: Served) -> None:
    found = await description(served)
    assert found["openapi"] == "3.1.0"
    assert found["info"]["version"] == connector_gui.__version__
    text = str(found)
    for name in re.findall(r"'#/components/schemas/(\w+)'", text):
        Draft202012Validator.check_schema(found["components"]["schemas"][name])
    assert "``" not in text


async def test_routes_with_a_key_say_so(served: Served) -> None:
    found = await description(served)
    assert found["components"]["securitySchemes"]["key"]["name"] == "X-API-Key"
    for path, method, operation in operations(found):
        answer = await served.ask(method, path.replace("{session_id}", ID))
        assert (answer.status == 401) is ("security" in operation), path
    assert found["paths"]["/metrics"]["get"]["security"] == [{"key": []}, {"bearer": []}]


async def test_the_query_that_is_described_is_the_one_that_is_read(served: Served) -> None:
    for path, method, operation in operations(await description(served)):
        described = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        target = path.replace("{session_id}", ID) + "?no-such-name=1"
        answer = await served.ask(method, target, KEY_LINE, JSON_LINE, body=b"{}" if method == "POST" else b"")
        if path == "/health":  # whatever a load balancer asks with
            assert answer.status == 200
            continue
        assert_error(answer, 422, "invalid_request", field="no-such-name")
        known = re.search(r"\(known: (.*)\)", answer.json["error"])
        assert set(known[1].split(", ") if known else ()) == described, path


async def test_the_body_that_is_described_is_the_one_that_is_read(served: Served) -> None:
    found = await description(served)
    for path, method, operation in operations(found):
        if method != "POST":
            continue
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        described = found["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        answer = await served.post(path.replace("{session_id}", ID), {"no-such-name": 1})
        problems = [one for one in answer.json["details"] if one["field"] == "no-such-name"]
        known = re.search(r"\(known: (.*)\)", problems[0]["message"])
        assert set(known[1].split(", ") if known else ()) == set(described.get("properties", ())), path
        without = await served.post(path.replace("{session_id}", ID))
        assert (without.status == 415) is operation["requestBody"]["required"], path


async def test_a_session_has_the_members_that_are_described_and_no_others(served: Served) -> None:
    found = (await description(served))["components"]["schemas"]
    whole = (await served.get(f"/sessions/{ID}")).json
    listed = (await served.get("/sessions")).json["sessions"][0]
    said = (await served.get(f"/sessions/{ID}/transcript")).json
    for name, body in (("Session", whole), ("SessionInList", listed), ("Transcript", said)):
        assert list(found[name]["properties"]) == list(body) == found[name]["required"], name


async def test_examples_fit_their_schemas(served: Served) -> None:
    found = await description(served)
    checked = 0
    for _, _, operation in operations(found):
        bodies = [answer.get("content", {}) for answer in operation["responses"].values()]
        bodies.append(operation.get("requestBody", {}).get("content", {}))
        for content in bodies:
            body = content.get("application/json", {})
            for example in [body.get("example"), *(one["value"] for one in body.get("examples", {}).values())]:
                if example is not None:
                    Draft202012Validator({**body["schema"], "components": found["components"]}).validate(example)
                    checked += 1
    assert checked > 15


def test_examples_of_calls_are_taken() -> None:
    about = next(route.about for route in _routes() if route.path == "/webhook/initiate-call")
    assert about is not None
    assert "n8n" in " ".join(about.body_examples)
    for body in about.body_examples.values():
        parse_initiate_call(dict(body))


def _routes() -> tuple[Route, ...]:
    from connector_gui.webhook.callback_check import CallbackCheck, resolve
    from connector_gui.webhook.replies import utc_now
    from connector_gui.webhook.routes import Routes

    config = WebhookConfig()
    return Routes(MemoryDesk(), config, CallbackCheck(config.callback_rules, resolve), utc_now).table([METRICS]).routes


def test_a_route_without_a_description_is_left_out_rather_than_guessed() -> None:
    async def handler(_inquiry: object) -> Any: ...

    assert document([Route("GET", "/bare", handler)])["paths"] == {}


# --- codes -------------------------------------------------------------------------------------


REFUSALS = {"RefusedError", "InvalidRequestError", "WrongKeyError", "AgentError"}


def _raised() -> Iterator[tuple[str, int | None]]:
    """Codes and statuses of all errors in the source that callers may get to see."""
    root = Path(connector_gui.__file__).parent
    for file in (path for room in ("core", "switchboard", "webhook") for path in (root / room).glob("*.py")):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            named = {
                one.arg: one.value.value for one in call.keywords if one.arg and isinstance(one.value, ast.Constant)
            }
            if isinstance(call.func, ast.Name) and call.func.id in REFUSALS and "code" in named:
                yield str(named["code"]), named.get("status")  # type: ignore[misc]


def test_every_code_in_the_source_is_described_with_its_status() -> None:
    raised = list(_raised())
    assert len(raised) > 15
    for code, status in raised:
        assert code in CODES
        assert status is None or status in CODES[code].statuses, code


def test_every_code_is_said_of_some_route() -> None:
    text = str(document(_routes()))
    assert {code for code in CODES if f"`{code}`" not in text} == {"method_not_allowed"}


# --- in production -----------------------------------------------------------------------------


async def test_in_production_there_is_no_description() -> None:
    assert WebhookConfig.of(Settings(environment="development")).has_docs
    assert not WebhookConfig.of(Settings(environment="production")).has_docs
    async with serving() as served:
        for path in (OPENAPI, DOCS, f"{DOCS}/swagger-ui.css"):
            assert_error(await served.ask("GET", path), 404, "not_found")


# --- the page ----------------------------------------------------------------------------------


async def test_the_page_fetches_nothing_from_elsewhere(served: Served) -> None:
    page = await served.ask("GET", DOCS)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    files = [name for name in named if not name.startswith("data:")]
    assert files == ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]
    for name in files:
        asset = await served.ask("GET", name, "Sec-Fetch-Site: same-origin")
        assert asset.status == 200
        assert asset.headers["content-type"].split(";")[0] in {"text/css", "text/javascript"}
        assert_common(asset)
    assert not re.search(r"<script>|<style|style=|onload=", page.body.decode())


@pytest.mark.parametrize("name", ["index.html", "..%2F__init__.py", "swagger-ui.js", "%2Fetc%2Fpasswd", ""])
async def test_nothing_but_its_files_can_be_had(served: Served, name: str) -> None:
    assert_error(await served.ask("GET", f"{DOCS}/{name}"), 404, "not_found")


async def test_trying_it_out_passes_our_own_origin_rule(served: Served) -> None:
    ours, same = f"Origin: http://127.0.0.1:{served.port}", "Sec-Fetch-Site: same-origin"
    body = b'{"agent_id": "agent_1"}'
    tried = await served.ask("POST", "/webhook/initiate-call", ours, same, KEY_LINE, JSON_LINE, body=body)
    assert tried.status == 202
    others = await served.ask("GET", OPENAPI, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
    assert_error(others, 403, "origin_not_allowed")


# --- schemathesis ------------------------------------------------------------------------------


def attack(found: dict[str, Any], base_url: str) -> tuple[list[str], int]:
    """What schemathesis finds, in its own words, and how many requests it sent. Takes some seconds."""
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, database="none", no_shrink=True)
    project = ProjectConfig(
        base_url=base_url,
        headers={"X-API-Key": KEY},
        request_timeout=10,
        max_stream_events=1,
        generation=generation,
        phases=PhasesConfig(
            # What was answered before is not made use of: the names of calls are other ones each time.
            coverage=CoveragePhaseConfig(extra_data_sources=UNUSED),
            fuzzing=FuzzingPhaseConfig(extra_data_sources=UNUSED, error_feedback=ErrorFeedbackConfig(enabled=False)),
            # There are no links between operations that it could follow.
            stateful=StatefulPhaseConfig(enabled=False),
        ),
    )
    config = SchemathesisConfig(seed=SEED, projects=ProjectsConfig(default=project))
    faults: list[str] = []
    sent = 0
    for event in from_schema(schemathesis.openapi.from_dict(found, config=config)).execute():
        if isinstance(event, FatalError | NonFatalError):
            faults.append(str(event))
        if isinstance(event, ScenarioFinished):
            sent += len(event.recorder.interactions)
            faults += _faults(event.recorder)
    return faults, sent


def _faults(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None and not _is_unforeseeable(recorder, case_id, check):
                yield f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"


def _is_unforeseeable(recorder: ScenarioRecorder, case_id: str, check: CheckNode) -> bool:
    """A refusal that no schema can tell of: an id that came before with another body, a cursor that we never gave."""
    response = recorder.interactions[case_id].response
    if check.name != "positive_data_acceptance" or response is None:
        return False
    body = response.json()
    return body["code"] == "session_conflict" or [one["field"] for one in body["details"]] == ["cursor"]


async def test_schemathesis_finds_nothing(served: Served) -> None:
    found = await description(served)
    faults, sent = await asyncio.to_thread(attack, found, f"http://127.0.0.1:{served.port}")
    assert not faults, "\n\n".join(faults)
    assert sent > 500
