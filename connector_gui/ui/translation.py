"""The operator's language: texts of windows, and sentences that come from the rest of the program.

Windows are written in English and say `self.tr("…")`, or `tr("…")` outside of classes; sentences of other rooms are
`core.sentence.Sentence` and are shown by way of `shown`. Qt's tool collects all of them into
`resources/translations` (``python3 packaging/dev.py translations``).
"""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from connector_gui.core.look import Language
from connector_gui.core.sentence import Sentence
from connector_gui.ui import resources

log = logging.getLogger(__name__)

LANGUAGES: Final = ("en", "de", "es")
"""Those there are files for; English has one for its plurals."""
NO_CONTEXT: Final = ""
"""What is said outside of classes has no context of its own."""


def tr(text: str, disambiguation: str | None = None, number: int = -1) -> str:
    """*text*, a literal, in the operator's language; *number* is put in for ``%n`` and chooses the plural."""
    return QCoreApplication.translate(NO_CONTEXT, text, disambiguation, number)


def shown(text: str) -> str:
    """A sentence from elsewhere in the operator's language; as it is where it has no translation."""
    if not isinstance(text, Sentence):
        return tr(text) if text else text
    values = {name: shown(value) if isinstance(value, Sentence) else value for name, value in text.values.items()}
    translated = tr(text.template)
    return translated.format(**values) if values else translated


def chosen(language: Language, preferred: list[str]) -> str:
    """The code of the language to use; *preferred* are the system's, best first, e.g. ``de-AT``."""
    if language is not Language.SYSTEM:
        return language.value
    codes = [name.replace("_", "-").partition("-")[0].lower() for name in preferred]
    return next((code for code in codes if code in LANGUAGES), "en")


class Translation:
    """The program's own texts and Qt's in one language, for as long as this lives."""

    def __init__(self, language: Language) -> None:
        self.code = chosen(language, QLocale.system().uiLanguages())
        self._translators: list[QTranslator] = []

    def install(self) -> None:
        """Say everything that is built from now on in that language; numbers and dates too, if it was chosen."""
        if self.code != QLocale.system().name().partition("_")[0]:
            QLocale.setDefault(QLocale(self.code))
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        # Qt's own first: of two translators the one that was installed last is asked first.
        if self.code != "en":
            self._add(f"qtbase_{self.code}", qt_folder)
        self._add(f"agent-connector_{self.code}", str(resources.folder("translations")))

    def _add(self, name: str, folder: str) -> None:
        translator = QTranslator()
        if not translator.load(name, folder):
            log.warning("translation.missing", extra={"file": name})
            return
        QCoreApplication.installTranslator(translator)
        self._translators.append(translator)
