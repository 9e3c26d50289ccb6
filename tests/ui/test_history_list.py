"""The list of calls: laid out by counts, filled in by pages, steady while calls come in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QLocale, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from connector_gui.core.call import Outcome
from connector_gui.core.history import DayCount, HistoryIndex
from connector_gui.ui.colours import DARK, LIGHT, READABLE, VISIBLE, Colours, contrast, mix
from connector_gui.ui.history import words
from connector_gui.ui.history.chosen import chosen
from connector_gui.ui.history.list_delegate import inks_on, selected_ground
from connector_gui.ui.history.list_model import KEPT_CALLS, PAGE_CALLS, HistoryModel
from connector_gui.ui.history.list_view import HistoryList
from connector_gui.ui.history.waveform import UNPLAYED
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import Theme
from tests.fakes.history import made
from tests.fakes.settings_dialog import Heard

NOW = datetime(2026, 11, 22, 16, 41, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def days(*counts: int, newest: date = TODAY) -> HistoryIndex:
    """Counts of consecutive days; a day with 0 is left out."""
    found = (DayCount(newest - timedelta(days=number), count) for number, count in enumerate(counts))
    return HistoryIndex(tuple(day for day in found if day.count))


def filled(*counts: int, model: HistoryModel | None = None) -> HistoryModel:
    """A model with these days and all their calls."""
    model = model or HistoryModel(lambda: TODAY)
    model.show_index(days(*counts), is_same_question=False)
    model.show_calls(0, [made(number, NOW) for number in range(sum(counts))])
    return model


@pytest.fixture
def model() -> HistoryModel:
    model = HistoryModel(lambda: TODAY)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, model: HistoryModel) -> HistoryList:
    return shown(qtbot, theme, model)


@pytest.fixture
def long_view(qtbot: QtBot, theme: Theme) -> HistoryList:
    """98,000 calls; Qt's model tester would look at each."""
    model = HistoryModel(lambda: TODAY)
    view = shown(qtbot, theme, model)
    model.show_index(days(*[140] * 700), is_same_question=False)
    return view


def shown(qtbot: QtBot, theme: Theme, model: HistoryModel) -> HistoryList:
    view = HistoryList(theme, model)
    qtbot.addWidget(view)
    view.resize(400, 500)
    view.show()
    return view


def names(model: HistoryModel) -> list[str]:
    """Days, and calls by their number; ``…`` for one that is not there."""
    found = []
    for row in range(model.rowCount()):
        day, record = model.day_at(row), model.record(row)
        if model.is_heading(row) and day is not None:
            found.append(f"{day.day:%d}:{day.count}")
        else:
            found.append(record.session_id.removeprefix("call-") if record else "…")
    return found


# --- rows ---------------------------------------------------------------------------------------


def test_days_head_their_calls(model: HistoryModel) -> None:
    assert names(filled(2, 1, model=model)) == ["22:2", "0", "1", "21:1", "2"]
    assert model.total == 3


def test_rows_and_offsets_name_the_same_calls(model: HistoryModel) -> None:
    model.show_index(days(3, 0, 1, 4), is_same_question=False)
    rows = [model.row_of_offset(offset) for offset in range(8)]
    assert rows == [1, 2, 3, 5, 7, 8, 9, 10]
    assert [model.offset_of(row) for row in rows if row is not None] == list(range(8))
    assert model.row_of_offset(8) is None
    assert [model.is_heading(row) for row in (0, 1, 4, 5, 6)] == [True, False, True, False, True]


def test_nothing_is_asked_for_but_the_pages_that_are_looked_at(model: HistoryModel) -> None:
    model.show_index(days(150, 150), is_same_question=False)
    assert model.missing_pages(0, 10) == (0,)
    assert model.missing_pages(95, 105) == (0, PAGE_CALLS)
    model.show_calls(0, [made(number, NOW) for number in range(PAGE_CALLS)])
    assert model.missing_pages(0, 50) == ()
    assert model.missing_pages(-20, 10_000) == (100, 200)


def test_only_so_many_calls_are_kept() -> None:
    model = HistoryModel(lambda: TODAY)
    model.show_index(days(*[100] * 60), is_same_question=False)
    for offset in range(0, 6_000, PAGE_CALLS):
        model.show_calls(offset, [made(number, NOW) for number in range(offset, offset + PAGE_CALLS)])
    assert len(model._records) == len(model._places) == KEPT_CALLS
    assert model.missing_pages(1, 20) == (0,)
    last = model.row_of_offset(5_999)
    assert last is not None
    assert model.record(last) is not None


def test_headings_can_not_be_selected(model: HistoryModel) -> None:
    filled(2, 1, model=model)
    selectable = Qt.ItemFlag.ItemIsSelectable
    assert [bool(model.flags(model.index(row)) & selectable) for row in range(5)] == [False, True, True, False, True]


# --- changes ------------------------------------------------------------------------------------


def test_a_new_call_leaves_the_known_ones_in_place(model: HistoryModel) -> None:
    filled(2, 1, model=model)
    inserted = Heard(model.rowsInserted)
    model.show_index(days(3, 1), is_same_question=True)
    assert names(model) == ["22:3", "…", "0", "1", "21:1", "2"]
    assert [one[1:] for one in inserted] == [(1, 1)]


def test_known_calls_are_read_again_when_they_are_looked_at(model: HistoryModel) -> None:
    filled(2, 1, model=model)
    model.show_index(days(2, 1), is_same_question=True)
    assert names(model)[1] == "0", "the old picture stays until the new one is there"
    assert model.missing_pages(0, 4) == (0,)
    model.show_calls(0, [made(0, NOW, notes="new")])
    record = model.record(1)
    assert record is not None
    assert record.notes == "new"


def test_the_first_call_of_a_day_brings_its_heading(model: HistoryModel) -> None:
    filled(2, model=model)
    model.show_index(days(1, 2, newest=TODAY + timedelta(days=1)), is_same_question=True)
    assert names(model) == ["23:1", "…", "22:2", "0", "1"]


def test_a_day_that_is_gone_takes_its_calls_along(model: HistoryModel) -> None:
    filled(2, 1, 2, model=model)
    model.show_index(days(2, 0, 2), is_same_question=True)
    assert names(model) == ["22:2", "0", "1", "20:2", "3", "4"]
    model.show_index(days(2, 1, 2), is_same_question=True)
    assert names(model)[3:5] == ["21:1", "…"]


def test_several_days_change_at_once(model: HistoryModel) -> None:
    filled(2, 1, 2, model=model)
    model.show_index(days(4, 0, 2, 3), is_same_question=True)
    assert names(model) == ["22:4", "…", "…", "0", "1", "20:2", "3", "4", "19:3", "…", "…", "…"]


def test_where_calls_of_a_day_are_missing_nothing_is_guessed(model: HistoryModel) -> None:
    filled(3, 1, model=model)
    model.show_index(days(2, 1), is_same_question=True)
    assert names(model) == ["22:2", "…", "…", "21:1", "…"]


def test_another_question_forgets_all(model: HistoryModel) -> None:
    filled(3, model=model)
    model.show_index(days(3), is_same_question=False)
    assert names(model) == ["22:3", "…", "…", "…"]
    assert model.row_of("call-0") is None


# --- the view -----------------------------------------------------------------------------------


def test_screen_readers_hear_a_list_of_calls(view: HistoryList, model: HistoryModel) -> None:
    filled(2, 1, model=model)
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface.role() == QAccessible.Role.List
    spoken = model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Billing, Mara Lindqvist · invoice 4711 · balance 12.5, Missed · new, ")
    assert model.data(model.index(0)) == "Today"


def test_every_point_belongs_to_the_row_drawn_there(view: HistoryList, model: HistoryModel) -> None:
    filled(3, 2, 4, model=model)
    for row in range(model.rowCount()):
        rect = view.visualRect(model.index(row))
        assert view.row_at(rect.top()) == view.row_at(rect.bottom()) == row
        assert rect.top() == 0 or rect.top() == view.visualRect(model.index(row - 1)).bottom() + 1


def test_keys_walk_over_headings(view: HistoryList, model: HistoryModel) -> None:
    filled(2, 1, 1, model=model)
    view.setFocus()
    visited = []
    for key in (Qt.Key.Key_Down,) * 4 + (Qt.Key.Key_Up,) * 5:
        QTest.keyClick(view, key)
        visited.append(view.selected_row)
    assert visited == [1, 2, 4, 6, 4, 2, 1, 1, 1]
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.selected_row == 6
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.selected_row == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Return])
def test_the_call_that_has_only_the_focus_is_the_one_a_key_means(
    view: HistoryList, model: HistoryModel, qtbot: QtBot, key: Qt.Key
) -> None:
    filled(1, model=model)
    view.clearFocus()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert (view.currentIndex().row(), view.selected_row) == (1, None)
    QTest.keyClick(view, key)
    assert view.selected_row == 1


def test_the_current_call_is_never_under_the_day_in_sight(view: HistoryList, model: HistoryModel) -> None:
    filled(40, 40, model=model)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_End)
    for _ in range(79):
        QTest.keyClick(view, Qt.Key.Key_Up)
        rect = view.visualRect(view.currentIndex())
        assert view.indexAt(rect.center()) == view.currentIndex()
    assert view.selected_row == 1


def test_a_click_selects_and_shift_extends(view: HistoryList, model: HistoryModel) -> None:
    filled(3, 3, model=model)
    click = view.viewport(), Qt.MouseButton.LeftButton
    QTest.mouseClick(*click, Qt.KeyboardModifier.NoModifier, view.visualRect(model.index(2)).center())
    assert view.selected_row == 2
    QTest.mouseClick(*click, Qt.KeyboardModifier.ShiftModifier, view.visualRect(model.index(5)).center())
    assert chosen(model, view.selected_ranges).session_ids == ("call-1", "call-2", "call-3")


def test_new_calls_move_neither_selection_nor_what_is_read(view: HistoryList, model: HistoryModel) -> None:
    filled(100, 50, model=model)
    view.select_row(60)
    view.scrollTo(model.index(60), view.ScrollHint.PositionAtCenter)
    record, place = model.record(60), view.visualRect(model.index(60))
    model.show_index(days(103, 50), is_same_question=True)
    view.doItemsLayout()
    assert view.selected_row == 63
    assert model.record(63) is record
    assert view.visualRect(model.index(63)) == place


def test_at_the_very_top_new_calls_come_into_sight(view: HistoryList, model: HistoryModel) -> None:
    filled(100, model=model)
    view.select_row(1)
    view.verticalScrollBar().setValue(0)
    model.show_index(days(101), is_same_question=True)
    view.doItemsLayout()
    assert view.rows_in_sight[0] == 0
    assert view.selected_row == 2


def test_all_of_a_long_list_can_be_chosen_without_reading_it(long_view: HistoryList) -> None:
    long_view.selectAll()
    calls = chosen(long_view._rows, long_view.selected_ranges)
    assert (calls.gaps, calls.count) == (((0, 98_000),), 98_000)


def test_chosen_calls_are_named_where_they_are_known(model: HistoryModel) -> None:
    model.show_index(days(150, 150), is_same_question=False)
    model.show_calls(100, [made(number, NOW) for number in range(100, 200)])
    calls = chosen(model, [(99, 103), (1, 2)])
    assert calls.session_ids == ("call-100", "call-101", "call-102")
    assert calls.gaps == ((98, 2), (0, 2))


def test_the_view_tells_what_is_looked_at_once_it_rests(long_view: HistoryList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(long_view.looked_at) as told:
        long_view.verticalScrollBar().setValue(1_000_000)
    first, last = told.args or (0, 0)
    assert first <= long_view.row_at(1_000_000) <= last


def test_the_keys_of_deeds_are_passed_on(view: HistoryList, model: HistoryModel) -> None:
    deletions, openings = Heard(view.deletion_requested), Heard(view.opening_requested)
    filled(3, model=model)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not deletions, "nothing is selected"
    view.selectionModel().setCurrentIndex(model.index(1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert (len(deletions), len(openings)) == (1, 1)


@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_each_outcome_has_its_own_shape(theme: Theme, view: HistoryList, scheme: Qt.ColorScheme) -> None:
    theme.force_scheme(scheme)
    model = view._rows
    records = [made(0, NOW, outcome=one, duration_s=0.0, notes="", tags=()) for one in Outcome]
    records = [one.model_copy(update={"session_id": f"c{number}"}) for number, one in enumerate(records)]
    model.show_index(days(len(records)), is_same_question=False)
    model.show_calls(0, records)
    image = view.grab().toImage()
    signs = set()
    for row in range(1, len(records) + 1):
        rect = view.visualRect(model.index(row))
        square = [
            image.pixelColor(rect.left() + 12 + x, rect.top() + 9 + y)
            != image.pixelColor(rect.topLeft() + QPoint(3, 8))
            for x in range(16)
            for y in range(16)
        ]
        assert any(square)
        signs.add(tuple(square))
    assert len(signs) == len(records)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_selected_call_can_be_read(colours: Colours) -> None:
    ground = selected_ground(colours)
    inks = inks_on(colours, ground)
    for role in (*words.ROLES.values(), "text", "muted"):
        assert contrast(getattr(inks, role), ground) >= READABLE, role
    for side in (colours.accent, colours.live):
        assert contrast(mix(colours.raised, side, UNPLAYED), colours.raised) >= VISIBLE


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [("en_US", "1/5/26 4:41:09\u202fPM"), ("de_DE", "05.01.26 16:41:09"), ("fi_FI", "5.1.2026 16.41.09")],
)
def test_seconds_are_told_as_the_system_writes_the_time(name: str, written: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(name))
    try:
        assert words.exact(datetime(2026, 1, 5, 16, 41, 9).astimezone()) == written
    finally:
        QLocale.setDefault(before)


def test_days_have_names(qtbot: QtBot) -> None:
    titles = [words.day_title(TODAY - timedelta(days=back), TODAY) for back in (0, 1, 3, 30)]
    assert titles[:2] == ["Today", "Yesterday"]
    assert titles[2].startswith("Thursday, ")
    assert len({*titles}) == 4


@pytest.mark.parametrize(
    ("number", "line"),
    [(0, "Missed · new"), (1, "Completed · 1 min 18 s"), (3, "Declined"), (5, "Failed · 3 min 46 s"), (20, "Missed")],
)
def test_how_it_went_is_a_word(number: int, line: str) -> None:
    assert words.outcome_line(made(number, NOW)) == line


def test_texts_of_strangers_stay_in_their_row() -> None:
    evil = "a\nb\u202ec" + "x" * 500
    record = made(0, NOW, agent_name=evil, metadata={"name": evil}, tags=(evil,), notes="x")
    spoken = words.spoken_row(record)
    assert "\n" not in spoken
    assert "\u202e" not in spoken
    assert len(spoken) < 400
    assert all(len(for_other_programs(mark)) <= 26 for mark in words.marks(record))
