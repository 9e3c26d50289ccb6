"""The history window: what it shows, allows and asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from connector_gui.core.agent_api import ConversationAnalysis, ConversationDetails, ConversationFacts
from connector_gui.core.call import Outcome
from connector_gui.core.history import DayCount, HistoryFilter, HistoryIndex
from connector_gui.core.record import CallbackState, CallRecord
from connector_gui.switchboard.aftercare import account_of
from connector_gui.ui.history import words
from connector_gui.ui.history.call_page import ExportKind
from connector_gui.ui.history.chosen import Chosen
from connector_gui.ui.history.filters import Days
from connector_gui.ui.history.heard_transcript import hits, turn_at
from connector_gui.ui.history.questions import PersonQuestion, Question
from connector_gui.ui.history.seen import SEEN_S, SeenWatch
from connector_gui.ui.history.tags import MOST as MOST_TAGS
from connector_gui.ui.history.window import HistoryWindow
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import Theme
from tests.fakes.desk_views import TRANSCRIPT
from tests.fakes.history import AGENTS, made, wave
from tests.fakes.settings_dialog import Heard, texts

NOW = datetime(2026, 11, 22, 16, 41, tzinfo=UTC)
TODAY = NOW.date()
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[HistoryWindow]:
    made_window = HistoryWindow(theme, lambda: TODAY)
    qtbot.addWidget(made_window)
    made_window.show_agents(AGENTS)
    yield made_window
    made_window.hide()


def show_calls(window: HistoryWindow, count: int, **values: Any) -> list[CallRecord]:
    """Open the window with calls of today."""
    records = [made(number, NOW, per_day=1_000, **values) for number in range(count)]
    window.open()
    QTest.qWaitForWindowActive(window)
    window.show_index(HistoryIndex((DayCount(TODAY, count),)), is_same_question=False)
    window.show_calls(0, records)
    return records


def show_page(window: HistoryWindow, number: int = 1, *, has_audio: bool = True, **values: Any) -> CallRecord:
    """Select a call and answer with it whole."""
    if not window.left.rows.total:
        show_calls(window, 12)
    record = made(number, NOW, per_day=1_000, **{"transcript": TRANSCRIPT, **values})
    window.left.list.select_row(number + 1)
    window.show_call(record, has_audio=has_audio)
    return record


def question(window: HistoryWindow) -> Question:
    assert isinstance(window.question, Question)
    return window.question


# --- what is looked for -------------------------------------------------------------------------


def test_every_key_asks_anew(window: HistoryWindow) -> None:
    window.open()
    asked = Heard(window.filter_changed)
    QTest.keyClicks(window.left.filters.search, "ma ")
    assert [one.text for one in asked] == ["m", "ma", "ma"]


def test_outcomes_add_up_and_the_button_says_which(window: HistoryWindow) -> None:
    bar = window.left.filters
    asked = Heard(window.filter_changed)
    bar._outcome_actions[Outcome.FAILED].trigger()
    assert bar.outcomes.text() == "Failed ▾"
    bar._outcome_actions[Outcome.DECLINED].trigger()
    assert bar.outcomes.text() == "2 outcomes ▾"
    assert asked[-1].outcomes == {Outcome.FAILED, Outcome.DECLINED}
    bar._outcome_actions[Outcome.FAILED].trigger()
    assert asked[-1].outcomes == {Outcome.DECLINED}


def test_missed_calls_are_one_click_away(window: HistoryWindow) -> None:
    bar = window.left.filters
    bar.missed.click()
    assert bar.wanted == HistoryFilter(outcomes=frozenset({Outcome.MISSED}))
    bar.missed.click()
    assert bar.wanted == HistoryFilter()
    bar._unseen.trigger()
    assert bar.wanted == HistoryFilter(is_unseen=True)


def test_agents_are_offered_by_name(window: HistoryWindow) -> None:
    bar = window.left.filters
    names = [action.text() for action in bar._agent_menu.actions() if not action.isSeparator()]
    assert names == ["All agents", "Billing", "Orders", "Support", "Survey"]
    bar._agent_menu.actions()[3].trigger()
    assert (bar.wanted.agent_id, bar.agents.text()) == ("agent_2", "Orders ▾")
    window.show_agents(AGENTS)
    assert bar._agent_menu.actions()[3].isChecked(), "a list that comes again keeps the choice"


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        (Days.TODAY, TODAY, TODAY),
        (Days.WEEK, TODAY - timedelta(days=6), None),
        (Days.MONTH, TODAY - timedelta(days=29), None),
        (Days.RANGE, TODAY - timedelta(days=6), TODAY),
        (Days.ANY, None, None),
    ],
)
def test_days_are_chosen(window: HistoryWindow, days: Days, first: object, last: object) -> None:
    window.left.filters._day_actions[days].trigger()
    assert (window.wanted.first_day, window.wanted.last_day) == (first, last)
    assert window.left.filters.range.isHidden() is (days is not Days.RANGE)


def test_a_range_in_the_wrong_order_means_the_days_between(window: HistoryWindow) -> None:
    bar = window.left.filters
    bar._day_actions[Days.RANGE].trigger()
    bar.first.setDate(bar.last.date().addDays(3))
    assert (window.wanted.first_day, window.wanted.last_day) == (TODAY, TODAY + timedelta(days=3))


def test_a_list_that_is_empty_says_why_and_what_to_do(window: HistoryWindow) -> None:
    window.open()
    window.show_index(HistoryIndex(), is_same_question=False)
    assert "practice call from the tray menu" in window.left.empty_text
    window.left.filters.search.setText("nobody")
    window.show_index(HistoryIndex(), is_same_question=False)
    assert window.left.empty_text == "Try fewer words or other days."
    window.left.clear_from_empty.click()
    assert window.wanted == HistoryFilter()
    assert window.left.filters.search.text() == ""


def test_the_number_of_calls_is_told_and_when_there_are_more(window: HistoryWindow) -> None:
    show_calls(window, 3)
    assert window.left.count.text() == "3 calls"
    assert window.left.clear.isHidden()
    window.left.filters.search.setText("x")
    window.show_index(HistoryIndex((DayCount(TODAY, 1),), is_cut=True), is_same_question=False)
    assert window.left.count.text() == "1 call or more"
    assert not window.left.clear.isHidden()


# --- keys ---------------------------------------------------------------------------------------


def test_the_way_from_the_search_to_a_call_needs_no_mouse(window: HistoryWindow) -> None:
    show_calls(window, 12)
    wanted = Heard(window.call_wanted)
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.left.filters.search.hasFocus()
    QTest.keyClick(window.left.filters.search, Qt.Key.Key_Down)
    assert window.left.list.hasFocus()
    assert wanted == ["call-0"]
    QTest.keyClick(window.left.list, Qt.Key.Key_Down)
    assert wanted == ["call-0", "call-1"]


def test_space_plays_from_the_list_and_escape_closes(window: HistoryWindow) -> None:
    show_page(window)
    played = Heard(window.play_requested)
    window.left.list.setFocus()
    QTest.keyClick(window.left.list, Qt.Key.Key_Space)
    assert played == [0.0]
    QTest.keyClick(window.left.list, Qt.Key.Key_Escape)
    assert window.isHidden()


def test_escape_empties_the_search_first(window: HistoryWindow) -> None:
    window.open()
    window.left.filters.search.setText("x")
    QTest.keyClick(window.left.filters.search, Qt.Key.Key_Escape)
    assert (window.left.filters.search.text(), window.isVisible()) == ("", True)


def test_ctrl_e_offers_the_exports(window: HistoryWindow, qtbot: QtBot) -> None:
    show_page(window)
    window.left.filters.search.setFocus()
    QTest.keyClick(window.left.filters.search, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is window.page.export.menu())
    window.page.export.menu().close()


def test_everything_that_can_be_used_has_a_name(window: HistoryWindow) -> None:
    show_page(window)
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
    for widget in (
        window.left.list,
        window.left.filters.search,
        window.page.player.waveform,
        window.page.details.notes,
    ):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


# --- one call -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "account", "expected"),
    [
        ("none", None, {}),
        ("pending", None, {"Status": "on its way"}),
        (
            "failed",
            {"status": "unavailable", "error": "ElevenLabs could not be reached."},
            {"Status": "could not be fetched: ElevenLabs could not be reached."},
        ),
        ("failed", None, {"Status": "could not be fetched"}),
        (
            "done",
            {"status": "archived", "termination_reason": "Quota exceeded.", "call_successful": None, "cost": 1.5},
            {"Status": "archived", "Why it ended": "Quota exceeded.", "Cost": "1.50 credits"},
        ),
    ],
)
def test_the_services_account_is_told_in_words(
    window: HistoryWindow, details: str, account: dict[str, object] | None, expected: dict[str, str]
) -> None:
    show_page(window, elevenlabs=account, details=details)
    assert {name: for_other_programs(value) for name, value in window.page.details.account.shown} == expected


def test_the_page_tells_how_it_went_and_all_that_is_known(window: HistoryWindow) -> None:
    account = account_of(
        ConversationDetails(
            conversation_id="conv_00000001",
            agent_id="orders",
            status="done",
            metadata=ConversationFacts(cost=1312, termination_reason="Client disconnected"),
            analysis=ConversationAnalysis(transcript_summary="Asked about an invoice.", call_successful="success"),
        )
    )
    callback = CallbackState(state="failed", attempts=5, last_error="HTTP 500")
    show_page(window, elevenlabs=account, details="done", callback=callback, user_id="u-7")
    page = window.page
    assert page.outcome.text() == "Completed"
    assert for_other_programs(page.agent.text()) == "Orders"
    assert page.why.text() == "The agent ended the call · 1 min 18 s"
    assert page.details.summary.text() == "Asked about an invoice."
    shown = {name: for_other_programs(value) for name, value in page.details.account.shown}
    assert shown == {
        "Status": "complete", "Successful": "yes", "Why it ended": "this side hung up", "Cost": "1312 credits"
    }  # fmt: skip
    facts = {name: for_other_programs(value) for name, value in page.details.facts.shown}
    assert facts["Accepted after"] == "6 s"
    assert facts["Ended by"] == "the agent"
    assert facts["Placed by"] == "n8n"
    assert facts["User"] == "u-7"
    assert facts["Callback"] == "could not be delivered: HTTP 500"
    assert page.details.conversation_id.text == "conv_00000001"


def test_a_failure_says_what_to_do(window: HistoryWindow) -> None:
    record = show_page(window, 5)
    assert record.error is not None
    assert window.page.failure.text == record.error.message
    assert window.page.why.isHidden()
    show_page(window, 0, has_audio=False, transcript=())
    assert window.page.failure.isHidden()
    assert window.page.why.text() == "Missed call. Nobody answered it."


def test_a_call_without_words_says_so(window: HistoryWindow) -> None:
    show_page(window, 3, has_audio=False, transcript=())
    assert window.page.silence.isVisible()
    assert window.page.player.isHidden()
    assert not window.page.exports[ExportKind.TEXT].isEnabled()
    assert not window.page.exports[ExportKind.AUDIO].isEnabled()


def test_an_answer_that_comes_too_late_is_not_shown(window: HistoryWindow) -> None:
    show_page(window, 1)
    window.left.list.select_row(3)
    window.show_call(made(1, NOW, notes="late"), has_audio=False)
    assert window.page.record is not None
    assert window.page.record.notes != "late"


def test_markup_of_strangers_is_not_drawn_as_such(window: HistoryWindow) -> None:
    evil = "<b>x</b>\u202e<img src=file:///etc/passwd>"
    show_page(window, metadata={"name": evil}, agent_name=evil, notes=evil, tags=("<i>t</i>",), user_id=evil)
    assert not any("\u202e" in text for text in texts(window) if text != evil)
    for label in (window.page.outcome, window.page.why, window.page.details.summary):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_words_that_were_searched_for_are_marked_where_words_begin(window: HistoryWindow) -> None:
    window.left.filters.search.setText("invoice PA")
    show_page(window)
    assert window.page.transcript._heard.searched == "invoice PA"
    window.left.filters.search.setText("paid")
    assert window.page.transcript._heard.searched == "paid"
    assert hits("A paid invoice, repaid (invoices)", "invoice PA") == [(2, 2), (7, 7), (24, 7)]
    assert hits("a.b (c", ". (") == hits("anything", "") == []


def test_the_call_that_is_read_stays_whatever_is_looked_for(window: HistoryWindow) -> None:
    show_page(window, 3)
    left = Heard(window.call_left)
    window.left.filters.search.setText("x")
    window.show_index(HistoryIndex(), is_same_question=False)
    assert window.side.currentWidget() is window.page
    assert not left
    deleted = Heard(window.deletion_requested)
    window.page.deletions[0].trigger()
    question(window).confirm.click()
    assert deleted == [Chosen(("call-3",))]
    window.show_deleted({"call-3"})
    assert window.side.currentWidget() is not window.page


def test_a_record_without_calls_has_no_page(window: HistoryWindow) -> None:
    show_page(window, 3)
    window.show_index(HistoryIndex(), is_same_question=True)
    assert window.page.record is None
    assert window.side.currentWidget() is not window.page


def test_a_call_that_is_found_again_is_selected_again(window: HistoryWindow) -> None:
    records = show_calls(window, 12)
    show_page(window, 3)
    wanted = Heard(window.call_wanted)
    window.show_index(HistoryIndex((DayCount(TODAY, 2),)), is_same_question=False)
    window.show_calls(0, [records[1], records[3]])
    assert window.left.list.selected_row == 2
    assert not wanted, "it is on the screen already"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (CallbackState(state="pending"), "waits to be sent"),
        (CallbackState(state="pending", attempts=1), "not delivered yet, 1 try so far"),
        (CallbackState(state="pending", attempts=3), "not delivered yet, 3 tries so far"),
        (CallbackState(state="delivered", attempts=1), "delivered"),
    ],
)
def test_how_far_the_callback_is(state: CallbackState, told: str) -> None:
    assert words.callback(made(1, NOW, callback=state)) == told


# --- playing ------------------------------------------------------------------------------------


def test_arrows_and_clicks_move_in_the_recording(window: HistoryWindow) -> None:
    show_page(window)
    window.show_peaks("call-1", wave(), wave(is_agent=True))
    sought = Heard(window.seek_requested)
    waveform = window.page.player.waveform
    waveform.setFocus()
    QTest.keyClick(waveform, Qt.Key.Key_Right)
    QTest.keyClick(waveform, Qt.Key.Key_Right)
    QTest.keyClick(waveform, Qt.Key.Key_Left)
    assert sought == [5.0, 10.0, 5.0]
    QTest.keyClick(waveform, Qt.Key.Key_End)
    assert sought[-1] == window.page.player._length_s
    middle = waveform._plot.center().toPoint()
    QTest.mouseClick(waveform, LEFT, Qt.KeyboardModifier.NoModifier, middle)
    assert sought[-1] == pytest.approx(39.0, abs=0.3)


def test_play_and_pause_follow_what_the_player_says(window: HistoryWindow) -> None:
    show_page(window)
    played, paused = Heard(window.play_requested), Heard(window.pause_requested)
    button = window.page.player.button
    button.click()
    assert (played, button.text()) == ([0.0], "Play"), "nothing is claimed before it is so"
    window.show_playback(12.4, True, None)
    assert button.text() == "Pause"
    assert window.page.player.time.text() == "00:12 / 01:18"
    button.click()
    window.show_playback(12.4, False, None)
    button.click()
    assert (len(paused), played) == (1, [0.0, 12.4])
    window.show_playback(78.0, False, None)
    button.click()
    assert played[-1] == 0.0, "at its end it begins again"


def test_the_turn_that_is_heard_is_marked(window: HistoryWindow) -> None:
    show_page(window)
    window.show_playback(12.4, True, None)
    assert window.page.transcript.playing_turn == 2
    window.show_playback(0.0, True, None)
    assert window.page.transcript.playing_turn == -1
    assert [turn_at(TRANSCRIPT, at_s) for at_s in (0.4, 6.1, 6.2, 900.0)] == [0, 0, 1, 4]


def test_a_click_on_the_time_of_a_turn_plays_from_there(window: HistoryWindow, qtbot: QtBot) -> None:
    show_page(window)
    played = Heard(window.play_requested)
    transcript = window.page.transcript
    qtbot.waitUntil(lambda: transcript.heading_rect(3).height() > 0)
    place = transcript.heading_rect(3)
    QTest.mouseClick(transcript.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place.center())
    assert played == [15.1]
    QTest.mouseClick(transcript.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place.center() + QPoint(0, 30))
    assert played == [15.1], "the words themselves are for reading"


def test_without_a_recording_times_are_only_times(window: HistoryWindow, qtbot: QtBot) -> None:
    show_page(window, has_audio=False)
    played = Heard(window.play_requested)
    transcript = window.page.transcript
    qtbot.waitUntil(lambda: transcript.heading_rect(3).height() > 0)
    place = transcript.heading_rect(3).center()
    QTest.mouseClick(transcript.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    assert not played


def test_what_is_wrong_with_a_recording_is_said(window: HistoryWindow) -> None:
    show_page(window)
    window.show_playback(0.0, False, "The recording cannot be read.")
    assert window.page.player.problem.text == "The recording cannot be read."


def test_what_was_switched_on_in_the_middle_of_a_call_plays_from_there(window: HistoryWindow) -> None:
    show_page(window)
    player = window.page.player
    late = [(0.0, 0.0)] * 400
    window.show_peaks("call-1", late + wave(800), late + wave(800, is_agent=True))
    asked = Heard(window.play_requested)
    player.toggle()
    assert asked == [pytest.approx(player._length_s / 3, abs=0.001)]
    window.show_playback(player._length_s, False, None)
    player.toggle()
    assert asked[1] == asked[0]
    window.show_playback(0.0, False, None)  # sought by hand
    player.toggle()
    assert asked[2] == 0


def test_the_silence_before_a_recording_is_left_as_soon_as_it_is_known(window: HistoryWindow) -> None:
    show_page(window)
    window.show_playback(1.2, True, None)
    sought = Heard(window.seek_requested)
    late = [(0.0, 0.0)] * 600
    window.show_peaks("call-1", late + wave(600), late + wave(600))
    assert sought == [pytest.approx(window.page.player._length_s / 2, abs=0.001)]


@pytest.mark.parametrize("lead", [0, 20, 1200])
def test_a_short_silence_or_nothing_else_is_not_skipped(window: HistoryWindow, lead: int) -> None:
    show_page(window)
    side = ([(0.0, 0.0)] * lead + wave(1200))[:1200]
    window.show_peaks("call-1", side, side)
    asked = Heard(window.play_requested)
    window.page.player.toggle()
    assert asked == [0.0]


def test_peaks_of_another_call_are_not_drawn(window: HistoryWindow) -> None:
    show_page(window, 1)
    window.show_peaks("call-7", wave(), wave())
    assert not window.page.player.waveform.has_peaks


def test_a_call_shown_again_goes_on_where_it_was(window: HistoryWindow) -> None:
    record = show_page(window)
    window.show_peaks("call-1", wave(), wave())
    window.show_playback(12.4, True, None)
    window.show_call(record.model_copy(update={"callback": CallbackState(state="delivered")}), has_audio=True)
    assert window.page.player.is_playing
    assert window.page.player.waveform.has_peaks
    assert window.page.player.position_s == 12.4


# --- notes and tags -----------------------------------------------------------------------------


def test_notes_are_saved_shortly_after_the_last_key(window: HistoryWindow, qtbot: QtBot) -> None:
    show_page(window, notes="")
    entered = Heard(window.notes_entered)
    QTest.keyClicks(window.page.details.notes, "call back")
    assert not entered
    qtbot.waitUntil(lambda: bool(entered))
    assert entered == [("call-1", "call back")]


@pytest.mark.parametrize("leave", ["other call", "other window part", "close"])
def test_notes_are_saved_when_they_are_left(window: HistoryWindow, leave: str) -> None:
    show_page(window, notes="")
    entered = Heard(window.notes_entered)
    window.page.details.notes.setFocus()
    QTest.keyClicks(window.page.details.notes, "x")
    if leave == "other call":
        window.left.list.select_row(5)
    elif leave == "other window part":
        window.left.list.setFocus()
    else:
        window.close()
    assert entered == [("call-1", "x")]


def test_a_call_that_is_read_again_does_not_overwrite_what_is_being_written(window: HistoryWindow) -> None:
    record = show_page(window, notes="old")
    notes = window.page.details.notes
    notes.setPlainText("new")
    window.show_call(record, has_audio=True)
    assert notes.toPlainText() == "new"
    show_page(window, 3, notes="other")
    assert notes.toPlainText() == "other"


def test_escape_in_the_notes_does_not_close_the_window(window: HistoryWindow) -> None:
    show_page(window)
    QTest.keyClick(window.page.details.notes, Qt.Key.Key_Escape)
    assert window.isVisible()


def test_a_call_that_has_all_the_tags_there_can_be_says_so(window: HistoryWindow) -> None:
    show_page(window, tags=tuple(f"tag-{n}" for n in range(MOST_TAGS)))
    tags = window.page.details.tags
    assert not tags.field.isEnabled()
    assert tags.field.placeholderText() == "20 tags are the most a call has"
    tags.chips[0].click()
    assert tags.field.isEnabled()
    assert tags.field.placeholderText() == "Add a tag"


def test_tags_are_added_and_taken_away(window: HistoryWindow) -> None:
    show_page(window, tags=("vip",))
    tags, entered = window.page.details.tags, Heard(window.tags_entered)
    QTest.keyClicks(tags.field, "late,")
    tags.field.setText("#VIP")
    QTest.keyClick(tags.field, Qt.Key.Key_Return)
    assert entered == [("call-1", ("vip", "late"))], "the same tag counts once, however it is written"
    assert [chip.text() for chip in tags.chips] == ["vip  ×", "late  ×"]
    tags.chips[0].click()
    assert entered[-1] == ("call-1", ("late",))


def test_what_was_written_is_shown_in_the_list(window: HistoryWindow) -> None:
    show_page(window)
    window.show_annotation("call-1", {"notes": "x", "tags": ("a",)})
    record = window.left.rows.record(2)
    assert record is not None
    assert "note" in words.marks(record)


# --- deeds --------------------------------------------------------------------------------------


def test_a_practice_call_is_placed_again_at_once(window: HistoryWindow) -> None:
    show_page(window, practice=True)
    again = Heard(window.call_again_requested)
    window.page.call_again.click()
    assert again == ["call-1"]


def test_a_real_call_is_placed_again_once_it_is_known_what_that_does(window: HistoryWindow) -> None:
    show_page(window)
    again = Heard(window.call_again_requested)
    window.page.call_again.click()
    assert not again
    asked = for_other_programs(question(window).text.text())
    assert asked == "Calls Orders again with the same details; it is accepted at once."
    question(window).confirm.click()
    assert again == ["call-1"]


def test_deletion_says_what_goes_and_is_asked_for_twice(window: HistoryWindow) -> None:
    show_page(window)
    deleted = Heard(window.deletion_requested)
    window.left.list.setFocus()
    QTest.keyClick(window.left.list, Qt.Key.Key_Delete)
    assert "transcript, notes and recording" in question(window).text.text()
    assert question(window).focusWidget() is question(window).keep
    question(window).keep.click()
    assert not deleted
    QTest.keyClick(window.left.list, Qt.Key.Key_Delete)
    question(window).confirm.click()
    assert deleted == [Chosen(("call-1",))]


def test_several_calls_are_deleted_and_exported_together(window: HistoryWindow) -> None:
    show_calls(window, 12)
    window.left.list.selectAll()
    assert window.several.text() == "12 calls selected"
    deleted = Heard(window.deletion_requested)
    window.delete_several.click()
    assert question(window).confirm.text() == "Delete 12 calls"
    question(window).confirm.click()
    assert deleted[0].count == 12


def test_the_call_after_a_deleted_one_is_next(window: HistoryWindow) -> None:
    records = show_calls(window, 12)
    show_page(window, 3)
    wanted = Heard(window.call_wanted)
    window.show_deleted({"call-3"})
    window.show_index(HistoryIndex((DayCount(TODAY, 11),)), is_same_question=True)
    window.show_calls(0, [*records[:3], *records[4:]])
    assert wanted == ["call-4"]


def test_notes_of_a_call_that_is_gone_are_not_saved(window: HistoryWindow) -> None:
    show_page(window, 3)
    entered = Heard(window.notes_entered)
    window.page.details.notes.setPlainText("too late")
    window.show_deleted({"call-3"})
    window.close()
    assert not entered


def test_everything_of_a_person_is_counted_before_it_goes(window: HistoryWindow) -> None:
    show_page(window)
    wanted, deleted = Heard(window.person_wanted), Heard(window.person_deletion_requested)
    window.page.deletions[1].trigger()
    asked = window.question
    assert isinstance(asked, PersonQuestion)
    assert (asked.member.currentText(), asked.value.text()) == ("name", "Jo Park")
    assert not asked.delete.isEnabled()
    asked.search.click()
    assert wanted == [("name", "Jo Park")]
    window.show_person(("call-1", "call-8"))
    assert asked.delete.text() == "Delete 2 calls"
    asked.value.setText("Jo Parker")
    assert not asked.delete.isEnabled(), "other words were not counted"
    asked.search.click()
    window.show_person(())
    assert not asked.delete.isEnabled()
    assert asked.told.text() == "No call has that detail with that value."
    asked.search.click()
    window.show_person(("call-1",))
    asked.delete.click()
    assert deleted == [("call-1",)]


def test_exports_ask_where_to(window: HistoryWindow, tmp_path: Any) -> None:
    show_page(window)
    exported = Heard(window.export_requested)
    window.page.exports[ExportKind.AUDIO].trigger()
    dialog = window.file_dialog
    assert dialog is not None
    assert dialog.defaultSuffix() == "flac"
    assert all(path.endswith(".flac") for path in dialog.selectedFiles())
    dialog.close()
    window.page.exports[ExportKind.SUBTITLES].trigger()
    dialog = window.file_dialog
    assert dialog is not None
    assert dialog.defaultSuffix() == "srt"
    target = str(tmp_path / "call.srt")
    dialog.fileSelected.emit(target)
    dialog.close()
    assert exported == [(Chosen(("call-1",)), "srt", target)]


# --- missed calls -------------------------------------------------------------------------------


def test_a_missed_call_counts_as_seen_after_a_moment_before_the_operator(window: HistoryWindow, qtbot: QtBot) -> None:
    seen = Heard(window.seen)
    show_calls(window, 12)
    window.activateWindow()
    qtbot.waitUntil(lambda: bool(seen), timeout=5_000)
    assert set(seen[0]) <= {"call-0", "call-10"}
    assert "call-0" in seen[0]


def test_a_missed_call_that_is_selected_is_seen(window: HistoryWindow) -> None:
    seen = Heard(window.seen)
    show_calls(window, 12)
    window.left.list.select_row(11)
    assert ("call-10",) in seen


def test_what_was_only_scrolled_past_was_not_seen() -> None:
    now_s, sight = [0.0], ["a", "b"]
    watch = SeenWatch(lambda: sight, clock=lambda: now_s[0])
    seen = Heard(watch.seen)
    watch.look()
    now_s[0] = SEEN_S / 2
    sight.remove("b")
    watch.look()
    sight.append("b")
    watch.look()
    now_s[0] = SEEN_S
    watch.look()
    assert seen == [("a",)]
    now_s[0] = SEEN_S * 1.5
    watch.look()
    assert seen == [("a",), ("b",)]
    now_s[0] = 100.0
    watch.look()
    assert len(seen) == 2, "each is told once"
    watch.forget()
    watch.look()
    now_s[0] = 102.0
    watch.look()
    assert set(seen[-1]) == {"a", "b"}, "unless it could not be kept"


# --- the window ---------------------------------------------------------------------------------


def test_a_problem_stays_until_it_is_over_and_can_be_tried_again(window: HistoryWindow) -> None:
    window.open()
    again = Heard(window.retry_requested)
    window.show_problem("The record cannot be read.")
    assert window.problem.isVisible()
    window.problem.findChildren(QPushButton)[0].click()
    assert len(again) == 1
    window.show_problem("")
    assert window.problem.isHidden()


def test_the_window_remembers_its_place_and_columns(window: HistoryWindow, theme: Theme, qtbot: QtBot) -> None:
    told = Heard(window.geometry_changed)
    show_page(window)
    window.setGeometry(QRect(40, 50, 1100, 700))
    window.splitter.setSizes([420, 700])
    qtbot.waitUntil(lambda: bool(told), timeout=3_000)
    place, columns = told[-1]
    other = HistoryWindow(theme)
    qtbot.addWidget(other)
    other.restore(place, columns)
    other.show()
    QApplication.processEvents()
    assert other.geometry() == place
    assert abs(other.splitter.sizes()[0] - columns.width()) <= 2
