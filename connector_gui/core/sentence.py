"""Sentences for the operator that windows can say in another language.

`core` and the rooms speak English: to callers, in logs, in the record. What the operator reads of it is
translated where it is shown (`ui.translation.shown`), and for that a sentence remembers how it was made.
"""

from __future__ import annotations

from collections.abc import Iterable


class Sentence(str):
    """English text that knows its template and what was put into it.

    Joined to other text or read back from the record it is plain text, and is shown as it is.

    Attributes:
        template: With a ``{name}`` for each value; the text itself where there is none.
        values: What was put in, by name; a `Sentence` among them is translated too.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, values: dict[str, object]) -> Sentence:
        """*template* with *values* put in as `str.format` does; one without values is taken as it is."""
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template = template
        self.values = values
        return self

    def __getnewargs__(self) -> tuple[str, dict[str, object]]:  # type: ignore[override]
        """What a copy is made of."""
        return self.template, self.values


def joined(texts: Iterable[str], between: str = " ") -> Sentence:
    """*texts* one after the other, each still translated by itself."""
    values: dict[str, object] = {f"part_{number}": text for number, text in enumerate(texts)}
    return Sentence(between.join(f"{{{name}}}" for name in values), values)


def sentence(template: str, **values: object) -> Sentence:
    """An English sentence that is also shown in other languages; *template* is a literal, for the translators' tool."""
    return Sentence(template, values)
