"""``agent-connector://call/AGENT_ID?name=value&…``: what a link may ask for, which is to be shown, no more.

Any web page can hold such a link, so it is read strictly and short: one agent, a few plain texts. It never places a
call by itself; the operator does, on the card that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from connector_gui.core.sentence import sentence

SCHEME: Final = "agent-connector"
MAX_LINK_CHARS: Final = 4096
MAX_NAMES: Final = 32
MAX_NAME_CHARS: Final = 64
MAX_VALUE_CHARS: Final = 512

_LINK: Final = re.compile(r"agent-connector://[\x21-\x7e]+", re.IGNORECASE)
_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:~-]{0,127}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ESCAPES: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_FORM: Final = f"{SCHEME}://call/AGENT_ID?name=value"


class LinkError(ValueError):
    """The link is none of ours; the text is a sentence, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class CallLink:
    """A call that somebody suggests.

    Attributes:
        metadata: Texts by name, for the card and the agent.
    """

    agent_id: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def parse_link(link: str) -> CallLink:
    """What *link* asks for.

    Raises:
        LinkError: It is not of the form above, too long, or asks for what a link may not.
    """
    if len(link) > MAX_LINK_CHARS:
        raise LinkError(sentence("This link is too long: {most} characters at most.", most=MAX_LINK_CHARS))
    if not _LINK.fullmatch(link) or not _ESCAPES.fullmatch(link):
        raise LinkError(sentence("This is no link to a call. It must read {form}.", form=_FORM))
    try:
        parts = urlsplit(link)
    except ValueError:
        raise LinkError(sentence("This is no link to a call. It must read {form}.", form=_FORM)) from None
    if parts.netloc.lower() != "call" or "#" in link:
        raise LinkError(sentence("A link can only suggest a call: {form}.", form=_FORM))
    agent_id = parts.path.removeprefix("/")
    if not _AGENT_ID.fullmatch(agent_id):
        raise LinkError(sentence("This link names no agent. It must read {form}.", form=_FORM))
    return CallLink(agent_id, _metadata(parts.query))


def _metadata(query: str) -> dict[str, str]:
    pairs = query.split("&") if query else []
    if len(pairs) > MAX_NAMES:
        raise LinkError(sentence("This link has too many values: {most} at most.", most=MAX_NAMES))
    found: dict[str, str] = {}
    for pair in pairs:
        raw_name, sign, raw_value = pair.partition("=")
        name = _text(raw_name, MAX_NAME_CHARS)
        if not sign or not _NAME.fullmatch(name) or name == "dynamic_variables":
            raise LinkError(
                sentence("The values of this link must read name=value, names of letters, digits, and any of _ . -")
            )
        if name in found:
            raise LinkError(sentence("This link gives a value twice."))
        if name.startswith("secret__"):
            raise LinkError(sentence("Secrets do not belong in a link: it is kept in histories and seen by others."))
        if name.startswith("system__"):
            raise LinkError(sentence("Names that begin with system__ are ElevenLabs’ own: a link cannot set them."))
        found[name] = _text(raw_value, MAX_VALUE_CHARS)
    return found


def _text(raw: str, longest: int) -> str:
    try:
        text = unquote_to_bytes(raw.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise LinkError(sentence("The values of this link are no text (UTF-8).")) from None
    if len(text) > longest:
        raise LinkError(sentence("A value of this link is too long: {most} characters at most.", most=longest))
    # Line breaks, and what turns the direction of writing around: a value must look like what it is.
    if not text.isprintable():
        raise LinkError(sentence("The values of this link have characters that cannot be shown."))
    return text
