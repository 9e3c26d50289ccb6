"""The status page: every line with sign, word and sentence, a button where something can be done."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.status import Condition, Cure, StatusLine, Subject
from connector_gui.ui import status_words
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.condition_sign import ConditionSign
from tests.fakes.settings_dialog import Heard
from tests.fakes.status import ABOUT, ill, well


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> StatusWindow:
    window = StatusWindow(theme)
    qtbot.addWidget(window)
    window.open()
    return window


def test_all_is_well_in_plain_words(window: StatusWindow) -> None:
    window.show_status(well(), ABOUT, "text")
    assert window.title.text() == "All is well"
    sentences = [row.sentence.text() for row in window.rows]
    assert sentences[0] == "Ready for calls."
    assert "Answered 4 s ago, in 118 ms. The key is good." in sentences
    assert "68.0 GiB free." in sentences
    assert not any(row.cure.isVisibleTo(window) for row in window.rows)
    assert {row.condition.text() for row in window.rows} == {"Good"}


def test_what_is_wrong_has_a_button_that_goes_there(window: StatusWindow, qtbot: QtBot) -> None:
    heard = Heard(window.cure_requested)
    window.show_status(ill(), ABOUT, "text")
    assert window.title.text().startswith("7 thing")
    for row in window.rows:
        assert row.sentence.text()
        if row.cure.isVisibleTo(window):
            assert row.cure.focusPolicy() & Qt.FocusPolicy.TabFocus
            row.cure.setFocus()
            QTest.keyClick(row.cure, Qt.Key.Key_Space)
    assert set(heard) == set(Cure)


def test_lines_come_and_go(window: StatusWindow) -> None:
    window.show_status(ill(), ABOUT, "text")
    window.show_status(well()[:3], ABOUT, "text")
    shown = [row for row in window.rows if row.subject.isVisibleTo(window)]
    assert len(shown) == 3
    assert not any(row.cure.isVisibleTo(window) for row in window.rows)
    window.show_status([StatusLine(Subject.DISK, Condition.UNKNOWN, "free", {"free_mib": 3})], ABOUT, "text")
    assert window.title.text() == "Checking…"


def test_every_line_of_every_kind_has_words() -> None:
    for subject in Subject:
        assert status_words.subject(subject)
    for subject, code in status_words._SENTENCES:
        figures = {"took_ms": 1, "ago_s": 1, "free_mib": 1}
        line = StatusLine(subject, Condition.GOOD, code, figures, detail="Detail")
        assert "{" not in status_words.how_it_does(line)
    odd = StatusLine(Subject.CALLS, Condition.PROBLEM, "something_new")
    assert "something_new" in status_words.how_it_does(odd)


def test_signs_differ_in_shape(theme: Theme, qtbot: QtBot) -> None:
    pictures = set()
    for condition in Condition:
        sign = ConditionSign(theme)
        qtbot.addWidget(sign)
        sign.show_condition(condition)
        sign.resize(sign.sizeHint())
        image = sign.grab().toImage()
        ground = image.pixelColor(0, 0)
        pictures.add(
            tuple(image.pixelColor(x, y) == ground for y in range(image.height()) for x in range(image.width()))
        )
    assert len(pictures) == len(Condition)


def test_diagnostics_are_copied_as_they_were_given(window: StatusWindow) -> None:
    window.show_status(well(), ABOUT, "calls: good ready\n")
    window.copy.click()
    assert QGuiApplication.clipboard().text() == "calls: good ready\n"
    assert window.copy.text() == "Copied"


def test_a_screen_reader_hears_subject_word_and_sentence(window: StatusWindow) -> None:
    window.show_status(ill(), ABOUT, "text")
    disk = window.rows[-2]
    assert disk.sentence.accessibleName().startswith("Disk: Note. Only 310 MiB free.")
    assert disk.cure.accessibleName() == "Disk: Open the folder"


def test_escape_closes_and_it_says_when_it_is_seen(window: StatusWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)  # shortcuts are heard there alone; a window manager takes its time
    with qtbot.waitSignal(window.left):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    with qtbot.waitSignal(window.opened):
        window.open()
