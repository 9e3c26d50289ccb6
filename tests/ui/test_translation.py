"""The operator's language: which one, where the texts come from, and that none is missing."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import shutil
import string
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from pytestqt.qtbot import QtBot

from connector_gui.core import errors
from connector_gui.core.errors import ConnectorError
from connector_gui.core.look import Language
from connector_gui.core.sentence import Sentence, joined, sentence
from connector_gui.core.status import Condition, StatusLine, Subject
from connector_gui.ui import status_words, words
from connector_gui.ui.history.waveform import Waveform
from connector_gui.ui.notices import more_waiting
from connector_gui.ui.plain_text import plain
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import GAP_S, Theme
from connector_gui.ui.translation import LANGUAGES, Translation, chosen, shown, tr
from devtools import translations
from tests.fakes.desk_views import ended, ringing
from tests.fakes.pseudo_translation import PseudoTranslation, speaking

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
    return named | set(re.findall(r"%L?n|%L?\d", text))


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


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        (Language.ENGLISH, "1 more waiting, 1 thing needs you", "2 more waiting, 2 things need you"),
        (Language.GERMAN, "1 weiterer wartet, 1 Punkt ist zu klären", "2 weitere warten, 2 Punkte sind zu klären"),
        (
            Language.SPANISH,
            "1 más esperando, 1 cosa requiere su atención",
            "2 más esperando, 2 cosas requieren su atención",
        ),
    ],
)
def test_what_is_counted_has_its_singular(
    language: Language, one: str, several: str, theme: Theme, qtbot: QtBot
) -> None:
    window = StatusWindow(theme)
    qtbot.addWidget(window)

    def said(number: int) -> str:
        window.show_status([StatusLine(Subject.DISK, Condition.PROBLEM, "free", {"free_mib": 3})] * number, "", "")
        calls = tuple(ringing(str(n)) for n in range(number + 1))
        return f"{more_waiting(calls)}, {window.title.text()}"

    with spoken(language):
        assert said(1) == one
        assert said(2).startswith(several.removesuffix("…"))


@pytest.mark.usefixtures("german")
def test_the_practice_agent_has_a_name_in_the_language_and_others_keep_theirs() -> None:
    ours = ended(agent_name="Practice agent", practice=True)
    assert words.agent(ours) == plain("Übungsagent")
    assert words.agent(ended(agent_name="Practice agent", practice=False)) == plain("Practice agent")


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


# --- sentences of the rest of the program -----------------------------------------------------

ERRORS: Final = frozenset(
    {
        *(name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, ConnectorError)),
        *("ListenError", "LinkError", "DeviceBusyError", "UnreadableError", "ExportError", "ListChangedError"),
        *("Failure", "NoticeGiven", "GiveNotice", "SoundLimited"),
    }
) - {"InvalidTransition"}
"""What a sentence for the operator is put into; an `InvalidTransition` is a fault of ours, for the log."""
FOR_OTHERS: Final = {
    "app": {"client.py", "command_desk.py", "command_line.py", "removal.py"},
    "core": {
        *("agent_api.py", "call_choice.py", "callback_url.py", "client_messages.py", "conversation.py"),
        *("desk_command.py", "export.py", "frames.py", "metadata.py", "strict_json.py", "webhook.py"),
    },
    "practice": {"*"},
    "store": {"calls.py"},
    "switchboard": {"reception.py"},
    "system": {"command_client.py", "instance_address.py"},
    "webhook": {"*"},
}
"""What is said in a terminal, over HTTP or to the service alone stays English."""


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted((ROOT / "connector_gui").rglob("*.py")):
        yield file, ast.parse(file.read_text(encoding="utf-8"))


def calls(tree: ast.Module, names: Collection[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names:
                yield node


def test_every_sentence_is_a_literal_that_qts_tool_can_read() -> None:
    collected = {source for _, source in texts(translations.ts_file(ROOT, "de"))}
    for file, tree in sources():
        for call in calls(tree, {"sentence"}):
            where = f"{file.name}:{call.lineno}"
            if isinstance(call.func, ast.Attribute):
                continue  # another one's, of a window's own words
            first = call.args[0]
            assert isinstance(first, ast.Constant), f"{where}: the template is no literal"
            assert first.value in collected, f"{where}: {first.value!r} is not with the translators"
            named = {one for _, one, _, _ in string.Formatter().parse(first.value) if one is not None}
            given = {keyword.arg for keyword in call.keywords}
            assert named == given or not given, f"{where}: {sorted(named ^ given, key=str)}"


def test_errors_and_notices_for_the_operator_can_be_translated() -> None:
    plain = []
    for file, tree in sources():
        room = file.relative_to(ROOT / "connector_gui").parts[0]
        spared = FOR_OTHERS.get(room, set())
        if "*" in spared or file.name in spared:
            continue
        for call in calls(tree, ERRORS):
            plain += [
                f"{file.name}:{call.lineno}"
                for one in call.args
                if (isinstance(one, ast.JoinedStr) and " " in ast.unparse(one))
                or (isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value)
            ]
    assert not plain, f"in English only: {plain}"


def test_a_sentence_is_translated_with_what_is_in_it() -> None:
    inner = sentence("another program ({name})", name="nginx")
    outer = sentence("Port {port} is taken by {program}.", port=8000, program=inner)
    with speaking(PseudoTranslation()):
        assert shown(outer).count("⟦") == 2
        assert "nginx" in shown(outer)
        assert shown(joined([inner, inner])).count("⟦another") == 2


def test_copies_and_errors_keep_how_a_sentence_was_made() -> None:
    told = sentence("Port {port} is taken.", port=8000)
    for one in (copy.deepcopy(told), pickle.loads(pickle.dumps(told)), str(ConnectorError(told))):
        assert isinstance(one, Sentence)
        assert (one, one.template, one.values) == (told, told.template, told.values)


def test_a_name_that_reads_like_a_sentence_stays_as_it_is() -> None:
    with speaking(PseudoTranslation()):
        assert "“Ringing”" in shown(sentence("The device “{name}” has been closed.", name="Ringing"))
