"""The order of checks, and what each of them answers, as a caller meets them on the wire."""

from __future__ import annotations

import logging

import aiohttp
import pytest

from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.core.service import Health
from connector_gui.webhook import Exchange, WebhookConfig, WebhookServer
from connector_gui.webhook.replies import Reply
from connector_gui.webhook.route import Inquiry, Route
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import connect, exchange, request
from tests.fakes.webhook import JSON_LINE, KEY, KEY_LINE, Served, assert_common, assert_error, serving

CALL = "/webhook/initiate-call"
BODY = b'{"agent_id": "agent_1"}'


# --- Host ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST.", "127.0.0.1", "[::1]:{port}", "desk.example:99"])
async def test_a_host_of_ours_is_answered(host: str) -> None:
    async with serving(allowed_hosts=("desk.example",)) as served:
        answer = await served.ask("GET", "/health", host=host.format(port=served.port))
        assert answer.status == 200


HOSTILE = {
    "another": ["Host: evil.example:{port}"],
    "short": ["Host: 127.1"],
    "hexadecimal": ["Host: 0x7f000001"],
    "below ours": ["Host: localhost.evil"],
    "above ours": ["Host: evil.localhost"],
    "wrong port": ["Host: localhost:1"],
    "empty": ["Host:"],
    "missing": [],
    "twice": ["Host: localhost", "Host: localhost"],
    "ours and another": ["Host: localhost", "Host: evil.example"],
    "twice in other case": ["Host: localhost", "hOST: evil.example"],
}


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("start", ["GET /health HTTP/1.1", f"POST {CALL} HTTP/1.1", "GET /nothing HTTP/1.1"])
async def test_a_host_of_others_learns_nothing_but_that(
    lines: list[str], start: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as served:
        caplog.clear()
        head = [start, *(line.format(port=served.port) for line in lines), KEY_LINE, "Content-Length: 0", "", ""]
        answer = await exchange(served.port, "\r\n".join(head).encode())
        assert_error(answer, 421, "host_not_allowed", "ALLOWED_HOSTS")
        assert "evil" not in answer.body.decode()
        assert served.server.refused == {"host_not_allowed": 1}
        assert not [record for record in caplog.records if record.levelno > logging.DEBUG]


async def test_an_old_request_without_a_host_is_refused() -> None:
    async with serving() as served:
        assert_error(await exchange(served.port, b"GET /health HTTP/1.0\r\n\r\n"), 421, "host_not_allowed")


async def test_an_absolute_target_has_to_name_us_too() -> None:
    async with serving() as served:
        assert_error(await served.ask("GET", "http://evil.example/health"), 421, "host_not_allowed")
        ours = f"http://localhost:{served.port}/health"
        assert (await served.ask("GET", ours)).status == 200
        assert_error(await served.ask("GET", ours, host="evil.example"), 421, "host_not_allowed")


# --- route and method ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "HEAD"])
async def test_only_post_places_a_call(method: str) -> None:
    async with serving() as served:
        answer = await served.ask(method, CALL, KEY_LINE, JSON_LINE, "X-HTTP-Method-Override: POST")
        assert answer.status == 405
        assert answer.headers["allow"] == "POST"
        if method != "HEAD":
            assert_error(answer, 405, "method_not_allowed", "takes POST only")
        assert served.desk.requests == []


async def test_reading_changes_nothing_and_head_is_a_get_without_a_body() -> None:
    async with serving() as served:
        for method in ("POST", "DELETE"):
            answer = await served.ask(method, "/sessions", KEY_LINE)
            assert_error(answer, 405, "method_not_allowed", "takes GET or HEAD only")
            assert answer.headers["allow"] == "GET, HEAD"
        for action in ("accept", "decline", "end", "mute", "unmute", "hold", "resume"):
            assert_error(await served.get(f"/sessions/crm-42/{action}"), 405, "method_not_allowed")
        head = await served.ask("HEAD", "/health")
        assert (head.status, head.body) == (200, b"")
        assert_common(head)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/Health",
        "/health/",
        "//health",
        "/health/x",
        "/webhook",
        "/sessions/",
        "/sessions/a/b",
        "/docs",
        "/%2e%2e/x",
    ],
)
async def test_where_nothing_is_the_way_is_shown(path: str) -> None:
    async with serving() as served:
        answer = await served.ask("GET", path, KEY_LINE)
        assert_error(answer, 404, "not_found", "" if path == "/sessions/" else "POST /webhook/initiate-call")


# --- Origin -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"],
)
@pytest.mark.parametrize("target", ["/health", CALL])
async def test_a_browser_is_turned_away_key_or_not(line: str, target: str) -> None:
    async with serving() as served:
        method = "POST" if target == CALL else "GET"
        answer = await served.ask(method, target, line, KEY_LINE, JSON_LINE, body=BODY if method == "POST" else b"")
        assert_error(answer, 403, "origin_not_allowed", "Web pages may not call")
        assert not any(name.startswith("access-control") for name in answer.headers)
        assert served.desk.requests == []


async def test_what_a_page_can_send_without_asking_first_places_no_call() -> None:
    async with serving() as served:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            beacon = ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", f"Content-Type: {content_type}"]
            assert_error(await served.ask("POST", CALL, *beacon, body=BODY), 403, "origin_not_allowed")
        assert served.desk.requests == []


async def test_a_preflight_gets_no_permission() -> None:
    async with serving() as served:
        answer = await served.ask(
            "OPTIONS", CALL, "Origin: https://evil.example", "Access-Control-Request-Method: POST"
        )
        assert_error(answer, 405, "method_not_allowed")
        assert not any(name.startswith("access-control") for name in answer.headers)


async def test_our_own_page_may_ask() -> None:
    async with serving() as served:
        own = f"http://localhost:{served.port}"
        answer = await served.ask(
            "GET", "/health", f"Origin: {own}", "Sec-Fetch-Site: same-origin", host=f"localhost:{served.port}"
        )
        assert answer.status == 200


async def test_a_listed_page_may_call_and_read_the_answer() -> None:
    page = "https://app.example"
    async with serving(allowed_origins=(page,)) as served:
        preflight = await served.ask(
            "OPTIONS", CALL, f"Origin: {page}", "Access-Control-Request-Method: POST", "Sec-Fetch-Site: cross-site"
        )
        assert_common(preflight)
        assert preflight.status == 204
        assert preflight.headers["access-control-allow-origin"] == page
        assert "X-API-Key" in preflight.headers["access-control-allow-headers"]
        answer = await served.ask("POST", CALL, f"Origin: {page}", KEY_LINE, JSON_LINE, body=BODY)
        assert answer.status == 202
        assert answer.headers["access-control-allow-origin"] == page
        assert answer.headers["vary"] == "Origin"
        refused = await served.ask("POST", CALL, f"Origin: {page}", JSON_LINE, body=BODY)
        assert_error(refused, 401, "unauthorized")
        assert refused.headers["access-control-allow-origin"] == page


# --- key ----------------------------------------------------------------------------------------


async def test_a_call_needs_a_key_and_health_does_not() -> None:
    async with serving() as served:
        assert (await served.ask("GET", "/health")).status == 200
        for method, target in (
            ("POST", CALL),
            ("GET", "/sessions"),
            ("GET", "/sessions/x"),
            ("POST", "/sessions/x/end"),
        ):
            answer = await served.ask(method, target, JSON_LINE)
            assert_error(answer, 401, "unauthorized", "X-API-Key is missing")
            assert "www-authenticate" in answer.headers
        wrong = await served.ask("POST", CALL, f"X-API-Key: {KEY}x", JSON_LINE, body=BODY)
        assert_error(wrong, 401, "unauthorized", "not one of this desk's keys")
        assert KEY not in wrong.body.decode()


async def test_the_key_may_be_in_a_header_of_any_case_but_not_elsewhere() -> None:
    async with serving() as served:
        assert (await served.ask("GET", "/sessions", f"x-api-key: {KEY}")).status == 200
        for line in (f"Authorization: Bearer {KEY}", f"Cookie: X-API-Key={KEY}"):
            assert_error(await served.ask("GET", f"/sessions?X-API-Key={KEY}", line), 401, "unauthorized")


async def test_keys_that_cannot_be_had_yet_are_no_fault_of_the_caller() -> None:
    def locked() -> dict[str, object]:
        raise KeyringError(KeyringReason.LOCKED, "The keyring is locked: unlock it at the desk.")

    server = WebhookServer(MemoryDesk(), WebhookConfig(port=0), locked)  # type: ignore[arg-type]
    await server.start()
    try:
        served = Served(server, MemoryDesk(), int((server.url or "").rpartition(":")[2]))
        assert_error(await served.place(), 503, "keyring_locked", "unlock it")
        assert (await served.ask("GET", "/health")).status == 200
    finally:
        await server.stop()


# --- the order ----------------------------------------------------------------------------------

STEPS = [
    (421, "host_not_allowed"),
    (405, "method_not_allowed"),
    (403, "origin_not_allowed"),
    (401, "unauthorized"),
    (415, "unsupported_media_type"),
    (413, "body_too_large"),
    (400, "invalid_json"),
    (422, "invalid_request"),
]


@pytest.mark.parametrize("step", range(len(STEPS)), ids=[code for _, code in STEPS])
async def test_of_several_things_that_are_wrong_the_first_in_the_order_is_told(step: int) -> None:
    """Everything from *step* on is wrong; what comes before is right."""
    async with serving() as served:
        lines = [
            "Host: evil.example" if step <= 0 else "Host: localhost",
            *(["Origin: http://evil.example"] if step <= 2 else []),
            "X-API-Key: wrong" if step <= 3 else KEY_LINE,
            "Content-Type: text/plain" if step <= 4 else JSON_LINE,
            "Content-Length: 70000" if step <= 5 else "Content-Length: 2",
        ]
        method = "PUT" if step <= 1 else "POST"
        body = b"{]" if step <= 6 else b"{}"
        data = "\r\n".join([f"{method} {CALL} HTTP/1.1", *lines, "", ""]).encode() + (body if step > 5 else b"")
        async with connect(served.port) as connection:
            await connection.send(data)
            assert_error(await connection.answer(), *STEPS[step])


# --- content type and body ----------------------------------------------------------------------


async def test_a_body_that_is_no_json_is_refused_with_its_place() -> None:
    async with serving() as served:
        for body, field, sentence in (
            (b"{", "", "The body is not JSON"),
            (b'{"a": 1, "a": 2}', "a", "a appears twice"),
            (b'{"metadata": {"x": NaN}}', "metadata.x", "metadata.x is NaN"),
            (b'{"metadata": {"x": "\\ud800"}}', "metadata.x", "surrogate"),
            (b"[" * 60_000, "", "deeper than 32 levels"),
            (b"\xff", "", "not UTF-8"),
        ):
            answer = await served.ask("POST", CALL, KEY_LINE, JSON_LINE, body=body)
            assert_error(answer, 400, "invalid_json", sentence, field)


async def test_a_call_without_a_body_is_told_what_is_missing() -> None:
    async with serving() as served:
        assert_error(await served.ask("POST", CALL, KEY_LINE), 415, "unsupported_media_type")
        empty = await served.ask("POST", CALL, KEY_LINE, JSON_LINE, "Content-Length: 0")
        assert_error(empty, 400, "invalid_json", "The body is empty")


async def test_the_connection_stays_usable_after_a_refusal() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(request("POST", CALL, JSON_LINE, "X-API-Key: wrong", body=b"x" * 60_000))
        assert_error(await connection.answer(), 401, "unauthorized")
        await connection.send(request("POST", CALL, JSON_LINE, KEY_LINE, body=BODY))
        assert (await connection.answer()).status == 202


async def test_a_caller_that_waits_for_a_word_before_the_body_gets_it() -> None:
    async with serving() as served, connect(served.port) as connection:
        lines = [KEY_LINE, JSON_LINE, "Expect: 100-continue", f"Content-Length: {len(BODY)}"]
        await connection.send(request("POST", CALL, *lines))
        interim = await connection.answer()
        assert interim.status == 100
        await connection.send(BODY)
        assert (await connection.answer()).status == 202


async def test_a_caller_that_waits_for_a_word_is_refused_without_the_body() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(request("POST", CALL, JSON_LINE, "Expect: 100-continue", "Content-Length: 60000"))
        assert_error(await connection.answer(), 401, "unauthorized")
        assert await connection.rest() == b""


# --- answers ------------------------------------------------------------------------------------


async def test_a_callers_request_id_comes_back_if_it_is_sane() -> None:
    async with serving() as served:
        for sent, is_kept in (("n8n-77:1", True), ("x" * 129, False), ("a b", False), ("<b>", False)):
            answer = await served.ask("GET", "/nothing", f"X-Request-ID: {sent}")
            assert (answer.headers["x-request-id"] == sent) is is_kept
            assert answer.json["request_id"] == answer.headers["x-request-id"]
        ids = {(await served.ask("GET", "/health")).headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3


async def test_health_says_nothing_that_needs_a_key() -> None:
    async with serving() as served:
        await served.place(metadata={"customer_name": "Mara"})
        answer = await served.ask("GET", "/health")
        assert_common(answer)
        assert list(answer.json) == ["status", "version", "ready", "reasons", "timestamp"]
        assert {**answer.json, "version": "", "timestamp": ""} == {
            "status": "healthy",
            "version": "",
            "ready": True,
            "reasons": [],
            "timestamp": "",
        }


async def test_health_is_503_when_no_call_can_be_taken() -> None:
    async with serving() as served:
        served.desk.health_now = Health("degraded", ready=True, reasons=("slow",))
        assert (await served.ask("GET", "/health")).status == 200
        served.desk.health_now = Health("unavailable", ready=False, reasons=("do_not_disturb",))
        answer = await served.ask("GET", "/health")
        assert (answer.status, answer.json["status"], answer.json["reasons"]) == (
            503,
            "unavailable",
            ["do_not_disturb"],
        )
        assert int(answer.headers["retry-after"]) >= 1
        served.desk.health_now = Health("unavailable", False, ("do_not_disturb",), retry_after_s=1499.2)
        assert (await served.ask("GET", "/health")).headers["retry-after"] == "1500"


async def test_a_fault_of_ours_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as served:
        served.desk.refusal = ZeroDivisionError("canary-4711 in the cellar")
        answer = await served.place()
        assert_error(answer, 500, "internal_error", "log has more under this request_id")
        assert b"canary" not in answer.body
        assert b"Traceback" not in answer.body
        (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert record.getMessage() == "webhook.failed"
        assert record.request_id == answer.json["request_id"]  # type: ignore[attr-defined]
        served.desk.refusal = None
        assert (await served.place()).status == 202


@pytest.mark.parametrize(
    "target",
    ["/<script>alert(1)</script>", "/sessions/%3Cscript%3E", "/sessions?x=%3Cscript%3E", "/%0d%0aX-Evil:%201", "/\x80"],
)
async def test_what_was_sent_is_not_reflected_as_anything_but_json(target: str) -> None:
    async with serving() as served:
        answer = await served.get(target)
        assert answer.status in {400, 404, 422}
        assert answer.headers["content-type"] == "application/json"
        assert "x-evil" not in answer.headers
        assert_common(answer)


async def test_no_secret_of_a_request_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving() as served:
        await served.place(metadata={"secret__pin": "canary-1"}, callback_url="http://127.0.0.1:1/?signature=canary-2")
        await served.ask("POST", CALL, "X-API-Key: canary-3", JSON_LINE, body=BODY)
        await served.ask("POST", CALL, KEY_LINE, JSON_LINE, body=b'{"canary-4": "canary-5"')
        await served.ask("GET", "/sessions?X-API-Key=canary-6", KEY_LINE)
        assert "webhook.answered" in caplog.messages
        logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        for secret in (KEY, "canary", "token=secret"):
            assert secret not in logged


async def test_what_goes_wrong_after_an_answer_does_not_undo_it(caplog: pytest.LogCaptureFixture) -> None:
    async def odd(_inquiry: Inquiry) -> Reply:
        async def after(_is_delivered: bool) -> None:
            raise ZeroDivisionError

        return Reply(200, {"ok": True}, after=after)

    route = Route("GET", "/odd", odd)
    async with serving(more_routes=[route]) as served, connect(served.port) as connection:
        for _ in range(2):
            await connection.send(request("GET", "/odd", KEY_LINE))
            assert (await connection.answer()).json == {"ok": True}
        assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
            "webhook.follow_up_failed"
        ] * 2


async def test_whoever_looks_on_cannot_keep_an_answer_back(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_exchange: Exchange) -> None:
        raise ZeroDivisionError

    async with serving() as served:
        served.server.on_exchange.append(fail)
        assert (await served.place()).status == 202
        assert "webhook.listener_failed" in caplog.messages


async def test_an_ordinary_client_is_served() -> None:
    async with serving() as served, aiohttp.ClientSession(headers={"X-API-Key": KEY}) as session:
        for host in ("127.0.0.1", "localhost"):
            async with session.post(f"http://{host}:{served.port}{CALL}", json={"agent_id": "agent_1"}) as answer:
                assert answer.status == 202
                body = await answer.json()
            async with session.get(body["links"]["self"]) as answer:
                assert (await answer.json())["session_id"] == body["session_id"]
        assert body["success"] is True
