"""The operator's language: which one, where the texts come from, and that none is missing."""

from __future__ import annotations

import ast
import re
import shutil
import string
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from pytestqt.qtbot import QtBot

from connector_gui.core.look import Language
from connector_gui.core.sentence import Sentence, sentence
from connector_gui.core.status import Condition, StatusLine, Subject
from connector_gui.ui import status_words
from connector_gui.ui.history.waveform import Waveform
from connector_gui.ui.theme import GAP_S, Theme
from connector_gui.ui.translation import LANGUAGES, Translation, chosen, shown, tr
from devtools import translations

ROOT = Path(__file__).parents[2]


@pytest.fixture
def german(qtbot: QtBot) -> Iterator[None]:
    with spoken(Language.GERMAN):
        yield


@pytest.fixture
def spanish(qtbot: QtBot) -> Iterator[None]:
    with spoken(Language.SPANISH):
        yield


@contextmanager
def spoken(language: Language) -> Iterator[None]:
    before = QLocale()
    translation = Translation(language)
    translation.install()
    yield
    for translator in translation._translators:
        QCoreApplication.removeTranslator(translator)
    QLocale.setDefault(before)


def texts(file: Path) -> dict[tuple[str, str], list[str]]:
    """Context and source → the translation's forms; a form that is not finished is left out."""
    found = {}
    for context in ET.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            is_done = translation.get("type") is None
            key = (context.findtext("name", ""), message.findtext("source", ""))
            found[key] = forms if is_done else []
    return found


def fields(text: str) -> set[str]:
    """What is put into *text*: names in braces, and ``%n``."""
    named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return named | set(re.findall(r"%n|%L?\d", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_windows_is_with_the_translators(language: str, tmp_path: Path) -> None:
    kept = translations.ts_file(ROOT, language)
    fresh = Path(shutil.copy(kept, tmp_path))
    translations.collect(ROOT, language, fresh)
    assert texts(fresh) == texts(kept), "run: python3 packaging/dev.py translations"


def test_no_text_stands_where_qts_tool_does_not_find_it() -> None:
    for file in sorted((ROOT / "connector_gui").rglob("*.py")):
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(text, ast.JoinedStr):
                called = {ast.unparse(node.func) for node in ast.walk(text) if isinstance(node, ast.Call)}
                assert not called & {"tr", "self.tr", "sentence"}, (
                    f"{file.name}:{text.lineno}: take it out of the f-string"
                )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_everything_that_is_put_into_it(language: str) -> None:
    for (context, source), forms in texts(translations.ts_file(ROOT, language)).items():
        assert forms, f"{context}: {source!r} is not translated"
        for form in forms:
            assert form, f"{context}: {source!r} is translated with nothing"
            assert fields(form) == fields(source), f"{context}: {form!r} puts in other things than {source!r}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_reads_the_texts_as_they_are_now(language: str, tmp_path: Path) -> None:
    packed = tmp_path / "packed.qm"
    translations.pack(translations.ts_file(ROOT, language), packed)
    shipped = translations.ts_file(ROOT, language).with_suffix(".qm")
    assert shipped.read_bytes() == packed.read_bytes(), "run: python3 packaging/dev.py translations"


@pytest.mark.parametrize(
    ("language", "preferred", "code"),
    [
        (Language.SYSTEM, ["de-AT", "en-US"], "de"),
        (Language.SYSTEM, ["fr-FR", "es_MX"], "es"),
        (Language.SYSTEM, ["fr-FR"], "en"),
        (Language.SYSTEM, [], "en"),
        (Language.SPANISH, ["de-DE"], "es"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_systems_first_that_we_have(
    language: Language, preferred: list[str], code: str
) -> None:
    assert chosen(language, preferred) == code


def test_a_sentence_is_plain_english_and_knows_how_it_was_made() -> None:
    made = sentence("“{name}” is not there.", name="Jabra {x}")
    assert made == "“Jabra {x}” is not there."
    assert made.template == "“{name}” is not there."
    assert sentence("{braces} stay") == "{braces} stay"
    assert type(f"{made}") is str


@pytest.mark.usefixtures("german")
def test_windows_sentences_and_qt_itself_speak_the_language() -> None:
    assert tr("Missed") == "Verpasst"
    assert QCoreApplication.translate("Tray", "%n missed call(s)", None, 2) == "2 verpasste Anrufe"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    assert QLocale().toString(1.5) == "1,5"


@pytest.mark.usefixtures("spanish")
def test_windows_sentences_and_qt_itself_speak_spanish() -> None:
    assert tr("Missed") == "Perdida"
    assert QCoreApplication.translate("FilterBar", "Missed") == "Perdidas"
    assert QCoreApplication.translate("Tray", "%n missed call(s)", None, 1) == "1 llamada perdida"
    assert QCoreApplication.translate("Tray", "%n missed call(s)", None, 2) == "2 llamadas perdidas"
    assert shown(sentence("The key “{name}” was refused.", name="n8n")) == "Se rechazó la clave «n8n»."
    free = StatusLine(Subject.DISK, Condition.GOOD, "free", figures={"free_mib": 1536})
    assert status_words.how_it_does(free) == "1,5 GiB libres."
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancelar"
    assert QLocale().toString(1.5) == "1,5"


@pytest.mark.usefixtures("spanish")
def test_the_names_of_both_sides_have_room_beside_the_picture_of_a_recording(theme: Theme, qtbot: QtBot) -> None:
    picture = Waveform(theme)
    qtbot.addWidget(picture)
    picture.ensurePolished()
    picture.resize(picture.sizeHint())
    assert picture.fontMetrics().horizontalAdvance(picture.tr("Agent")) + 2 * GAP_S <= picture._plot.left()


@pytest.mark.usefixtures("german")
def test_a_sentence_without_a_translation_is_shown_in_english() -> None:
    assert shown("Nobody ever translated {this}.") == "Nobody ever translated {this}."
    assert shown(Sentence("Nobody translated {a}.", {"a": sentence("Missed")})) == "Nobody translated Verpasst."
    assert shown("") == ""
