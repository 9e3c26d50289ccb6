"""The shipped n8n workflows: what is in them, and how they are made to fit an n8n here, in Docker, elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector_gui.core.n8n_workflow import (
    CREDENTIAL_NAME,
    SHIPPED_URL,
    N8nPlace,
    N8nTemplate,
    way_to,
    workflow_for,
)
from connector_gui.core.settings import Settings

FOLDER = Path(__file__).parents[2] / "resources" / "n8n"
HERE = "http://127.0.0.1:8123"
CERTIFICATE = {"tls_cert_file": Path("desk.pem"), "tls_key_file": Path("desk.key")}


def shipped(template: N8nTemplate) -> str:
    return (FOLDER / f"{template}.json").read_text(encoding="utf-8")


def nodes(text: str, kind: str) -> list[dict[str, Any]]:
    return [node for node in json.loads(text)["nodes"] if node["type"] == f"n8n-nodes-base.{kind}"]


def test_every_file_is_a_template() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(N8nTemplate)


@pytest.mark.parametrize("template", N8nTemplate)
def test_requests_name_the_credential_and_hold_no_key(template: N8nTemplate) -> None:
    requests = nodes(shipped(template), "httpRequest")
    assert requests
    for node in requests:
        assert node["credentials"] == {"httpHeaderAuth": {"id": None, "name": CREDENTIAL_NAME}}
        assert not node["parameters"].get("sendHeaders")


@pytest.mark.parametrize("template", N8nTemplate)
def test_whatever_is_repeated_goes_by_the_same_id(template: N8nTemplate) -> None:
    for node in nodes(shipped(template), "httpRequest"):
        assert node["retryOnFail"]
        body = node["parameters"].get("jsonBody", "session_id")
        assert "session_id" in body
    ids = [one["value"] for node in nodes(shipped(template), "set") for one in _assignments(node)]
    assert "={{ 'n8n-' + $workflow.id + '-' + $execution.id + '-' + $itemIndex }}" in ids


def _assignments(node: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node["parameters"].get("assignments", {}).get("assignments", [])
    return [one for one in found if one["name"] == "session_id"]


@pytest.mark.parametrize("template", N8nTemplate)
def test_the_desk_answers_before_n8n_gives_up(template: N8nTemplate) -> None:
    for node in nodes(shipped(template), "httpRequest"):
        url, timeout_ms = node["parameters"]["url"], node["parameters"]["options"]["timeout"]
        held_s = int(url.partition("timeout_s=")[2] or 0)
        assert held_s + 10 < timeout_ms / 1000 <= 300


@pytest.mark.parametrize("template", N8nTemplate)
def test_the_address_is_filled_in_wherever_the_shipped_one_stands(template: N8nTemplate) -> None:
    filled = workflow_for(shipped(template), "https://desk.example.org/")
    assert SHIPPED_URL not in filled
    before, after = json.loads(shipped(template)), json.loads(filled)
    for old, new in zip(before["nodes"], after["nodes"], strict=True):
        url = old["parameters"].get("url", "")
        if url.startswith(SHIPPED_URL):
            assert new["parameters"].pop("url") == url.replace(SHIPPED_URL, "https://desk.example.org")
            del old["parameters"]["url"]
    assert before == after


# --- the way there -----------------------------------------------------------------------------


def test_an_n8n_on_this_computer_uses_the_address_as_it_is() -> None:
    way = way_to(N8nPlace.HERE, N8nTemplate.WAIT, HERE, Settings())
    assert (way.url, way.needs) == (HERE, ())


def test_docker_needs_its_name_let_in_and_an_address_to_reach() -> None:
    way = way_to(N8nPlace.DOCKER, N8nTemplate.WAIT, HERE, Settings())
    assert way.url == "http://host.docker.internal:8123"
    assert way.needs[0] == "Add host.docker.internal under “Further names”."
    assert "“Listen on”" in way.needs[1]


def test_docker_needs_less_where_all_is_set() -> None:
    settings = Settings(host="172.17.0.1", allow_insecure_lan=True, allowed_hosts=("Host.Docker.Internal",))
    way = way_to(N8nPlace.DOCKER, N8nTemplate.WAIT, "http://172.17.0.1:8000", settings)
    assert way.url == "http://host.docker.internal:8000"
    assert [need for need in way.needs if "Further names" in need or "Listen on" in need] == []


def test_an_n8n_elsewhere_gets_a_name_to_fill_in_and_is_told_of_https() -> None:
    way = way_to(N8nPlace.ELSEWHERE, N8nTemplate.ASK_ONCE, HERE, Settings())
    assert way.url == "https://desk.example.org"
    assert [word in " ".join(way.needs) for word in ("desk.example.org", "Further names", "HTTPS")] == [True] * 3
    assert "Callback hosts" not in " ".join(way.needs)


def test_reports_to_an_n8n_elsewhere_have_to_be_let_out() -> None:
    way = way_to(N8nPlace.ELSEWHERE, N8nTemplate.WAIT, HERE, Settings())
    assert "“Callback hosts”" in way.needs[-1]


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(allowed_hosts=("host.docker.internal", "calls.acme.test")), "https://calls.acme.test"),
        (Settings(allowed_hosts=("calls.acme.test:8443",)), "https://calls.acme.test:8443"),
        (Settings(host="0.0.0.0", allowed_hosts=("desk.acme.test",), **CERTIFICATE), "https://desk.acme.test:8123"),
        (Settings(host="192.168.1.20", **CERTIFICATE), "https://192.168.1.20:8123"),
        (Settings(host="fd00::20", **CERTIFICATE), "https://[fd00::20]:8123"),
        (Settings(host="::", **CERTIFICATE), "https://desk.example.org:8123"),
    ],
)
def test_elsewhere_goes_by_the_name_that_the_desk_is_known_by(settings: Settings, url: str) -> None:
    assert way_to(N8nPlace.ELSEWHERE, N8nTemplate.LIST, "https://127.0.0.1:8123", settings).url == url


def test_a_desk_that_speaks_https_elsewhere_needs_nothing_more() -> None:
    settings = Settings(host="192.168.1.20", **CERTIFICATE)
    assert way_to(N8nPlace.ELSEWHERE, N8nTemplate.LIST, "https://192.168.1.20:8123", settings).needs == ()
