"""Looking at calls over HTTP, and doing what the buttons do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.export import transcript_srt, transcript_text
from connector_gui.core.record import TranscriptEntry
from tests.fakes.webhook import Served, assert_common, assert_error, serving


async def test_a_call_can_be_looked_at_whole() -> None:
    async with serving() as served:
        placed = await served.place(session_id="crm:42", metadata={"customer_name": "Mara", "secret__pin": "4711"})
        link = placed.json["links"]["self"]
        for path in (link.removeprefix(f"http://127.0.0.1:{served.port}"), "/sessions/crm%3A42"):
            answer = await served.get(path)
            assert_common(answer)
            assert answer.status == 200
            body = answer.json
            assert (body["session_id"], body["status"], body["outcome"]) == ("crm:42", "ringing", None)
            assert body["metadata"] == {"customer_name": "Mara", "secret__pin": "***"}
            assert body["transcript"] == []
            assert body["links"]["end"] == f"http://127.0.0.1:{served.port}/sessions/crm:42/end"
            assert "4711" not in answer.body.decode()


@pytest.mark.parametrize("path", ["/sessions/unknown", "/sessions/a%2Fb", "/sessions/%20", "/sessions/" + "a" * 129])
async def test_an_unknown_call_is_not_found(path: str) -> None:
    async with serving() as served:
        assert_error(await served.get(path), 404, "not_found", "no call with this session_id")
        assert_error(await served.post(f"{path}/end"), 404, "not_found", "no call with this session_id")


async def test_the_list_is_newest_first_and_in_pages() -> None:
    async with serving() as served:
        for number in range(5):
            await served.place(session_id=f"crm-{number}")
        first = (await served.get("/sessions?limit=2")).json
        assert [session["session_id"] for session in first["sessions"]] == ["crm-4", "crm-3"]
        rest = (await served.get(f"/sessions?limit=10&cursor={first['next_cursor']}")).json
        assert [session["session_id"] for session in rest["sessions"]] == ["crm-2", "crm-1", "crm-0"]
        assert rest["next_cursor"] is None
        assert "transcript" not in first["sessions"][0]


async def test_the_list_can_be_narrowed() -> None:
    async with serving() as served:
        for number in range(3):
            await served.place(session_id=f"crm-{number}")
        await served.post("/sessions/crm-1/decline")
        for query, expected in (
            ("status=ringing", ["crm-2", "crm-0"]),
            ("status=ended&outcome=declined", ["crm-1"]),
            ("outcome=missed", []),
        ):
            found = (await served.get(f"/sessions?{query}")).json["sessions"]
            assert [session["session_id"] for session in found] == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1000", "limit"),
        ("limit=x", "limit"),
        ("status=over", "status"),
        ("outcome=ended", "outcome"),
        ("cursor=made-up", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(query: str, field: str) -> None:
    async with serving() as served:
        assert_error(await served.get(f"/sessions?{query}"), 422, "invalid_request", f"{field} ", field)


async def test_the_buttons_work_and_answer_with_the_call() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        for action, status, muted, held in (
            ("accept", "connecting", False, False),
            ("accept", "connecting", False, False),
            ("mute", "connecting", True, False),
            ("unmute", "connecting", False, False),
            ("hold", "connecting", False, True),
            ("hold", "connecting", False, True),
            ("resume", "connecting", False, False),
            ("end", "ending", False, False),
            ("end", "ending", False, False),
        ):
            answer = await served.post(f"/sessions/crm-42/{action}")
            assert answer.status == 200, answer.body
            body = answer.json
            assert (body["status"], body["muted"], body["held"]) == (status, muted, held)
            assert body["session_id"] == "crm-42"


async def test_a_ringing_call_is_cancelled_by_its_caller() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        body = (await served.post("/sessions/crm-42/end")).json
        assert (body["status"], body["outcome"], body["ended_by"]) == ("ended", "cancelled", "caller")


async def test_what_a_call_cannot_do_now_is_a_conflict() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        for action in ("mute", "hold", "resume"):
            assert_error(await served.post(f"/sessions/crm-42/{action}"), 409, "wrong_state", "ringing")
        await served.post("/sessions/crm-42/decline")
        assert_error(await served.post("/sessions/crm-42/accept"), 409, "wrong_state", "over")


async def test_a_full_desk_accepts_no_more() -> None:
    async with serving() as served:
        for number in range(3):
            await served.place(session_id=f"crm-{number}")
        for number in range(2):
            assert (await served.post(f"/sessions/crm-{number}/accept")).status == 200
        assert_error(await served.post("/sessions/crm-2/accept"), 409, "desk_full")


async def test_an_action_takes_an_empty_body_or_none() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        assert (await served.post("/sessions/crm-42/accept", {})).status == 200
        refused = await served.post("/sessions/crm-42/mute", {"muted": True})
        assert_error(refused, 422, "invalid_request", "muted is not known", "muted")
        assert_error(await served.post("/sessions/crm-42/mute?x=1"), 422, "invalid_request", "x is not known", "x")
        form = await served.ask("POST", "/sessions/crm-42/end", "X-API-Key: k-1234567890", body=b"x=1")
        assert_error(form, 415, "unsupported_media_type")
        assert (await served.get("/sessions/crm-42")).json["status"] == "connecting"


# --- what was said ------------------------------------------------------------------------------

SAID = (
    TranscriptEntry(role="agent", text="Hello Mara", said_text="Hello Mara, this is", at_ms=410, interrupted=True),
    TranscriptEntry(role="user", text="Wait — \u202eweird\u2069 <b>", at_ms=2_000),
)


@asynccontextmanager
async def talking() -> AsyncIterator[Served]:
    """A conversation that runs, with something said in it."""
    async with serving() as served:
        await served.place(session_id="crm-42")
        served.desk.change("crm-42", status=CallState.ACTIVE)
        for entry in SAID:
            served.desk.say("crm-42", entry)
        yield served


async def test_the_transcript_comes_as_json() -> None:
    async with talking() as served:
        answer = await served.get("/sessions/crm-42/transcript")
        assert_common(answer)
        body = answer.json
        assert (body["session_id"], body["status"], body["outcome"]) == ("crm-42", "active", None)
        assert body["transcript"] == (await served.get("/sessions/crm-42")).json["transcript"]
        assert body["transcript"][0]["interrupted"] is True
        assert (await served.get("/sessions/crm-42/transcript?format=json")).json == body


async def test_the_transcript_comes_to_read_and_as_subtitles() -> None:
    async with talking() as served:
        record = await served.desk.session("crm-42")
        assert record is not None
        for format_, content_type, text in (
            ("txt", "text/plain; charset=utf-8", transcript_text(record)),
            ("srt", "application/x-subrip; charset=utf-8", transcript_srt(record)),
        ):
            answer = await served.get(f"/sessions/crm-42/transcript?format={format_}")
            assert_common(answer)
            assert answer.headers["content-type"] == content_type
            assert answer.body.decode() == text
            assert "Hello Mara" in text


async def test_a_transcript_of_an_unknown_call_or_form_is_refused() -> None:
    async with talking() as served:
        assert_error(await served.get("/sessions/unknown/transcript"), 404, "not_found")
        refused = await served.get("/sessions/crm-42/transcript?format=pdf")
        assert_error(refused, 422, "invalid_request", "format must be one of json, txt, srt", "format")


# --- saying something ---------------------------------------------------------------------------


async def test_text_goes_to_the_agent() -> None:
    async with talking() as served:
        answer = await served.post("/sessions/crm-42/message", {"text": "The order is 4711."})
        assert (answer.status, answer.json["session_id"], answer.json["status"]) == (200, "crm-42", "active")
        await served.post("/sessions/crm-42/message", {"text": "VIP", "kind": "contextual_update"})
        assert served.desk.messages == [
            ("crm-42", "The order is 4711.", "user_message"),
            ("crm-42", "VIP", "contextual_update"),
        ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x" * 8_001}, "text"),
        ({"text": "x", "kind": "shout"}, "kind"),
        ({"text": "x", "to": "agent"}, "to"),
    ],
)
async def test_a_message_that_is_none_is_refused_by_field(body: dict[str, object], field: str) -> None:
    async with talking() as served:
        refused = await served.post("/sessions/crm-42/message", body)
        assert_error(refused, 422, "invalid_request", f"{field} ", field)
        assert served.desk.messages == []


async def test_a_message_needs_a_conversation() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        refused = await served.post("/sessions/crm-42/message", {"text": "x"})
        assert_error(refused, 409, "wrong_state")
        assert_error(await served.post("/sessions/unknown/message", {"text": "x"}), 404, "not_found")
