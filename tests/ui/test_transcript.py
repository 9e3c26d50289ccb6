"""The transcript changes only where the conversation did, and keeps to its end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from connector_gui.core.record import TranscriptEntry
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.transcript_delegate import TranscriptDelegate
from connector_gui.ui.widgets.transcript_model import Row, TranscriptModel
from connector_gui.ui.widgets.transcript_view import TranscriptView
from tests.fakes.desk_views import TRANSCRIPT


@pytest.fixture
def model(qapp: object) -> TranscriptModel:
    return TranscriptModel()


def texts(model: TranscriptModel) -> list[str]:
    return [model.row(model.index(position)).text for position in range(model.rowCount())]


def test_the_same_entries_are_no_change(model: TranscriptModel, qtbot: QtBot) -> None:
    assert model.show_entries(TRANSCRIPT)
    with qtbot.assertNotEmitted(model.dataChanged), qtbot.assertNotEmitted(model.rowsInserted):
        assert not model.show_entries(tuple(TRANSCRIPT))


def test_a_new_turn_is_one_row_more(model: TranscriptModel, qtbot: QtBot) -> None:
    model.show_entries(TRANSCRIPT[:2])
    with qtbot.assertNotEmitted(model.dataChanged), qtbot.waitSignal(model.rowsInserted) as inserted:
        model.show_entries(TRANSCRIPT[:3])
    assert inserted.args is not None
    assert inserted.args[1:] == [2, 2]


def test_a_correction_changes_its_row_alone(model: TranscriptModel, qtbot: QtBot) -> None:
    whole = TRANSCRIPT[2].model_copy(update={"text": TRANSCRIPT[2].said_text, "said_text": None, "interrupted": False})
    model.show_entries((*TRANSCRIPT[:2], whole))
    with qtbot.assertNotEmitted(model.rowsInserted), qtbot.waitSignal(model.dataChanged) as changed:
        model.show_entries(TRANSCRIPT[:3])
    assert changed.args is not None
    assert [index.row() for index in changed.args[:2]] == [2, 2]


def test_tentative_text_is_replaced_and_becomes_final(model: TranscriptModel) -> None:
    model.show_entries(TRANSCRIPT[:1], "Hi. I")
    model.show_entries(TRANSCRIPT[:1], "Hi. I got a remin")
    assert texts(model) == [TRANSCRIPT[0].text, "Hi. I got a remin"]
    assert model.row(model.index(1)).is_tentative
    model.show_entries(TRANSCRIPT[:2])
    assert texts(model) == [entry.text for entry in TRANSCRIPT[:2]]
    assert not model.row(model.index(1)).is_tentative


def test_another_call_takes_the_place_of_the_first(model: TranscriptModel) -> None:
    model.show_entries(TRANSCRIPT)
    model.show_entries(TRANSCRIPT[3:4])
    assert texts(model) == [TRANSCRIPT[3].text]
    model.show_entries(())
    assert texts(model) == []


@pytest.mark.parametrize(
    ("spoken", "whole", "lost"),
    [
        ("Your balance is", "Your balance is 12.50 euros.", "12.50 euros."),
        ("Your balance is...", "Your balance is 12.50 euros.", "12.50 euros."),
        ("Something else", "Your balance is 12.50 euros.", "Your balance is 12.50 euros."),
        ("Hello.", "Hello.", "."),
        ("Hello.", None, ""),
    ],
)
def test_what_was_not_heard_is_told_from_what_was(
    model: TranscriptModel, spoken: str, whole: str | None, lost: str
) -> None:
    model.show_entries((TranscriptEntry(role="agent", text=spoken, said_text=whole, interrupted=True),))
    assert model.row(model.index(0)).lost == lost


def test_screen_readers_hear_who_said_it(model: TranscriptModel) -> None:
    model.show_entries((TRANSCRIPT[0], TranscriptEntry(role="user", text="ok", kind="user_message", at_ms=61_000)))
    read = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert read == [f"Agent · 0:00: {TRANSCRIPT[0].text}", "You, typed · 1:01: ok"]


# --- the view --------------------------------------------------------------------------------


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> TranscriptView:
    view = TranscriptView(theme)
    qtbot.addWidget(view)
    view.resize(388, 200)
    view.show()
    qtbot.waitExposed(view)
    return view


def _is_laid_out(view: TranscriptView) -> bool:
    """Whether the list has a place for its last row by now."""
    last = view.visualRect(view.model().index(view.model().rowCount() - 1, 0))
    return last.bottom() + view.verticalScrollBar().value() >= view.verticalScrollBar().maximum()


def test_new_turns_are_scrolled_into_sight(view: TranscriptView, qtbot: QtBot) -> None:
    for count in range(1, len(TRANSCRIPT) + 1):
        view.show_entries(TRANSCRIPT[:count])
        qtbot.waitUntil(lambda: view.is_at_end and _is_laid_out(view))
    assert view.verticalScrollBar().maximum() > 0


def test_a_reader_who_scrolled_up_is_left_there(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_entries(TRANSCRIPT)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0 and view.is_at_end)
    view.verticalScrollBar().setValue(0)
    view.show_entries((*TRANSCRIPT, *TRANSCRIPT))
    qtbot.waitUntil(lambda: _is_laid_out(view))
    assert view.verticalScrollBar().value() == 0


def test_rows_never_overlap_at_any_width(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_entries(TRANSCRIPT, "and this is being said")
    for width in (388, 260, 700):
        view.resize(width, 200)
        qtbot.wait(1)
        view.doItemsLayout()
        rows = [view.visualRect(view.model().index(row, 0)) for row in range(view.model().rowCount())]
        for above, below in pairwise(rows):
            assert above.bottom() < below.top()
        assert all(rect.height() > 40 for rect in rows)


def test_letters_are_left_to_the_window(view: TranscriptView) -> None:
    """M and H mute and hold; a list would search its rows with them."""
    view.show_entries(TRANSCRIPT)
    letter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier, "m")
    QApplication.sendEvent(view, letter)
    assert not letter.isAccepted()


def test_struck_words_look_struck(view: TranscriptView) -> None:
    """The picture of an interrupted turn differs from the same words unstruck."""
    view.resize(388, 400)
    cut = TRANSCRIPT[2]
    view.show_entries((cut,))
    struck = view.grab().toImage()
    view.show_entries((cut.model_copy(update={"text": cut.said_text, "said_text": None}),))
    assert view.grab().toImage() != struck


def test_text_of_strangers_is_not_taken_for_markup(view: TranscriptView) -> None:
    markup = TranscriptEntry(role="agent", text="<b>wide</b><br><br><br><br>")
    plain = TranscriptEntry(role="agent", text="(b)wide(/b)(br)(br)(br)(br)")
    view.show_entries((markup,))
    of_markup = view.visualRect(view.model().index(0, 0)).height()
    view.show_entries((plain,))
    assert view.visualRect(view.model().index(0, 0)).height() == of_markup


def test_only_a_new_turn_is_measured_in_a_long_conversation(
    view: TranscriptView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = TRANSCRIPT * 200
    view.show_entries(entries)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0 and _is_laid_out(view))
    measured: list[Row] = []
    measure = TranscriptDelegate.measure

    def counted(delegate: TranscriptDelegate, row: Row) -> bool:
        measured.append(row)
        return measure(delegate, row)

    monkeypatch.setattr(TranscriptDelegate, "measure", counted)
    view.show_entries((*entries, TRANSCRIPT[0]))
    qtbot.waitUntil(lambda: bool(measured))
    view.doItemsLayout()
    assert len(measured) == 1
