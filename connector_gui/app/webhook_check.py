"""Tries the webhook out as a caller would: over HTTP, at our own address, with a key that is in use."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from pydantic import SecretStr

from connector_gui.core.sentence import joined, sentence
from connector_gui.webhook.codes import CODES
from connector_gui.webhook.replies import COMMON_HEADERS

TIMEOUT_S: Final = 5.0
NO_KEY: Final = sentence("There is no key yet, so no call is taken. Make a new key.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of it, in words that say what to do where something is wrong."""

    text: str
    is_good: bool


class _Wrong(Exception):  # noqa: N818 - an answer, not an error of ours
    """Ends the check."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


async def check_webhook(url: str, keys: Mapping[str, SecretStr], certificate: Path | None = None) -> Finding:
    """Ask for health, then for something that needs the first of *keys*; nothing rings.

    Args:
        url: Scheme, host and port.
        certificate: Ours, which is then taken whoever signed it and whatever name is in it.
    """
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        tls = await asyncio.to_thread(_tls, certificate) if certificate is not None else True
        connector = aiohttp.TCPConnector(ssl=tls)
        async with aiohttp.ClientSession(url, timeout=timeout, connector=connector) as session:
            health = await _health(session, url)
            listening = sentence("Listening at {url}.", url=url)
            return Finding(joined([listening, await _key(session, keys), _readiness(health)]), True)
    except _Wrong as wrong:
        return Finding(wrong.text, False)
    except TimeoutError:
        return Finding(
            sentence(
                "There was no answer at {url} within {seconds} s. Start the program again.",
                url=url,
                seconds=f"{TIMEOUT_S:g}",
            ),
            False,
        )
    except (aiohttp.ClientSSLError, ssl.SSLError, OSError) as error:
        return Finding(_unreachable(url, error), False)
    except (aiohttp.ClientError, ValueError):
        return Finding(_stranger(url), False)


async def _health(session: aiohttp.ClientSession, url: str) -> Mapping[str, Any]:
    async with session.get("/health") as answer:
        if answer.headers.get("Server") != COMMON_HEADERS["Server"]:
            raise _Wrong(_stranger(url))
        body: Mapping[str, Any] = await answer.json()
        if answer.status not in {200, 503} or "ready" not in body:
            raise _Wrong(str(body.get("error", _stranger(url))))
        return body


async def _key(session: aiohttp.ClientSession, keys: Mapping[str, SecretStr]) -> str:
    name, key = next(iter(keys.items()), (None, None))
    if key is None:
        raise _Wrong(NO_KEY)
    began_s = time.monotonic()
    headers = {"X-API-Key": key.get_secret_value()}
    async with session.get("/sessions", params={"limit": "1"}, headers=headers) as answer:
        body = await answer.json()
    took_ms = (time.monotonic() - began_s) * 1000
    if answer.status != 200:
        refused = sentence("The key “{name}” was refused.", name=name)
        raise _Wrong(joined(filter(None, (refused, str(body.get("error", ""))))))
    return sentence("The key “{name}” was accepted in {ms} ms.", name=name, ms=f"{took_ms:.0f}")


def _readiness(health: Mapping[str, Any]) -> str:
    if health["ready"]:
        return sentence("Calls can be placed.")
    reasons = [CODES[code].when if code in CODES else str(code) for code in health.get("reasons", ())]
    if not reasons:
        return sentence("But no call is taken now.")
    return sentence("But no call is taken now: {reasons}.", reasons=joined(reasons, ", "))


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate))
    # The key goes to nobody but the holder of this very certificate; its name is for callers from elsewhere.
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    return context


def _unreachable(url: str, error: Exception) -> str:
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return sentence("The certificate at {url} cannot be used. Choose another one under Listening.", url=url)
    return sentence(
        "Nothing answers at {url}. A firewall may be in the way, or the program has just stopped listening.", url=url
    )


def _stranger(url: str) -> str:
    return sentence("Another program answers at {url}. Close it, or choose another port under Listening.", url=url)
