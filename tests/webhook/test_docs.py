"""``docs/webhook.md`` says what the webhook does, and its snippets work."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from connector_gui.core.service import Action
from connector_gui.webhook.codes import CODES
from tests.fakes.receiver import Got
from tests.fakes.webhook import KEY
from tests.webhook_docs.page import PAGE, page
from tests.webhook_docs.routes import operations
from tests.webhook_docs.scenes import Scenes, played

HEADER = "x-connector-signature"


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return asyncio.run(played(tmp_path_factory.mktemp("docs")))


def snippet(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def report_of(scenes: Scenes) -> tuple[Got, int]:
    """The report that was posted, and when, in seconds."""
    assert scenes.report is not None
    return scenes.report, int(scenes.report.headers[HEADER].partition(",")[0].removeprefix("t="))


def test_the_page_is_what_the_webhook_does(scenes: Scenes) -> None:
    is_same = PAGE.read_text(encoding="utf-8") == page(scenes)
    assert is_same, "The webhook has changed. Write its page anew (python -m tests.webhook_docs), and read it."


def test_every_code_is_shown_with_every_status(scenes: Scenes) -> None:
    assert set(scenes.refusals) == {(code, status) for code, known in CODES.items() for status in known.statuses}


def test_every_route_is_on_the_page_with_every_status_it_answers(scenes: Scenes) -> None:
    text = PAGE.read_text(encoding="utf-8")
    statuses = {int(status) for status in re.findall(r"\b([2345]\d\d)\b", text)}
    for path, method, operation in operations(scenes.description):
        assert f"`{method} {path}`" in text
        assert {int(status) for status in operation["responses"]} <= statuses
    assert set(scenes.acted) == set(Action)


def test_the_python_snippet_knows_a_report_from_a_forged_one(scenes: Scenes) -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    is_ours: Callable[..., bool] = names["is_from_the_desk"]
    report, sent_s = report_of(scenes)
    header = report.headers[HEADER]
    assert is_ours(report.body, header, KEY, sent_s + 5)
    assert not is_ours(report.body + b" ", header, KEY, sent_s)
    assert not is_ours(report.body, header, "another key", sent_s)
    assert not is_ours(report.body, header, KEY, sent_s + 3600)
    assert not is_ours(report.body, "", KEY, sent_s)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_code_nodes_snippet_knows_a_report_from_a_forged_one(scenes: Scenes) -> None:
    function = snippet("js").partition("const body")[0]
    report, sent_s = report_of(scenes)
    script = function + (
        "const body = require('fs').readFileSync(0);"
        "const [, header, key, now] = process.argv;"
        "process.stdout.write(String(isFromTheDesk(body, header, key, Number(now))));"
    )

    def verdict(body: bytes, header: str, key: str, now_s: int) -> str:
        command = ["node", "-e", script, "--", header, key, str(now_s)]
        return subprocess.run(command, input=body, capture_output=True, check=True, timeout=30).stdout.decode()

    header = report.headers[HEADER]
    assert verdict(report.body, header, KEY, sent_s + 5) == "true"
    assert verdict(report.body + b" ", header, KEY, sent_s) == "false"
    assert verdict(report.body, header, "another key", sent_s) == "false"
    assert verdict(report.body, header, KEY, sent_s + 3600) == "false"
    assert verdict(report.body, "none", KEY, sent_s) == "false"
