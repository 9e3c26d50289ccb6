"""Asks a web address which version is the newest, and remembers when that was. Nothing is ever downloaded."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from connector_gui import __version__
from connector_gui.core.addresses import is_web_address
from connector_gui.core.errors import ConfigError
from connector_gui.core.moment import iso
from connector_gui.core.update import Update, UpdateError, parse_update
from connector_gui.system.settings_file import read_file, write_file

log = logging.getLogger(__name__)

FILE_NAME: Final = "update.json"
TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 16 * 1024


async def ask_for_update(url: str) -> Update:
    """The newest version by *url*.

    Raises:
        UpdateError: It cannot be had; redirects are not followed, so that nobody else is asked.
    """
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"agent-connector/{__version__}",
    }
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    jar = aiohttp.DummyCookieJar()
    try:
        async with (
            # Not unpacked: a small body could become a large one.
            aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, trust_env=True, auto_decompress=False) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise UpdateError(f"the answer is HTTP {answer.status}")
            return parse_update(await _body(answer))
    except TimeoutError:
        raise UpdateError(f"no answer within {TIMEOUT_S:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, UpdateError):
            raise
        raise UpdateError(f"no connection ({type(error).__name__})") from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(MAX_ANSWER_BYTES):
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise UpdateError("the answer is too long")
    return bytes(body)


@dataclass(frozen=True, slots=True)
class Asked:
    """The last time that was asked.

    Attributes:
        url: Who was asked.
        update: What they said; ``None`` when nothing came of it.
    """

    at: datetime
    url: str
    update: Update | None = None


class UpdateFile:
    """``update.json`` in the data folder: a program that is started ten times a day asks once. Blocks like a disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def read(self) -> Asked | None:
        """The last time; ``None`` where that is not known."""
        return _parsed(read_file(self._path).values)

    def write(self, asked: Asked) -> None:
        """Remember *asked*; a disk that does not take it costs one more question."""
        said = {"version": asked.update.version, "page": asked.update.url} if asked.update else {}
        try:
            write_file(self._path, {"asked_at": iso(asked.at), "asked": asked.url, **said})
        except (ConfigError, OSError) as error:
            log.info("update.not_kept", extra={"reason": type(error).__name__})


def _parsed(values: Any) -> Asked | None:
    try:
        at, url = datetime.fromisoformat(values["asked_at"]), values["asked"]
    except (KeyError, TypeError, ValueError):
        return None
    if at.tzinfo is None or not isinstance(url, str):
        return None
    update = None
    with suppress(KeyError):
        version, page = values["version"], values["page"]
        is_sane = isinstance(version, str) and isinstance(page, str) and is_web_address(page)
        update = Update(version, page) if is_sane else None
    return Asked(at, url, update)
