"""The transcript changes only where the conversation did, and keeps to its end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QFont, QKeyEvent, QTextLayout
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from connector_gui.core.record import ToolCall, TranscriptEntry
from connector_gui.core.turns import Turns
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


# --- long conversations ----------------------------------------------------------------------


COUNT = 600
LONG = tuple(
    TranscriptEntry(role="agent" if number % 2 else "user", text="Word " * (1 + number * 7 % 60), at_ms=number * 3_000)
    for number in range(COUNT)
)
LATER = TranscriptEntry(role="agent", text="Later", at_ms=9_000_000)


class Work:
    """What a view did: rows whose words were laid into lines, and rows that got a place by guess."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.laid, self.guessed = 0, 0
        layout, guesses = TranscriptDelegate._layout, TranscriptDelegate.guesses

        def counted_layout(delegate: TranscriptDelegate, row: Row) -> QTextLayout:
            self.laid += 1
            return layout(delegate, row)

        def counted_guesses(delegate: TranscriptDelegate, rows: list[Row]) -> list[int]:
            self.guessed += len(rows)
            return guesses(delegate, rows)

        monkeypatch.setattr(TranscriptDelegate, "_layout", counted_layout)
        monkeypatch.setattr(TranscriptDelegate, "guesses", counted_guesses)

    def take(self) -> tuple[int, int]:
        done = (self.laid, self.guessed)
        self.laid = self.guessed = 0
        return done


def places(view: TranscriptView) -> list[QRect]:
    return [view.visualRect(view.model().index(row, 0)) for row in range(view.model().rowCount())]


def true_heights(view: TranscriptView) -> list[int]:
    return [
        view._delegate.sizeHint(QStyleOptionViewItem(), view.model().index(row, 0)).height() for row in range(COUNT)
    ]


def test_a_long_conversation_is_shown_by_the_rows_that_are_seen(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    view.show_entries(LONG)
    assert view.is_at_end
    laid, _ = work.take()
    assert laid < 20
    for _turn in range(3):
        view.show_entries((*LONG, *(LATER,) * (_turn + 1)))
        view.viewport().repaint()
        laid, guessed = work.take()
        assert laid < 20
        assert guessed == 0
        assert view.is_at_end


def test_rows_that_nobody_sees_are_measured_little_by_little(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_entries(LONG)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    row = view.indexAt(QPoint(5, 100)).row()
    place = view.visualRect(view.model().index(row, 0))
    qtbot.waitUntil(lambda: not view._ahead.isActive(), timeout=20_000)
    # What the reader looks at has stayed where it was.
    now = view.visualRect(view.model().index(row, 0))
    assert (now.top(), now.height()) == (place.top(), place.height())
    assert [rect.height() for rect in places(view)] == true_heights(view)
    assert all(above.bottom() + 1 == below.top() for above, below in pairwise(places(view)))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_rows_in_sight_have_their_true_heights_wherever_one_jumps(view: TranscriptView, share: float) -> None:
    view.show_entries(LONG)
    bar = view.verticalScrollBar()
    bar.setValue(round(bar.maximum() * share))
    seen = [row for row, rect in enumerate(places(view)) if rect.intersects(view.viewport().rect())]
    assert sum(places(view)[row].height() for row in seen) >= view.viewport().height()
    heights = {row: places(view)[row].height() for row in seen}
    true = true_heights(view)
    assert heights == {row: true[row] for row in seen}
    assert view.is_at_end == (share == 1.0)


def test_scrolling_back_moves_what_is_seen_by_as_much_as_was_asked_for(view: TranscriptView) -> None:
    view.show_entries(LONG)
    bar = view.verticalScrollBar()
    for _turn in range(100):
        row = view.model().index(view.indexAt(QPoint(5, 0)).row(), 0)
        before = view.visualRect(row).top()
        bar.setValue(bar.value() - 60)
        assert view.visualRect(row).top() == before + 60


def test_a_new_width_keeps_the_reader_at_the_same_turn(view: TranscriptView) -> None:
    view.show_entries(LONG)
    view.scrollTo(view.model().index(300, 0), view.ScrollHint.PositionAtTop)
    for width in (300, 600, 388):
        view.resize(width, 200)
        rect = view.visualRect(view.model().index(300, 0))
        assert rect.top() == 0
        assert rect.width() == view.viewport().width()


def test_the_keyboard_walks_through_a_long_conversation(view: TranscriptView) -> None:
    view.setSelectionMode(view.SelectionMode.ExtendedSelection)
    view.show_entries(LONG)
    for key, row in (
        (Qt.Key.Key_Up, COUNT - 1),
        (Qt.Key.Key_Up, COUNT - 2),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_End, COUNT - 1),
    ):
        QTest.keyClick(view, key)
        assert view.currentIndex().row() == row
        assert view.viewport().rect().intersects(view.visualRect(view.currentIndex()))
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    page_up = view.currentIndex().row()
    assert page_up < COUNT - 1
    QTest.keyClick(view, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ShiftModifier)
    chosen = sorted(index.row() for index in view.selectedIndexes())
    assert chosen == list(range(view.currentIndex().row(), page_up + 1))
    QTest.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    assert len(view.selectedIndexes()) == page_up + 1


def test_another_style_gives_every_row_another_place(view: TranscriptView, theme: Theme, qtbot: QtBot) -> None:
    view.show_entries(LONG)
    before = places(view)[-1].height()
    font = theme.font
    theme.font = lambda *given, **named: _twice(font(*given, **named))  # type: ignore[method-assign]
    try:
        theme.changed.emit()
        qtbot.waitUntil(lambda: places(view)[-1].height() > before)
        assert view.is_at_end
    finally:
        theme.font = font  # type: ignore[method-assign]
        theme.changed.emit()


def _twice(font: QFont) -> QFont:
    font.setPixelSize(2 * font.pixelSize())
    return font


# --- what changed ----------------------------------------------------------------------------


PICTURES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), max_size=6),
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xyz")), max_size=4),
        st.sampled_from(["", "", "well", "well, I"]),
    ),
    min_size=2,
    max_size=6,
)


@given(PICTURES)
def test_any_picture_may_follow_any_other(qapp: object, pictures: list[Any]) -> None:
    model = TranscriptModel()
    mirror: list[str] = []

    def inserted(_parent: object, first: int, last: int) -> None:
        mirror[first:first] = ["new"] * (last - first + 1)

    def removed(_parent: object, first: int, last: int) -> None:
        del mirror[first : last + 1]

    def take(first: QModelIndex, last: QModelIndex) -> None:
        for row in range(first.row(), last.row() + 1):
            mirror[row] = model.row(model.index(row)).text

    model.rowsInserted.connect(inserted)
    model.rowsRemoved.connect(removed)
    model.dataChanged.connect(take)
    turns: Turns[TranscriptEntry] = Turns()
    for said, used, tentative in pictures:
        entries = [TranscriptEntry(role="user", text=text, at_ms=at_ms) for at_ms, text in said]
        tools = [ToolCall(tool_call_id=name, tool_name=name, at_ms=at_ms) for at_ms, name in used]
        # Half of the pictures are made from the one before, as in a call.
        turns = Turns(entries) if len(entries) % 2 else _grown(turns, entries)
        model.show_entries(turns, tentative, tuple(tools))
        wanted = [*_in_time(turns, tools), *([tentative] if tentative else [])]
        shown = [row.tool.tool_name if row.tool else row.text for row in model.rows_from(0)]
        assert shown == wanted
        for row, text in enumerate(mirror):
            mirror[row] = model.row(model.index(row)).text if text == "new" else text
        assert mirror == texts(model)


def _grown(turns: Turns[TranscriptEntry], entries: list[TranscriptEntry]) -> Turns[TranscriptEntry]:
    for number, entry in enumerate(entries):
        turns = turns.with_item(number, entry) if number % 2 and number < len(turns) else turns.append(entry)
    return turns


def _in_time(turns: Turns[TranscriptEntry], tools: list[ToolCall]) -> list[str]:
    """Each tool before the first turn that began later."""
    waiting, names = sorted(tools, key=lambda tool: tool.at_ms), list[str]()
    for entry in turns:
        while waiting and waiting[0].at_ms < entry.at_ms:
            names.append(waiting.pop(0).tool_name)
        names.append(entry.text)
    return names + [tool.tool_name for tool in waiting]
