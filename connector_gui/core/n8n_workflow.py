"""The n8n workflows that the program ships, made to fit: where n8n runs decides the address it calls.

A workflow names its credential and never holds the key. In the shipped files the desk is at `SHIPPED_URL`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from connector_gui.core.addresses import is_loopback
from connector_gui.core.sentence import Sentence, sentence
from connector_gui.core.settings import Settings

SHIPPED_URL: Final = "http://127.0.0.1:8000"
CREDENTIAL_NAME: Final = "Agent Connector key"
DOCKER_HOST: Final = "host.docker.internal"
UNKNOWN_HOST: Final = "desk.example.org"
"""Stands for a name that only the operator knows."""


class N8nTemplate(StrEnum):
    """The workflows; the values are names of files in resources/n8n."""

    WAIT = "ring-the-desk"
    ASK_ONCE = "ring-and-get-the-outcome"
    LIST = "call-a-list"


class N8nPlace(StrEnum):
    """Where n8n runs, as seen from the program."""

    HERE = "here"
    DOCKER = "docker"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class N8nWay:
    """How n8n reaches the desk.

    Attributes:
        url: Address of the webhook from there; scheme, host and port.
        needs: What is still to be done for that, a sentence each.
    """

    url: str
    needs: tuple[str, ...] = ()


def workflow_for(template: str, base_url: str) -> str:
    """The text of a shipped workflow with the desk at *base_url*, ready to be pasted into n8n.

    Args:
        template: The file's text.
        base_url: Scheme, host and port.
    """
    workflow = json.loads(template)
    for node in workflow["nodes"]:
        url = node["parameters"].get("url")
        if isinstance(url, str) and url.startswith(SHIPPED_URL):
            node["parameters"]["url"] = base_url.rstrip("/") + url.removeprefix(SHIPPED_URL)
    return json.dumps(workflow, indent=2, ensure_ascii=False)


def way_to(place: N8nPlace, template: N8nTemplate, base_url: str, settings: Settings) -> N8nWay:
    """How an n8n at *place* reaches the desk, which this computer reaches at *base_url*."""
    if place is N8nPlace.HERE:
        return N8nWay(base_url)
    if place is N8nPlace.DOCKER:
        return N8nWay(_with_host(base_url, DOCKER_HOST), tuple(_needs_of_docker(settings)))
    url = _public_url(base_url, settings)
    return N8nWay(url, tuple(_needs_of_elsewhere(url, template, settings)))


def _needs_of_docker(settings: Settings) -> Iterator[str]:
    if not _is_allowed(DOCKER_HOST, settings):
        yield sentence("Add {host} under {setting}.", host=DOCKER_HOST, setting=_title("allowed_hosts"))
    if is_loopback(settings.host):
        yield (
            sentence(
                "Docker on Linux cannot reach 127.0.0.1: set {setting} to the address of its "
                "bridge (172.17.0.1 as a rule), and start n8n with "
                "--add-host={host}:host-gateway. Docker Desktop needs neither.",
                setting=_title("host"),
                host=DOCKER_HOST,
            )
        )
    else:
        yield sentence("On Linux, start n8n with --add-host={host}:host-gateway.", host=DOCKER_HOST)


def _needs_of_elsewhere(url: str, template: N8nTemplate, settings: Settings) -> Iterator[str]:
    host = urlsplit(url).hostname or ""
    if host == UNKNOWN_HOST:
        yield sentence(
            "Put the name of this computer, or of its tunnel or proxy, in place of {host} in the HTTP nodes.",
            host=UNKNOWN_HOST,
        )
        yield sentence("Add that name under {setting}.", setting=_title("allowed_hosts"))
    if is_loopback(settings.host):
        yield (
            sentence(
                "The desk listens on this computer only: a tunnel or proxy with HTTPS has to "
                "lead here, or {setting} and {other_setting} have to be set.",
                setting=_title("host"),
                other_setting=_title("tls_cert_file"),
            )
        )
    elif settings.tls_cert_file is None:
        yield sentence(
            "The desk speaks no HTTPS itself: set {setting}, or put a proxy before it.", setting=_title("tls_cert_file")
        )
    if template is N8nTemplate.WAIT:
        yield sentence(
            "If n8n has a public address, add its name under {setting}.", setting=_title("callback_allowed_hosts")
        )


def _public_url(base_url: str, settings: Settings) -> str:
    """An https address with the first name that others may know; with our port where we speak HTTPS ourselves."""
    names = [name for name in settings.allowed_hosts if name.lower() != DOCKER_HOST]
    host = names[0] if names else settings.host if _is_address_of_one(settings.host) else UNKNOWN_HOST
    is_direct = settings.tls_cert_file is not None and not is_loopback(settings.host)
    return _with_host(base_url if is_direct else "https://any", host, scheme="https")


def _is_address_of_one(host: str) -> bool:
    """Whether *host* is where one computer is reached from others, not “all addresses” or loopback."""
    try:
        return not (is_loopback(host) or ipaddress.ip_address(host).is_unspecified)
    except ValueError:
        return not is_loopback(host)


def _is_allowed(host: str, settings: Settings) -> bool:
    return any(name.lower().partition(":")[0] == host for name in settings.allowed_hosts)


def _with_host(base_url: str, host: str, scheme: str | None = None) -> str:
    """*base_url* at *host*, which may bring a port of its own."""
    parts = urlsplit(base_url)
    name = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    has_port = re.search(r":\d+$", name) is not None and not name.endswith("]")
    port = "" if has_port or parts.port is None else f":{parts.port}"
    return urlunsplit((scheme or parts.scheme, name + port, "", "", ""))


def _title(setting: str) -> str:
    return sentence("“{name}”", name=Sentence(Settings.model_fields[setting].title or setting, {}))
