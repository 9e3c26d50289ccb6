"""A running n8n, used as its editor does: save a workflow, press “Execute workflow”, look at the execution."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.rig.background import Background, RigError, wait_until
from tests.rig.n8n_install import N8nFolder

START_TIMEOUT_S: Final = 180.0
RUN_TIMEOUT_S: Final = 90.0
_OVER: Final = frozenset({"success", "error", "crashed", "canceled"})
_OWNER: Final = {"email": "desk@example.org", "firstName": "Desk", "lastName": "Test", "password": "Rig-password-1"}


@dataclass(frozen=True)
class Execution:
    """One run of a workflow.

    Attributes:
        status: ``running``, ``waiting``, ``success``, ``error`` …
        nodes: What came out of each node, by its name: a list of items for each of its runs, all outputs in one.
        error: What its user is shown: ``message``, ``description``, ``httpCode`` … of the failed node; empty if none.
    """

    id: str
    status: str
    nodes: Mapping[str, list[list[dict[str, Any]]]]
    error: Mapping[str, Any]

    def items(self, node: str) -> list[dict[str, Any]]:
        """What came out of *node*, all its runs one after the other."""
        return [item for run in self.nodes.get(node, []) for item in run]


class N8n:
    """The editor's side of a running n8n.

    Attributes:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(_Anywhere()))
        )

    def sign_in(self) -> None:
        """Make the owner's account."""
        self._ask("POST", "/owner/setup", _OWNER)

    def add_header_key(self, name: str, key: str) -> str:
        """Make a credential *name* that sends *key* as X-API-Key; its id."""
        data = {"name": name, "type": "httpHeaderAuth", "data": {"name": "X-API-Key", "value": key}}
        return str(self._ask("POST", "/credentials", data)["id"])

    def save(self, workflow: Mapping[str, Any]) -> str:
        """Save a new workflow; its id. n8n finds the credentials in it by their names."""
        return str(self._ask("POST", "/workflows", workflow)["id"])

    def execute(self, workflow_id: str, trigger: str = "Start") -> str:
        """Press “Execute workflow”; the execution's id."""
        run = {"triggerToStartFrom": {"name": trigger}}
        return str(self._ask("POST", f"/workflows/{workflow_id}/run", run)["executionId"])

    def execution(self, execution_id: str) -> Execution:
        """How far a run has got."""
        found = self._ask("GET", f"/executions/{execution_id}")
        result = (unflattened(found["data"]) or {}).get("resultData", {})
        nodes = {name: [_items_of(run) for run in runs] for name, runs in result.get("runData", {}).items()}
        return Execution(execution_id, found["status"], nodes, result.get("error") or {})

    def result(self, execution_id: str, timeout_s: float = RUN_TIMEOUT_S) -> Execution:
        """What came of a run once it is over.

        Raises:
            RigError: It is not over within *timeout_s*.
        """
        deadline_s = time.monotonic() + timeout_s
        while (found := self.execution(execution_id)).status not in _OVER:
            if time.monotonic() > deadline_s:
                raise RigError(f"the execution is {found.status} after {timeout_s:g} s: {found.nodes}")
            time.sleep(0.1)
        return found

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "browser-id": "rig"}
        request = urllib.request.Request(f"{self.url}/rest{path}", data=data, headers=headers, method=method)
        try:
            with self._browser.open(request, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                words = refusal.read().decode(errors="replace")
            raise RigError(f"n8n: {method} {path}: {refusal.code} {words[:500]}") from None


class _Anywhere(http.cookiejar.DefaultCookiePolicy):
    """Cookies of an address without a domain are kept too."""

    def return_ok_domain(self, *_: object) -> bool:
        return True


@contextmanager
def running_n8n(folder: N8nFolder, port: int, broker_port: int) -> Iterator[N8n]:
    """Run an n8n with an empty database on loopback, signed in to.

    Raises:
        RigError: It did not come up; the end of its log is in the message.
    """
    place = Path(tempfile.mkdtemp(prefix="rig-n8n."))
    url = f"http://127.0.0.1:{port}"
    env = {
        **folder.env(place / "user"),
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_HOST": "127.0.0.1",
        "N8N_PORT": str(port),
        "N8N_SECURE_COOKIE": "false",
        "N8N_RUNNERS_BROKER_PORT": str(broker_port),
        "WEBHOOK_URL": f"{url}/",
        "N8N_EDITOR_BASE_URL": f"{url}/",
    }
    try:
        shutil.copytree(folder.seed, place / "user")
        with Background(place / "log") as background:
            background.start("n8n", [folder.node_home / "bin" / "node", folder.program, "start"], env)
            n8n = N8n(url)
            try:
                wait_until(lambda: _signs_in(n8n), "n8n to let its owner in", START_TIMEOUT_S)
            except RigError as error:
                raise RigError(f"{error}\n{background.log_tail('n8n')}") from None
            yield n8n
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _signs_in(n8n: N8n) -> bool:
    """Whether the editor is there; it says so long before with /healthz."""
    try:
        n8n.sign_in()
    except (OSError, ValueError, RigError):
        return False
    return True


def _items_of(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    outputs = (run.get("data") or {}).get("main") or []
    return [item["json"] for output in outputs for item in output or []]


def unflattened(text: str) -> Any:
    """The object in n8n's notation of executions (npm package ``flatted``).

    A list of values; inside of objects and lists, a text is the place of the value that it stands for.
    """
    values = json.loads(text)
    made: dict[int, Any] = {}

    def value(place: int) -> Any:
        if place not in made:
            flat = values[place]
            if isinstance(flat, dict):
                made[place] = {}
                made[place].update({name: member(one) for name, one in flat.items()})
            elif isinstance(flat, list):
                made[place] = []
                made[place].extend(member(one) for one in flat)
            else:
                made[place] = flat
        return made[place]

    def member(flat: Any) -> Any:
        return value(int(flat)) if isinstance(flat, str) else flat

    return value(0) if values else None
