"""News of a newer version, as a stranger's server tells it: read strictly, shown as a sentence with a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connector_gui.core.addresses import is_web_address
from connector_gui.core.strict_json import StrictJsonError, parse
from connector_gui.core.versions import parse_version

MAX_ADDRESS_CHARS: Final = 2048


class UpdateError(ValueError):
    """There is no news; the text says why, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Update:
    """A version, and the page that tells of it."""

    version: str
    url: str


def parse_update(body: bytes) -> Update:
    """The version that *body* names: ``{"version": "1.2.0", "url": "https://…"}``; other members are not looked at.

    Raises:
        UpdateError: It does not.
    """
    try:
        found = parse(body)
    except StrictJsonError:
        raise UpdateError("the answer is not JSON") from None
    if not isinstance(found, dict):
        raise UpdateError("the answer is no JSON object")
    version, url = found.get("version"), found.get("url")
    if not isinstance(version, str) or not isinstance(url, str):
        raise UpdateError("version and url are not both there, as texts")
    try:
        parse_version(version)
    except ValueError:
        raise UpdateError("version is no version") from None
    if len(url) > MAX_ADDRESS_CHARS or not is_web_address(url):
        raise UpdateError("url is no https:// address")
    return Update(version.strip(), url)
