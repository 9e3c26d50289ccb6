from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from connector_gui import __version__
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.record import CallRecord
from connector_gui.system.metrics import ATTEMPT_RESULTS, CONTENT_TYPE, PREFIX, Metrics, Readings
from connector_gui.system.tallies import LABEL_SETS, OTHER
from connector_gui.webhook.callback_answer import Verdict

DASHBOARD: Final = Path(__file__).parents[2] / "resources" / "grafana" / "agent-connector.json"
START: Final = datetime(2026, 11, 22, 12, 41, tzinfo=UTC)


def metrics(queue_length: int = 0, open_conversations: int = 0, backlog: int = 0) -> Metrics:
    return Metrics(
        Readings(
            lambda: queue_length,
            lambda: open_conversations,
            lambda: {"active": open_conversations},
            lambda: {"desk": open_conversations, "Softphone": 0},
            lambda: backlog,
        )
    )


def ended(outcome: Outcome, **values: Any) -> CallRecord:
    usual = {"status": CallState.ENDED, "agent_id": "agent_9x", "created_at": START, "ring_expires_at": START}
    return CallRecord(session_id="crm-9x", outcome=outcome, **{**usual, **values})


async def families(of: Metrics) -> dict[str, Metric]:
    text, _ = await of.render()
    return {family.name: family for family in text_string_to_metric_families(text.decode())}


async def value(of: Metrics, sample: str, **labels: str) -> float:
    """The one sample of that name and those labels."""
    found = [
        one.value
        for family in (await families(of)).values()
        for one in family.samples
        if one.name == PREFIX + sample and one.labels == labels
    ]
    [only] = found
    return only


async def test_calls_are_counted_by_outcome_and_practice() -> None:
    desk = metrics()
    desk.call_ended(ended(Outcome.MISSED))
    desk.call_ended(ended(Outcome.MISSED))
    desk.call_ended(ended(Outcome.COMPLETED, practice=True))
    assert await value(desk, "calls_total", outcome="missed", practice="false") == 2
    assert await value(desk, "calls_total", outcome="completed", practice="true") == 1
    assert await value(desk, "calls_total", outcome="failed", practice="false") == 0, "there from the start"


async def test_ring_and_talk_time() -> None:
    desk = metrics()
    accepted = START + timedelta(seconds=3)
    desk.call_ended(ended(Outcome.COMPLETED, accepted_at=accepted, started_at=accepted, duration_s=61.2))
    desk.call_ended(ended(Outcome.MISSED, ended_at=START + timedelta(seconds=30)))
    assert await value(desk, "ring_duration_seconds_sum") == pytest.approx(33)
    assert await value(desk, "ring_duration_seconds_bucket", le="5.0") == 1
    assert await value(desk, "ring_duration_seconds_bucket", le="30.0") == 2
    assert await value(desk, "talk_duration_seconds_count") == 1, "a call that nobody took has no talk time"
    assert await value(desk, "talk_duration_seconds_sum") == pytest.approx(61.2)


async def test_a_clock_that_was_set_back_spoils_no_sum() -> None:
    desk = metrics()
    desk.call_ended(ended(Outcome.MISSED, ended_at=START - timedelta(days=1)))
    assert await value(desk, "ring_duration_seconds_sum") == 0
    assert await value(desk, "ring_duration_seconds_count") == 1


async def test_requests_by_route_and_class_of_status() -> None:
    desk = metrics()
    desk.webhook_answered("/sessions/{session_id}", 200, 0.004)
    desk.webhook_answered("/sessions/{session_id}", 404, 0.001)
    route = "/sessions/{session_id}"
    name = "webhook_request_duration_seconds"
    assert await value(desk, f"{name}_count", route=route, status="2xx") == 1
    assert await value(desk, f"{name}_bucket", route=route, status="4xx", le="0.001") == 1
    assert await value(desk, f"{name}_bucket", route=route, status="2xx", le="0.0025") == 0
    assert await value(desk, f"{name}_bucket", route=route, status="2xx", le="0.005") == 1


async def test_round_trips_in_seconds() -> None:
    desk = metrics()
    desk.round_trip(180)
    assert await value(desk, "link_round_trip_seconds_sum") == pytest.approx(0.18)
    assert await value(desk, "link_round_trip_seconds_bucket", le="0.2") == 1
    assert await value(desk, "link_round_trip_seconds_bucket", le="0.15") == 0


async def test_notices_underruns_and_devices() -> None:
    desk = metrics()
    codes = ("underruns", "underruns", "microphone_lost", "speaker_replaced", "speaker_back", "lost", "time_limit_lost")
    for code in codes:
        desk.notice(code)
    assert await value(desk, "underruns_total") == 2
    assert await value(desk, "devices_lost_total", device="microphone") == 1
    assert await value(desk, "devices_lost_total", device="speaker") == 1
    assert await value(desk, "notices_total", code="speaker_back") == 1


async def test_what_is_so_now_is_read_when_it_is_asked_for() -> None:
    ringing = [1]
    desk = Metrics(Readings(lambda: ringing[0], lambda: 2, lambda: {"held": 1}, lambda: {"desk": 2}, lambda: 3))
    assert await value(desk, "ringing_calls") == 1
    ringing[0] = 7
    assert await value(desk, "ringing_calls") == 7
    assert await value(desk, "open_conversations") == 2
    assert await value(desk, "callback_backlog") == 3
    assert await value(desk, "live_calls", state="held") == 1
    assert await value(desk, "line_calls", line="desk") == 2


async def test_callback_attempts_by_every_result_there_is() -> None:
    desk = metrics()
    for verdict in Verdict:
        desk.callback_tried(verdict.value)
    assert set(ATTEMPT_RESULTS) == {verdict.value for verdict in Verdict}
    for result in ATTEMPT_RESULTS:
        assert await value(desk, "callback_attempts_total", result=result) == 1


async def test_what_runs_here() -> None:
    [sample] = (await families(metrics()))["agent_connector_build_info"].samples
    assert sample.labels["version"] == __version__
    assert set(sample.labels) == {"version", "python", "system"}


async def test_names_by_the_conventions() -> None:
    text, content_type = await metrics().render()
    assert content_type == CONTENT_TYPE
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text.decode(), re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text.decode(), re.MULTILINE))
    assert types.keys() == helps.keys()
    for name, kind in types.items():
        assert re.fullmatch(r"agent_connector_[a-z]+(_[a-z]+)*", name)
        assert name.endswith("_total") == (kind == "counter"), name
        assert name.endswith("_seconds") == (kind == "histogram"), name
        assert helps[name].endswith("."), name


async def test_labels_stay_few_whatever_comes() -> None:
    desk = metrics()
    for number in range(5 * LABEL_SETS):
        desk.notice(f"code-{number}")
        desk.webhook_answered(f"/{number}", 200, 0.1)
    text, _ = await desk.render()
    assert len(text) < 600_000
    assert await value(desk, "notices_total", code=OTHER) == 4 * LABEL_SETS
    counted = (await families(desk))["agent_connector_webhook_request_duration_seconds"].samples
    assert sum(one.value for one in counted if one.name.endswith("_count")) == 5 * LABEL_SETS


async def test_nothing_tells_of_a_person_an_agent_or_a_call() -> None:
    desk = metrics()
    desk.call_ended(ended(Outcome.COMPLETED, user_id="mara-9x", metadata={"customer": "Mara 9x"}, placed_by="key-9x"))
    assert b"9x" not in (await desk.render())[0]


async def test_two_desks_in_one_process_count_apart() -> None:
    one, other = metrics(), metrics()
    one.notice("underruns")
    assert await value(one, "underruns_total") == 1
    assert await value(other, "underruns_total") == 0


def test_counting_loads_no_library() -> None:
    code = (
        "import sys; from connector_gui.system.metrics import Metrics, Readings; "
        "desk = Metrics(Readings(*[lambda: 0] * 5)); desk.notice('underruns'); desk.round_trip(1); "
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_the_dashboard_shows_what_there_is_and_all_of_it() -> None:
    desk = metrics()
    desk.notice("underruns")
    desk.webhook_answered("/health", 200, 0.001)
    existing = {sample.name for family in (await families(desk)).values() for sample in family.samples}
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [variable["definition"] for variable in dashboard["templating"]["list"]]
    shown = {name for query in queries for name in re.findall(r"\bagent_connector_\w+", query)}
    assert shown <= existing
    figures = {re.sub(r"_(bucket|sum|count)$", "", name) for name in existing}
    assert figures == {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}


async def test_the_dashboard_groups_by_labels_that_exist() -> None:
    desk = metrics()
    desk.notice("underruns")
    desk.webhook_answered("/health", 200, 0.001)
    existing = {label for family in (await families(desk)).values() for one in family.samples for label in one.labels}
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            grouped = {name for group in re.findall(r"by \(([^)]*)\)", target["expr"]) for name in group.split(", ")}
            assert named <= grouped <= existing
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
