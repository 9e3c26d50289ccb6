"""Sentences for the operator that windows can say in another language.

`core` and the rooms speak English: to callers, in logs, in the record. What the operator reads of it is
translated where it is shown (`ui.translation.shown`), and for that a sentence remembers how it was made.
"""

from __future__ import annotations


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


def sentence(template: str, **values: object) -> Sentence:
    """An English sentence that is also shown in other languages; *template* is a literal, for the translators' tool."""
    return Sentence(template, values)
