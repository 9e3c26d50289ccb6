"""A language that does not exist: it shows which texts are translated, and what longer words and another way of
writing do to the windows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

OPEN: Final = "⟦"
CLOSE: Final = "⟧"
GROWTH: Final = 0.35
"""How much longer than English a translation of some words often is (IBM, W3C: “Text size in translation”)."""
_WORD: Final = 7
_KEPT: Final = re.compile(r"(\{[^{}]*\}|%n|%L?\d|&|\n)")
"""What is put in, the letter of a shortcut, and line ends stay as they are."""
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ARABIC: Final = "ابجدهوزحطيكلمنسعفصقرشتثخذض"
_TO_ARABIC: Final = str.maketrans(_LATIN + _LATIN.upper(), _ARABIC * 2)


class PseudoTranslation(QTranslator):
    """Every text a third longer: in brackets, or in letters of a script from right to left."""

    def __init__(self, *, is_arabic: bool = False) -> None:
        super().__init__()
        self._is_arabic = is_arabic
        self.asked: set[str] = set()

    def translate(self, context: str, text: str, disambiguation: str | None = None, number: int = -1) -> str:
        """*text* as this language has it; whatever is asked for has a translation."""
        self.asked.add(text)
        if not text or context.startswith("Q"):
            return text
        parts = _KEPT.split(text)
        if self._is_arabic:
            parts = [part if _KEPT.fullmatch(part) else part.translate(_TO_ARABIC) for part in parts]
        words = "".join(parts) + _padding(round(len(text) * GROWTH))
        # Brackets would ask for room that no language needs.
        return words if self._is_arabic else f"{OPEN}{words}{CLOSE}"

    def isEmpty(self) -> bool:
        """Qt asks no translator that says it is empty."""
        return False


def _padding(length: int) -> str:
    """So many characters as words that a line can be broken between."""
    words = " ".join("~" * min(_WORD, length - start) for start in range(0, length, _WORD))
    return words if length <= _WORD else f" {words}"


@contextmanager
def speaking(language: PseudoTranslation, *, is_right_to_left: bool = False) -> Iterator[PseudoTranslation]:
    """What is built inside the context says everything in *language*."""
    before, direction = QLocale(), QApplication.layoutDirection()
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    QCoreApplication.installTranslator(language)
    if is_right_to_left:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        QLocale.setDefault(QLocale(QLocale.Language.Arabic, QLocale.Country.Egypt))
    try:
        yield language
    finally:
        QCoreApplication.removeTranslator(language)
        app.setLayoutDirection(direction)
        QLocale.setDefault(before)
