"""The keys that callers of the webhook send: ``API_KEYS`` read, new ones made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from connector_gui.core.call_request import OPERATOR
from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.system.secret_store import usable_secret

DEFAULT_KEY_NAME: Final = "default"
"""Name of a key that was given none; the record says by it who placed a call."""
KEY_BYTES: Final = 32


def new_api_key() -> SecretStr:
    """A fresh key: 256 random bits, safe in headers, files and shells."""
    return SecretStr(secrets.token_urlsafe(KEY_BYTES))


def parse_api_keys(text: SecretStr) -> Mapping[str, SecretStr]:
    """The keys in *text* by name: comma-separated, each ``key`` or ``name=key``, split at the first ``=``.

    Keys without a name are called ``default``, ``default-2``, ``default-3`` …

    Raises:
        ConfigError: A key is empty or unfit for a header, or a name stands for two or is the desk's own. Says which
            one, by its place.
    """
    keys: dict[str, SecretStr] = {}
    for place, part in enumerate(text.get_secret_value().split(","), start=1):
        if not part.strip():
            continue
        name, _, value = part.partition("=") if "=" in part else ("", "", part)
        key = usable_secret(value)
        if key is None:
            raise ConfigError(
                sentence(
                    "API_KEYS: key {place} is empty or has characters that no header can carry. "
                    "Each key is “key” or “name=key”; one that ends in “=” needs a name in "
                    "front.",
                    place=place,
                )
            )
        name = name.strip() or _free_name(keys)
        if name in keys:
            raise ConfigError(sentence("API_KEYS: key {place} has the name of an earlier one.", place=place))
        if name == OPERATOR:
            raise ConfigError(
                sentence(
                    "API_KEYS: key {place} is called “{name}”, which is how the record calls "
                    "you: give it another name.",
                    place=place,
                    name=OPERATOR,
                )
            )
        keys[name] = key
    return keys


def _free_name(taken: Mapping[str, SecretStr]) -> str:
    name, number = DEFAULT_KEY_NAME, 1
    while name in taken:
        number += 1
        name = f"{DEFAULT_KEY_NAME}-{number}"
    return name
