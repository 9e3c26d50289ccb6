"""The shipped workflows, executed by a real n8n against the real program."""

from __future__ import annotations

import time

import pytest

from connector_gui.core.n8n_workflow import N8nTemplate
from tests.n8n.builder import Builder, node, outcomes
from tests.n8n.relay import relaying

pytestmark = [pytest.mark.n8n, pytest.mark.desktop, pytest.mark.sound]


# --- ring, go on when the call has ended ----------------------------------------------------------


def test_an_execution_waits_for_the_report_of_a_conversation(builder: Builder) -> None:
    execution = builder.run(builder.workflow(N8nTemplate.WAIT))
    session_id = builder.next_call()
    builder.program.until(lambda: builder.n8n.execution(execution).status == "waiting", "waiting")
    builder.talk(session_id)
    result = builder.result(execution)
    assert (result.status, outcomes(result, "They talked")) == ("success", ["completed"])
    (report,) = result.items("The report")
    assert report["session_id"] == session_id
    assert report["transcript"][0]["role"] == "agent"
    builder.program.until(
        lambda: builder.program.session(session_id)["callback"]["state"] == "delivered", "the report delivered"
    )


def test_a_report_that_overtakes_the_wait_node_arrives_all_the_same(builder: Builder) -> None:
    execution = builder.run(builder.workflow(N8nTemplate.WAIT))
    builder.do("decline", builder.next_call())
    result = builder.result(execution)
    assert outcomes(result, "Declined or missed") == ["declined"]


def test_a_missed_call_takes_the_branch_of_declined_ones(builder: Builder) -> None:
    workflow = builder.workflow(N8nTemplate.WAIT)
    ring = node(workflow, "Ring the desk")["parameters"]
    ring["jsonBody"] = ring["jsonBody"].replace("agent_id:", "ring_timeout_s: 1, agent_id:")
    result = builder.result(builder.run(workflow))
    assert outcomes(result, "Declined or missed") == ["missed"]


def test_a_cancelled_call_takes_the_branch_of_failures(builder: Builder) -> None:
    execution = builder.run(builder.workflow(N8nTemplate.WAIT))
    builder.do("end", builder.next_call())
    result = builder.result(execution)
    assert outcomes(result, "It failed") == ["cancelled"]


# --- ring, get the outcome in the answer ----------------------------------------------------------


def test_the_answer_to_the_one_request_has_the_outcome(builder: Builder) -> None:
    execution = builder.run(builder.workflow(N8nTemplate.ASK_ONCE))
    builder.talk(builder.next_call())
    result = builder.result(execution)
    assert (result.status, outcomes(result, "They talked")) == ("success", ["completed"])
    assert "Look again" not in result.nodes


def test_a_call_that_outlasts_the_wait_is_looked_at_again_until_it_is_over(builder: Builder) -> None:
    with relaying(builder.program) as relay:
        workflow = builder.workflow(N8nTemplate.ASK_ONCE, relay.url)
        ring = node(workflow, "Ring and wait")["parameters"]
        ring["url"] = ring["url"].replace("timeout_s=240", "timeout_s=1")
        node(workflow, "A little later")["parameters"]["amount"] = 1
        execution = builder.run(workflow)
        session_id = builder.next_call()
        builder.program.until(lambda: relay.answers, "the answer after a second")
        assert relay.answers[0].body["outcome"] is None
        builder.do("decline", session_id)
        result = builder.result(execution)
    assert outcomes(result, "Declined or missed") == ["declined"]
    assert result.items("Look again")[-1]["outcome"] == "declined"
    assert len(builder.calls()) == 1


# --- a list, one after the other ------------------------------------------------------------------


def test_a_list_goes_on_after_declined_and_completed_calls(builder: Builder) -> None:
    execution = builder.run(builder.workflow(N8nTemplate.LIST))
    for do in ("decline", "talk", "decline"):
        session_id = builder.next_call()
        ringing = [call for call in builder.calls() if call["status"] != "ended"]
        assert [call["session_id"] for call in ringing] == [session_id]  # one at a time
        if do == "talk":
            builder.talk(session_id)
        else:
            builder.do(do, session_id)
    result = builder.result(execution)
    assert outcomes(result, "All called") == ["declined", "completed", "declined"]
    assert [row["customer_name"] for row in result.items("All called")] == ["Mara", "Jonas", "Aylin"]


def test_a_list_goes_on_after_missed_and_refused_leads(builder: Builder) -> None:
    workflow = builder.workflow(N8nTemplate.LIST)
    ring = node(workflow, "Ring and wait")["parameters"]
    ring["jsonBody"] = ring["jsonBody"].replace("{ agent_id:", "{ ring_timeout_s: 1, agent_id:")
    leads = node(workflow, "The list")["parameters"]
    leads["jsonOutput"] = leads["jsonOutput"].replace('"agent_123"', '""', 1)
    result = builder.result(builder.run(workflow))
    rows = result.items("All called")
    assert [row["outcome"] for row in rows] == ["not_called", "missed", "missed"]
    assert "agent_id" in rows[0]["error"]
    assert len(builder.calls()) == 2


@pytest.mark.parametrize("queue_size", [1])
def test_a_list_waits_while_the_desk_takes_no_calls(builder: Builder) -> None:
    assert builder.program.place("before").status == 202
    assert builder.next_call() == "before"
    with relaying(builder.program) as relay:
        execution = builder.run(builder.workflow(N8nTemplate.LIST, relay.url))
        builder.program.until(lambda: relay.answers, "the refusal", 30)
        (refusal,) = relay.answers
        assert (refusal.status, refusal.body["code"]) == (503, "queue_full")
        told_at_s = time.monotonic()
        builder.do("decline", "before")
        builder.do("decline", builder.next_call())
        assert time.monotonic() - told_at_s > float(refusal.headers["Retry-After"]) - 1
        for _ in range(2):
            builder.do("decline", builder.next_call())
        result = builder.result(execution)
    assert outcomes(result, "All called") == ["declined"] * 3
    assert relay.bodies[0] == relay.bodies[1]
