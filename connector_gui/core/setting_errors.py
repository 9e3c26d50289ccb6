"""What is wrong with a setting's value, in words that fit after its name.

pydantic's own sentences speak of inputs and types; these finish “PORT …” or stand below a field.
A value is never repeated in them: it may be a key put into the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector_gui.core.sentence import sentence


def problems_of(error: ValidationError) -> dict[str, str]:
    """The problem of each setting in *error*, by field name; ``""`` is the name of what concerns several.

    Only the first problem of a field is given.
    """
    problems: dict[str, str] = {}
    for details in error.errors(include_url=False, include_input=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        problems.setdefault(name, _in_words(details))
    return problems


def _in_words(details: ErrorDetails) -> str:
    words = _WORDS.get(details["type"])
    context = details.get("ctx", {})
    if words is None:
        return sentence("has a value that cannot be used")
    return words(context)


def _fixed(text: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _context: text


def _number(value: object) -> str:
    """A limit without a needless decimal: 60.0 → 60."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _said(context: Mapping[str, Any]) -> str:
    """What a check of ours raised, with its template."""
    error: ValueError = context["error"]
    text = error.args[0] if error.args else ""
    return text if isinstance(text, str) else str(error)


def _choice(context: Mapping[str, Any]) -> str:
    return sentence("must be {choices}", choices=str(context["expected"]).replace("'", ""))


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "int_parsing": _fixed(sentence("must be a whole number")),
    "int_type": _fixed(sentence("must be a whole number")),
    "int_from_float": _fixed(sentence("must be a whole number")),
    "int_parsing_size": _fixed(sentence("is too large a number")),
    "float_parsing": _fixed(sentence("must be a number")),
    "float_type": _fixed(sentence("must be a number")),
    "finite_number": _fixed(sentence("must be a number")),
    "bool_parsing": _fixed(sentence("must be true or false")),
    "bool_type": _fixed(sentence("must be true or false")),
    "string_type": _fixed(sentence("must be text")),
    "string_unicode": _fixed(sentence("must be text")),
    "path_type": _fixed(sentence("must be the path of a file or folder")),
    "tuple_type": _fixed(sentence("must be a list of texts")),
    "extra_forbidden": _fixed(sentence("is not known to this version")),
    "greater_than_equal": lambda context: sentence("must be at least {limit}", limit=_number(context["ge"])),
    "less_than_equal": lambda context: sentence("must be at most {limit}", limit=_number(context["le"])),
    "string_too_long": lambda context: sentence("must have at most {limit} characters", limit=context["max_length"]),
    "literal_error": _choice,
    "enum": _choice,
    "value_error": _said,
}
