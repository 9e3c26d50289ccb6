"""GET requests to the service: one deadline for all tries, bounded answers, errors in words.

Tried again are only answers that say “later” (429, 5xx), at most twice, within the deadline: a person is waiting.
No redirect is followed, for the key would go along; nothing is decompressed, for a small body could become a huge one.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from connector_gui import __version__
from connector_gui.core.agent_api import KEY_HEADER
from connector_gui.core.errors import AgentError, AuthError, ProtocolError
from connector_gui.core.sentence import sentence
from connector_gui.elevenlabs import refusals
from connector_gui.elevenlabs.network import default_tls, timed_out, unreachable
from connector_gui.elevenlabs.proxies import Proxy, proxy_for
from connector_gui.elevenlabs.refusals import Answer

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""A long conversation's details are some hundred kilobytes."""
USER_AGENT: Final = f"agent-connector/{__version__}"


@dataclass(frozen=True, slots=True)
class ApiTiming:
    """How long answers may take.

    Attributes:
        total_s: From asking to the answer, all tries included.
        tries: How often one request is sent at most.
        backoff_s: Wait before the second try, ±50 %; doubles for each further one.
        idle_s: How long an idle connection is kept for the next request.
    """

    total_s: float = 10.0
    tries: int = 3
    backoff_s: float = 0.5
    idle_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Question:
    """One GET request.

    Attributes:
        path: Below the base URL, quoted.
        query: Parameters in order.
        route: The path without anybody's id in it, for the log.
        unknown: What a 404 or 422 means here.
        key: Another key than the usual one.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    route: str = ""
    unknown: AgentError | None = None
    key: SecretStr | None = None


class HttpClient:
    """Sends GET requests with the key; used from one event loop, which it meets at the first request."""

    def __init__(
        self,
        base_url: str,
        key: Callable[[], SecretStr | None],
        timing: ApiTiming,
        *,
        tls: ssl.SSLContext | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = URL(base_url).host or ""
        self._key = key
        self._timing = timing
        self._tls = tls
        self._chance = chance
        self._session: aiohttp.ClientSession | None = None

    async def get(self, question: Question) -> bytes:
        """The body of a 200.

        Raises:
            AuthError: The key is missing, wrong, or lacks a permission.
            ProtocolError: The answer is no answer of the service.
            AgentError: Anything else, ``elevenlabs_timeout`` when the deadline passes.
        """
        key = _checked(question.key or self._key())
        try:
            async with asyncio.timeout(self._timing.total_s):
                return await self._get_patiently(question, key)
        except TimeoutError:
            log.warning("elevenlabs.timed_out", extra={"route": question.route, "limit_s": self._timing.total_s})
            raise timed_out(self._timing.total_s) from None

    async def aclose(self) -> None:
        """Close idle connections; safe to call twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _get_patiently(self, question: Question, key: str) -> bytes:
        deadline_s = asyncio.get_running_loop().time() + self._timing.total_s
        for number in range(1, self._timing.tries + 1):
            answer = await self._ask(question, key)
            if answer.status == 200 and not answer.is_web_page:
                return answer.body
            error = self._refused(question, answer, key, number)
            wait_s = self._wait_s(number, answer)
            is_in_time = asyncio.get_running_loop().time() + wait_s < deadline_s
            if number == self._timing.tries or not is_in_time or not refusals.is_worth_retrying(answer, error):
                raise error
            await asyncio.sleep(wait_s)
        raise AssertionError("at least one try")

    async def _ask(self, question: Question, key: str) -> Answer:
        """Send the request once and read what comes."""
        session = await self._session_here()
        proxy = await asyncio.to_thread(proxy_for, self._host)
        query = {name: _sendable(value) for name, value in question.query.items()}
        url = URL(self._base_url + question.path, encoded=True).with_query(query)
        headers = {KEY_HEADER: key, "Accept-Encoding": "identity", "Accept": "application/json"}
        try:
            async with session.get(url, headers=headers, allow_redirects=False, **_way(proxy)) as response:
                return Answer(response.status, response.headers, await _read(response))
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            fields = {"route": question.route, "host": self._host, "kind": type(error).__name__}
            log.warning("elevenlabs.unreachable", extra=fields)
            raise unreachable(error, self._host) from None

    def _refused(self, question: Question, answer: Answer, key: str, number: int) -> AgentError:
        error = refusals.refusal(answer, unknown=question.unknown, secret=key)
        fields = {"route": question.route, "status": answer.status, "code": error.code, "trace_id": answer.trace_id}
        log.warning("elevenlabs.refused", extra={**fields, "try": number})
        return error

    def _wait_s(self, number: int, answer: Answer) -> float:
        asked_s = answer.retry_after_s
        if asked_s is not None:
            return asked_s
        return self._timing.backoff_s * float(2 ** (number - 1)) * (0.5 + self._chance())

    async def _session_here(self) -> aiohttp.ClientSession:
        # Made at the first request, for it belongs to the loop that runs then.
        self._tls = self._tls or await default_tls()
        if self._session is None:
            self._session = self._new_session(self._tls)
        return self._session

    def _new_session(self, tls: ssl.SSLContext) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=8, keepalive_timeout=self._timing.idle_s),
            # Our own deadline holds for all tries; aiohttp's would hold for each of them.
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": USER_AGENT},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )


def _checked(key: SecretStr | None) -> str:
    """The key as text that can be a header's value."""
    if key is None or not key.get_secret_value().strip():
        raise AuthError(
            sentence("There is no ElevenLabs API key. Enter one under Settings, ElevenLabs."),
            code="no_api_key",
            status=503,
        )
    text = key.get_secret_value().strip()
    if not all("!" <= char <= "~" for char in text):
        raise AuthError(
            sentence(
                "The ElevenLabs API key has characters in it that no key has. "
                "Copy it again, under Settings, ElevenLabs."
            ),
            code="elevenlabs_key_invalid",
        )
    return text


def _sendable(text: str) -> str:
    """*text* without half characters (lone surrogates), which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _way(proxy: Proxy | None) -> dict[str, Any]:
    if proxy is None:
        return {}
    headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else None
    return {"proxy": proxy.url, "proxy_headers": headers}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            response.close()
            raise ProtocolError(sentence("ElevenLabs' answer is far too long. Check ELEVENLABS_BASE_URL."))
    return bytes(body)
